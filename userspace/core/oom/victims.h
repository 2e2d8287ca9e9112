// SPDX-License-Identifier: Apache-2.0
/* Whom the kernel would choose at a wall. Nothing here changes the arena. */
#ifndef RP_OOM_VICTIMS_H
#define RP_OOM_VICTIMS_H

#include "core/oom/weight.h"

/* `wall`: index of the cgroup whose limit is hit; RP_INDEX_NONE: the node's memory. */
void rp_oom_victims_make(struct rp_arena *arena, uint32_t wall, struct rp_oom_victims *ret);

/*
 * The place of a cgroup among those at the wall, 1 is first; 0: it is no candidate there. `ret_among`: it might be first,
 * and how many might; 0: it is not one of them.
 */
uint32_t rp_oom_rank(struct rp_arena *arena, uint32_t wall, uint32_t cgroup, uint32_t *ret_among);

/* The container (service, workload) that a cgroup is or lies in, RP_INDEX_NONE: none. */
uint32_t rp_oom_candidate_of(struct rp_arena *arena, uint32_t cgroup);

#endif
