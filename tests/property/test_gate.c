// SPDX-License-Identifier: Apache-2.0
/*
 * Random nodes, random forecasts, random actions, and the planner's own plans: whatever is asked, what the gate lets pass
 * never breaks a rule that can be stated in one line.
 */
#include "node/act/gate.h"

#include <stdio.h>
#include <stdlib.h>

#include "harness/scene.h"

#define ROUNDS 400
#define STEPS  40
#define S      RP_NS_PER_S

/* xorshift: the same sequence everywhere, so a failure can be repeated from its printed seed. */
static uint64_t random_state;

static uint64_t any(uint64_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % below;
}

static bool chance(unsigned percent)
{
    return any(100) < percent;
}

static void random_pod(struct rp_scene *scene)
{
    char name[16];
    (void)snprintf(name, sizeof(name), "pod-%u", (unsigned)any(1000));
    struct rp_scene_pod want = {
        .name = name,
        .value = (uint32_t)any(1001),
        .protected_ = chance(30),
        .working_set_mib = (int64_t)any(900),
        .growth_mib_per_s = (int64_t)any(60) - 10,
        .request_mib = (int64_t)any(900),
    };
    struct rp_pod *pod = rp_scene_at(scene, rp_scene_pod(scene, &want));
    pod->critical = chance(10);
    pod->has_facts = chance(85);
    pod->contract_broken = chance(5);
    pod->terminating = chance(5);
    pod->contract.floor = (uint8_t)any(RP_ACTION_KILL + 1);
    pod->liveness_window_ns = chance(50) ? RP_NS_FOREVER : any(60) * S;
    pod->contract.trigger = (uint8_t)any(RP_TRIGGER_FILE + 1);
    pod->contract.signal = pod->contract.trigger == RP_TRIGGER_FILE ? 0 : (uint8_t)(1 + any(15));
    pod->contract.min_interval_ns = any(120) * S;
    pod->contract.timeout_ns = 10 * S;
    pod->contract.duration_ns = any(60) * S;
}

static bool somebody_protected(struct rp_scene *scene)
{
    bool found = false;
    for (uint32_t i = 0; i < scene->arena->pods.used; i++)
        found = found || rp_scene_at(scene, i)->protected_;
    return found;
}

static void check(struct rp_scene *scene, const struct rp_action *action, const struct rp_gate_facts *facts)
{
    const struct rp_pod *pod = rp_pod_at(scene->arena, action->pod);
    const struct rp_cgroup *cgroup = rp_cgroup_find(scene->arena, action->cgroup);
    const struct rp_policy *policy = &scene->arena->policy;
    if (rp_gate_check(scene->arena, action, facts) != RP_REASON_NONE || action->undo)
        return;
    bool hurts = action->kind != RP_ACTION_CHECKPOINT && !(action->kind == RP_ACTION_SHIELD && action->value < 0);
    assert_non_null(pod);
    assert_non_null(cgroup);
    assert_true(facts->mode == RP_MODE_ENFORCE && facts->cgroup_matches);
    assert_true(policy->enabled & (1u << action->kind));
    assert_true(cgroup->pod == action->pod);
    assert_true(pod->has_facts || pod->from_rule);
    if (hurts)
        assert_true(!pod->protected_ && !pod->critical && !pod->contract_broken && !pod->terminating &&
                    action->kind <= pod->contract.floor && somebody_protected(scene));
    else
        assert_true(pod->protected_);
    if (action->kind != RP_ACTION_KILL && action->kind != RP_ACTION_CHECKPOINT)
        assert_in_range(action->expires_ns, facts->now_ns + 1, facts->now_ns + 300 * S);
    if (action->kind == RP_ACTION_FREEZE && pod->liveness_window_ns != RP_NS_FOREVER)
        assert_true(action->expires_ns - facts->now_ns <= pod->liveness_window_ns / 2 &&
                    (!pod->thawed_ns || facts->now_ns - pod->thawed_ns >= pod->liveness_window_ns / 2));
    if (action->kind == RP_ACTION_KILL)
        assert_true(action->cause < RP_DANGER_MAX &&
                    scene->arena->forecasts[action->cause].state != RP_FORECAST_ABSTAIN &&
                    scene->arena->forecasts[action->cause].state != RP_FORECAST_CALM);
}

static void random_action(struct rp_scene *scene, const struct rp_gate_facts *facts)
{
    struct rp_action action = {
        .id = any(100),
        .cgroup = any(scene->next_id + 4),
        .pod = (uint32_t)any(scene->arena->pods.used + 2),
        .kind = (uint8_t)any(RP_ACTION_MAX + 2),
        .cause = (uint8_t)any(RP_DANGER_MAX + 2),
        .undo = chance(10),
        .value = (int64_t)any(2000) - 1000,
        .expires_ns = facts->now_ns + any(100) * S,
    };
    check(scene, &action, facts);
}

static uint32_t kills(const struct rp_scene *scene)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < scene->arena->pods.used; i++)
        n += rp_pod_at(scene->arena, i)->kills;
    return n;
}

/* One history: plan, let the gate judge every action, pretend that it was done, let time pass. */
static void history(uint64_t seed)
{
    struct rp_scene scene;
    random_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    rp_scene_make(&scene);
    scene.arena->policy.enabled &= ~(uint32_t)any(256);
    for (uint64_t i = 2 + any(10); i > 0; i--)
        random_pod(&scene);
    for (int step = 0; step < STEPS; step++) {
        struct rp_gate_facts facts = {.cgroup_matches = chance(95),
                                      .undo_has_room = chance(95),
                                      .mode = chance(90) ? RP_MODE_ENFORCE : RP_MODE_OBSERVE};
        rp_scene_forecast(&scene, (int64_t)any(400) - 60, (int64_t)any(60), (int64_t)any(120) - 20);
        rp_scene_victim(&scene, (uint32_t)any(scene.arena->pods.used));
        rp_scene_plan(&scene, any(5) * S);
        facts.now_ns = scene.arena->t_ns;
        random_action(&scene, &facts);
        uint32_t allowed = 0;
        for (uint32_t i = 0; i < scene.plan.actions_n; i++) {
            check(&scene, &scene.plan.actions[i], &facts);
            if (rp_gate_check(scene.arena, &scene.plan.actions[i], &facts) == RP_REASON_NONE)
                scene.plan.actions[allowed++] = scene.plan.actions[i];
        }
        scene.plan.actions_n = allowed;
        rp_scene_outcomes(&scene, RP_OUTCOME_DONE, RP_REASON_NONE);
    }
    /* 40 steps of at most 4 s lie within one window of 300 s. */
    assert_true(kills(&scene) <= scene.arena->policy.kills_max);
    rp_scene_drop(&scene);
}

static uint64_t running; /* the seed under way; 0 when all have passed */

static void test_random_histories(void **state)
{
    (void)state;
    for (running = 1; running <= ROUNDS; running++)
        history(running);
    running = 0;
}

static int name_the_seed(void **state)
{
    (void)state;
    if (running)
        print_error("failed with seed %llu\n", (unsigned long long)running);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_teardown(test_random_histories, name_the_seed)};
    return RP_RUN(tests);
}
