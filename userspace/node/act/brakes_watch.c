// SPDX-License-Identifier: Apache-2.0
/* Changes in force: expiry, what others did to them, what they do to the pod, and new processes under a shield. */
#include <errno.h>

#include "base/cleanup.h"
#include "node/act/brakes_private.h"
#include "node/act/cgroup_dir.h"

#define FOLLOW_NS RP_NS_PER_S /* how often new processes are looked for under a shield */

static bool is_over(const struct rp_undo_change *change, rp_ns now)
{
    return now >= change->action.expires_ns;
}

void rp_brakes_poll(struct rp_brakes *brakes, rp_ns now, struct rp_outcomes *out)
{
    struct rp_undo *undo = brakes->world->undo;
    for (uint32_t i = 0; i < RP_UNDO_CHANGES_MAX; i++) {
        struct rp_undo_change *change = &undo->changes[i];
        struct rp_work *work = &brakes->work[i];
        if (rp_undo_change_slot(undo, i) != RP_UNDO_SLOT_USED)
            continue;
        if (work->want != RP_WORK_RESTORE && is_over(change, now))
            rp_brakes_restore(brakes, change, RP_REASON_EXPIRED, now, out);
        else if (work->job == 0 && now >= work->retry_ns && work->want == RP_WORK_RESTORE)
            rp_brakes_retry(brakes, change, now, out);
        else if (work->job == 0 && work->want == RP_WORK_APPLY)
            rp_brakes_post(brakes, change, now);
    }
}

/*
 * E5: with nothing left to reclaim, memory.high does not hold a cgroup, it only puts its processes to sleep for longer and
 * longer. So a use that stays above it while throttling goes on means harm without effect.
 */
static bool only_throttles(struct rp_brakes *brakes, const struct rp_undo_change *change, int dirfd, rp_ns now)
{
    struct rp_work *work = rp_brakes_work(brakes, change);
    uint64_t usage = 0, events = 0;
    const int64_t high = rp_brakes_number(change, &change->intended);
    if (high < 0 || rp_cgroup_dir_usage(dirfd, &usage) < 0 || rp_cgroup_dir_high_events(dirfd, &events) < 0)
        return false;
    if (usage <= (uint64_t)high) {
        work->over_since_ns = 0;
    } else if (work->over_since_ns == 0) {
        work->over_since_ns = now;
        work->high_events = events;
    }
    return work->over_since_ns != 0 && now - work->over_since_ns >= brakes->world->escape_ns &&
           events > work->high_events;
}

/* The shield is laid over processes that were born since. One that was given up waits like any other work. */
static void follow(struct rp_brakes *brakes, struct rp_undo_change *change, rp_ns now)
{
    struct rp_work *work = rp_brakes_work(brakes, change);
    if (work->job != 0 || now < work->retry_ns)
        return;
    rp_brakes_post(brakes, change, now);
    work->retry_ns = now + FOLLOW_NS;
}

static void leave(struct rp_brakes *brakes, struct rp_undo_change *change, const struct rp_revert *what, rp_ns now,
                  struct rp_outcomes *out)
{
    struct rp_outcome outcome = {.action = change->action, .t_ns = now};
    rp_brakes_conclude(brakes, change, what, &outcome);
    rp_outcomes_add(out, &outcome);
}

static void check_one(struct rp_brakes *brakes, struct rp_undo_change *change, rp_ns now, struct rp_outcomes *out)
{
    struct rp_revert found = {0};
    RP_CLEANUP_FD int fd = rp_cgroup_dir_open(brakes->world->cgroup_root_fd, change->path, change->action.cgroup);
    if (change->knob == RP_KNOB_OOM_SCORE_ADJ) { /* also without its cgroup: its processes may have been moved */
        if (fd == -ENOENT)
            rp_brakes_restore(brakes, change, RP_REASON_CGROUP_GONE, now, out);
        else
            follow(brakes, change, now);
        return;
    }
    const int r = fd < 0 ? fd : rp_knob_read(fd, (enum rp_knob)change->knob, &found.seen);
    const bool gone = r == -ENOENT || r == -ENODEV;
    if (r < 0 && !gone) /* unreadable for the moment: the next sweep looks again, and the expiry stands */
        return;
    if (gone || !rp_undo_is_ours(change, &found.seen)) {
        found.result = gone ? RP_REVERT_GONE : RP_REVERT_CHANGED;
        leave(brakes, change, &found, now, out);
    } else if (change->knob == RP_KNOB_MEMORY_HIGH && only_throttles(brakes, change, fd, now)) {
        rp_brakes_restore(brakes, change, RP_REASON_DOES_HARM, now, out);
    } else if (change->knob == RP_KNOB_FREEZE) {
        bool frozen = true;
        rp_discard(rp_cgroup_dir_state(fd, NULL, &frozen));
        brakes->stats.unfrozen += !frozen;
    }
}

void rp_brakes_check(struct rp_brakes *brakes, rp_ns now, struct rp_outcomes *out)
{
    struct rp_undo *undo = brakes->world->undo;
    brakes->stats.unfrozen = 0;
    for (uint32_t i = 0; i < RP_UNDO_CHANGES_MAX; i++) {
        struct rp_undo_change *change = &undo->changes[i];
        if (rp_undo_change_slot(undo, i) == RP_UNDO_SLOT_USED && brakes->work[i].want == RP_WORK_HOLD)
            check_one(brakes, change, now, out);
    }
}
