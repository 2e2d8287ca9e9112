// SPDX-License-Identifier: Apache-2.0
/*
 * The kubelet's arithmetic, step by step as its eviction manager and cAdvisor do it (Kubernetes 1.25 to 1.36:
 * pkg/kubelet/eviction, pkg/kubelet/stats; cAdvisor container/libcontainer), with the same integer and float widths.
 */
#ifndef RP_KUBELET_LEVEL_H
#define RP_KUBELET_LEVEL_H

#include "reprieve/link.h"
#include "reprieve/sample.h"

/* What it computes of one cgroup. Capacity is available + working set, not the node's capacity. */
struct rp_kubelet_level {
    int64_t available_bytes, capacity_bytes;
    uint64_t working_set_bytes;
};

uint64_t rp_kubelet_working_set(uint64_t usage_bytes, uint64_t inactive_file_bytes);

/* memory.available of the cgroup v2 root. False if a number that it needs is not known. */
bool rp_kubelet_root_level(const struct rp_node_reading *node, bool usage_meminfo, struct rp_kubelet_level *ret);

/* allocatableMemory.available from the reading of the kubepods cgroup. False if not known, or without a limit. */
bool rp_kubelet_pods_level(const struct rp_cgroup_reading *pods, struct rp_kubelet_level *ret);

/* pid.available, in tasks: may be negative, as threads-max can be lowered below what runs. False if not known. */
bool rp_kubelet_pids_level(const struct rp_node_reading *node, int64_t *available, int64_t *capacity);

/* What the threshold amounts to: it is met when available < this, also where a fraction of a byte was cut off. */
int64_t rp_kubelet_threshold_bytes(const struct rp_threshold *threshold, int64_t capacity_bytes);

/*
 * The hard threshold of the signal that a falling `available` meets first; false if there is none. Soft ones are none of
 * it: they only start a clock. The list holds the kubelet's own copies for allocatableMemory.available.
 */
bool rp_kubelet_hard_threshold(const struct rp_fact_kubelet *kubelet, enum rp_signal signal, int64_t capacity_bytes,
                               int64_t *ret);

#endif
