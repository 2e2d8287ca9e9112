// SPDX-License-Identifier: Apache-2.0
/* Kernel events: which of them speak of the whole node, what the log says of them, and losses. */
#include "core/model/events.h"
#include "unit/core/model/world.h"

static struct rp_event event(enum rp_event_type type, rp_cgroup_id cgroup, rp_cgroup_id owner, rp_ns t_ns)
{
    return (struct rp_event){.type = type, .cgroup = cgroup, .owner = owner, .t_ns = t_ns, .pid = 4711};
}

static void stamps_of_the_nodes_shortage(void **state)
{
    (void)state;
    static const struct {
        const char *about;
        enum rp_event_type type;
        rp_cgroup_id cgroup, owner;
        bool reclaim, near, oom;
    } rows[] = {
        {"OOM of the node", RP_EVENT_OOM_BEGIN, ID_A, 0, false, false, true},
        {"OOM of kubepods", RP_EVENT_OOM_BEGIN, ID_A, ID_PODS, false, false, true},
        {"OOM of a QoS level", RP_EVENT_OOM_BEGIN, ID_A, ID_BURSTABLE, false, false, true},
        {"OOM of one pod", RP_EVENT_OOM_BEGIN, ID_A, ID_A, false, false, false},
        {"OOM of one service", RP_EVENT_OOM_BEGIN, ID_SYSTEM, ID_SYSTEM, false, false, false},
        {"node-global reclaim", RP_EVENT_DIRECT_RECLAIM, ID_A, 0, true, false, false},
        {"limit of kubepods", RP_EVENT_LIMIT_RECLAIM, ID_A, ID_PODS, true, false, false},
        {"limit of one pod", RP_EVENT_LIMIT_RECLAIM, ID_A, ID_A, false, false, false},
        {"limit of somebody unknown", RP_EVENT_LIMIT_RECLAIM, ID_A, 12345, false, false, false},
        {"over memory.high", RP_EVENT_OVER_HIGH, ID_A, ID_A, false, false, false},
        {"near an OOM", RP_EVENT_NEAR_OOM, ID_A, 0, false, true, false},
        {"a type of a newer program", RP_EVENT_MAX, ID_A, 0, false, false, false},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct world world;
        world_open(&world, 16, 8);
        world_tree(&world);
        const struct rp_event events[] = {
            event(rows[i].type, rows[i].cgroup, rows[i].owner, 500),
            event(rows[i].type, rows[i].cgroup, rows[i].owner, 400), /* rings of several CPUs may swap two */
        };
        world_events(&world, events, 2);
        rp_expect_u64(rows[i].about, world.arena->node.global_reclaim_ns, rows[i].reclaim ? 500 : 0);
        rp_expect_u64(rows[i].about, world.arena->node.near_oom_ns, rows[i].near ? 500 : 0);
        rp_expect_u64(rows[i].about, world.arena->node.node_oom_ns, rows[i].oom ? 500 : 0);
        world_close(&world);
    }
}

static void a_limit_above_kubepods_is_shared_too(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    world_born(&world, 1, 0, "");
    world_born(&world, 2, 1, "kubelet.slice");
    world_born(&world, 3, 2, "kubelet.slice/kubelet-kubepods.slice");
    const struct rp_event above = event(RP_EVENT_OOM_BEGIN, 3, 2, 7);
    world_events(&world, &above, 1);
    assert_int_equal(world.arena->node.node_oom_ns, 7);
    world_close(&world);
}

static void the_log_names_the_pod_even_if_it_dies_at_once(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    world_tree(&world);
    const struct rp_event kill = event(RP_EVENT_OOM_KILL, ID_A_CONTAINER, ID_A, 600);
    const struct rp_cgroup_death death = {.id = ID_A_CONTAINER};
    struct rp_sample sample = world_sample(&world);
    sample.events = &kill;
    sample.events_n = 1;
    sample.deaths = &death;
    sample.deaths_n = 1;
    const uint64_t logged = world.arena->log_n;
    world_step(&world, &sample);
    const struct rp_log_entry *line = &world.arena->log[logged];
    assert_int_equal(line->kind, RP_LOG_OOM);
    assert_int_equal(line->a, 2);
    assert_int_equal(line->value, 4711);
    assert_int_equal(line->t_ns, 600);
    assert_string_equal(line->pod, UID_A);
    world_close(&world);
}

static void a_group_kill_counts_all_and_logs_few(void **state)
{
    (void)state;
    struct world world;
    struct rp_event events[100];
    world_open(&world, 16, 8);
    world_tree(&world);
    const uint64_t logged = world.arena->log_n;
    for (int i = 0; i < 100; i++)
        events[i] = event(RP_EVENT_OOM_VICTIM, ID_A_CONTAINER, ID_A, world.t_ns);
    world_events(&world, events, 100);
    assert_int_equal(world.arena->node.oom_kills, 100);
    assert_int_equal(world.arena->log_n, logged + 8);
    world.t_ns += 2 * RP_NS_PER_S;
    events[0].t_ns = world.t_ns;
    world_events(&world, events, 1);
    assert_int_equal(world.arena->log_n, logged + 9);
    world_close(&world);
}

static void losses_are_kept_and_said_now_and_then(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    const uint64_t logged = world.arena->log_n;
    for (uint64_t i = 1; i <= 30; i++) {
        world.t_ns += RP_NS_PER_S;
        struct rp_sample sample = world_sample(&world);
        sample.lost[RP_LOST_EVENT] = 10 * i;
        sample.dropped = i;
        world_step(&world, &sample);
    }
    assert_int_equal(world.arena->node.lost[RP_LOST_EVENT], 300);
    assert_int_equal(world.arena->node.dropped, 30);
    assert_in_range(world.arena->log_n - logged, 2, 4);
    assert_int_equal(world.arena->log[logged].kind, RP_LOG_LOST);
    assert_int_equal(world.arena->log[logged].value, 11);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stamps_of_the_nodes_shortage),
        cmocka_unit_test(a_limit_above_kubepods_is_shared_too),
        cmocka_unit_test(the_log_names_the_pod_even_if_it_dies_at_once),
        cmocka_unit_test(a_group_kill_counts_all_and_logs_few),
        cmocka_unit_test(losses_are_kept_and_said_now_and_then),
    };
    return RP_RUN(tests);
}
