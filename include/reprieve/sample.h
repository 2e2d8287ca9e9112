// SPDX-License-Identifier: Apache-2.0
/*
 * What was seen. A sample is the only thing that enters the core, so it carries everything that the core may know:
 * readings, kernel events, facts from the link, outcomes of earlier actions, operators' commands, and the time.
 *
 * A sample is PARTIAL: any subset of cgroups and fields, each reading with its own stamp and `known` bits. A full sweep
 * is a sample; a glance at the node's two numbers is one; a single urgent kernel event is one.
 *
 * The arrays belong to whoever filled the sample (node/sense or the replayer) and live until the next one; the core
 * copies what it keeps. Nothing here is sized by foreign input: what does not fit is dropped and counted in `dropped`.
 */
#ifndef RP_SAMPLE_H
#define RP_SAMPLE_H

#include "reprieve/habit.h"
#include "reprieve/link.h"
#include "reprieve/outcome.h"
#include "reprieve/types.h"
#include "reprieve/wire.h"

/* Bits of rp_node_reading.known. */
#define RP_NODE_MEM_TOTAL     (UINT64_C(1) << 0)
#define RP_NODE_MEM_FREE      (UINT64_C(1) << 1)
#define RP_NODE_MEM_AVAILABLE (UINT64_C(1) << 2)
#define RP_NODE_SWAP          (UINT64_C(1) << 3)
#define RP_NODE_ROOT_STAT     (UINT64_C(1) << 4) /* anon, file, inactive_file of the root memory.stat */
#define RP_NODE_PSI           (UINT64_C(1) << 5)
#define RP_NODE_TASKS         (UINT64_C(1) << 6)
#define RP_NODE_EDAC          (UINT64_C(1) << 7)
#define RP_NODE_HARDWARE      (UINT64_C(1) << 8)
#define RP_NODE_PSI_IO        (UINT64_C(1) << 9)
#define RP_NODE_HUGE_PAGES    (UINT64_C(1) << 10)

struct rp_node_reading {
    rp_ns t_ns;
    uint64_t known;
    uint64_t mem_total_bytes, mem_free_bytes, mem_available_bytes;
    uint64_t swap_total_bytes, swap_free_bytes;
    uint64_t huge_pages_bytes;                            /* of all pools, whether used or not */
    uint64_t anon_bytes, file_bytes, inactive_file_bytes; /* cgroup v2 root: what the kubelet adds up */
    uint64_t psi_some_us, psi_full_us;                    /* /proc/pressure/memory totals */
    uint64_t psi_io_some_us, psi_io_full_us;              /* /proc/pressure/io totals */
    uint64_t tasks, tasks_max;                            /* threads on the node; min(pid_max, threads-max) */
    uint64_t tasks_running;                               /* of them runnable; with RP_NODE_TASKS */
    uint64_t pid_max, threads_max;                        /* with RP_NODE_TASKS */
    uint64_t edac_corrected, edac_uncorrected;            /* counts of all memory controllers since boot */
    uint64_t hardware[RP_HARDWARE_MAX];                   /* BPF's counters, by enum rp_hardware */
};

/* Bits of rp_cgroup_reading.known. */
#define RP_CG_USAGE         (UINT64_C(1) << 0)
#define RP_CG_INACTIVE_FILE (UINT64_C(1) << 1)
#define RP_CG_ANON_FILE     (UINT64_C(1) << 2)
#define RP_CG_SWAP          (UINT64_C(1) << 3)
#define RP_CG_EVENTS        (UINT64_C(1) << 4)
#define RP_CG_PSI           (UINT64_C(1) << 5)
#define RP_CG_PIDS          (UINT64_C(1) << 6)
#define RP_CG_MAX           (UINT64_C(1) << 7) /* max_bytes: UINT64_MAX is "max" */
#define RP_CG_COUNTS        (UINT64_C(1) << 8)
#define RP_CG_POPULATED     (UINT64_C(1) << 9) /* populated, frozen of cgroup.events */
#define RP_CG_OOM_GROUP     (UINT64_C(1) << 10)
#define RP_CG_PROCESSES     (UINT64_C(1) << 11)

/*
 * The processes of a cgroup and of all below it as the kernel weighs them when it chooses a victim: each by itself, by
 * resident memory, swap and page tables, and by its oom_score_adj. A hand looks at one cgroup after the other.
 */
struct rp_processes {
    rp_ns t_ns;             /* of the look */
    uint64_t charged_bytes; /* memory.current at that time */
    uint64_t first_bytes;   /* of the one that goes first among these */
    int32_t first_adj;
    uint32_t n;      /* that have memory */
    uint32_t exempt; /* of them never chosen: oom_score_adj -1000 */
    bool partial;    /* there were more than could be looked at */
};

struct rp_cgroup_reading {
    rp_cgroup_id id;
    rp_ns t_ns;
    uint64_t known;
    uint64_t usage_bytes, inactive_file_bytes, swap_bytes, max_bytes;
    uint64_t anon_bytes, file_bytes; /* what needs swap to be reclaimed, shared memory included; and page cache */
    uint64_t events_high, events_max, events_oom, events_oom_kill; /* memory.events, hierarchical */
    uint64_t psi_some_us, psi_full_us;
    uint64_t pids;
    struct rp_counts counts; /* BPF counters; absolute */
    bool populated, frozen;
    bool oom_group; /* memory.oom.group: who kills one of its processes kills all */
    struct rp_processes processes;
};

/* ---- disk: growth is a rate, told by BPF per cgroup; the level is statfs's, per file system */

/* What a file system is to the kubelet; one can be all of them. */
#define RP_FS_NODEFS (1u << 0) /* holds the kubelet's root directory: emptyDir volumes, and logs unless mounted apart */
#define RP_FS_IMAGEFS                                                                                                  \
    (1u << 1) /* holds the container runtime's images, and writable layers unless there is a containerfs */
#define RP_FS_CONTAINERFS (1u << 2) /* holds writable layers, where the runtime keeps them apart from images */
#define RP_FS_LOGS        (1u << 3) /* holds /var/log/pods */
#define RP_FS_ANY         (RP_FS_NODEFS | RP_FS_IMAGEFS | RP_FS_CONTAINERFS | RP_FS_LOGS)

#define RP_FILESYSTEMS_MAX 4

/* One file system as statfs(2) shows it. */
struct rp_fs_reading {
    uint64_t dev;   /* as in rp_disk_key: major << 20 | minor */
    uint32_t roles; /* RP_FS bits */
    rp_ns t_ns;
    uint64_t capacity_bytes, available_bytes; /* available: to ordinary users, as the kubelet counts it */
    uint64_t inodes, inodes_free;             /* 0, 0: it has no fixed number of inodes (btrfs) */
    char path[RP_PATH_MAX];                   /* where it was looked at */
};

/* BPF's numbers of one cgroup on one file system, absolute; see struct rp_disk for whose they are. */
struct rp_disk_reading {
    rp_cgroup_id cgroup;
    uint64_t dev;
    rp_ns t_ns;
    struct rp_disk counts;
};

/* Room that a pod takes without writing itself, or that no directory shows. Looked at in turns, so each has its time. */
#define RP_POD_DISK_LOGS    (UINT64_C(1) << 0)
#define RP_POD_DISK_DELETED (UINT64_C(1) << 1)
#define RP_POD_DISK_PARTIAL                                                                                            \
    (UINT64_C(1) << 2) /* there was more than could be looked at: each number is at least that */

struct rp_pod_disk_reading {
    rp_cgroup_id cgroup; /* the pod's */
    uint64_t known;
    rp_ns t_ns;
    uint64_t log_bytes;     /* allocated under /var/log/pods/NAMESPACE_NAME_UID; the container runtime writes it */
    uint64_t deleted_bytes; /* allocated to files that are deleted and still held open by its processes */
    uint32_t deleted_files;
};

/* A cgroup appeared. Parents come before children within one sample. */
struct rp_cgroup_birth {
    rp_cgroup_id id, parent;
    rp_ns t_ns;
    char path[RP_PATH_MAX]; /* relative to the cgroup root, no leading slash; "" is the root */
};

struct rp_cgroup_death {
    rp_cgroup_id id;
    rp_ns t_ns;
};

enum rp_command_kind {
    RP_COMMAND_NONE,
    RP_COMMAND_REVERT, /* undo everything and hold observe mode until RESUME */
    RP_COMMAND_RESUME,
};

struct rp_sample {
    uint64_t number; /* counts up by one; a gap in a recording is visible */
    rp_ns t_ns;      /* "now" for everything the core decides */
    struct rp_node_reading node;
    const struct rp_cgroup_birth *births;
    const struct rp_cgroup_death *deaths;
    const struct rp_cgroup_reading *cgroups;
    const struct rp_fs_reading *filesystems;
    const struct rp_disk_reading *disks;
    const struct rp_pod_disk_reading *pod_disks;
    const struct rp_event *events;
    const struct rp_fact *facts;
    const struct rp_outcome *outcomes;
    const struct rp_habit *habits; /* the first sample: what was kept from an earlier life */
    uint32_t births_n, deaths_n, cgroups_n, filesystems_n, disks_n, pod_disks_n, events_n, facts_n, outcomes_n;
    uint32_t habits_n;
    uint32_t command;           /* enum rp_command_kind */
    uint64_t lost[RP_LOST_MAX]; /* BPF's own loss counters, absolute */
    uint64_t dropped;           /* of this sample's arrays, absolute since start */
};

#endif
