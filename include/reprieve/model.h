// SPDX-License-Identifier: Apache-2.0
/*
 * What it means: the whole state of the core, as one flat, versioned, pointer-free arena.
 *
 * The arena lives in shared memory. The guard is its only writer; the link and the operator's tool map it read-only and
 * read it under the sequence lock (rp_arena_read in userspace/base/seq.h). The same bytes are a keyframe: written out
 * they are a recording's start, mapped in they are a replay's start. So: indices instead of pointers, sizes fixed when
 * the arena is made, no field that only one process understands. What does not fit is counted in the table's overflow.
 *
 * Who writes what: model/ the node, file systems, cgroups, pods' readings and facts; forecast/ the forecasts, victims and ranks;
 * oom/ whom the kernel would kill, own limits; decide/ brakes, checkpoints, ladder, ledger, log. `agent` is filled by the
 * process around the core, not by the core.
 */
#ifndef RP_MODEL_H
#define RP_MODEL_H

#include "reprieve/forecast.h"
#include "reprieve/habit.h"
#include "reprieve/kubelet.h"
#include "reprieve/oom.h"
#include "reprieve/outcome.h"
#include "reprieve/plan.h"
#include "reprieve/policy.h"
#include "reprieve/sample.h"
#include "reprieve/types.h"

#define RP_ARENA_MAGIC   UINT64_C(0x31414e4552415052) /* "RPARENA1" */
#define RP_ARENA_VERSION 3

#define RP_HISTORY_MAX    128 /* points of the node's signals */
#define RP_POD_HISTORY    24  /* points per pod */
#define RP_FLOW_POINTS    8
#define RP_LEDGER_MAX     128
#define RP_LOG_MAX        256
#define RP_HOOKS_MAX      48
#define RP_COMPLAINTS_MAX 12

/* A table inside the arena. Elements 0..used-1 exist; `live` of an element says whether it is in use. */
struct rp_table {
    uint32_t offset, stride, capacity, used;
    uint32_t live;     /* how many are in use */
    uint32_t hint;     /* no element below this one is free */
    uint64_t overflow; /* how often something wanted a place and found none, since start */
};

/* ---- cgroups */

enum rp_cgroup_kind {
    RP_CGROUP_OTHER, /* somewhere between, or not understood */
    RP_CGROUP_ROOT,
    RP_CGROUP_PODS_ROOT, /* kubepods */
    RP_CGROUP_QOS,       /* burstable, besteffort */
    RP_CGROUP_POD,       /* a pod slice, or a configured workload's own cgroup */
    RP_CGROUP_CONTAINER, /* directly under a pod */
    RP_CGROUP_INSIDE,    /* below a container */
    RP_CGROUP_SYSTEM,    /* outside kubepods and not configured */
    RP_CGROUP_SELF,      /* Reprieve's own */
};

struct rp_cgroup {
    rp_cgroup_id id;
    uint32_t parent; /* index, RP_INDEX_NONE for the root */
    uint32_t pod;    /* index of the pod that it belongs to, or RP_INDEX_NONE */
    uint8_t kind;    /* enum rp_cgroup_kind */
    bool live;
    uint8_t qos; /* enum rp_qos as its path says */
    uint16_t level;
    rp_ns chosen_ns;              /* the kernel last chose one of its processes as victim */
    uint64_t container;           /* the first 16 hex digits of the runtime's id, of a container; 0: not in its name */
    uint32_t children;            /* live cgroups directly below */
    struct rp_cgroup_reading now; /* the latest value of every field; fields of a partial reading join older ones */
    struct rp_cgroup_reading before;         /* the reading before `now`, for rates */
    struct rp_disk disk[RP_FILESYSTEMS_MAX]; /* what BPF counted last, by place in rp_arena.fs */
    char path[RP_PATH_MAX];
};

/* ---- levels and flows */

struct rp_point {
    rp_ns t_ns;
    int64_t value;
};

/* A level over time, oldest first; points are the sparser the older they are. */
struct rp_history {
    struct rp_point points[RP_HISTORY_MAX];
    uint32_t n, at; /* at: index of the newest point */
};

/*
 * A count, and the pace that it has had lately: the slope of a robust line through points a second or more apart, as for
 * memory. Counters of the kernel are absolute and start anew when BPF is loaded anew: what is added here are differences,
 * and one that would be negative is none.
 */
struct rp_flow {
    int64_t total; /* since it is looked at; what is allocated less what is freed may fall */
    int64_t per_s;
    struct rp_point points[RP_FLOW_POINTS]; /* of total, oldest first */
    uint32_t n;
};

/* ---- disks: GROWTH IS A RATE FROM THE WRITERS, THE LEVEL COMES FROM STATFS */

/*
 * Room on a file system, in bytes or in inodes. BPF counts at the moment of each call who takes and gives back how much, so
 * the pace and whose it is are known within a second. But its sums drift (it has not seen what was there before it, nor
 * writers that it cannot see), so how much is left is never computed from them: that is read from statfs, every few seconds.
 * The level's own fall checks the writers' growth: what they do not explain was taken by somebody that BPF does not see.
 */
struct rp_room {
    struct rp_history level;       /* available, from statfs */
    struct rp_history growth_then; /* growth.total at the same moments */
    struct rp_flow growth;         /* allocated less freed, by all writers together */
    int64_t fall_per_s;            /* of level; where there is no BPF it is all that is known of the growth */
    int64_t fell, explained;       /* over the last minute: how much level fell, and how much growth grew */
};

struct rp_fs {
    struct rp_fs_reading now, before; /* roles 0: this place is free */
    struct rp_room bytes, inodes;
    rp_ns counted_ns;  /* since when BPF's counts of it are seen, 0: they are not */
    rp_ns no_space_ns; /* a write last found it full, 0: never */
};

/* ---- what tasks do beside using memory: those of one pod, or all that belong to none */

/* One writer, on one file system. Blocks may be freed by somebody else than who took them, so the difference is nobody's. */
struct rp_writer {
    struct rp_flow allocated_bytes, inodes_made;
    uint64_t freed_bytes, inodes_freed;
};

/* What somebody was refused. */
enum rp_trouble_kind {
    RP_TROUBLE_PIDS,  /* a fork, by a pids.max that this pod owns */
    RP_TROUBLE_FORK,  /* a fork, by the node */
    RP_TROUBLE_SPACE, /* room for a write, by a full file system */
    RP_TROUBLE_MAX
};

struct rp_trouble {
    uint64_t count; /* by BPF's counters, since the pod is looked at */
    rp_ns t_ns;     /* the last one that is known, 0: none */
    rp_ns told_ns;  /* the last line about it in the log */
};

struct rp_activity {
    struct rp_flow forks, exits;               /* of tasks, threads included */
    struct rp_flow write_bytes;                /* handed to block devices */
    struct rp_writer disk[RP_FILESYSTEMS_MAX]; /* by place in rp_arena.fs */
    struct rp_trouble troubles[RP_TROUBLE_MAX];
    rp_cgroup_id pids_owner; /* whose pids.max refused last, RP_CGROUP_NONE: never */
    uint64_t pids_limit;     /* and what it was; 0: not known */
};

/* Bytes that somebody looks for now and then. */
struct rp_amount {
    int64_t bytes;
    rp_ns t_ns;    /* of the look, 0: there was none yet */
    bool at_least; /* there was more than could be looked at */
};

/* ---- pods */

enum rp_checkpoint_state {
    RP_CHECKPOINT_IDLE,
    RP_CHECKPOINT_REQUESTED,
    RP_CHECKPOINT_ACKED,
    RP_CHECKPOINT_FAILED,
    RP_CHECKPOINT_TIMED_OUT,
};

struct rp_checkpoint {
    uint8_t state;  /* enum rp_checkpoint_state */
    uint8_t reason; /* enum rp_reason of the last refusal or failure */
    bool sent;      /* the signal of the last request went out */
    uint64_t action_id;
    rp_ns requested_ns, acked_ns, deadline_ns;
    rp_ns retry_ns; /* nothing was sent, or it was only imagined: not tried again before */
    uint32_t requests, acks, failures;
    rp_ns durations_ns[RP_DURATIONS_MAX]; /* ring of measured request-to-ack times */
    uint32_t durations_n;                 /* how many were ever measured */
    int64_t bytes;                        /* of the last one whose size could be seen; 0: of none */
    bool recalled;                        /* what is remembered of its workload was looked up */
};

/* A change in force on a pod, one slot per kind. */
struct rp_brake {
    uint64_t action_id;
    uint8_t kind;  /* enum rp_action_kind, RP_ACTION_NONE: free slot */
    uint8_t state; /* enum rp_outcome_state of the last outcome: DONE, PENDING, OBSERVED */
    uint8_t reason;
    rp_ns since_ns, expires_ns, deadline_ns;
    int64_t value;
    int64_t growth_before_bytes_per_s; /* what the pod did before, to judge a release */
    int64_t usage_before_bytes;
    int64_t expected_bytes; /* what it should free */
    bool imagined;          /* set in observe mode: nothing of it is in force */
    uint32_t repeats;       /* how often it had to be set again after a release; lengthens the hold */
    rp_ns rest_until_ns;    /* undone, and not set again before */
    rp_ns undo_asked_ns;    /* when its undoing was planned last; 0: never */
};

#define RP_BRAKES_MAX 6

/* The limit of its own that a pod is nearest to: that of its slice, or of one of its containers. */
struct rp_own_limit {
    rp_cgroup_id cgroup_id; /* RP_CGROUP_NONE: it has none, or none is known */
    uint32_t nearest;       /* its index, or RP_INDEX_NONE; the other one is for choosing it */
    int64_t nearest_bytes;
    struct rp_point history[RP_POD_HISTORY]; /* of the room that is left, oldest first */
    uint32_t history_n;
    struct rp_forecast forecast; /* capacity: the limit */
    uint64_t events_max;
    bool events_known;
    rp_ns reclaim_ns; /* it was last seen to reclaim at that limit, 0: never */
};

/* A pod, or on a plain Linux machine a workload that the configuration names. */
struct rp_pod {
    bool live;
    bool has_facts;   /* PodList told us about it */
    bool from_rule;   /* a configured workload, not a Kubernetes pod */
    bool protected_;  /* asked for, allowed, and within the budget */
    bool over_budget; /* asked for, but the budget is used up: shown, not protected */
    bool critical, node_critical, terminating, finished, sandboxed, contract_broken;
    bool self;       /* Reprieve itself runs in it */
    uint8_t qos;     /* enum rp_qos */
    uint32_t cgroup; /* index of its slice, RP_INDEX_NONE if facts came before the cgroup */
    uint32_t rule;   /* index of the policy's rule, or RP_INDEX_NONE */
    char uid[RP_UID_MAX], namespace_[RP_NS_MAX], name[RP_POD_NAME_MAX];
    int32_t priority;
    uint32_t value;                     /* 0..1000 after defaults */
    int64_t request_bytes, limit_bytes; /* -1: no limit */
    uint32_t request_cut_nano;          /* the request is exactly so many billionths less */
    struct rp_storage_limits storage;
    rp_ns termination_grace_ns; /* RP_NS_FOREVER: none given */
    rp_ns evicted_ns;           /* the kubelet took it, 0: it did not */
    rp_ns liveness_window_ns;
    int64_t start_unix_s;
    uint32_t containers_n;
    bool containers_cut;
    struct rp_fact_container containers[RP_CONTAINERS_MAX]; /* as facts told them */
    uint64_t generation;                                    /* of the list that named it last */
    uint64_t stats_generation;                              /* of the list of statistics that named it last */
    struct rp_contract declared;                            /* as its annotations say */
    bool declared_broken;
    struct rp_contract contract; /* in force: annotations if its namespace may speak, then the policy's rule on top */

    /* two working sets: now, and what the kubelet still believes */
    bool working_set_known, believed_known;
    int64_t working_set_bytes, believed_bytes;
    rp_ns working_set_ns, believed_ns;
    int64_t believed_processes; /* with believed_known, as the next */
    struct rp_storage_use believed_storage;
    uint8_t
        excess; /* enum rp_kubelet_excess: a limit of local storage that it is above, so it is taken at the next look */
    struct rp_point history[RP_POD_HISTORY]; /* usage, oldest first, the sparser the older; history_at: the newest */
    uint32_t history_n, history_at;
    int64_t growth_bytes_per_s; /* robust local rate of memory usage */
    struct rp_own_limit own_limit;
    uint32_t stall_permille; /* memory PSI some over the last interval */
    rp_ns stall_ns;          /* and the reading that ended it */
    uint64_t stall_total_us;

    struct rp_activity activity;    /* of all its cgroups; its tasks now: `pids` of its slice */
    struct rp_amount logs, deleted; /* room that no count of its writes shows: see struct rp_pod_disk_reading */
    uint32_t deleted_files;

    uint32_t rank;          /* 1: the kubelet would take it first; 0: not ranked */
    uint32_t rank_believed; /* the same by the kubelet's older numbers */
    struct rp_brake brakes[RP_BRAKES_MAX];
    struct rp_checkpoint checkpoint;
    rp_ns thawed_ns; /* end of its last freeze, 0: never frozen */
    rp_ns killed_ns; /* last kill by us; the same pod is not killed twice per window */
    uint32_t kills;
    uint64_t made_after_action; /* ids up to this were planned for an earlier pod in the same slot */
};

/* ---- the node */

/* Of rp_node.warnings: BPF's kinds of enum rp_hardware first, then what the memory controllers' own files count. */
enum rp_warning_kind {
    RP_WARNING_EDAC_CORRECTED = RP_HARDWARE_MAX,
    RP_WARNING_EDAC_UNCORRECTED,
    RP_WARNING_MAX,
};

struct rp_warning {
    uint64_t total; /* as counted, also before our time */
    rp_ns t_ns;     /* when it last rose, 0: not in our time */
    rp_ns told_ns;  /* the last line about it in the log */
};

/* How many lines of one kind the log took since `from_ns`. */
struct rp_quota {
    rp_ns from_ns;
    uint32_t lines;
};

struct rp_node {
    struct rp_node_reading now, before;
    uint32_t root, pods_root; /* cgroup indices or RP_INDEX_NONE */
    struct rp_fact_kubelet kubelet;
    struct rp_fact_node_stats believed;
    struct rp_fact_source sources[RP_SOURCE_MAX];
    uint64_t generations[RP_LIST_MAX]; /* last committed list of each kind */
    bool pods_listed;                  /* at least one PodList was committed */
    struct rp_history history[RP_DANGER_MAX];
    int64_t allocatable_bytes; /* the limit of all pods together, else the machine's memory; -1: not read yet */
    uint64_t pods_epoch;       /* counts changes of what ranks the pods: readings, facts, births, deaths */
    uint64_t facts_epoch;      /* the same without readings */
    rp_ns global_reclaim_ns;   /* last node-global direct reclaim that was seen, 0: never */
    rp_ns node_oom_ns;         /* last node OOM or kubepods OOM begin */
    rp_ns near_oom_ns;
    uint64_t oom_kills;     /* victims marked on the node since start */
    rp_ns pids_refused_ns;  /* last fork refused by a pids.max that binds all pods alike */
    rp_ns fork_failed_ns;   /* last fork that failed for want of something of the node */
    rp_ns no_space_ns;      /* last write that found a file system of `fs` full */
    rp_ns hardware_ns;      /* last warning of any kind */
    uint64_t fork_failures; /* of the node, since start */
    struct rp_warning warnings[RP_WARNING_MAX];
    struct rp_flow io_some_us, io_full_us; /* stalls on disks: per_s / 1000 is permille of the time */
    struct rp_activity system; /* of everything that no pod owns: the runtime writes logs, the kernel frees */
    struct rp_quota told[RP_TROUBLE_MAX];
    rp_ns counts_ns; /* since when BPF's counts of cgroups are seen, 0: they are not */
    uint64_t lost[RP_LOST_MAX];
    uint64_t dropped;
};

/* ---- deciding */

enum rp_phase { RP_PHASE_CALM, RP_PHASE_WATCH, RP_PHASE_ACT };

struct rp_ladder {
    uint8_t phase;  /* enum rp_phase */
    uint8_t danger; /* enum rp_danger that leads, RP_DANGER_NONE in calm */
    rp_ns phase_since_ns;
    rp_ns calm_since_ns; /* 0 while there is pressure */
    rp_ns incident_ns;   /* start of the present incident, 0: none */
    uint64_t next_action_id;
    bool held; /* an operator's revert: observe until resume */
    bool acts; /* policy enforces and nobody holds it; what was imagined before is forgotten when this begins */
    /* E3 */
    uint64_t victim_action;
    rp_ns victim_deadline_ns;
    int64_t victim_expected_bytes, victim_available_before_bytes;
    rp_ns victims_ns[8]; /* times of the last kills, for the window */
    uint32_t victims_at;
    uint32_t victims_imagined; /* bit per entry: taken in observe mode only */
    /* E9 */
    rp_ns checkpoint_until_ns; /* the running checkpoint's deadline */
    uint32_t checkpoint_pod;
    uint32_t nobody_expendable; /* times that pressure found no target */
    rp_ns released_ns;          /* the last brake lifted on calm; releases are spaced */
};

/* One executed (or, observing, imagined) action and what came of it. */
struct rp_ledger {
    struct rp_action action;
    char pod[RP_NAME_MAX]; /* name, kept when the pod is gone */
    uint8_t state;         /* enum rp_outcome_state, latest */
    uint8_t reason;        /* of the end, if undone or refused */
    bool closed;
    bool measured; /* usage_after and bought are valid */
    int32_t error;
    rp_ns done_ns, undone_ns;
    int64_t usage_before_bytes, usage_after_bytes; /* of its cgroup, -1 unknown */
    rp_ns crossing_before_ns;                      /* median time to crossing when it was planned */
    rp_ns bought_ns; /* later median minus what was left; RP_NS_FOREVER: no crossing any more */
    rp_ns cost_ns;   /* how long the pod was braked or frozen */
};

/* One line for people, as codes: text is made by whoever shows it. */
enum rp_log_kind {
    RP_LOG_NONE,
    RP_LOG_PHASE,      /* a: new phase, b: danger, value: median ns */
    RP_LOG_ACTION,     /* a: action kind, b: outcome state, c: reason, pod */
    RP_LOG_OOM,        /* a: 1 begin 2 kill 3 victim; pod, value: pid */
    RP_LOG_CHECKPOINT, /* a: checkpoint state, c: reason, pod, value: duration ns */
    RP_LOG_MODE,       /* a: mode, c: reason */
    RP_LOG_LOST,       /* value: events lost */
    RP_LOG_PODS,       /* a: 1 appeared 2 gone 3 over budget; pod */
    RP_LOG_SOURCE,     /* a: enum rp_source, b: ok */
    RP_LOG_POLICY,     /* reloaded */
    RP_LOG_PIDS,       /* a: enum rp_cgroup_kind of the limit's owner, value: the limit or 0, pod */
    RP_LOG_FORK,       /* a: errno or 0, pod */
    RP_LOG_SPACE,      /* a: roles of the file system or 0, pod */
    RP_LOG_HARDWARE,   /* a: enum rp_warning_kind */
    RP_LOG_OOM_RANK, /* a: enum rp_oom_wall, b: rank or 0, c: how many might be first, it too; or 0; value: pid, pod */
    RP_LOG_KINDS,
};

struct rp_log_entry {
    uint64_t number;
    rp_ns t_ns;
    uint8_t kind, a, b, c;
    int64_t value;
    char pod[RP_NAME_MAX];
};

/* ---- the process around the core */

enum rp_hook_state {
    RP_HOOK_MISSING, /* this kernel does not have it */
    RP_HOOK_REFUSED, /* the kernel has it, and said no */
    RP_HOOK_ATTACHED,
    RP_HOOK_OFF,   /* not wanted */
    RP_HOOK_SPARE, /* another program does the same on this kernel: nothing is lost */
};

struct rp_hook {
    char program[40];
    char gives[80];    /* what it tells us */
    char fallback[80]; /* what serves instead when it is missing */
    uint8_t state;     /* enum rp_hook_state */
    int32_t error;
    uint64_t skipped; /* runs that the kernel left out, as it had preempted the program: in no counter */
};

/* The recording, as the guard knows it. */
struct rp_recorder_view {
    bool on;
    int32_t error; /* of the last attempt to write: 0 or -errno */
    uint32_t slots;
    uint64_t frames, bytes, serial; /* written; of the newest segment */
    uint64_t dropped;               /* inputs that are in no recording: nobody wrote in time, or could */
    uint64_t failures;              /* attempts that ended with an error */
    rp_ns written_ns;               /* time of the last frame on disk, 0: none yet */
};

struct rp_agent {
    int32_t guard_pid;
    char self_path[RP_PATH_MAX]; /* its own cgroup, as in rp_cgroup.path, and all below it; "": not known */
    uint32_t guard_starts;       /* by the supervisor, this life included */
    uint32_t mode;               /* effective enum rp_mode: held or degraded means observe */
    uint8_t mode_reason;         /* enum rp_reason why it differs from the policy's, or NONE */
    bool bpf, iterator, psi, cgroup_v2, btf;
    rp_ns started_ns, heartbeat_ns;
    int64_t realtime_offset_ns; /* CLOCK_REALTIME - CLOCK_MONOTONIC at start, for showing times */
    uint64_t ticks, sweeps, glances, late_ticks;
    rp_ns period_ns; /* present sampling period */
    rp_ns tick_last_ns, tick_max_ns;
    uint32_t page_bytes; /* of this machine; 0: not told, then 4096 */
    uint32_t hands, hands_busy, hands_lost;
    uint64_t undo_active, undo_reverted, undo_left; /* changes in force; restored; found changed by others */
    char kernel[64], version[48];
    struct rp_recorder_view recorder;
    struct rp_hook hooks[RP_HOOKS_MAX];
    uint32_t hooks_n;
    struct rp_complaint
        complaints[RP_COMPLAINTS_MAX]; /* what cannot be seen or prepared on this node at present, a sentence each */
    uint32_t complaints_n;
};

/* ---- the arena */

struct rp_arena {
    uint64_t magic;
    uint32_t version, header_bytes;
    uint64_t total_bytes;
    uint64_t sequence; /* even: consistent; odd: being written */
    rp_ns t_ns;        /* of the last sample */
    uint64_t sample_number;
    uint64_t inputs; /* samples and policies that it has taken in: what a recording counts by */
    struct rp_policy policy;
    struct rp_agent agent;
    struct rp_node node;
    struct rp_fs fs[RP_FILESYSTEMS_MAX]; /* a file system keeps its place as long as it has a role */
    struct rp_kubelet kubelet;
    struct rp_forecast forecasts[RP_DANGER_MAX];
    struct rp_victims victims;                   /* for memory */
    struct rp_victims victims_by[RP_SIGNAL_MAX]; /* for disks and pids, where there is a threshold; n 0: not known */
    struct rp_oom_victims oom_victims[RP_OOM_WALLS];
    struct rp_oom_tally oom_tally[RP_OOM_COUNTS];
    uint64_t oom_epoch; /* state of the pods that these were weighed by */
    struct rp_ladder ladder;
    struct rp_plan plan; /* the last one that was not empty */
    struct rp_ledger ledger[RP_LEDGER_MAX];
    uint64_t ledger_n; /* ever written; entry i lives at i % RP_LEDGER_MAX */
    struct rp_log_entry log[RP_LOG_MAX];
    uint64_t log_n;
    struct rp_habit habits[RP_HABITS_MAX]; /* what is remembered of workloads, beyond the lives of their pods */
    uint64_t habits_learned;               /* the number of the newest */
    struct rp_table cgroups, pods;
    struct rp_table index; /* open addressing, cgroup id -> cgroup, uint32_t slots */
    struct rp_table order; /* room for sorting: one struct rp_rank_key per pod, without meaning between two steps */
};

/* ---- functions of core/model */

/* Bytes that an arena for this policy needs; a multiple of 8. */
size_t rp_arena_size(const struct rp_policy *policy);

/* Lay out an arena in `bytes` zeroed bytes at 8-byte alignment. 0 or -ENOSPC. */
int rp_arena_init(struct rp_arena *arena, size_t bytes, const struct rp_policy *policy) RP_MUST_CHECK;

/*
 * Check bytes that claim to be an arena (a keyframe, another process' mapping): magic, version, table bounds, index
 * ranges. 0 or -EBADMSG, -EPROTONOSUPPORT for another version. After 0 every accessor below is safe.
 */
int rp_arena_check(const void *bytes, size_t len) RP_MUST_CHECK;

/* New policy at run time: sizes stay, rules and facts are joined again. */
void rp_model_set_policy(struct rp_arena *arena, const struct rp_policy *policy);

/* Take in one sample: births and deaths, readings, events, facts. Cannot fail; what does not fit is counted. */
void rp_model_step(struct rp_arena *arena, const struct rp_sample *sample);

/* The cgroup of that id or NULL. */
struct rp_cgroup *rp_cgroup_find(struct rp_arena *arena, rp_cgroup_id id);

/* Append to the log ring; pod may be NULL. */
void rp_log_add(struct rp_arena *arena, struct rp_log_entry entry, const struct rp_pod *pod);

static inline void *rp_table_at(struct rp_arena *arena, const struct rp_table *table, uint32_t i)
{
    return (unsigned char *)arena + table->offset + (size_t)table->stride * i;
}

static inline struct rp_cgroup *rp_cgroup_at(struct rp_arena *arena, uint32_t i)
{
    return i < arena->cgroups.used ? rp_table_at(arena, &arena->cgroups, i) : NULL;
}

static inline struct rp_pod *rp_pod_at(struct rp_arena *arena, uint32_t i)
{
    return i < arena->pods.used ? rp_table_at(arena, &arena->pods, i) : NULL;
}

static inline uint32_t rp_pod_index(const struct rp_arena *arena, const struct rp_pod *pod)
{
    return (uint32_t)((size_t)((const unsigned char *)pod - (const unsigned char *)arena - arena->pods.offset) /
                      arena->pods.stride);
}

/* ---- functions of core/forecast and core/decide, in the order of the tick */

/* Histories, trends, crossings, victims, ranks. */
void rp_forecast_step(struct rp_arena *arena);

/* What the kernel chose, against what was expected; before the model takes the sample. And what it would choose now. */
void rp_oom_judge(struct rp_arena *arena, const struct rp_sample *sample);
void rp_oom_step(struct rp_arena *arena);

/* Outcomes into brakes, checkpoints, ledger and log; runs before planning. */
void rp_decide_outcomes(struct rp_arena *arena, const struct rp_sample *sample);

/* What should be done now. */
void rp_decide_plan(struct rp_arena *arena, struct rp_plan *plan);

/* The whole core for one sample: the calls above in their order. */
void rp_core_step(struct rp_arena *arena, const struct rp_sample *sample, struct rp_plan *plan);

#endif
