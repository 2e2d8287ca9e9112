// SPDX-License-Identifier: Apache-2.0
/*
 * The guard's side of its hands: give a job to an idle one, take results, give up the late. Nothing here waits: a hand
 * that is stuck on somebody's file system or in the kernel costs its slot until the supervisor has replaced it, no more.
 *
 * A hand past its deadline is given up for good: its socket is closed, so whatever it still sends goes nowhere, and the
 * supervisor kills it. That matters for correctness as well: from then on the guard may undo what the job was about, and
 * a process with a pending SIGKILL does not return to its code to do it once more.
 */
#ifndef RP_NODE_ACT_HANDS_H
#define RP_NODE_ACT_HANDS_H

#include "node/act/job.h"

#define RP_HANDS_MAX 8

struct rp_hand {
    int sock; /* -1: no hand in this slot */
    bool busy;
    bool orphaned; /* the job's hand was replaced before it answered */
    uint32_t kind; /* of the job, enum rp_job_kind */
    uint64_t job;
    rp_ns deadline_ns;
};

struct rp_hands {
    struct rp_hand hand[RP_HANDS_MAX];
    uint32_t n; /* slots that the supervisor fills */
    uint64_t last_job;
    uint64_t given_up; /* hands that missed a deadline, since start */
    uint64_t died;     /* hands that ended by themselves */
    uint32_t replace;  /* bit per slot: tell the supervisor */
};

/* `n` empty slots, at most RP_HANDS_MAX. */
void rp_hands_init(struct rp_hands *hands, uint32_t n);
void rp_hands_deinit(struct rp_hands *hands);

/* A new hand for this slot; the socket belongs to hands from now on, also on failure. 0, -EINVAL no such slot. */
int rp_hands_adopt(struct rp_hands *hands, uint32_t slot, int sock) RP_MUST_CHECK;

/* Would a job of this kind find a hand now? */
bool rp_hands_free_for(const struct rp_hands *hands, enum rp_job_kind kind);

/* Give the job to an idle hand; fills its id. 0; -EAGAIN: none is free; -EINVAL no such kind. */
int rp_hands_post(struct rp_hands *hands, struct rp_job *job) RP_MUST_CHECK;

/*
 * One finished job: 1, its result and a descriptor that belongs to the caller (-1: none). A job whose hand was given up
 * gives -ETIMEDOUT, one whose hand died -EPIPE. 0: nothing more for now.
 */
int rp_hands_take(struct rp_hands *hands, rp_ns now, struct rp_job_result *ret, int *ret_fd) RP_MUST_CHECK;

/* The slots whose hands were given up since the last call, one bit each: the supervisor must be told of every one. */
uint32_t rp_hands_to_replace(struct rp_hands *hands);

uint32_t rp_hands_present(const struct rp_hands *hands);
uint32_t rp_hands_busy(const struct rp_hands *hands);

/* The earliest deadline of a job under way, RP_NS_FOREVER without one: when to call rp_hands_take at the latest. */
rp_ns rp_hands_next_deadline(const struct rp_hands *hands);

#endif
