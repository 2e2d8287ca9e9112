// SPDX-License-Identifier: Apache-2.0
/*
 * Putting things back, from the undo log alone: used by the guard on calm, expiry and exit, by its hands, by the
 * supervisor when the guard died, at every start, and by `reprieve revert` when no daemon lives.
 *
 * The rule is the same for all of them: a knob is restored only if it still reads our value. If it already reads the old
 * one there is nothing to do; anything else was written by somebody else after us, and is left and reported. One record
 * that cannot be restored never keeps the others from it. Nothing here allocates.
 */
#ifndef RP_NODE_ACT_REVERT_H
#define RP_NODE_ACT_REVERT_H

#include "node/act/undo.h"

struct rp_undo_roots {
    int cgroup_fd; /* the cgroup root */
    int proc_fd;   /* /proc; -1: processes' records are not touched and count as waiting */
};

enum rp_revert_result {
    RP_REVERT_RESTORED,
    RP_REVERT_ALREADY, /* the old value stands: our write never happened, or somebody was faster */
    RP_REVERT_CHANGED, /* by somebody else: left alone */
    RP_REVERT_GONE,    /* the cgroup does not exist any more */
    RP_REVERT_FAILED,  /* the kernel refused; the record stays */
    RP_REVERT_WAITS,   /* it may sleep and the caller must not: give it to a hand; the record stays */
    RP_REVERT_DAMAGED, /* the record cannot be understood */
};

struct rp_revert {
    enum rp_revert_result result;
    int error;                /* FAILED: -errno */
    struct rp_knob_text seen; /* what the knob held before */
    uint32_t processes;       /* of a shield: restored now */
    uint32_t processes_left;  /* changed by somebody else */
    uint32_t processes_failed;
};

/* Is the record of no further use? */
static inline bool rp_revert_settles(enum rp_revert_result result)
{
    return result != RP_REVERT_FAILED && result != RP_REVERT_WAITS;
}

/* May restoring this change sleep? A memory.high below the present use makes older kernels reclaim inside the write. */
bool rp_revert_may_sleep(const struct rp_undo_change *change, int cgroup_dirfd);

/*
 * Put back one valid record of a cgroup's knob. Does not free it, the caller does if the result settles it; a shield's
 * process records are freed here. With `may_sleep` false the result can be WAITS.
 */
struct rp_revert rp_revert_change(struct rp_undo *undo, struct rp_undo_change *change,
                                  const struct rp_undo_roots *roots, bool may_sleep);

struct rp_undo_summary {
    uint64_t reverted; /* knobs that were restored */
    uint64_t left;     /* knobs that were not, because somebody else changed them or the cgroup is gone */
    uint64_t already;  /* knobs that held the old value */
    uint64_t failed;   /* still to be restored */
    uint64_t damaged;  /* records that could not be understood and were dropped */
    uint64_t processes, processes_left, processes_failed; /* oom_score_adj */
    /* Told about every record; may be NULL. `change` is NULL for damaged records. */
    void (*each)(void *ctx, const struct rp_undo_change *change, const struct rp_revert *what, enum rp_reason reason);
    void *ctx;
};

/*
 * Everything in the log, for a process that may sleep and is the log's only user: frozen pods first, then knobs that
 * restore at once, processes, and last what may sleep. Adds to the summary, which the caller has zeroed.
 */
void rp_undo_revert_all(struct rp_undo *undo, const struct rp_undo_roots *roots, enum rp_reason reason,
                        struct rp_undo_summary *summary);

#endif
