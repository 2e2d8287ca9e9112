/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * A fork that a pids.max refuses fails twice: in pids_can_fork() and, a moment later, in the kernel_clone() around it. The
 * first leaves a note for the second, or the node would be blamed for a pod's own limit.
 */
#ifndef RP_BPF_REFUSALS_H
#define RP_BPF_REFUSALS_H

#include "lib/emit.h"

static __always_inline void rp_pids_refusal(__u64 owner, __u64 limit)
{
    __u32 thread = bpf_get_current_pid_tgid();
    __u8 yes = 1;
    struct rp_event event = {
        .type = RP_EVENT_PIDS_REFUSED,
        .cgroup = bpf_get_current_cgroup_id(),
        .owner = owner,
        .value = limit,
        .pid = rp_current_tgid(),
    };

    bpf_map_update_elem(&rp_refusals, &thread, &yes, 0);
    rp_count_and_tell(owner, pids_refused, &event);
}

/* Takes the note away. */
static __always_inline bool rp_was_refused(void)
{
    __u32 thread = bpf_get_current_pid_tgid();

    return bpf_map_delete_elem(&rp_refusals, &thread) == 0;
}

#endif
