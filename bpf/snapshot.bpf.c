// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * One record per cgroup, written into mapped memory while the kernel walks the hierarchy (iter/cgroup, 6.1 and later).
 * The walk holds cgroup_mutex: nothing comes or goes meanwhile, and it must be short.
 *
 * Nothing is printed into the iterator's seq_file: its 32 KiB would end a walk of some hundred cgroups with EOPNOTSUPP.
 *
 * A controller's state is reached through a cast that the verifier cannot follow, so this object alone needs
 * bpf_probe_read_kernel() and does not load under lockdown=confidentiality. Files serve then.
 */
#include "lib/compat.h"
#include "lib/emit.h"

#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define CONTROLLER(cgrp, name)                                                                                         \
    (bpf_core_enum_value_exists(enum cgroup_subsys_id, name)                                                           \
         ? (void *)BPF_CORE_READ(cgrp, subsys[bpf_core_enum_value(enum cgroup_subsys_id, name)])                       \
         : (void *)0)
#define EVENTS(memcg, name)                                                                                            \
    BPF_CORE_READ(memcg, memory_events[bpf_core_enum_value(enum memcg_memory_event, name)].counter)

static __always_inline void read_memory(struct rp_snap *snap, struct mem_cgroup *memcg)
{
    struct memcg_vmstats *vmstats;

    if (!memcg)
        return;
    if (rp_has_inactive_file() && (vmstats = BPF_CORE_READ(memcg, vmstats))) {
        snap->inactive_file_pages = BPF_CORE_READ(vmstats, state[2]);
        snap->known |= RP_SNAP_INACTIVE_FILE;
    }
    if (snap->level == 0) /* the root has no limits, hence no files for what follows, and its counters are not kept */
        return;
    snap->usage_pages = BPF_CORE_READ(memcg, memory.usage.counter);
    snap->swap_pages = BPF_CORE_READ(memcg, swap.usage.counter);
    snap->events_high = EVENTS(memcg, MEMCG_HIGH);
    snap->events_max = EVENTS(memcg, MEMCG_MAX);
    snap->events_oom = EVENTS(memcg, MEMCG_OOM);
    snap->events_oom_kill = EVENTS(memcg, MEMCG_OOM_KILL);
    snap->known |= RP_SNAP_USAGE | RP_SNAP_SWAP | RP_SNAP_EVENTS;
}

static __always_inline void read_pids(struct rp_snap *snap, struct pids_cgroup *pids)
{
    if (!pids || snap->level == 0)
        return;
    snap->pids = BPF_CORE_READ(pids, counter.counter);
    snap->known |= RP_SNAP_PIDS;
}

static __always_inline void read_psi(struct rp_snap *snap, struct psi_group *psi)
{
    const __u64 *totals = psi ? rp_psi_totals(psi) : 0;

    if (!totals)
        return;
    bpf_probe_read_kernel(&snap->psi_some_ns, sizeof(snap->psi_some_ns),
                          totals + bpf_core_enum_value(enum psi_states, PSI_MEM_SOME));
    bpf_probe_read_kernel(&snap->psi_full_ns, sizeof(snap->psi_full_ns),
                          totals + bpf_core_enum_value(enum psi_states, PSI_MEM_FULL));
    snap->known |= RP_SNAP_PSI;
}

static __always_inline void read_cgroup(struct rp_snap *snap, struct cgroup *cgrp)
{
    struct cgroup_subsys_state *parent = cgrp->self.parent;

    *snap = (struct rp_snap){.id = cgrp->kn->id, .level = cgrp->level};
    if (parent)
        snap->parent = parent->cgroup->kn->id;
    read_memory(snap, CONTROLLER(cgrp, memory_cgrp_id));
    read_pids(snap, CONTROLLER(cgrp, pids_cgrp_id));
    read_psi(snap, cgrp->psi);
}

/* The exchanges order these two words before and after all records, for readers on any CPU. */
static __always_inline void begin(struct rp_snap_head *head, __u64 session)
{
    (void)__sync_lock_test_and_set(&head->walk, session);
    head->used = 0;
    head->overflow = 0;
    head->t_ns = bpf_ktime_get_ns();
}

static __always_inline void finish(struct rp_snap_head *head, __u64 session)
{
    if (head->walk == session) /* the kernel calls this after it let go of cgroup_mutex: a newer walk may have begun */
        (void)__sync_lock_test_and_set(&head->done, session);
}

SEC("iter/cgroup")
int rp_snapshot(struct bpf_iter__cgroup *ctx)
{
    __u32 zero = 0;
    __u64 session = ctx->meta->session_id;
    struct cgroup *cgrp = ctx->cgroup;
    struct rp_snap_head *head = bpf_map_lookup_elem(&rp_snap_head, &zero);
    struct rp_snap *snap;
    __u32 at;

    if (!head)
        return 0;
    if (!cgrp) {
        finish(head, session);
        return 0;
    }
    if (head->walk != session)
        begin(head, session);
    at = head->used;
    snap = bpf_map_lookup_elem(&rp_snaps, &at);
    if (!snap) {
        head->overflow++;
        rp_lose(RP_LOST_SNAP);
        return 0;
    }
    read_cgroup(snap, cgrp);
    head->used = at + 1;
    return 0;
}
