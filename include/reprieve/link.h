// SPDX-License-Identifier: Apache-2.0
/*
 * Link to guard: fixed-size frames on a SOCK_SEQPACKET socket. The link has parsed and validated everything; the guard
 * checks ranges and termination again, because the link is the process that faces foreign bytes.
 *
 * A list travels as BEGIN, one frame per item, COMMIT with the number of items and the generation of BEGIN. A torn or
 * over-long list is rejected whole: the old facts stand and get older. Strings are NUL-terminated within their array.
 */
#ifndef RP_LINK_H
#define RP_LINK_H

#include "reprieve/contract.h"
#include "reprieve/tables.h"
#include "reprieve/types.h"

#define RP_LINK_VERSION   1
#define RP_THRESHOLDS_MAX 24
#define RP_CONTAINERS_MAX 8 /* of a pod, init containers included; facts of more are not told */

enum rp_fact_kind {
    RP_FACT_NONE,
    RP_FACT_BEGIN,
    RP_FACT_POD,        /* from PodList: identity, requests, priority, contract */
    RP_FACT_KUBELET,    /* from configz: thresholds and periods */
    RP_FACT_POD_STATS,  /* from stats/summary: what the kubelet believes of a pod */
    RP_FACT_NODE_STATS, /* from stats/summary: what the kubelet reports of the node */
    RP_FACT_SOURCE,     /* state of one source of the link */
    RP_FACT_COMMIT,
};

enum rp_list { RP_LIST_PODS, RP_LIST_KUBELET, RP_LIST_STATS, RP_LIST_SOURCES, RP_LIST_MAX };
enum rp_qos { RP_QOS_UNKNOWN, RP_QOS_GUARANTEED, RP_QOS_BURSTABLE, RP_QOS_BEST_EFFORT };

struct rp_fact_list {
    uint32_t list;       /* enum rp_list */
    uint32_t count;      /* COMMIT: items sent since BEGIN */
    uint64_t generation; /* same in BEGIN and COMMIT */
};

/* What the oom_score_adj of a container follows from. */
struct rp_fact_container {
    uint64_t id; /* the first 16 hex digits of its runtime's id, which also names its cgroup; 0: it was never started */
    int64_t oom_request_bytes; /* with its share of what only the pod asks for; a sidecar's is that of whom it serves */
};

struct rp_fact_pod {
    char uid[RP_UID_MAX]; /* the UID that names the cgroup: for a static pod the hash, not the mirror's UID */
    char namespace_[RP_NS_MAX];
    char name[RP_POD_NAME_MAX];
    int32_t priority;
    uint8_t qos;                  /* enum rp_qos */
    bool node_critical;           /* of class system-node-critical: the kernel's last choice, whatever it asks for */
    bool critical;                /* static, mirror, or priority >= 2e9: the kubelet never evicts it */
    bool terminating;             /* deletionTimestamp set */
    bool finished;                /* phase Succeeded or Failed and not terminating: no candidate */
    bool sandboxed;               /* runtimeClassName set to something: no signals until supported */
    bool contract_broken;         /* an annotation was not understood; contract holds what was */
    int64_t memory_request_bytes; /* rounded up as the kubelet's Quantity.Value() does */
    int64_t memory_limit_bytes;   /* sum of limits if every container has one, else -1 */
    rp_ns liveness_window_ns;     /* shortest periodSeconds x failureThreshold, RP_NS_FOREVER without a probe */
    int64_t start_unix_s;         /* status.startTime, 0 if unknown */
    struct rp_contract contract;
    uint32_t containers_n;
    bool containers_cut; /* it has more than these */
    struct rp_fact_container containers[RP_CONTAINERS_MAX];
};

/* One eviction threshold as the kubelet would hold it after parsing. */
struct rp_threshold {
    uint8_t signal; /* enum rp_signal */
    bool is_percent;
    bool reclaim_is_percent;
    float percent; /* the kubelet's float32, already divided by 100 */
    float reclaim_percent;
    int64_t quantity_floor; /* quantity rounded down; a threshold of 1127428915.2 is met by 1127428915 */
    bool quantity_fraction; /* and whether a fraction was cut off */
    int64_t reclaim;        /* min-reclaim, rounded up */
    rp_ns grace_ns;         /* 0: hard */
};

struct rp_fact_kubelet {
    struct rp_threshold thresholds[RP_THRESHOLDS_MAX];
    uint32_t thresholds_n;
    bool enforce_pods;       /* enforceNodeAllocatable has "pods": the allocatable threshold exists */
    bool root_usage_known;   /* root_usage_meminfo was told by calibration against stats/summary */
    bool root_usage_meminfo; /* runc <= 1.1.8: MemTotal - MemFree instead of anon + file */
    bool from_defaults;      /* nobody told us: the kubelet's documented defaults */
    rp_ns transition_ns, max_pod_grace_ns;
};

struct rp_fact_pod_stats {
    char uid[RP_UID_MAX];
    int64_t working_set_bytes; /* -1: absent, and a pod without stats is evicted first */
    rp_ns sampled_ns;          /* its own time stamp, turned into CLOCK_MONOTONIC by the link */
};

struct rp_fact_node_stats {
    int64_t available_bytes, working_set_bytes, usage_bytes; /* -1: absent */
    int64_t pods_available_bytes, pods_working_set_bytes;    /* systemContainers["pods"] */
    rp_ns sampled_ns;
};

enum rp_source { RP_SOURCE_PODS, RP_SOURCE_CONFIGZ, RP_SOURCE_SUMMARY, RP_SOURCE_MAX };

struct rp_fact_source {
    uint8_t source; /* enum rp_source */
    bool configured;
    bool ok;           /* the last read was whole and valid */
    uint32_t failures; /* since the last good read */
    rp_ns good_ns;     /* CLOCK_MONOTONIC of the last good read, 0: never */
    char error[120];   /* the last one, for people */
};

struct rp_fact {
    uint32_t version; /* RP_LINK_VERSION */
    uint32_t kind;    /* enum rp_fact_kind */
    union {
        struct rp_fact_list list;
        struct rp_fact_pod pod;
        struct rp_fact_kubelet kubelet;
        struct rp_fact_pod_stats pod_stats;
        struct rp_fact_node_stats node_stats;
        struct rp_fact_source source;
    };
};

/* Ranges, enumerations and string ends of one frame of `len` bytes. 0 or -EINVAL. Pure; used on the guard's side. */
int rp_fact_validate(const void *frame, size_t len) RP_MUST_CHECK;

#endif
