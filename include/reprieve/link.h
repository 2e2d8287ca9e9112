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

/* ---- local storage. Names of volumes and containers travel as rp_hash makes them: they are only compared. */

#define RP_VOLUMES_MAX 8

struct rp_volume_limit {
    uint64_t name;
    int64_t limit_bytes; /* sizeLimit of an emptyDir, rounded down; 0: none */
    bool local;          /* on the node's disk and gone with the pod: its use counts in the ranking for disks */
};

struct rp_container_limit {
    uint64_t name;
    int64_t limit_bytes; /* of ephemeral-storage, rounded down; above 0 */
};

/* What a pod may use of the node's disks. Volumes and containers that no rule asks about are left out. */
struct rp_storage_limits {
    int64_t request_bytes;     /* rounded up */
    uint32_t request_cut_nano; /* and so many billionths less, exactly */
    int64_t limit_bytes;       /* of the whole pod, rounded down; -1: none */
    uint32_t volumes_n, containers_n;
    bool more; /* there were more than fit; volumes without a limit are left out first */
    struct rp_volume_limit volumes[RP_VOLUMES_MAX];
    struct rp_container_limit containers[RP_CONTAINERS_MAX];
};

struct rp_volume_use {
    uint64_t name;
    int64_t bytes, inodes;
};

struct rp_container_use {
    uint64_t name;
    int64_t rootfs_bytes, logs_bytes;
};

/* What the kubelet believes it uses; what its statistics do not say is 0 to it. */
struct rp_storage_use {
    int64_t ephemeral_bytes;             /* its own sum */
    int64_t rootfs_bytes, rootfs_inodes; /* of all containers' writable layers */
    int64_t logs_bytes, logs_inodes;
    uint32_t volumes_n, containers_n;
    bool more; /* there were more than fit: the largest volumes are here */
    struct rp_volume_use volumes[RP_VOLUMES_MAX];
    struct rp_container_use containers[RP_CONTAINERS_MAX];
};

/* ---- */

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
    uint32_t memory_request_cut_nano; /* and so many billionths less, exactly: it compares what is written */
    rp_ns termination_grace_ns;       /* terminationGracePeriodSeconds, RP_NS_FOREVER: none given */
    rp_ns evicted_ns;                 /* when the kubelet took it for a threshold, 0: it did not, or nobody told */
    int64_t memory_limit_bytes;       /* sum of limits if every container has one, else -1 */
    rp_ns liveness_window_ns;         /* shortest periodSeconds x failureThreshold, RP_NS_FOREVER without a probe */
    int64_t start_unix_s;             /* status.startTime, 0 if unknown */
    struct rp_contract contract;
    uint32_t containers_n;
    bool containers_cut; /* it has more than these */
    struct rp_fact_container containers[RP_CONTAINERS_MAX];
    struct rp_storage_limits storage;
};

/* One eviction threshold as the kubelet would hold it after parsing. */
struct rp_threshold {
    uint8_t signal; /* enum rp_signal */
    bool is_percent;
    bool reclaim_is_percent;
    float percent; /* the kubelet's float32, already divided by 100 */
    float reclaim_percent;
    int64_t quantity_floor;               /* quantity rounded down; a threshold of 1127428915.2 is met by 1127428915 */
    int64_t reclaim_floor;                /* min-reclaim, likewise */
    uint32_t quantity_nano, reclaim_nano; /* and the billionths that were cut off */
    rp_ns grace_ns;                       /* 0: hard */
};

struct rp_fact_kubelet {
    struct rp_threshold thresholds[RP_THRESHOLDS_MAX];
    uint32_t thresholds_n;
    uint8_t minor;           /* of Kubernetes 1.minor, 0: not known */
    bool no_local_isolation; /* localStorageCapacityIsolation is off: nobody is evicted for limits of disk use */
    bool enforce_pods;       /* enforceNodeAllocatable has "pods": the allocatable threshold exists */
    bool from_defaults;      /* nobody told us: the kubelet's documented defaults */
    rp_ns transition_ns, max_pod_grace_ns;
};

struct rp_fact_pod_stats {
    char uid[RP_UID_MAX];
    int64_t working_set_bytes; /* -1: absent, and a pod without stats is evicted first */
    rp_ns sampled_ns;          /* its own time stamp, turned into CLOCK_MONOTONIC by the link */
    int64_t processes;         /* not threads */
    struct rp_storage_use storage;
};

/* A file system as the kubelet reports it; -1: absent. */
struct rp_fact_fs {
    int64_t available_bytes, capacity_bytes, inodes_free, inodes;
    rp_ns sampled_ns;
};

struct rp_fact_node_stats {
    int64_t available_bytes, working_set_bytes, usage_bytes; /* -1: absent */
    int64_t pods_available_bytes, pods_working_set_bytes;    /* systemContainers["pods"] */
    rp_ns sampled_ns, pods_sampled_ns;                       /* of node.memory, and of that one */
    struct rp_fact_fs nodefs, imagefs, containerfs;
    int64_t maxpid, curproc; /* -1: absent */
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
