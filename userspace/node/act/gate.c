// SPDX-License-Identifier: Apache-2.0
#include "node/act/gate.h"

#include <signal.h>
#include <string.h>

#include "base/num.h"

#define EVIDENCE_MAX_NS  (5 * RP_NS_PER_S)  /* E6: nothing starts on older readings */
#define CAUSE_MAX_NS     (30 * RP_NS_PER_S) /* E2: a node-global reclaim this recent is a node-level cause */
#define CERTAIN_PERMILLE 900                /* E2: a crossing within one kubelet loop that counts as about to happen */
#define RECLAIM_MIN_DIV  4                  /* E5: at least a quarter of the use must be reclaimable */
#define SQUEEZE_KEEP_DIV 2                  /* E5: never ask for more than half of what can be reclaimed */
#define ADJ_LOWEST       (-998)             /* a shield: above the kubelet's -999, and never "cannot be killed" */

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

/* E1: the cluster's own, by priority or by where it lives; and whoever is on its way out already. */
static bool untouchable(const struct rp_pod *pod)
{
    return pod->protected_ || pod->critical || pod->contract_broken || pod->terminating || pod->finished ||
           strncmp(pod->namespace_, "kube-system", sizeof(pod->namespace_)) == 0;
}

static bool somebody_is_protected(struct rp_arena *arena)
{
    bool found = false;
    for (uint32_t i = 0; i < arena->pods.used && !found; i++)
        found = rp_pod_at(arena, i)->live && rp_pod_at(arena, i)->protected_;
    return found;
}

static bool right_target(struct rp_arena *arena, const struct rp_action *action, const struct rp_pod *pod)
{
    bool known = pod->has_facts || pod->from_rule;
    if (!known || pod->self || !right_place(arena, action, pod))
        return false;
    if (action->kind == RP_ACTION_SHIELD && action->value < ADJ_LOWEST)
        return false;
    return helps(action) ? pod->protected_ : !untouchable(pod);
}

/* E4: what ends only with us would not end with a mistake of ours. */
static bool ends_in_time(const struct rp_arena *arena, const struct rp_action *action, rp_ns now)
{
    rp_ns longest = action->kind == RP_ACTION_FREEZE ? arena->policy.freeze_max_ns : arena->policy.brake_max_ns;
    return action->expires_ns > now && action->expires_ns - now <= longest;
}

static bool fresh(const struct rp_forecast *forecast, rp_ns now)
{
    return forecast->state != RP_FORECAST_ABSTAIN && !(forecast->missing & RP_MISSING_FRESH) &&
           now - forecast->t_ns <= EVIDENCE_MAX_NS;
}

/* E6: what the pod did lately, and some number of the node that is known to be in danger or not. */
static bool evidence_is_fresh(struct rp_arena *arena, const struct rp_pod *pod, rp_ns now)
{
    bool known = false;
    for (uint32_t danger = 0; danger < RP_DANGER_MAX; danger++)
        known = known || (rp_danger_info(danger)->memory && fresh(&arena->forecasts[danger], now));
    return known && now - pod->working_set_ns <= EVIDENCE_MAX_NS;
}

/* How much of what is wrong can be pinned on pods that we know by name: growth while it grows, else the level. */
static bool attributed(struct rp_arena *arena, const struct rp_forecast *forecast)
{
    int64_t growth = 0, level = 0;
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        const struct rp_pod *pod = rp_pod_at(arena, i);
        if (!pod->live || !pod->working_set_known)
            continue;
        growth = rp_add_sat_i64(growth, rp_max_i64(pod->growth_bytes_per_s, 0));
        level = rp_add_sat_i64(level, pod->working_set_bytes);
    }
    if (forecast->growth_per_s > 0)
        return growth >= forecast->growth_per_s / 2;
    return level >= rp_sub_sat_i64(forecast->capacity, forecast->available) / 2;
}

/* E2: destruction needs a crossing and a cause at node level. Stall alone, or a pod in its own limit, is neither. */
static enum rp_reason check_cause(struct rp_arena *arena, const struct rp_action *action, rp_ns now)
{
    if (!rp_danger_info(action->cause)->memory)
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
static enum rp_reason check_victims(const struct rp_arena *arena, const struct rp_pod *pod,
                                    const struct rp_gate_facts *facts)
{
    const rp_ns now = facts->now_ns;
    const struct rp_ladder *ladder = &arena->ladder;
    const struct rp_policy *policy = &arena->policy;
    if (facts->victim_taken || (ladder->victim_action && now < ladder->victim_deadline_ns))
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
    uint64_t reclaimable = rp_add_sat_u64(now->file_bytes, now->anon_bytes < swap ? now->anon_bytes : swap);
    if (reclaimable < now->usage_bytes / RECLAIM_MIN_DIV)
        return RP_REASON_E5_NOT_RECLAIMABLE;
    uint64_t target = action->value > 0 ? (uint64_t)action->value : 0;
    uint64_t asked = now->usage_bytes > target ? now->usage_bytes - target : 0;
    return asked > reclaimable / SQUEEZE_KEEP_DIV ? RP_REASON_E5_NOT_RECLAIMABLE : RP_REASON_NONE;
}

/* E11: nor may two freezes add up to one that is too long, so a probe has half of the window to succeed in between. */
static bool outlasts_liveness(const struct rp_action *action, const struct rp_pod *pod, rp_ns now)
{
    const rp_ns half = pod->liveness_window_ns / 2;
    if (pod->liveness_window_ns == RP_NS_FOREVER)
        return false;
    return action->expires_ns - now > half || (pod->thawed_ns && now - pod->thawed_ns < half);
}

/* E7, as far as the declaration goes. */
static enum rp_reason check_checkpoint(const struct rp_arena *arena, const struct rp_pod *pod,
                                       const struct rp_action *a, const struct rp_gate_facts *facts)
{
    const rp_ns now = facts->now_ns;
    const struct rp_contract *contract = &pod->contract;
    bool ends = contract->effect == RP_EFFECT_ENDS;
    bool deadly = contract->signal == SIGTERM || contract->signal == SIGINT;
    bool never = contract->signal == SIGKILL || contract->signal == SIGSTOP;
    if (contract->trigger == RP_TRIGGER_NONE || a->value != contract->signal || never || (deadly && !ends) ||
        pod->sandboxed)
        return RP_REASON_E7_NOT_DECLARED;
    const struct rp_checkpoint *checkpoint = &pod->checkpoint;
    if (checkpoint->requested_ns && now - checkpoint->requested_ns < contract->min_interval_ns)
        return RP_REASON_RATE_LIMITED;
    const bool turn_taken = facts->checkpoint_asked || now < arena->ladder.checkpoint_until_ns;
    return turn_taken ? RP_REASON_E9_STAGGERED : RP_REASON_NONE;
}

static enum rp_reason check_kind(struct rp_arena *arena, const struct rp_action *action, const struct rp_pod *pod,
                                 const struct rp_gate_facts *facts)
{
    enum rp_reason reason = RP_REASON_NONE;
    switch (action->kind) {
    case RP_ACTION_KILL:
        reason = check_cause(arena, action, facts->now_ns);
        return reason != RP_REASON_NONE ? reason : check_victims(arena, pod, facts);
    case RP_ACTION_BRACE:
    case RP_ACTION_SQUEEZE:
        return check_reclaimable(arena, action);
    case RP_ACTION_FREEZE:
        return outlasts_liveness(action, pod, facts->now_ns) ? RP_REASON_E11_LIVENESS : RP_REASON_NONE;
    case RP_ACTION_CHECKPOINT:
        return check_checkpoint(arena, pod, action, facts);
    default:
        return reason;
    }
}

/* What holds for every kind that costs its target something. */
static enum rp_reason check_harm(struct rp_arena *arena, const struct rp_action *action, const struct rp_pod *pod,
                                 const struct rp_gate_facts *facts)
{
    if (helps(action))
        return RP_REASON_NONE;
    if (action->kind > pod->contract.floor)
        return RP_REASON_FLOOR;
    if (!somebody_is_protected(arena))
        return RP_REASON_NOTHING_AT_STAKE;
    return evidence_is_fresh(arena, pod, facts->now_ns) ? RP_REASON_NONE : RP_REASON_E6_STALE;
}

static enum rp_reason check_rules(struct rp_arena *arena, const struct rp_action *action, const struct rp_pod *pod,
                                  const struct rp_gate_facts *facts)
{
    const enum rp_action_kind kind = (enum rp_action_kind)action->kind;
    if (!right_target(arena, action, pod))
        return RP_REASON_E1_FORBIDDEN_TARGET;
    if (brakes_pod(kind) && pod->checkpoint.state == RP_CHECKPOINT_REQUESTED)
        return RP_REASON_CHECKPOINTING;
    if (facts->now_ns - arena->node.now.t_ns > EVIDENCE_MAX_NS)
        return RP_REASON_E6_STALE;
    const enum rp_reason reason = check_harm(arena, action, pod, facts);
    if (reason != RP_REASON_NONE)
        return reason;
    if (rp_action_info(kind)->reversible && !ends_in_time(arena, action, facts->now_ns))
        return RP_REASON_E4_NO_END;
    return check_kind(arena, action, pod, facts);
}

enum rp_reason rp_gate_check(struct rp_arena *arena, const struct rp_action *action, const struct rp_gate_facts *facts)
{
    const enum rp_action_kind kind = (enum rp_action_kind)action->kind;
    if (action->undo)
        return RP_REASON_NONE;
    const struct rp_pod *pod = rp_pod_at(arena, action->pod);
    if (!pod || !pod->live || kind <= RP_ACTION_NONE || kind >= RP_ACTION_MAX || !facts->cgroup_matches)
        return RP_REASON_E1_FORBIDDEN_TARGET;
    const enum rp_reason reason = check_rules(arena, action, pod, facts);
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
