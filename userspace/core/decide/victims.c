// SPDX-License-Identifier: Apache-2.0
/*
 * E3's bookkeeping: who was taken when, and whether the memory is back. A kill counts from its beginning, because without
 * cgroup.kill it is a hand's work for seconds; one that came to nothing gives its place back.
 */
#include "core/decide/decide.h"

#define PLACES (sizeof(((struct rp_ladder *)0)->victims_ns) / sizeof(rp_ns))

static void took(struct rp_arena *arena, struct rp_pod *pod, const struct rp_outcome *outcome)
{
    struct rp_ladder *ladder = &arena->ladder;
    ladder->victim_action = outcome->action.id;
    ladder->victim_deadline_ns = outcome->action.deadline_ns;
    ladder->victim_expected_bytes = outcome->action.expected_bytes;
    ladder->victim_available_before_bytes = arena->forecasts[RP_DANGER_KUBELET_MEMORY].available;
    ladder->victims_at = (ladder->victims_at + 1) % PLACES;
    ladder->victims_ns[ladder->victims_at] = outcome->t_ns;
    ladder->victims_imagined &= ~(1u << ladder->victims_at);
    if (outcome->state == RP_OUTCOME_OBSERVED)
        ladder->victims_imagined |= 1u << ladder->victims_at;
    if (pod) {
        pod->killed_ns = outcome->t_ns;
        pod->kills++;
    }
}

static void gave_back(struct rp_arena *arena, struct rp_pod *pod, const struct rp_outcome *outcome)
{
    struct rp_ladder *ladder = &arena->ladder;
    if (ladder->victim_action == outcome->action.id)
        ladder->victim_action = 0;
    for (uint32_t i = 0; pod && i < PLACES; i++)
        if (ladder->victims_ns[i] == pod->killed_ns)
            ladder->victims_ns[i] = 0;
    if (pod) {
        pod->killed_ns = 0;
        pod->kills -= pod->kills > 0;
    }
}

void rp_victim_outcome(struct rp_arena *arena, const struct rp_outcome *outcome, bool first)
{
    struct rp_pod *pod = rp_action_pod(arena, &outcome->action);
    switch (outcome->state) {
    case RP_OUTCOME_PENDING:
    case RP_OUTCOME_DONE:
    case RP_OUTCOME_OBSERVED:
        if (first)
            took(arena, pod, outcome);
        break;
    case RP_OUTCOME_FAILED:
    case RP_OUTCOME_TIMED_OUT:
        if (!first)
            gave_back(arena, pod, outcome);
        break;
    default:
        break;
    }
}

/* It counts as back when most of it shows in the kubelet's number. */
void rp_victim_watch(struct rp_arena *arena)
{
    struct rp_ladder *ladder = &arena->ladder;
    if (!ladder->victim_action)
        return;
    int64_t back = arena->forecasts[RP_DANGER_KUBELET_MEMORY].available - ladder->victim_available_before_bytes;
    if (back >= ladder->victim_expected_bytes / 2 || arena->t_ns >= ladder->victim_deadline_ns)
        ladder->victim_action = 0;
}
