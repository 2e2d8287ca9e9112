// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * Direct reclaim: the NODE is short, and a task that asked for a page must free others first. Reclaim against a cgroup's
 * own limit has its own tracepoints and does not come here. kswapd does not come here either.
 *
 * Tracepoints instead of fentry/try_to_free_pages: a pair at the same place, on all kernels from 5.10 on. Their
 * arguments changed their order between kernels (7.2 put gfp first), so none is read.
 */
#include "lib/emit.h"

#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tp_btf/mm_vmscan_direct_reclaim_begin")
int rp_direct_begin(void *ctx)
{
    __u32 thread = bpf_get_current_pid_tgid();
    __u64 cgroup = bpf_get_current_cgroup_id();
    struct rp_counts_slot *slot = rp_slot(cgroup);
    __u64 now = bpf_ktime_get_ns();

    bpf_map_update_elem(&rp_stalls, &thread, &now, 0);
    if (slot) {
        struct rp_event event = {
            .type = RP_EVENT_DIRECT_RECLAIM,
            .cgroup = cgroup,
            .value = slot->counts.direct_reclaim_ns,
            .pid = rp_current_tgid(),
        };

        rp_add(&slot->counts.direct_reclaims, 1);
        rp_send_paced(slot, &event);
    }
    return 0;
}

SEC("tp_btf/mm_vmscan_direct_reclaim_end")
int rp_direct_end(void *ctx)
{
    __u32 thread = bpf_get_current_pid_tgid();
    __u64 *begun = bpf_map_lookup_elem(&rp_stalls, &thread);
    struct rp_counts_slot *slot;

    if (!begun)
        return 0;
    slot = rp_slot(bpf_get_current_cgroup_id());
    if (slot)
        rp_add(&slot->counts.direct_reclaim_ns, bpf_ktime_get_ns() - *begun);
    bpf_map_delete_elem(&rp_stalls, &thread);
    return 0;
}
