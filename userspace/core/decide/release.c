// SPDX-License-Identifier: Apache-2.0
/*
 * Undo what is no longer needed: when its time is over, and when the node has been calm for long enough that the pod's
 * old growth would not bring the danger straight back.
 *
 * A braked node looks calm because of the brake. So a release is tried on paper first: would the room that is there now
 * outlast the pod's former growth for twice the acting horizon? If not, the release is
 * only a probe: what the pod did before may have been the last of its growth (a start-up, one large array), and nobody can
 * know while it is braked. A probe is tried where the room survives the pod's former growth until it would be braked
 * again, and it is taken back as soon as the pod grows as before (rp_plan_brakes), which doubles the next hold. One pod
 * per step, most valuable first, strongest brake first.
 */
#include "base/num.h"
#include "core/decide/decide.h"
#include "core/model/table.h"

#define BETWEEN_RELEASES_NS (2 * RP_NS_PER_S)
#define REPEATS_MAX         4
#define REACTION_S          3 /* to see the growth again and to brake it */

bool rp_room_outlasts(const struct rp_arena *arena, const struct rp_brake *brake, int64_t seconds)
{
    int64_t room = rp_sub_sat_i64(rp_room_bytes(arena), rp_margin_bytes(arena));
    int64_t growth = brake->growth_before_bytes_per_s;
    return room > 0 && (growth <= 0 || growth < room / (seconds > 0 ? seconds : 1));
}

static bool may_release(const struct rp_planner *planner, const struct rp_brake *brake)
{
    const struct rp_arena *arena = planner->arena;
    const struct rp_ladder *ladder = &arena->ladder;
    uint32_t repeats = brake->repeats < REPEATS_MAX ? brake->repeats : REPEATS_MAX;
    rp_ns hold = arena->policy.calm_hold_ns << repeats;
    if (ladder->phase == RP_PHASE_ACT || !ladder->calm_since_ns || planner->now - ladder->calm_since_ns < hold ||
        planner->now - brake->since_ns < hold)
        return false;
    return rp_room_outlasts(arena, brake, REACTION_S);
}

/* The strongest active brake: releases climb down the ladder one step at a time. */
static struct rp_brake *strongest(struct rp_pod *pod)
{
    static const uint8_t down[] = {RP_ACTION_FREEZE, RP_ACTION_SQUEEZE, RP_ACTION_SLOW, RP_ACTION_BRACE};
    for (size_t i = 0; i < sizeof(down); i++) {
        struct rp_brake *brake = rp_brake_find(pod, (enum rp_action_kind)down[i]);
        if (rp_brake_active(brake) && brake->state != RP_OUTCOME_PENDING)
            return brake;
    }
    return NULL;
}

/* What allowed this change, where it is not given any more: then the change ends at once. NONE: it may stay. */
static enum rp_reason ground_lost(const struct rp_planner *planner, const struct rp_pod *pod,
                                  const struct rp_brake *brake)
{
    const struct rp_arena *arena = planner->arena;
    const enum rp_action_kind kind = (enum rp_action_kind)brake->kind;
    if (kind == RP_ACTION_SHIELD && brake->value < 0)
        return pod->protected_ && (arena->policy.enabled & (1u << kind)) ? RP_REASON_NONE : RP_REASON_NOT_A_TARGET;
    if (!rp_pod_expendable(pod) || !rp_step_allowed(arena, pod, kind))
        return RP_REASON_NOT_A_TARGET;
    if (!planner->stakes)
        return RP_REASON_NOTHING_AT_STAKE;
    /* The kubelet starts a killed container again in the same slice; frozen, it could not even be created. */
    if (kind == RP_ACTION_FREEZE && pod->killed_ns && pod->killed_ns >= brake->since_ns)
        return RP_REASON_SUPERSEDED;
    return RP_REASON_NONE;
}

/* Before and beside all calm: what is over, and what may not be any more. */
static void expire(struct rp_planner *planner, struct rp_pod *pod)
{
    for (uint32_t i = 0; i < RP_BRAKES_MAX; i++) {
        struct rp_brake *brake = &pod->brakes[i];
        if (brake->kind == RP_ACTION_NONE)
            continue;
        const bool over = planner->now >= brake->expires_ns;
        const bool in_force = rp_brake_active(brake) && rp_action_info((enum rp_action_kind)brake->kind)->reversible;
        const enum rp_reason lost = in_force ? ground_lost(planner, pod, brake) : RP_REASON_NONE;
        if (in_force && (over || lost != RP_REASON_NONE))
            (void)rp_plan_undo(planner, pod, brake, lost != RP_REASON_NONE ? lost : RP_REASON_EXPIRED);
        else if (over)
            *brake = (struct rp_brake){0}; /* a refusal's pause, or a remembered kill, is over */
    }
}

void rp_plan_releases(struct rp_planner *planner)
{
    struct rp_arena *arena = planner->arena;
    struct rp_pod *best = NULL;
    struct rp_brake *best_brake = NULL;
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        struct rp_pod *pod = rp_pod_in(arena, i);
        if (!pod->live)
            continue;
        expire(planner, pod);
        struct rp_brake *brake = strongest(pod);
        if (!brake || planner->now >= brake->expires_ns || !may_release(planner, brake))
            continue;
        if (!best || pod->value > best->value) {
            best = pod;
            best_brake = brake;
        }
    }
    if (!best || planner->now - arena->ladder.released_ns < BETWEEN_RELEASES_NS)
        return;
    if (rp_plan_undo(planner, best, best_brake, RP_REASON_CALM))
        arena->ladder.released_ns = planner->now;
}
