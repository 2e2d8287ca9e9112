// SPDX-License-Identifier: Apache-2.0
/* Refusals and warnings: whose they are, what concerns the node, and how much of a storm the log shows. */
#include "core/model/troubles.h"

#include <stdio.h>

#include "unit/core/model/world.h"

#define DEV 0x800001u

static struct rp_event event(enum rp_event_type type, rp_cgroup_id cgroup, rp_cgroup_id owner, uint64_t value)
{
    return (struct rp_event){.type = type, .cgroup = cgroup, .owner = owner, .value = value, .t_ns = 500, .pid = 4711};
}

static void open_tree(struct world *world)
{
    world_open(world, 16, 8);
    world_tree(world);
    const struct rp_fs_reading fs = {.dev = DEV, .roles = RP_FS_NODEFS | RP_FS_LOGS, .t_ns = 1};
    world_filesystems(world, &fs, 1);
}

static const struct {
    const char *about;
    struct rp_event event;
    enum rp_trouble_kind trouble;
    uint8_t kind, a;
    int64_t value;
    const char *who;
    bool pids, fork, space;
} told[] = {
    {"the pod's own limit",
     {.type = RP_EVENT_PIDS_REFUSED, .cgroup = ID_A_CONTAINER, .owner = ID_A, .value = 100},
     RP_TROUBLE_PIDS,
     RP_LOG_PIDS,
     RP_CGROUP_POD,
     100,
     UID_A,
     false,
     false,
     false},
    {"its container's",
     {.type = RP_EVENT_PIDS_REFUSED, .cgroup = ID_A_CONTAINER, .owner = ID_A_CONTAINER, .value = 7},
     RP_TROUBLE_PIDS,
     RP_LOG_PIDS,
     RP_CGROUP_CONTAINER,
     7,
     UID_A,
     false,
     false,
     false},
    {"kubepods'",
     {.type = RP_EVENT_PIDS_REFUSED, .cgroup = ID_A_CONTAINER, .owner = ID_PODS, .value = 9},
     RP_TROUBLE_PIDS,
     RP_LOG_PIDS,
     RP_CGROUP_PODS_ROOT,
     9,
     UID_A,
     true,
     false,
     false},
    {"somebody's",
     {.type = RP_EVENT_PIDS_REFUSED, .cgroup = ID_A, .owner = 4711, .value = 9},
     RP_TROUBLE_PIDS,
     RP_LOG_PIDS,
     RP_CGROUP_OTHER,
     9,
     UID_A,
     false,
     false,
     false},
    {"the node's",
     {.type = RP_EVENT_FORK_FAILED, .cgroup = ID_SYSTEM, .value = 11},
     RP_TROUBLE_FORK,
     RP_LOG_FORK,
     11,
     0,
     "system.slice",
     false,
     true,
     false},
    {"nodefs is full",
     {.type = RP_EVENT_NO_SPACE, .cgroup = ID_A_CONTAINER, .value = DEV},
     RP_TROUBLE_SPACE,
     RP_LOG_SPACE,
     RP_FS_NODEFS | RP_FS_LOGS,
     0,
     UID_A,
     false,
     false,
     true},
    {"a volume is full",
     {.type = RP_EVENT_NO_SPACE, .cgroup = ID_A_CONTAINER, .value = DEV + 1},
     RP_TROUBLE_SPACE,
     RP_LOG_SPACE,
     0,
     0,
     UID_A,
     false,
     false,
     false},
};

static void events_are_stamped_and_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < RP_ROWS(told); i++) {
        struct world world;
        open_tree(&world);
        const struct rp_node *node = &world.arena->node;
        struct rp_event twice[2] = {told[i].event, told[i].event};
        twice[0].t_ns = 500;
        twice[1].t_ns = 400;
        const uint64_t logged = world.arena->log_n;
        world_events(&world, twice, 2);
        const struct rp_activity *activity =
            told[i].event.cgroup == ID_SYSTEM ? &node->system : &world_pod(&world, UID_A)->activity;
        const struct rp_log_entry *line = &world.arena->log[logged];
        rp_expect_u64(told[i].about, activity->troubles[told[i].trouble].t_ns, 500);
        rp_expect_u64(told[i].about, activity->troubles[told[i].trouble].count, 0); /* counters count */
        rp_expect_u64(told[i].about, world.arena->log_n, logged + 1);
        rp_expect_u64(told[i].about, line->kind, told[i].kind);
        rp_expect_u64(told[i].about, line->a, told[i].a);
        rp_expect_i64(told[i].about, line->value, told[i].value);
        rp_expect_text(told[i].about, line->pod, told[i].who);
        rp_expect_u64(told[i].about, node->pids_refused_ns, told[i].pids ? 500 : 0);
        rp_expect_u64(told[i].about, node->fork_failed_ns, told[i].fork ? 500 : 0);
        rp_expect_u64(told[i].about, node->no_space_ns, told[i].space ? 500 : 0);
        rp_expect_u64(told[i].about, world.arena->fs[0].no_space_ns, told[i].space ? 500 : 0);
        world_close(&world);
    }
}

static void the_owner_of_the_limit_is_kept(void **state)
{
    (void)state;
    struct world world;
    open_tree(&world);
    const struct rp_event by_pod = event(RP_EVENT_PIDS_REFUSED, ID_A_CONTAINER, ID_A, 100);
    const struct rp_event by_stranger = event(RP_EVENT_PIDS_REFUSED, ID_A_CONTAINER, 4711, 5);
    const struct rp_activity *activity = &world_pod(&world, UID_A)->activity;
    world_events(&world, &by_pod, 1);
    assert_int_equal(activity->pids_owner, ID_A);
    assert_int_equal(activity->pids_limit, 100);
    /* The counter says the same without the limit's value; another owner's is not this one's. */
    struct rp_cgroup_reading counts = {.id = ID_A, .t_ns = 600, .known = RP_CG_COUNTS};
    world_reads(&world, &counts, 1);
    counts.t_ns = 700;
    counts.counts.pids_refused = 3;
    world_reads(&world, &counts, 1);
    assert_int_equal(activity->troubles[RP_TROUBLE_PIDS].count, 3);
    assert_int_equal(activity->troubles[RP_TROUBLE_PIDS].t_ns, 700);
    assert_int_equal(activity->pids_limit, 100);
    world_events(&world, &by_stranger, 1);
    assert_int_equal(activity->pids_owner, ID_A);
    counts.id = ID_A_CONTAINER;
    world_reads(&world, &counts, 1);
    assert_int_equal(activity->pids_owner, ID_A_CONTAINER);
    assert_int_equal(activity->pids_limit, 0);
    world_close(&world);
}

/* Somebody else's news stays in the log, however long and from however many a storm comes. */
static void a_storm_leaves_the_log_to_others(void **state)
{
    (void)state;
    static const rp_cgroup_id ids[] = {ID_A, ID_A_CONTAINER, ID_B, ID_C, ID_SYSTEM, ID_PODS, 4711, 0};
    struct world world;
    open_tree(&world);
    rp_log_add(world.arena, (struct rp_log_entry){.kind = RP_LOG_POLICY}, NULL);
    const uint64_t news = world.arena->log_n - 1;
    for (int i = 0; i < 1200; i++) { /* twenty minutes */
        struct rp_event events[64];
        world.t_ns += RP_NS_PER_S;
        for (uint32_t k = 0; k < RP_ROWS(events); k++) {
            events[k] = event((enum rp_event_type)(RP_EVENT_PIDS_REFUSED + k % 4), ids[k / 4 % RP_ROWS(ids)],
                              ids[(k / 4 + 1) % RP_ROWS(ids)], k % 4 == 3 ? k / 4 % RP_HARDWARE_MAX : DEV);
            events[k].t_ns = world.t_ns;
        }
        world_events(&world, events, RP_ROWS(events));
    }
    assert_int_equal(world.arena->log[news % RP_LOG_MAX].number, news); /* still there */
    /* Three pods and the rest of the node with three troubles, five kinds of hardware, each once in five minutes. */
    assert_int_equal(world.arena->log_n - news - 1, 4 * (4 * 3 + 5));
    world_close(&world);
}

static void many_pods_share_the_lines_of_a_kind(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 64, 32);
    world_tree(&world);
    const uint64_t logged = world.arena->log_n;
    for (rp_cgroup_id id = 100; id < 120; id++) {
        char path[RP_PATH_MAX];
        snprintf(path, sizeof(path), "system.slice/s%u.service", (unsigned)id);
        world_born(&world, id, ID_SYSTEM, path);
        const struct rp_refusal refusal = {
            .kind = RP_TROUBLE_FORK, .subject = world_cgroup(&world, id), .t_ns = world.t_ns};
        world.arena->node.system.troubles[RP_TROUBLE_FORK].told_ns = 0; /* as if each were a pod */
        rp_trouble_seen(world.arena, &refusal);
    }
    assert_int_equal(world.arena->log_n - logged, 8);
    assert_string_equal(world.arena->log[logged].pod, "s100.service");
    world_close(&world);
}

static void hardware_warns_by_event_and_by_count(void **state)
{
    (void)state;
    struct world world;
    open_tree(&world);
    struct rp_node *node = &world.arena->node;
    const uint64_t logged = world.arena->log_n;
    struct rp_sample sample = world_sample(&world);
    sample.node = (struct rp_node_reading){.t_ns = 10,
                                           .known = RP_NODE_HARDWARE | RP_NODE_EDAC,
                                           .hardware = {[RP_HARDWARE_PAGE_LOST] = 3},
                                           .edac_corrected = 1000};
    world_step(&world, &sample); /* before our time */
    assert_int_equal(node->warnings[RP_HARDWARE_PAGE_LOST].total, 3);
    assert_int_equal(node->warnings[RP_WARNING_EDAC_CORRECTED].total, 1000);
    assert_int_equal(node->hardware_ns, 0);
    const struct rp_event events[] = {event(RP_EVENT_HARDWARE, 1, 0, RP_HARDWARE_BLOCK_ERROR),
                                      event(RP_EVENT_HARDWARE, 1, 0, RP_HARDWARE_MAX) /* of a newer program */};
    world_events(&world, events, 2);
    assert_int_equal(node->warnings[RP_HARDWARE_BLOCK_ERROR].t_ns, 500);
    assert_int_equal(node->warnings[RP_HARDWARE_BLOCK_ERROR].total, 0); /* the counter will tell */
    world.t_ns = 2000 * RP_NS_PER_S;
    sample = world_sample(&world);
    sample.node = (struct rp_node_reading){.t_ns = 20,
                                           .known = RP_NODE_HARDWARE | RP_NODE_EDAC,
                                           .hardware = {[RP_HARDWARE_PAGE_LOST] = 1, [RP_HARDWARE_BLOCK_ERROR] = 2},
                                           .edac_corrected = 1000,
                                           .edac_uncorrected = 1};
    world_step(&world, &sample);
    assert_int_equal(node->warnings[RP_HARDWARE_PAGE_LOST].total, 3); /* BPF is loaded anew */
    assert_int_equal(node->warnings[RP_HARDWARE_BLOCK_ERROR].total, 2);
    assert_int_equal(node->warnings[RP_WARNING_EDAC_CORRECTED].t_ns, 0);
    assert_int_equal(node->warnings[RP_WARNING_EDAC_UNCORRECTED].total, 1);
    assert_int_equal(node->warnings[RP_WARNING_EDAC_UNCORRECTED].t_ns, world.t_ns);
    assert_int_equal(node->hardware_ns, world.t_ns);
    assert_int_equal(world.arena->log_n - logged, 3);
    assert_int_equal(world.arena->log[logged].a, RP_HARDWARE_BLOCK_ERROR);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_stamped_and_told),          cmocka_unit_test(the_owner_of_the_limit_is_kept),
        cmocka_unit_test(a_storm_leaves_the_log_to_others),     cmocka_unit_test(many_pods_share_the_lines_of_a_kind),
        cmocka_unit_test(hardware_warns_by_event_and_by_count),
    };
    return RP_RUN(tests);
}
