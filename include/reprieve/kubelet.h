// SPDX-License-Identifier: Apache-2.0
/*
 * The kubelet's eviction manager as far as it can be told from outside: when it looks, what it has met, what it does next.
 * Part of the arena, so flat and without pointers; the functions are pure and live in core/kubelet.
 */
#ifndef RP_KUBELET_H
#define RP_KUBELET_H

#include "reprieve/link.h"
#include "reprieve/types.h"

/* ---- the node's disks, decided once when it starts */

enum rp_kubelet_layout {
    RP_LAYOUT_SINGLE,    /* images, writable layers and the kubelet's root share one file system */
    RP_LAYOUT_DEDICATED, /* imagefs holds images and writable layers */
    RP_LAYOUT_SPLIT,     /* imagefs holds images, nodefs writable layers (CRI-O only) */
};

/* ---- its manager */

enum rp_kubelet_condition {
    RP_CONDITION_MEMORY,
    RP_CONDITION_DISK,
    RP_CONDITION_PID,
    RP_CONDITION_MAX,
};

struct rp_kubelet_observation {
    bool known;
    rp_ns t_ns; /* 0: without a time, and then always fresh */
    int64_t available, capacity;
};

/*
 * What it remembers from one look to the next. Thresholds go by their place in the list that it is given, which must not
 * change in between: a kubelet reads its configuration when it starts, and then remembers nothing.
 */
struct rp_kubelet_manager {
    uint64_t looks;
    rp_ns met_ns[RP_THRESHOLDS_MAX]; /* first met, and without a break since then; 0: not met */
    uint32_t acts;                   /* bit per threshold: past its grace, so it holds until min-reclaim is back too */
    bool seen[RP_SIGNAL_MAX];
    rp_ns seen_ns[RP_SIGNAL_MAX]; /* time of the last observation */
    bool raised[RP_CONDITION_MAX];
    rp_ns raised_ns[RP_CONDITION_MAX]; /* when a threshold of the condition was met last */
    rp_ns since_ns[RP_CONDITION_MAX];  /* when the condition that holds began */
    uint32_t conditions;               /* bit per condition that holds */
};

/* Bits per threshold. */
struct rp_kubelet_decision {
    uint32_t met;   /* soft ones in their grace too */
    uint32_t due;   /* past its grace, by an observation that is new */
    uint32_t first; /* of those the ones that it may act on now: one of them, and which is chance */
};

/* One look at `now_ns` (not 0). `kubelet` is what rp_kubelet_derive made; observations by enum rp_signal. */
void rp_kubelet_synchronize(struct rp_kubelet_manager *manager, const struct rp_fact_kubelet *kubelet, rp_ns now_ns,
                            const struct rp_kubelet_observation observations[RP_SIGNAL_MAX],
                            struct rp_kubelet_decision *ret);

/* Has it something to delete on the node (dead containers, unused images) before it takes a pod for that signal? */
bool rp_kubelet_may_reclaim(enum rp_signal signal, enum rp_kubelet_layout layout);

/* After that: no threshold of any signal is met, min-reclaim included, so no pod is taken. */
bool rp_kubelet_is_satisfied(const struct rp_fact_kubelet *kubelet,
                             const struct rp_kubelet_observation observations[RP_SIGNAL_MAX]);

/* Would it start a pod while these conditions hold? The others fail with the reason "Evicted", as if they had run. */
bool rp_kubelet_admits(uint32_t conditions, bool critical, bool best_effort, bool tolerates_memory_pressure);

/* ---- which formulas it uses, by what it reports */

struct rp_kubelet_calibration {
    bool usage_known, usage_meminfo; /* the root's usage is MemTotal - MemFree (runc up to 1.1.8), not anon + file */
    bool huge_known;
    uint64_t huge_bytes; /* taken off what is available on the node */
    bool voted_meminfo;
    uint32_t votes; /* reports in a row that said so */
};

/* ---- whom it takes */

/* What it compares of a pod, by its statistics; what they do not say is 0. Requests are rounded up, less `cut`. */
struct rp_kubelet_pod {
    int32_t priority;
    bool stats; /* it has any of this pod; without, the rest of the use is nothing */
    int64_t memory_bytes, processes;
    int64_t rootfs_bytes, logs_bytes, volumes_bytes;
    int64_t rootfs_inodes, logs_inodes, volumes_inodes;
    int64_t memory_request_bytes, storage_request_bytes;
    uint32_t memory_request_cut_nano, storage_request_cut_nano;
};

/* Drawn from a pod for one signal, so that sorting does not walk the pods. */
struct rp_rank_key {
    uint32_t pod;
    bool missing, exceeds;
    bool by_priority; /* for pids: priority comes before missing statistics. The same in all keys that are compared */
    int32_t priority;
    int64_t over; /* use above request, rounded down, in the signal's unit */
    uint32_t over_nano;
};

/* `pod` of the key is left to the caller. */
void rp_kubelet_rank_key(const struct rp_kubelet_pod *pod, enum rp_signal signal, enum rp_kubelet_layout layout,
                         struct rp_rank_key *ret);

/* < 0: a is evicted before b; 0: chance decides. */
int rp_kubelet_rank_compare(const struct rp_rank_key *a, const struct rp_rank_key *b);

/* Evictions for local storage need no threshold, come first in a look, and take every such pod at once. */
enum rp_kubelet_excess {
    RP_EXCESS_NONE,
    RP_EXCESS_VOLUME,    /* an emptyDir is above its sizeLimit */
    RP_EXCESS_POD,       /* all of its ephemeral storage is above the sum of its containers' limits */
    RP_EXCESS_CONTAINER, /* logs, and the writable layer unless imagefs is dedicated, are above the container's limit */
    RP_EXCESS_MAX,
};

enum rp_kubelet_excess rp_kubelet_excess(const struct rp_storage_limits *limits, const struct rp_storage_use *use,
                                         enum rp_kubelet_layout layout);

/* ---- when it looks: every ten seconds, and what a pass itself takes on top */

#define RP_KUBELET_PERIOD_NS (10 * RP_NS_PER_S)
#define RP_KUBELET_PASS_NS   (200 * RP_NS_PER_MS) /* the longest pass of a healthy node */

/* The last look that left a trace. A trace gets older by up to a pass with each period, until it says nothing any more. */
struct rp_kubelet_phase {
    rp_ns from_ns, to_ns; /* it was some time between these; 0, 0: nothing is known */
    uint32_t traces;      /* how many were ever seen */
};

/* Any moment between the two is as likely as another. */
struct rp_kubelet_look {
    rp_ns early_ns, late_ns;
};

/* A trace: the kubelet looked, some time between the two. Older ones than the one that is known say nothing new. */
void rp_kubelet_saw_look(struct rp_kubelet_phase *phase, rp_ns from_ns, rp_ns to_ns);

/* The first look at t_ns or later. Without a phase that is any time within a period. */
struct rp_kubelet_look rp_kubelet_next_look(const struct rp_kubelet_phase *phase, rp_ns t_ns);

/* How likely a look between t_ns and t_ns + wait_ns is, in permille. */
uint32_t rp_kubelet_look_within(const struct rp_kubelet_phase *phase, rp_ns t_ns, rp_ns wait_ns);

/*
 * When it evicts if a threshold with that grace (0: a hard one) is crossed at crossing_ns and stays so: at the look that
 * finds it met, or with grace at the first one that is so much later than that one.
 */
struct rp_kubelet_look rp_kubelet_eviction(const struct rp_kubelet_phase *phase, rp_ns crossing_ns, rp_ns grace_ns);

/* ---- all of it, in the arena */

#define RP_GONE_MAX 8

/* A pod whose cgroup went away. */
struct rp_gone {
    uint64_t pod; /* rp_hash of its UID */
    rp_ns t_ns;
};

struct rp_kubelet {
    struct rp_fact_kubelet effective; /* the list that it acts on */
    uint8_t layout;                   /* enum rp_kubelet_layout */
    struct rp_kubelet_manager manager;
    struct rp_kubelet_decision decision; /* of the last look that was shadowed */
    rp_ns look_ns, next_ns;              /* that one, and the next */
    struct rp_kubelet_phase phase;
    struct rp_kubelet_calibration calibration;
    struct rp_gone gone[RP_GONE_MAX]; /* the last ones */
    uint32_t gone_at;
    uint32_t excess_n; /* pods that are above a limit of local storage and not critical */
};

#endif
