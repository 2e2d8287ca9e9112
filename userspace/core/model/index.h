// SPDX-License-Identifier: Apache-2.0
/*
 * Cgroup id to cgroup: open addressing with linear probing inside the arena. At most half of the slots are ever used,
 * and removal moves later entries back instead of leaving tombstones, so lookups do not slow down over months of churn.
 */
#ifndef RP_MODEL_INDEX_H
#define RP_MODEL_INDEX_H

#include "reprieve/model.h"

/* Slots for that many cgroups: a power of two, at least twice as many. */
uint32_t rp_index_capacity(uint32_t cgroups_max);

void rp_index_clear(struct rp_arena *arena);

/* The cgroup's index or RP_INDEX_NONE. */
uint32_t rp_index_find(struct rp_arena *arena, rp_cgroup_id id);

/* `cgroup` is in use, carries its id, and no cgroup of that id is in the index. */
void rp_index_add(struct rp_arena *arena, uint32_t cgroup);

/* Does nothing if there is no such cgroup. */
void rp_index_remove(struct rp_arena *arena, rp_cgroup_id id);

#endif
