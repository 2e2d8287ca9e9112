// SPDX-License-Identifier: Apache-2.0
/*
 * Changes of knobs, from the first look to the last: written down, made (by the rescue thread if the write cannot sleep,
 * by a hand if it can), watched, and restored.
 *
 * Every change has one slot of the undo log, and beside it, under the same index, what only this process knows: what is
 * still to be done with it and which job is doing it. Waiting work finds a hand when one is free, so a plan may hold more
 * shields than there are hands.
 */
#ifndef RP_NODE_ACT_BRAKES_H
#define RP_NODE_ACT_BRAKES_H

#include "node/act/revert.h"
#include "node/act/world.h"

enum rp_work_want { RP_WORK_HOLD, RP_WORK_APPLY, RP_WORK_RESTORE };

struct rp_work {
    uint8_t want;         /* enum rp_work_want */
    uint8_t reason;       /* RESTORE: enum rp_reason */
    uint64_t job;         /* the hand's, 0: none */
    rp_ns retry_ns;       /* not before */
    rp_ns over_since_ns;  /* memory.high: since when the use is above it; 0: it is not */
    uint64_t high_events; /* and how often it had been throttled by then */
};

struct rp_brakes_stats {
    uint64_t restored; /* changes that were undone, since start */
    uint64_t left;     /* changed by somebody else, or the cgroup was gone */
    uint64_t failed;   /* attempts to restore that the kernel refused */
    uint32_t unfrozen; /* freezes in force that are not complete, at the last check */
};

struct rp_brakes {
    const struct rp_actor_world *world;
    struct rp_work work[RP_UNDO_CHANGES_MAX];
    struct rp_brakes_stats stats;
};

void rp_brakes_init(struct rp_brakes *brakes, const struct rp_actor_world *world);

/* SHIELD, BRACE, SLOW, SQUEEZE, FREEZE; also the freeze of a kill without cgroup.kill. */
void rp_brakes_set(struct rp_brakes *brakes, const struct rp_action *action, rp_ns now, struct rp_outcome *outcome);

/* Restore what an earlier action of this kind did to this cgroup. UNDONE with `seen` -1: nothing of it was in force. */
void rp_brakes_undo(struct rp_brakes *brakes, const struct rp_action *action, rp_ns now, struct rp_outcome *outcome);

/* A result of APPLY or RESTORE. */
void rp_brakes_result(struct rp_brakes *brakes, const struct rp_job_result *result, struct rp_outcomes *out);

/* Waiting work to free hands; expiry. */
void rp_brakes_poll(struct rp_brakes *brakes, rp_ns now, struct rp_outcomes *out);

void rp_brakes_check(struct rp_brakes *brakes, rp_ns now, struct rp_outcomes *out);

uint32_t rp_brakes_restore_all(struct rp_brakes *brakes, rp_ns now, enum rp_reason reason, struct rp_outcomes *out);

#endif
