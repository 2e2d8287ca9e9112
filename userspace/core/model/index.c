// SPDX-License-Identifier: Apache-2.0
#include "core/model/index.h"

#include "core/model/table.h"

#include <string.h>

static uint32_t *slots_of(struct rp_arena *arena)
{
    return rp_table_at(arena, &arena->index, 0);
}

/* Inode numbers come in runs; multiplying by 2^64 / phi spreads runs evenly over the upper bits. */
static uint32_t home_of(const struct rp_arena *arena, rp_cgroup_id id)
{
    return (uint32_t)((id * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (arena->index.capacity - 1);
}

static uint32_t next(const struct rp_arena *arena, uint32_t slot)
{
    return (slot + 1) & (arena->index.capacity - 1);
}

static rp_cgroup_id id_in(struct rp_arena *arena, uint32_t slot)
{
    const struct rp_cgroup *cgroup = rp_cgroup_at(arena, slots_of(arena)[slot]);
    return cgroup ? cgroup->id : RP_CGROUP_NONE;
}

uint32_t rp_index_capacity(uint32_t cgroups_max)
{
    uint32_t capacity = 8;
    while (capacity / 2 < cgroups_max)
        capacity *= 2;
    return capacity;
}

void rp_index_clear(struct rp_arena *arena)
{
    memset(slots_of(arena), 0xff, (size_t)arena->index.stride * arena->index.capacity); /* RP_INDEX_NONE */
    arena->index.used = arena->index.capacity;
    arena->index.live = 0;
}

/* The slot that holds the id, or the free one where the search for it ends. */
static uint32_t seek(struct rp_arena *arena, rp_cgroup_id id)
{
    const uint32_t *slots = slots_of(arena);
    uint32_t slot = home_of(arena, id);
    while (slots[slot] != RP_INDEX_NONE && id_in(arena, slot) != id)
        slot = next(arena, slot);
    return slot;
}

uint32_t rp_index_find(struct rp_arena *arena, rp_cgroup_id id)
{
    return id == RP_CGROUP_NONE ? RP_INDEX_NONE : slots_of(arena)[seek(arena, id)];
}

void rp_index_add(struct rp_arena *arena, uint32_t cgroup)
{
    slots_of(arena)[seek(arena, rp_cgroup_in(arena, cgroup)->id)] = cgroup;
    arena->index.live++;
}

/* May the entry whose home is `home` move from `from` to the hole? Only if the hole lies on its way. */
static bool may_move(uint32_t home, uint32_t hole, uint32_t from)
{
    return hole <= from ? home <= hole || home > from : home <= hole && home > from;
}

void rp_index_remove(struct rp_arena *arena, rp_cgroup_id id)
{
    uint32_t *slots = slots_of(arena);
    uint32_t hole = seek(arena, id);
    if (slots[hole] == RP_INDEX_NONE)
        return;
    for (uint32_t from = next(arena, hole); slots[from] != RP_INDEX_NONE; from = next(arena, from)) {
        if (!may_move(home_of(arena, id_in(arena, from)), hole, from))
            continue;
        slots[hole] = slots[from];
        hole = from;
    }
    slots[hole] = RP_INDEX_NONE;
    arena->index.live--;
}
