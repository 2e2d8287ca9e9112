// SPDX-License-Identifier: Apache-2.0
/* Whom the kernel would choose: points, bounds, walls, and what dies. */
#include "wall.h"

#define MIB RP_MIB

/* Adds pods and their facts; ids are those of the containers. */
static void make(struct wall_world *w, const struct wall_pod *pods, uint32_t n, rp_cgroup_id *ids)
{
    wall_open(w);
    for (uint32_t i = 0; i < n; i++)
        ids[i] = wall_pod(w, &pods[i]);
    wall_facts(w);
}

static void points_are_memory_and_a_thousandth_of_the_wall_for_each_adj(void **state)
{
    (void)state;
    struct wall_world w;
    rp_cgroup_id ids[1];
    make(&w, &(struct wall_pod){RP_QOS_BURSTABLE, 0, 500, 100, 1}, 1, ids);
    const struct rp_oom_victims v = wall_victims(&w, 0);
    /* 8 GiB are 2097152 pages, and a thousandth of them is cut to 2097 */
    assert_int_equal(v.n, 1);
    assert_int_equal(v.total_bytes, WALL_TOTAL);
    assert_int_equal(v.list[0].adj, 999);
    assert_int_equal(v.list[0].points, 400 * MIB + INT64_C(999) * 2097 * 4096);
    assert_int_equal(v.list[0].bytes, 400 * MIB);
    w.world.arena->agent.page_bytes = 65536; /* 131072 pages: 131 */
    assert_int_equal(wall_victims(&w, 0).list[0].points, 400 * MIB + INT64_C(999) * 131 * 65536);
    world_close(&w.world);
}

static void classes_and_requests_decide_before_size(void **state)
{
    (void)state;
    static const struct wall_pod pods[] = {
        {RP_QOS_GUARANTEED, 4096, 4000, 0, 1}, /* -997 */
        {RP_QOS_BURSTABLE, 4096, 3000, 0, 1},  /* 500: 3000 + 4096 */
        {RP_QOS_BEST_EFFORT, 0, 100, 0, 1},    /* 1000: 8292 */
        {RP_QOS_BURSTABLE, 0, 300, 0, 1},      /* 999: 8484 */
    };
    struct wall_world w;
    rp_cgroup_id ids[4];
    make(&w, pods, 4, ids);
    const struct rp_oom_victims v = wall_victims(&w, 0);
    assert_int_equal(v.n, 4);
    assert_int_equal(wall_at(&w, &v, 0), ids[3]);
    assert_int_equal(wall_at(&w, &v, 1), ids[2]);
    assert_int_equal(wall_at(&w, &v, 2), ids[1]);
    assert_int_equal(wall_at(&w, &v, 3), ids[0]);
    assert_int_equal(v.first_n, 1);
    for (uint32_t i = 0; i < 4; i++) {
        rp_expect_u64("groups", v.list[i].group, i + 1);
        rp_expect_u64("evidence", v.list[i].evidence, RP_OOM_COMPUTED);
    }
    world_close(&w.world);
}

static void who_cannot_be_told_apart_is_one_group(void **state)
{
    (void)state;
    static const struct wall_pod pods[] = {
        {RP_QOS_BURSTABLE, 0, 500, 0, 1}, {RP_QOS_BURSTABLE, 0, 503, 0, 1}, {RP_QOS_BURSTABLE, 0, 100, 0, 1}};
    struct wall_world w;
    rp_cgroup_id ids[3];
    make(&w, pods, 3, ids);
    const struct rp_oom_victims v = wall_victims(&w, 0);
    assert_int_equal(v.first_n, 2);
    assert_int_equal(wall_at(&w, &v, 0), ids[1]);
    assert_int_equal(v.list[0].group, 1);
    assert_int_equal(v.list[1].group, 1);
    assert_int_equal(v.list[2].group, 3);
    world_close(&w.world);
}

/* Of many tasks the largest process may be small: without a look nobody knows, with one everybody does. */
static void a_look_at_the_processes_tells(void **state)
{
    (void)state;
    static const struct wall_pod pods[] = {{RP_QOS_BURSTABLE, 0, 600, 0, 20}, {RP_QOS_BURSTABLE, 0, 300, 0, 1}};
    struct wall_world w;
    rp_cgroup_id ids[2];
    make(&w, pods, 2, ids);
    assert_int_equal(wall_victims(&w, 0).first_n, 2);
    wall_looks(&w, ids[0], 600, 40, 999);
    wall_looks(&w, ids[1], 300, 290, 999);
    struct rp_oom_victims v = wall_victims(&w, 0);
    assert_int_equal(v.first_n, 1);
    assert_int_equal(wall_at(&w, &v, 0), ids[1]);
    assert_int_equal(v.list[0].evidence, RP_OOM_WEIGHED);
    assert_int_equal(v.list[1].bytes, 40 * MIB);
    /* What it gained since may be that process', or any other's. */
    wall_usage(&w, ids[0], 900, 0);
    v = wall_victims(&w, 0);
    assert_int_equal(wall_at(&w, &v, 0), ids[0]);
    assert_int_equal(v.list[0].bytes, 340 * MIB);
    assert_int_equal(v.first_n, 2);
    /* And what it lost as well. */
    wall_usage(&w, ids[0], 560, 0);
    v = wall_victims(&w, 0);
    assert_int_equal(v.list[1].bytes, 0);
    assert_true(v.list[1].points_high >= v.list[1].points + 40 * MIB);
    world_close(&w.world);
}

static void what_processes_show_is_believed_before_what_the_kubelet_should_have_set(void **state)
{
    (void)state;
    static const struct wall_pod pods[] = {{RP_QOS_GUARANTEED, 100, 200, 0, 1}, {RP_QOS_BURSTABLE, 0, 300, 0, 1}};
    struct wall_world w;
    rp_cgroup_id ids[2];
    make(&w, pods, 2, ids);
    wall_looks(&w, ids[0], 200, 190, 1000);
    wall_looks(&w, ids[1], 300, 290, -1000);
    const struct rp_oom_victims v = wall_victims(&w, 0);
    assert_int_equal(v.n, 1);
    assert_int_equal(v.exempt, 1);
    assert_int_equal(wall_at(&w, &v, 0), ids[0]);
    assert_int_equal(v.list[0].adj, 1000);
    w.world.arena->t_ns += 3600 * RP_NS_PER_S; /* long ago */
    assert_int_equal(wall_victims(&w, 0).n, 2);
    world_close(&w.world);
}

static void our_own_shields_count(void **state)
{
    (void)state;
    static const struct wall_pod pods[] = {{RP_QOS_BURSTABLE, 0, 500, 0, 1}, {RP_QOS_BURSTABLE, 4096, 300, 0, 1}};
    struct wall_world w;
    rp_cgroup_id ids[2];
    make(&w, pods, 2, ids);
    wall_looks(&w, ids[0], 500, 500, 999);
    struct rp_oom_victims v = wall_victims(&w, 0);
    assert_int_equal(wall_at(&w, &v, 0), ids[0]);
    struct rp_pod *pod = rp_pod_at(w.world.arena, world_cgroup(&w.world, ids[0])->pod);
    pod->brakes[2] = (struct rp_brake){
        .kind = RP_ACTION_SHIELD, .state = RP_OUTCOME_DONE, .value = -998, .since_ns = w.world.t_ns + RP_NS_PER_S};
    v = wall_victims(&w, 0);
    assert_int_equal(wall_at(&w, &v, 0), ids[1]);
    assert_int_equal(v.list[1].adj, -998);
    /* Only imagined, or undone: what a look under the shield had shown is not true any more. */
    w.world.t_ns += 2 * RP_NS_PER_S;
    wall_looks(&w, ids[0], 500, 500, -998);
    pod->brakes[2].state = RP_OUTCOME_UNDONE;
    v = wall_victims(&w, 0);
    assert_int_equal(wall_at(&w, &v, 0), ids[0]);
    assert_int_equal(v.list[0].adj, 999);
    world_close(&w.world);
}

static void the_sandbox_is_no_container(void **state)
{
    (void)state;
    struct wall_world w;
    rp_cgroup_id ids[1];
    make(&w, &(struct wall_pod){RP_QOS_BEST_EFFORT, 0, 100, 0, 1}, 1, ids);
    const struct rp_cgroup *leaf = world_cgroup(&w.world, ids[0]);
    char path[RP_PATH_MAX];
    assert_int_equal(rp_copy(path, sizeof(path), leaf->path), 0);
    memset(strstr(path, "containerd-") + 11, 'f', 64);
    world_born(&w.world, 77, ids[0] - 1, path);
    wall_usage(&w, 77, 1, 0);
    const struct rp_oom_victims v = wall_victims(&w, 0);
    assert_int_equal(v.n, 2);
    assert_int_equal(wall_at(&w, &v, 1), 77);
    assert_int_equal(v.list[1].adj, -998);
    world_close(&w.world);
}

static void what_is_not_known_widens_the_bounds(void **state)
{
    (void)state;
    static const struct wall_pod pods[] = {{RP_QOS_BURSTABLE, -1, 300, 0, 1}, {RP_QOS_BURSTABLE, 4096, 2000, 0, 1}};
    struct wall_world w;
    rp_cgroup_id ids[2];
    wall_open(&w);
    for (uint32_t i = 0; i < 2; i++)
        ids[i] = wall_pod(&w, &pods[i]);
    struct rp_oom_victims v = wall_victims(&w, 0); /* no facts at all: Burstable may be 3 to 999 */
    assert_int_equal(v.guessed, 2);
    assert_int_equal(v.first_n, 2);
    wall_facts(&w);
    v = wall_victims(&w, 0); /* its container is not told */
    assert_int_equal(v.guessed, 1);
    assert_int_equal(wall_at(&w, &v, 0), ids[1]);
    world_close(&w.world);
}

static void services_die_only_at_the_nodes_wall(void **state)
{
    (void)state;
    struct wall_world w;
    rp_cgroup_id ids[1];
    make(&w, &(struct wall_pod){RP_QOS_GUARANTEED, 100, 100, 0, 1}, 1, ids);
    world_born(&w.world, 50, ID_SYSTEM, "system.slice/big.service");
    wall_usage(&w, 50, 2000, 0);
    wall_limit(&w, ID_PODS, 4096, false);
    const struct rp_oom_victims node = wall_victims(&w, 0), pods = wall_victims(&w, ID_PODS);
    assert_int_equal(wall_at(&w, &node, 0), 50);
    assert_int_equal(node.list[0].pod, RP_INDEX_NONE);
    assert_int_equal(node.list[0].evidence, RP_OOM_GUESSED);
    assert_int_equal(pods.n, 1);
    assert_int_equal(pods.total_bytes, 4 * GIB);
    assert_int_equal(wall_at(&w, &pods, 0), ids[0]);
    world_close(&w.world);
}

static void without_a_limit_there_is_no_wall(void **state)
{
    (void)state;
    struct wall_world w;
    rp_cgroup_id ids[1];
    make(&w, &(struct wall_pod){RP_QOS_BURSTABLE, 0, 100, 0, 1}, 1, ids);
    assert_int_equal(wall_victims(&w, ID_PODS).n, 0);
    wall_limit(&w, ID_PODS, -1, false);
    assert_int_equal(wall_victims(&w, ID_PODS).total_bytes, 0);
    assert_int_equal(wall_victims(&w, ID_PODS).n, 0);
    world_close(&w.world);
}

static void the_highest_group_inside_the_wall_dies(void **state)
{
    (void)state;
    struct wall_world w;
    rp_cgroup_id ids[1];
    make(&w, &(struct wall_pod){RP_QOS_BURSTABLE, 0, 100, 0, 1}, 1, ids);
    wall_usage(&w, ids[0] - 1, 150, 0);
    assert_int_equal(wall_victims(&w, 0).list[0].dies, RP_OOM_DIES_UNKNOWN);
    wall_limit(&w, ids[0], 200, false);
    assert_int_equal(wall_victims(&w, 0).list[0].dies, RP_OOM_DIES_PROCESS);
    assert_int_equal(wall_victims(&w, 0).list[0].frees_bytes, 100 * MIB);
    wall_limit(&w, ids[0], 200, true);
    assert_int_equal(wall_victims(&w, 0).list[0].dies, RP_OOM_DIES_GROUP);
    wall_limit(&w, ids[0] - 1, -1, true); /* the pod's */
    assert_int_equal(wall_victims(&w, 0).list[0].frees_bytes, 150 * MIB);
    assert_int_equal(wall_victims(&w, ids[0]).list[0].frees_bytes, 100 * MIB); /* its own limit: nothing above it */
    world_close(&w.world);
}

static void the_list_holds_the_first_and_counts_all(void **state)
{
    (void)state;
    struct wall_world w;
    wall_open(&w);
    for (int64_t i = 0; i < 12; i++)
        (void)wall_pod(&w, &(struct wall_pod){RP_QOS_BURSTABLE, 0, 100 + 50 * (i * 7 % 12), 0, 1});
    wall_facts(&w);
    const struct rp_oom_victims v = wall_victims(&w, 0);
    assert_int_equal(v.candidates, 12);
    assert_int_equal(v.n, RP_VICTIMS_MAX);
    for (uint32_t i = 0; i < v.n; i++) {
        uint32_t among = 0;
        assert_int_equal(v.list[i].bytes, (650 - 50 * (int64_t)i) * MIB);
        assert_int_equal(rp_oom_rank(w.world.arena, RP_INDEX_NONE, v.list[i].cgroup, &among), i + 1);
        assert_int_equal(among, i < 4 ? 4 : 0); /* nobody has looked: three quarters of 650 MiB are sure */
    }
    world_close(&w.world);
}

static void who_was_chosen_is_no_candidate_until_it_is_read_again(void **state)
{
    (void)state;
    static const struct wall_pod pods[] = {{RP_QOS_BURSTABLE, 0, 500, 0, 1}, {RP_QOS_BURSTABLE, 0, 300, 0, 1}};
    struct wall_world w;
    rp_cgroup_id ids[2];
    make(&w, pods, 2, ids);
    world_cgroup(&w.world, ids[0])->chosen_ns = w.world.t_ns + 1;
    struct rp_oom_victims v = wall_victims(&w, 0);
    assert_int_equal(v.n, 1);
    assert_int_equal(wall_at(&w, &v, 0), ids[1]);
    wall_usage(&w, ids[0], 400, 0);
    v = wall_victims(&w, 0);
    assert_int_equal(wall_at(&w, &v, 0), ids[0]);
    wall_limit(&w, ids[0], 1000, true); /* all of it was killed, and may take its time to die */
    v = wall_victims(&w, 0);
    assert_int_equal(v.n, 1);
    assert_int_equal(wall_at(&w, &v, 0), ids[1]);
    w.world.t_ns += 60 * RP_NS_PER_S;
    wall_usage(&w, ids[0], 400, 0);
    v = wall_victims(&w, 0);
    assert_int_equal(wall_at(&w, &v, 0), ids[0]);
    world_close(&w.world);
}

static void nobody_without_processes(void **state)
{
    (void)state;
    struct wall_world w;
    rp_cgroup_id ids[1];
    make(&w, &(struct wall_pod){RP_QOS_BURSTABLE, 0, 100, 0, 1}, 1, ids);
    wall_reads(&w, ids[0], (struct rp_cgroup_reading){.known = RP_CG_PIDS, .pids = 0});
    assert_int_equal(wall_victims(&w, 0).n, 0);
    world_close(&w.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_are_memory_and_a_thousandth_of_the_wall_for_each_adj),
        cmocka_unit_test(classes_and_requests_decide_before_size),
        cmocka_unit_test(who_cannot_be_told_apart_is_one_group),
        cmocka_unit_test(a_look_at_the_processes_tells),
        cmocka_unit_test(what_processes_show_is_believed_before_what_the_kubelet_should_have_set),
        cmocka_unit_test(our_own_shields_count),
        cmocka_unit_test(the_sandbox_is_no_container),
        cmocka_unit_test(what_is_not_known_widens_the_bounds),
        cmocka_unit_test(services_die_only_at_the_nodes_wall),
        cmocka_unit_test(without_a_limit_there_is_no_wall),
        cmocka_unit_test(the_highest_group_inside_the_wall_dies),
        cmocka_unit_test(the_list_holds_the_first_and_counts_all),
        cmocka_unit_test(who_was_chosen_is_no_candidate_until_it_is_read_again),
        cmocka_unit_test(nobody_without_processes),
    };
    return RP_RUN(tests);
}
