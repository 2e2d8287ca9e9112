// SPDX-License-Identifier: Apache-2.0
/*
 * One sample into the model. Events come first, while the cgroups that they speak of are still there; deaths come before
 * births, which may need their place; readings and facts then find whom they belong to.
 */
#include "base/num.h"
#include "core/model/activity.h"
#include "core/model/budget.h"
#include "core/model/cgroups.h"
#include "core/model/events.h"
#include "core/model/facts.h"
#include "core/model/filesystems.h"
#include "core/model/levels.h"
#include "core/model/manager.h"
#include "core/model/pods.h"
#include "core/model/readings.h"
#include "core/model/table.h"

/* What protected requests are measured against: what the kubelet lets all pods use, on other machines all memory. */
static int64_t allocatable_of(struct rp_arena *arena)
{
    struct rp_level level;
    if (rp_level_make(arena, RP_DANGER_KUBELET_ALLOCATABLE, &level))
        return level.capacity;
    return arena->node.now.known & RP_NODE_MEM_TOTAL ? rp_i64_of_u64(arena->node.now.mem_total_bytes) : -1;
}

static void keep_budget(struct rp_arena *arena, const struct rp_sample *sample)
{
    const int64_t allocatable = allocatable_of(arena);
    if (!sample->births_n && !sample->deaths_n && !sample->facts_n && allocatable == arena->node.allocatable_bytes)
        return;
    arena->node.allocatable_bytes = allocatable;
    rp_budget_step(arena);
}

void rp_model_step(struct rp_arena *arena, const struct rp_sample *sample)
{
    arena->t_ns = sample->t_ns;
    arena->sample_number = sample->number;
    arena->inputs++;
    rp_events_step(arena, sample);
    for (uint32_t i = 0; i < sample->deaths_n; i++)
        rp_cgroup_died(arena, sample->deaths[i].id);
    for (uint32_t i = 0; i < sample->births_n; i++)
        rp_cgroup_born(arena, &sample->births[i]);
    rp_filesystems_step(arena, sample);
    rp_readings_step(arena, sample);
    rp_activity_step(arena, sample);
    rp_facts_step(arena, sample);
    rp_levels_step(arena, sample);
    rp_manager_step(arena);
    keep_budget(arena, sample);
}

/* What observe mode only imagined must not keep the real thing from being done. */
static void forget_imagined(struct rp_pod *pod)
{
    for (uint32_t i = 0; i < RP_BRAKES_MAX; i++)
        if (pod->brakes[i].state == RP_OUTCOME_OBSERVED)
            pod->brakes[i] = (struct rp_brake){0};
    if (pod->checkpoint.state == RP_CHECKPOINT_IDLE)
        pod->checkpoint.requested_ns = 0;
}

void rp_model_set_policy(struct rp_arena *arena, const struct rp_policy *policy)
{
    const bool awakes = arena->policy.mode == RP_MODE_OBSERVE && policy->mode == RP_MODE_ENFORCE;
    for (uint32_t i = 0; awakes && i < arena->pods.used; i++)
        forget_imagined(rp_pod_in(arena, i));
    arena->inputs++;
    arena->policy = *policy;
    arena->policy.cgroups_max = arena->cgroups.capacity; /* sizes stay as they were made */
    arena->policy.pods_max = arena->pods.capacity;
    if (!arena->node.generations[RP_LIST_KUBELET])
        arena->node.kubelet = policy->kubelet;
    arena->node.kubelet.minor = policy->kubelet.minor;
    rp_cgroups_judge(arena);
    for (uint32_t i = 0; i < arena->pods.used; i++)
        if (rp_pod_in(arena, i)->live)
            rp_pod_join(arena, i);
    rp_budget_step(arena);
    if (arena->sample_number) /* and not only made */
        rp_log_add(arena, (struct rp_log_entry){.kind = RP_LOG_POLICY}, NULL);
}
