// SPDX-License-Identifier: Apache-2.0
/*
 * kill -9 at any instruction. A child makes, changes or undoes a brake and is stopped after every single machine
 * instruction; wherever anything that outlives it has changed since, the log as it stands then must put the knob back.
 */
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "node/act/revert.h"
#include "unit/node/act/fixture.h"

#define HIGH      "cgroup/" POD_PATH "/memory.high"
#define STEPS_MAX 20000000

struct stage {
    struct fixture fixture;
    rp_cgroup_id id;
    struct rp_undo_change *record; /* in force before the child begins, or NULL */
    struct rp_undo scratch;        /* a copy of the log, to undo from without disturbing the child */
    struct rp_undo_change before[2];
    char *live; /* the knob's file, mapped: what a write changes shows here at once */
    char knob[64];
    uint32_t verdicts;
};

/* ---- what the child does */

static void write_knob(struct stage *stage, struct rp_undo_change *change)
{
    struct rp_knob_text shown;
    char path[300];
    (void)snprintf(path, sizeof(path), "%s/cgroup/" POD_PATH, stage->fixture.tree.root);
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (rp_knob_write(fd, RP_KNOB_MEMORY_HIGH, &change->intended, &shown) != 0)
        _exit(2);
    rp_undo_commit(change, &shown);
}

static void set_brake(struct stage *stage)
{
    const struct rp_action action = {.id = 7, .cgroup = stage->id, .kind = RP_ACTION_BRACE};
    const struct rp_undo_entry entry = {.action = &action,
                                        .path = POD_PATH,
                                        .knob = RP_KNOB_MEMORY_HIGH,
                                        .old = text_of("max"),
                                        .intended = text_of("8192")};
    struct rp_undo_change *change = NULL;
    if (rp_undo_begin(&stage->fixture.undo, &entry, &change) != 0)
        _exit(2);
    write_knob(stage, change);
}

static void change_brake(struct stage *stage)
{
    const struct rp_action action = {.id = 8, .cgroup = stage->id, .kind = RP_ACTION_BRACE};
    const struct rp_undo_entry entry = {.action = &action,
                                        .path = POD_PATH,
                                        .knob = RP_KNOB_MEMORY_HIGH,
                                        .old = text_of("max"),
                                        .intended = text_of("1048576"),
                                        .earlier = text_of("8192")};
    struct rp_undo_change *change = NULL;
    if (rp_undo_begin(&stage->fixture.undo, &entry, &change) != 0)
        _exit(2);
    write_knob(stage, change);
}

static void lift_brake(struct stage *stage)
{
    if (rp_revert_change(&stage->fixture.undo, stage->record, &stage->fixture.roots, true).result != RP_REVERT_RESTORED)
        _exit(2);
    rp_undo_forget(stage->record);
}

/* A record is freed and its slot used again at once, for another value of the same knob. */
static void lift_and_set_again(struct stage *stage)
{
    lift_brake(stage);
    set_brake(stage);
}

/* ---- what the parent checks */

/* Undo from a copy of the log, look at the knob, and put its text back: the stopped child notices nothing. */
static void judge(struct stage *stage)
{
    struct rp_undo_summary summary = {0};
    char after[256];
    memcpy(stage->scratch.map, stage->fixture.undo.map, stage->fixture.undo.bytes);
    rp_undo_revert_all(&stage->scratch, &stage->fixture.roots, RP_REASON_CRASH, &summary);
    rp_tree_read(&stage->fixture.tree, HIGH, after, sizeof(after));
    after[strcspn(after, "\n")] = '\0';
    rp_expect_text(stage->knob, after, "max");
    rp_expect_u64(stage->knob, summary.left + summary.failed + summary.damaged, 0);
    rp_expect_u64(stage->knob, rp_undo_used(&stage->scratch), 0);
    rp_tree_write(&stage->fixture.tree, HIGH, stage->knob);
    stage->verdicts++;
}

static bool has_moved(struct stage *stage)
{
    if (strncmp(stage->live, stage->knob, sizeof(stage->knob)) == 0 &&
        memcmp(stage->before, stage->fixture.undo.changes, sizeof(stage->before)) == 0)
        return false;
    rp_tree_read(&stage->fixture.tree, HIGH, stage->knob, sizeof(stage->knob));
    memcpy(stage->before, stage->fixture.undo.changes, sizeof(stage->before));
    return true;
}

/* Parent and child take turns at every instruction; on one CPU that is several times faster. */
static void stay_on_one_cpu(void)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET((size_t)sched_getcpu(), &one);
    (void)sched_setaffinity(0, sizeof(one), &one);
}

static void map_knob(struct stage *stage)
{
    const int fd = fixture_open(&stage->fixture, HIGH);
    stage->live = mmap(NULL, sizeof(stage->knob), PROT_READ, MAP_SHARED, fd, 0);
    assert_true(stage->live != MAP_FAILED);
    close(fd);
}

static pid_t start(struct stage *stage, void (*run)(struct stage *stage))
{
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
        _exit(77);
    (void)raise(SIGSTOP);
    run(stage);
    _exit(0);
}

static void stage_make(struct stage *stage)
{
    fixture_make(&stage->fixture);
    stage->id = fixture_cgroup(&stage->fixture, POD_PATH);
    stage->scratch = stage->fixture.undo;
    stage->scratch.map = malloc(stage->fixture.undo.bytes);
    assert_non_null(stage->scratch.map);
    unsigned char *at = stage->scratch.map;
    stage->scratch.changes =
        (void *)(at + ((unsigned char *)stage->fixture.undo.changes - (unsigned char *)stage->fixture.undo.map));
    stage->scratch.tasks =
        (void *)(at + ((unsigned char *)stage->fixture.undo.tasks - (unsigned char *)stage->fixture.undo.map));
}

static void kill_everywhere(void (*run)(struct stage *stage), bool in_force)
{
    static struct stage stage;
    int status = 0, steps = 0;
    stage = (struct stage){0};
    stage_make(&stage);
    if (in_force) {
        const struct rp_knob_text shown = text_of("8192");
        stage.record = fixture_arm(&stage.fixture, POD_PATH, stage.id, RP_ACTION_BRACE, "max -> 8192");
        rp_undo_commit(stage.record, &shown);
        fixture_set(&stage.fixture, POD_PATH, "memory.high", "8192\n");
    }
    map_knob(&stage);
    const pid_t pid = start(&stage, run);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status)) {
        print_message("SKIP: ptrace is not allowed here\n");
        skip();
    }
    while (WIFSTOPPED(status) && steps++ < STEPS_MAX) {
        if (has_moved(&stage))
            judge(&stage);
        assert_int_equal(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL), 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
    }
    assert_int_equal(status, 0);
    print_message("%d instructions, %u different states judged\n", steps, stage.verdicts);
    assert_true(stage.verdicts >= 3);
    (void)munmap(stage.live, sizeof(stage.knob));
    free(stage.scratch.map);
    fixture_drop(&stage.fixture);
}

static void while_a_brake_is_set(void **state)
{
    (void)state;
    kill_everywhere(set_brake, false);
}

static void while_a_brake_is_changed(void **state)
{
    (void)state;
    kill_everywhere(change_brake, true);
}

static void while_a_brake_is_lifted(void **state)
{
    (void)state;
    kill_everywhere(lift_brake, true);
}

static void while_a_slot_is_used_again(void **state)
{
    (void)state;
    kill_everywhere(lift_and_set_again, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(while_a_brake_is_set),
        cmocka_unit_test(while_a_brake_is_changed),
        cmocka_unit_test(while_a_brake_is_lifted),
        cmocka_unit_test(while_a_slot_is_used_again),
    };
    stay_on_one_cpu();
    return RP_RUN(tests);
}
