// SPDX-License-Identifier: Apache-2.0
/* Pods against their own limits: which one is nearest, how much room is left, when it ends, and whether they reclaim. */
#include "core/oom/own_limit.h"
#include "wall.h"

#define MIB RP_MIB
#define S   RP_NS_PER_S

static const struct rp_own_limit *own(struct wall_world *w, rp_cgroup_id id)
{
    w->world.arena->t_ns = w->world.t_ns;
    rp_oom_step(w->world.arena);
    return &rp_pod_at(w->world.arena, world_cgroup(&w->world, id)->pod)->own_limit;
}

static rp_cgroup_id make(struct wall_world *w, int64_t usage_mib)
{
    wall_open(w);
    const rp_cgroup_id id = wall_pod(w, &(struct wall_pod){RP_QOS_BURSTABLE, 100, usage_mib, 0, 1});
    wall_facts(w);
    wall_usage(w, id - 1, usage_mib + 1, 0);
    return id;
}

static void without_a_finite_limit_there_is_none(void **state)
{
    (void)state;
    struct wall_world w;
    const rp_cgroup_id id = make(&w, 100);
    assert_int_equal(own(&w, id)->cgroup_id, RP_CGROUP_NONE);
    wall_limit(&w, id, -1, false);
    wall_usage(&w, id - 1, 101, 0);
    assert_int_equal(own(&w, id)->cgroup_id, RP_CGROUP_NONE);
    world_close(&w.world);
}

static void page_cache_is_room_and_shared_memory_is_none(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint64_t known;
        int64_t file_mib, inactive_mib, room_mib;
    } rows[] = {
        {"nothing known but the use", 0, 0, 0, 100},
        {"inactive cache", RP_CG_INACTIVE_FILE, 0, 40, 140},
        {"all of the cache", RP_CG_INACTIVE_FILE | RP_CG_ANON_FILE, 70, 40, 170},
        {"an old number of the cache", RP_CG_INACTIVE_FILE | RP_CG_ANON_FILE, 20, 40, 140},
        {"more cache than use", RP_CG_ANON_FILE, 1000, 0, 300},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        const struct rp_cgroup cgroup = {.live = true,
                                         .kind = RP_CGROUP_CONTAINER,
                                         .now = {.known = RP_CG_USAGE | RP_CG_MAX | rows[i].known,
                                                 .usage_bytes = 200 * (uint64_t)MIB,
                                                 .max_bytes = 300 * (uint64_t)MIB,
                                                 .anon_bytes = 100 * (uint64_t)MIB,
                                                 .file_bytes = (uint64_t)(rows[i].file_mib * MIB),
                                                 .inactive_file_bytes = (uint64_t)(rows[i].inactive_mib * MIB)}};
        int64_t available = 0, limit = 0;
        assert_true(rp_own_limit_room(&cgroup, &available, &limit));
        rp_expect_i64(rows[i].name, available, rows[i].room_mib * MIB);
        rp_expect_i64(rows[i].name, limit, 300 * MIB);
    }
}

static void the_nearest_wall_counts_and_does_not_flap(void **state)
{
    (void)state;
    struct wall_world w;
    const rp_cgroup_id id = make(&w, 100);
    wall_limit(&w, id, 400, false);
    wall_limit(&w, id - 1, 300, false);
    assert_int_equal(own(&w, id)->cgroup_id, id - 1);
    assert_int_equal(own(&w, id)->forecast.available, 199 * MIB);
    wall_limit(&w, id, 298, false); /* 198: nearer, but not by a 64th of the limit */
    wall_usage(&w, id - 1, 101, 0);
    assert_int_equal(own(&w, id)->cgroup_id, id - 1);
    assert_true(own(&w, id)->history_n > 1);
    wall_limit(&w, id, 200, false);
    wall_usage(&w, id - 1, 101, 0);
    assert_int_equal(own(&w, id)->cgroup_id, id);
    assert_int_equal(own(&w, id)->forecast.available, 100 * MIB);
    assert_int_equal(own(&w, id)->history_n, 1); /* another wall has another past */
    world_died(&w.world, id);
    wall_usage(&w, id - 1, 101, 0);
    assert_int_equal(own(&w, id - 1)->cgroup_id, id - 1);
    world_close(&w.world);
}

static void grow(struct wall_world *w, rp_cgroup_id id, int64_t from_mib, int64_t mib_per_s, int seconds)
{
    for (int s = 0; s < seconds; s++) {
        w->world.t_ns += S - 2 * RP_NS_PER_MS; /* each reading takes one */
        wall_usage(w, id, from_mib + mib_per_s * s, 0);
        wall_usage(w, id - 1, from_mib + mib_per_s * s, 0);
        (void)own(w, id);
    }
}

static void steady_growth_meets_the_limit_when_it_must(void **state)
{
    (void)state;
    struct wall_world w;
    const rp_cgroup_id id = make(&w, 100);
    wall_limit(&w, id, 500, true);
    grow(&w, id, 100, 10, 21); /* 300 now: 20 s are left */
    const struct rp_forecast *f = &own(&w, id)->forecast;
    assert_int_equal(f->state, RP_FORECAST_CROSSING);
    assert_int_equal(f->available, 200 * MIB);
    assert_int_equal(f->capacity, 500 * MIB);
    assert_in_range(f->median_ns, 16 * S, 26 * S);
    assert_in_range(f->growth_per_s, 9 * MIB, 11 * MIB);
    assert_int_equal(f->missing, 0);
    world_close(&w.world);
}

static void a_pod_that_does_not_grow_is_calm(void **state)
{
    (void)state;
    struct wall_world w;
    const rp_cgroup_id id = make(&w, 100);
    wall_limit(&w, id, 500, true);
    grow(&w, id, 100, 0, 2);
    assert_int_equal(own(&w, id)->forecast.state, RP_FORECAST_ABSTAIN);
    assert_int_equal(own(&w, id)->forecast.missing, RP_MISSING_HISTORY);
    grow(&w, id, 100, 0, 10);
    assert_int_equal(own(&w, id)->forecast.state, RP_FORECAST_CALM);
    assert_true(own(&w, id)->forecast.median_ns == RP_NS_FOREVER);
    grow(&w, id, 480, 0, 10); /* near it, and quiet there */
    assert_int_equal(own(&w, id)->forecast.state, RP_FORECAST_CALM);
    w.world.t_ns += 3600 * S;
    w.world.arena->node.pods_epoch++;
    assert_int_equal(own(&w, id)->forecast.state, RP_FORECAST_ABSTAIN);
    assert_int_equal(own(&w, id)->forecast.missing, RP_MISSING_FRESH);
    world_close(&w.world);
}

static void events_at(struct wall_world *w, rp_cgroup_id id, uint64_t max)
{
    wall_reads(w, id, (struct rp_cgroup_reading){.known = RP_CG_EVENTS, .events_max = max});
    wall_usage(w, id - 1, 100, 0);
}

static void reclaim_at_its_own_limit_is_seen(void **state)
{
    (void)state;
    struct wall_world w;
    const rp_cgroup_id id = make(&w, 100);
    wall_limit(&w, id, 200, false);
    events_at(&w, id, 7); /* from before our time */
    assert_int_equal(own(&w, id)->reclaim_ns, 0);
    events_at(&w, id, 7);
    assert_int_equal(own(&w, id)->reclaim_ns, 0);
    events_at(&w, id, 8);
    assert_true(own(&w, id)->reclaim_ns > 0);
    world_close(&w.world);
}

static void reclaim_for_a_memory_high_far_below_the_limit_is_another_matter(void **state)
{
    (void)state;
    struct wall_world w;
    const rp_cgroup_id id = make(&w, 100);
    const struct rp_event event = {.type = RP_EVENT_LIMIT_RECLAIM, .owner = id, .cgroup = id, .t_ns = 77 * S};
    const struct rp_sample sample = {.t_ns = 77 * S, .events = &event, .events_n = 1};
    wall_limit(&w, id, 200, false);
    (void)own(&w, id);
    rp_oom_judge(w.world.arena, &sample);
    assert_int_equal(own(&w, id)->reclaim_ns, 0);
    wall_usage(&w, id, 190, 0);
    rp_oom_judge(w.world.arena, &sample);
    assert_int_equal(own(&w, id)->reclaim_ns, 77 * S);
    world_close(&w.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_finite_limit_there_is_none),
        cmocka_unit_test(page_cache_is_room_and_shared_memory_is_none),
        cmocka_unit_test(the_nearest_wall_counts_and_does_not_flap),
        cmocka_unit_test(steady_growth_meets_the_limit_when_it_must),
        cmocka_unit_test(a_pod_that_does_not_grow_is_calm),
        cmocka_unit_test(reclaim_at_its_own_limit_is_seen),
        cmocka_unit_test(reclaim_for_a_memory_high_far_below_the_limit_is_another_matter),
    };
    return RP_RUN(tests);
}
