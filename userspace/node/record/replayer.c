// SPDX-License-Identifier: Apache-2.0
#include "node/record/replayer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "node/record/digest.h"

void rp_replayer_init(struct rp_replayer *replayer, const struct rp_what_if *what_if)
{
    memset(replayer, 0, sizeof(*replayer));
    if (what_if)
        replayer->what_if = *what_if;
    replayer->doubled = what_if && (what_if->policy || what_if->kubelet);
}

void rp_replayer_deinit(struct rp_replayer *replayer)
{
    free(replayer->arena);
    free(replayer->other);
    free(replayer->facts);
    replayer->arena = replayer->other = NULL;
    replayer->facts = NULL;
}

/* ---- the second core */

/* What it is to assume of the kubelet, which is the one of the recording's version unless that says another. */
static void use_kubelet(const struct rp_what_if *what_if, struct rp_fact_kubelet *kubelet)
{
    const uint8_t minor = kubelet->minor;
    if (!what_if->kubelet)
        return;
    *kubelet = *what_if->kubelet;
    if (!kubelet->minor)
        kubelet->minor = minor;
}

/* Its policy, with the sizes of the recorded one; it observes, so that nothing waits for outcomes that cannot come. */
static void make_policy(struct rp_replayer *replayer, const struct rp_policy *recorded)
{
    struct rp_policy *policy = &replayer->policy;
    *policy = replayer->what_if.policy ? *replayer->what_if.policy : *recorded;
    use_kubelet(&replayer->what_if, &policy->kubelet);
    policy->cgroups_max = recorded->cgroups_max;
    policy->pods_max = recorded->pods_max;
    policy->mode = RP_MODE_OBSERVE;
}

static int copy_arena(const struct rp_arena *from, struct rp_arena **to)
{
    struct rp_arena *copy = malloc(from->total_bytes);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, from, from->total_bytes);
    free(*to);
    *to = copy;
    return 0;
}

/* From here on the second core goes its own way. */
static int fork_other(struct rp_replayer *replayer)
{
    if (!replayer->doubled)
        return 0;
    const int rc = copy_arena(replayer->arena, &replayer->other);
    if (rc != 0)
        return rc;
    make_policy(replayer, &replayer->arena->policy);
    rp_model_set_policy(replayer->other, &replayer->policy);
    use_kubelet(&replayer->what_if, &replayer->other->node.kubelet);
    replayer->imagined_n = 0;
    return 0;
}

/* The sample's facts, with another configuration of the kubelet in place of its own. */
static int make_facts(struct rp_replayer *replayer, const struct rp_sample *sample)
{
    if (sample->facts_n > replayer->facts_cap) {
        struct rp_fact *facts = realloc(replayer->facts, sample->facts_n * sizeof(*facts));
        if (!facts)
            return -ENOMEM;
        replayer->facts = facts;
        replayer->facts_cap = sample->facts_n;
    }
    for (uint32_t i = 0; i < sample->facts_n; i++) {
        replayer->facts[i] = sample->facts[i];
        if (sample->facts[i].kind == RP_FACT_KUBELET)
            use_kubelet(&replayer->what_if, &replayer->facts[i].kubelet);
    }
    return 0;
}

static void imagine(struct rp_replayer *replayer, rp_ns now)
{
    replayer->imagined_n = 0;
    for (uint32_t i = 0; i < replayer->other_plan.actions_n; i++) {
        const struct rp_action *action = &replayer->other_plan.actions[i];
        replayer->imagined[replayer->imagined_n++] = (struct rp_outcome){
            .action = *action,
            .t_ns = now,
            .state = action->undo ? RP_OUTCOME_UNDONE : RP_OUTCOME_OBSERVED,
            .reason = action->reason,
            .seen = action->value,
        };
    }
}

static int step_other(struct rp_replayer *replayer, const struct rp_sample *recorded)
{
    struct rp_sample sample = *recorded;
    const int rc = make_facts(replayer, recorded);
    if (rc != 0)
        return rc;
    sample.facts = replayer->facts;
    sample.outcomes = replayer->imagined;
    sample.outcomes_n = replayer->imagined_n;
    sample.command = RP_COMMAND_NONE;
    rp_core_step(replayer->other, &sample, &replayer->other_plan);
    imagine(replayer, sample.t_ns);
    return 0;
}

/* ---- the recorded one */

static bool same_action(const struct rp_action *a, const struct rp_action *b)
{
    return a->id == b->id && a->cgroup == b->cgroup && a->pod == b->pod && a->kind == b->kind &&
           a->reason == b->reason && a->cause == b->cause && a->undo == b->undo && a->value == b->value &&
           a->expires_ns == b->expires_ns && a->deadline_ns == b->deadline_ns && a->expected_bytes == b->expected_bytes;
}

static bool same_plan(const struct rp_plan *a, const struct rp_plan *b)
{
    bool same = a->actions_n == b->actions_n && a->dropped == b->dropped;
    for (uint32_t i = 0; same && i < a->actions_n; i++)
        same = same_action(&a->actions[i], &b->actions[i]);
    return same;
}

static void note_difference(struct rp_replayer *replayer, const struct rp_sample *sample,
                            const struct rp_replayed *replayed)
{
    replayer->plans_differ += replayed->plan_differs;
    replayer->states_differ += replayed->state_differs;
    if ((replayed->plan_differs || replayed->state_differs) && replayer->first_differing == 0)
        replayer->first_differing = sample->number;
}

static int take_sample(struct rp_replayer *replayer, const struct rp_frame *frame, struct rp_replayed *ret)
{
    replayer->samples++;
    if (!replayer->valid) {
        replayer->unreplayed++;
        ret->step = RP_REPLAY_LOST;
        return 0;
    }
    ret->step = RP_REPLAY_SAMPLE;
    rp_core_step(replayer->arena, frame->sample, &replayer->plan);
    replayer->planned += replayer->plan.actions_n;
    ret->plan_differs = !same_plan(&replayer->plan, frame->plan);
    ret->state_differs = frame->digest && frame->digest != rp_decision_digest(replayer->arena);
    note_difference(replayer, frame->sample, ret);
    return replayer->other ? step_other(replayer, frame->sample) : 0;
}

static int take_start(struct rp_replayer *replayer, const struct rp_frame *frame, struct rp_replayed *ret)
{
    const size_t bytes = rp_arena_size(frame->policy);
    struct rp_arena *arena = bytes == SIZE_MAX ? NULL : calloc(1, bytes);
    if (!arena || rp_arena_init(arena, bytes, frame->policy) != 0) {
        free(arena);
        return -ENOMEM;
    }
    arena->inputs = frame->input;
    arena->agent.bpf = frame->start->bpf;
    arena->agent.realtime_offset_ns = frame->start->realtime_offset_ns;
    memcpy(arena->agent.self_path, frame->start->self_path, sizeof(arena->agent.self_path));
    arena->agent.page_bytes = frame->start->page_bytes;
    memcpy(arena->agent.version, frame->start->version, sizeof(arena->agent.version));
    memcpy(arena->agent.kernel, frame->start->kernel, sizeof(arena->agent.kernel));
    free(replayer->arena);
    replayer->arena = arena;
    replayer->valid = true;
    replayer->starts++;
    ret->step = RP_REPLAY_BEGUN;
    return fork_other(replayer);
}

static void take_policy(struct rp_replayer *replayer, const struct rp_frame *frame, struct rp_replayed *ret)
{
    replayer->policies++;
    if (!replayer->valid)
        return;
    ret->step = RP_REPLAY_POLICY;
    rp_model_set_policy(replayer->arena, frame->policy);
    if (!replayer->other)
        return;
    make_policy(replayer, frame->policy);
    rp_model_set_policy(replayer->other, &replayer->policy);
}

/* Between a START and what comes before it nothing is missing: another guard took that in. */
static void check_continuity(struct rp_replayer *replayer, const struct rp_frame *frame, struct rp_replayed *ret)
{
    const bool known = replayer->last_input > 0;
    if (frame->kind != RP_FRAME_START && known && frame->input > replayer->last_input + 1)
        ret->missing = frame->input - replayer->last_input - 1;
    replayer->missing += ret->missing;
    if (replayer->valid && frame->kind != RP_FRAME_START && frame->input != replayer->arena->inputs + 1)
        replayer->valid = false;
    replayer->last_input = frame->input;
}

static int take_frame(struct rp_replayer *replayer, const struct rp_frame *frame, struct rp_replayed *ret)
{
    check_continuity(replayer, frame, ret);
    if (frame->kind == RP_FRAME_START)
        return take_start(replayer, frame, ret);
    if (frame->kind == RP_FRAME_SAMPLE)
        return take_sample(replayer, frame, ret);
    take_policy(replayer, frame, ret);
    return 0;
}

/* Where nothing is missing a keyframe is a check, and everywhere else a new beginning. */
static int take_keyframe(struct rp_replayer *replayer, const struct rp_arena *arena, struct rp_replayed *ret)
{
    replayer->keyframes++;
    if (replayer->valid && replayer->arena->inputs == arena->inputs) {
        ret->state_differs = rp_decision_digest(replayer->arena) != rp_decision_digest(arena) ||
                             replayer->arena->ladder.next_action_id != arena->ladder.next_action_id;
        replayer->states_differ += ret->state_differs;
        return 0;
    }
    if (replayer->last_input > 0 && arena->inputs > replayer->last_input)
        ret->missing = arena->inputs - replayer->last_input;
    replayer->missing += ret->missing;
    const int rc = copy_arena(arena, &replayer->arena);
    if (rc != 0)
        return rc;
    replayer->valid = true;
    replayer->last_input = arena->inputs;
    ret->step = RP_REPLAY_RESUMED;
    return fork_other(replayer);
}

int rp_replayer_take(struct rp_replayer *replayer, const struct rp_entry *entry, struct rp_replayed *ret)
{
    *ret = (struct rp_replayed){0};
    if (entry->kind == RP_ENTRY_FRAME)
        return take_frame(replayer, &entry->frame, ret);
    if (entry->kind == RP_ENTRY_KEYFRAME)
        return take_keyframe(replayer, entry->arena, ret);
    return 0;
}
