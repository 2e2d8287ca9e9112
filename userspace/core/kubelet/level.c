// SPDX-License-Identifier: Apache-2.0
#include "core/kubelet/level.h"

#include "base/num.h"

/* A limit above this means "no limit" to the kubelet: it reports no available bytes then. */
#define LIMIT_MAX (UINT64_C(1) << 62)

uint64_t rp_kubelet_working_set(uint64_t usage_bytes, uint64_t inactive_file_bytes)
{
    return usage_bytes < inactive_file_bytes ? 0 : usage_bytes - inactive_file_bytes;
}

/* The subtraction wraps as the kubelet's does; read as signed, a working set above the limit leaves a negative rest. */
static struct rp_kubelet_level level_of(uint64_t limit_bytes, uint64_t working_set_bytes)
{
    const int64_t available = (int64_t)(limit_bytes - working_set_bytes);
    return (struct rp_kubelet_level){
        .available_bytes = available,
        .capacity_bytes = (int64_t)((uint64_t)available + working_set_bytes),
        .working_set_bytes = working_set_bytes,
    };
}

bool rp_kubelet_root_level(const struct rp_node_reading *node, struct rp_kubelet_formula formula,
                           struct rp_kubelet_level *ret)
{
    const uint64_t needed = RP_NODE_MEM_TOTAL | RP_NODE_ROOT_STAT | (formula.usage_meminfo ? RP_NODE_MEM_FREE : 0);
    if ((node->known & needed) != needed || node->mem_total_bytes > LIMIT_MAX)
        return false;
    /* The v2 root has no memory.current. runc up to 1.1.8 took everything that is not free for it. */
    const uint64_t usage =
        formula.usage_meminfo ? node->mem_total_bytes - node->mem_free_bytes : node->anon_bytes + node->file_bytes;
    *ret = level_of(node->mem_total_bytes, rp_kubelet_working_set(usage, node->inactive_file_bytes));
    if (formula.huge_bytes > 0) { /* of all pools, used or not; what is left of capacity shrinks with it */
        ret->available_bytes = rp_max_i64(0, rp_sub_sat_i64(ret->available_bytes, rp_i64_of_u64(formula.huge_bytes)));
        ret->capacity_bytes = rp_add_sat_i64(ret->available_bytes, rp_i64_of_u64(ret->working_set_bytes));
    }
    return true;
}

bool rp_kubelet_pods_level(const struct rp_cgroup_reading *pods, struct rp_kubelet_level *ret)
{
    const uint64_t needed = RP_CG_USAGE | RP_CG_INACTIVE_FILE | RP_CG_MAX;
    if ((pods->known & needed) != needed || pods->max_bytes > LIMIT_MAX)
        return false;
    *ret = level_of(pods->max_bytes, rp_kubelet_working_set(pods->usage_bytes, pods->inactive_file_bytes));
    return true;
}

bool rp_kubelet_pids_level(const struct rp_node_reading *node, int64_t *available, int64_t *capacity)
{
    if (!(node->known & RP_NODE_TASKS))
        return false;
    *capacity = rp_i64_of_u64(node->tasks_max);
    *available = rp_sub_sat_i64(*capacity, rp_i64_of_u64(node->tasks));
    return true;
}
