// SPDX-License-Identifier: Apache-2.0
/* The tree: what each cgroup is, whose it is, and what is left after deaths in any order. */
#include "core/model/cgroups.h"
#include "unit/core/model/world.h"

static void expect_kind(struct world *world, rp_cgroup_id id, enum rp_cgroup_kind kind)
{
    const struct rp_cgroup *cgroup = world_cgroup(world, id);
    assert_non_null(cgroup);
    rp_expect_i64(cgroup->path, cgroup->kind, kind);
}

static void both_drivers_and_runtimes(void **state)
{
    (void)state;
    static const struct {
        rp_cgroup_id id, parent;
        const char *path;
        enum rp_cgroup_kind kind;
        const char *uid;
    } rows[] = {
        {1, 0, "", RP_CGROUP_ROOT, NULL},
        {2, 1, "system.slice", RP_CGROUP_SYSTEM, NULL},
        {3, 1, "kubepods", RP_CGROUP_PODS_ROOT, NULL},
        {4, 3, "kubepods/burstable", RP_CGROUP_QOS, NULL},
        {5, 4, "kubepods/burstable/pod" UID_A, RP_CGROUP_POD, UID_A},
        {6, 5, "kubepods/burstable/pod" UID_A "/" CONTAINER_ID, RP_CGROUP_CONTAINER, UID_A},
        {7, 6, "kubepods/burstable/pod" UID_A "/" CONTAINER_ID "/container", RP_CGROUP_INSIDE, UID_A},
        {8, 3, "kubepods/pod" UID_B, RP_CGROUP_POD, UID_B},
        {9, 8, "kubepods/pod" UID_B "/crio-" CONTAINER_ID, RP_CGROUP_CONTAINER, UID_B},
        {10, 3, "kubepods/besteffort", RP_CGROUP_QOS, NULL},
        {11, 10, "kubepods/besteffort/pod" UID_STATIC, RP_CGROUP_POD, UID_STATIC},
    };
    struct world world;
    world_open(&world, 32, 8);
    for (size_t i = 0; i < RP_ROWS(rows); i++)
        world_born(&world, rows[i].id, rows[i].parent, rows[i].path);
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        const struct rp_cgroup *cgroup = world_cgroup(&world, rows[i].id);
        expect_kind(&world, rows[i].id, rows[i].kind);
        const struct rp_pod *pod = rp_pod_at(world.arena, cgroup->pod);
        assert_int_equal(pod != NULL, rows[i].uid != NULL);
        if (pod)
            rp_expect_text(rows[i].path, pod->uid, rows[i].uid);
    }
    assert_int_equal(world.arena->pods.live, 3);
    world_close(&world);
}

static void systemd_tree_belongs_together(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    world_tree(&world);
    const struct rp_pod *pod = world_pod(&world, UID_A);
    assert_non_null(pod);
    assert_false(pod->has_facts);
    assert_int_equal(pod->value, 1000); /* unknown: never expendable */
    assert_ptr_equal(rp_cgroup_at(world.arena, pod->cgroup), world_cgroup(&world, ID_A));
    assert_int_equal(world_cgroup(&world, ID_A_CONTAINER)->pod, world_cgroup(&world, ID_A)->pod);
    assert_int_equal(world_cgroup(&world, ID_A_CONTAINER)->level, 4);
    assert_ptr_equal(rp_cgroup_at(world.arena, world.arena->node.pods_root), world_cgroup(&world, ID_PODS));
    assert_ptr_equal(rp_cgroup_at(world.arena, world.arena->node.root), world_cgroup(&world, ID_ROOT));
    world_close(&world);
}

/* A tenant's container or a service may name a cgroup "kubepods" before or after the kubelet's own is seen. */
static void the_pods_root_nearest_to_the_root_wins(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 32, 8);
    world_born(&world, 1, 0, "");
    world_born(&world, 2, 1, "docker");
    world_born(&world, 3, 2, "docker/kind");
    world_born(&world, 4, 3, "docker/kind/kubepods");
    world_born(&world, 5, 4, "docker/kind/kubepods/pod" UID_A);
    expect_kind(&world, 2, RP_CGROUP_OTHER);
    expect_kind(&world, 4, RP_CGROUP_PODS_ROOT);
    expect_kind(&world, 5, RP_CGROUP_POD);

    world_born(&world, 6, 1, "kubepods");
    world_born(&world, 7, 6, "kubepods/pod" UID_B);
    expect_kind(&world, 6, RP_CGROUP_PODS_ROOT);
    expect_kind(&world, 7, RP_CGROUP_POD);
    expect_kind(&world, 4, RP_CGROUP_SYSTEM);
    expect_kind(&world, 5, RP_CGROUP_SYSTEM);
    assert_null(world_pod(&world, UID_A));
    assert_non_null(world_pod(&world, UID_B));

    world_died(&world, 7);
    world_died(&world, 6);
    expect_kind(&world, 4, RP_CGROUP_PODS_ROOT);
    assert_non_null(world_pod(&world, UID_A));
    world_close(&world);
}

static void a_configured_pods_root_is_the_only_one(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 32, 8);
    rp_cut(world.policy.pods_root, sizeof(world.policy.pods_root), "docker/kind/kubepods");
    rp_model_set_policy(world.arena, &world.policy);
    world_born(&world, 1, 0, "");
    world_born(&world, 2, 1, "kubepods");
    world_born(&world, 3, 2, "kubepods/pod" UID_B);
    world_born(&world, 4, 1, "docker");
    world_born(&world, 5, 4, "docker/kind");
    world_born(&world, 6, 5, "docker/kind/kubepods");
    world_born(&world, 7, 6, "docker/kind/kubepods/pod" UID_A);
    expect_kind(&world, 3, RP_CGROUP_SYSTEM);
    expect_kind(&world, 7, RP_CGROUP_POD);
    world.policy.pods_root[0] = '\0';
    rp_model_set_policy(world.arena, &world.policy);
    expect_kind(&world, 3, RP_CGROUP_POD);
    expect_kind(&world, 7, RP_CGROUP_SYSTEM);
    world_close(&world);
}

static void add_rule(struct world *world, const char *name, const char *glob)
{
    struct rp_rule *rule = &world->policy.rules[world->policy.rules_n++];
    rp_contract_init(&rule->contract);
    rp_cut(rule->name, sizeof(rule->name), name);
    rp_cut(rule->glob, sizeof(rule->glob), glob);
    rp_model_set_policy(world->arena, &world->policy);
}

static void rules_make_workloads_outside_of_kubernetes(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 32, 8);
    add_rule(&world, "jobs", "jobs/job-*");
    world_born(&world, 1, 0, "");
    world_born(&world, 2, 1, "jobs");
    world_born(&world, 3, 2, "jobs/job-7");
    world_born(&world, 4, 3, "jobs/job-7/worker");
    world_born(&world, 5, 4, "jobs/job-7/worker/job-8");
    expect_kind(&world, 2, RP_CGROUP_SYSTEM);
    expect_kind(&world, 3, RP_CGROUP_POD);
    expect_kind(&world, 4, RP_CGROUP_INSIDE);
    const struct rp_pod *pod = rp_pod_at(world.arena, world_cgroup(&world, 3)->pod);
    assert_non_null(pod);
    assert_true(pod->from_rule);
    assert_string_equal(pod->name, "jobs");
    assert_int_equal(pod->value, 100);
    assert_int_equal(world_cgroup(&world, 5)->pod, world_cgroup(&world, 3)->pod);

    /* Without the rule it is no workload any more; with it again, it is a new one. */
    world.policy.rules_n = 0;
    rp_model_set_policy(world.arena, &world.policy);
    expect_kind(&world, 3, RP_CGROUP_SYSTEM);
    assert_int_equal(world.arena->pods.live, 0);
    assert_int_equal(world_cgroup(&world, 5)->pod, RP_INDEX_NONE);
    add_rule(&world, "jobs", "jobs/job-*");
    expect_kind(&world, 5, RP_CGROUP_INSIDE);
    world_close(&world);
}

/* To freeze or kill what lies above kubepods would be to freeze or kill every pod. */
static void no_rule_reaches_above_the_pods_root(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 32, 8);
    add_rule(&world, "everything", "**");
    world_born(&world, 1, 0, "");
    world_born(&world, 2, 1, "kubelet.slice");
    expect_kind(&world, 2, RP_CGROUP_POD); /* nothing says yet that the pods will be below */
    world_born(&world, 3, 2, "kubelet.slice/kubelet-kubepods.slice");
    world_born(&world, 4, 3, "kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice");
    world_born(&world, 5, 4,
               "kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/"
               "kubelet-kubepods-besteffort-pod11111111_1111_1111_1111_111111111111.slice");
    expect_kind(&world, 1, RP_CGROUP_ROOT);
    expect_kind(&world, 2, RP_CGROUP_OTHER);
    expect_kind(&world, 3, RP_CGROUP_PODS_ROOT);
    expect_kind(&world, 4, RP_CGROUP_QOS);
    expect_kind(&world, 5, RP_CGROUP_POD);
    assert_int_equal(world.arena->pods.live, 1);
    const struct rp_pod *pod = world_pod(&world, UID_A);
    assert_non_null(pod);
    assert_false(pod->from_rule);
    assert_int_equal(pod->rule, 0); /* but a rule may speak about a pod */
    world_close(&world);
}

static void what_we_run_in_is_ourselves(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 32, 8);
    add_rule(&world, "all-services", "system.slice/*");
    rp_cut(world.arena->agent.self_path, RP_PATH_MAX, SLICE_A "/cri-containerd-" CONTAINER_ID ".scope");
    world_tree(&world);
    world_born(&world, ID_FREE, ID_A_CONTAINER, SLICE_A "/cri-containerd-" CONTAINER_ID ".scope/hands");
    expect_kind(&world, ID_A, RP_CGROUP_POD); /* the kubelet may still evict it, so it stays in the ranking */
    expect_kind(&world, ID_A_CONTAINER, RP_CGROUP_SELF);
    expect_kind(&world, ID_FREE, RP_CGROUP_SELF);
    assert_true(world_pod(&world, UID_A)->self);
    assert_false(world_pod(&world, UID_B)->self);
    world_close(&world);

    world_open(&world, 32, 8);
    add_rule(&world, "all-services", "system.slice/*");
    rp_cut(world.arena->agent.self_path, RP_PATH_MAX, "system.slice/reprieve.service");
    world_born(&world, 1, 0, "");
    world_born(&world, 2, 1, "system.slice");
    world_born(&world, 3, 2, "system.slice/reprieve.service");
    world_born(&world, 4, 2, "system.slice/reprieve.service-of-somebody-else");
    expect_kind(&world, 3, RP_CGROUP_SELF);
    expect_kind(&world, 4, RP_CGROUP_POD);
    world_close(&world);
}

static void deaths_free_everything(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    world_tree(&world);
    const uint64_t logged = world.arena->log_n;
    world_died(&world, ID_A_CONTAINER);
    assert_non_null(world_pod(&world, UID_A));
    world_died(&world, ID_A);
    assert_null(world_pod(&world, UID_A));
    assert_null(world_cgroup(&world, ID_A));
    assert_int_equal(world.arena->log_n, logged + 1);
    const struct rp_log_entry *line = &world.arena->log[logged];
    assert_int_equal(line->kind, RP_LOG_PODS);
    assert_int_equal(line->a, 2);
    assert_string_equal(line->pod, UID_A);
    world_died(&world, 12345); /* never heard of */
    assert_int_equal(world.arena->cgroups.live, 6);
    world_close(&world);
}

/* The deaths of the children were lost: the parent's takes them along, wherever they stand in the table. */
static void a_missed_death_leaves_nobody_behind(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    world_tree(&world);
    world_died(&world, ID_SYSTEM);
    world_born(&world, ID_FREE, ID_A_CONTAINER, SLICE_A "/cri-containerd-" CONTAINER_ID ".scope/deep");
    assert_ptr_equal(world_cgroup(&world, ID_FREE), rp_cgroup_at(world.arena, 1)); /* before its own parents */
    world_died(&world, ID_PODS);
    assert_int_equal(world.arena->cgroups.live, 1);
    assert_int_equal(world.arena->pods.live, 0);
    assert_int_equal(world.arena->node.pods_root, RP_INDEX_NONE);
    world_close(&world);
}

static void births_that_repeat_or_reuse_an_id(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    world_tree(&world);
    world_born(&world, ID_A, ID_BURSTABLE, SLICE_A);
    assert_int_equal(world.arena->cgroups.live, 8);
    assert_non_null(world_cgroup(&world, ID_A_CONTAINER));
    world_born(&world, ID_A, ID_ROOT, "user.slice"); /* the same inode number, somewhere else */
    expect_kind(&world, ID_A, RP_CGROUP_SYSTEM);
    assert_null(world_cgroup(&world, ID_A_CONTAINER));
    assert_null(world_pod(&world, UID_A));
    world_born(&world, RP_CGROUP_NONE, ID_ROOT, "nothing");
    assert_int_equal(world.arena->cgroups.live, 7);
    world_close(&world);
}

static void what_does_not_fit_is_counted(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 6, 1);
    world_tree(&world);
    assert_int_equal(world.arena->cgroups.live, 6);
    assert_int_equal(world.arena->cgroups.overflow, 2);
    assert_int_equal(world.arena->pods.live, 1);
    world_close(&world);

    world_open(&world, 16, 2);
    world_tree(&world);
    assert_int_equal(world.arena->pods.overflow, 1);
    expect_kind(&world, ID_C, RP_CGROUP_POD);
    assert_int_equal(world_cgroup(&world, ID_C)->pod, RP_INDEX_NONE);
    world_died(&world, ID_A);
    world_fact(&world, UID_C, 0, GIB);
    world_commit(&world, RP_LIST_PODS); /* there is room now */
    const struct rp_pod *pod = world_pod(&world, UID_C);
    assert_non_null(pod);
    assert_true(pod->has_facts);
    assert_ptr_equal(rp_cgroup_at(world.arena, pod->cgroup), world_cgroup(&world, ID_C));
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_drivers_and_runtimes),
        cmocka_unit_test(systemd_tree_belongs_together),
        cmocka_unit_test(the_pods_root_nearest_to_the_root_wins),
        cmocka_unit_test(a_configured_pods_root_is_the_only_one),
        cmocka_unit_test(rules_make_workloads_outside_of_kubernetes),
        cmocka_unit_test(no_rule_reaches_above_the_pods_root),
        cmocka_unit_test(what_we_run_in_is_ourselves),
        cmocka_unit_test(deaths_free_everything),
        cmocka_unit_test(a_missed_death_leaves_nobody_behind),
        cmocka_unit_test(births_that_repeat_or_reuse_an_id),
        cmocka_unit_test(what_does_not_fit_is_counted),
    };
    return RP_RUN(tests);
}
