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

struct rp_node_reading {
    rp_ns t_ns;
    uint64_t known;
    uint64_t mem_total_bytes, mem_free_bytes, mem_available_bytes;
    uint64_t swap_total_bytes, swap_free_bytes;
    uint64_t anon_bytes, file_bytes, inactive_file_bytes; /* cgroup v2 root: what the kubelet adds up */
    uint64_t psi_some_us, psi_full_us;                    /* /proc/pressure/memory totals */
    uint64_t tasks, tasks_max;                            /* threads on the node; min(pid_max, threads-max) */
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
    const struct rp_event *events;
    const struct rp_fact *facts;
    const struct rp_outcome *outcomes;
    uint32_t births_n, deaths_n, cgroups_n, events_n, facts_n, outcomes_n;
    uint32_t command;           /* enum rp_command_kind */
    uint64_t lost[RP_LOST_MAX]; /* BPF's own loss counters, absolute */
    uint64_t dropped;           /* of this sample's arrays, absolute since start */
};

#endif
