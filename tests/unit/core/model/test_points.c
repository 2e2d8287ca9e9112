// SPDX-License-Identifier: Apache-2.0
/* The history that gets sparser with age: order, bounds, gaps, reach. */
#include "core/model/points.h"
#include "unit/core/model/world.h"

#define MS RP_NS_PER_MS

static const struct rp_points_rule few = {.capacity = 8, .fineness = 8, .age_max_ns = 90 * RP_NS_PER_S};
static const struct rp_points_rule many = {.capacity = RP_HISTORY_MAX, .fineness = 10, .age_max_ns = 90 * RP_NS_PER_S};

static void keeps_order_and_the_newest(void **state)
{
    (void)state;
    struct rp_point points[8];
    uint32_t n = 0;
    assert_true(rp_points_add(points, &n, (struct rp_point){10, 1}, &few));
    assert_false(rp_points_add(points, &n, (struct rp_point){10, 2}, &few)); /* the same moment */
    assert_false(rp_points_add(points, &n, (struct rp_point){9, 3}, &few));  /* older */
    assert_true(rp_points_add(points, &n, (struct rp_point){11, 4}, &few));
    assert_int_equal(n, 2);
    assert_int_equal(points[0].value, 1);
    assert_int_equal(points[1].value, 4);
}

/* At any period: the newest points are all there, gaps stay small for their age, and the past is not lost. */
static void reaches_back_at_every_period(void **state)
{
    (void)state;
    static const rp_ns periods[] = {MS, 10 * MS, 33 * MS, 100 * MS, 700 * MS, 1000 * MS, 10000 * MS};
    for (size_t p = 0; p < RP_ROWS(periods); p++) {
        struct rp_point points[RP_HISTORY_MAX];
        uint32_t n = 0;
        rp_ns now = 1000 * RP_NS_PER_S;
        for (uint32_t i = 0; now < 1200 * RP_NS_PER_S; now += periods[p], i++)
            assert_true(rp_points_add(points, &n, (struct rp_point){now, i}, &many));
        now -= periods[p];
        assert_in_range(n, 1, RP_HISTORY_MAX);
        assert_int_equal(points[n - 1].t_ns, now);
        assert_int_equal(points[n - 2].t_ns, now - periods[p]);
        assert_in_range(now - points[0].t_ns, 60 * RP_NS_PER_S, 90 * RP_NS_PER_S);
        for (uint32_t i = 0; i + 1 < n; i++) {
            const rp_ns gap = points[i + 1].t_ns - points[i].t_ns;
            assert_true(points[i].t_ns < points[i + 1].t_ns);
            assert_in_range(gap, periods[p], periods[p] + (now - points[i].t_ns) / 2);
        }
    }
}

static void after_a_long_pause_only_the_new_counts(void **state)
{
    (void)state;
    struct rp_point points[8];
    uint32_t n = 0;
    for (rp_ns t = 1; t < 6; t++)
        rp_points_add(points, &n, (struct rp_point){t * RP_NS_PER_S, 1}, &few);
    rp_points_add(points, &n, (struct rp_point){500 * RP_NS_PER_S, 2}, &few);
    assert_int_equal(n, 1);
    assert_int_equal(points[0].value, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_order_and_the_newest),
        cmocka_unit_test(reaches_back_at_every_period),
        cmocka_unit_test(after_a_long_pause_only_the_new_counts),
    };
    return RP_RUN(tests);
}
