// SPDX-License-Identifier: Apache-2.0
/*
 * The lowest free element is taken first, so `used` stays near the number of live ones and loops over a table stay
 * short. `hint` makes a run of births cost one pass over the table instead of one pass each.
 */
#include "core/model/table.h"

#include <string.h>

typedef bool *(*live_of)(struct rp_arena *arena, const struct rp_table *table, uint32_t i);

static bool *cgroup_live(struct rp_arena *arena, const struct rp_table *table, uint32_t i)
{
    return &((struct rp_cgroup *)rp_table_at(arena, table, i))->live;
}

static bool *pod_live(struct rp_arena *arena, const struct rp_table *table, uint32_t i)
{
    return &((struct rp_pod *)rp_table_at(arena, table, i))->live;
}

static uint32_t take(struct rp_arena *arena, struct rp_table *table, live_of live)
{
    if (table->live == table->capacity) {
        table->overflow++;
        return RP_INDEX_NONE;
    }
    uint32_t i = table->hint;
    while (i < table->used && *live(arena, table, i))
        i++;
    if (i == table->used)
        table->used++;
    memset(rp_table_at(arena, table, i), 0, table->stride);
    *live(arena, table, i) = true;
    table->live++;
    table->hint = i + 1;
    return i;
}

static void give(struct rp_arena *arena, struct rp_table *table, live_of live, uint32_t i)
{
    if (i >= table->used || !*live(arena, table, i))
        return;
    *live(arena, table, i) = false;
    table->live--;
    if (i < table->hint)
        table->hint = i;
    while (table->used > 0 && !*live(arena, table, table->used - 1))
        table->used--;
    if (table->hint > table->used)
        table->hint = table->used;
}

uint32_t rp_cgroup_take(struct rp_arena *arena)
{
    return take(arena, &arena->cgroups, cgroup_live);
}

uint32_t rp_pod_take(struct rp_arena *arena)
{
    return take(arena, &arena->pods, pod_live);
}

void rp_cgroup_give(struct rp_arena *arena, uint32_t cgroup)
{
    give(arena, &arena->cgroups, cgroup_live, cgroup);
}

void rp_pod_give(struct rp_arena *arena, uint32_t pod)
{
    give(arena, &arena->pods, pod_live, pod);
}
