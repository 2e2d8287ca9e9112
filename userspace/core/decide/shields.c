// SPDX-License-Identifier: Apache-2.0
/*
 * Move the kernel's OOM choice: protected pods just above the kubelet's own -999 as soon as there is pressure; expendable
 * pods at 1000 when the kernel's own number is in danger, because only then does its choice matter. Undone with the
 * pressure. A protected pod that is itself the cause of a coming node OOM loses its shield: shielding the cause only makes
 * the kernel kill everybody else first.
 */
#include "core/decide/decide.h"
#include "core/model/table.h"

#define SHIELD_PROTECTED  (-998)
#define SHIELD_EXPENDABLE 1000
#define CAUSE_SHARE       2                 /* a protected pod with at least half of the growth is the cause */
#define NEAR_PERMILLE     500u              /* of a node OOM within a minute */
#define LOSE_AFTER_NS     (5 * RP_NS_PER_S) /* the growth of a moment is no reason to drop a shield */

/* The forecast of the kernel's danger that is near, or NULL: of the node's end, or of the limit of all pods. */
static const struct rp_forecast *oom_near(const struct rp_arena *arena)
{
    const struct rp_forecast *nearest = NULL;
    for (uint32_t d = 0; d < RP_DANGER_MAX; d++) {
        const struct rp_forecast *f = &arena->forecasts[d];
        const bool near = f->state == RP_FORECAST_CROSSED ||
                          (f->state == RP_FORECAST_CROSSING && f->within_60s_permille >= NEAR_PERMILLE);
        if (rp_danger_of_kernel(d) && near && (!nearest || f->median_ns < nearest->median_ns))
            nearest = f;
    }
    return nearest;
}

static bool is_cause(const struct rp_arena *arena, const struct rp_pod *pod)
{
    const struct rp_forecast *near = oom_near(arena);
    return near && near->growth_per_s > RP_MIB && pod->growth_bytes_per_s >= near->growth_per_s / CAUSE_SHARE;
}

static void shield(struct rp_planner *planner, struct rp_pod *pod, int64_t value)
{
    struct rp_brake *brake = rp_brake_find(pod, RP_ACTION_SHIELD);
    bool lost = brake && brake->state == RP_OUTCOME_UNDONE && brake->reason == RP_REASON_GROWING;
    if (rp_brake_active(brake) || rp_brake_waits(brake, planner->now) || lost)
        return; /* a shield that was lost stays away until its slot is forgotten, so that it does not flap */
    struct rp_action *action =
        rp_plan_add(planner, pod, RP_ACTION_SHIELD, value < 0 ? RP_REASON_PROTECTED : RP_REASON_OOM_NEAR);
    if (action)
        action->value = value;
}

void rp_plan_shields(struct rp_planner *planner)
{
    struct rp_arena *arena = planner->arena;
    bool pressure = arena->ladder.phase != RP_PHASE_CALM;
    bool calm = !pressure && arena->ladder.calm_since_ns; /* in between, what is set stays and nothing is added */
    bool enabled = arena->policy.enabled & (1u << RP_ACTION_SHIELD);
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        struct rp_pod *pod = rp_pod_in(arena, i);
        if (!pod->live || pod->cgroup == RP_INDEX_NONE)
            continue;
        struct rp_brake *brake = rp_brake_find(pod, RP_ACTION_SHIELD);
        bool set = rp_brake_active(brake) && brake->state != RP_OUTCOME_PENDING;
        bool cause =
            pod->protected_ && is_cause(arena, pod) && brake && planner->now - brake->since_ns >= LOSE_AFTER_NS;
        if (set && (cause || (calm && planner->now - arena->ladder.calm_since_ns >= arena->policy.calm_hold_ns)))
            (void)rp_plan_undo(planner, pod, brake, cause ? RP_REASON_GROWING : RP_REASON_CALM);
        else if (pressure && enabled && pod->protected_ && !cause)
            shield(planner, pod, SHIELD_PROTECTED);
        else if (oom_near(arena) && enabled && rp_pod_expendable(pod) && pod->contract.floor >= RP_ACTION_SHIELD)
            shield(planner, pod, SHIELD_EXPENDABLE);
    }
}
