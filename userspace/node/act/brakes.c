// SPDX-License-Identifier: Apache-2.0
/* Changes of knobs: made and restored; watching them is in brakes_watch.c. */
#include "node/act/brakes.h"

#include <errno.h>

#include "base/cleanup.h"
#include "node/act/brakes_private.h"
#include "node/act/cgroup_dir.h"

#define APPLY_TIME_NS   (5 * RP_NS_PER_S)  /* a hand's time for one change */
#define RESTORE_TIME_NS (10 * RP_NS_PER_S) /* restoring below the use reclaims: slower, and more important to finish */
#define RETRY_NS        RP_NS_PER_S
/* memory.current lags by what CPUs hold in their charge caches, and grows between the look and the write. */
#define ABOVE_USE_BYTES RP_MIB

void rp_brakes_init(struct rp_brakes *brakes, const struct rp_actor_world *world)
{
    *brakes = (struct rp_brakes){.world = world};
}

static uint32_t index_of(const struct rp_brakes *brakes, const struct rp_undo_change *change)
{
    return (uint32_t)(change - brakes->world->undo->changes);
}

struct rp_work *rp_brakes_work(struct rp_brakes *brakes, const struct rp_undo_change *change)
{
    return &brakes->work[index_of(brakes, change)];
}

static void forget(struct rp_brakes *brakes, struct rp_undo_change *change)
{
    *rp_brakes_work(brakes, change) = (struct rp_work){0};
    rp_undo_forget(change);
}

/* The number that the outcome shows; -1 if the text is none. */
int64_t rp_brakes_number(const struct rp_undo_change *change, const struct rp_knob_text *text)
{
    int64_t value = -1;
    rp_discard(rp_knob_value((enum rp_knob)change->knob, text, &value));
    return value;
}

static void refuse(struct rp_outcome *outcome, enum rp_outcome_state state, enum rp_reason reason, int error)
{
    outcome->state = (uint8_t)state;
    outcome->reason = (uint8_t)reason;
    outcome->error = error;
}

/* ---- work for hands */

void rp_brakes_post(struct rp_brakes *brakes, struct rp_undo_change *change, rp_ns now)
{
    struct rp_work *work = rp_brakes_work(brakes, change);
    const bool restore = work->want == RP_WORK_RESTORE;
    struct rp_job job = {
        .kind = restore ? RP_JOB_RESTORE : RP_JOB_APPLY,
        .deadline_ns = now + (restore ? RESTORE_TIME_NS : APPLY_TIME_NS),
        .cgroup = change->action.cgroup,
        .sequence = change->sequence,
        .slot = index_of(brakes, change),
    };
    if (now >= work->retry_ns && rp_hands_post(brakes->world->hands, &job) == 0)
        work->job = job.id;
}

static struct rp_undo_change *change_of_job(struct rp_brakes *brakes, uint64_t job)
{
    for (uint32_t i = 0; i < RP_UNDO_CHANGES_MAX; i++)
        if (brakes->work[i].job == job && rp_undo_change_slot(brakes->world->undo, i) == RP_UNDO_SLOT_USED)
            return &brakes->world->undo->changes[i];
    return NULL;
}

/* ---- restoring */

/* Turn what happened into an outcome, and free the record if that settles it. */
void rp_brakes_conclude(struct rp_brakes *brakes, struct rp_undo_change *change, const struct rp_revert *what,
                        struct rp_outcome *outcome)
{
    struct rp_work *work = rp_brakes_work(brakes, change);
    outcome->seen = rp_brakes_number(change, &what->seen);
    switch (what->result) {
    case RP_REVERT_RESTORED:
    case RP_REVERT_ALREADY:
        brakes->stats.restored++;
        refuse(outcome, RP_OUTCOME_UNDONE, (enum rp_reason)work->reason, 0);
        break;
    case RP_REVERT_CHANGED:
        brakes->stats.left++;
        refuse(outcome, RP_OUTCOME_LEFT, RP_REASON_CHANGED_BY_OTHER, 0);
        break;
    case RP_REVERT_GONE:
    case RP_REVERT_DAMAGED: /* a record that was valid a moment ago: somebody writes into our file */
        brakes->stats.left++;
        refuse(outcome, RP_OUTCOME_LEFT, RP_REASON_CGROUP_GONE, 0);
        break;
    case RP_REVERT_WAITS:
        refuse(outcome, RP_OUTCOME_PENDING, (enum rp_reason)work->reason, 0);
        break;
    case RP_REVERT_FAILED:
        brakes->stats.failed++;
        refuse(outcome, RP_OUTCOME_FAILED, RP_REASON_FAILED, what->error);
        break;
    }
    if (rp_revert_settles(what->result))
        forget(brakes, change);
}

/* At once if it cannot sleep, else by a hand. The record stands until it is certain that nothing of it is in force. */
static void restore(struct rp_brakes *brakes, struct rp_undo_change *change, enum rp_reason reason, rp_ns now,
                    struct rp_outcome *outcome)
{
    struct rp_work *work = rp_brakes_work(brakes, change);
    const struct rp_undo_roots roots = {.cgroup_fd = brakes->world->cgroup_root_fd, .proc_fd = -1};
    const bool repeated = work->want == RP_WORK_RESTORE;
    *outcome = (struct rp_outcome){.action = change->action, .t_ns = now};
    outcome->action.undo = true;
    if (!repeated) {
        work->want = RP_WORK_RESTORE;
        work->reason = (uint8_t)reason;
        work->retry_ns = 0;
    }
    if (work->job != 0) { /* whatever the hand is doing, it is the next thing when that is done */
        refuse(outcome, RP_OUTCOME_PENDING, reason, 0);
        return;
    }
    const struct rp_revert what = rp_revert_change(brakes->world->undo, change, &roots, false);
    if (what.result == RP_REVERT_FAILED)
        work->retry_ns = now + RETRY_NS;
    else if (what.result == RP_REVERT_WAITS)
        rp_brakes_post(brakes, change, now);
    rp_brakes_conclude(brakes, change, &what, outcome);
}

/* A kill needs no undoing, but without cgroup.kill the cgroup is frozen for as long as it takes. */
static enum rp_knob knob_of(const struct rp_action *action)
{
    return action->kind == RP_ACTION_KILL ? RP_KNOB_FREEZE : rp_knob_of_action((enum rp_action_kind)action->kind);
}

void rp_brakes_undo(struct rp_brakes *brakes, const struct rp_action *action, rp_ns now, struct rp_outcome *outcome)
{
    struct rp_undo_change *change = rp_undo_find(brakes->world->undo, action->cgroup, knob_of(action));
    if (!change || change->action.kind != action->kind) {
        *outcome = (struct rp_outcome){.action = *action, .t_ns = now};
        refuse(outcome, RP_OUTCOME_UNDONE, (enum rp_reason)action->reason, 0);
        outcome->seen = -1;
        return;
    }
    restore(brakes, change, (enum rp_reason)action->reason, now, outcome);
}

void rp_brakes_restore(struct rp_brakes *brakes, struct rp_undo_change *change, enum rp_reason reason, rp_ns now,
                       struct rp_outcomes *out)
{
    struct rp_outcome outcome;
    restore(brakes, change, reason, now, &outcome);
    if (outcome.state != RP_OUTCOME_PENDING)
        rp_outcomes_add(out, &outcome);
}

/* The first refusal was told; only how it ends is news. */
void rp_brakes_retry(struct rp_brakes *brakes, struct rp_undo_change *change, rp_ns now, struct rp_outcomes *out)
{
    struct rp_outcome outcome;
    restore(brakes, change, (enum rp_reason)rp_brakes_work(brakes, change)->reason, now, &outcome);
    if (outcome.state == RP_OUTCOME_UNDONE || outcome.state == RP_OUTCOME_LEFT)
        rp_outcomes_add(out, &outcome);
}

uint32_t rp_brakes_restore_all(struct rp_brakes *brakes, rp_ns now, enum rp_reason reason, struct rp_outcomes *out)
{
    struct rp_undo *undo = brakes->world->undo;
    for (uint32_t i = 0; i < RP_UNDO_CHANGES_MAX; i++)
        if (rp_undo_change_slot(undo, i) == RP_UNDO_SLOT_USED && brakes->work[i].want != RP_WORK_RESTORE)
            rp_brakes_restore(brakes, &undo->changes[i], reason, now, out);
    return rp_undo_used(undo);
}

/* ---- setting */

/* What is there now, what should be, and whose the former is. */
struct plan {
    struct rp_undo_entry entry;
    struct rp_undo_change *former; /* our own earlier change of this knob */
    bool sleeps;                   /* the write may, so a hand makes it */
};

static int look_at_knob(struct rp_brakes *brakes, int dirfd, struct plan *plan)
{
    struct rp_knob_text present;
    uint64_t usage = 0;
    int64_t value = 0;
    const enum rp_knob knob = plan->entry.knob;
    int r = rp_knob_read(dirfd, knob, &present);
    if (r < 0)
        return r;
    if (plan->former && !rp_undo_is_ours(plan->former, &present)) {
        forget(brakes, plan->former);
        brakes->stats.left++;
        return -EBUSY;
    }
    plan->entry.old = plan->former ? plan->former->old : present;
    if (plan->former)
        plan->entry.earlier = present;
    /* Somebody has set a stricter limit: a brake of ours would lift it. */
    if (rp_knob_loosens(knob, &plan->entry.old, &plan->entry.intended))
        return -ERANGE;
    if (knob != RP_KNOB_MEMORY_HIGH)
        return 0;
    r = rp_knob_value(knob, &plan->entry.intended, &value);
    if (r == 0)
        r = rp_cgroup_dir_usage(dirfd, &usage);
    plan->sleeps = r == 0 && (uint64_t)value < usage + (uint64_t)ABOVE_USE_BYTES;
    return r;
}

static int look(struct rp_brakes *brakes, int dirfd, struct plan *plan)
{
    const struct rp_action *action = plan->entry.action;
    plan->former = rp_undo_find(brakes->world->undo, action->cgroup, plan->entry.knob);
    if (plan->former && rp_brakes_work(brakes, plan->former)->want != RP_WORK_HOLD)
        return -EBUSY;
    const int r = rp_knob_format(plan->entry.knob, action->value, &plan->entry.intended);
    if (r < 0 || plan->entry.knob != RP_KNOB_OOM_SCORE_ADJ)
        return r < 0 ? r : look_at_knob(brakes, dirfd, plan);
    /* Every process has an old value of its own; all of ours must be the same, or heirs could not be told from others. */
    plan->sleeps = true;
    if (plan->former && !rp_knob_same(plan->entry.knob, &plan->former->intended, &plan->entry.intended))
        return -EBUSY;
    return 0;
}

static void make(struct rp_brakes *brakes, int dirfd, struct rp_undo_change *change, rp_ns now,
                 struct rp_outcome *outcome)
{
    struct rp_knob_text shown;
    const int r = rp_knob_write(dirfd, (enum rp_knob)change->knob, &change->intended, &shown);
    if (r == 0) {
        rp_undo_commit(change, &shown);
        refuse(outcome, RP_OUTCOME_DONE, (enum rp_reason)outcome->action.reason, 0);
        outcome->seen = rp_brakes_number(change, &shown);
        return;
    }
    struct rp_outcome ignored;
    restore(brakes, change, RP_REASON_FAILED, now, &ignored);
    refuse(outcome, RP_OUTCOME_FAILED, r == -ENODEV ? RP_REASON_CGROUP_GONE : RP_REASON_FAILED, r);
}

static enum rp_reason reason_of(int error)
{
    switch (error) {
    case -ENOSPC:
        return RP_REASON_E4_UNDO_FULL;
    case -EBUSY:
        return RP_REASON_CHANGED_BY_OTHER;
    case -ENOENT:
    case -ENODEV:
        return RP_REASON_CGROUP_GONE;
    default:
        return RP_REASON_FAILED;
    }
}

void rp_brakes_set(struct rp_brakes *brakes, const struct rp_action *action, rp_ns now, struct rp_outcome *outcome)
{
    struct plan plan = {.entry = {.action = action, .knob = knob_of(action), .since_ns = now}};
    struct rp_undo_change *change = NULL;
    *outcome = (struct rp_outcome){.action = *action, .t_ns = now};
    const int dirfd = rp_world_find(brakes->world, action->cgroup, &plan.entry.path);
    int r = dirfd < 0 ? dirfd : look(brakes, dirfd, &plan);
    const bool holds =
        r == 0 && !plan.former && !plan.sleeps && rp_knob_same(plan.entry.knob, &plan.entry.old, &plan.entry.intended);
    if (holds) { /* nothing to do, and so nothing to undo later */
        refuse(outcome, RP_OUTCOME_DONE, (enum rp_reason)action->reason, 0);
        outcome->seen = action->value;
        return;
    }
    if (r == 0)
        r = rp_undo_begin(brakes->world->undo, &plan.entry, &change);
    if (r < 0 || !change) {
        /* A knob can be missing in a cgroup that is there: its controller is off. */
        const bool no_knob = r == -ENOENT && dirfd >= 0 && rp_cgroup_dir_exists(dirfd);
        refuse(outcome, r == -ENOSPC ? RP_OUTCOME_REFUSED : RP_OUTCOME_FAILED,
               no_knob ? RP_REASON_FAILED : reason_of(r), r);
        return;
    }
    *rp_brakes_work(brakes, change) = (struct rp_work){0};
    if (!plan.sleeps) {
        make(brakes, dirfd, change, now, outcome);
        return;
    }
    rp_brakes_work(brakes, change)->want = RP_WORK_APPLY;
    rp_brakes_post(brakes, change, now);
    refuse(outcome, RP_OUTCOME_PENDING, (enum rp_reason)action->reason, 0);
}

/* ---- results */

static bool hand_is_lost(int error)
{
    return error == -ETIMEDOUT || error == -EPIPE;
}

static void applied(struct rp_brakes *brakes, struct rp_undo_change *change, const struct rp_job_result *result,
                    struct rp_outcomes *out)
{
    struct rp_work *work = rp_brakes_work(brakes, change);
    struct rp_outcome outcome = {.action = change->action, .t_ns = result->done_ns};
    const bool followed = rp_undo_is_in_force(change); /* a shield that was looked after, not a new change */
    if (result->error == 0 && !followed) {
        rp_undo_commit(change, &result->shown);
        refuse(&outcome, RP_OUTCOME_DONE, (enum rp_reason)change->action.reason, 0);
        outcome.seen = rp_brakes_number(change, &result->shown);
    } else if (result->error < 0) {
        const enum rp_reason word = result->reason ? (enum rp_reason)result->reason : reason_of(result->error);
        refuse(&outcome, result->error == -ETIMEDOUT ? RP_OUTCOME_TIMED_OUT : RP_OUTCOME_FAILED, word, result->error);
    }
    if (work->want == RP_WORK_APPLY)
        work->want = RP_WORK_HOLD;
    if (!followed)
        rp_outcomes_add(out, &outcome);
    /*
     * A refused change left the knob as it was; a lost hand may have written it, or be about to until it is killed. Both
     * are seen by looking, the latter not before it can be over.
     */
    if (hand_is_lost(result->error))
        work->retry_ns = result->done_ns + RETRY_NS;
    else if (work->want == RP_WORK_RESTORE) /* asked for meanwhile */
        rp_brakes_restore(brakes, change, (enum rp_reason)work->reason, result->done_ns, out);
    if (result->error < 0 && !followed && work->want == RP_WORK_HOLD) {
        work->want = RP_WORK_RESTORE;
        work->reason = RP_REASON_FAILED;
    }
}

static void restored(struct rp_brakes *brakes, struct rp_undo_change *change, const struct rp_job_result *result,
                     struct rp_outcomes *out)
{
    struct rp_work *work = rp_brakes_work(brakes, change);
    struct rp_outcome outcome = {.action = change->action, .t_ns = result->done_ns};
    struct rp_revert what = {
        .result = (enum rp_revert_result)result->outcome, .error = result->error, .seen = result->shown};
    outcome.action.undo = true;
    if (hand_is_lost(result->error) || result->error == -ETIME) {
        work->retry_ns = result->done_ns + RETRY_NS;
        return;
    }
    if (result->error < 0)
        what.result = RP_REVERT_FAILED;
    if (what.result == RP_REVERT_FAILED)
        work->retry_ns = result->done_ns + RETRY_NS;
    rp_brakes_conclude(brakes, change, &what, &outcome);
    rp_outcomes_add(out, &outcome);
}

void rp_brakes_result(struct rp_brakes *brakes, const struct rp_job_result *result, struct rp_outcomes *out)
{
    struct rp_undo_change *change = change_of_job(brakes, result->id);
    if (!change)
        return;
    rp_brakes_work(brakes, change)->job = 0;
    if (result->kind == RP_JOB_APPLY)
        applied(brakes, change, result, out);
    else if (result->kind == RP_JOB_RESTORE)
        restored(brakes, change, result, out);
}
