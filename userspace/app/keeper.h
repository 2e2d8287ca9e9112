// SPDX-License-Identifier: Apache-2.0
/*
 * What checkpoints took is kept on disk (node/habit_file.h) through a hand, one workload at a time, as soon as it has
 * changed. A disk that fails is asked again after a pause: what is not kept is learned anew.
 */
#ifndef RP_APP_KEEPER_H
#define RP_APP_KEEPER_H

#include "node/act/hands.h"
#include "reprieve/model.h"

struct rp_keeper {
    struct rp_habit loaded[RP_HABITS_MAX]; /* from the file, for the first sample */
    uint32_t loaded_n;
    uint64_t kept; /* what was learned up to this number is on disk */
    uint64_t keeping;
    uint64_t job; /* under way, 0: none */
    rp_ns due_ns;
};

/* Where the file is: with the recording, which outlives a reboot, or else beside the undo log. */
const char *rp_keeper_directory(const struct rp_policy *policy);

/* At start, before the first sample; may wait for the disk. */
void rp_keeper_load(struct rp_keeper *keeper, const struct rp_policy *policy);

void rp_keeper_tend(struct rp_keeper *keeper, const struct rp_arena *arena, struct rp_hands *hands);

/* The result of a KEEP. */
void rp_keeper_result(struct rp_keeper *keeper, const struct rp_arena *arena, const struct rp_job_result *result);

#endif
