// SPDX-License-Identifier: Apache-2.0
/* The pace of a count: steady, in bursts, ending, falling; and when a point is due at all. */
#include "core/model/flow.h"
#include "unit/core/model/world.h"

#define S RP_NS_PER_S

/* The count grows by `more` every `every` seconds, looked at once a second. */
static int64_t run(struct rp_flow *flow, rp_ns *t_ns, uint32_t seconds, uint32_t every, int64_t more)
{
    for (uint32_t i = 1; i <= seconds; i++) {
        *t_ns += S;
        if (i % every == 0 && more >= 0)
            rp_flow_add(flow, (uint64_t)more);
        if (i % every == 0 && more < 0)
            rp_flow_take(flow, (uint64_t)-more);
        rp_flow_mark(flow, *t_ns);
    }
    return flow->per_s;
}

static void steady_growth_and_its_end(void **state)
{
    (void)state;
    struct rp_flow flow = {0};
    rp_ns t_ns = 100 * S;
    rp_flow_add(&flow, 1000000); /* before the first look: an amount, but no pace */
    rp_flow_mark(&flow, t_ns);
    assert_int_equal(flow.per_s, 0);
    assert_int_equal(run(&flow, &t_ns, 5, 1, 0), 0);
    assert_int_equal(flow.n, 1);
    assert_int_equal(run(&flow, &t_ns, 1, 1, 500), 500); /* from the last quiet look on */
    assert_int_equal(run(&flow, &t_ns, 20, 1, 500), 500);
    assert_int_equal(flow.n, RP_FLOW_POINTS);
    assert_int_equal(flow.total, 1000000 + 21 * 500);
    assert_in_range(run(&flow, &t_ns, 3, 1, 0), 1, 499);
    assert_int_equal(run(&flow, &t_ns, 5, 1, 0), 0);
    assert_int_equal(flow.n, 1);
    assert_int_equal(run(&flow, &t_ns, 10, 1, -300), -300);
}

/* A gigabyte every four seconds is 256 MiB/s, at whatever moment one asks. */
static void bursts_have_the_pace_that_they_keep_up(void **state)
{
    (void)state;
    struct rp_flow flow = {0};
    rp_ns t_ns = 100 * S;
    run(&flow, &t_ns, 20, 4, GIB);
    for (int i = 0; i < 5; i++) {
        const int64_t per_s = run(&flow, &t_ns, 4, 4, GIB);
        assert_in_range(per_s, GIB / 5, GIB / 3);
    }
}

/* One burst is soon over, and never a tenth of a second's rate. */
static void a_single_burst_is_soon_over(void **state)
{
    (void)state;
    struct rp_flow flow = {0};
    rp_ns t_ns = 100 * S;
    int64_t most = 0;
    run(&flow, &t_ns, 10, 1, 0);
    rp_flow_add(&flow, (uint64_t)GIB);
    for (int i = 0; i < RP_FLOW_POINTS; i++)
        most = rp_max_i64(most, run(&flow, &t_ns, 1, 1, 0));
    assert_in_range(most, GIB / 8, GIB);
    assert_int_equal(flow.per_s, 0);
}

static void points_are_a_second_apart(void **state)
{
    (void)state;
    struct rp_flow flow = {0};
    rp_flow_mark(&flow, 10 * S);
    for (uint32_t i = 1; i <= 45; i++) {
        rp_flow_add(&flow, 10);
        rp_flow_mark(&flow, 10 * S + i * 100 * RP_NS_PER_MS);
    }
    assert_int_equal(flow.n, 6);
    assert_int_equal(flow.per_s, 100);
    const struct rp_flow was = flow;
    rp_flow_mark(&flow, 3 * S); /* an old one */
    assert_memory_equal(&flow, &was, sizeof(was));
}

static void totals_stay_within_their_range(void **state)
{
    (void)state;
    struct rp_flow flow = {0};
    for (rp_ns t = 1; t <= 10; t++) {
        rp_flow_add(&flow, UINT64_MAX);
        rp_flow_mark(&flow, t * S);
    }
    assert_true(flow.total == INT64_MAX);
    for (rp_ns t = 11; t <= 20; t++) {
        rp_flow_take(&flow, UINT64_MAX);
        rp_flow_take(&flow, UINT64_MAX);
        rp_flow_mark(&flow, t * S);
    }
    assert_true(flow.total == INT64_MIN);
    assert_int_equal(rp_flow_rise(7, 7) + rp_flow_rise(7, 9) + rp_flow_rise(7, 6), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steady_growth_and_its_end),      cmocka_unit_test(bursts_have_the_pace_that_they_keep_up),
        cmocka_unit_test(a_single_burst_is_soon_over),    cmocka_unit_test(points_are_a_second_apart),
        cmocka_unit_test(totals_stay_within_their_range),
    };
    return RP_RUN(tests);
}
