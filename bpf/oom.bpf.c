// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * The OOM killer at its three steps: it starts, it has chosen, a task is marked to die. The start comes before the choice,
 * which makes it the last moment at which something else can still be done.
 *
 * fentry instead of the mark_victim tracepoint: its arguments changed, also within stable series, while the first
 * arguments of these functions have been the same since 5.10.
 */
#include "lib/cgroup.h"
#include "lib/emit.h"

#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/*
 * mark_oom_victim() is told only the task. Whose limit it dies for was known one or two steps before, and all steps run
 * under oom_lock, so one cell carries it over: an owner's id, RP_WIRE_ROOT for the node, 0 if no step was seen.
 */
static __always_inline void remember_owner(__u64 owner)
{
    __u32 zero = 0;

    owner = owner ? owner : RP_WIRE_ROOT;
    bpf_map_update_elem(&rp_oom_owner, &zero, &owner, 0);
}

/* Unknown is told as the victim's own limit: the reading that gives nobody a reason to act against others. */
static __always_inline __u64 recall_owner(__u64 victim)
{
    __u32 zero = 0;
    __u64 *owner = bpf_map_lookup_elem(&rp_oom_owner, &zero);

    if (!owner || !*owner)
        return victim;
    return *owner == RP_WIRE_ROOT ? 0 : *owner;
}

SEC("fentry/out_of_memory")
int BPF_PROG(rp_oom_begin, struct oom_control *oc)
{
    __u64 owner = rp_memcg_id(oc->memcg);
    struct rp_event event = {
        .type = RP_EVENT_OOM_BEGIN,
        .cgroup = bpf_get_current_cgroup_id(),
        .owner = owner,
        .value = (__s64)oc->order,
        .pid = rp_current_tgid(),
    };

    remember_owner(owner);
    /* Comes again and again while a victim is dying, hence paced. */
    rp_count_and_tell(owner ? owner : RP_WIRE_ROOT, oom_begins, &event);
    return 0;
}

SEC("fentry/oom_kill_process")
int BPF_PROG(rp_oom_kill, struct oom_control *oc)
{
    struct task_struct *chosen = oc->chosen;
    __u64 owner = rp_memcg_id(oc->memcg);
    struct rp_event event = {
        .type = RP_EVENT_OOM_KILL,
        .cgroup = rp_task_id(chosen),
        .owner = owner,
        .value = oc->chosen_points,
        .pid = chosen->tgid,
    };

    remember_owner(owner);
    rp_send_urgently(&event);
    return 0;
}

SEC("fentry/mark_oom_victim")
int BPF_PROG(rp_oom_victim, struct task_struct *task)
{
    __u64 cgroup = rp_task_id(task);
    struct rp_counts_slot *slot = rp_slot(cgroup);
    struct rp_event event = {
        .type = RP_EVENT_OOM_VICTIM,
        .cgroup = cgroup,
        .owner = recall_owner(cgroup),
        .pid = task->tgid,
    };

    if (slot)
        rp_add(&slot->counts.oom_victims, 1);
    rp_send_urgently(&event);
    return 0;
}
