// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * Sums up the statistics of all cgroups before they are walked over. The kernel keeps them per CPU and adds them up every
 * two seconds, or when somebody reads memory.stat: what a walk finds in between (inactive_file) is older than the walk.
 *
 * One call for the whole hierarchy, by functions that kernels offer to BPF under different names: a program for each, of
 * which the loader takes the one that fits. Weak, because an object with a function that is nowhere would not load at all.
 * They may sleep, hence iter.s; the link is made for one cgroup, as the functions go down to its descendants themselves.
 */
#include "lib/kernel.h"

#include <bpf/bpf_helpers.h>

#include "lib/maps.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

extern void cgroup_rstat_flush(struct cgroup *cgrp) __ksym __weak;
extern struct mem_cgroup *bpf_get_mem_cgroup(struct cgroup_subsys_state *css) __ksym __weak;
extern void bpf_mem_cgroup_flush_stats(struct mem_cgroup *memcg) __ksym __weak;
extern void bpf_put_mem_cgroup(struct mem_cgroup *memcg) __ksym __weak;

SEC("iter.s/cgroup")
int rp_flush(struct bpf_iter__cgroup *ctx)
{
    struct cgroup *cgrp = ctx->cgroup;

    if (cgrp) /* the verifier knows of this value that it is not NULL, not of the next that is read from there */
        cgroup_rstat_flush(cgrp);
    return 0;
}

/* As a read of memory.stat does it: not if less has changed than the kernel finds worth its while. */
SEC("iter.s/cgroup")
int rp_flush_memory(struct bpf_iter__cgroup *ctx)
{
    struct cgroup *cgrp = ctx->cgroup;
    struct mem_cgroup *memcg = cgrp ? bpf_get_mem_cgroup(&cgrp->self) : 0;

    if (!memcg)
        return 0;
    bpf_mem_cgroup_flush_stats(memcg);
    bpf_put_mem_cgroup(memcg);
    return 0;
}
