// SPDX-License-Identifier: Apache-2.0
/* What came of earlier actions: into the pods' brake slots, the checkpoint states, the victim bookkeeping, log and ledger. */
#include "core/decide/decide.h"

#include <string.h>

#define RETRY_NS (5 * RP_NS_PER_S) /* after a refusal or a failure */

static void note(struct rp_arena *arena, const struct rp_outcome *outcome, const struct rp_pod *pod)
{
    bool as_planned = outcome->state == RP_OUTCOME_DONE || outcome->state == RP_OUTCOME_OBSERVED;
    struct rp_log_entry entry = {.kind = RP_LOG_ACTION,
                                 .a = outcome->action.kind,
                                 .b = outcome->state,
                                 .c = as_planned ? outcome->action.reason : outcome->reason,
                                 .value = outcome->action.value};
    const struct rp_ledger *line = rp_ledger_find(arena, outcome->action.id);
    if (!pod && line) /* the pod is gone; its name is not */
        memcpy(entry.pod, line->pod, sizeof(entry.pod));
    rp_log_add(arena, entry, pod);
}

static void set_brake(struct rp_arena *arena, struct rp_pod *pod, const struct rp_outcome *outcome)
{
    struct rp_brake *brake = rp_brake_slot(pod, (enum rp_action_kind)outcome->action.kind);
    if (!brake)
        return;
    bool again = brake->kind == outcome->action.kind && brake->action_id == outcome->action.id;
    uint32_t repeats = brake->kind == outcome->action.kind ? brake->repeats : 0;
    if (!again) {
        *brake = (struct rp_brake){
            .action_id = outcome->action.id,
            .kind = outcome->action.kind,
            .since_ns = outcome->t_ns,
            .growth_before_bytes_per_s = pod->growth_bytes_per_s,
            .usage_before_bytes = pod->working_set_bytes,
            .repeats = repeats,
        };
    }
    brake->state = outcome->state;
    brake->reason = outcome->action.reason;
    brake->value = outcome->action.value;
    brake->expires_ns = outcome->action.expires_ns;
    brake->deadline_ns = outcome->action.deadline_ns;
    if (outcome->state == RP_OUTCOME_REFUSED || outcome->state == RP_OUTCOME_FAILED ||
        outcome->state == RP_OUTCOME_TIMED_OUT) {
        brake->reason = outcome->reason;
        brake->expires_ns = arena->t_ns + RETRY_NS;
    }
}

/* The slot is kept for a while, so that setting the same brake again soon counts as a repeat. */
static void clear_brake(struct rp_arena *arena, struct rp_pod *pod, const struct rp_outcome *outcome)
{
    struct rp_brake *brake = rp_brake_find(pod, (enum rp_action_kind)outcome->action.kind);
    if (!brake || brake->action_id != outcome->action.id)
        return;
    brake->state = outcome->state;
    brake->reason = outcome->reason;
    brake->repeats++;
    /* Somebody else wants this knob: stay away from it for as long as a brake would have lasted. */
    bool theirs = outcome->state == RP_OUTCOME_LEFT && outcome->reason == RP_REASON_CHANGED_BY_OTHER;
    brake->expires_ns = arena->t_ns + (theirs ? arena->policy.brake_max_ns : 2 * arena->policy.act_horizon_ns);
}

static void took_victim(struct rp_arena *arena, struct rp_pod *pod, const struct rp_outcome *outcome)
{
    struct rp_ladder *ladder = &arena->ladder;
    ladder->victim_action = outcome->action.id;
    ladder->victim_deadline_ns = outcome->action.deadline_ns;
    ladder->victim_expected_bytes = outcome->action.expected_bytes;
    ladder->victim_available_before_bytes = arena->forecasts[RP_DANGER_KUBELET_MEMORY].available_bytes;
    ladder->victims_at = (ladder->victims_at + 1) % 8;
    ladder->victims_ns[ladder->victims_at] = outcome->t_ns;
    if (pod) {
        pod->killed_ns = outcome->t_ns;
        pod->kills++;
    }
}

static void checkpoint_moved(struct rp_arena *arena, struct rp_pod *pod, const struct rp_outcome *outcome)
{
    struct rp_checkpoint *checkpoint = &pod->checkpoint;
    rp_ns took = 0;
    switch (outcome->state) {
    case RP_OUTCOME_PENDING:
    case RP_OUTCOME_DONE:
        if (checkpoint->state == RP_CHECKPOINT_REQUESTED && checkpoint->action_id == outcome->action.id)
            return;
        checkpoint->state = RP_CHECKPOINT_REQUESTED;
        checkpoint->action_id = outcome->action.id;
        checkpoint->requested_ns = outcome->t_ns;
        checkpoint->deadline_ns = outcome->action.deadline_ns;
        checkpoint->requests++;
        arena->ladder.checkpoint_until_ns = checkpoint->deadline_ns;
        arena->ladder.checkpoint_pod = rp_pod_index(arena, pod);
        break;
    case RP_OUTCOME_ACKED:
        if (checkpoint->action_id != outcome->action.id)
            return;
        took = outcome->t_ns - checkpoint->requested_ns;
        checkpoint->state = RP_CHECKPOINT_ACKED;
        checkpoint->acked_ns = outcome->t_ns;
        checkpoint->acks++;
        checkpoint->durations_ns[checkpoint->durations_n++ % RP_DURATIONS_MAX] = took;
        arena->ladder.checkpoint_until_ns = 0;
        break;
    case RP_OUTCOME_OBSERVED: /* would have been asked; do not say so every tick */
        checkpoint->requested_ns = outcome->t_ns;
        return;
    default:
        checkpoint->state = outcome->state == RP_OUTCOME_TIMED_OUT ? RP_CHECKPOINT_TIMED_OUT : RP_CHECKPOINT_FAILED;
        checkpoint->reason = outcome->reason;
        checkpoint->requested_ns = outcome->t_ns; /* also the rate limit of trying again */
        checkpoint->failures++;
        arena->ladder.checkpoint_until_ns = 0;
        break;
    }
    rp_log_add(arena,
               (struct rp_log_entry){.kind = RP_LOG_CHECKPOINT,
                                     .a = checkpoint->state,
                                     .c = outcome->reason,
                                     .value = (int64_t)took},
               pod);
}

static void take(struct rp_arena *arena, const struct rp_outcome *outcome)
{
    struct rp_pod *pod = rp_action_pod(arena, &outcome->action);
    rp_ledger_outcome(arena, outcome);
    if (outcome->action.kind == RP_ACTION_CHECKPOINT) {
        if (pod)
            checkpoint_moved(arena, pod, outcome);
        return;
    }
    if (outcome->state != RP_OUTCOME_PENDING)
        note(arena, outcome, pod);
    bool ended = outcome->state == RP_OUTCOME_UNDONE || outcome->state == RP_OUTCOME_LEFT;
    if (pod && ended)
        clear_brake(arena, pod, outcome);
    else if (pod && !outcome->action.undo)
        set_brake(arena, pod, outcome);
    bool killed = outcome->state == RP_OUTCOME_DONE || outcome->state == RP_OUTCOME_OBSERVED;
    if (outcome->action.kind == RP_ACTION_KILL && killed)
        took_victim(arena, pod, outcome);
}

/* E3: the victim's memory counts as back when most of it shows in the kubelet's number. */
static void watch_release(struct rp_arena *arena)
{
    struct rp_ladder *ladder = &arena->ladder;
    if (!ladder->victim_action)
        return;
    int64_t back = arena->forecasts[RP_DANGER_KUBELET_MEMORY].available_bytes - ladder->victim_available_before_bytes;
    if (back >= ladder->victim_expected_bytes / 2 || arena->t_ns >= ladder->victim_deadline_ns)
        ladder->victim_action = 0;
}

/* An operator's revert holds until resume: the planner then only undoes, and the gate lets nothing else pass. */
static void obey(struct rp_arena *arena, uint32_t command)
{
    if (command == RP_COMMAND_NONE)
        return;
    arena->ladder.held = command == RP_COMMAND_REVERT;
    rp_log_add(arena,
               (struct rp_log_entry){.kind = RP_LOG_MODE,
                                     .a = (uint8_t)(arena->ladder.held ? RP_MODE_OBSERVE : arena->policy.mode),
                                     .c = RP_REASON_OPERATOR},
               NULL);
}

void rp_decide_outcomes(struct rp_arena *arena, const struct rp_sample *sample)
{
    obey(arena, sample->command);
    for (uint32_t i = 0; i < sample->outcomes_n; i++)
        take(arena, &sample->outcomes[i]);
    watch_release(arena);
}
