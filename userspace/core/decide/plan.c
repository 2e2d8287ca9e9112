// SPDX-License-Identifier: Apache-2.0
/* One plan per sample: the concerns are asked in a fixed order and add their actions. */
#include "core/decide/decide.h"

#include <string.h>

#define ASK_AGAIN_NS (1 * RP_NS_PER_S) /* an undoing of which nothing was heard */

struct rp_action *rp_plan_add(struct rp_planner *planner, const struct rp_pod *pod, enum rp_action_kind kind,
                              enum rp_reason reason)
{
    struct rp_arena *arena = planner->arena;
    struct rp_plan *plan = planner->plan;
    const struct rp_cgroup *cgroup = rp_cgroup_at(arena, pod->cgroup);
    if (!cgroup || plan->actions_n == RP_PLAN_MAX) {
        plan->dropped++;
        return NULL;
    }
    struct rp_action *action = &plan->actions[plan->actions_n++];
    *action = (struct rp_action){
        .id = ++arena->ladder.next_action_id,
        .cgroup = cgroup->id,
        .pod = rp_pod_index(arena, pod),
        .kind = (uint8_t)kind,
        .reason = (uint8_t)reason,
        .cause = arena->ladder.danger,
        .expires_ns = planner->now + arena->policy.brake_max_ns,
        .deadline_ns = planner->now + 3 * RP_NS_PER_S,
    };
    return action;
}

bool rp_plan_undo(struct rp_planner *planner, struct rp_pod *pod, struct rp_brake *brake, enum rp_reason reason)
{
    if (brake->undo_asked_ns && planner->now - brake->undo_asked_ns < ASK_AGAIN_NS)
        return false;
    struct rp_action *action = rp_plan_add(planner, pod, (enum rp_action_kind)brake->kind, reason);
    if (!action)
        return false;
    action->id = brake->action_id; /* an undoing belongs to the ledger line of the action that it undoes */
    action->undo = true;
    action->value = brake->value;
    brake->undo_asked_ns = planner->now;
    return true;
}

static void notice_mode(struct rp_arena *arena)
{
    const bool acts = arena->policy.mode == RP_MODE_ENFORCE && !arena->ladder.held;
    if (acts && !arena->ladder.acts)
        rp_forget_imagined(arena);
    arena->ladder.acts = acts;
}

void rp_decide_plan(struct rp_arena *arena, struct rp_plan *plan)
{
    struct rp_planner planner = {
        .arena = arena, .plan = plan, .now = arena->t_ns, .stakes = rp_somebody_protected(arena)};
    memset(plan, 0, sizeof(*plan));
    plan->sample_number = arena->sample_number;
    plan->t_ns = arena->t_ns;
    notice_mode(arena);
    rp_ledger_step(arena);
    rp_phase_step(&planner);
    rp_checkpoints_step(&planner);
    const bool acts = planner.stakes && !arena->ladder.held;
    if (acts) {
        rp_plan_checkpoints(&planner);
        rp_plan_brakes(&planner);
        rp_plan_room(&planner);
    }
    rp_plan_releases(&planner);
    if (acts)
        rp_plan_shields(&planner);
    if (plan->actions_n)
        arena->plan = *plan;
}
