// SPDX-License-Identifier: Apache-2.0
/* The kubelet's eviction manager, shadowed: looked through our readings at the moments when it looks. */
#ifndef RP_MODEL_MANAGER_H
#define RP_MODEL_MANAGER_H

#include "reprieve/model.h"

/* A machine without a pods root has no kubelet, unless somebody configured thresholds as if there were one. */
bool rp_kubelet_here(const struct rp_arena *arena);

/* Where images and writable layers lie, by what the file systems are to the kubelet. */
enum rp_kubelet_layout rp_layout(const struct rp_arena *arena);

/* A list was committed: what it tells of the kubelet's formulas, looks and victims. */
void rp_manager_listed(struct rp_arena *arena, enum rp_list list);

/* A pod lost its cgroup: if it was a victim, the kubelet looks again about now. */
void rp_manager_pod_gone(struct rp_arena *arena, const struct rp_pod *pod);

/* After all readings of a sample: the list that it acts on, and a look if one is due. */
void rp_manager_step(struct rp_arena *arena);

#endif
