// SPDX-License-Identifier: Apache-2.0
/*
 * Get memory back when stopping the growth is not enough: squeeze reclaimable cache out of expendable pods, and as the
 * last step kill one container of the least valuable pod that frees what is missing.
 *
 * A kill is planned only where it changes the outcome: a protected pod stands to be taken (by the kubelet's ranking, or
 * by a kernel OOM), the crossing is there or due before any brake can work, and nothing weaker can give the bytes. If the
 * kubelet would take an expendable pod anyway, it is left to do so: it evicts properly, with status and event.
 */
#include "base/num.h"
#include "core/decide/decide.h"
#include "core/forecast/crossing.h"
#include "core/model/table.h"

#define KUBELET_LOOP_NS    (10 * RP_NS_PER_S) /* evictionMonitoringPeriod */
#define CERTAIN_PERMILLE   900u
#define SQUEEZE_MIN_BYTES  (32 * RP_MIB)
#define VICTIM_DEADLINE_NS (5 * RP_NS_PER_S)
#define SETTLE_NS          (1 * RP_NS_PER_S) /* a step just taken must show in the forecast before more is done */
#define GOOD_PART          2                 /* half of what is missing: two victims are the most by default */
#define TARGETS_MAX        64

static bool protected_at_stake(struct rp_arena *arena)
{
    if (rp_danger_of_kernel(arena->ladder.danger) || arena->victims.n == 0)
        return true; /* the kernel's choice follows oom_score, and without a ranking anybody may be taken */
    for (uint32_t i = 0; i < arena->victims.n; i++) {
        const struct rp_victim *victim = &arena->victims.list[i];
        const struct rp_pod *pod = rp_pod_at(arena, victim->pod);
        if (pod && pod->protected_ && (victim->group == arena->victims.list[0].group || victim->stale_only))
            return true;
    }
    return false;
}

/* A freeze that was set a moment ago, or stands in this very plan, has had no chance yet. */
static bool freeze_settling(const struct rp_planner *planner)
{
    struct rp_arena *arena = planner->arena;
    for (uint32_t i = 0; i < planner->plan->actions_n; i++)
        if (planner->plan->actions[i].kind == RP_ACTION_FREEZE && !planner->plan->actions[i].undo)
            return true;
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        struct rp_pod *pod = rp_pod_in(arena, i);
        const struct rp_brake *freeze = pod->live ? rp_brake_find(pod, RP_ACTION_FREEZE) : NULL;
        if (rp_brake_active(freeze) && planner->now - freeze->since_ns < SETTLE_NS)
            return true;
    }
    return false;
}

/* What squeezes of a moment ago still give: it does not show in the forecast yet. */
static int64_t coming_bytes(struct rp_arena *arena, rp_ns now)
{
    int64_t coming = 0;
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        struct rp_pod *pod = rp_pod_in(arena, i);
        const struct rp_brake *brake = pod->live ? rp_brake_find(pod, RP_ACTION_SQUEEZE) : NULL;
        if (rp_brake_active(brake) && now - brake->since_ns < SETTLE_NS)
            coming = rp_add_sat_i64(coming, brake->expected_bytes);
    }
    return coming;
}

/* Returns what squeezing cannot be expected to give of the gap. */
static int64_t squeeze(struct rp_planner *planner, int64_t gap)
{
    struct rp_arena *arena = planner->arena;
    gap = rp_sub_sat_i64(gap, coming_bytes(arena, planner->now));
    uint32_t order[TARGETS_MAX];
    uint32_t n = rp_targets(arena, order, TARGETS_MAX);
    for (uint32_t i = 0; i < n && gap > 0; i++) {
        struct rp_pod *pod = rp_pod_in(arena, order[i]);
        struct rp_brake *brake = rp_brake_find(pod, RP_ACTION_SQUEEZE);
        int64_t half = rp_pod_reclaimable_bytes(arena, pod) / 2; /* the hot half stays */
        if (half < SQUEEZE_MIN_BYTES || rp_pod_checkpointing(pod) || !rp_step_allowed(arena, pod, RP_ACTION_SQUEEZE))
            continue;
        if (rp_brake_active(brake) || rp_brake_waits(brake, planner->now))
            continue;
        struct rp_brake *brace = rp_brake_find(pod, RP_ACTION_BRACE);
        if (rp_brake_active(brace))
            (void)rp_plan_undo(planner, pod, brace,
                               RP_REASON_STEP_TOO_WEAK); /* both write memory.high: one at a time */
        struct rp_action *action = rp_plan_add(planner, pod, RP_ACTION_SQUEEZE, RP_REASON_EVICTION_NEAR);
        if (!action)
            return gap;
        const struct rp_cgroup *cgroup = rp_cgroup_in(arena, pod->cgroup);
        action->expected_bytes = half < gap ? half : gap;
        action->value = rp_i64_of_u64(cgroup->now.usage_bytes) - action->expected_bytes;
        gap -= action->expected_bytes;
    }
    return gap;
}

struct victim {
    uint32_t pod, cgroup; /* indices, RP_INDEX_NONE: nobody */
    int64_t bytes;        /* that come back */
};

/*
 * A kill hits the container with most memory in the pod, never the slice. Only a workload of the configuration, which has
 * no containers, is killed whole.
 */
static struct victim victim_in(struct rp_arena *arena, uint32_t index)
{
    const struct rp_pod *pod = rp_pod_in(arena, index);
    struct victim best = {.pod = index, .cgroup = RP_INDEX_NONE};
    if (pod->from_rule) {
        best.cgroup = pod->cgroup;
        best.bytes = pod->working_set_bytes;
    }
    for (uint32_t i = 0; i < arena->cgroups.used && !pod->from_rule; i++) {
        const struct rp_cgroup *cgroup = rp_cgroup_in(arena, i);
        if (!cgroup->live || cgroup->pod != index || cgroup->kind != RP_CGROUP_CONTAINER)
            continue;
        int64_t bytes = rp_i64_of_u64(rp_sub_sat_u64(cgroup->now.usage_bytes, cgroup->now.inactive_file_bytes));
        if (best.cgroup == RP_INDEX_NONE || bytes > best.bytes) {
            best.cgroup = i;
            best.bytes = bytes;
        }
    }
    return best;
}

static bool killable(struct rp_planner *planner, struct rp_pod *pod)
{
    const struct rp_policy *policy = &planner->arena->policy;
    const struct rp_brake *brake = rp_brake_find(pod, RP_ACTION_KILL);
    return rp_step_allowed(planner->arena, pod, RP_ACTION_KILL) && !rp_pod_checkpointing(pod) &&
           !rp_brake_waits(brake, planner->now) && !rp_brake_active(brake) &&
           (!pod->killed_ns || planner->now - pod->killed_ns >= policy->kills_window_ns);
}

/* Of two that suffice the smaller, else the one that gives more. */
static bool is_better(const struct victim *victim, const struct victim *than, int64_t gap)
{
    const bool enough = victim->bytes >= gap, had_enough = than->bytes >= gap;
    if (enough != had_enough)
        return enough;
    return enough ? victim->bytes < than->bytes : victim->bytes > than->bytes;
}

/* Lowest value first: a dearer pod is looked at only if no cheaper one gives a good part of what is missing. */
static struct victim choose_victim(struct rp_planner *planner, int64_t gap)
{
    struct rp_arena *arena = planner->arena;
    uint32_t order[TARGETS_MAX];
    uint32_t n = rp_targets(arena, order, TARGETS_MAX);
    struct victim best = {.pod = RP_INDEX_NONE, .cgroup = RP_INDEX_NONE};
    for (uint32_t i = 0; i < n; i++) {
        struct rp_pod *pod = rp_pod_in(arena, order[i]);
        const struct rp_pod *chosen = rp_pod_at(arena, best.pod);
        if (chosen && pod->value > chosen->value && best.bytes >= gap / GOOD_PART)
            break;
        if (!killable(planner, pod))
            continue;
        const struct victim victim = victim_in(arena, order[i]);
        if (victim.cgroup != RP_INDEX_NONE && victim.bytes > 0 && (!chosen || is_better(&victim, &best, gap)))
            best = victim;
    }
    return best;
}

static void kill_one(struct rp_planner *planner, int64_t gap, enum rp_reason reason)
{
    struct rp_arena *arena = planner->arena;
    const struct victim victim = choose_victim(planner, gap);
    if (victim.pod == RP_INDEX_NONE) {
        arena->ladder.nobody_expendable++;
        return;
    }
    struct rp_action *action = rp_plan_add(planner, rp_pod_in(arena, victim.pod), RP_ACTION_KILL, reason);
    if (!action)
        return;
    action->cgroup = rp_cgroup_in(arena, victim.cgroup)->id;
    action->value = 1;
    action->expected_bytes = victim.bytes;
    action->deadline_ns = planner->now + VICTIM_DEADLINE_NS;
    action->expires_ns = planner->now + arena->policy.kills_window_ns; /* how long it is remembered */
}

/* E3: no second victim until the first one's memory came back or its deadline passed. */
static bool release_pending(const struct rp_planner *planner)
{
    const struct rp_ladder *ladder = &planner->arena->ladder;
    return ladder->victim_action && planner->now < ladder->victim_deadline_ns;
}

void rp_plan_room(struct rp_planner *planner)
{
    struct rp_arena *arena = planner->arena;
    if (arena->ladder.phase != RP_PHASE_ACT || arena->ladder.danger >= RP_DANGER_MAX)
        return;
    const struct rp_forecast *f = &arena->forecasts[arena->ladder.danger];
    bool crossed = f->state == RP_FORECAST_CROSSED;
    bool due =
        crossed || rp_forecast_within(arena, (enum rp_danger)arena->ladder.danger, KUBELET_LOOP_NS) >= CERTAIN_PERMILLE;
    if (!due)
        return;
    int64_t gap = rp_sub_sat_i64(rp_margin_bytes(arena), rp_sub_sat_i64(f->available, f->threshold));
    if (f->growth_per_s > 0) /* what will still be taken until a victim's memory is back */
        gap = rp_add_sat_i64(gap, rp_mul_sat_i64(f->growth_per_s, (int64_t)(VICTIM_DEADLINE_NS / RP_NS_PER_S)));
    gap = squeeze(planner, gap);
    if (gap <= 0 || freeze_settling(planner) || release_pending(planner) || !protected_at_stake(arena))
        return;
    kill_one(planner, gap, crossed ? RP_REASON_EVICTION_DUE : RP_REASON_EVICTION_NEAR);
}
