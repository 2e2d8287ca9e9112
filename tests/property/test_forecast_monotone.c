// SPDX-License-Identifier: Apache-2.0
/*
 * What must hold for every series: the same past under a higher threshold never crosses later, a longer horizon is never
 * less likely, and the order of the pods' table never changes who is evicted.
 */
#include "core/forecast/distribution.h"
#include "unit/core/forecast/series.h"

/* A level that changes its mind now and then: drifts, steps, noise, teeth. */
static void any_history(uint64_t *seed, struct rp_history *history)
{
    const uint32_t n = 4 + (uint32_t)(world_random(seed) % (RP_HISTORY_MAX - 4));
    int64_t level = 2 * GIB + (int64_t)(world_random(seed) % (uint64_t)(6 * GIB)), drift = 0;
    const int64_t noisy = (int64_t)(world_random(seed) % (64 * (uint64_t)RP_MIB)) + 1;
    rp_ns t_ns = 100 * RP_NS_PER_S;
    history->n = n;
    history->at = n - 1;
    for (uint32_t i = 0; i < n; i++) {
        if (world_random(seed) % 16 == 0)
            drift = (int64_t)(world_random(seed) % (400 * (uint64_t)RP_MIB)) - 300 * RP_MIB;
        if (world_random(seed) % 32 == 0)
            level += (int64_t)(world_random(seed) % (uint64_t)GIB) - GIB / 2;
        const rp_ns passed_ns = (1 + world_random(seed) % 2000) * RP_NS_PER_MS;
        t_ns += passed_ns;
        level += drift / 1000 * (int64_t)(passed_ns / RP_NS_PER_MS);
        history->points[i] = (struct rp_point){t_ns, level + (int64_t)(world_random(seed) % (uint64_t)noisy)};
    }
}

static void a_higher_threshold_never_crosses_later(void **state)
{
    (void)state;
    uint64_t seed = 99;
    uint32_t crossings = 0;
    for (int run = 0; run < 3000; run++) {
        struct rp_history history;
        struct rp_trend trend;
        struct rp_forecast last = {.early_ns = RP_NS_FOREVER, .median_ns = RP_NS_FOREVER, .late_ns = RP_NS_FOREVER};
        any_history(&seed, &history);
        if (!rp_trend_make(&history, TOTAL / 4096, &trend))
            continue;
        for (int64_t room = 8 * GIB; room >= 0; room -= 1 + (int64_t)(world_random(&seed) % (300 * (uint64_t)RP_MIB))) {
            struct rp_forecast f = {.state = RP_FORECAST_CROSSING};
            rp_distribution_make(&trend, room, &f);
            assert_true(f.early_ns <= last.early_ns && f.median_ns <= last.median_ns && f.late_ns <= last.late_ns);
            assert_true(f.within_10s_permille >= last.within_10s_permille);
            assert_true(f.within_60s_permille >= last.within_60s_permille);
            assert_true(f.within_5min_permille >= last.within_5min_permille);
            crossings += f.within_5min_permille > 500;
            last = f;
        }
    }
    assert_true(crossings > 1000);
}

static void a_longer_horizon_is_never_less_likely(void **state)
{
    (void)state;
    uint64_t seed = 5;
    struct world world;
    world_open(&world, 16, 2);
    for (int run = 0; run < 2000; run++) {
        struct rp_history *history = &world.arena->node.history[DANGER];
        uint16_t last = 0;
        any_history(&seed, history);
        world.t_ns = history->points[history->n - 1].t_ns + 1;
        world_node(&world, TOTAL, (int64_t)(world_random(&seed) % (uint64_t)TOTAL));
        for (rp_ns horizon_ns = 0; horizon_ns < 400 * RP_NS_PER_S; horizon_ns += horizon_ns / 8 + 50 * RP_NS_PER_MS) {
            const uint16_t permille = rp_forecast_within(world.arena, DANGER, horizon_ns);
            assert_in_range(permille, last, 1000);
            last = permille;
        }
        memset(&world.arena->node.now, 0, sizeof(world.arena->node.now));
    }
    world_close(&world);
}

/* ---- ranking */

#define PODS 12

struct any_pod {
    int32_t priority;
    int64_t request_bytes, working_set_bytes;
};

static void rank_in_order(const struct any_pod *pods, const uint32_t *order, uint32_t ranks[PODS])
{
    struct world world;
    char path[RP_PATH_MAX] = "kubepods/podX";
    char uid[2] = "X";
    world_open(&world, 32, PODS);
    world_born(&world, ID_ROOT, 0, "");
    world_born(&world, ID_PODS, ID_ROOT, "kubepods");
    for (uint32_t k = 0; k < PODS; k++) {
        const struct any_pod *pod = &pods[order[k]];
        path[sizeof("kubepods/pod") - 1] = uid[0] = (char)('a' + order[k]);
        world_born(&world, 100 + order[k], ID_PODS, path);
        if (pod->working_set_bytes >= 0)
            world_usage(&world, 100 + order[k], pod->working_set_bytes, 0);
        world_fact(&world, uid, pod->priority, pod->request_bytes);
    }
    world_commit(&world, RP_LIST_PODS);
    for (uint32_t i = 0; i < PODS; i++) {
        uid[0] = (char)('a' + i);
        ranks[i] = world_pod(&world, uid)->rank;
    }
    world_close(&world);
}

static void the_order_of_the_pods_never_matters(void **state)
{
    (void)state;
    uint64_t seed = 31;
    for (int run = 0; run < 60; run++) {
        struct any_pod pods[PODS];
        uint32_t order[PODS], first[PODS], again[PODS];
        for (uint32_t i = 0; i < PODS; i++) {
            order[i] = i;
            pods[i].priority = (int32_t)(world_random(&seed) % 3);
            pods[i].request_bytes = (int64_t)(world_random(&seed) % 4) * GIB;
            pods[i].working_set_bytes = (int64_t)(world_random(&seed) % 6) * GIB - GIB; /* with many ties */
        }
        rank_in_order(pods, order, first);
        for (int shuffle = 0; shuffle < 4; shuffle++) {
            for (uint32_t i = PODS - 1; i > 0; i--) {
                const uint32_t k = (uint32_t)(world_random(&seed) % (i + 1)), kept = order[i];
                order[i] = order[k];
                order[k] = kept;
            }
            rank_in_order(pods, order, again);
            assert_memory_equal(first, again, sizeof(first));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_higher_threshold_never_crosses_later),
        cmocka_unit_test(a_longer_horizon_is_never_less_likely),
        cmocka_unit_test(the_order_of_the_pods_never_matters),
    };
    return RP_RUN(tests);
}
