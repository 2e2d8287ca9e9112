// SPDX-License-Identifier: Apache-2.0
/* What came of earlier actions: into the pods' brake slots, the checkpoint states, the victims, log and ledger. */
#include "base/num.h"
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
            .expected_bytes = outcome->action.expected_bytes,
            .repeats = repeats,
        };
    }
    brake->imagined = outcome->state == RP_OUTCOME_OBSERVED;
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

/*
 * How long the pod is left alone afterwards. "The longest freeze" means nothing if the next one begins at once, so what
 * expired rests for as long as it lasted; and between two freezes a liveness probe has the time to succeed (E11). A shield
 * costs the pod nothing.
 */
static rp_ns rest_of(const struct rp_arena *arena, const struct rp_pod *pod, const struct rp_brake *brake)
{
    rp_ns rest = 0;
    if (brake->kind == RP_ACTION_SHIELD)
        return 0;
    if (brake->reason == RP_REASON_EXPIRED)
        rest = rp_sub_sat_u64(arena->t_ns, brake->since_ns);
    if (brake->kind == RP_ACTION_FREEZE && pod->liveness_window_ns != RP_NS_FOREVER)
        rest = rp_max_u64(rest, pod->liveness_window_ns / 2);
    return rest;
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
    rp_ns kept = theirs ? arena->policy.brake_max_ns : 2 * arena->policy.act_horizon_ns;
    rp_ns rest = rest_of(arena, pod, brake);
    brake->rest_until_ns = arena->t_ns + rest;
    brake->expires_ns = arena->t_ns + rp_max_u64(kept, rest);
    if (brake->kind == RP_ACTION_FREEZE && !brake->imagined)
        pod->thawed_ns = arena->t_ns;
}

/* ---- checkpoints */

static bool holds_turn(const struct rp_arena *arena, const struct rp_pod *pod)
{
    return arena->ladder.checkpoint_pod == rp_pod_index(arena, pod);
}

/* PENDING: it has begun; DONE: the signal went out. False if that was known. */
static bool checkpoint_asked(struct rp_arena *arena, struct rp_pod *pod, const struct rp_outcome *outcome)
{
    struct rp_checkpoint *checkpoint = &pod->checkpoint;
    const bool known = checkpoint->state == RP_CHECKPOINT_REQUESTED && checkpoint->action_id == outcome->action.id;
    if (!known) {
        checkpoint->state = RP_CHECKPOINT_REQUESTED;
        checkpoint->action_id = outcome->action.id;
        checkpoint->requested_ns = outcome->t_ns;
        checkpoint->deadline_ns = outcome->action.deadline_ns;
        checkpoint->requests++;
        checkpoint->sent = false;
        arena->ladder.checkpoint_until_ns = checkpoint->deadline_ns;
        arena->ladder.checkpoint_pod = rp_pod_index(arena, pod);
    }
    checkpoint->sent = checkpoint->sent || outcome->state == RP_OUTCOME_DONE;
    return !known;
}

/* With other evidence `seen` is something else, or the size of a file that only says so. */
static bool shows_size(const struct rp_contract *contract)
{
    return contract->ack == RP_ACK_MTIME || contract->ack == RP_ACK_WRAP;
}

static rp_ns checkpoint_acked(struct rp_arena *arena, struct rp_pod *pod, const struct rp_outcome *outcome)
{
    struct rp_checkpoint *checkpoint = &pod->checkpoint;
    const rp_ns took = rp_sub_sat_u64(outcome->t_ns, checkpoint->requested_ns);
    checkpoint->state = RP_CHECKPOINT_ACKED;
    checkpoint->acked_ns = outcome->t_ns;
    checkpoint->acks++;
    checkpoint->durations_ns[checkpoint->durations_n++ % RP_DURATIONS_MAX] = took;
    if (shows_size(&pod->contract) && outcome->seen > 0)
        checkpoint->bytes = outcome->seen;
    rp_habit_learn(arena, pod);
    if (holds_turn(arena, pod))
        arena->ladder.checkpoint_until_ns = 0;
    return took;
}

/*
 * The interval between requests spares the workload; where no signal went out there is nothing to spare, and the danger
 * that made us ask does not wait. False if the planner has given it up already.
 */
static bool checkpoint_failed(struct rp_arena *arena, struct rp_pod *pod, const struct rp_outcome *outcome)
{
    struct rp_checkpoint *checkpoint = &pod->checkpoint;
    const bool ours = checkpoint->action_id == outcome->action.id;
    if (ours && checkpoint->state != RP_CHECKPOINT_REQUESTED)
        return false;
    if (!ours || !checkpoint->sent) {
        checkpoint->retry_ns = arena->t_ns + RETRY_NS;
        checkpoint->requested_ns = ours ? 0 : checkpoint->requested_ns;
    }
    checkpoint->state = outcome->state == RP_OUTCOME_TIMED_OUT ? RP_CHECKPOINT_TIMED_OUT : RP_CHECKPOINT_FAILED;
    checkpoint->reason = outcome->reason;
    checkpoint->failures++;
    if (ours && holds_turn(arena, pod))
        arena->ladder.checkpoint_until_ns = 0;
    return true;
}

static void checkpoint_moved(struct rp_arena *arena, struct rp_pod *pod, const struct rp_outcome *outcome)
{
    struct rp_checkpoint *checkpoint = &pod->checkpoint;
    rp_ns took = 0;
    bool news = true;
    switch (outcome->state) {
    case RP_OUTCOME_PENDING:
    case RP_OUTCOME_DONE:
        news = checkpoint_asked(arena, pod, outcome);
        break;
    case RP_OUTCOME_ACKED:
        news = checkpoint->action_id == outcome->action.id;
        if (news)
            took = checkpoint_acked(arena, pod, outcome);
        break;
    case RP_OUTCOME_OBSERVED: /* would have been asked; do not say so every tick */
        checkpoint->retry_ns = arena->t_ns + pod->contract.min_interval_ns;
        return;
    default:
        news = checkpoint_failed(arena, pod, outcome);
        break;
    }
    if (news)
        rp_log_add(arena,
                   (struct rp_log_entry){
                       .kind = RP_LOG_CHECKPOINT, .a = checkpoint->state, .c = outcome->reason, .value = (int64_t)took},
                   pod);
}

/* ---- all of them */

static void take(struct rp_arena *arena, const struct rp_outcome *outcome)
{
    struct rp_pod *pod = rp_action_pod(arena, &outcome->action);
    const bool first = rp_ledger_find(arena, outcome->action.id) == NULL;
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
    if (outcome->action.kind == RP_ACTION_KILL)
        rp_victim_outcome(arena, outcome, first);
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
    rp_habits_take(arena, sample);
    rp_habits_recall(arena);
    for (uint32_t i = 0; i < sample->outcomes_n; i++) {
        struct rp_outcome outcome = sample->outcomes[i];
        /* Hands read the clock after the sample did; what lies in the future would wrap around in every difference. */
        outcome.t_ns = rp_min_u64(outcome.t_ns, arena->t_ns);
        take(arena, &outcome);
    }
    rp_victim_watch(arena);
}
