// SPDX-License-Identifier: Apache-2.0
/* Robust slopes: exact on lines, unmoved by outliers, safe at the ends of the number range. */
#include "core/model/slope.h"
#include "unit/core/model/world.h"

static void line(struct rp_point *points, uint32_t n, int64_t per_s)
{
    for (uint32_t i = 0; i < n; i++)
        points[i] = (struct rp_point){(100 + i) * RP_NS_PER_S, 5000 + per_s * (int64_t)i};
}

static int64_t median(const struct rp_point *points, uint32_t n, uint32_t part)
{
    struct rp_slopes slopes;
    rp_slopes_make(points, n, part, &slopes);
    return rp_slopes_at(&slopes, 1, 2);
}

static void exact_on_a_line(void **state)
{
    (void)state;
    struct rp_point points[RP_SLOPE_POINTS];
    static const int64_t rates[] = {0, 1, -1, 123456789, -987654321};
    for (size_t i = 0; i < RP_ROWS(rates); i++)
        for (uint32_t n = 2; n <= RP_SLOPE_POINTS; n++) {
            line(points, n, rates[i]);
            rp_expect_i64("far pairs", median(points, n, 2), rates[i]);
            rp_expect_i64("near pairs", median(points, n, 8), rates[i]);
        }
}

static void a_quarter_of_the_points_may_be_anything(void **state)
{
    (void)state;
    struct rp_point points[RP_SLOPE_POINTS];
    line(points, RP_SLOPE_POINTS, 1000);
    for (uint32_t i = 0; i < RP_SLOPE_POINTS; i += 4)
        points[i].value += i % 8 ? 1000000 : -1000000;
    assert_in_range(median(points, RP_SLOPE_POINTS, 8), 900, 1100);
}

static void quantiles_are_in_order_and_between_neighbours(void **state)
{
    (void)state;
    const struct rp_slopes slopes = {.per_s = {-10, 0, 20, 100}, .n = 4};
    const struct rp_slopes none = {.n = 0};
    rp_expect_i64("first", rp_slopes_at(&slopes, 0, 40), -10);
    rp_expect_i64("last", rp_slopes_at(&slopes, 40, 40), 100);
    rp_expect_i64("middle", rp_slopes_at(&slopes, 1, 2), 10);
    rp_expect_i64("none", rp_slopes_at(&none, 1, 2), 0);
    for (uint32_t part = 1; part <= 40; part++)
        assert_true(rp_slopes_at(&slopes, part - 1, 40) <= rp_slopes_at(&slopes, part, 40));
}

static void extremes_do_not_overflow(void **state)
{
    (void)state;
    struct rp_point points[3] = {{1, INT64_MIN}, {2, INT64_MAX}, {3, INT64_MIN}};
    struct rp_slopes slopes;
    rp_slopes_make(points, 3, 2, &slopes);
    assert_int_equal(slopes.n, 3);
    assert_true(rp_slopes_at(&slopes, 0, 1) < 0 && rp_slopes_at(&slopes, 1, 1) > 0);
    assert_true(rp_slope_extend(points[1], INT64_MAX, UINT64_MAX) == INT64_MAX);
    assert_true(rp_slope_extend(points[0], INT64_MAX, 0) == INT64_MIN);
    const struct rp_point here = {10 * RP_NS_PER_S, 100};
    rp_expect_i64("later", rp_slope_extend(here, -7, 13 * RP_NS_PER_S), 79);
    rp_expect_i64("earlier", rp_slope_extend(here, -7, 7 * RP_NS_PER_S), 121);
}

static void chooses_evenly_and_within_bounds(void **state)
{
    (void)state;
    struct rp_point points[1000], chosen[RP_SLOPE_POINTS];
    for (uint32_t i = 0; i < 1000; i++)
        points[i] = (struct rp_point){(i + 1) * 10 * RP_NS_PER_MS, i};
    const rp_ns from = 2 * RP_NS_PER_S, before = 8 * RP_NS_PER_S;
    const uint32_t n = rp_slope_choose(points, 1000, from, before, chosen);
    assert_int_equal(n, RP_SLOPE_POINTS);
    assert_int_equal(chosen[n - 1].t_ns, before);
    assert_in_range(chosen[0].t_ns, from, from + 100 * RP_NS_PER_MS);
    for (uint32_t i = 1; i < n; i++)
        assert_in_range(chosen[i].t_ns - chosen[i - 1].t_ns, 390 * RP_NS_PER_MS, 410 * RP_NS_PER_MS);
    assert_int_equal(rp_slope_choose(points, 1000, 20 * RP_NS_PER_S, 30 * RP_NS_PER_S, chosen), 0);
    assert_int_equal(rp_slope_choose(points, 3, 0, RP_NS_PER_S, chosen), 1); /* all three within one step */
}

static void sorts(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (uint32_t n = 0; n <= RP_SLOPE_PAIRS; n++) {
        int64_t values[RP_SLOPE_PAIRS];
        uint64_t sum = 0;
        for (uint32_t i = 0; i < n; i++) {
            values[i] = (int64_t)world_random(&seed);
            sum += (uint64_t)values[i];
        }
        rp_sort_i64(values, n);
        for (uint32_t i = 0; i < n; i++) {
            sum -= (uint64_t)values[i];
            assert_true(i == 0 || values[i - 1] <= values[i]);
        }
        assert_int_equal(sum, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_on_a_line),
        cmocka_unit_test(a_quarter_of_the_points_may_be_anything),
        cmocka_unit_test(quantiles_are_in_order_and_between_neighbours),
        cmocka_unit_test(extremes_do_not_overflow),
        cmocka_unit_test(chooses_evenly_and_within_bounds),
        cmocka_unit_test(sorts),
    };
    return RP_RUN(tests);
}
