// SPDX-License-Identifier: Apache-2.0
/* From cgroups' counters to what pods do: first looks, restarts, deaths, heirs, and what belongs to no pod. */
#include "core/model/activity.h"
#include "unit/core/model/world.h"

#define DEV_A 0x800001u
#define DEV_B 0x800002u
#define S     RP_NS_PER_S

static void open_tree(struct world *world)
{
    world_open(world, 16, 8);
    world_tree(world);
    const struct rp_fs_reading fs = {.dev = DEV_A, .roles = RP_FS_NODEFS, .t_ns = 1, .available_bytes = 1 << 30};
    world_filesystems(world, &fs, 1);
}

static void read_counts(struct world *world, rp_cgroup_id id, struct rp_counts counts)
{
    const struct rp_cgroup_reading reading = {.id = id, .t_ns = ++world->t_ns, .known = RP_CG_COUNTS, .counts = counts};
    world_reads(world, &reading, 1);
}

static void read_disk(struct world *world, rp_cgroup_id id, struct rp_disk counts)
{
    const struct rp_disk_reading reading = {.cgroup = id, .dev = DEV_A, .t_ns = ++world->t_ns, .counts = counts};
    world_disks(world, &reading, 1);
}

static const struct rp_activity *of(struct world *world, const char *uid)
{
    return &world_pod(world, uid)->activity;
}

static void counters_go_to_the_pod(void **state)
{
    (void)state;
    struct world world;
    open_tree(&world);
    read_counts(&world, ID_A_CONTAINER, (struct rp_counts){.forks = 1000, .no_space = 9}); /* how old is it? */
    assert_int_equal(of(&world, UID_A)->forks.total, 0);
    read_counts(&world, ID_A_CONTAINER,
                (struct rp_counts){.forks = 1004, .exits = 3, .write_bytes = 4096, .no_space = 9});
    read_counts(&world, ID_A, (struct rp_counts){.forks = 1, .pids_refused = 2}); /* not seen before: from zero */
    read_counts(&world, ID_B, (struct rp_counts){.fork_failures = 5});
    read_counts(&world, ID_SYSTEM, (struct rp_counts){.forks = 7, .no_space = 1});
    assert_int_equal(of(&world, UID_A)->forks.total, 5);
    assert_int_equal(of(&world, UID_A)->exits.total, 3);
    assert_int_equal(of(&world, UID_A)->write_bytes.total, 4096);
    assert_int_equal(of(&world, UID_A)->troubles[RP_TROUBLE_PIDS].count, 2);
    assert_int_equal(of(&world, UID_A)->troubles[RP_TROUBLE_SPACE].count, 0);
    assert_int_equal(of(&world, UID_B)->troubles[RP_TROUBLE_FORK].count, 5);
    assert_int_equal(world.arena->node.fork_failures, 5);
    assert_int_equal(world.arena->node.system.forks.total, 7);
    assert_int_equal(world.arena->node.system.troubles[RP_TROUBLE_SPACE].count, 1);
    world_close(&world);
}

static void counters_that_start_anew_are_no_rate(void **state)
{
    (void)state;
    struct world world;
    open_tree(&world);
    for (uint64_t i = 0; i <= 40; i++) { /* BPF is loaded anew in the middle */
        const uint64_t value = i <= 20 ? 1000000 + 100 * i : 100 * (i - 20);
        world.t_ns += S;
        read_counts(&world, ID_A, (struct rp_counts){.forks = value});
        read_disk(&world, ID_A, (struct rp_disk){.allocated_bytes = value, .freed_bytes = value / 2});
        assert_in_range(of(&world, UID_A)->forks.per_s, 0, 100);
        assert_in_range(of(&world, UID_A)->disk[0].allocated_bytes.per_s, 0, 100);
        assert_in_range(world.arena->fs[0].bytes.growth.per_s, 0, 50);
    }
    assert_int_equal(of(&world, UID_A)->forks.total, 2000 + 1900);
    assert_in_range(of(&world, UID_A)->forks.per_s, 99, 100);
    assert_in_range(world.arena->fs[0].bytes.growth.per_s, 49, 50);
    world_close(&world);
}

static void disks_go_to_writers_and_file_systems(void **state)
{
    (void)state;
    struct world world;
    open_tree(&world);
    read_disk(&world, ID_A_CONTAINER, (struct rp_disk){1000000, 500, 9, 1}); /* before our time */
    read_disk(&world, ID_A_CONTAINER, (struct rp_disk){1004096, 500, 12, 1});
    read_disk(&world, ID_B, (struct rp_disk){8192, 0, 0, 0});
    read_disk(&world, ID_ROOT, (struct rp_disk){0, 4096, 0, 2}); /* the kernel frees what A has removed */
    read_disk(&world, 4711, (struct rp_disk){999, 999, 999, 999});
    const struct rp_disk_reading elsewhere = {.cgroup = ID_A, .dev = DEV_B, .counts = {.allocated_bytes = 77}};
    world_disks(&world, &elsewhere, 1);
    assert_int_equal(of(&world, UID_A)->disk[0].allocated_bytes.total, 4096);
    assert_int_equal(of(&world, UID_A)->disk[0].inodes_made.total, 3);
    assert_int_equal(of(&world, UID_A)->disk[0].freed_bytes, 0);
    assert_int_equal(of(&world, UID_B)->disk[0].allocated_bytes.total, 8192);
    assert_int_equal(world.arena->node.system.disk[0].freed_bytes, 4096);
    assert_int_equal(world.arena->node.system.disk[0].inodes_freed, 2);
    assert_int_equal(world.arena->fs[0].bytes.growth.total, 4096 + 8192 - 4096);
    assert_int_equal(world.arena->fs[0].inodes.growth.total, 3 - 2);
    world_close(&world);
}

/* A container writes between two looks, writes on after the last one, and is gone; its pod's entry inherits. */
static void nothing_is_lost_or_counted_twice_when_a_container_dies(void **state)
{
    (void)state;
    struct world world;
    open_tree(&world);
    read_disk(&world, ID_B, (struct rp_disk){1, 0, 0, 0});
    read_disk(&world, ID_A_CONTAINER, (struct rp_disk){10000, 0, 0, 0});
    assert_int_equal(of(&world, UID_A)->disk[0].allocated_bytes.total, 10000);
    world_died(&world, ID_A_CONTAINER);
    read_disk(&world, ID_A, (struct rp_disk){12000, 50, 0, 0});
    assert_int_equal(of(&world, UID_A)->disk[0].allocated_bytes.total, 12000);
    assert_int_equal(of(&world, UID_A)->disk[0].freed_bytes, 50);
    /* One that came and went between two looks. */
    world_born(&world, ID_FREE, ID_A, SLICE_A "/cri-containerd-" CONTAINER_ID ".scope");
    world_died(&world, ID_FREE);
    read_disk(&world, ID_A, (struct rp_disk){15000, 50, 0, 0});
    assert_int_equal(of(&world, UID_A)->disk[0].allocated_bytes.total, 15000);
    /* A pod's own end leaves nothing to the level above it. */
    world_died(&world, ID_A);
    assert_int_equal(world_cgroup(&world, ID_BURSTABLE)->disk[0].allocated_bytes, 0);
    assert_int_equal(world.arena->fs[0].bytes.growth.total, 15000 - 50);
    world_close(&world);
}

/* Who is not among the counters of a look has done nothing, also if nothing of him is left to be counted. */
static void a_pace_ends_with_its_counters(void **state)
{
    (void)state;
    struct world world;
    open_tree(&world);
    for (uint64_t i = 0; i < 10; i++) {
        world.t_ns += S;
        read_counts(&world, ID_A_CONTAINER, (struct rp_counts){.forks = 50 * i});
        read_disk(&world, ID_A_CONTAINER, (struct rp_disk){.allocated_bytes = 4096 * i, .inodes_made = i});
    }
    assert_in_range(of(&world, UID_A)->forks.per_s, 49, 50); /* a look is a nanosecond late */
    assert_in_range(of(&world, UID_A)->disk[0].allocated_bytes.per_s, 4095, 4096);
    world_died(&world, ID_A_CONTAINER);
    for (uint64_t i = 0; i < 10; i++) {
        world.t_ns += S;
        read_counts(&world, ID_B, (struct rp_counts){.forks = i});
        read_disk(&world, ID_B, (struct rp_disk){.allocated_bytes = i});
    }
    assert_int_equal(of(&world, UID_A)->forks.per_s, 0);
    assert_int_equal(of(&world, UID_A)->disk[0].allocated_bytes.per_s, 0);
    assert_int_equal(of(&world, UID_A)->disk[0].inodes_made.per_s, 0);
    world_close(&world);
}

static void what_hands_find_joins(void **state)
{
    (void)state;
    struct world world;
    open_tree(&world);
    const struct rp_pod_disk_reading readings[] = {
        {.cgroup = ID_A, .known = RP_POD_DISK_LOGS, .t_ns = 10, .log_bytes = 100, .deleted_bytes = 1},
        {.cgroup = ID_A,
         .known = RP_POD_DISK_DELETED | RP_POD_DISK_PARTIAL,
         .t_ns = 20,
         .log_bytes = 1,
         .deleted_bytes = 200,
         .deleted_files = 2},
        {.cgroup = ID_A, .known = RP_POD_DISK_LOGS, .t_ns = 5, .log_bytes = 1},       /* old */
        {.cgroup = ID_SYSTEM, .known = RP_POD_DISK_LOGS, .t_ns = 30, .log_bytes = 1}, /* no pod's */
        {.cgroup = 4711, .known = RP_POD_DISK_LOGS, .t_ns = 30, .log_bytes = 1},
    };
    struct rp_sample sample = world_sample(&world);
    sample.pod_disks = readings;
    sample.pod_disks_n = RP_ROWS(readings);
    world_step(&world, &sample);
    const struct rp_pod *pod = world_pod(&world, UID_A);
    assert_int_equal(pod->logs.bytes, 100);
    assert_int_equal(pod->logs.t_ns, 10);
    assert_false(pod->logs.at_least);
    assert_int_equal(pod->deleted.bytes, 200);
    assert_int_equal(pod->deleted.t_ns, 20);
    assert_true(pod->deleted.at_least);
    assert_int_equal(pod->deleted_files, 2);
    assert_int_equal(world_pod(&world, UID_B)->logs.t_ns, 0);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_go_to_the_pod),
        cmocka_unit_test(counters_that_start_anew_are_no_rate),
        cmocka_unit_test(disks_go_to_writers_and_file_systems),
        cmocka_unit_test(nothing_is_lost_or_counted_twice_when_a_container_dies),
        cmocka_unit_test(a_pace_ends_with_its_counters),
        cmocka_unit_test(what_hands_find_joins),
    };
    return RP_RUN(tests);
}
