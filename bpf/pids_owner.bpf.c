// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * A pids.max refused a fork: whose? A container runs into its own limit, its pod's, or that of all pods together.
 *
 * pids_can_fork() charges from the task's cgroup upwards, stops at the first limit that is exceeded and takes everything
 * back. So the same climb afterwards stops at the same place: the first whose counter has no room for one more. A task
 * that ends in between can hide it; then it is booked to who wanted to fork.
 *
 * A controller's state is reached by a cast that the verifier cannot follow, hence bpf_probe_read_kernel(), which
 * lockdown=confidentiality forbids. rp_pids_refused_here serves there.
 */
#include "lib/cgroup.h"
#include "lib/emit.h"
#include "lib/refusals.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define LEVELS_MAX 16

SEC("fexit/pids_can_fork")
int BPF_PROG(rp_pids_refused, struct task_struct *task, struct css_set *cset, int error)
{
    struct pids_cgroup *pids;

    if (error >= 0)
        return 0;
    pids = (void *)BPF_CORE_READ(cset, subsys[bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id)]);
    for (int level = 0; level < LEVELS_MAX && pids; level++) {
        long limit = BPF_CORE_READ(pids, limit.counter);

        if (BPF_CORE_READ(pids, counter.counter) >= limit) {
            rp_pids_refusal(BPF_CORE_READ(pids, css.cgroup, kn, id), limit);
            return 0;
        }
        pids = (void *)BPF_CORE_READ(pids, css.parent);
    }
    rp_pids_refusal(bpf_get_current_cgroup_id(), 0);
    return 0;
}
