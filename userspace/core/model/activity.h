// SPDX-License-Identifier: Apache-2.0
/* BPF's counts of single cgroups, added up to what pods, all that belongs to no pod, and all writers together do. */
#ifndef RP_MODEL_ACTIVITY_H
#define RP_MODEL_ACTIVITY_H

#include "reprieve/model.h"

/* The account that this cgroup's doings go to: its pod's, or the one of all that no pod owns. NULL: nobody knows it. */
struct rp_activity *rp_activity_of(struct rp_arena *arena, const struct rp_cgroup *cgroup);

/* Counts in a reading, before it joins the cgroup's latest. */
void rp_activity_take_counts(struct rp_arena *arena, const struct rp_cgroup *cgroup,
                             const struct rp_cgroup_reading *reading);

/* The rest of a sample: counts of disks, what pods take without writing, and points of all flows. */
void rp_activity_step(struct rp_arena *arena, const struct rp_sample *sample);

/*
 * The cgroup is gone. BPF's counts of a pod's dead container live on in its parent's (see node/sense/sensor_disk.c), where
 * what we have seen of them must not be seen again.
 */
void rp_activity_inherit(struct rp_arena *arena, const struct rp_cgroup *dead);

/* Another file system has got this place in rp_arena.fs. */
void rp_activity_forget_fs(struct rp_arena *arena, uint32_t place);

#endif
