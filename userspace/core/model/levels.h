// SPDX-License-Identifier: Apache-2.0
/* How much is available of what each danger watches, and its history. */
#ifndef RP_MODEL_LEVELS_H
#define RP_MODEL_LEVELS_H

#include "reprieve/model.h"

struct rp_level {
    int64_t available_bytes, capacity_bytes;
};

/* From the latest readings. False if a number that it needs is not known. */
bool rp_level_make(struct rp_arena *arena, enum rp_danger danger, struct rp_level *ret);

/* Append to the histories of the dangers whose numbers this sample brought anew. */
void rp_levels_step(struct rp_arena *arena, const struct rp_sample *sample);

#endif
