// SPDX-License-Identifier: Apache-2.0
/* How much is available of what each danger watches, and its history. */
#ifndef RP_MODEL_LEVELS_H
#define RP_MODEL_LEVELS_H

#include "reprieve/model.h"

struct rp_level {
    int64_t available, capacity; /* in the unit of the danger */
};

/* From the latest readings. False if a number that it needs is not known. */
bool rp_level_make(struct rp_arena *arena, enum rp_danger danger, struct rp_level *ret);

/* Is it about a file system, whose levels a hand reads now and then? */
bool rp_level_of_disk(enum rp_danger danger);

/* File systems took over roles (RP_FS bits): the levels of those who had them before say nothing about the new ones. */
void rp_levels_forget_roles(struct rp_arena *arena, uint32_t roles);

/* Append to the histories of the dangers whose numbers this sample brought anew. */
void rp_levels_step(struct rp_arena *arena, const struct rp_sample *sample);

#endif
