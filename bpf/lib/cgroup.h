/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * From kernel objects to cgroup ids, by plain dereference of typed pointers: the verifier knows their types from BTF and
 * a fault reads as zero. No bpf_probe_read_kernel(), which lockdown=confidentiality forbids.
 */
#ifndef RP_BPF_CGROUP_H
#define RP_BPF_CGROUP_H

#include "lib/kernel.h"

#include <bpf/bpf_helpers.h>

/* The cgroup that owns this memcg, 0 for NULL. */
static __always_inline __u64 rp_memcg_id(struct mem_cgroup *memcg)
{
    return memcg ? memcg->css.cgroup->kn->id : 0;
}

static __always_inline __u64 rp_task_id(struct task_struct *task)
{
    return task->cgroups->dfl_cgrp->kn->id;
}

#endif
