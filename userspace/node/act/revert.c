// SPDX-License-Identifier: Apache-2.0
/* Putting things back from the undo log. */
#include "node/act/revert.h"

#include <errno.h>

#include "base/cleanup.h"
#include "node/act/cgroup_dir.h"
#include "node/act/shield.h"

bool rp_revert_may_sleep(const struct rp_undo_change *change, int cgroup_dirfd)
{
    int64_t old = 0;
    uint64_t usage = 0;
    if (change->knob == RP_KNOB_OOM_SCORE_ADJ)
        return true;
    if (change->knob != RP_KNOB_MEMORY_HIGH || rp_knob_value(RP_KNOB_MEMORY_HIGH, &change->old, &old) < 0)
        return false;
    return rp_cgroup_dir_usage(cgroup_dirfd, &usage) < 0 ? old != INT64_MAX : usage > (uint64_t)old;
}

static bool is_gone(int r)
{
    return r == -ENOENT || r == -ENODEV || r == -ESRCH;
}

static struct rp_revert failed(struct rp_revert out, int error)
{
    out.result = is_gone(error) ? RP_REVERT_GONE : RP_REVERT_FAILED;
    out.error = is_gone(error) ? 0 : error;
    return out;
}

static struct rp_revert revert_knob(const struct rp_undo_change *change, int cgroup_root_fd, bool may_sleep)
{
    struct rp_revert out = {0};
    struct rp_knob_text shown;
    const enum rp_knob knob = (enum rp_knob)change->knob;
    RP_CLEANUP_FD int fd = rp_cgroup_dir_open(cgroup_root_fd, change->path, change->action.cgroup);
    if (fd < 0)
        return failed(out, fd);
    int r = rp_knob_read(fd, knob, &out.seen);
    if (r < 0)
        return failed(out, r);
    if (rp_knob_same(knob, &out.seen, &change->old)) {
        out.result = RP_REVERT_ALREADY;
        return out;
    }
    if (!rp_undo_is_ours(change, &out.seen)) {
        out.result = RP_REVERT_CHANGED;
        return out;
    }
    if (!may_sleep && rp_revert_may_sleep(change, fd)) {
        out.result = RP_REVERT_WAITS;
        return out;
    }
    r = rp_knob_write(fd, knob, &change->old, &shown);
    if (r == 0 && !rp_knob_same(knob, &shown, &change->old))
        r = -EIO;
    return r < 0 ? failed(out, r) : out; /* RESTORED is zero */
}

struct rp_revert rp_revert_change(struct rp_undo *undo, struct rp_undo_change *change,
                                  const struct rp_undo_roots *roots, bool may_sleep)
{
    if (change->knob != RP_KNOB_OOM_SCORE_ADJ)
        return revert_knob(change, roots->cgroup_fd, may_sleep);
    if (!may_sleep || roots->proc_fd < 0)
        return (struct rp_revert){.result = RP_REVERT_WAITS, .seen = change->intended};
    return rp_shield_revert(undo, change, roots);
}

/* ---- everything */

enum phase { PHASE_THAW, PHASE_AT_ONCE, PHASE_PROCESSES, PHASE_MAY_SLEEP, PHASE_MAX };

static enum phase phase_of(const struct rp_undo_change *change)
{
    int64_t old = 0;
    if (change->knob == RP_KNOB_FREEZE)
        return PHASE_THAW;
    if (change->knob == RP_KNOB_OOM_SCORE_ADJ)
        return PHASE_PROCESSES;
    if (change->knob == RP_KNOB_MEMORY_HIGH && rp_knob_value(RP_KNOB_MEMORY_HIGH, &change->old, &old) == 0 &&
        old != INT64_MAX)
        return PHASE_MAY_SLEEP;
    return PHASE_AT_ONCE;
}

static void count(struct rp_undo_summary *summary, const struct rp_revert *what)
{
    summary->reverted += what->result == RP_REVERT_RESTORED;
    summary->already += what->result == RP_REVERT_ALREADY;
    summary->left += what->result == RP_REVERT_CHANGED || what->result == RP_REVERT_GONE;
    summary->failed += what->result == RP_REVERT_FAILED || what->result == RP_REVERT_WAITS;
    summary->damaged += what->result == RP_REVERT_DAMAGED;
    summary->processes += what->processes;
    summary->processes_left += what->processes_left;
    summary->processes_failed += what->processes_failed;
}

static void revert_phase(struct rp_undo *undo, const struct rp_undo_roots *roots, enum phase phase,
                         enum rp_reason reason, struct rp_undo_summary *summary)
{
    for (uint32_t i = 0; i < RP_UNDO_CHANGES_MAX; i++) {
        struct rp_undo_change *change = &undo->changes[i];
        if (rp_undo_change_slot(undo, i) != RP_UNDO_SLOT_USED || phase_of(change) != phase)
            continue;
        /* Killed between arming a second record and freeing the first: the second one covers both. */
        if (rp_undo_find(undo, change->action.cgroup, (enum rp_knob)change->knob) != change) {
            rp_undo_forget(change);
            continue;
        }
        const struct rp_revert what = rp_revert_change(undo, change, roots, true);
        count(summary, &what);
        if (summary->each)
            summary->each(summary->ctx, change, &what, reason);
        if (rp_revert_settles(what.result))
            rp_undo_forget(change);
    }
}

/* Processes whose shield's own record is gone, and records that were claimed and never completed. */
static void revert_strays(struct rp_undo *undo, const struct rp_undo_roots *roots, struct rp_undo_summary *summary)
{
    for (uint32_t i = 0; i < RP_UNDO_TASKS_MAX; i++) {
        struct rp_undo_task *task = &undo->tasks[i];
        const enum rp_undo_slot slot = rp_undo_task_slot(undo, i);
        if (slot == RP_UNDO_SLOT_DAMAGED)
            summary->damaged++;
        if (slot != RP_UNDO_SLOT_USED) {
            rp_undo_forget_task(task);
            continue;
        }
        if (roots->proc_fd < 0) {
            summary->processes_failed++;
            continue;
        }
        if (rp_undo_find(undo, task->group,
                         RP_KNOB_OOM_SCORE_ADJ)) /* counted with its shield, which is to be tried again */
            continue;
        const enum rp_revert_result result = rp_shield_revert_task(task, roots->proc_fd);
        summary->processes += result == RP_REVERT_RESTORED;
        summary->processes_left += result == RP_REVERT_CHANGED;
        summary->processes_failed += result == RP_REVERT_FAILED;
    }
}

static void drop_damaged(struct rp_undo *undo, enum rp_reason reason, struct rp_undo_summary *summary)
{
    const struct rp_revert what = {.result = RP_REVERT_DAMAGED};
    for (uint32_t i = 0; i < RP_UNDO_CHANGES_MAX; i++) {
        if (rp_undo_change_slot(undo, i) != RP_UNDO_SLOT_DAMAGED)
            continue;
        count(summary, &what);
        if (summary->each)
            summary->each(summary->ctx, NULL, &what, reason);
        rp_undo_forget(&undo->changes[i]);
    }
}

void rp_undo_revert_all(struct rp_undo *undo, const struct rp_undo_roots *roots, enum rp_reason reason,
                        struct rp_undo_summary *summary)
{
    for (int phase = 0; phase < PHASE_MAX; phase++)
        revert_phase(undo, roots, (enum phase)phase, reason, summary);
    revert_strays(undo, roots, summary);
    drop_damaged(undo, reason, summary);
}
