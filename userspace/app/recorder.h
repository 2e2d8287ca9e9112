// SPDX-License-Identifier: Apache-2.0
/*
 * The guard's share of recording: frames into the ring, and a hand that now and then writes what is in there. In calm that is
 * every half a minute, under pressure every second. While a hand cannot write, the ring fills and frames are dropped; the
 * guard never waits and the rescue never depends on it.
 */
#ifndef RP_APP_RECORDER_H
#define RP_APP_RECORDER_H

#include "node/act/hands.h"
#include "node/record/ring.h"
#include "reprieve/model.h"

struct rp_recorder {
    struct rp_ring *ring; /* NULL: nothing is recorded */
    uint32_t epoch;       /* which guard this is */
    bool writing;         /* a job is under way */
    rp_ns due_ns;
    rp_ns pause_ns; /* between two attempts, if the last one failed; 0: it did not */
    int32_t error;  /* of the last job */
};

/* A guard begins: its new arena is the first thing that the recording has of it. */
void rp_recorder_start(struct rp_recorder *recorder, struct rp_ring *ring, const struct rp_arena *arena);

/* After the core has made a plan of a sample. */
void rp_recorder_sample(struct rp_recorder *recorder, const struct rp_arena *arena, const struct rp_sample *sample,
                        const struct rp_plan *plan);

/* After the arena has a new policy. */
void rp_recorder_policy(struct rp_recorder *recorder, const struct rp_arena *arena, rp_ns now);

/* Give to a hand what is due. `last`: the guard ends, so all that is left is. */
void rp_recorder_order(struct rp_recorder *recorder, const struct rp_arena *arena, struct rp_hands *hands, rp_ns now,
                       bool last);

/* The result of such a job. */
void rp_recorder_done(struct rp_recorder *recorder, const struct rp_job_result *result, rp_ns now);

/* When to order next. */
rp_ns rp_recorder_next(const struct rp_recorder *recorder);

void rp_recorder_describe(const struct rp_recorder *recorder, struct rp_agent *agent);

#endif
