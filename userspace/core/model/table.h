// SPDX-License-Identifier: Apache-2.0
/* Taking and giving back elements of a table in the arena. */
#ifndef RP_MODEL_TABLE_H
#define RP_MODEL_TABLE_H

#include "reprieve/model.h"

/* The element itself; i < used. rp_cgroup_at and rp_pod_at are for an index that may be none. */
static inline struct rp_cgroup *rp_cgroup_in(struct rp_arena *arena, uint32_t i)
{
    return rp_table_at(arena, &arena->cgroups, i);
}

static inline struct rp_pod *rp_pod_in(struct rp_arena *arena, uint32_t i)
{
    return rp_table_at(arena, &arena->pods, i);
}

/* A free element, zeroed and marked live, or RP_INDEX_NONE when there is none (counted in overflow). */
uint32_t rp_cgroup_take(struct rp_arena *arena);
uint32_t rp_pod_take(struct rp_arena *arena);

/* Mark it free. Its bytes stay until it is taken again. */
void rp_cgroup_give(struct rp_arena *arena, uint32_t cgroup);
void rp_pod_give(struct rp_arena *arena, uint32_t pod);

#endif
