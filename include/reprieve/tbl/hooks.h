// SPDX-License-Identifier: Apache-2.0
/*
 * Every BPF program, once: what it hooks, what it is good for, and what serves when it is not there. The loader and
 * `reprieve probe` are made from this table.
 *
 * RP_HOOK(object, program, kind, hook, least, most, other, since, gives, fallback)
 *   object       bpf/<object>.bpf.c, see objects.h
 *   kind         TRACEPOINT: a BTF tracepoint; FUNCTION: fentry; RETURN: fexit; ITERATOR: a walk over kernel objects;
 *                CALL: run for one cgroup when asked to, to call the kernel's function `hook`
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
RP_HOOK(pids, rp_fork, TRACEPOINT, sched_process_fork, 0, 0, none, "5.10", "tasks made, by cgroup",
        "pids.current: the level, not the rate")
RP_HOOK(pids, rp_exit, TRACEPOINT, sched_process_exit, 0, 0, none, "5.10", "tasks ended, by cgroup",
        "pids.current: the level, not the rate")
RP_HOOK(pids_owner, rp_pids_refused, RETURN, pids_can_fork, 2, 2, none, "5.10",
        "forks that a pids.max refused, by owner of the limit", "the same by who wanted to fork")
RP_HOOK(pids, rp_pids_refused_here, RETURN, pids_can_fork, 2, 2, none, "5.10",
        "forks that a pids.max refused, by who wanted to fork", "pids.current close to pids.max")
RP_HOOK(pids, rp_fork_failed, RETURN, kernel_clone, 1, 1, none, "5.10", "forks that failed because the node is short",
        "number of tasks against pid_max and threads-max")
RP_HOOK(disk, rp_space_taken, RETURN, __dquot_alloc_space, 3, 3, none, "5.10",
        "bytes taken on ext4 and f2fs, by writer", "statfs: the file system, not the writer")
RP_HOOK(disk, rp_space_freed, FUNCTION, __dquot_free_space, 3, 3, none, "5.10", "bytes freed on ext4 and f2fs",
        "statfs: the file system, not the writer")
RP_HOOK(disk, rp_inode_made, RETURN, dquot_alloc_inode, 1, 1, none, "5.10", "inodes made on ext4 and f2fs, by maker",
        "statfs: the file system, not the maker")
RP_HOOK(disk, rp_inode_freed, FUNCTION, dquot_free_inode, 1, 1, none, "5.10", "inodes freed on ext4 and f2fs",
        "statfs: the file system, not the maker")
RP_HOOK(disk, rp_no_space, FUNCTION, ext4_should_retry_alloc, 0, 0, none, "5.10", "ext4 has no room for a write",
        "statfs, at the next look")
RP_HOOK(xfs, rp_xfs_taken, RETURN, xfs_dec_freecounter, 4, 4, rp_xfs_changed, "6.12", "bytes taken on xfs, by writer",
        "statfs: the file system, not the writer")
RP_HOOK(xfs, rp_xfs_freed, FUNCTION, xfs_add_freecounter, 3, 3, rp_xfs_changed, "6.12", "bytes freed on xfs",
        "statfs: the file system, not the writer")
RP_HOOK(xfs, rp_xfs_changed, RETURN, xfs_mod_freecounter, 4, 4, rp_xfs_taken, "6.1",
        "bytes taken and freed on xfs, by writer", "statfs: the file system, not the writer")
RP_HOOK(xfs, rp_xfs_no_space, TRACEPOINT, xfs_delalloc_enospc, 0, 0, none, "6.1", "xfs has no room for a write",
        "statfs, at the next look")
RP_HOOK(btrfs, rp_btrfs_taken, RETURN, btrfs_reserve_data_bytes, 3, 3, none, "6.16",
        "bytes taken on btrfs, by writer; no room for a write", "statfs: the file system, not the writer")
RP_HOOK(btrfs, rp_btrfs_taken_2, RETURN, btrfs_reserve_data_bytes, 3, 3, none, "6.1",
        "bytes taken on btrfs, by writer; no room for a write", "statfs: the file system, not the writer")
RP_HOOK(btrfs, rp_btrfs_unused, FUNCTION, btrfs_free_reserved_data_space_noquota, 2, 2, none, "7.2",
        "bytes that a write on btrfs reserved and did not need", "small appends count a block each")
RP_HOOK(btrfs, rp_btrfs_unused_2, FUNCTION, btrfs_free_reserved_data_space_noquota, 2, 2, none, "6.1",
        "bytes that a write on btrfs reserved and did not need", "small appends count a block each")
RP_HOOK(block, rp_write, TRACEPOINT, block_bio_queue, 1, 1, none, "5.11", "bytes written to devices, by cgroup",
        "io.stat: the same, where the io controller is on")
RP_HOOK(block, rp_write_2, TRACEPOINT, block_bio_queue, 2, 2, none, "5.10", "bytes written to devices, by cgroup",
        "io.stat: the same, where the io controller is on")
RP_HOOK(hardware, rp_memory_error, TRACEPOINT, mc_event, 12, 12, none, "5.10",
        "errors that a memory controller reports", "EDAC's counters")
RP_HOOK(hardware, rp_machine_check, TRACEPOINT, mce_record, 0, 0, none, "5.10", "machine checks", "the kernel's log")
RP_HOOK(hardware, rp_page_lost, TRACEPOINT, memory_failure_event, 0, 0, none, "5.10",
        "pages taken out of use after a memory error", "HardwareCorrupted of /proc/meminfo")
RP_HOOK(hardware, rp_block_error, TRACEPOINT, block_rq_error, 0, 0, none, "5.18", "requests that a block device failed",
        "the kernel's log")
RP_HOOK(snapshot, rp_snapshot, ITERATOR, cgroup, 0, 0, none, "6.1", "all cgroups at one instant, in one walk",
        "a handful of files per cgroup, one after the other")
RP_HOOK(flush, rp_flush, CALL, cgroup_rstat_flush, 1, 1, rp_flush_memory, "6.1",
        "statistics summed up before each walk", "the kernel's own sums: up to 2 s old")
RP_HOOK(flush, rp_flush_memory, CALL, bpf_mem_cgroup_flush_stats, 1, 1, rp_flush, "7.2",
        "statistics summed up before each walk", "the kernel's own sums: up to 2 s old")
