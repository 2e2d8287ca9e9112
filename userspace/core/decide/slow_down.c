// SPDX-License-Identifier: Apache-2.0
/*
 * Stop the growth, reversibly: brace, slow, freeze on the pod slices of expendable growers, lowest value first, the
 * weakest step that is sufficient, and only as many pods as the gap needs.
 *
 * "Sufficient" is judged by time: a slowed pod still grows, so slowing is tried only while there is time to see whether
 * it worked; under HURRY_NS growth must stop at once, and freezing is the only brake that does that.
 */
#include "base/num.h"
#include "core/decide/decide.h"
#include "core/model/table.h"

#define HURRY_NS          (15 * RP_NS_PER_S)
#define SLOW_DEADLINE_NS  (3 * RP_NS_PER_S)
#define GROWER_MIN_BPS    (INT64_C(64) << 10) /* below this a pod is noise, not a grower */
#define GROWER_SHARE      20                  /* or below a twentieth of the node's growth */
#define BRACE_RECLAIM_DIV 4                   /* E5: brace only where a quarter of the use can be reclaimed */
#define TARGETS_MAX       64

struct need {
    int64_t growth_bps; /* how fast the leading danger's number falls */
    int64_t excess_bps; /* how much of that has to stop */
    bool hurry;
};

static struct need assess(const struct rp_planner *planner)
{
    const struct rp_arena *arena = planner->arena;
    const struct rp_forecast *f = &arena->forecasts[arena->ladder.danger];
    int64_t room = rp_sub_sat_i64(rp_room_bytes(arena), rp_margin_bytes(arena));
    int64_t horizon_s = (int64_t)(2 * arena->policy.act_horizon_ns / RP_NS_PER_S);
    int64_t bearable = room > 0 && horizon_s > 0 ? room / horizon_s : 0;
    struct need need = {.growth_bps = f->growth_per_s};
    need.excess_bps = rp_sub_sat_i64(need.growth_bps, bearable);
    need.hurry = f->state == RP_FORECAST_CROSSED || f->early_ns < HURRY_NS;
    return need;
}

static bool grows(const struct rp_pod *pod, const struct need *need)
{
    return pod->growth_bytes_per_s >= GROWER_MIN_BPS && pod->growth_bytes_per_s >= need->growth_bps / GROWER_SHARE;
}

/* E11: a frozen pod fails its liveness probe; half of the shortest window is the most that it may lose. */
static rp_ns freeze_time(const struct rp_arena *arena, const struct rp_pod *pod)
{
    rp_ns half = pod->liveness_window_ns == RP_NS_FOREVER ? RP_NS_FOREVER : pod->liveness_window_ns / 2;
    return half < arena->policy.freeze_max_ns ? half : arena->policy.freeze_max_ns;
}

static bool can_brace(const struct rp_arena *arena, const struct rp_pod *pod)
{
    return rp_pod_reclaimable_bytes(arena, pod) >= pod->working_set_bytes / BRACE_RECLAIM_DIV;
}

static bool usable(struct rp_planner *planner, struct rp_pod *pod, enum rp_action_kind kind)
{
    const struct rp_brake *brake = rp_brake_find(pod, kind);
    if (!rp_step_allowed(planner->arena, pod, kind) || rp_brake_active(brake) || rp_brake_waits(brake, planner->now))
        return false;
    if (kind == RP_ACTION_FREEZE)
        return freeze_time(planner->arena, pod) >= 2 * RP_NS_PER_S;
    return kind != RP_ACTION_BRACE || can_brace(planner->arena, pod);
}

/* The step for this grower now, or NONE if it is braked as far as it may be or the present brake still has time. */
static enum rp_action_kind next_step(struct rp_planner *planner, struct rp_pod *pod, bool hurry, enum rp_reason *reason)
{
    const struct rp_brake *slow = rp_brake_find(pod, RP_ACTION_SLOW);
    const struct rp_brake *freeze = rp_brake_find(pod, RP_ACTION_FREEZE);
    *reason = RP_REASON_GROWING;
    if (rp_brake_active(freeze))
        return RP_ACTION_NONE;
    bool slow_failed = rp_brake_active(slow) && planner->now >= slow->deadline_ns;
    if ((hurry || slow_failed) && usable(planner, pod, RP_ACTION_FREEZE)) {
        if (slow_failed && !hurry)
            *reason = RP_REASON_STEP_TOO_WEAK;
        return RP_ACTION_FREEZE;
    }
    if (usable(planner, pod, RP_ACTION_SLOW))
        return RP_ACTION_SLOW;
    return RP_ACTION_NONE;
}

static void add_step(struct rp_planner *planner, struct rp_pod *pod, enum rp_action_kind kind, enum rp_reason reason)
{
    struct rp_arena *arena = planner->arena;
    struct rp_action *action = rp_plan_add(planner, pod, kind, reason);
    if (!action)
        return;
    const struct rp_cgroup *cgroup = rp_cgroup_in(arena, pod->cgroup);
    int64_t per_deadline = rp_mul_sat_i64(pod->growth_bytes_per_s, (int64_t)(SLOW_DEADLINE_NS / RP_NS_PER_S));
    action->expected_bytes = per_deadline;
    action->deadline_ns = planner->now + SLOW_DEADLINE_NS;
    switch (kind) {
    case RP_ACTION_FREEZE:
        action->value = 1;
        action->expires_ns = planner->now + freeze_time(arena, pod);
        break;
    case RP_ACTION_SLOW:
        action->value = arena->policy.slow_permille;
        action->expected_bytes = per_deadline - rp_mul_div_i64(per_deadline, arena->policy.slow_permille, 1000);
        break;
    default: /* BRACE: above the present use by what it may still take while the next step is decided */
        action->value = rp_i64_of_u64(cgroup->now.usage_bytes);
        action->value = rp_add_sat_i64(action->value, rp_add_sat_i64(per_deadline, 8 * RP_MIB));
        break;
    }
}

/*
 * A brake that was lifted as a probe, and the pod grows as it did before: brake it again at once. Waiting until the
 * forecast is sure once more would give away room with every probe.
 */
static void take_back_probes(struct rp_planner *planner)
{
    static const uint8_t kinds[] = {RP_ACTION_FREEZE, RP_ACTION_SLOW};
    struct rp_arena *arena = planner->arena;
    int64_t horizon_s = (int64_t)(2 * arena->policy.act_horizon_ns / RP_NS_PER_S);
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        struct rp_pod *pod = rp_pod_in(arena, i);
        for (size_t k = 0; k < sizeof(kinds) && rp_pod_expendable(pod); k++) {
            const struct rp_brake *brake = rp_brake_find(pod, (enum rp_action_kind)kinds[k]);
            bool probing = brake && brake->state == RP_OUTCOME_UNDONE && brake->reason == RP_REASON_CALM;
            if (!probing || pod->growth_bytes_per_s < GROWER_MIN_BPS ||
                pod->growth_bytes_per_s < brake->growth_before_bytes_per_s / 2 ||
                rp_room_outlasts(arena, brake, horizon_s) || rp_pod_checkpointing(pod))
                continue;
            if (usable(planner, pod, (enum rp_action_kind)kinds[k]))
                add_step(planner, pod, (enum rp_action_kind)kinds[k], RP_REASON_GROWING);
            break;
        }
    }
}

void rp_plan_brakes(struct rp_planner *planner)
{
    struct rp_arena *arena = planner->arena;
    if (arena->ladder.phase != RP_PHASE_ACT || arena->ladder.danger >= RP_DANGER_MAX) {
        take_back_probes(planner);
        return;
    }
    struct need need = assess(planner);
    uint32_t order[TARGETS_MAX];
    uint32_t n = rp_targets(arena, order, TARGETS_MAX);
    uint32_t growers = 0, braked = 0;
    for (uint32_t i = 0; i < n && need.excess_bps > 0; i++) {
        struct rp_pod *pod = rp_pod_in(arena, order[i]);
        if (rp_pod_checkpointing(pod) || !grows(pod, &need))
            continue;
        growers++;
        if (usable(planner, pod, RP_ACTION_BRACE))
            add_step(planner, pod, RP_ACTION_BRACE, RP_REASON_GROWING);
        enum rp_reason reason;
        enum rp_action_kind step = next_step(planner, pod, need.hurry, &reason);
        if (step != RP_ACTION_NONE)
            add_step(planner, pod, step, reason);
        if (step != RP_ACTION_NONE || rp_brake_active(rp_brake_find(pod, RP_ACTION_SLOW)))
            braked++;
        need.excess_bps = rp_sub_sat_i64(need.excess_bps, pod->growth_bytes_per_s);
    }
    if (need.excess_bps > 0 && growers == 0 && braked == 0 && n == 0)
        arena->ladder.nobody_expendable++;
}
