// SPDX-License-Identifier: Apache-2.0
/*
 * The kubelet's rankings (pkg/kubelet/eviction/helpers.go: rankMemoryPressure, rankDiskPressureFunc, rankPIDPressure). Pods
 * without statistics first, then those above their request, then lower priority, then more above the request; for pids
 * priority, then missing statistics, then more processes. QoS class, limits, age and annotations play no part.
 */
#include "base/num.h"
#include "reprieve/kubelet.h"

/* What is measured: of which parts, for a signal on such disks (buildSignalToRankFunc). */
struct parts {
    bool rootfs, logs, volumes;
};

static struct parts parts_of(enum rp_signal signal, enum rp_kubelet_layout layout)
{
    const bool nodefs = signal == RP_SIGNAL_NODEFS || signal == RP_SIGNAL_NODEFS_INODES;
    const bool imagefs = signal == RP_SIGNAL_IMAGEFS || signal == RP_SIGNAL_IMAGEFS_INODES;
    if (layout == RP_LAYOUT_DEDICATED)
        return nodefs ? (struct parts){.logs = true, .volumes = true} : (struct parts){.rootfs = true};
    if (layout == RP_LAYOUT_SPLIT && imagefs)
        return (struct parts){.rootfs = false}; /* images alone, and they are nobody's */
    return (struct parts){true, true, true};
}

static int64_t sum_of(struct parts parts, int64_t rootfs, int64_t logs, int64_t volumes)
{
    const int64_t own = rp_add_sat_i64(parts.rootfs ? rootfs : 0, parts.logs ? logs : 0);
    return rp_add_sat_i64(own, parts.volumes ? volumes : 0);
}

static void set_over(struct rp_rank_key *key, int64_t use, int64_t request, uint32_t cut_nano)
{
    key->over = rp_sub_sat_i64(use, request);
    key->over_nano = cut_nano;
}

static void set_bytes(struct rp_rank_key *key, int64_t use, int64_t request, uint32_t cut_nano)
{
    set_over(key, use, request, cut_nano);
    key->exceeds = key->over > 0 || (key->over == 0 && cut_nano > 0);
}

void rp_kubelet_rank_key(const struct rp_kubelet_pod *pod, enum rp_signal signal, enum rp_kubelet_layout layout,
                         struct rp_rank_key *ret)
{
    const struct parts parts = parts_of(signal, layout);
    struct rp_rank_key key = {
        .pod = ret->pod, .missing = !pod->stats, .by_priority = signal == RP_SIGNAL_PID, .priority = pod->priority};
    int64_t inodes = 0;
    switch (pod->stats ? signal : RP_SIGNAL_MAX) {
    case RP_SIGNAL_MEMORY:
    case RP_SIGNAL_ALLOCATABLE:
        set_bytes(&key, pod->memory_bytes, pod->memory_request_bytes, pod->memory_request_cut_nano);
        break;
    case RP_SIGNAL_NODEFS:
    case RP_SIGNAL_IMAGEFS:
    case RP_SIGNAL_CONTAINERFS:
        set_bytes(&key, sum_of(parts, pod->rootfs_bytes, pod->logs_bytes, pod->volumes_bytes),
                  pod->storage_request_bytes, pod->storage_request_cut_nano);
        break;
    case RP_SIGNAL_NODEFS_INODES:
    case RP_SIGNAL_IMAGEFS_INODES:
    case RP_SIGNAL_CONTAINERFS_INODES:
        /* Nobody can request inodes, yet the last step takes the storage request in bytes off their number. */
        inodes = sum_of(parts, pod->rootfs_inodes, pod->logs_inodes, pod->volumes_inodes);
        set_over(&key, inodes, pod->storage_request_bytes, pod->storage_request_cut_nano);
        key.exceeds = inodes > 0;
        break;
    case RP_SIGNAL_PID:
        key.over = pod->processes;
        break;
    default:
        break;
    }
    *ret = key;
}

int rp_kubelet_rank_compare(const struct rp_rank_key *a, const struct rp_rank_key *b)
{
    if (a->by_priority && a->priority != b->priority)
        return a->priority < b->priority ? -1 : 1;
    if (a->missing != b->missing)
        return a->missing ? -1 : 1;
    if (a->exceeds != b->exceeds)
        return a->exceeds ? -1 : 1;
    if (a->priority != b->priority)
        return a->priority < b->priority ? -1 : 1;
    if (a->over != b->over)
        return a->over > b->over ? -1 : 1;
    if (a->over_nano != b->over_nano)
        return a->over_nano > b->over_nano ? -1 : 1;
    return 0;
}
