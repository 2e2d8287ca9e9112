// SPDX-License-Identifier: Apache-2.0
#include "core/model/levels.h"

#include "base/num.h"
#include "core/kubelet/calibrate.h"
#include "core/kubelet/level.h"
#include "core/model/points.h"

#include <string.h>

/* Of what is a minute old, a point every six seconds; what is older says little about the next minute. */
static const struct rp_points_rule fast_rule = {
    .capacity = RP_HISTORY_MAX, .fineness = 10, .age_max_ns = 90 * RP_NS_PER_S};
/* Disks fill over minutes and hours. */
static const struct rp_points_rule slow_rule = {
    .capacity = RP_HISTORY_MAX, .fineness = 10, .age_max_ns = 3600 * RP_NS_PER_S};

static const struct rp_cgroup *pods_root(struct rp_arena *arena)
{
    return rp_cgroup_at(arena, arena->node.pods_root);
}

static bool pods_level(struct rp_arena *arena, struct rp_kubelet_level *ret)
{
    const struct rp_cgroup *root = pods_root(arena);
    return root && rp_kubelet_pods_level(&root->now, ret);
}

/*
 * What is left before the kernel kills. MemAvailable leaves out what reclaim may not take: the zones' reserves, and half
 * of the cache or the low watermark (mm/show_mem.c: si_mem_available); so zero is the end and needs no reserve of our own.
 * Anonymous memory can also move to free swap.
 */
static bool node_room(const struct rp_node_reading *now, struct rp_level *ret)
{
    if (!(now->known & RP_NODE_MEM_AVAILABLE) || !(now->known & RP_NODE_MEM_TOTAL))
        return false;
    const bool swap = now->known & RP_NODE_SWAP;
    ret->capacity = rp_i64_of_u64(rp_add_sat_u64(now->mem_total_bytes, swap ? now->swap_total_bytes : 0));
    ret->available = rp_i64_of_u64(rp_add_sat_u64(now->mem_available_bytes, swap ? now->swap_free_bytes : 0));
    return true;
}

/* ---- file systems */

static const struct {
    uint32_t role;
    bool inodes;
} disks[RP_DANGER_MAX] = {
    [RP_DANGER_KUBELET_NODEFS] = {RP_FS_NODEFS, false},
    [RP_DANGER_KUBELET_NODEFS_INODES] = {RP_FS_NODEFS, true},
    [RP_DANGER_KUBELET_IMAGEFS] = {RP_FS_IMAGEFS, false},
    [RP_DANGER_KUBELET_IMAGEFS_INODES] = {RP_FS_IMAGEFS, true},
    [RP_DANGER_KUBELET_CONTAINERFS] = {RP_FS_CONTAINERFS, false},
    [RP_DANGER_KUBELET_CONTAINERFS_INODES] = {RP_FS_CONTAINERFS, true},
};

bool rp_level_of_disk(enum rp_danger danger)
{
    return danger < RP_DANGER_MAX && disks[danger].role != 0;
}

static const struct rp_fs *fs_of(const struct rp_arena *arena, enum rp_danger danger)
{
    for (uint32_t i = 0; i < RP_FILESYSTEMS_MAX; i++)
        if (arena->fs[i].now.roles & disks[danger].role)
            return &arena->fs[i];
    return NULL;
}

static bool disk_room(const struct rp_arena *arena, enum rp_danger danger, struct rp_level *ret)
{
    const struct rp_fs *fs = fs_of(arena, danger);
    if (!fs || (disks[danger].inodes && !fs->now.inodes)) /* btrfs makes inodes as they are needed */
        return false;
    const struct rp_fs_reading *now = &fs->now;
    ret->capacity = rp_i64_of_u64(disks[danger].inodes ? now->inodes : now->capacity_bytes);
    ret->available = rp_i64_of_u64(disks[danger].inodes ? now->inodes_free : now->available_bytes);
    return true;
}

void rp_levels_forget_roles(struct rp_arena *arena, uint32_t roles)
{
    for (uint32_t danger = 0; danger < RP_DANGER_MAX; danger++)
        if (disks[danger].role & roles)
            memset(&arena->node.history[danger], 0, sizeof(arena->node.history[0]));
}

/* ---- all */

static bool root_level(const struct rp_arena *arena, struct rp_kubelet_level *ret)
{
    const struct rp_kubelet_calibration *calibration = &arena->kubelet.calibration;
    const uint32_t minor = arena->node.kubelet.minor;
    const struct rp_kubelet_formula formula = {
        .usage_meminfo = rp_kubelet_usage_meminfo(calibration, minor),
        .huge_bytes = rp_kubelet_huge_bytes(calibration, minor, &arena->node.now),
    };
    return rp_kubelet_root_level(&arena->node.now, formula, ret);
}

bool rp_level_make(struct rp_arena *arena, enum rp_danger danger, struct rp_level *ret)
{
    struct rp_kubelet_level level = {0};
    bool known = false;
    switch (danger) {
    case RP_DANGER_NODE_OOM:
        return node_room(&arena->node.now, ret);
    case RP_DANGER_KUBELET_PIDS:
        return rp_kubelet_pids_level(&arena->node.now, &ret->available, &ret->capacity);
    case RP_DANGER_KUBELET_MEMORY:
        known = root_level(arena, &level);
        break;
    /*
     * The limit of kubepods is a wall of its own: inside of it the kernel kills among all pods while the node may be well.
     * Swap is not counted, because the kubelet lets most pods have none; active file pages are not counted either, though
     * some can be reclaimed, so this wall may stand a little further away.
     */
    case RP_DANGER_PODS_OOM:
    case RP_DANGER_KUBELET_ALLOCATABLE:
        known = pods_level(arena, &level);
        break;
    default:
        return rp_level_of_disk(danger) && disk_room(arena, danger, ret);
    }
    if (known)
        *ret = (struct rp_level){level.available_bytes, level.capacity_bytes};
    return known;
}

/* When the pods root's memory was read in this sample, or 0. */
static rp_ns pods_read_ns(struct rp_arena *arena, const struct rp_sample *sample)
{
    const struct rp_cgroup *root = pods_root(arena);
    for (uint32_t i = 0; root && i < sample->cgroups_n; i++)
        if (sample->cgroups[i].id == root->id && (sample->cgroups[i].known & RP_CG_USAGE))
            return sample->cgroups[i].t_ns;
    return 0;
}

static void add(struct rp_arena *arena, enum rp_danger danger, rp_ns t_ns)
{
    struct rp_history *history = &arena->node.history[danger];
    const struct rp_points_rule *rule = rp_level_of_disk(danger) ? &slow_rule : &fast_rule;
    struct rp_level level;
    if (!t_ns || !rp_level_make(arena, danger, &level))
        return;
    const struct rp_point point = {t_ns, level.available};
    if (rp_points_add(history->points, &history->n, point, rule))
        history->at = history->n - 1;
}

static void add_disks(struct rp_arena *arena)
{
    for (uint32_t danger = 0; danger < RP_DANGER_MAX; danger++) {
        const struct rp_fs *fs = rp_level_of_disk((enum rp_danger)danger) ? fs_of(arena, (enum rp_danger)danger) : NULL;
        if (fs)
            add(arena, (enum rp_danger)danger, fs->now.t_ns);
    }
}

void rp_levels_step(struct rp_arena *arena, const struct rp_sample *sample)
{
    const uint64_t known = sample->node.known;
    const rp_ns pods_ns = pods_read_ns(arena, sample);
    add(arena, RP_DANGER_KUBELET_MEMORY, known & RP_NODE_ROOT_STAT ? sample->node.t_ns : 0);
    add(arena, RP_DANGER_KUBELET_ALLOCATABLE, pods_ns);
    add(arena, RP_DANGER_PODS_OOM, pods_ns);
    add(arena, RP_DANGER_NODE_OOM, known & RP_NODE_MEM_AVAILABLE ? sample->node.t_ns : 0);
    add(arena, RP_DANGER_KUBELET_PIDS, known & RP_NODE_TASKS ? sample->node.t_ns : 0);
    if (sample->filesystems_n)
        add_disks(arena);
}
