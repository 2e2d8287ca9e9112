// SPDX-License-Identifier: Apache-2.0
/*
 * Every BPF object, once, and what it takes to load it: programs that need more are kept apart from those that do not.
 *
 * They are loaded in this order: of programs in several objects that do the same, the better one first.
 *
 * RP_OBJECT(object, needs, module)
 *   object  bpf/<object>.bpf.c
 *   needs   CORE: CAP_BPF and CAP_PERFMON, also under lockdown=confidentiality; READS: the same rights, but it calls
 *           bpf_probe_read_kernel(), which that lockdown forbids; MODULE: CAP_SYS_ADMIN as well, because types of a module
 *           are found by walking all of them (a kernel that has it built in does not ask for it)
 *   module  whose functions it hooks, "" for the kernel itself
 */
RP_OBJECT(reclaim, CORE, "")
RP_OBJECT(limit, CORE, "")
RP_OBJECT(high, CORE, "")
RP_OBJECT(oom, CORE, "")
RP_OBJECT(near_oom, CORE, "")
RP_OBJECT(lifecycle, CORE, "")
RP_OBJECT(pids_owner, READS, "")
RP_OBJECT(pids, CORE, "")
RP_OBJECT(disk, CORE, "")
RP_OBJECT(xfs, MODULE, "xfs")
RP_OBJECT(btrfs, MODULE, "btrfs")
RP_OBJECT(block, CORE, "")
RP_OBJECT(hardware, CORE, "")
RP_OBJECT(snapshot, READS, "")
RP_OBJECT(flush, CORE, "")
