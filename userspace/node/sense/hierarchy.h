// SPDX-License-Identifier: Apache-2.0
/* Is this the root of a unified cgroup hierarchy that manages memory, and how large is it? */
#ifndef RP_NODE_SENSE_HIERARCHY_H
#define RP_NODE_SENSE_HIERARCHY_H

#include "reprieve/contract.h"

/* 0; -EOPNOTSUPP and what it is instead: v1, hybrid, not a cgroup file system, memory controller off; another -errno. */
int rp_hierarchy_check(int cgroup_fd, struct rp_complaint *why) RP_MUST_CHECK;

#define RP_CGROUPS_LEAST 2048u
#define RP_CGROUPS_MOST  65536u

/* For how many cgroups there should be room on this node: more than cgroup.stat shows now, as pods will come. */
uint32_t rp_hierarchy_room(int cgroup_fd);

#endif
