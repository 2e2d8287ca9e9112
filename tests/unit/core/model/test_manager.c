// SPDX-License-Identifier: Apache-2.0
/* The shadow of the kubelet's manager: fed by our readings, at the looks that left traces. */
#include "core/model/manager.h"

#include "core/kubelet/threshold.h"
#include "unit/core/model/world.h"

#define S RP_NS_PER_S

static void open_node(struct world *world)
{
    world_open(world, 16, 8);
    world_tree(world);
    world_commit(world, RP_LIST_KUBELET); /* an empty list: what was configured stays */
}

/* A reading of the node with so much available, after so long. */
static void reads(struct world *world, rp_ns after_ns, int64_t available_bytes)
{
    world->t_ns += after_ns;
    struct rp_sample sample = world_sample(world);
    sample.node = (struct rp_node_reading){.t_ns = world->t_ns,
                                           .known = RP_NODE_MEM_TOTAL | RP_NODE_MEM_FREE | RP_NODE_ROOT_STAT,
                                           .mem_total_bytes = 8 * (uint64_t)GIB,
                                           .mem_free_bytes = (uint64_t)GIB,
                                           .anon_bytes = (uint64_t)(8 * GIB - available_bytes)};
    world_step(world, &sample);
}

static struct rp_fact_node_stats *stats(struct world *world)
{
    struct rp_fact *fact = &world->facts[1 + world->facts_n++];
    *fact = (struct rp_fact){.version = RP_LINK_VERSION, .kind = RP_FACT_NODE_STATS};
    fact->node_stats = (struct rp_fact_node_stats){.available_bytes = -1, .working_set_bytes = -1, .usage_bytes = -1};
    return &fact->node_stats;
}

static void conditions_follow_the_looks(void **state)
{
    (void)state;
    struct world world;
    open_node(&world);
    const struct rp_kubelet *kubelet = &world.arena->kubelet;
    const uint32_t memory = 1u << RP_CONDITION_MEMORY;
    reads(&world, 10 * S, 4 * GIB);
    rp_expect_u64("well", kubelet->manager.conditions, 0);
    const uint64_t looks = kubelet->manager.looks;
    reads(&world, 1 * S, 50 * RP_MIB);
    rp_expect_u64("it has not looked again", kubelet->manager.looks, looks);
    rp_expect_u64("so nothing is raised", kubelet->manager.conditions, 0);
    reads(&world, 9 * S, 50 * RP_MIB);
    rp_expect_u64("it looked", kubelet->manager.looks, looks + 1);
    rp_expect_u64("MemoryPressure", kubelet->manager.conditions, memory);
    rp_expect_u64("since then", kubelet->manager.since_ns[RP_CONDITION_MEMORY], world.t_ns);
    assert_true(kubelet->decision.first != 0);
    reads(&world, 10 * S, 4 * GIB);
    rp_expect_u64("nothing is met", kubelet->decision.met, 0);
    rp_expect_u64("the condition stays for five minutes", kubelet->manager.conditions, memory);
    for (int i = 0; i < 30; i++)
        reads(&world, 10 * S, 4 * GIB);
    rp_expect_u64("and is over", kubelet->manager.conditions, 0);
    world_close(&world);
}

static void another_list_is_another_kubelet(void **state)
{
    (void)state;
    struct world world;
    open_node(&world);
    const struct rp_kubelet *kubelet = &world.arena->kubelet;
    reads(&world, 10 * S, 50 * RP_MIB);
    assert_true(kubelet->manager.conditions != 0);
    const struct rp_fact_kubelet same = world.arena->node.kubelet;
    world_commit(&world, RP_LIST_KUBELET);
    assert_true(kubelet->manager.conditions != 0);
    struct rp_fact *fact = &world.facts[1 + world.facts_n++];
    *fact = (struct rp_fact){.version = RP_LINK_VERSION, .kind = RP_FACT_KUBELET, .kubelet = same};
    fact->kubelet.thresholds[0].quantity_floor = 7;
    world_commit(&world, RP_LIST_KUBELET);
    rp_expect_u64("forgotten", kubelet->manager.conditions, 0);
    world_close(&world);
}

static void forced_samples_are_traces(void **state)
{
    (void)state;
    static const struct {
        const char *about;
        rp_ns node_ns, pods_ns; /* before now; 0: none */
        bool trace;
    } rows[] = {
        {"together", 3 * S, 3 * S - 100 * RP_NS_PER_MS, true},
        {"apart", 3 * S, 2 * S, false},
        {"one alone", 3 * S, 0, false},
        {"none", 0, 0, false},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct world world;
        open_node(&world);
        struct rp_fact_node_stats *report = stats(&world);
        report->sampled_ns = rows[i].node_ns ? world.t_ns - rows[i].node_ns : 0;
        report->pods_sampled_ns = rows[i].pods_ns ? world.t_ns - rows[i].pods_ns : 0;
        world_commit(&world, RP_LIST_STATS);
        rp_expect_u64(rows[i].about, world.arena->kubelet.phase.traces, rows[i].trace);
        if (rows[i].trace) { /* the shadow keeps to it */
            rp_expect_u64("some time in that second", world.arena->kubelet.phase.to_ns,
                          world.t_ns - 1900 * RP_NS_PER_MS);
            reads(&world, 8300 * RP_NS_PER_MS, 4 * GIB);
            rp_expect_u64("it looked", world.arena->kubelet.look_ns, world.t_ns);
            const struct rp_kubelet_look next = rp_kubelet_next_look(&world.arena->kubelet.phase, world.t_ns);
            assert_in_range(world.arena->kubelet.next_ns, next.early_ns, next.late_ns);
        }
        world_close(&world);
    }
}

static void the_end_of_a_victim_is_a_trace(void **state)
{
    (void)state;
    struct world world;
    for (int facts_first = 0; facts_first < 2; facts_first++) {
        open_node(&world);
        world.t_ns += 5 * S;
        const rp_ns evicted_ns = world.t_ns, gone_ns = world.t_ns + 3 * S;
        for (int step = 0; step < 2; step++) {
            if (step == facts_first) {
                world.t_ns = gone_ns;
                world_died(&world, ID_A);
            } else {
                world_fact(&world, UID_A, 0, 0)->evicted_ns = evicted_ns;
                world_commit(&world, RP_LIST_PODS);
            }
        }
        rp_expect_u64("one trace", world.arena->kubelet.phase.traces, 1);
        rp_expect_u64("it looks when all is gone", world.arena->kubelet.phase.from_ns, gone_ns);
        world_close(&world);
    }
    open_node(&world);
    (void)world_fact(&world, UID_A, 0, 0);
    world_commit(&world, RP_LIST_PODS);
    world_died(&world, ID_A);
    rp_expect_u64("others end without", world.arena->kubelet.phase.traces, 0);
    world_close(&world);
}

static void reports_tell_the_formula(void **state)
{
    (void)state;
    struct world world;
    open_node(&world);
    reads(&world, 10 * S, 5 * GIB); /* anon 3 GiB, not free 7 GiB */
    for (int i = 0; i < 2; i++) {
        struct rp_fact_node_stats *report = stats(&world);
        report->sampled_ns = world.t_ns - S;
        report->usage_bytes = 7 * GIB;
        world_commit(&world, RP_LIST_STATS);
    }
    reads(&world, 1 * S, 5 * GIB);
    rp_expect_i64("MemTotal - MemFree", world.arena->forecasts[RP_DANGER_KUBELET_MEMORY].available, GIB);
    world_close(&world);
}

static struct rp_fs_reading fs(uint64_t dev, uint32_t roles)
{
    return (struct rp_fs_reading){.dev = dev, .roles = roles, .t_ns = dev, .capacity_bytes = 100, .available_bytes = 9};
}

static void the_layout_of_disks(void **state)
{
    (void)state;
    static const struct {
        const char *about;
        struct rp_fs_reading list[3];
        uint32_t n;
        enum rp_kubelet_layout layout;
    } rows[] = {
        {"nothing known", {{0}}, 0, RP_LAYOUT_SINGLE},
        {"one for all", {{.roles = RP_FS_NODEFS | RP_FS_IMAGEFS}}, 1, RP_LAYOUT_SINGLE},
        {"images apart", {{.roles = RP_FS_NODEFS}, {.roles = RP_FS_IMAGEFS}}, 2, RP_LAYOUT_DEDICATED},
        {"layers with the images",
         {{.roles = RP_FS_NODEFS}, {.roles = RP_FS_IMAGEFS | RP_FS_CONTAINERFS}},
         2,
         RP_LAYOUT_DEDICATED},
        {"layers on nodefs",
         {{.roles = RP_FS_NODEFS | RP_FS_CONTAINERFS}, {.roles = RP_FS_IMAGEFS}},
         2,
         RP_LAYOUT_SPLIT},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct world world;
        struct rp_fs_reading list[3];
        open_node(&world);
        for (uint32_t k = 0; k < rows[i].n; k++)
            list[k] = fs(k + 1, rows[i].list[k].roles);
        world_filesystems(&world, list, rows[i].n);
        rp_expect_u64(rows[i].about, rp_layout(world.arena), rows[i].layout);
        world_close(&world);
    }
}

static void limits_of_local_storage_are_found(void **state)
{
    (void)state;
    struct world world;
    open_node(&world);
    for (int i = 0; i < 2; i++) {
        struct rp_fact_pod *pod = world_fact(&world, i ? UID_B : UID_A, 0, 0);
        pod->critical = i;
        pod->storage.limit_bytes = 100;
    }
    world_commit(&world, RP_LIST_PODS);
    rp_expect_u64("no statistics yet", world.arena->kubelet.excess_n, 0);
    for (int i = 0; i < 2; i++) {
        world_fact_stats(&world, i ? UID_B : UID_A, 5);
        world.facts[world.facts_n].pod_stats.storage.ephemeral_bytes = 101;
    }
    world_commit(&world, RP_LIST_STATS);
    rp_expect_u64("one, and one that is critical", world.arena->kubelet.excess_n, 1);
    rp_expect_u64("of all together", world_pod(&world, UID_A)->excess, RP_EXCESS_POD);
    world.arena->node.kubelet.no_local_isolation = true;
    for (int i = 0; i < 2; i++) {
        world_fact_stats(&world, i ? UID_B : UID_A, 5);
        world.facts[world.facts_n].pod_stats.storage.ephemeral_bytes = 101;
    }
    world_commit(&world, RP_LIST_STATS);
    rp_expect_u64("unless it does not care", world.arena->kubelet.excess_n, 0);
    world_close(&world);
}

static void disks_and_pids_have_victims(void **state)
{
    (void)state;
    struct world world;
    open_node(&world);
    for (int i = 0; i < 2; i++) {
        struct rp_fact_pod *pod = world_fact(&world, i ? UID_B : UID_A, 0, 0);
        pod->storage.request_bytes = i ? 0 : 50;
        pod->storage.volumes_n = 1;
        pod->storage.volumes[0] = (struct rp_volume_limit){.name = 7, .local = true};
    }
    world_commit(&world, RP_LIST_PODS);
    const struct rp_victims *nodefs = &world.arena->victims_by[RP_SIGNAL_NODEFS];
    rp_expect_u64("without statistics nobody knows", nodefs->n, 0);
    for (int i = 0; i < 2; i++) {
        world_fact_stats(&world, i ? UID_B : UID_A, 5);
        struct rp_storage_use *use = &world.facts[world.facts_n].pod_stats.storage;
        use->rootfs_bytes = 10;
        use->volumes_n = 2;
        use->volumes[0] = (struct rp_volume_use){.name = 9, .bytes = 1000}; /* no local one */
        use->volumes[1] = (struct rp_volume_use){.name = 7, .bytes = i ? 20 : 30};
    }
    world_commit(&world, RP_LIST_STATS);
    rp_expect_u64("A and B", nodefs->n, 3); /* C has no statistics, and goes first */
    rp_expect_text("C", rp_pod_at(world.arena, nodefs->list[0].pod)->uid, UID_C);
    rp_expect_text("B is above its request", rp_pod_at(world.arena, nodefs->list[1].pod)->uid, UID_B);
    rp_expect_i64("layer and volume", nodefs->list[1].over_request, 30);
    rp_expect_i64("A is not", nodefs->list[2].over_request, -10);
    rp_expect_u64("no threshold of pids", world.arena->victims_by[RP_SIGNAL_PID].n, 0);
    world_close(&world);
}

static void a_machine_without_pods_has_no_manager(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    world_born(&world, ID_ROOT, 0, "");
    reads(&world, 10 * S, 50 * RP_MIB);
    rp_expect_u64("no look", world.arena->kubelet.manager.looks, 0);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_follow_the_looks),
        cmocka_unit_test(another_list_is_another_kubelet),
        cmocka_unit_test(forced_samples_are_traces),
        cmocka_unit_test(the_end_of_a_victim_is_a_trace),
        cmocka_unit_test(reports_tell_the_formula),
        cmocka_unit_test(the_layout_of_disks),
        cmocka_unit_test(limits_of_local_storage_are_found),
        cmocka_unit_test(disks_and_pids_have_victims),
        cmocka_unit_test(a_machine_without_pods_has_no_manager),
    };
    return RP_RUN(tests);
}
