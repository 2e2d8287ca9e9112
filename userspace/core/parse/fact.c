// SPDX-License-Identifier: Apache-2.0
/*
 * Is this frame what the link may send? The link faces foreign bytes and may be taken over, so the guard believes
 * nothing: not a string's end, not an enumeration, not even that a bool holds 0 or 1, which C lets the compiler assume.
 */
#include <errno.h>
#include <string.h>

#include "core/parse/unix_signal.h"
#include "reprieve/link.h"

#define NANO     1000000000u /* what a fraction in billionths stays below */
#define MONTH_NS (UINT64_C(31) * 24 * 3600 * RP_NS_PER_S)

/* The bytes of a bool, before anything reads it as one. */
#define BOOL_OK(p, type, member) bool_ok((const unsigned char *)(p) + offsetof(type, member))
#define TEXT_OK(array)           text_ok(array, sizeof(array))

static bool bool_ok(const unsigned char *byte)
{
    return *byte <= 1;
}

static bool text_ok(const char *array, size_t size)
{
    return memchr(array, '\0', size) != NULL;
}

static bool contract_ok(const struct rp_contract *c)
{
    if (!BOOL_OK(c, struct rp_contract, protect) || !BOOL_OK(c, struct rp_contract, signalfd))
        return false;
    if (c->trigger > RP_TRIGGER_FILE || c->effect > RP_EFFECT_ENDS || c->target > RP_TARGET_PIDFILE ||
        c->ack > RP_ACK_WRAP)
        return false;
    if (c->floor >= RP_ACTION_MAX || c->value > 1000 || !TEXT_OK(c->comm) || !TEXT_OK(c->ack_path) ||
        !TEXT_OK(c->request_path) || !TEXT_OK(c->pidfile))
        return false;
    if (c->trigger == RP_TRIGGER_SIGNAL ? !rp_unix_signal_allowed(c->signal) : c->signal != 0)
        return false;
    if (c->trigger == RP_TRIGGER_FILE && c->request_path[0] != '/')
        return false;
    if (c->target == RP_TARGET_COMM && c->comm[0] == '\0')
        return false;
    if (c->target == RP_TARGET_PIDFILE && c->pidfile[0] != '/')
        return false;
    if (c->ack != RP_ACK_NONE && c->ack != RP_ACK_EXIT && c->ack_path[0] != '/')
        return false;
    return c->duration_ns <= MONTH_NS && c->timeout_ns <= MONTH_NS && c->min_interval_ns <= MONTH_NS;
}

static bool list_ok(const struct rp_fact_list *list)
{
    return list->list < RP_LIST_MAX;
}

static bool containers_ok(const struct rp_fact_pod *pod)
{
    if (pod->containers_n > RP_CONTAINERS_MAX || !BOOL_OK(pod, struct rp_fact_pod, containers_cut))
        return false;
    for (uint32_t i = 0; i < pod->containers_n; i++)
        if (pod->containers[i].oom_request_bytes < 0)
            return false;
    return true;
}

static bool storage_limits_ok(const struct rp_storage_limits *limits)
{
    if (!BOOL_OK(limits, struct rp_storage_limits, more) || limits->volumes_n > RP_VOLUMES_MAX ||
        limits->containers_n > RP_CONTAINERS_MAX)
        return false;
    for (uint32_t i = 0; i < limits->volumes_n; i++)
        if (!BOOL_OK(&limits->volumes[i], struct rp_volume_limit, local) || limits->volumes[i].limit_bytes < 0)
            return false;
    for (uint32_t i = 0; i < limits->containers_n; i++)
        if (limits->containers[i].limit_bytes < 0)
            return false;
    return limits->request_bytes >= 0 && limits->request_cut_nano < NANO && limits->limit_bytes >= -1;
}

static bool storage_use_ok(const struct rp_storage_use *use)
{
    if (!BOOL_OK(use, struct rp_storage_use, more) || use->volumes_n > RP_VOLUMES_MAX ||
        use->containers_n > RP_CONTAINERS_MAX)
        return false;
    for (uint32_t i = 0; i < use->volumes_n; i++)
        if (use->volumes[i].bytes < 0 || use->volumes[i].inodes < 0)
            return false;
    for (uint32_t i = 0; i < use->containers_n; i++)
        if (use->containers[i].rootfs_bytes < 0 || use->containers[i].logs_bytes < 0)
            return false;
    return use->ephemeral_bytes >= 0 && use->rootfs_bytes >= 0 && use->rootfs_inodes >= 0 && use->logs_bytes >= 0 &&
           use->logs_inodes >= 0;
}

static bool pod_ok(const struct rp_fact_pod *pod)
{
    if (!BOOL_OK(pod, struct rp_fact_pod, critical) || !BOOL_OK(pod, struct rp_fact_pod, terminating) ||
        !BOOL_OK(pod, struct rp_fact_pod, finished) || !BOOL_OK(pod, struct rp_fact_pod, sandboxed) ||
        !BOOL_OK(pod, struct rp_fact_pod, contract_broken) || !BOOL_OK(pod, struct rp_fact_pod, node_critical))
        return false;
    if (!TEXT_OK(pod->uid) || !TEXT_OK(pod->namespace_) || !TEXT_OK(pod->name) || pod->uid[0] == '\0')
        return false;
    if (pod->qos > RP_QOS_BEST_EFFORT || pod->memory_request_bytes < 0 || pod->memory_limit_bytes < -1)
        return false;
    if (pod->memory_request_cut_nano >= NANO || !storage_limits_ok(&pod->storage))
        return false;
    return pod->start_unix_s >= 0 && containers_ok(pod) && contract_ok(&pod->contract);
}

static bool threshold_ok(const struct rp_threshold *t)
{
    if (!BOOL_OK(t, struct rp_threshold, is_percent) || !BOOL_OK(t, struct rp_threshold, reclaim_is_percent))
        return false;
    if (t->quantity_nano >= NANO || t->reclaim_nano >= NANO)
        return false;
    /* Written so that a NaN fails. */
    if (!(t->percent >= 0.0f && t->percent <= 1.0f) || !(t->reclaim_percent >= 0.0f && t->reclaim_percent <= 1e6f))
        return false;
    return t->signal < RP_SIGNAL_MAX && t->quantity_floor >= 0 && t->reclaim_floor >= 0;
}

static bool kubelet_ok(const struct rp_fact_kubelet *k)
{
    if (!BOOL_OK(k, struct rp_fact_kubelet, enforce_pods) || !BOOL_OK(k, struct rp_fact_kubelet, from_defaults))
        return false;
    if (!BOOL_OK(k, struct rp_fact_kubelet, no_local_isolation) || k->thresholds_n > RP_THRESHOLDS_MAX)
        return false;
    for (uint32_t i = 0; i < k->thresholds_n; i++) {
        if (!threshold_ok(&k->thresholds[i]))
            return false;
    }
    return true;
}

static bool pod_stats_ok(const struct rp_fact_pod_stats *stats)
{
    return TEXT_OK(stats->uid) && stats->uid[0] != '\0' && stats->working_set_bytes >= -1 && stats->processes >= 0 &&
           storage_use_ok(&stats->storage);
}

static bool fs_ok(const struct rp_fact_fs *fs)
{
    return fs->available_bytes >= -1 && fs->capacity_bytes >= -1 && fs->inodes_free >= -1 && fs->inodes >= -1;
}

static bool node_stats_ok(const struct rp_fact_node_stats *stats)
{
    return stats->available_bytes >= -1 && stats->working_set_bytes >= -1 && stats->usage_bytes >= -1 &&
           stats->pods_available_bytes >= -1 && stats->pods_working_set_bytes >= -1 && fs_ok(&stats->nodefs) &&
           fs_ok(&stats->imagefs) && fs_ok(&stats->containerfs) && stats->maxpid >= -1 && stats->curproc >= -1;
}

static bool source_ok(const struct rp_fact_source *source)
{
    return BOOL_OK(source, struct rp_fact_source, configured) && BOOL_OK(source, struct rp_fact_source, ok) &&
           source->source < RP_SOURCE_MAX && TEXT_OK(source->error);
}

static bool body_ok(const struct rp_fact *fact)
{
    switch (fact->kind) {
    case RP_FACT_BEGIN:
    case RP_FACT_COMMIT:
        return list_ok(&fact->list);
    case RP_FACT_POD:
        return pod_ok(&fact->pod);
    case RP_FACT_KUBELET:
        return kubelet_ok(&fact->kubelet);
    case RP_FACT_POD_STATS:
        return pod_stats_ok(&fact->pod_stats);
    case RP_FACT_NODE_STATS:
        return node_stats_ok(&fact->node_stats);
    case RP_FACT_SOURCE:
        return source_ok(&fact->source);
    default:
        return false;
    }
}

int rp_fact_validate(const void *frame, size_t len)
{
    struct rp_fact fact;
    if (len != sizeof(fact))
        return -EINVAL;
    memcpy(&fact, frame, sizeof(fact));
    return fact.version == RP_LINK_VERSION && body_ok(&fact) ? 0 : -EINVAL;
}
