// SPDX-License-Identifier: Apache-2.0
/* The index against a plain list, through collisions, removals in every order and full use of its room. */
#include "core/model/index.h"
#include "core/model/table.h"
#include "unit/core/model/world.h"

static uint32_t put(struct world *world, rp_cgroup_id id)
{
    const uint32_t i = rp_cgroup_take(world->arena);
    rp_cgroup_at(world->arena, i)->id = id;
    rp_index_add(world->arena, i);
    return i;
}

static void take_away(struct world *world, rp_cgroup_id id)
{
    const uint32_t i = rp_index_find(world->arena, id);
    rp_index_remove(world->arena, id);
    rp_cgroup_give(world->arena, i);
}

static void finds_what_was_added_and_nothing_else(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 1);
    for (rp_cgroup_id id = 100; id < 116; id++)
        put(&world, id);
    for (rp_cgroup_id id = 0; id < 300; id++)
        assert_int_equal(rp_index_find(world.arena, id) != RP_INDEX_NONE, id >= 100 && id < 116);
    assert_int_equal(rp_index_find(world.arena, RP_CGROUP_NONE), RP_INDEX_NONE);
    free(world.arena);
}

static void capacity_leaves_half_free(void **state)
{
    (void)state;
    assert_int_equal(rp_index_capacity(0), 8);
    assert_int_equal(rp_index_capacity(4), 8);
    assert_int_equal(rp_index_capacity(5), 16);
    assert_int_equal(rp_index_capacity(2048), 4096);
    assert_int_equal(rp_index_capacity(2049), 8192);
}

/* A table this small is always crowded: every removal has neighbours to move. */
static void agrees_with_a_list_through_churn(void **state)
{
    (void)state;
    enum { IDS = 64 };
    struct world world;
    bool there[IDS] = {false};
    uint64_t seed = 42;
    uint32_t live = 0;
    world_open(&world, 8, 1);
    for (int round = 0; round < 20000; round++) {
        const uint32_t k = (uint32_t)(world_random(&seed) % IDS);
        const rp_cgroup_id id = 1 + k * UINT64_C(0x100000001);
        if (there[k]) {
            take_away(&world, id);
            there[k] = false;
            live--;
        } else if (live < 8) {
            put(&world, id);
            there[k] = true;
            live++;
        }
        for (uint32_t j = 0; j < IDS; j++) {
            const struct rp_cgroup *found = rp_cgroup_find(world.arena, 1 + j * UINT64_C(0x100000001));
            assert_int_equal(found != NULL, there[j]);
        }
        assert_int_equal(world.arena->index.live, live);
    }
    rp_index_remove(world.arena, 999999); /* nothing there: nothing happens */
    assert_int_equal(world.arena->index.live, live);
    free(world.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_added_and_nothing_else),
        cmocka_unit_test(capacity_leaves_half_free),
        cmocka_unit_test(agrees_with_a_list_through_churn),
    };
    return RP_RUN(tests);
}
