// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * The page allocator has reclaimed, got nothing, and asks itself whether another try makes sense. This happens only
 * shortly before a node OOM, and it is silent otherwise: a precursor that costs nothing.
 */
#include "lib/emit.h"

#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Above this order (PAGE_ALLOC_COSTLY_ORDER) a failure is no OOM: somebody wanted a huge page and does without. */
#define COSTLY_ORDER 3

SEC("tp_btf/reclaim_retry_zone")
int BPF_PROG(rp_near_oom, void *zoneref, int order, unsigned long reclaimable, unsigned long available,
             unsigned long min_wmark, int fruitless)
{
    __u64 cgroup = bpf_get_current_cgroup_id();
    struct rp_event event = {
        .type = RP_EVENT_NEAR_OOM,
        .cgroup = cgroup,
        .value = (__u32)fruitless,
        .pid = rp_current_tgid(),
    };

    if (order <= COSTLY_ORDER)
        rp_count_and_tell(cgroup, near_oom, &event);
    return 0;
}
