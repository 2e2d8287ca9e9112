// SPDX-License-Identifier: Apache-2.0
/* Each danger's own number and threshold, and the honest abstentions. */
#include "unit/core/model/world.h"

#define S RP_NS_PER_S

static const struct rp_forecast *forecast(const struct world *world, enum rp_danger danger)
{
    return &world->arena->forecasts[danger];
}

/* Everything that the dangers of memory need, in one sample. */
static void look(struct world *world, int64_t used_bytes, int64_t pods_bytes)
{
    const struct rp_cgroup_reading pods = {.id = ID_PODS,
                                           .t_ns = world->t_ns,
                                           .known = RP_CG_USAGE | RP_CG_INACTIVE_FILE | RP_CG_MAX,
                                           .usage_bytes = (uint64_t)pods_bytes + (uint64_t)GIB,
                                           .inactive_file_bytes = (uint64_t)GIB,
                                           .max_bytes = 6 * (uint64_t)GIB};
    struct rp_sample sample = world_sample(world);
    sample.node = (struct rp_node_reading){
        .t_ns = world->t_ns,
        .known = RP_NODE_MEM_TOTAL | RP_NODE_MEM_FREE | RP_NODE_MEM_AVAILABLE | RP_NODE_ROOT_STAT | RP_NODE_SWAP,
        .mem_total_bytes = 8 * (uint64_t)GIB,
        .mem_free_bytes = (uint64_t)GIB,
        .mem_available_bytes = 7 * (uint64_t)GIB - (uint64_t)used_bytes,
        .swap_total_bytes = 2 * (uint64_t)GIB,
        .swap_free_bytes = (uint64_t)GIB,
        .anon_bytes = (uint64_t)used_bytes,
        .file_bytes = (uint64_t)GIB,
        .inactive_file_bytes = (uint64_t)GIB,
    };
    sample.cgroups = &pods;
    sample.cgroups_n = 1;
    world_step(world, &sample);
}

/* Looks every second for so long, growing by this much a second; the level goes on from one call to the next. */
static void looks(struct world *world, int seconds, int64_t *used_bytes, int64_t per_s)
{
    for (int i = 0; i < seconds; i++) {
        world->t_ns += S;
        *used_bytes += per_s;
        look(world, *used_bytes, *used_bytes);
    }
}

static void each_memory_danger_has_its_own_number(void **state)
{
    (void)state;
    struct world world;
    int64_t used = 2 * GIB;
    world_open(&world, 16, 8);
    world_tree(&world);
    looks(&world, 10, &used, 0);
    const struct rp_forecast *memory = forecast(&world, RP_DANGER_KUBELET_MEMORY);
    const struct rp_forecast *allocatable = forecast(&world, RP_DANGER_KUBELET_ALLOCATABLE);
    const struct rp_forecast *kernel = forecast(&world, RP_DANGER_NODE_OOM);
    rp_expect_i64("total - working set", memory->available, 6 * GIB);
    rp_expect_i64("of the machine", memory->capacity, 8 * GIB);
    rp_expect_i64("the default threshold", memory->threshold, 100 * RP_MIB);
    rp_expect_i64("limit - working set", allocatable->available, 4 * GIB);
    rp_expect_i64("of the limit", allocatable->capacity, 6 * GIB);
    rp_expect_i64("the same threshold", allocatable->threshold, 100 * RP_MIB);
    rp_expect_i64("MemAvailable and free swap", kernel->available, 6 * GIB);
    rp_expect_i64("the wall of all pods", forecast(&world, RP_DANGER_PODS_OOM)->available, 4 * GIB);
    rp_expect_i64("zero", kernel->threshold, 0);
    for (int d = 0; d < RP_DANGER_MAX; d++) {
        if (!rp_danger_info((unsigned)d)->memory) {
            assert_true(forecast(&world, (enum rp_danger)d)->missing & RP_MISSING_READING);
            continue;
        }
        rp_expect_i64("calm", forecast(&world, (enum rp_danger)d)->state, RP_FORECAST_CALM);
        rp_expect_u64("reading", forecast(&world, (enum rp_danger)d)->t_ns, world.t_ns);
    }
    assert_int_equal(memory->missing, RP_MISSING_FACTS);
    assert_int_equal(kernel->missing, 0);
    world_close(&world);
}

static void without_kubepods_swap_is_room_too(void **state)
{
    (void)state;
    struct world world;
    int64_t used = 2 * GIB;
    world_open(&world, 16, 8);
    looks(&world, 10, &used, 0);
    rp_expect_i64("MemAvailable and free swap", forecast(&world, RP_DANGER_NODE_OOM)->available, 6 * GIB);
    rp_expect_i64("memory and swap", forecast(&world, RP_DANGER_NODE_OOM)->capacity, 10 * GIB);
    world_close(&world);
}

static void old_runc_counts_everything(void **state)
{
    (void)state;
    struct world world;
    int64_t used = 2 * GIB;
    world_open(&world, 16, 8);
    world_tree(&world);
    world.policy.kubelet.minor = 27;
    rp_model_set_policy(world.arena, &world.policy);
    looks(&world, 10, &used, 0);
    rp_expect_i64("total - free - inactive_file", forecast(&world, RP_DANGER_KUBELET_MEMORY)->available, 2 * GIB);
    world_close(&world);
}

static void a_percentage_is_of_each_danger_s_own_capacity(void **state)
{
    (void)state;
    struct world world;
    int64_t used = 2 * GIB;
    world_open(&world, 16, 8);
    world_tree(&world);
    struct rp_fact_kubelet *kubelet = &world.policy.kubelet;
    kubelet->thresholds_n = 2;
    kubelet->thresholds[0] = (struct rp_threshold){.signal = RP_SIGNAL_MEMORY, .is_percent = true, .percent = 0.25f};
    kubelet->thresholds[1] = kubelet->thresholds[0];
    kubelet->thresholds[1].signal = RP_SIGNAL_ALLOCATABLE;
    rp_model_set_policy(world.arena, &world.policy);
    looks(&world, 10, &used, 0);
    rp_expect_i64("of 8 GiB", forecast(&world, RP_DANGER_KUBELET_MEMORY)->threshold, 2 * GIB);
    rp_expect_i64("of 6 GiB", forecast(&world, RP_DANGER_KUBELET_ALLOCATABLE)->threshold, 6 * GIB / 4);
    world_close(&world);
}

static void growth_comes_near_and_crosses(void **state)
{
    (void)state;
    struct world world;
    int64_t used = 2 * GIB;
    world_open(&world, 16, 8);
    world_tree(&world);
    looks(&world, 20, &used, 0);
    looks(&world, 60, &used, 50 * RP_MIB);
    const struct rp_forecast *f = forecast(&world, RP_DANGER_KUBELET_ALLOCATABLE);
    const int64_t left_s = (6 * GIB - used - 100 * RP_MIB) / (50 * RP_MIB);
    assert_int_equal(f->state, RP_FORECAST_CROSSING);
    assert_in_range(f->median_ns, (uint64_t)left_s * S * 9 / 10, (uint64_t)left_s * S * 11 / 10);
    while (6 * GIB - used >= 100 * RP_MIB)
        looks(&world, 1, &used, 50 * RP_MIB);
    assert_int_equal(f->state, RP_FORECAST_CROSSED);
    assert_int_equal(f->median_ns, 0);
    assert_int_equal(f->within_10s_permille, 1000);
    assert_int_equal(forecast(&world, RP_DANGER_KUBELET_MEMORY)->state != RP_FORECAST_CROSSED, true);
    world_close(&world);
}

static void exactly_at_the_threshold_is_not_crossed(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    world_tree(&world);
    for (int below = 0; below < 2; below++) {
        world.t_ns += S;
        look(&world, 8 * GIB - 100 * RP_MIB + below, 0);
        rp_expect_i64("memory", forecast(&world, RP_DANGER_KUBELET_MEMORY)->state,
                      below ? RP_FORECAST_CROSSED : RP_FORECAST_ABSTAIN);
    }
    world_close(&world);
}

/* ---- abstaining */

static void says_what_is_missing(void **state)
{
    (void)state;
    struct world world;
    int64_t used = 2 * GIB;
    world_open(&world, 16, 8);
    world_born(&world, ID_ROOT, 0, "");
    assert_int_equal(forecast(&world, RP_DANGER_NODE_OOM)->missing, RP_MISSING_READING);
    assert_int_equal(forecast(&world, RP_DANGER_NODE_OOM)->state, RP_FORECAST_ABSTAIN);

    looks(&world, 1, &used, 0);
    assert_int_equal(forecast(&world, RP_DANGER_NODE_OOM)->missing, RP_MISSING_HISTORY);
    looks(&world, 5, &used, 0);
    assert_int_equal(forecast(&world, RP_DANGER_NODE_OOM)->missing, 0);
    assert_int_equal(forecast(&world, RP_DANGER_NODE_OOM)->state, RP_FORECAST_CALM);

    /* No pods root: no kubelet, so its thresholds threaten nobody, unless they were configured. */
    const struct rp_forecast *memory = forecast(&world, RP_DANGER_KUBELET_MEMORY);
    assert_int_equal(memory->missing, RP_MISSING_THRESHOLD | RP_MISSING_FACTS);
    assert_int_equal(memory->state, RP_FORECAST_ABSTAIN);
    world.policy.kubelet.from_defaults = false;
    rp_model_set_policy(world.arena, &world.policy);
    looks(&world, 1, &used, 0);
    assert_int_equal(memory->missing, RP_MISSING_FACTS);
    assert_int_equal(memory->state, RP_FORECAST_CALM);
    world.policy.kubelet.thresholds_n = 0;
    rp_model_set_policy(world.arena, &world.policy);
    looks(&world, 1, &used, 0);
    assert_int_equal(memory->missing, RP_MISSING_THRESHOLD | RP_MISSING_FACTS);
    world_commit(&world, RP_LIST_PODS);
    assert_int_equal(memory->missing, RP_MISSING_THRESHOLD);
    world_close(&world);
}

static void old_readings_are_no_evidence(void **state)
{
    (void)state;
    struct world world;
    int64_t used = 2 * GIB;
    world_open(&world, 16, 8);
    world_tree(&world);
    looks(&world, 10, &used, 0);
    const struct rp_forecast *memory = forecast(&world, RP_DANGER_KUBELET_MEMORY);
    const rp_ns read_ns = world.t_ns;
    world.t_ns += 3 * world.policy.sweep_calm_ns;
    world_usage(&world, ID_A, GIB, 0); /* of something else */
    assert_int_equal(memory->state, RP_FORECAST_CALM);
    world.t_ns += 1;
    world_usage(&world, ID_A, GIB, 0);
    assert_int_equal(memory->state, RP_FORECAST_ABSTAIN);
    assert_true(memory->missing & RP_MISSING_FRESH);
    assert_int_equal(memory->t_ns, read_ns);
    looks(&world, 1, &used, 0);
    assert_int_equal(memory->state, RP_FORECAST_CALM);
    world_close(&world);
}

static void a_new_pods_root_starts_a_new_history(void **state)
{
    (void)state;
    struct world world;
    int64_t used = 2 * GIB;
    world_open(&world, 16, 8);
    world_tree(&world);
    looks(&world, 10, &used, 0);
    world_died(&world, ID_PODS);
    assert_true(forecast(&world, RP_DANGER_KUBELET_ALLOCATABLE)->missing & RP_MISSING_READING);
    world_born(&world, ID_PODS, ID_ROOT, "kubepods.slice");
    assert_true(forecast(&world, RP_DANGER_KUBELET_ALLOCATABLE)->missing & RP_MISSING_READING);
    looks(&world, 1, &used, 0);
    assert_true(forecast(&world, RP_DANGER_KUBELET_ALLOCATABLE)->missing & RP_MISSING_HISTORY);
    assert_int_equal(forecast(&world, RP_DANGER_KUBELET_MEMORY)->state, RP_FORECAST_CALM);
    world_close(&world);
}

static struct rp_fs_reading disk(rp_ns t_ns, uint32_t roles, int64_t available_bytes)
{
    return (struct rp_fs_reading){.dev = roles,
                                  .roles = roles,
                                  .t_ns = t_ns,
                                  .capacity_bytes = 100 * (uint64_t)GIB,
                                  .available_bytes = (uint64_t)available_bytes,
                                  .inodes = 1000000,
                                  .inodes_free = 60000};
}

/* 10 % and 15 % of the bytes, 5 % of the inodes; where images lie apart containerfs gets what imagefs has. */
static void disks_and_tasks_have_their_thresholds(void **state)
{
    (void)state;
    static const struct {
        enum rp_danger danger;
        int64_t available, threshold;
    } rows[] = {
        {RP_DANGER_KUBELET_NODEFS, 20 * GIB, 10737418400},    {RP_DANGER_KUBELET_NODEFS_INODES, 60000, 50000},
        {RP_DANGER_KUBELET_IMAGEFS, 30 * GIB, 16106128000},   {RP_DANGER_KUBELET_CONTAINERFS, 40 * GIB, 16106128000},
        {RP_DANGER_KUBELET_CONTAINERFS_INODES, 60000, 50000},
    };
    struct world world;
    world_open(&world, 16, 8);
    world_tree(&world);
    for (int i = 0; i < 5; i++) {
        world.t_ns += 10 * S;
        const struct rp_fs_reading list[] = {disk(world.t_ns, RP_FS_NODEFS, 20 * GIB),
                                             disk(world.t_ns, RP_FS_IMAGEFS, 30 * GIB),
                                             disk(world.t_ns, RP_FS_CONTAINERFS, 40 * GIB)};
        world_filesystems(&world, list, 3);
    }
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        const struct rp_forecast *f = forecast(&world, rows[i].danger);
        const char *word = rp_danger_info(rows[i].danger)->word;
        rp_expect_i64(word, f->state, RP_FORECAST_CALM);
        rp_expect_i64(word, f->available, rows[i].available);
        rp_expect_i64(word, f->capacity, f->available == 60000 ? 1000000 : 100 * GIB);
        rp_expect_i64(word, f->threshold, rows[i].threshold);
    }
    /* Another file system comes in the role: what was before says nothing about it. */
    struct rp_fs_reading other = disk(world.t_ns + S, RP_FS_NODEFS, 90 * GIB);
    other.dev = 77;
    world_filesystems(&world, &other, 1);
    assert_int_equal(world.arena->node.history[RP_DANGER_KUBELET_NODEFS].n, 1);
    assert_int_equal(world.arena->node.history[RP_DANGER_KUBELET_IMAGEFS].n, 5);
    world_close(&world);
}

static void tasks_are_foreseen_where_there_is_a_threshold(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    world_tree(&world);
    const struct rp_forecast *f = forecast(&world, RP_DANGER_KUBELET_PIDS);
    for (int i = 0; i < 12; i++) {
        if (i == 6) { /* no threshold is the kubelet's default */
            assert_true(f->missing & RP_MISSING_THRESHOLD);
            world.arena->node.kubelet.thresholds[world.arena->node.kubelet.thresholds_n++] =
                (struct rp_threshold){.signal = RP_SIGNAL_PID, .quantity_floor = 1000};
        }
        world.t_ns += S;
        struct rp_sample sample = world_sample(&world);
        sample.node = (struct rp_node_reading){
            .t_ns = world.t_ns, .known = RP_NODE_TASKS, .tasks = 1000 + 100 * (uint64_t)i, .tasks_max = 20000};
        world_step(&world, &sample);
    }
    rp_expect_i64("threads-max less threads", f->available, 20000 - 2100);
    rp_expect_i64("100 a second", f->growth_per_s, 100);
    rp_expect_i64("in five minutes", f->state, RP_FORECAST_CROSSING);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_memory_danger_has_its_own_number),
        cmocka_unit_test(without_kubepods_swap_is_room_too),
        cmocka_unit_test(old_runc_counts_everything),
        cmocka_unit_test(a_percentage_is_of_each_danger_s_own_capacity),
        cmocka_unit_test(growth_comes_near_and_crosses),
        cmocka_unit_test(exactly_at_the_threshold_is_not_crossed),
        cmocka_unit_test(says_what_is_missing),
        cmocka_unit_test(old_readings_are_no_evidence),
        cmocka_unit_test(a_new_pods_root_starts_a_new_history),
        cmocka_unit_test(disks_and_tasks_have_their_thresholds),
        cmocka_unit_test(tasks_are_foreseen_where_there_is_a_threshold),
    };
    return RP_RUN(tests);
}
