// SPDX-License-Identifier: Apache-2.0
/*
 * Every BPF program, once: what it hooks, what it is good for, and what serves when it is not there. The loader and
 * `reprieve probe` are made from this table.
 *
 * RP_HOOK(object, program, kind, hook, least, most, other, since, gives, fallback)
 *   object       bpf/<object>.bpf.c, see objects.h
 *   kind         TRACEPOINT: a BTF tracepoint; FUNCTION: fentry; RETURN: fexit; ITERATOR: a walk over kernel objects
 *   least, most  how many arguments the hook may have for this program to understand it. 0, 0: any number, because the
 *                program reads none, or only typed pointers, which the verifier checks
 *   other        a program for another hook that does the same where the kernel has that one instead, or none
 *   since        the oldest kernel that is known to have it
 *
 * Programs of one kind for one hook are variants, the better one first. Of variants and of others one is enough: when one
 * is attached, those that come later or do not fit are spare.
 */
RP_HOOK(reclaim, rp_direct_begin, TRACEPOINT, mm_vmscan_direct_reclaim_begin, 0, 0, none, "5.10",
        "node-global reclaim, by cgroup that had to wait", "allocstall of /proc/vmstat: the node, not the cgroup")
RP_HOOK(reclaim, rp_direct_end, TRACEPOINT, mm_vmscan_direct_reclaim_end, 0, 0, none, "5.10",
        "time lost in node-global reclaim", "memory.pressure: reclaim of both causes in one number")
RP_HOOK(limit, rp_limit, FUNCTION, try_to_free_mem_cgroup_pages, 4, 5, none, "5.10",
        "reclaim against a limit, by owner of the limit", "max of memory.events, at the next sweep")
RP_HOOK(high, rp_over_high, FUNCTION, reclaim_high, 0, 0, none, "6.1", "memory.high exceeded, by owner of the limit",
        "high of memory.events, at the next sweep")
RP_HOOK(oom, rp_oom_begin, FUNCTION, out_of_memory, 0, 0, none, "5.10", "OOM killer about to choose, node or limit",
        "oom of memory.events, after the fact")
RP_HOOK(oom, rp_oom_kill, FUNCTION, oom_kill_process, 0, 0, none, "5.10", "OOM victim chosen: cgroup and process",
        "oom_kill of memory.events, after the fact")
RP_HOOK(oom, rp_oom_victim, FUNCTION, mark_oom_victim, 0, 0, none, "5.10", "each task that the OOM killer marks",
        "oom_kill of memory.events, after the fact")
RP_HOOK(near_oom, rp_near_oom, TRACEPOINT, reclaim_retry_zone, 7, 7, none, "5.10",
        "allocator at its last retries before a node OOM", "none: the forecast alone")
RP_HOOK(lifecycle, rp_cgroup_new, TRACEPOINT, cgroup_mkdir, 0, 0, none, "5.10", "cgroup made",
        "the next sweep over the tree")
RP_HOOK(lifecycle, rp_cgroup_gone, TRACEPOINT, cgroup_rmdir, 0, 0, none, "5.10", "cgroup removed",
        "the next sweep over the tree")
RP_HOOK(snapshot, rp_snapshot, ITERATOR, cgroup, 0, 0, none, "6.1", "all cgroups at one instant, in one walk",
        "a handful of files per cgroup, one after the other")
