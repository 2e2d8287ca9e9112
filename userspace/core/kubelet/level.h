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

/* What to know of a kubelet before its number of the node can be told: see rp_kubelet_usage_meminfo, _huge_bytes. */
struct rp_kubelet_formula {
    bool usage_meminfo;
    uint64_t huge_bytes;
};

/* memory.available of the cgroup v2 root. False if a number that it needs is not known. */
bool rp_kubelet_root_level(const struct rp_node_reading *node, struct rp_kubelet_formula formula,
                           struct rp_kubelet_level *ret);

/* allocatableMemory.available from the reading of the kubepods cgroup. False if not known, or without a limit. */
bool rp_kubelet_pods_level(const struct rp_cgroup_reading *pods, struct rp_kubelet_level *ret);

/* pid.available, in tasks: may be negative, as threads-max can be lowered below what runs. False if not known. */
bool rp_kubelet_pids_level(const struct rp_node_reading *node, int64_t *available, int64_t *capacity);

#endif
