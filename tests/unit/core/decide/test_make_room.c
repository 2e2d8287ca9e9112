// SPDX-License-Identifier: Apache-2.0
/* Who is killed, and when nobody has to be. */
#include "core/decide/decide.h"
#include "harness/scene.h"

#define S RP_NS_PER_S

static const struct rp_scene_pod assembly = {"assembly", 800, true, 900, 0, 200};

struct stage {
    struct rp_scene scene;
    uint32_t job;
};

/* 20 MiB below the threshold: 52 MiB are missing to the margin. */
static void make(struct stage *t)
{
    rp_scene_make(&t->scene);
    t->job = rp_scene_pod(&t->scene, &assembly);
    rp_scene_victim(&t->scene, t->job);
    rp_scene_forecast(&t->scene, -20, 0, 0);
}

static uint32_t pod(struct stage *t, const char *name, uint32_t value, int64_t mib)
{
    return rp_scene_pod(&t->scene, &(struct rp_scene_pod){name, value, false, mib, 0, 100});
}

static void fill_with_cache(struct stage *t, uint32_t index, uint64_t mib)
{
    struct rp_cgroup_reading *now = &rp_scene_slice(&t->scene, index)->now;
    now->file_bytes = mib * (uint64_t)RP_MIB;
    now->anon_bytes = now->usage_bytes - now->file_bytes;
}

static const struct rp_action *killed(const struct stage *t)
{
    for (uint32_t i = 0; i < t->scene.plan.actions_n; i++)
        if (t->scene.plan.actions[i].kind == RP_ACTION_KILL)
            return &t->scene.plan.actions[i];
    return NULL;
}

static void expect_victim(struct stage *t, uint32_t index)
{
    rp_scene_plan(&t->scene, S);
    assert_non_null(killed(t));
    rp_expect_u64("victim", killed(t)->pod, index);
    rp_scene_drop(&t->scene);
}

/* Trim first and measure again: what a squeeze is expected to free is not killed for. */
static void test_cache_first(void **state)
{
    (void)state;
    struct stage t;
    make(&t);
    const uint32_t cache = pod(&t, "cache", 50, 600);
    (void)pod(&t, "idle", 10, 300);
    fill_with_cache(&t, cache, 400);
    rp_scene_plan(&t.scene, S);
    assert_non_null(rp_scene_planned(&t.scene, cache, RP_ACTION_SQUEEZE));
    assert_null(killed(&t));
    rp_scene_outcomes(&t.scene, RP_OUTCOME_PENDING, RP_REASON_NONE);
    rp_scene_plan(&t.scene, 500 * RP_NS_PER_MS);
    assert_null(killed(&t)); /* being reclaimed */
    rp_scene_plan(&t.scene, 2 * S);
    assert_non_null(killed(&t)); /* measured again: it did not help */
    rp_scene_drop(&t.scene);
}

/* A grower that is being frozen is not killed in the same breath. */
static void test_freeze_first(void **state)
{
    (void)state;
    struct stage t;
    make(&t);
    rp_scene_forecast(&t.scene, 60, 10, 6);
    const uint32_t grower = rp_scene_pod(&t.scene, &(struct rp_scene_pod){"grower", 50, false, 300, 10, 100});
    rp_scene_plan(&t.scene, S);
    assert_non_null(rp_scene_planned(&t.scene, grower, RP_ACTION_FREEZE));
    assert_null(killed(&t));
    rp_scene_outcomes(&t.scene, RP_OUTCOME_DONE, RP_REASON_NONE);
    rp_scene_plan(&t.scene, 500 * RP_NS_PER_MS);
    assert_null(killed(&t));
    rp_scene_drop(&t.scene);
}

static void test_too_little_cache(void **state)
{
    (void)state;
    struct stage t;
    make(&t);
    const uint32_t cache = pod(&t, "cache", 50, 600);
    fill_with_cache(&t, cache, 70); /* half of it: 35 of 52 MiB */
    const uint32_t idle = pod(&t, "idle", 10, 300);
    expect_victim(&t, idle);
}

/* A dearer pod that would suffice alone does not go before a cheaper one that gives a good part. */
static void test_cheap_before_sufficient(void **state)
{
    (void)state;
    struct stage t;
    make(&t);
    const uint32_t cheap = pod(&t, "cheap", 10, 40);
    (void)pod(&t, "dear", 400, 300);
    expect_victim(&t, cheap);
}

/* But nobody dies for next to nothing. */
static void test_not_for_nothing(void **state)
{
    (void)state;
    struct stage t;
    make(&t);
    (void)pod(&t, "cheap", 10, 5);
    const uint32_t dear = pod(&t, "dear", 400, 300);
    expect_victim(&t, dear);
}

/* Where nobody gives a good part, the largest there is. */
static void test_best_of_little(void **state)
{
    (void)state;
    struct stage t;
    make(&t);
    (void)pod(&t, "tiny", 10, 5);
    const uint32_t less = pod(&t, "less", 400, 20);
    (void)pod(&t, "least", 500, 10);
    expect_victim(&t, less);
}

/* One container dies, so only its memory comes back. */
static void test_container_counts(void **state)
{
    (void)state;
    struct stage t;
    make(&t);
    const uint32_t split = pod(&t, "split", 50, 100), whole = pod(&t, "whole", 50, 120);
    rp_cgroup_find(t.scene.arena, rp_scene_slice(&t.scene, split)->id + 1)->now.usage_bytes = 30 * (uint64_t)RP_MIB;
    expect_victim(&t, whole);
}

/* A container that is not known (yet) cannot be killed. */
static void test_pod_without_container(void **state)
{
    (void)state;
    struct stage t;
    make(&t);
    const uint32_t bare = pod(&t, "bare", 10, 300);
    rp_cgroup_find(t.scene.arena, rp_scene_slice(&t.scene, bare)->id + 1)->kind = RP_CGROUP_INSIDE;
    const uint32_t idle = pod(&t, "idle", 50, 300);
    expect_victim(&t, idle);
}

/* Garbage in, saturated numbers through: the sanitizer watches. */
static void test_extreme_numbers(void **state)
{
    static const int64_t extremes[] = {INT64_MIN, INT64_MIN / 2, -1, 0, 1, INT64_MAX / 2, INT64_MAX};
    (void)state;
    struct stage t;
    make(&t);
    const uint32_t odd = pod(&t, "odd", 10, 300);
    for (size_t i = 0; i < RP_ROWS(extremes) * RP_ROWS(extremes); i++) {
        const int64_t a = extremes[i % RP_ROWS(extremes)], b = extremes[i / RP_ROWS(extremes)];
        struct rp_forecast *f = &t.scene.arena->forecasts[RP_DANGER_KUBELET_MEMORY];
        f->available = a;
        f->growth_per_s = b;
        f->threshold = b;
        rp_scene_at(&t.scene, odd)->growth_bytes_per_s = a;
        rp_scene_at(&t.scene, odd)->working_set_bytes = b;
        rp_scene_plan(&t.scene, S);
        rp_scene_outcomes(&t.scene, RP_OUTCOME_DONE, RP_REASON_NONE);
    }
    rp_scene_drop(&t.scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cache_first),      cmocka_unit_test(test_freeze_first),
        cmocka_unit_test(test_too_little_cache), cmocka_unit_test(test_cheap_before_sufficient),
        cmocka_unit_test(test_not_for_nothing),  cmocka_unit_test(test_best_of_little),
        cmocka_unit_test(test_container_counts), cmocka_unit_test(test_pod_without_container),
        cmocka_unit_test(test_extreme_numbers),
    };
    return RP_RUN(tests);
}
