// SPDX-License-Identifier: Apache-2.0
#include "core/model/levels.h"

#include "base/num.h"
#include "core/model/kubelet.h"
#include "core/model/points.h"

/* Of what is a minute old, a point every six seconds; what is older says little about the next minute. */
static const struct rp_points_rule rule = {.capacity = RP_HISTORY_MAX, .fineness = 10, .age_max_ns = 90 * RP_NS_PER_S};

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
 * Anonymous memory can also move to free swap. The limit of kubepods is a second wall: inside of it the kernel kills among
 * all pods, while the node may be well. Swap is not counted there, because the kubelet lets most pods have none; active
 * file pages are not counted either, though some can be reclaimed, so this wall may stand a little further away.
 */
static bool node_room(struct rp_arena *arena, struct rp_level *ret)
{
    const struct rp_node_reading *now = &arena->node.now;
    struct rp_kubelet_level pods;
    if (!(now->known & RP_NODE_MEM_AVAILABLE) || !(now->known & RP_NODE_MEM_TOTAL))
        return false;
    const bool swap = now->known & RP_NODE_SWAP;
    uint64_t available = rp_add_sat_u64(now->mem_available_bytes, swap ? now->swap_free_bytes : 0);
    ret->capacity_bytes = rp_i64_of_u64(rp_add_sat_u64(now->mem_total_bytes, swap ? now->swap_total_bytes : 0));
    ret->available_bytes = rp_i64_of_u64(available);
    if (pods_level(arena, &pods) && pods.available_bytes < ret->available_bytes) {
        ret->available_bytes = pods.available_bytes;
        ret->capacity_bytes = pods.capacity_bytes;
    }
    return true;
}

bool rp_level_make(struct rp_arena *arena, enum rp_danger danger, struct rp_level *ret)
{
    const struct rp_fact_kubelet *kubelet = &arena->node.kubelet;
    struct rp_kubelet_level level;
    bool known = false;
    if (danger == RP_DANGER_NODE_OOM)
        return node_room(arena, ret);
    if (danger == RP_DANGER_KUBELET_MEMORY)
        known =
            rp_kubelet_root_level(&arena->node.now, kubelet->root_usage_known && kubelet->root_usage_meminfo, &level);
    if (danger == RP_DANGER_KUBELET_ALLOCATABLE)
        known = pods_level(arena, &level);
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
    struct rp_level level;
    if (!t_ns || !rp_level_make(arena, danger, &level))
        return;
    const struct rp_point point = {t_ns, level.available_bytes};
    if (rp_points_add(history->points, &history->n, point, &rule))
        history->at = history->n - 1;
}

void rp_levels_step(struct rp_arena *arena, const struct rp_sample *sample)
{
    const uint64_t known = sample->node.known;
    add(arena, RP_DANGER_KUBELET_MEMORY, known & RP_NODE_ROOT_STAT ? sample->node.t_ns : 0);
    add(arena, RP_DANGER_KUBELET_ALLOCATABLE, pods_read_ns(arena, sample));
    add(arena, RP_DANGER_NODE_OOM, known & RP_NODE_MEM_AVAILABLE ? sample->node.t_ns : 0);
}
