// SPDX-License-Identifier: Apache-2.0
#include "node/act/shield.h"

#include "unit/node/act/fixture.h"

#define C1 POD_PATH "/c1"
#define C2 POD_PATH "/c2"

struct shield {
    struct fixture fixture;
    struct rp_undo_change *change;
    rp_cgroup_id pod;
};

static void put(struct shield *shield, int32_t pid, const char *cgroup, int adj)
{
    const struct fixture_process process = {
        .pid = pid, .parent = 1, .starttime = 1000 + (uint64_t)pid, .adj = adj, .comm = "worker", .cgroup = cgroup};
    fixture_process(&shield->fixture, &process);
}

static void end(struct shield *shield, int32_t pid)
{
    char path[32];
    (void)snprintf(path, sizeof(path), "proc/%d", pid);
    rp_tree_remove(&shield->fixture.tree, path);
}

static void make(struct shield *shield, const char *texts)
{
    fixture_make(&shield->fixture);
    shield->pod = fixture_cgroup(&shield->fixture, POD_PATH);
    (void)fixture_cgroup(&shield->fixture, C1);
    (void)fixture_cgroup(&shield->fixture, C2);
    shield->change = fixture_arm(&shield->fixture, POD_PATH, shield->pod, RP_ACTION_SHIELD, texts);
}

static struct rp_shield_counts apply(struct shield *shield)
{
    struct rp_shield_counts counts = {0};
    assert_int_equal(
        rp_shield_apply(&shield->fixture.undo, shield->change, &shield->fixture.roots, RP_NS_FOREVER, &counts), 0);
    return counts;
}

static struct rp_revert revert(struct shield *shield)
{
    const struct rp_revert what = rp_revert_change(&shield->fixture.undo, shield->change, &shield->fixture.roots, true);
    if (rp_revert_settles(what.result))
        rp_undo_forget(shield->change);
    return what;
}

static uint32_t tasks(const struct shield *shield)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < RP_UNDO_TASKS_MAX; i++)
        n += rp_undo_task_slot(&shield->fixture.undo, i) == RP_UNDO_SLOT_USED;
    return n;
}

static void sets_all_and_puts_back_each(void **state)
{
    struct shield shield;
    (void)state;
    make(&shield, ARROW "1000");
    put(&shield, 10, C1, 500);
    put(&shield, 11, C1, 300);
    put(&shield, 20, C2, 1000); /* has it already */
    put(&shield, 30, C2, -998); /* pause */
    put(&shield, 99, "kubepods/podB", 400);
    fixture_set(&shield.fixture, C1, "cgroup.procs", "10\n11\n12\n"); /* 12 has ended */
    fixture_set(&shield.fixture, C2, "cgroup.procs", "20\n30\n");
    const struct rp_shield_counts counts = apply(&shield);
    assert_int_equal(counts.seen, 3);
    assert_int_equal(counts.holding, 3);
    assert_int_equal(counts.failed, 0);
    assert_int_equal(fixture_adj(&shield.fixture, 10), 1000);
    assert_int_equal(fixture_adj(&shield.fixture, 11), 1000);
    assert_int_equal(fixture_adj(&shield.fixture, 30), -998);
    assert_int_equal(tasks(&shield), 3);

    const struct rp_revert what = revert(&shield);
    assert_int_equal(what.result, RP_REVERT_RESTORED);
    assert_int_equal(what.processes, 2);
    assert_int_equal(fixture_adj(&shield.fixture, 10), 500);
    assert_int_equal(fixture_adj(&shield.fixture, 11), 300);
    assert_int_equal(fixture_adj(&shield.fixture, 20), 1000);
    assert_int_equal(fixture_adj(&shield.fixture, 99), 400);
    assert_int_equal(tasks(&shield), 0);
    fixture_drop(&shield.fixture);
}

/* Children hold our value without a record: of their own container's they get the old one back. */
static void puts_back_what_children_inherited(void **state)
{
    struct shield shield;
    (void)state;
    make(&shield, ARROW "-998");
    put(&shield, 10, C1, 500);
    put(&shield, 20, C2, 300);
    fixture_set(&shield.fixture, C1, "cgroup.procs", "10\n");
    fixture_set(&shield.fixture, C2, "cgroup.procs", "20\n");
    (void)apply(&shield);
    assert_int_equal(fixture_adj(&shield.fixture, 10), -998);
    put(&shield, 12, C1, -998); /* born since, met by the next walk */
    fixture_set(&shield.fixture, C1, "cgroup.procs", "10\n12\n");
    (void)apply(&shield);
    assert_int_equal(tasks(&shield), 3);
    put(&shield, 13, C1, -998); /* born since and never met */
    put(&shield, 23, C2, -998);
    put(&shield, 24, C2, 77); /* not ours */
    fixture_set(&shield.fixture, C1, "cgroup.procs", "10\n12\n13\n");
    fixture_set(&shield.fixture, C2, "cgroup.procs", "20\n23\n24\n");
    assert_int_equal(revert(&shield).result, RP_REVERT_RESTORED);
    static const struct {
        int32_t pid;
        int adj;
    } rows[] = {{10, 500}, {12, 500}, {13, 500}, {20, 300}, {23, 300}, {24, 77}};
    for (size_t i = 0; i < RP_ROWS(rows); i++)
        assert_int_equal(fixture_adj(&shield.fixture, rows[i].pid), rows[i].adj);
    fixture_drop(&shield.fixture);
}

/* The parent has ended, and with it all that a record could point to but the container's last one. */
static void children_outlive_their_parent(void **state)
{
    struct shield shield;
    (void)state;
    make(&shield, ARROW "1000");
    put(&shield, 10, C1, 500);
    put(&shield, 11, C1, 500);
    fixture_set(&shield.fixture, C1, "cgroup.procs", "10\n11\n");
    (void)apply(&shield);
    end(&shield, 10);
    end(&shield, 11);
    put(&shield, 12, C1, 1000);
    fixture_set(&shield.fixture, C1, "cgroup.procs", "");
    (void)apply(&shield); /* nobody to be seen: one record is kept */
    assert_int_equal(tasks(&shield), 1);
    fixture_set(&shield.fixture, C1, "cgroup.procs", "12\n");
    assert_int_equal(revert(&shield).result, RP_REVERT_RESTORED);
    assert_int_equal(fixture_adj(&shield.fixture, 12), 500);
    assert_int_equal(tasks(&shield), 0);
    fixture_drop(&shield.fixture);
}

static void leaves_what_others_changed(void **state)
{
    struct shield shield;
    (void)state;
    make(&shield, ARROW "1000");
    put(&shield, 10, C1, 500);
    put(&shield, 11, C1, 500);
    fixture_set(&shield.fixture, C1, "cgroup.procs", "10\n11\n");
    (void)apply(&shield);
    fixture_write(&shield.fixture, "proc/10", "oom_score_adj", "-200\n");
    const struct rp_shield_counts counts = apply(&shield);
    assert_int_equal(counts.theirs, 1);
    assert_int_equal(fixture_adj(&shield.fixture, 10), -200);
    const struct rp_revert what = revert(&shield);
    assert_int_equal(what.processes, 1);
    assert_int_equal(what.processes_left, 1);
    assert_int_equal(fixture_adj(&shield.fixture, 10), -200);
    assert_int_equal(fixture_adj(&shield.fixture, 11), 500);
    assert_int_equal(tasks(&shield), 0);
    fixture_drop(&shield.fixture);
}

/* The number belongs to another process by now: whatever that holds is not ours. */
static void a_reused_pid_is_another_process(void **state)
{
    struct shield shield;
    (void)state;
    make(&shield, ARROW "1000");
    put(&shield, 10, C1, 500);
    fixture_set(&shield.fixture, C1, "cgroup.procs", "10\n");
    (void)apply(&shield);
    const struct fixture_process other = {
        .pid = 10, .parent = 1, .starttime = 5, .adj = 1000, .comm = "other", .cgroup = "kubepods/podB"};
    fixture_process(&shield.fixture, &other);
    fixture_set(&shield.fixture, C1, "cgroup.procs", "");
    (void)revert(&shield);
    assert_int_equal(fixture_adj(&shield.fixture, 10), 1000);
    assert_int_equal(tasks(&shield), 0);
    fixture_drop(&shield.fixture);
}

static void a_full_log_changes_nobody_more(void **state)
{
    struct shield shield;
    const struct rp_undo_task filler = {.group = 1, .leaf = 1, .pid = 1};
    struct rp_undo_task *task = NULL;
    (void)state;
    make(&shield, ARROW "1000");
    put(&shield, 10, C1, 500);
    put(&shield, 11, C1, 500);
    fixture_set(&shield.fixture, C1, "cgroup.procs", "10\n11\n");
    for (uint32_t i = 0; i < RP_UNDO_TASKS_MAX - 1; i++)
        assert_int_equal(rp_undo_add_task(&shield.fixture.undo, &filler, &task), 0);
    const struct rp_shield_counts counts = apply(&shield);
    assert_int_equal(counts.holding, 1);
    assert_int_equal(counts.no_room, 1);
    assert_int_equal(fixture_adj(&shield.fixture, 10), 1000);
    assert_int_equal(fixture_adj(&shield.fixture, 11), 500);
    fixture_drop(&shield.fixture);
}

/* Written down, and then killed before or after the write: undone from the log by a process that knows nothing else. */
static void is_undone_after_a_crash(void **state)
{
    static const int present[] = {500, 1000};
    (void)state;
    for (size_t i = 0; i < RP_ROWS(present); i++) {
        struct shield shield;
        struct rp_undo_summary summary = {0};
        make(&shield, ARROW "1000");
        put(&shield, 10, C1, present[i]);
        fixture_set(&shield.fixture, C1, "cgroup.procs", "10\n");
        const struct rp_undo_task task = {
            .group = shield.pod, .leaf = 1, .pid = 10, .starttime = 1010, .old = 500, .now = 1000};
        struct rp_undo_task *added = NULL;
        assert_int_equal(rp_undo_add_task(&shield.fixture.undo, &task, &added), 0);
        shield.fixture.undo.tasks[9].state = RP_UNDO_CLAIMED; /* a hand died while it filled this one */
        rp_undo_revert_all(&shield.fixture.undo, &shield.fixture.roots, RP_REASON_START, &summary);
        assert_int_equal(fixture_adj(&shield.fixture, 10), 500);
        assert_int_equal(summary.processes, present[i] == 1000);
        assert_int_equal(summary.failed + summary.left + summary.processes_failed, 0);
        assert_int_equal(tasks(&shield), 0);
        assert_int_equal(shield.fixture.undo.tasks[9].state, RP_UNDO_FREE);
        fixture_drop(&shield.fixture);
    }
}

/* The same without the shield's own record, and without a /proc to look into: then it waits for somebody who has one. */
static void process_records_stand_for_themselves(void **state)
{
    struct shield shield;
    struct rp_undo_summary summary = {0};
    (void)state;
    make(&shield, ARROW "1000");
    put(&shield, 10, C1, 500);
    fixture_set(&shield.fixture, C1, "cgroup.procs", "10\n");
    (void)apply(&shield);
    const struct rp_undo_roots blind = {.cgroup_fd = shield.fixture.roots.cgroup_fd, .proc_fd = -1};
    rp_undo_revert_all(&shield.fixture.undo, &blind, RP_REASON_EXIT, &summary);
    assert_int_equal(summary.failed, 1);
    assert_int_equal(summary.processes_failed, 1);
    assert_int_equal(tasks(&shield), 1);
    rp_undo_forget(shield.change);
    summary = (struct rp_undo_summary){0};
    rp_undo_revert_all(&shield.fixture.undo, &shield.fixture.roots, RP_REASON_EXIT, &summary);
    assert_int_equal(summary.processes, 1);
    assert_int_equal(fixture_adj(&shield.fixture, 10), 500);
    assert_int_equal(tasks(&shield), 0);
    fixture_drop(&shield.fixture);
}

/* Processes may have been moved out before their cgroup was removed. */
static void a_removed_cgroup_does_not_keep_its_processes(void **state)
{
    struct shield shield;
    (void)state;
    make(&shield, ARROW "1000");
    put(&shield, 10, C1, 500);
    fixture_set(&shield.fixture, C1, "cgroup.procs", "10\n");
    (void)apply(&shield);
    rp_tree_remove(&shield.fixture.tree, "cgroup/" POD_PATH);
    const struct rp_revert what = revert(&shield);
    assert_int_equal(what.result, RP_REVERT_GONE);
    assert_int_equal(what.processes, 1);
    assert_int_equal(fixture_adj(&shield.fixture, 10), 500);
    fixture_drop(&shield.fixture);
}

static void stops_when_it_is_late(void **state)
{
    struct shield shield;
    struct rp_shield_counts counts = {0};
    (void)state;
    make(&shield, ARROW "1000");
    put(&shield, 10, C1, 500);
    fixture_set(&shield.fixture, C1, "cgroup.procs", "10\n");
    assert_int_equal(rp_shield_apply(&shield.fixture.undo, shield.change, &shield.fixture.roots, 1, &counts), -ETIME);
    assert_int_equal(fixture_adj(&shield.fixture, 10), 500);
    assert_int_equal(tasks(&shield), 0);
    fixture_drop(&shield.fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_all_and_puts_back_each),
        cmocka_unit_test(puts_back_what_children_inherited),
        cmocka_unit_test(children_outlive_their_parent),
        cmocka_unit_test(leaves_what_others_changed),
        cmocka_unit_test(a_reused_pid_is_another_process),
        cmocka_unit_test(a_full_log_changes_nobody_more),
        cmocka_unit_test(is_undone_after_a_crash),
        cmocka_unit_test(process_records_stand_for_themselves),
        cmocka_unit_test(a_removed_cgroup_does_not_keep_its_processes),
        cmocka_unit_test(stops_when_it_is_late),
    };
    return RP_RUN(tests);
}
