// SPDX-License-Identifier: Apache-2.0
/*
 * Where things lie in the arena: the fixed part, then the tables one after another. Sizes follow from the policy of the
 * day the arena is made and never change afterwards, so that a reader may map it once.
 */
#include "core/model/arena.h"

#include "core/model/index.h"

#include <errno.h>

#define ALIGN 64u /* of tables: a cache line */

static struct rp_table place(uint64_t *end, uint32_t stride, uint32_t capacity)
{
    const uint64_t at = (*end + ALIGN - 1) / ALIGN * ALIGN;
    *end = at + (uint64_t)stride * capacity;
    return (struct rp_table){.offset = (uint32_t)at, .stride = stride, .capacity = capacity};
}

bool rp_layout_make(uint32_t cgroups_max, uint32_t pods_max, struct rp_layout *ret)
{
    if (cgroups_max > UINT32_MAX / 4) /* the index takes up to four slots each */
        return false;
    uint64_t end = sizeof(struct rp_arena);
    struct rp_layout layout;
    layout.cgroups = place(&end, sizeof(struct rp_cgroup), cgroups_max);
    layout.pods = place(&end, sizeof(struct rp_pod), pods_max);
    layout.index = place(&end, sizeof(uint32_t), rp_index_capacity(cgroups_max));
    layout.order = place(&end, sizeof(struct rp_rank_key), pods_max);
    layout.total_bytes = (end + 7) / 8 * 8;
    if (layout.total_bytes > UINT32_MAX)
        return false;
    *ret = layout;
    return true;
}

size_t rp_arena_size(const struct rp_policy *policy)
{
    struct rp_layout layout;
    return rp_layout_make(policy->cgroups_max, policy->pods_max, &layout) ? (size_t)layout.total_bytes : SIZE_MAX;
}

int rp_arena_init(struct rp_arena *arena, size_t bytes, const struct rp_policy *policy)
{
    struct rp_layout layout;
    if (!rp_layout_make(policy->cgroups_max, policy->pods_max, &layout) || bytes < layout.total_bytes)
        return -ENOSPC;
    arena->magic = RP_ARENA_MAGIC;
    arena->version = RP_ARENA_VERSION;
    arena->header_bytes = sizeof(struct rp_arena);
    arena->total_bytes = layout.total_bytes;
    arena->cgroups = layout.cgroups;
    arena->pods = layout.pods;
    arena->index = layout.index;
    arena->order = layout.order;
    rp_index_clear(arena);
    arena->node.root = arena->node.pods_root = RP_INDEX_NONE;
    arena->node.allocatable_bytes = -1;
    arena->ladder.danger = RP_DANGER_NONE;
    rp_model_set_policy(arena, policy);
    return 0;
}

struct rp_cgroup *rp_cgroup_find(struct rp_arena *arena, rp_cgroup_id id)
{
    return rp_cgroup_at(arena, rp_index_find(arena, id));
}
