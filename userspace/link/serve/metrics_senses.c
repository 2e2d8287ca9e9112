// SPDX-License-Identifier: Apache-2.0
/* What the senses beside memory tell: each number that is not known has no sample. */
#include "base/num.h"
#include "core/kubelet/level.h"
#include "core/view/words.h"
#include "link/serve/metric_line.h"

#define TOP_WRITERS 5

/* ---- file systems: one series for each role, as the kubelet has one signal for each */

/* False: it has none. */
typedef bool (*fs_value)(const struct rp_fs *fs, double *ret);

static void fs_family(struct evbuffer *out, const struct rp_arena *arena, enum rp_metric m, fs_value value)
{
    char labels[64];
    double v = 0;
    rp_metric_head(out, m);
    for (uint32_t bit = 0; bit < RP_FILESYSTEMS_MAX; bit++) {
        rp_metric_label(labels, sizeof(labels), "role", rp_role_word(bit));
        for (uint32_t i = 0; i < RP_FILESYSTEMS_MAX; i++)
            if ((arena->fs[i].now.roles & (1u << bit)) && value(&arena->fs[i], &v))
                rp_metric_put(out, m, labels, v);
    }
}

static bool available(const struct rp_fs *fs, double *ret)
{
    *ret = (double)fs->now.available_bytes;
    return true;
}

static bool size(const struct rp_fs *fs, double *ret)
{
    *ret = (double)fs->now.capacity_bytes;
    return true;
}

static bool inodes_free(const struct rp_fs *fs, double *ret)
{
    *ret = (double)fs->now.inodes_free;
    return fs->now.inodes > 0;
}

static bool growth(const struct rp_fs *fs, double *ret)
{
    *ret = (double)fs->bytes.growth.per_s;
    return fs->counted_ns != 0;
}

static bool inode_growth(const struct rp_fs *fs, double *ret)
{
    *ret = (double)fs->inodes.growth.per_s;
    return fs->counted_ns != 0;
}

static bool fall(const struct rp_fs *fs, double *ret)
{
    *ret = (double)fs->bytes.fall_per_s;
    return fs->bytes.level.n > 1;
}

static void filesystems(struct evbuffer *out, const struct rp_arena *arena)
{
    fs_family(out, arena, RP_METRIC_FS_AVAILABLE, available);
    fs_family(out, arena, RP_METRIC_FS_SIZE, size);
    fs_family(out, arena, RP_METRIC_FS_INODES_FREE, inodes_free);
    fs_family(out, arena, RP_METRIC_FS_GROWTH, growth);
    fs_family(out, arena, RP_METRIC_FS_INODE_GROWTH, inode_growth);
    fs_family(out, arena, RP_METRIC_FS_FALL, fall);
}

/* ---- the node */

static void one(struct evbuffer *out, enum rp_metric m, bool known, double value)
{
    rp_metric_head(out, m);
    if (known)
        rp_metric_put(out, m, "", value);
}

static void warnings(struct evbuffer *out, const struct rp_node *node)
{
    char labels[64];
    rp_metric_head(out, RP_METRIC_HARDWARE);
    for (uint32_t i = 0; i < RP_WARNING_MAX; i++) {
        rp_metric_label(labels, sizeof(labels), "kind", rp_warning_word(i));
        if (node->now.known & (i < RP_HARDWARE_MAX ? RP_NODE_HARDWARE : RP_NODE_EDAC))
            rp_metric_put(out, RP_METRIC_HARDWARE, labels, (double)node->warnings[i].total);
    }
}

static void node_families(struct evbuffer *out, const struct rp_node *node)
{
    const bool tasks = node->now.known & RP_NODE_TASKS, io = node->now.known & RP_NODE_PSI_IO;
    int64_t room = 0, limit = 0;
    rp_discard((int)rp_kubelet_pids_level(&node->now, &room, &limit));
    one(out, RP_METRIC_TASKS, tasks, (double)node->now.tasks);
    one(out, RP_METRIC_TASKS_AVAILABLE, tasks, (double)room);
    one(out, RP_METRIC_TASKS_MAX, tasks, (double)limit);
    one(out, RP_METRIC_TASKS_RUNNING, tasks, (double)node->now.tasks_running);
    one(out, RP_METRIC_FORK_FAILURES, node->counts_ns != 0, (double)node->fork_failures);
    one(out, RP_METRIC_IO_STALL, io, (double)node->io_some_us.per_s / 1e6);
    one(out, RP_METRIC_IO_STALL_FULL, io, (double)node->io_full_us.per_s / 1e6);
    warnings(out, node);
}

/* ---- pods */

static int64_t pace(const struct rp_pod *pod)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < RP_FILESYSTEMS_MAX; i++)
        sum = rp_add_sat_i64(sum, pod->activity.disk[i].allocated_bytes.per_s);
    return sum;
}

/* Those that take room fastest; ties go to the lower index, so that they are never more. */
static bool is_top_writer(struct rp_arena *arena, uint32_t index)
{
    const int64_t own = pace(rp_pod_at(arena, index));
    uint32_t faster = 0;
    for (uint32_t i = 0; own > 0 && i < arena->pods.used && faster < TOP_WRITERS; i++) {
        const struct rp_pod *pod = rp_pod_at(arena, i);
        faster += pod->live && (pace(pod) > own || (pace(pod) == own && i < index));
    }
    return own > 0 && faster < TOP_WRITERS;
}

typedef bool (*pod_value)(struct rp_arena *arena, const struct rp_pod *pod, double *ret);

static void pod_family(struct evbuffer *out, struct rp_arena *arena, enum rp_metric m, pod_value value)
{
    char labels[RP_POD_LABELS_MAX];
    double v = 0;
    rp_metric_head(out, m);
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        const struct rp_pod *pod = rp_pod_at(arena, i);
        if (!pod->live || (!rp_metric_shows(pod) && !is_top_writer(arena, i)) || !value(arena, pod, &v))
            continue;
        rp_metric_pod_labels(arena, pod, labels, sizeof(labels));
        rp_metric_put(out, m, labels, v);
    }
}

static bool pod_tasks(struct rp_arena *arena, const struct rp_pod *pod, double *ret)
{
    const struct rp_cgroup *slice = rp_cgroup_at(arena, pod->cgroup);
    *ret = slice ? (double)slice->now.pids : 0;
    return slice && (slice->now.known & RP_CG_PIDS);
}

static bool pod_forks(struct rp_arena *arena, const struct rp_pod *pod, double *ret)
{
    *ret = (double)pod->activity.forks.per_s;
    return arena->node.counts_ns != 0;
}

static bool pod_writes(struct rp_arena *arena, const struct rp_pod *pod, double *ret)
{
    *ret = (double)pod->activity.write_bytes.per_s;
    return arena->node.counts_ns != 0;
}

static bool pod_growth(struct rp_arena *arena, const struct rp_pod *pod, double *ret)
{
    bool counted = false;
    for (uint32_t i = 0; i < RP_FILESYSTEMS_MAX; i++)
        counted = counted || arena->fs[i].counted_ns != 0;
    *ret = (double)pace(pod);
    return counted;
}

static bool pod_logs(struct rp_arena *arena, const struct rp_pod *pod, double *ret)
{
    (void)arena;
    *ret = (double)pod->logs.bytes;
    return pod->logs.t_ns != 0;
}

static bool pod_deleted(struct rp_arena *arena, const struct rp_pod *pod, double *ret)
{
    (void)arena;
    *ret = (double)pod->deleted.bytes;
    return pod->deleted.t_ns != 0;
}

void rp_metrics_senses(struct evbuffer *out, struct rp_arena *arena)
{
    filesystems(out, arena);
    node_families(out, &arena->node);
    pod_family(out, arena, RP_METRIC_POD_TASKS, pod_tasks);
    pod_family(out, arena, RP_METRIC_POD_FORKS, pod_forks);
    pod_family(out, arena, RP_METRIC_POD_GROWTH, pod_growth);
    pod_family(out, arena, RP_METRIC_POD_WRITES, pod_writes);
    pod_family(out, arena, RP_METRIC_POD_LOGS, pod_logs);
    pod_family(out, arena, RP_METRIC_POD_DELETED, pod_deleted);
}
