// SPDX-License-Identifier: Apache-2.0
/* Readings: partial ones join older ones, and pods get their working set, growth and stall from them. */
#include "core/model/readings.h"
#include "unit/core/model/world.h"

static void fields_of_partial_readings_join(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    world_tree(&world);
    const struct rp_cgroup_reading full = {
        .id = ID_A,
        .t_ns = 10,
        .known = RP_CG_USAGE | RP_CG_INACTIVE_FILE | RP_CG_ANON_FILE | RP_CG_SWAP | RP_CG_EVENTS | RP_CG_PSI |
                 RP_CG_PIDS | RP_CG_MAX | RP_CG_COUNTS | RP_CG_POPULATED,
        .usage_bytes = 100,
        .inactive_file_bytes = 30,
        .anon_bytes = 50,
        .file_bytes = 40,
        .swap_bytes = 5,
        .max_bytes = 1000,
        .events_high = 1,
        .events_max = 2,
        .events_oom = 3,
        .events_oom_kill = 4,
        .psi_some_us = 6,
        .psi_full_us = 7,
        .pids = 8,
        .counts = {.over_high = 9},
        .populated = true,
        .frozen = true,
    };
    const struct rp_cgroup_reading light = {.id = ID_A, .t_ns = 20, .known = RP_CG_USAGE, .usage_bytes = 110};
    const struct rp_cgroup_reading late = {.id = ID_A, .t_ns = 15, .known = RP_CG_USAGE, .usage_bytes = 1};
    const struct rp_cgroup_reading stranger = {.id = 999, .t_ns = 15, .known = RP_CG_USAGE, .usage_bytes = 1};
    world_reads(&world, &full, 1);
    const struct rp_cgroup *cgroup = world_cgroup(&world, ID_A);
    assert_memory_equal(&cgroup->now, &full, sizeof(full));
    world_reads(&world, &light, 1);
    world_reads(&world, &late, 1);
    world_reads(&world, &stranger, 1);
    struct rp_cgroup_reading want = full;
    want.t_ns = 20;
    want.usage_bytes = 110;
    assert_memory_equal(&cgroup->now, &want, sizeof(want));
    assert_memory_equal(&cgroup->before, &full, sizeof(full));
    assert_int_equal(world_pod(&world, UID_A)->working_set_bytes, 80);
    world_close(&world);
}

static void the_node_joins_too(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    struct rp_sample sample = world_sample(&world);
    sample.node = (struct rp_node_reading){
        .t_ns = 10,
        .known = RP_NODE_MEM_TOTAL | RP_NODE_MEM_FREE | RP_NODE_MEM_AVAILABLE | RP_NODE_SWAP | RP_NODE_ROOT_STAT |
                 RP_NODE_PSI | RP_NODE_TASKS | RP_NODE_EDAC | RP_NODE_HARDWARE | RP_NODE_PSI_IO,
        .mem_total_bytes = 1,
        .mem_free_bytes = 2,
        .mem_available_bytes = 3,
        .swap_total_bytes = 4,
        .swap_free_bytes = 5,
        .anon_bytes = 6,
        .file_bytes = 7,
        .inactive_file_bytes = 8,
        .psi_some_us = 9,
        .psi_full_us = 10,
        .tasks = 11,
        .tasks_max = 12,
        .tasks_running = 13,
        .pid_max = 14,
        .threads_max = 15,
        .psi_io_some_us = 16,
        .psi_io_full_us = 17,
        .edac_corrected = 18,
        .edac_uncorrected = 19,
        .hardware = {20, 21, 22, 23, 24},
    };
    const struct rp_node_reading full = sample.node;
    world_step(&world, &sample);
    sample = world_sample(&world);
    sample.node = (struct rp_node_reading){.t_ns = 20, .known = RP_NODE_MEM_AVAILABLE, .mem_available_bytes = 33};
    world_step(&world, &sample);
    sample = world_sample(&world);
    sample.node = (struct rp_node_reading){.t_ns = 15, .known = RP_NODE_MEM_AVAILABLE, .mem_available_bytes = 44};
    world_step(&world, &sample); /* older than what is known */
    sample = world_sample(&world);
    world_step(&world, &sample); /* no reading of the node at all */
    struct rp_node_reading want = full;
    want.t_ns = 20;
    want.mem_available_bytes = 33;
    assert_memory_equal(&world.arena->node.now, &want, sizeof(want));
    assert_memory_equal(&world.arena->node.before, &full, sizeof(full));
    world_close(&world);
}

/* Half of the time somebody waits, a tenth of it all do; then the disk is quiet. */
static void stalls_on_disks_are_a_pace(void **state)
{
    (void)state;
    struct world world;
    uint64_t some_us = 77000000, full_us = 5000;
    world_open(&world, 16, 8);
    for (int i = 0; i < 20; i++) {
        some_us += i < 10 ? 500000 : 0;
        full_us += i < 10 ? 100000 : 0;
        world.t_ns += RP_NS_PER_S;
        struct rp_sample sample = world_sample(&world);
        sample.node = (struct rp_node_reading){
            .t_ns = world.t_ns, .known = RP_NODE_PSI_IO, .psi_io_some_us = some_us, .psi_io_full_us = full_us};
        world_step(&world, &sample);
        if (i == 9) {
            assert_int_equal(world.arena->node.io_some_us.per_s, 500000);
            assert_int_equal(world.arena->node.io_full_us.per_s, 100000);
        }
    }
    assert_int_equal(world.arena->node.io_some_us.per_s, 0);
    assert_int_equal(world.arena->node.io_some_us.total, 9 * 500000);
    world_close(&world);
}

static void working_set_needs_both_numbers(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    world_tree(&world);
    const struct rp_cgroup_reading usage = {.id = ID_A, .t_ns = 5, .known = RP_CG_USAGE, .usage_bytes = 100};
    world_reads(&world, &usage, 1);
    assert_false(world_pod(&world, UID_A)->working_set_known);
    world.t_ns = 50;
    world_usage(&world, ID_A, 100, 130);
    assert_true(world_pod(&world, UID_A)->working_set_known);
    assert_int_equal(world_pod(&world, UID_A)->working_set_bytes, 0);
    assert_int_equal(world_pod(&world, UID_A)->working_set_ns, 50);
    world_close(&world);
}

/* Usage of pod A over time at a period; returns the growth after it. */
static int64_t grow(struct world *world, rp_ns for_ns, rp_ns period_ns, int64_t *usage_bytes, int64_t per_s)
{
    for (rp_ns passed = 0; passed < for_ns; passed += period_ns) {
        world->t_ns += period_ns;
        *usage_bytes += per_s * (int64_t)(period_ns / RP_NS_PER_MS) / 1000;
        world_usage(world, ID_A, *usage_bytes, 0);
    }
    return world_pod(world, UID_A)->growth_bytes_per_s;
}

static void growth_is_seen_and_seen_to_end(void **state)
{
    (void)state;
    static const rp_ns periods[] = {10 * RP_NS_PER_MS, 100 * RP_NS_PER_MS, RP_NS_PER_S, 2 * RP_NS_PER_S};
    for (size_t i = 0; i < RP_ROWS(periods); i++) {
        struct world world;
        int64_t usage = GIB;
        world_open(&world, 16, 8);
        world_tree(&world);
        rp_expect_i64("flat", grow(&world, 20 * RP_NS_PER_S, periods[i], &usage, 0), 0);
        int64_t growth = grow(&world, 8 * RP_NS_PER_S, periods[i], &usage, 50 * RP_MIB);
        assert_in_range(growth, 49 * RP_MIB, 51 * RP_MIB);
        growth = grow(&world, 2 * RP_NS_PER_S + 2 * periods[i], periods[i], &usage, 0);
        assert_in_range(growth, 0, 20 * RP_MIB);
        growth = grow(&world, 8 * RP_NS_PER_S, periods[i], &usage, -50 * RP_MIB);
        assert_in_range(-growth, 49 * RP_MIB, 51 * RP_MIB);
        world_close(&world);
    }
}

static void stall_is_a_share_of_time(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    world_tree(&world);
    static const struct {
        rp_ns t_ns;
        uint64_t total_us;
        uint32_t permille;
    } rows[] = {
        {10 * RP_NS_PER_S, 5000000, 0},   {10 * RP_NS_PER_S + 1, 6000000, 0}, /* too soon to say */
        {12 * RP_NS_PER_S, 5500000, 250}, {14 * RP_NS_PER_S, 9500000, 1000},
        {16 * RP_NS_PER_S, 9500000, 0},   {18 * RP_NS_PER_S, 100, 0}, /* a counter that went backwards is no stall */
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        const struct rp_cgroup_reading reading = {
            .id = ID_A, .t_ns = rows[i].t_ns, .known = RP_CG_PSI, .psi_some_us = rows[i].total_us};
        world_reads(&world, &reading, 1);
        assert_int_equal(world_pod(&world, UID_A)->stall_permille, rows[i].permille);
    }
    world_close(&world);
}

/* The counters say what the ring buffer may have lost: whose shortage is the node's? */
static void counters_tell_of_the_nodes_shortage(void **state)
{
    (void)state;
    static const struct {
        const char *about;
        rp_cgroup_id id;
        struct rp_counts more;
        bool reclaim, near, oom;
    } rows[] = {
        {"a pod at its own limit", ID_A, {.limit_reclaims = 5, .over_high = 1, .oom_begins = 1}, false, false, false},
        {"node-global reclaim", ID_A, {.direct_reclaims = 1}, true, false, false},
        {"kubepods at its limit", ID_PODS, {.limit_reclaims = 1}, true, false, false},
        {"near an OOM of the node", ID_A, {.near_oom = 1}, false, true, false},
        {"OOM of the node", ID_ROOT, {.oom_begins = 1}, false, false, true},
        {"OOM of kubepods", ID_PODS, {.oom_begins = 1}, false, false, true},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct world world;
        world_open(&world, 16, 8);
        world_tree(&world);
        struct rp_cgroup_reading reading = {.id = rows[i].id, .t_ns = 5, .known = RP_CG_COUNTS, .counts = rows[i].more};
        world_reads(&world, &reading, 1); /* the first look only says how much there was before us */
        assert_int_equal(world.arena->node.global_reclaim_ns + world.arena->node.near_oom_ns, 0);
        reading.t_ns = 9;
        reading.counts.direct_reclaims *= 2;
        reading.counts.limit_reclaims *= 2;
        reading.counts.near_oom *= 2;
        reading.counts.oom_begins *= 2;
        world_reads(&world, &reading, 1);
        rp_expect_u64(rows[i].about, world.arena->node.global_reclaim_ns, rows[i].reclaim ? 9 : 0);
        rp_expect_u64(rows[i].about, world.arena->node.near_oom_ns, rows[i].near ? 9 : 0);
        rp_expect_u64(rows[i].about, world.arena->node.node_oom_ns, rows[i].oom ? 9 : 0);
        world_close(&world);
    }
}

static void without_bpf_the_files_count_the_killed(void **state)
{
    (void)state;
    for (int bpf = 0; bpf < 2; bpf++) {
        static const struct {
            rp_cgroup_id id;
            uint64_t total;
        } rows[] = {
            {ID_PODS, 7},               /* before our time */
            {ID_A, 1},    {ID_A, 5},    /* counted above already */
            {ID_PODS, 9}, {ID_PODS, 3}, /* a counter that went backwards */
            {ID_PODS, 4},
        };
        struct world world;
        world_open(&world, 16, 8);
        world_tree(&world);
        world.arena->agent.bpf = bpf;
        for (size_t i = 0; i < RP_ROWS(rows); i++) {
            const struct rp_cgroup_reading reading = {
                .id = rows[i].id, .t_ns = 10 + i, .known = RP_CG_EVENTS, .events_oom_kill = rows[i].total};
            world_reads(&world, &reading, 1);
        }
        assert_int_equal(world.arena->node.oom_kills, bpf ? 0 : 3);
        world_close(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_of_partial_readings_join),
        cmocka_unit_test(stalls_on_disks_are_a_pace),
        cmocka_unit_test(the_node_joins_too),
        cmocka_unit_test(working_set_needs_both_numbers),
        cmocka_unit_test(growth_is_seen_and_seen_to_end),
        cmocka_unit_test(without_bpf_the_files_count_the_killed),
        cmocka_unit_test(stall_is_a_share_of_time),
        cmocka_unit_test(counters_tell_of_the_nodes_shortage),
    };
    return RP_RUN(tests);
}
