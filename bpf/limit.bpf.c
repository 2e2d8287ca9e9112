// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * Reclaim against a cgroup's OWN limit (memory.max or memory.high), charged to the cgroup that owns the limit: a
 * container that suffers under its pod's limit is the subject, the pod is the owner. Says nothing about the node.
 *
 * fentry instead of the memcg_reclaim tracepoints, because those name the memcg only since 7.x.
 */
#include "lib/cgroup.h"
#include "lib/emit.h"

#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/*
 * The fourth argument: 5.10 has `bool may_swap`, later kernels `unsigned int reclaim_options` with this bit for writes to
 * memory.reclaim. Those are somebody's wish (perhaps our own), not a shortage. In a bool the bit is never set.
 */
#define MEMCG_RECLAIM_PROACTIVE (1u << 2)

SEC("fentry/try_to_free_mem_cgroup_pages")
int BPF_PROG(rp_limit, struct mem_cgroup *memcg, unsigned long pages, unsigned int gfp, __u8 options)
{
    __u64 owner = rp_memcg_id(memcg);
    struct rp_event event = {
        .type = RP_EVENT_LIMIT_RECLAIM,
        .cgroup = bpf_get_current_cgroup_id(),
        .owner = owner,
        .value = pages,
        .pid = rp_current_tgid(),
    };

    if (!(options & MEMCG_RECLAIM_PROACTIVE))
        rp_count_and_tell(owner, limit_reclaims, &event);
    return 0;
}
