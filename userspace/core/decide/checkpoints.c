// SPDX-License-Identifier: Apache-2.0
/*
 * Ask a protected workload to write a checkpoint while there is still time for it: when the probability of a crossing
 * within its own checkpoint time plus margin is high enough. Staggered, rate-limited, and for a workload that ends with
 * its checkpoint only above a separate, higher probability, because there a false alarm is a death.
 */
#include "base/num.h"
#include "core/decide/decide.h"
#include "core/forecast/crossing.h"
#include "core/model/table.h"

rp_ns rp_checkpoint_need_ns(const struct rp_pod *pod)
{
    const struct rp_checkpoint *checkpoint = &pod->checkpoint;
    uint32_t n = checkpoint->durations_n < RP_DURATIONS_MAX ? checkpoint->durations_n : RP_DURATIONS_MAX;
    if (n == 0)
        return pod->contract.duration_ns;
    /* With at most 16 measurements the 95th percentile is the largest but for n >= 20; take the largest. */
    rp_ns largest = 0;
    for (uint32_t i = 0; i < n; i++)
        if (checkpoint->durations_ns[i] > largest)
            largest = checkpoint->durations_ns[i];
    return largest;
}

static bool at_stake(const struct rp_arena *arena, uint32_t pod)
{
    if (rp_danger_of_kernel(arena->ladder.danger) || arena->victims.n == 0)
        return true;
    for (uint32_t i = 0; i < arena->victims.n; i++)
        if (arena->victims.list[i].pod == pod)
            return true;
    return false;
}

static uint32_t worst_within(const struct rp_arena *arena, rp_ns horizon)
{
    uint32_t worst = 0;
    for (uint32_t d = 0; d < RP_DANGER_MAX; d++) {
        const struct rp_forecast *f = &arena->forecasts[d];
        if (!rp_danger_info(d)->memory || f->state == RP_FORECAST_ABSTAIN)
            continue;
        uint32_t p = f->state == RP_FORECAST_CROSSED ? 1000 : rp_forecast_within(arena, (enum rp_danger)d, horizon);
        if (p > worst)
            worst = p;
    }
    return worst;
}

/* Until the first crossing of memory, as likely as not; RP_NS_FOREVER: none is in sight. */
static rp_ns time_left(const struct rp_arena *arena, rp_ns now)
{
    rp_ns left = RP_NS_FOREVER;
    for (uint32_t d = 0; d < RP_DANGER_MAX; d++) {
        const struct rp_forecast *f = &arena->forecasts[d];
        if (!rp_danger_info(d)->memory || (f->state != RP_FORECAST_CROSSING && f->state != RP_FORECAST_CROSSED))
            continue;
        const rp_ns at = f->state == RP_FORECAST_CROSSED ? now : rp_add_sat_u64(f->t_ns, f->median_ns);
        left = rp_min_u64(left, rp_sub_sat_u64(at, now));
    }
    return left;
}

static bool wanted(const struct rp_planner *planner, const struct rp_pod *pod)
{
    const struct rp_arena *arena = planner->arena;
    const struct rp_checkpoint *checkpoint = &pod->checkpoint;
    if (!pod->live || !pod->protected_ || pod->sandboxed || pod->contract.trigger == RP_TRIGGER_NONE ||
        pod->cgroup == RP_INDEX_NONE || rp_pod_checkpointing(pod))
        return false;
    if (checkpoint->requested_ns && planner->now - checkpoint->requested_ns < pod->contract.min_interval_ns)
        return false;
    if (planner->now < checkpoint->retry_ns)
        return false;
    if (!at_stake(arena, rp_pod_index(arena, pod)))
        return false;
    uint32_t needed = pod->contract.effect == RP_EFFECT_ENDS ? arena->policy.checkpoint_ends_permille
                                                             : arena->policy.checkpoint_permille;
    return worst_within(arena, rp_checkpoint_need_ns(pod) + arena->policy.checkpoint_margin_ns) >= needed;
}

static void give_up_late_ones(struct rp_planner *planner, struct rp_pod *pod)
{
    struct rp_checkpoint *checkpoint = &pod->checkpoint;
    if (checkpoint->state != RP_CHECKPOINT_REQUESTED || planner->now < checkpoint->deadline_ns)
        return;
    if (pod->contract.ack == RP_ACK_NONE) { /* nothing was to be seen, so nothing is late */
        checkpoint->state = RP_CHECKPOINT_IDLE;
        return;
    }
    checkpoint->state = RP_CHECKPOINT_TIMED_OUT;
    checkpoint->failures++;
    rp_log_add(planner->arena,
               (struct rp_log_entry){.kind = RP_LOG_CHECKPOINT,
                                     .a = RP_CHECKPOINT_TIMED_OUT,
                                     .value = (int64_t)(planner->now - checkpoint->requested_ns)},
               pod);
}

void rp_checkpoints_step(struct rp_planner *planner)
{
    struct rp_arena *arena = planner->arena;
    for (uint32_t i = 0; i < arena->pods.used; i++)
        if (rp_pod_in(arena, i)->live)
            give_up_late_ones(planner, rp_pod_in(arena, i));
    const struct rp_pod *pod = rp_pod_at(arena, arena->ladder.checkpoint_pod);
    if (!pod || !pod->live || !rp_pod_checkpointing(pod))
        arena->ladder.checkpoint_until_ns = 0;
}

void rp_plan_checkpoints(struct rp_planner *planner)
{
    struct rp_arena *arena = planner->arena;
    struct rp_pod *most = NULL;
    if (!(arena->policy.enabled & (1u << RP_ACTION_CHECKPOINT)))
        return;
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        struct rp_pod *pod = rp_pod_in(arena, i);
        if (wanted(planner, pod) && (!most || pod->value > most->value))
            most = pod;
    }
    /* E9: one at a time; several dumps at once take the memory and the disk that are short already. */
    if (!most || planner->now < arena->ladder.checkpoint_until_ns)
        return;
    const rp_ns left = time_left(arena, planner->now);
    struct rp_action *action =
        rp_plan_add(planner, most, RP_ACTION_CHECKPOINT,
                    left < rp_checkpoint_need_ns(most) ? RP_REASON_CHECKPOINT_LATE : RP_REASON_CHECKPOINT_TIME);
    if (!action)
        return;
    action->value = most->contract.signal;
    /* Without evidence to wait for, the turn of the next one comes when this one should be ready. */
    const bool seen = most->contract.ack != RP_ACK_NONE;
    action->deadline_ns = planner->now + (seen ? most->contract.timeout_ns : most->contract.duration_ns);
    action->expires_ns = planner->now + rp_min_u64(rp_sub_sat_u64(left, arena->policy.checkpoint_margin_ns),
                                                   action->deadline_ns - planner->now);
}
