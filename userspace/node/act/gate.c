// SPDX-License-Identifier: Apache-2.0
#include "node/act/gate.h"

#include <signal.h>

#define EVIDENCE_MAX_NS    (5 * RP_NS_PER_S)  /* E6: nothing starts on older readings */
#define CAUSE_MAX_NS       (30 * RP_NS_PER_S) /* E2: a node-global reclaim this recent is a node-level cause */
#define CERTAIN_PERMILLE   900                /* E2: a crossing within one kubelet loop that counts as about to happen */
#define RECLAIM_MIN_DIV    4                  /* E5: at least a quarter of the use must be reclaimable */
#define SQUEEZE_KEEP_DIV   2                  /* E5: never ask for more than half of what can be reclaimed */

static bool brakes_pod(enum rp_action_kind kind)
{
    return kind == RP_ACTION_BRACE || kind == RP_ACTION_SLOW || kind == RP_ACTION_SQUEEZE || kind == RP_ACTION_FREEZE;
}

static bool helps(const struct rp_action *action)
{
    return action->kind == RP_ACTION_CHECKPOINT || (action->kind == RP_ACTION_SHIELD && action->value < 0);
}

/* E1. A brake belongs on a pod's own slice and a kill on a container: QoS and kubepods slices are never touched. */
static bool right_place(struct rp_arena *arena, const struct rp_action *action, const struct rp_pod *pod)
{
    const struct rp_cgroup *cgroup = rp_cgroup_find(arena, action->cgroup);
    const struct rp_cgroup *slice = rp_cgroup_at(arena, pod->cgroup);
    if (!cgroup || !slice || !cgroup->live)
        return false;
    if (action->kind == RP_ACTION_KILL)
        return cgroup == slice ? pod->from_rule : cgroup->kind == RP_CGROUP_CONTAINER && cgroup->pod == action->pod;
    return cgroup == slice && cgroup->kind == RP_CGROUP_POD;
}

static bool right_target(struct rp_arena *arena, const struct rp_action *action, const struct rp_pod *pod)
{
    bool known = pod->has_facts || pod->from_rule;
    if (!known || pod->self || !right_place(arena, action, pod))
        return false;
    if (helps(action))
        return pod->protected_;
    return !pod->protected_ && !pod->critical && !pod->contract_broken;
}

static bool fresh(const struct rp_forecast *forecast, rp_ns now)
{
    return forecast->state != RP_FORECAST_ABSTAIN && !(forecast->missing & RP_MISSING_FRESH) &&
           now - forecast->t_ns <= EVIDENCE_MAX_NS;
}

/* How much of what is wrong can be pinned on pods that we know by name: growth while it grows, else the level. */
static bool attributed(struct rp_arena *arena, const struct rp_forecast *forecast)
{
    int64_t growth = 0, level = 0;
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        const struct rp_pod *pod = rp_pod_at(arena, i);
        if (!pod->live || !pod->working_set_known)
            continue;
        growth += pod->growth_bytes_per_s > 0 ? pod->growth_bytes_per_s : 0;
        level += pod->working_set_bytes;
    }
    if (forecast->growth_bytes_per_s > 0)
        return growth * 2 >= forecast->growth_bytes_per_s;
    return level * 2 >= forecast->capacity_bytes - forecast->available_bytes;
}

/* E2: destruction needs a crossing and a cause at node level. Stall alone, or a pod in its own limit, is neither. */
static enum rp_reason check_cause(struct rp_arena *arena, const struct rp_action *action, rp_ns now)
{
    if (action->cause >= RP_DANGER_MAX)
        return RP_REASON_E2_NO_NODE_CAUSE;
    const struct rp_forecast *forecast = &arena->forecasts[action->cause];
    bool crossing = forecast->state == RP_FORECAST_CROSSED || forecast->within_10s_permille >= CERTAIN_PERMILLE;
    if (!fresh(forecast, now))
        return RP_REASON_E6_STALE;
    bool reclaim_seen = arena->node.global_reclaim_ns && now - arena->node.global_reclaim_ns <= CAUSE_MAX_NS;
    if (!crossing || (!reclaim_seen && !attributed(arena, forecast)))
        return RP_REASON_E2_NO_NODE_CAUSE;
    return RP_REASON_NONE;
}

/* E3 */
static enum rp_reason check_victims(const struct rp_arena *arena, const struct rp_pod *pod, rp_ns now)
{
    const struct rp_ladder *ladder = &arena->ladder;
    const struct rp_policy *policy = &arena->policy;
    if (ladder->victim_action && now < ladder->victim_deadline_ns)
        return RP_REASON_E3_RELEASE_PENDING;
    uint32_t recent = 0;
    for (size_t i = 0; i < sizeof(ladder->victims_ns) / sizeof(ladder->victims_ns[0]); i++)
        if (ladder->victims_ns[i] && now - ladder->victims_ns[i] < policy->kills_window_ns)
            recent++;
    bool same = pod->killed_ns && now - pod->killed_ns < policy->kills_window_ns;
    return recent >= policy->kills_max || same ? RP_REASON_E3_VICTIM_BUDGET : RP_REASON_NONE;
}

/* E5 */
static enum rp_reason check_reclaimable(struct rp_arena *arena, const struct rp_action *action)
{
    const struct rp_cgroup *cgroup = rp_cgroup_find(arena, action->cgroup);
    const struct rp_cgroup_reading *now = &cgroup->now;
    if (!(now->known & RP_CG_ANON_FILE) || !(now->known & RP_CG_USAGE))
        return RP_REASON_E6_STALE;
    uint64_t swap = arena->node.now.known & RP_NODE_SWAP ? arena->node.now.swap_free_bytes : 0;
    uint64_t reclaimable = now->file_bytes + (now->anon_bytes < swap ? now->anon_bytes : swap);
    if (reclaimable < now->usage_bytes / RECLAIM_MIN_DIV)
        return RP_REASON_E5_NOT_RECLAIMABLE;
    uint64_t target = action->value > 0 ? (uint64_t)action->value : 0;
    uint64_t asked = now->usage_bytes > target ? now->usage_bytes - target : 0;
    return asked > reclaimable / SQUEEZE_KEEP_DIV ? RP_REASON_E5_NOT_RECLAIMABLE : RP_REASON_NONE;
}

/* E11 */
static bool outlasts_liveness(const struct rp_action *action, const struct rp_pod *pod, rp_ns now)
{
    if (action->expires_ns == RP_NS_FOREVER || action->expires_ns <= now)
        return true;
    return pod->liveness_window_ns != RP_NS_FOREVER && action->expires_ns - now > pod->liveness_window_ns / 2;
}

/* E7, as far as the declaration goes. */
static enum rp_reason check_checkpoint(const struct rp_arena *arena, const struct rp_pod *pod, const struct rp_action *a,
                                       rp_ns now)
{
    const struct rp_contract *contract = &pod->contract;
    bool ends = contract->effect == RP_EFFECT_ENDS;
    bool deadly = contract->signal == SIGTERM || contract->signal == SIGINT;
    bool never = contract->signal == SIGKILL || contract->signal == SIGSTOP;
    if (contract->trigger != RP_TRIGGER_SIGNAL || a->value != contract->signal || never || (deadly && !ends) ||
        pod->sandboxed)
        return RP_REASON_E7_NOT_DECLARED;
    const struct rp_checkpoint *checkpoint = &pod->checkpoint;
    if (checkpoint->requested_ns && now - checkpoint->requested_ns < contract->min_interval_ns)
        return RP_REASON_RATE_LIMITED;
    return now < arena->ladder.checkpoint_until_ns ? RP_REASON_E9_STAGGERED : RP_REASON_NONE;
}

static enum rp_reason check_kind(struct rp_arena *arena, const struct rp_action *action, const struct rp_pod *pod,
                                 rp_ns now)
{
    enum rp_reason reason = RP_REASON_NONE;
    switch (action->kind) {
    case RP_ACTION_KILL:
        reason = check_cause(arena, action, now);
        return reason != RP_REASON_NONE ? reason : check_victims(arena, pod, now);
    case RP_ACTION_BRACE:
    case RP_ACTION_SQUEEZE:
        return check_reclaimable(arena, action);
    case RP_ACTION_FREEZE:
        return outlasts_liveness(action, pod, now) ? RP_REASON_E11_LIVENESS : RP_REASON_NONE;
    case RP_ACTION_CHECKPOINT:
        return check_checkpoint(arena, pod, action, now);
    default:
        return reason;
    }
}

enum rp_reason rp_gate_check(struct rp_arena *arena, const struct rp_action *action, const struct rp_gate_facts *facts)
{
    enum rp_action_kind kind = (enum rp_action_kind)action->kind;
    if (action->undo)
        return RP_REASON_NONE;
    const struct rp_pod *pod = rp_pod_at(arena, action->pod);
    if (!pod || !pod->live || kind <= RP_ACTION_NONE || kind >= RP_ACTION_MAX || !facts->cgroup_matches)
        return RP_REASON_E1_FORBIDDEN_TARGET;
    if (!right_target(arena, action, pod))
        return RP_REASON_E1_FORBIDDEN_TARGET;
    if (brakes_pod(kind) && pod->checkpoint.state == RP_CHECKPOINT_REQUESTED)
        return RP_REASON_CHECKPOINTING;
    if (!helps(action) && kind > (enum rp_action_kind)pod->contract.floor)
        return RP_REASON_FLOOR;
    if (facts->now_ns - arena->node.now.t_ns > EVIDENCE_MAX_NS)
        return RP_REASON_E6_STALE;
    enum rp_reason reason = check_kind(arena, action, pod, facts->now_ns);
    if (reason != RP_REASON_NONE)
        return reason;
    if (!(arena->policy.enabled & (1u << kind)))
        return RP_REASON_NOT_ENABLED;
    if (facts->mode != RP_MODE_ENFORCE || arena->ladder.held)
        return RP_REASON_E10_OBSERVE;
    if (rp_action_info(kind)->reversible && !facts->undo_has_room)
        return RP_REASON_E4_UNDO_FULL;
    return RP_REASON_NONE;
}
