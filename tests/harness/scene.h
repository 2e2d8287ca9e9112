// SPDX-License-Identifier: Apache-2.0
/*
 * A node with pods, for tests of deciding: made through the model's own door (births, facts), then set to the numbers that
 * a test wants. Everything is allowed by the policy and the mode is enforce.
 */
#ifndef RP_HARNESS_SCENE_H
#define RP_HARNESS_SCENE_H

#include "harness.h"
#include "reprieve/model.h"

#define RP_SCENE_PODS_MAX 32

struct rp_scene_pod {
    const char *name;
    uint32_t value;
    bool protected_;
    int64_t working_set_mib, growth_mib_per_s, request_mib;
};

struct rp_scene {
    struct rp_arena *arena;
    struct rp_plan plan;
    rp_cgroup_id next_id, burstable;
    bool protected_[RP_SCENE_PODS_MAX]; /* by pod index: the model's budget would take it back with the next pod */
};

void rp_scene_make(struct rp_scene *scene);
void rp_scene_drop(struct rp_scene *scene);

/* A Burstable pod with one container; returns its index. Its cgroup's usage equals its working set, all anonymous. */
uint32_t rp_scene_pod(struct rp_scene *scene, const struct rp_scene_pod *pod);
struct rp_pod *rp_scene_at(struct rp_scene *scene, uint32_t pod);
struct rp_cgroup *rp_scene_slice(struct rp_scene *scene, uint32_t pod);

/* The kubelet's memory forecast: room over a threshold of 100 MiB on a node of 4 GiB, crossing in `median_s` (0: crossed;
 * negative: calm), everything above probability 0.9 within that time. */
void rp_scene_forecast(struct rp_scene *scene, int64_t room_mib, int64_t growth_mib_per_s, int64_t median_s);

/* The pod that the kubelet would take first. */
void rp_scene_victim(struct rp_scene *scene, uint32_t pod);

/* Let time pass and plan; the plan is in scene->plan. */
void rp_scene_plan(struct rp_scene *scene, rp_ns after_ns);

/* The planned action of that kind on that pod, or NULL. */
const struct rp_action *rp_scene_planned(const struct rp_scene *scene, uint32_t pod, enum rp_action_kind kind);

/* One action came out like this. */
void rp_scene_outcome(struct rp_scene *scene, const struct rp_action *action, enum rp_outcome_state state,
                      enum rp_reason reason);

/* Every planned action came out like this. */
void rp_scene_outcomes(struct rp_scene *scene, enum rp_outcome_state state, enum rp_reason reason);

#endif
