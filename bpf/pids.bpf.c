// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * Tasks come and go, and forks that fail. Two causes are kept apart: a pids.max said no (its owner is told by
 * pids_owner.bpf.c where that can be loaded), or the node has no more to give: pid_max, threads-max, memory.
 */
#include "lib/cgroup.h"
#include "lib/emit.h"
#include "lib/refusals.h"

#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tp_btf/sched_process_fork")
int rp_fork(void *ctx)
{
    struct rp_counts_slot *slot = rp_slot(bpf_get_current_cgroup_id()); /* the parent is the current task */

    if (slot)
        rp_add(&slot->counts.forks, 1);
    return 0;
}

SEC("tp_btf/sched_process_exit")
int rp_exit(void *ctx)
{
    struct rp_counts_slot *slot = rp_slot(bpf_get_current_cgroup_id());

    if (slot)
        rp_add(&slot->counts.exits, 1);
    return 0;
}

/* Whose limit it was cannot be seen from here without reading untyped memory, so it is booked to who wanted to fork. */
SEC("fexit/pids_can_fork")
int BPF_PROG(rp_pids_refused_here, struct task_struct *task, struct css_set *cset, int error)
{
    if (error < 0)
        rp_pids_refusal(bpf_get_current_cgroup_id(), 0);
    return 0;
}

/*
 * Of the errors of kernel_clone() only these two speak of the node (EAGAIN also of a user's RLIMIT_NPROC). Others are the
 * caller's mistake, or ERESTARTNOINTR, with which a fork makes way for a signal and then begins again.
 */
#define EAGAIN 11
#define ENOMEM 12

static __always_inline void tell_failure(int error)
{
    __u64 cgroup = bpf_get_current_cgroup_id();
    struct rp_event event = {
        .type = RP_EVENT_FORK_FAILED,
        .cgroup = cgroup,
        .value = (__u64)-error,
        .pid = rp_current_tgid(),
    };

    rp_count_and_tell(cgroup, fork_failures, &event);
}

/* Runs with every fork: the usual case asks the kernel nothing. */
SEC("fexit/kernel_clone")
int BPF_PROG(rp_fork_failed, void *args, int pid)
{
    if ((pid == -EAGAIN || pid == -ENOMEM) && !rp_was_refused())
        tell_failure(pid);
    return 0;
}
