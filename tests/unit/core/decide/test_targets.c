// SPDX-License-Identifier: Apache-2.0
/* Who may be acted against at all, and for whom. */
#include "core/decide/decide.h"
#include "harness/scene.h"

#include <string.h>

#define S RP_NS_PER_S

static const struct rp_scene_pod assembly = {"assembly", 800, true, 900, 0, 200};
static const struct rp_scene_pod filler = {"filler", 100, false, 500, 10, 2000};

static void protect(struct rp_pod *pod)
{
    pod->protected_ = true;
}

static void make_critical(struct rp_pod *pod)
{
    pod->critical = true;
}

static void terminate(struct rp_pod *pod)
{
    pod->terminating = true;
}

static void finish(struct rp_pod *pod)
{
    pod->finished = true;
}

static void break_contract(struct rp_pod *pod)
{
    pod->contract_broken = true;
}

static void unlist(struct rp_pod *pod)
{
    pod->has_facts = false;
}

static void make_ours(struct rp_pod *pod)
{
    pod->self = true;
}

static void make_system(struct rp_pod *pod)
{
    memcpy(pod->namespace_, "kube-system", sizeof("kube-system"));
}

static void make_nearly_system(struct rp_pod *pod)
{
    memcpy(pod->namespace_, "kube-systems", sizeof("kube-systems"));
}

static void leave(struct rp_pod *pod)
{
    (void)pod;
}

static const struct {
    const char *what;
    void (*change)(struct rp_pod *pod);
    bool expendable;
} rows[] = {
    {"a pod", leave, true},
    {"protected", protect, false},
    {"critical", make_critical, false},
    {"leaving", terminate, false},
    {"finished", finish, false},
    {"misdeclared", break_contract, false},
    {"not in the list", unlist, false},
    {"ourselves", make_ours, false},
    {"of the cluster's own", make_system, false},
    {"of a namespace like it", make_nearly_system, true},
};

static void test_expendable(void **state)
{
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_scene scene;
        rp_scene_make(&scene);
        (void)rp_scene_pod(&scene, &assembly);
        const uint32_t grower = rp_scene_pod(&scene, &filler);
        rows[i].change(rp_scene_at(&scene, grower));
        rp_expect_u64(rows[i].what, rp_pod_expendable(rp_scene_at(&scene, grower)), rows[i].expendable);
        rp_scene_forecast(&scene, 60, 10, 6);
        rp_scene_plan(&scene, S);
        rp_expect_u64(rows[i].what, rp_scene_planned(&scene, grower, RP_ACTION_FREEZE) != NULL, rows[i].expendable);
        rp_scene_drop(&scene);
    }
}

/* Without a protected workload nobody is braked, moved forward in the OOM killer's order, or killed. */
static void test_nothing_at_stake(void **state)
{
    (void)state;
    struct rp_scene scene;
    rp_scene_make(&scene);
    (void)rp_scene_pod(&scene, &filler);
    rp_scene_forecast(&scene, -20, 10, 0);
    scene.arena->forecasts[RP_DANGER_NODE_OOM] = scene.arena->forecasts[RP_DANGER_KUBELET_MEMORY];
    for (int i = 0; i < 10; i++) {
        rp_scene_plan(&scene, S);
        assert_int_equal(scene.plan.actions_n, 0);
    }
    assert_int_equal(scene.arena->ladder.phase, RP_PHASE_ACT); /* it says so all the same */
    rp_scene_drop(&scene);
}

/* 60 pods to shield must not crowd the rescue itself out of the plan. */
static void test_rescue_comes_before_shields(void **state)
{
    (void)state;
    struct rp_scene scene;
    rp_scene_make(&scene);
    (void)rp_scene_pod(&scene, &assembly);
    for (int i = 0; i < 30; i++)
        (void)rp_scene_pod(&scene, &(struct rp_scene_pod){"idle", 50, false, 10, 0, 100});
    scene.arena->policy.enabled |= 1u << RP_ACTION_SHIELD;
    const uint32_t grower = RP_SCENE_PODS_MAX - 1;
    assert_int_equal(rp_scene_pod(&scene, &filler), grower);
    for (uint32_t i = 0; i < 31; i++)
        rp_scene_at(&scene, i)->protected_ = scene.protected_[i] = true;
    rp_scene_at(&scene, 1)->contract.trigger = RP_TRIGGER_SIGNAL;
    rp_scene_at(&scene, 1)->contract.signal = 10;
    rp_scene_victim(&scene, 1);
    rp_scene_forecast(&scene, 60, 10, 6);
    rp_scene_plan(&scene, S);
    assert_true(scene.plan.dropped > 0);
    assert_non_null(rp_scene_planned(&scene, grower, RP_ACTION_FREEZE));
    assert_non_null(rp_scene_planned(&scene, 1, RP_ACTION_CHECKPOINT));
    rp_scene_drop(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expendable),
        cmocka_unit_test(test_nothing_at_stake),
        cmocka_unit_test(test_rescue_comes_before_shields),
    };
    return RP_RUN(tests);
}
