// SPDX-License-Identifier: Apache-2.0
/* How often to look: monotonic in headroom, inside the policy's bounds, fast when something happens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/decide/pace.h"

#define FAST (100 * RP_NS_PER_MS)
#define CALM (2 * RP_NS_PER_S)
#define GIB  (INT64_C(1) << 30)

static struct rp_arena *arena_of(int64_t headroom_bytes)
{
    static struct rp_arena arena;
    arena = (struct rp_arena){.policy = {.sweep_fast_ns = FAST, .sweep_calm_ns = CALM}};
    for (int d = 0; d < RP_DANGER_MAX; d++)
        arena.forecasts[d] = (struct rp_forecast){.state = RP_FORECAST_CALM,
                                                  .threshold = 100 * RP_MIB,
                                                  .available = 100 * RP_MIB + headroom_bytes,
                                                  .early_ns = RP_NS_FOREVER};
    return &arena;
}

static struct rp_pace pace_of(const struct rp_arena *arena)
{
    struct rp_pace pace;
    rp_pace_make(arena, &pace);
    return pace;
}

static void two_looks_fit_into_the_headroom(void **state)
{
    (void)state;
    /* 4 GiB at 8 GiB/s is 500 ms: two looks */
    struct rp_pace pace = pace_of(arena_of(4 * GIB));
    assert_in_range(pace.look_ns, 249 * RP_NS_PER_MS, 251 * RP_NS_PER_MS);
    assert_int_equal(pace.sweep_ns, CALM);
}

static void bounds_hold_at_both_ends(void **state)
{
    (void)state;
    struct rp_pace idle = pace_of(arena_of(INT64_MAX / 2));
    assert_int_equal(idle.look_ns, CALM);
    assert_int_equal(idle.sweep_ns, CALM);
    struct rp_pace gone = pace_of(arena_of(-5 * GIB));
    assert_int_equal(gone.look_ns, FAST);
    assert_int_equal(gone.sweep_ns, FAST);
}

static void less_headroom_never_means_slower(void **state)
{
    (void)state;
    struct rp_pace last = {.look_ns = 0};
    for (int64_t bytes = -GIB; bytes < 64 * GIB; bytes += 97 * RP_MIB) {
        struct rp_pace pace = pace_of(arena_of(bytes));
        assert_true(pace.look_ns >= last.look_ns && pace.sweep_ns >= last.sweep_ns);
        assert_true(pace.look_ns <= pace.sweep_ns);
        last = pace;
    }
    assert_int_equal(last.look_ns, CALM);
}

static void the_nearest_danger_decides(void **state)
{
    (void)state;
    struct rp_arena *arena = arena_of(64 * GIB);
    arena->forecasts[RP_DANGER_KUBELET_ALLOCATABLE].available = 200 * RP_MIB;
    assert_int_equal(pace_of(arena).look_ns, FAST);
    /* a danger that cannot be read, or has no threshold, asks for nothing */
    arena->forecasts[RP_DANGER_KUBELET_ALLOCATABLE].missing = RP_MISSING_THRESHOLD;
    assert_int_equal(pace_of(arena).look_ns, CALM);
    arena->forecasts[RP_DANGER_KUBELET_ALLOCATABLE].missing = RP_MISSING_READING;
    assert_int_equal(pace_of(arena).look_ns, CALM);
}

static void nothing_readable_is_not_hurried(void **state)
{
    (void)state;
    struct rp_arena *arena = arena_of(0);
    for (int d = 0; d < RP_DANGER_MAX; d++)
        arena->forecasts[d].missing = RP_MISSING_READING;
    struct rp_pace pace = pace_of(arena);
    assert_int_equal(pace.look_ns, CALM);
    assert_int_equal(pace.sweep_ns, CALM);
}

static void sweeps_follow_the_earliest_crossing(void **state)
{
    (void)state;
    struct rp_arena *arena = arena_of(64 * GIB);
    struct rp_forecast *f = &arena->forecasts[RP_DANGER_NODE_OOM];
    f->state = RP_FORECAST_CROSSING;
    f->early_ns = 20 * RP_NS_PER_S;
    assert_int_equal(pace_of(arena).sweep_ns, RP_NS_PER_S);
    assert_int_equal(pace_of(arena).look_ns, CALM);
    f->early_ns = RP_NS_PER_MS;
    assert_int_equal(pace_of(arena).sweep_ns, FAST);
}

static void bursts_crossings_and_action_are_fast(void **state)
{
    (void)state;
    struct rp_arena *arena = arena_of(64 * GIB);
    arena->forecasts[0].burst = true;
    assert_int_equal(pace_of(arena).sweep_ns, FAST);
    arena = arena_of(64 * GIB);
    arena->forecasts[0].state = RP_FORECAST_CROSSED;
    assert_int_equal(pace_of(arena).sweep_ns, FAST);
    arena = arena_of(64 * GIB);
    arena->forecasts[0].missing = RP_MISSING_HISTORY;
    assert_int_equal(pace_of(arena).look_ns, FAST);
    arena = arena_of(64 * GIB);
    arena->ladder.phase = RP_PHASE_ACT;
    assert_int_equal(pace_of(arena).look_ns, FAST);
    assert_int_equal(pace_of(arena).sweep_ns, FAST);
}

static void growth_above_the_assumed_rate_counts(void **state)
{
    (void)state;
    struct rp_arena *arena = arena_of(16 * GIB);
    assert_in_range(pace_of(arena).look_ns, 999 * RP_NS_PER_MS, 1001 * RP_NS_PER_MS);
    for (int d = 0; d < RP_DANGER_MAX; d++)
        arena->forecasts[d].growth_per_s = 32 * GIB;
    assert_in_range(pace_of(arena).look_ns, 249 * RP_NS_PER_MS, 251 * RP_NS_PER_MS);
}

static void a_quiet_node_is_looked_at_by_one_number(void **state)
{
    (void)state;
    struct rp_arena *arena = arena_of(32 * GIB);
    assert_int_equal(pace_of(arena).unseen_bytes, GIB);
    assert_int_equal(pace_of(arena).quiet_ns, CALM);
    arena->forecasts[RP_DANGER_KUBELET_ALLOCATABLE].available = 132 * RP_MIB; /* 32 MiB above its threshold */
    assert_int_equal(pace_of(arena).unseen_bytes, RP_MIB);
    /* whatever is coming or in force wants whole samples */
    arena->forecasts[RP_DANGER_KUBELET_ALLOCATABLE].state = RP_FORECAST_CROSSING;
    assert_true(pace_of(arena).unseen_bytes < 0);
    arena = arena_of(32 * GIB);
    arena->forecasts[0].burst = true;
    assert_true(pace_of(arena).unseen_bytes < 0);
    arena = arena_of(32 * GIB);
    arena->forecasts[0].missing = RP_MISSING_HISTORY;
    assert_true(pace_of(arena).unseen_bytes < 0);
    arena = arena_of(32 * GIB);
    arena->ladder.phase = RP_PHASE_WATCH;
    assert_true(pace_of(arena).unseen_bytes < 0);
    arena = arena_of(32 * GIB);
    arena->agent.undo_active = 1;
    assert_true(pace_of(arena).unseen_bytes < 0);
    assert_true(pace_of(arena_of(-GIB)).unseen_bytes < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_looks_fit_into_the_headroom),
        cmocka_unit_test(bounds_hold_at_both_ends),
        cmocka_unit_test(less_headroom_never_means_slower),
        cmocka_unit_test(the_nearest_danger_decides),
        cmocka_unit_test(nothing_readable_is_not_hurried),
        cmocka_unit_test(sweeps_follow_the_earliest_crossing),
        cmocka_unit_test(bursts_crossings_and_action_are_fast),
        cmocka_unit_test(growth_above_the_assumed_rate_counts),
        cmocka_unit_test(a_quiet_node_is_looked_at_by_one_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
