// SPDX-License-Identifier: Apache-2.0
/*
 * Checkpoint requests under way. Every look at a tenant's file and every signal is a hand's job; this is the part that
 * remembers and never waits: first the acknowledgement file is looked at as it stands before, then the signal is sent,
 * then the evidence is looked for until it appears or the deadline passes. Where the workload watches a file, that is
 * written instead of the signal.
 *
 * A hand that got lost on the acknowledgement file (a hung mount) does not keep the request from being sent; the file is
 * not looked at again, because each look would cost a hand, and the request times out unless the workload is acknowledged
 * otherwise.
 *
 * `exit`: the end of the signalled process is seen through its pidfd. Its exit code is known from kernel 6.15 on
 * (PIDFD_GET_INFO), once its parent has reaped it; before that an end in time is all that can be known, and the outcome
 * is ACKED with `seen` -1.
 */
#ifndef RP_NODE_ACT_REQUEST_H
#define RP_NODE_ACT_REQUEST_H

#include "node/act/world.h"

#define RP_REQUESTS_MAX 4

enum rp_request_stage { RP_REQUEST_FREE, RP_REQUEST_BASELINE, RP_REQUEST_ASK, RP_REQUEST_WAIT };

struct rp_request {
    uint8_t stage; /* enum rp_request_stage */
    bool blind;    /* the file cannot be looked at without losing hands */
    int pidfd;     /* `exit`: the process that was signalled, or -1 */
    uint64_t job;
    rp_ns next_ns;   /* when to take the next step */
    rp_ns exited_ns; /* when its end was first seen */
    struct rp_action action;
    struct rp_contract contract;
    uint64_t told; /* the id that the request file gave, 0: none yet */
    struct rp_evidence baseline, last;
    char path[RP_PATH_MAX];
};

struct rp_requests {
    const struct rp_actor_world *world;
    struct rp_request list[RP_REQUESTS_MAX];
};

void rp_requests_init(struct rp_requests *requests, const struct rp_actor_world *world);

/* Begin one: PENDING. Later DONE (signalled; `seen` is the pid), then ACKED, FAILED or TIMED_OUT. */
void rp_requests_begin(struct rp_requests *requests, const struct rp_action *action, rp_ns now,
                       struct rp_outcome *outcome);

/* Whoever has not been asked yet is not asked any more: REFUSED. A signal that a hand is about to send cannot be held. */
void rp_requests_cancel(struct rp_requests *requests, rp_ns now, struct rp_outcomes *out);

/* A result of EVIDENCE, SIGNAL or REQUEST; takes the descriptor. */
void rp_requests_result(struct rp_requests *requests, const struct rp_job_result *result, int fd,
                        struct rp_outcomes *out);

void rp_requests_poll(struct rp_requests *requests, rp_ns now, struct rp_outcomes *out);

/* Does the exit status (as wait(2) gives it) belong to the contract's codes? */
bool rp_request_accepts(const struct rp_contract *contract, int status);

#endif
