// SPDX-License-Identifier: Apache-2.0
/* Each pod against its own limits: a wall that only its own growth brings nearer, and that no eviction can move. */
#ifndef RP_OOM_OWN_LIMIT_H
#define RP_OOM_OWN_LIMIT_H

#include "reprieve/model.h"

/* How far it is from its memory.max once reclaim has taken what it can. False: it has none, or that is not known. */
bool rp_own_limit_room(const struct rp_cgroup *cgroup, int64_t *ret_available, int64_t *ret_limit);

/* What is nearest to its limit in each pod, its history and forecast. */
void rp_own_limits_step(struct rp_arena *arena);

/* Is it so near that people should see it: an eighth of the limit is left, or it is foreseen, or it just had to reclaim? */
bool rp_own_limit_is_near(const struct rp_arena *arena, const struct rp_pod *pod);

/* Indices of the pods of which that is true, the nearest first, at most `max`. Returns how many. */
uint32_t rp_own_limits_nearest(struct rp_arena *arena, uint32_t max, uint32_t *ret);

/* A task had to reclaim because of a limit that this cgroup owns. */
void rp_own_limit_reclaims(struct rp_arena *arena, const struct rp_cgroup *cgroup, rp_ns t_ns);

#endif
