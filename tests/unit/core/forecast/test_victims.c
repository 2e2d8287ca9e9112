// SPDX-License-Identifier: Apache-2.0
/*
 * The kubelet's ranking for memory. Rows R1 to R13 are the cases of Kubernetes' eviction/helpers_test.go and
 * eviction_manager_test.go (v1.36), or follow from its source; expected is the order of evictions, ties in one group.
 */
#include "core/forecast/victims.h"
#include "unit/core/model/world.h"

#define MI(n)  ((int64_t)(n)*RP_MIB)
#define NONE   (-1)
#define PODS   8
#define LOW    (-1)
#define HIGH   1
#define SLICES "kubepods.slice/kubepods-pod"

struct pod_row {
    int32_t priority;
    int64_t request, working_set; /* NONE: no statistics */
    bool critical, finished;
};

static const char *uid_of(uint32_t i)
{
    static const char *const uids[PODS] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    return uids[i];
}

static rp_cgroup_id id_of(uint32_t i)
{
    return 100 + i;
}

/* Pods in the order of `first`: the table's order must not matter. */
static void make(struct world *world, const struct pod_row *rows, uint32_t n, uint32_t first)
{
    char path[RP_PATH_MAX];
    world_open(world, 32, PODS);
    world_born(world, ID_ROOT, 0, "");
    world_born(world, ID_PODS, ID_ROOT, "kubepods");
    for (uint32_t k = 0; k < n; k++) {
        const uint32_t i = (k + first) % n;
        if (rows[i].working_set == NONE)
            continue; /* pending: the kubelet knows it, and there is nothing to measure */
        rp_cut(path, sizeof(path), "kubepods/podX");
        path[sizeof("kubepods/pod") - 1] = uid_of(i)[0];
        world_born(world, id_of(i), ID_PODS, path);
        world_usage(world, id_of(i), rows[i].working_set + 10, 10);
    }
    for (uint32_t k = 0; k < n; k++) {
        const uint32_t i = (k + first) % n;
        struct rp_fact_pod *fact = world_fact(world, uid_of(i), rows[i].priority, rows[i].request);
        fact->critical = rows[i].critical;
        fact->finished = rows[i].finished;
    }
    world_commit(world, RP_LIST_PODS);
}

/* The order as text: "a bc d", a tie without a space between. */
static void order_of(struct world *world, uint32_t n, char *text)
{
    char *at = text;
    for (uint32_t rank = 1; rank <= n; rank++) {
        char *const group = at;
        for (uint32_t i = 0; i < n; i++) {
            const struct rp_pod *pod = world_pod(world, uid_of(i));
            if (pod && pod->rank == rank)
                *at++ = uid_of(i)[0];
        }
        if (at != group)
            *at++ = ' ';
    }
    *(at == text ? at : at - 1) = '\0';
}

static void ranks_as_the_kubelet_does(void **state)
{
    (void)state;
    static const struct {
        const char *about;
        struct pod_row pods[PODS];
        uint32_t n;
        const char *order, *victim;
    } rows[] = {
        {"R1 above its request goes before a lower priority",
         {{LOW, MI(200), MI(199), 0, 0}, {HIGH, MI(100), MI(101), 0, 0}},
         2,
         "b a",
         "b"},
        {"R2 by what is above the request; QoS plays no part",
         {{0, 0, MI(500), 0, 0},
          {0, 0, MI(300), 0, 0},
          {0, MI(100), MI(800), 0, 0},
          {0, MI(100), MI(300), 0, 0},
          {0, MI(1024), MI(800), 0, 0},
          {0, MI(1024), MI(200), 0, 0}},
         6,
         "c a b d e f",
         "c"},
        {"R3 all three steps",
         {{LOW, MI(100), MI(600), 0, 0},
          {LOW, MI(100), MI(150), 0, 0},
          {HIGH, MI(100), MI(600), 0, 0},
          {HIGH, MI(100), MI(150), 0, 0},
          {LOW, MI(600), MI(500), 0, 0},
          {LOW, MI(600), MI(100), 0, 0},
          {HIGH, MI(600), MI(500), 0, 0},
          {HIGH, MI(600), MI(100), 0, 0}},
         8,
         "a b c d e f g h",
         "a"},
        {"R5 by priority alone", {{1, 0, 0, 0, 0}, {-134, 0, 0, 0, 0}, {12534, 0, 0, 0, 0}}, 3, "b a c", "b"},
        {"exactly at the request is not above it",
         {{LOW, MI(100), MI(100), 0, 0}, {HIGH, MI(100), MI(100) + 1, 0, 0}},
         2,
         "b a",
         "b"},
        {"a BestEffort pod without any use is not above its request",
         {{0, 0, 0, 0, 0}, {HIGH, 0, 1, 0, 0}},
         2,
         "b a",
         "b"},
        {"R10 without statistics: a tie, but for the priority",
         {{0, 0, NONE, 0, 0}, {0, MI(500), NONE, 0, 0}, {LOW, 0, NONE, 0, 0}},
         3,
         "c ab",
         "c"},
        {"R11 without statistics goes before the worst that was measured",
         {{1000000, 0, NONE, 0, 0}, {LOW, 0, MI(5 * 1024), 0, 0}},
         2,
         "a b",
         "a"},
        {"R12 full ties are broken at random",
         {{0, MI(100), MI(200), 0, 0}, {0, MI(300), MI(400), 0, 0}, {0, 0, MI(100), 0, 0}, {0, 0, MI(99), 0, 0}},
         4,
         "abc d",
         "abc"},
        {"R13 a critical pod keeps its rank and is passed over",
         {{0, 0, MI(900), 1, 0}, {0, 0, MI(500), 0, 0}},
         2,
         "a b",
         "b"},
        {"finished pods are no candidates", {{0, 0, MI(900), 0, 1}, {0, 0, MI(500), 0, 0}}, 2, "b", "b"},
        {"extremes do not overflow",
         {{INT32_MIN, INT64_MAX, 0, 0, 0}, {INT32_MAX, 0, INT64_MAX - 10, 0, 0}},
         2,
         "b a",
         "b"},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++)
        for (uint32_t first = 0; first < rows[i].n; first++) {
            struct world world;
            char text[2 * PODS + 1];
            make(&world, rows[i].pods, rows[i].n, first);
            order_of(&world, rows[i].n, text);
            rp_expect_text(rows[i].about, text, rows[i].order);
            const struct rp_victims *victims = &world.arena->victims;
            assert_true(victims->n > 0);
            const struct rp_pod *pod = rp_pod_at(world.arena, victims->list[0].pod);
            assert_non_null(strstr(rows[i].victim, pod->uid));
            world_close(&world);
        }
}

static void configured_workloads_are_unknown_to_the_kubelet(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    world.policy.rules_n = 1;
    rp_contract_init(&world.policy.rules[0].contract);
    rp_cut(world.policy.rules[0].name, RP_NAME_MAX, "db");
    rp_cut(world.policy.rules[0].glob, RP_PATH_MAX, "system.slice");
    rp_model_set_policy(world.arena, &world.policy);
    world_born(&world, ID_ROOT, 0, "");
    world_born(&world, ID_SYSTEM, ID_ROOT, "system.slice");
    world_usage(&world, ID_SYSTEM, GIB, 0);
    assert_int_equal(world.arena->pods.live, 1);
    assert_int_equal(world.arena->victims.candidates, 0);
    assert_int_equal(world.arena->victims.n, 0);
    world_close(&world);
}

/* ---- two sets of numbers */

static void expect_victim(struct world *world, uint32_t i, const char *uid, bool stale_only)
{
    const struct rp_victims *victims = &world->arena->victims;
    assert_true(i < victims->n);
    rp_expect_text(uid, rp_pod_at(world->arena, victims->list[i].pod)->uid, uid);
    rp_expect_i64(uid, victims->list[i].stale_only, stale_only);
}

static void older_numbers_name_a_second_suspect(void **state)
{
    (void)state;
    static const struct pod_row pods[] = {
        {0, 0, MI(900), 0, 0},
        {0, 0, MI(500), 0, 0},
        {0, 0, MI(100), 0, 0},
        {0, 0, MI(2000), 1, 0},
    };
    struct world world;
    make(&world, pods, 4, 0);
    assert_int_equal(world.arena->victims.n, 3);
    assert_int_equal(world.arena->victims.candidates, 4);
    expect_victim(&world, 0, "a", false);
    assert_int_equal(world_pod(&world, "a")->rank_believed, 0);

    world_fact_stats(&world, "a", MI(100)); /* it grew since the kubelet looked */
    world_fact_stats(&world, "b", MI(400));
    world_fact_stats(&world, "c", MI(700)); /* and this one shrank */
    world_fact_stats(&world, "d", MI(2000));
    world_commit(&world, RP_LIST_STATS);
    const struct rp_victims *victims = &world.arena->victims;
    assert_int_equal(victims->n, 3);
    expect_victim(&world, 0, "a", false);
    expect_victim(&world, 1, "c", true);
    expect_victim(&world, 2, "b", false);
    assert_int_equal(victims->list[1].over_request, MI(700));
    assert_int_equal(victims->list[1].group, 0);
    assert_int_equal(world_pod(&world, "c")->rank_believed, 2);
    assert_int_equal(world_pod(&world, "c")->rank, 4);
    assert_int_equal(world_pod(&world, "d")->rank_believed, 1);

    /* A pod that the summary does not have at all is the kubelet's first. */
    world_fact_stats(&world, "a", MI(100));
    world_fact_stats(&world, "c", MI(700));
    world_fact_stats(&world, "d", MI(2000));
    world_commit(&world, RP_LIST_STATS);
    expect_victim(&world, 1, "b", true);
    world_close(&world);
}

static void agreement_marks_nobody(void **state)
{
    (void)state;
    static const struct pod_row pods[] = {{0, 0, MI(900), 0, 0}, {0, 0, MI(500), 0, 0}};
    struct world world;
    make(&world, pods, 2, 0);
    world_fact_stats(&world, "a", MI(800));
    world_fact_stats(&world, "b", MI(400));
    world_commit(&world, RP_LIST_STATS);
    assert_int_equal(world.arena->victims.n, 2);
    expect_victim(&world, 0, "a", false);
    expect_victim(&world, 1, "b", false);
    world_close(&world);
}

static void a_crowded_first_group_leaves_room_for_the_older_numbers(void **state)
{
    (void)state;
    struct world world;
    char uid[2] = "A";
    world_open(&world, 32, 32);
    world_born(&world, ID_ROOT, 0, "");
    world_born(&world, ID_PODS, ID_ROOT, "kubepods");
    for (uint32_t i = 0; i < 16; i++, uid[0]++)
        world_fact(&world, uid, 0, 0); /* all pending: all tie */
    world_born(&world, 100, ID_PODS, "kubepods/podz");
    world_usage(&world, 100, GIB, 0);
    world_fact(&world, "z", 0, 0);
    world_commit(&world, RP_LIST_PODS);
    assert_int_equal(world.arena->victims.n, RP_VICTIMS_MAX);
    uid[0] = 'A';
    for (uint32_t i = 0; i < 16; i++, uid[0]++)
        world_fact_stats(&world, uid, 5);
    world_fact_stats(&world, "z", 50);
    world_commit(&world, RP_LIST_STATS);
    assert_int_equal(world.arena->victims.n, RP_VICTIMS_MAX);
    expect_victim(&world, RP_VICTIMS_MAX - 1, "z", true);
    world_close(&world);
}

static void unknown_pods_make_the_set_a_guess(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    assert_false(rp_victims_sure(world.arena));
    world_commit(&world, RP_LIST_PODS);
    assert_true(rp_victims_sure(world.arena));
    world_tree(&world);
    assert_false(rp_victims_sure(world.arena));
    assert_int_equal(world.arena->victims.unknown, 3);
    world_fact(&world, UID_A, 0, 0);
    world_fact(&world, UID_B, 0, 0);
    world_fact(&world, UID_C, 0, 0);
    world_commit(&world, RP_LIST_PODS);
    assert_true(rp_victims_sure(world.arena));
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_as_the_kubelet_does),
        cmocka_unit_test(configured_workloads_are_unknown_to_the_kubelet),
        cmocka_unit_test(older_numbers_name_a_second_suspect),
        cmocka_unit_test(agreement_marks_nobody),
        cmocka_unit_test(a_crowded_first_group_leaves_room_for_the_older_numbers),
        cmocka_unit_test(unknown_pods_make_the_set_a_guess),
    };
    return RP_RUN(tests);
}
