// SPDX-License-Identifier: Apache-2.0
/* The tree of cgroups: births, deaths, and what each cgroup is. */
#ifndef RP_MODEL_CGROUPS_H
#define RP_MODEL_CGROUPS_H

#include "reprieve/model.h"

void rp_cgroup_born(struct rp_arena *arena, const struct rp_cgroup_birth *birth);

/* Takes everything below it along: a cgroup cannot be removed before its children, so their deaths were missed. */
void rp_cgroup_died(struct rp_arena *arena, rp_cgroup_id id);

/* Find out anew what every cgroup is: after a change of the pods root, of the policy, or of the room for pods. */
void rp_cgroups_judge(struct rp_arena *arena);

/*
 * Does this cgroup's limit bind all pods alike (the root, kubepods and what lies above it, QoS levels)? Then its shortage is
 * the node's, and nobody's own fault.
 */
bool rp_cgroup_is_shared(struct rp_arena *arena, const struct rp_cgroup *cgroup);

/* Is cgroup `i` that one, or somewhere below it? */
bool rp_cgroup_lies_below(struct rp_arena *arena, uint32_t i, uint32_t ancestor);

#endif
