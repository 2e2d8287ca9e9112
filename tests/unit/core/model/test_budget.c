// SPDX-License-Identifier: Apache-2.0
/* The bound on protection: who gets it first, what happens at the bound, and that it follows every change. */
#include "core/model/budget.h"
#include "unit/core/model/world.h"

static struct rp_fact_pod *wants(struct world *world, const char *uid, uint32_t value, int64_t request_bytes,
                                 int64_t start_unix_s)
{
    struct rp_fact_pod *fact = world_fact(world, uid, 0, request_bytes);
    fact->contract.set = RP_CONTRACT_PROTECT | RP_CONTRACT_VALUE;
    fact->contract.protect = true;
    fact->contract.value = (uint16_t)value;
    fact->start_unix_s = start_unix_s;
    return fact;
}

static void open_with_limit(struct world *world, uint32_t permille, int64_t limit_bytes)
{
    world_open(world, 16, 8);
    rp_cut(world->policy.allowed_namespaces[0], RP_NS_MAX, "*");
    world->policy.allowed_namespaces_n = 1;
    world->policy.protected_budget_permille = permille;
    rp_model_set_policy(world->arena, &world->policy);
    world_tree(world);
    const struct rp_cgroup_reading pods = {.id = ID_PODS,
                                           .t_ns = world->t_ns,
                                           .known = RP_CG_USAGE | RP_CG_INACTIVE_FILE | RP_CG_MAX,
                                           .max_bytes = (uint64_t)limit_bytes};
    world_reads(world, &pods, 1);
}

static void expect(struct world *world, const char *uid, bool protected_, bool over)
{
    const struct rp_pod *pod = world_pod(world, uid);
    assert_non_null(pod);
    rp_expect_i64(uid, pod->protected_, protected_);
    rp_expect_i64(uid, pod->over_budget, over);
}

static void highest_value_first_then_longest_running(void **state)
{
    (void)state;
    struct world world;
    open_with_limit(&world, 600, 10 * GIB);
    wants(&world, UID_A, 500, 3 * GIB, 200);
    wants(&world, UID_B, 500, 3 * GIB, 100);
    wants(&world, UID_C, 900, 3 * GIB, 300);
    world_commit(&world, RP_LIST_PODS);
    expect(&world, UID_A, false, true);
    expect(&world, UID_B, true, false);
    expect(&world, UID_C, true, false);
    world_close(&world);
}

static void what_still_fits_is_protected(void **state)
{
    (void)state;
    struct world world;
    open_with_limit(&world, 600, 10 * GIB);
    wants(&world, UID_A, 900, 5 * GIB, 1);
    wants(&world, UID_B, 800, 2 * GIB, 1);
    wants(&world, UID_C, 700, GIB, 1);
    world_commit(&world, RP_LIST_PODS);
    expect(&world, UID_A, true, false);
    expect(&world, UID_B, false, true);
    expect(&world, UID_C, true, false); /* exactly at the bound */
    world_close(&world);
}

static void it_follows_limit_policy_and_deaths(void **state)
{
    (void)state;
    struct world world;
    open_with_limit(&world, 600, 5 * GIB);
    wants(&world, UID_A, 900, 3 * GIB, 1);
    wants(&world, UID_B, 800, 3 * GIB, 1);
    world_commit(&world, RP_LIST_PODS);
    expect(&world, UID_B, false, true);
    const uint64_t logged = world.arena->log_n;
    assert_int_equal(world.arena->log[logged - 1].kind, RP_LOG_PODS);
    assert_int_equal(world.arena->log[logged - 1].a, 3);

    wants(&world, UID_A, 900, 3 * GIB, 1);
    wants(&world, UID_B, 800, 3 * GIB, 1);
    world_commit(&world, RP_LIST_PODS);
    assert_int_equal(world.arena->log_n, logged); /* said once */

    world.policy.protected_budget_permille = 0;
    rp_model_set_policy(world.arena, &world.policy);
    expect(&world, UID_A, false, true);
    world.policy.protected_budget_permille = 600;
    rp_model_set_policy(world.arena, &world.policy);
    expect(&world, UID_A, true, false);

    const struct rp_cgroup_reading pods = {
        .id = ID_PODS, .t_ns = world.t_ns + 1, .known = RP_CG_MAX, .max_bytes = 10 * (uint64_t)GIB};
    world_reads(&world, &pods, 1);
    expect(&world, UID_B, true, false);
    const struct rp_cgroup_reading less = {
        .id = ID_PODS, .t_ns = world.t_ns + 2, .known = RP_CG_MAX, .max_bytes = 5 * (uint64_t)GIB};
    world_reads(&world, &less, 1);
    expect(&world, UID_B, false, true);
    world_died(&world, ID_A_CONTAINER);
    world_died(&world, ID_A);
    expect(&world, UID_B, true, false);
    world_close(&world);
}

static void the_order_of_the_table_decides_nothing(void **state)
{
    (void)state;
    for (int turn = 0; turn < 2; turn++) {
        struct world world;
        open_with_limit(&world, 600, 5 * GIB);
        wants(&world, turn ? UID_B : UID_A, 500, 3 * GIB, 7);
        wants(&world, turn ? UID_A : UID_B, 500, 3 * GIB, 7);
        world_commit(&world, RP_LIST_PODS);
        expect(&world, UID_A, true, false);
        expect(&world, UID_B, false, true);
        world_close(&world);
    }
}

static void without_a_pods_root_the_machine_counts(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    assert_int_equal(world.arena->node.allocatable_bytes, -1);
    world_node(&world, 7 * GIB, 3 * GIB);
    assert_int_equal(world.arena->node.allocatable_bytes, 7 * GIB);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(highest_value_first_then_longest_running),
        cmocka_unit_test(what_still_fits_is_protected),
        cmocka_unit_test(it_follows_limit_policy_and_deaths),
        cmocka_unit_test(the_order_of_the_table_decides_nothing),
        cmocka_unit_test(without_a_pods_root_the_machine_counts),
    };
    return RP_RUN(tests);
}
