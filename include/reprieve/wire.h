/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * What BPF programs and userspace say to each other: ring-buffer events, per-cgroup counters, snapshot records.
 * Both sides compile this file; fixed-width kernel types, no padding, layout pinned by assertions.
 *
 * Maps (the same names in every object; the loader creates each once and shares it):
 *   rp_events   RINGBUF         struct rp_event, urgent ones wake the reader
 *   rp_counts   HASH            rp cgroup id -> struct rp_counts_slot
 *   rp_disk     HASH            struct rp_disk_key -> struct rp_disk
 *   rp_hardware ARRAY[RP_HARDWARE_MAX] (mmapable) of __u64: what the hardware reported, by kind
 *   rp_lost     ARRAY[RP_LOST_MAX] (mmapable) of __u64: what could not be stored, by cause
 *   rp_snaps    ARRAY (mmapable) struct rp_snap, filled by one run of the cgroup iterator
 *   rp_snap_head ARRAY[1] (mmapable) struct rp_snap_head
 */
#ifndef RP_WIRE_H
#define RP_WIRE_H

#ifdef __bpf__
#define RP_WIRE_ASSERT(cond, why) _Static_assert(cond, why)
#else
#include <assert.h>
#include <linux/types.h>
#define RP_WIRE_ASSERT(cond, why) static_assert(cond, why)
#endif

#define RP_WIRE_VERSION 3

#define RP_WIRE_ROOT 1 /* id of the hierarchy's root: what nobody else owns is counted there */

/*
 * What happened. `cgroup` is the subject: the cgroup of the task that had to wait, die or do without. `owner` is the cgroup
 * that owns the limit (0: the node itself). Kills and victims are never held back. Of all others rp_counts or rp_hardware
 * has every one, and an event is sent at most once per RP_EVENT_PAUSE_NS, type and cgroup (the owner if there is one).
 */
enum rp_event_type {
    RP_EVENT_NONE = 0,
    RP_EVENT_OOM_BEGIN = 1,      /* the kernel is about to choose a victim; value: order, UINT64_MAX if sysrq asked */
    RP_EVENT_OOM_KILL = 2,       /* cgroup: of the chosen victim, pid: its tgid, value: the kernel's points (pages) */
    RP_EVENT_OOM_VICTIM = 3,     /* one per marked task, group kills included */
    RP_EVENT_DIRECT_RECLAIM = 4, /* the node is short; value: ns that the cgroup had stalled in there before */
    RP_EVENT_LIMIT_RECLAIM = 5,  /* owner's own limit (max or high) is short; value: pages wanted */
    RP_EVENT_OVER_HIGH = 6,      /* owner is over its memory.high; value: pages above it */
    RP_EVENT_NEAR_OOM = 7,    /* the page allocator retries before a node OOM; value: fruitless tries, 16 is the end */
    RP_EVENT_CGROUP_NEW = 8,  /* cgroup: the new one, owner: its parent; its directory may appear a moment later */
    RP_EVENT_CGROUP_GONE = 9, /* cgroup: the removed one, owner: its parent */
    RP_EVENT_PIDS_REFUSED = 10, /* owner's pids.max refused a fork; value: the limit */
    RP_EVENT_FORK_FAILED = 11,  /* a fork failed for any other reason: the node is short; value: the errno */
    RP_EVENT_NO_SPACE = 12,     /* a file system had no room for a write; value: its device, as in rp_disk_key */
    RP_EVENT_HARDWARE = 13,     /* cgroup: RP_WIRE_ROOT; value: enum rp_hardware */
    RP_EVENT_MAX = 14,
};

#define RP_EVENT_PAUSE_NS 100000000ull

struct rp_event {
    __u64 t_ns; /* bpf_ktime_get_ns(): CLOCK_MONOTONIC */
    __u64 cgroup;
    __u64 owner;
    __u64 value;
    __u32 type; /* enum rp_event_type */
    __u32 pid;  /* tgid in the initial pid namespace, 0 if it does not apply */
};
RP_WIRE_ASSERT(sizeof(struct rp_event) == 40, "event layout is shared with BPF");

/*
 * Monotonic counters of one cgroup since its entry appeared. All but forks, exits and writes are silent while the node is
 * healthy.
 */
struct rp_counts {
    __u64 direct_reclaims;   /* node-global direct reclaim entered by a task of this cgroup */
    __u64 direct_reclaim_ns; /* and the time it was stalled there */
    __u64 limit_reclaims;    /* reclaim against a limit (max or high) that this cgroup owns; not memory.reclaim */
    __u64 over_high;         /* times that a task had to reclaim because this cgroup exceeded its memory.high */
    __u64 near_oom;          /* allocator retries shortly before a node OOM */
    __u64 oom_begins;        /* OOM handling against a limit that this cgroup owns; the root's are the node's */
    __u64 oom_victims;       /* tasks of this cgroup marked as victims */
    __u64 forks;             /* tasks made by tasks of this cgroup, threads included */
    __u64 exits;             /* tasks of this cgroup that ended, threads included */
    __u64 pids_refused;      /* forks that the pids.max of this cgroup refused, to itself or to a descendant */
    __u64 fork_failures;     /* forks by tasks of this cgroup that failed for any other reason */
    __u64 no_space;          /* writes by tasks of this cgroup that found a full file system */
    __u64 write_bytes;       /* handed to block devices on behalf of this cgroup */
    __u64 writes;
};
RP_WIRE_ASSERT(sizeof(struct rp_counts) == 112, "counter layout is shared with BPF");

/* The value of rp_counts: beside the counters, when an event of each type was last sent (BPF's own business). */
struct rp_counts_slot {
    struct rp_counts counts;
    __u64 sent_ns[RP_EVENT_MAX];
};
RP_WIRE_ASSERT(sizeof(struct rp_counts_slot) == 224, "counter layout is shared with BPF");

/* ---- disk: who takes room where. `dev` is the kernel's own dev_t: major << 20 | minor; stat(2) encodes it differently. */

struct rp_disk_key {
    __u64 cgroup;
    __u32 dev;
    __u32 zero; /* padding is part of a key */
};
RP_WIRE_ASSERT(sizeof(struct rp_disk_key) == 16, "disk layout is shared with BPF");

/*
 * Monotonic, of one cgroup on one file system, booked to whoever does it at the moment of the call: allocations in the
 * writer's context, frees to whoever truncates or unlinks, or to the root for the kernel's own threads. So a level per
 * cgroup cannot be had from here, only rates; summed over all cgroups the difference is what statfs shows.
 */
struct rp_disk {
    __u64 allocated_bytes;
    __u64 freed_bytes;
    __u64 inodes_made;
    __u64 inodes_freed;
};
RP_WIRE_ASSERT(sizeof(struct rp_disk) == 32, "disk layout is shared with BPF");

/* ---- hardware: warnings of the node as a whole */

enum rp_hardware {
    RP_HARDWARE_MEMORY_CORRECTED = 0,   /* a memory controller corrected an error (mc_event) */
    RP_HARDWARE_MEMORY_UNCORRECTED = 1, /* it could not */
    RP_HARDWARE_MACHINE_CHECK = 2,      /* mce_record */
    RP_HARDWARE_PAGE_LOST = 3,          /* the kernel took a page out of use (memory_failure_event) */
    RP_HARDWARE_BLOCK_ERROR = 4,        /* a request to a block device failed (block_rq_error) */
    RP_HARDWARE_MAX = 5,
};

enum rp_lost_cause {
    RP_LOST_EVENT = 0,  /* ring buffer full, or its last half kept for urgent events */
    RP_LOST_COUNTS = 1, /* rp_counts full */
    RP_LOST_SNAP = 2,   /* more cgroups than rp_snaps holds */
    RP_LOST_DISK = 3,   /* rp_disk full */
    RP_LOST_MAX = 4,
};

/* Bits of rp_snap.known, for fields that not every kernel's iterator can give. */
#define RP_SNAP_USAGE         0x01u
#define RP_SNAP_INACTIVE_FILE 0x02u
#define RP_SNAP_EVENTS        0x04u
#define RP_SNAP_PSI           0x08u
#define RP_SNAP_PIDS          0x10u
#define RP_SNAP_SWAP          0x20u

/* One cgroup as the iterator saw it. Memory is in pages, as the kernel counts it. */
struct rp_snap {
    __u64 id;
    __u64 parent;
    __u64 usage_pages;
    __u64 inactive_file_pages; /* vmstats: may lag the flushed memory.stat by a few seconds */
    __u64 swap_pages;
    __u64 psi_some_ns; /* memory pressure totals; advance only every ~2 s unless somebody reads memory.pressure */
    __u64 psi_full_ns;
    __u64 events_high;
    __u64 events_max;
    __u64 events_oom;
    __u64 events_oom_kill;
    __u64 pids;
    __u32 level;
    __u32 known;
};
RP_WIRE_ASSERT(sizeof(struct rp_snap) == 104, "snapshot layout is shared with BPF");

/*
 * Head of rp_snaps. Every walk starts by writing its own number into `walk` and ends by writing it into `done`, so the
 * records are whole while both are equal, and were whole while they were read if `walk` is still the same afterwards.
 * A walk that was thought dead and comes late thus spoils nothing unnoticed.
 */
struct rp_snap_head {
    __u64 used;     /* records stored */
    __u64 overflow; /* cgroups that found no room */
    __u64 t_ns;     /* start of the walk */
    __u64 walk;
    __u64 done;
};
RP_WIRE_ASSERT(sizeof(struct rp_snap_head) == 40, "snapshot layout is shared with BPF");

#endif
