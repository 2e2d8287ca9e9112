// SPDX-License-Identifier: Apache-2.0
/* File systems: places and roles, levels and their fall, and how much of it the writers explain. */
#include "core/model/filesystems.h"
#include "unit/core/model/world.h"

#define DEV_A 0x800001u
#define DEV_B 0x800002u
#define DEV_C 0x800003u
#define S     RP_NS_PER_S

static struct rp_fs_reading reading(uint64_t dev, uint32_t roles, rp_ns t_ns, int64_t available)
{
    return (struct rp_fs_reading){.dev = dev,
                                  .roles = roles,
                                  .t_ns = t_ns,
                                  .capacity_bytes = 100 * (uint64_t)GIB,
                                  .available_bytes = (uint64_t)available,
                                  .inodes = 1000,
                                  .inodes_free = 900};
}

static void each_role_is_played_once(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    struct rp_fs *fs = world.arena->fs;
    const struct rp_fs_reading one = reading(DEV_A, RP_FS_NODEFS | RP_FS_IMAGEFS, 10, GIB);
    world_filesystems(&world, &one, 1);
    assert_int_equal(rp_fs_find(world.arena, DEV_A), 0);
    assert_int_equal(rp_fs_find(world.arena, DEV_B), RP_INDEX_NONE);
    /* Images move to a disk of their own, and on to another one. */
    const struct rp_fs_reading two[] = {reading(DEV_B, RP_FS_IMAGEFS, 20, 2 * GIB),
                                        reading(DEV_A, RP_FS_NODEFS, 20, GIB)};
    world_filesystems(&world, two, 2);
    assert_int_equal(fs[0].now.roles, RP_FS_NODEFS);
    assert_int_equal(fs[0].before.t_ns, 10);
    assert_int_equal(fs[1].now.roles, RP_FS_IMAGEFS);
    const struct rp_fs_reading three = reading(DEV_C, RP_FS_IMAGEFS | 0x80, 30, 3 * GIB);
    world_filesystems(&world, &three, 1);
    assert_int_equal(rp_fs_find(world.arena, DEV_B), RP_INDEX_NONE);
    assert_int_equal(rp_fs_find(world.arena, DEV_C), 1); /* which is free again */
    /* What is old, what has no role, and what says the same again change nothing. */
    const struct rp_arena *was = malloc(world.bytes);
    memcpy((void *)(uintptr_t)was, world.arena, world.bytes);
    const struct rp_fs_reading none[] = {reading(DEV_A, RP_FS_NODEFS, 15, 1), reading(DEV_B, 0, 40, 1),
                                         reading(DEV_A, RP_FS_NODEFS, 20, 1), reading(DEV_B, 0x80, 40, 1)};
    world_filesystems(&world, none, 4);
    assert_memory_equal(world.arena->fs, was->fs, sizeof(was->fs));
    free((void *)(uintptr_t)was);
    world_close(&world);
}

/* Four roles on four devices that all change at once, again and again. */
static void there_is_always_a_place(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    for (uint64_t turn = 1; turn <= 20; turn++) {
        struct rp_fs_reading all[RP_FILESYSTEMS_MAX];
        for (uint32_t i = 0; i < RP_FILESYSTEMS_MAX; i++)
            all[i] = reading(turn * 16 + i, 1u << ((i + turn) % 4), turn, GIB);
        world_filesystems(&world, all, RP_FILESYSTEMS_MAX);
        for (uint32_t i = 0; i < RP_FILESYSTEMS_MAX; i++)
            assert_int_not_equal(rp_fs_find(world.arena, all[i].dev), RP_INDEX_NONE);
    }
    world_close(&world);
}

static void a_new_one_starts_without_a_past(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    world_tree(&world);
    struct rp_fs_reading fs = reading(DEV_A, RP_FS_NODEFS, world.t_ns, GIB);
    struct rp_disk_reading disk = {.cgroup = ID_A, .dev = DEV_A, .counts = {.allocated_bytes = 5}};
    world_filesystems(&world, &fs, 1);
    world_disks(&world, &disk, 1);
    disk.counts.allocated_bytes = 7;
    world_disks(&world, &disk, 1);
    const struct rp_flow *flow = &world_pod(&world, UID_A)->activity.disk[0].allocated_bytes;
    assert_int_equal(flow->total, 2);
    fs = reading(DEV_B, RP_FS_NODEFS, world.t_ns + 1, GIB);
    world_filesystems(&world, &fs, 1);
    assert_int_equal(rp_fs_find(world.arena, DEV_B), 0);
    assert_int_equal(rp_fs_find(world.arena, DEV_A), RP_INDEX_NONE);
    assert_int_equal(world.arena->fs[0].bytes.level.n, 1);
    assert_int_equal(world.arena->fs[0].counted_ns, 0);
    assert_int_equal(flow->total, 0);
    assert_int_equal(world_cgroup(&world, ID_A)->disk[0].allocated_bytes, 0);
    world_close(&world);
}

/* Writers that BPF sees take `seen`, others `unseen` bytes a second; both are in what statfs shows. */
static void fill(struct world *world, uint32_t seconds, int64_t seen, int64_t unseen)
{
    static int64_t available, counted;
    available = world->arena->fs[0].now.t_ns ? available : 50 * GIB;
    counted = world->arena->fs[0].now.t_ns ? counted : 0;
    for (uint32_t i = 0; i < seconds; i++) {
        world->t_ns += S;
        available -= seen + unseen;
        counted += seen;
        const struct rp_disk_reading disk = {
            .cgroup = ID_A, .dev = DEV_A, .t_ns = world->t_ns, .counts = {.allocated_bytes = (uint64_t)counted}};
        struct rp_fs_reading fs = reading(DEV_A, RP_FS_NODEFS, world->t_ns, available);
        fs.inodes_free = 900 - i;
        world_disks(world, &disk, 1);
        if (i % 10 == 0)
            world_filesystems(world, &fs, 1);
    }
}

static void the_fall_and_who_explains_it(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    world_tree(&world);
    const struct rp_room *room = &world.arena->fs[0].bytes;
    fill(&world, 121, 0, 0);
    assert_int_equal(room->fall_per_s, 0);
    assert_int_equal(room->fell, 0);
    assert_int_not_equal(world.arena->fs[0].counted_ns, 0);
    fill(&world, 121, 30 * RP_MIB, 10 * RP_MIB);
    assert_in_range(room->fall_per_s, 39 * RP_MIB, 41 * RP_MIB);
    assert_in_range(room->growth.per_s, 29 * RP_MIB, 31 * RP_MIB);
    assert_in_range(room->fell, 60 * 39 * RP_MIB, 70 * 41 * RP_MIB);
    assert_in_range(room->explained * 1000 / room->fell, 740, 760);
    assert_int_equal(world.arena->fs[0].inodes.fall_per_s, 1);
    fill(&world, 121, -30 * RP_MIB + 30 * RP_MIB, -5 * RP_MIB);
    assert_in_range(-room->fall_per_s, 4 * RP_MIB, 6 * RP_MIB);
    assert_true(room->fell < 0);
    world_close(&world);
}

/* Ten minutes at a look every ten seconds still know how the hour began. */
static void the_level_reaches_back_an_hour(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    for (uint32_t i = 0; i < 1000; i++) {
        world.t_ns += 10 * S;
        const struct rp_fs_reading fs = reading(DEV_A, RP_FS_LOGS, world.t_ns, GIB + i);
        world_filesystems(&world, &fs, 1);
        const struct rp_history *level = &world.arena->fs[0].bytes.level;
        assert_int_equal(level->points[level->at].value, GIB + i);
    }
    const struct rp_history *level = &world.arena->fs[0].bytes.level;
    assert_in_range(world.t_ns - level->points[0].t_ns, 3000 * S, 3600 * S);
    world_close(&world);
}

static void the_threshold_that_is_met_first(void **state)
{
    (void)state;
    static const struct {
        const char *about;
        uint32_t roles;
        bool inodes, found;
        int64_t threshold;
    } rows[] = {
        {"nodefs", RP_FS_NODEFS, false, true, 10 * GIB},
        {"images too", RP_FS_NODEFS | RP_FS_IMAGEFS, false, true, 15 * GIB},
        {"images alone", RP_FS_IMAGEFS, false, true, 15 * GIB},
        {"layers", RP_FS_CONTAINERFS, false, true, 10 * GIB},
        {"logs alone", RP_FS_LOGS, false, false, 0},
        {"inodes", RP_FS_NODEFS, true, true, 50},
        {"inodes of images", RP_FS_IMAGEFS, true, false, 0},
    };
    struct world world;
    world_open(&world, 16, 8);
    struct rp_fact_kubelet *kubelet = &world.arena->node.kubelet;
    kubelet->thresholds_n = 3;
    kubelet->thresholds[0] = (struct rp_threshold){.signal = RP_SIGNAL_NODEFS, .is_percent = true, .percent = 0.1f};
    kubelet->thresholds[1] = (struct rp_threshold){.signal = RP_SIGNAL_IMAGEFS, .quantity_floor = 15 * GIB};
    kubelet->thresholds[2] =
        (struct rp_threshold){.signal = RP_SIGNAL_NODEFS_INODES, .is_percent = true, .percent = 0.05f};
    world_filesystems(&world, NULL, 0); /* the thresholds of containerfs are derived */
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        int64_t threshold = 0;
        const struct rp_fs fs = {.now = reading(DEV_A, rows[i].roles, 1, GIB)};
        rp_expect_i64(rows[i].about, rp_fs_threshold(world.arena, &fs, rows[i].inodes, &threshold), rows[i].found);
        const int64_t off = threshold - rows[i].threshold; /* the kubelet's float32 of 10% is not a tenth */
        assert_in_range(off + 200, 0, 400);
    }
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_role_is_played_once),        cmocka_unit_test(there_is_always_a_place),
        cmocka_unit_test(a_new_one_starts_without_a_past), cmocka_unit_test(the_fall_and_who_explains_it),
        cmocka_unit_test(the_level_reaches_back_an_hour),  cmocka_unit_test(the_threshold_that_is_met_first),
    };
    return RP_RUN(tests);
}
