// SPDX-License-Identifier: Apache-2.0
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>

#define START_NS (100 * RP_NS_PER_S)

static void birth(struct rp_scene *scene, rp_cgroup_id id, rp_cgroup_id parent, const char *path)
{
    struct rp_cgroup_birth born = {.id = id, .parent = parent, .t_ns = scene->arena->t_ns};
    (void)snprintf(born.path, sizeof(born.path), "%s", path);
    struct rp_sample sample = {
        .number = scene->arena->sample_number + 1, .t_ns = scene->arena->t_ns, .births = &born, .births_n = 1};
    rp_model_step(scene->arena, &sample);
}

void rp_scene_make(struct rp_scene *scene)
{
    static struct rp_policy policy;
    *scene = (struct rp_scene){.next_id = 10, .burstable = 3};
    rp_policy_init(&policy);
    policy.mode = RP_MODE_ENFORCE;
    policy.cgroups_max = 256;
    policy.pods_max = 64;
    policy.act_permille = 700;
    policy.act_horizon_ns = 60 * RP_NS_PER_S;
    policy.calm_hold_ns = 30 * RP_NS_PER_S;
    policy.freeze_max_ns = 300 * RP_NS_PER_S;
    size_t bytes = rp_arena_size(&policy);
    scene->arena = calloc(1, bytes);
    assert_non_null(scene->arena);
    assert_int_equal(rp_arena_init(scene->arena, bytes, &policy), 0);
    scene->arena->t_ns = START_NS;
    birth(scene, 1, RP_CGROUP_NONE, "");
    birth(scene, 2, 1, "kubepods.slice");
    birth(scene, 3, 2, "kubepods.slice/kubepods-burstable.slice");
    scene->arena->node.now = (struct rp_node_reading){
        .t_ns = START_NS, .known = RP_NODE_MEM_TOTAL | RP_NODE_SWAP, .mem_total_bytes = UINT64_C(4) << 30};
    rp_scene_forecast(scene, 2000, 0, -1);
}

void rp_scene_drop(struct rp_scene *scene)
{
    free(scene->arena);
    scene->arena = NULL;
}

struct rp_pod *rp_scene_at(struct rp_scene *scene, uint32_t pod)
{
    struct rp_pod *found = rp_pod_at(scene->arena, pod);
    assert_non_null(found);
    return found;
}

struct rp_cgroup *rp_scene_slice(struct rp_scene *scene, uint32_t pod)
{
    struct rp_cgroup *found = rp_cgroup_at(scene->arena, rp_scene_at(scene, pod)->cgroup);
    assert_non_null(found);
    return found;
}

static void set_memory(struct rp_cgroup *cgroup, rp_ns t_ns, uint64_t bytes)
{
    cgroup->now = (struct rp_cgroup_reading){
        .id = cgroup->id,
        .t_ns = t_ns,
        .known = RP_CG_USAGE | RP_CG_INACTIVE_FILE | RP_CG_ANON_FILE,
        .usage_bytes = bytes,
        .anon_bytes = bytes,
    };
}

uint32_t rp_scene_pod(struct rp_scene *scene, const struct rp_scene_pod *want)
{
    char path[RP_PATH_MAX / 2], leaf[RP_PATH_MAX];
    rp_cgroup_id id = scene->next_id;
    scene->next_id += 2;
    (void)snprintf(
        path, sizeof(path),
        "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0000%04u_0000_0000_0000_000000000000.slice",
        (unsigned)id);
    (void)snprintf(leaf, sizeof(leaf), "%s/cri-containerd-%064u.scope", path, (unsigned)id);
    birth(scene, id, scene->burstable, path);
    birth(scene, id + 1, id, leaf);
    struct rp_cgroup *slice = rp_cgroup_find(scene->arena, id);
    struct rp_cgroup *container = rp_cgroup_find(scene->arena, id + 1);
    assert_non_null(slice);
    assert_non_null(container);
    struct rp_pod *pod = rp_scene_at(scene, slice->pod);
    (void)snprintf(pod->name, sizeof(pod->name), "%s", want->name);
    pod->has_facts = true;
    assert_true(slice->pod < RP_SCENE_PODS_MAX);
    scene->protected_[slice->pod] = want->protected_;
    for (uint32_t i = 0; i <= slice->pod; i++)
        rp_scene_at(scene, i)->protected_ = scene->protected_[i];
    pod->value = want->value;
    pod->request_bytes = want->request_mib * RP_MIB;
    pod->working_set_known = true;
    pod->working_set_bytes = want->working_set_mib * RP_MIB;
    pod->working_set_ns = scene->arena->t_ns;
    pod->growth_bytes_per_s = want->growth_mib_per_s * RP_MIB;
    pod->liveness_window_ns = RP_NS_FOREVER;
    set_memory(slice, scene->arena->t_ns, (uint64_t)pod->working_set_bytes);
    set_memory(container, scene->arena->t_ns, (uint64_t)pod->working_set_bytes);
    return slice->pod;
}

void rp_scene_forecast(struct rp_scene *scene, int64_t room_mib, int64_t growth_mib_per_s, int64_t median_s)
{
    struct rp_forecast *f = &scene->arena->forecasts[RP_DANGER_KUBELET_MEMORY];
    rp_ns median = median_s < 0 ? RP_NS_FOREVER : (rp_ns)median_s * RP_NS_PER_S;
    for (unsigned d = 0; d < RP_DANGER_MAX; d++)
        scene->arena->forecasts[d] = (struct rp_forecast){
            .state = RP_FORECAST_ABSTAIN,
            .missing = RP_MISSING_READING,
            .early_ns = RP_NS_FOREVER,
            .median_ns = RP_NS_FOREVER,
            .late_ns = RP_NS_FOREVER,
        };
    *f = (struct rp_forecast){
        .state = median_s < 0    ? RP_FORECAST_CALM
                 : median_s == 0 ? RP_FORECAST_CROSSED
                                 : RP_FORECAST_CROSSING,
        .t_ns = scene->arena->t_ns,
        .available = (room_mib + 100) * RP_MIB,
        .capacity = 4096 * RP_MIB,
        .threshold = 100 * RP_MIB,
        .growth_per_s = growth_mib_per_s * RP_MIB,
        .early_ns = median == RP_NS_FOREVER ? median : median * 8 / 10,
        .median_ns = median,
        .late_ns = median == RP_NS_FOREVER ? median : median * 12 / 10,
        .within_10s_permille = median_s >= 0 && median_s <= 8 ? 950 : 0,
        .within_60s_permille = median_s >= 0 && median_s <= 50 ? 950 : 0,
        .within_5min_permille = median_s >= 0 && median_s <= 250 ? 950 : 0,
    };
}

void rp_scene_victim(struct rp_scene *scene, uint32_t pod)
{
    scene->arena->victims =
        (struct rp_victims){.n = 1, .candidates = 1, .list = {{.pod = pod, .exceeds_request = true}}};
}

void rp_scene_plan(struct rp_scene *scene, rp_ns after_ns)
{
    scene->arena->t_ns += after_ns;
    scene->arena->sample_number++;
    scene->arena->node.now.t_ns = scene->arena->t_ns;
    for (unsigned d = 0; d < RP_DANGER_MAX; d++)
        scene->arena->forecasts[d].t_ns = scene->arena->t_ns;
    for (uint32_t i = 0; i < scene->arena->pods.used; i++)
        rp_scene_at(scene, i)->working_set_ns = scene->arena->t_ns;
    rp_decide_plan(scene->arena, &scene->plan);
}

const struct rp_action *rp_scene_planned(const struct rp_scene *scene, uint32_t pod, enum rp_action_kind kind)
{
    for (uint32_t i = 0; i < scene->plan.actions_n; i++)
        if (scene->plan.actions[i].pod == pod && scene->plan.actions[i].kind == kind)
            return &scene->plan.actions[i];
    return NULL;
}

void rp_scene_outcome(struct rp_scene *scene, const struct rp_action *action, enum rp_outcome_state state,
                      enum rp_reason reason)
{
    const struct rp_outcome outcome = {
        .action = *action, .t_ns = scene->arena->t_ns, .state = (uint8_t)state, .reason = (uint8_t)reason};
    const struct rp_sample sample = {.t_ns = scene->arena->t_ns, .outcomes = &outcome, .outcomes_n = 1};
    rp_decide_outcomes(scene->arena, &sample);
}

void rp_scene_outcomes(struct rp_scene *scene, enum rp_outcome_state state, enum rp_reason reason)
{
    struct rp_outcome outcomes[RP_PLAN_MAX];
    for (uint32_t i = 0; i < scene->plan.actions_n; i++)
        outcomes[i] = (struct rp_outcome){
            .action = scene->plan.actions[i],
            .t_ns = scene->arena->t_ns,
            .state = (uint8_t)(scene->plan.actions[i].undo && state == RP_OUTCOME_DONE ? RP_OUTCOME_UNDONE : state),
            .reason = (uint8_t)reason};
    struct rp_sample sample = {.t_ns = scene->arena->t_ns, .outcomes = outcomes, .outcomes_n = scene->plan.actions_n};
    rp_decide_outcomes(scene->arena, &sample);
}
