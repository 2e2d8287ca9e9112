// SPDX-License-Identifier: Apache-2.0
#include <time.h>

#include "base/fdio.h"
#include "core/parse/proc_cgroup.h"
#include "node/act/kill.h"
#include "unit/node/act/stand.h"

#define POD_A "kubepods/podA"
#define C1    POD_A "/c1"

/* ---- the observer */

static struct timespec touched(const struct fixture *fixture, const char *path)
{
    struct stat st;
    char full[1024];
    (void)snprintf(full, sizeof(full), "%s/%s", fixture->tree.root, path);
    assert_int_equal(stat(full, &st), 0);
    return st.st_mtim;
}

static void the_observer_touches_nothing(void **state)
{
    static const char *const files[] = {"memory.high", "cpu.max", "cgroup.freeze", "cgroup.kill"};
    struct stand stand;
    struct timespec before[RP_ROWS(files)];
    (void)state;
    stand_make(&stand, 0);
    const rp_cgroup_id id = stand_pod(&stand, POD_A);
    stand.actor = rp_actor_observer();
    for (size_t i = 0; i < RP_ROWS(files); i++) {
        char path[64];
        (void)snprintf(path, sizeof(path), "cgroup/" POD_A "/%s", files[i]);
        before[i] = touched(&stand.fixture, path);
    }
    for (int kind = RP_ACTION_NONE + 1; kind < RP_ACTION_MAX; kind++) {
        struct rp_outcome outcome = stand_do(&stand, (enum rp_action_kind)kind, id, 1);
        expect_outcome("apply", &outcome, RP_OUTCOME_OBSERVED, RP_REASON_GROWING, 0);
        outcome = stand_undo(&stand, (enum rp_action_kind)kind, id);
        expect_outcome("undo", &outcome, RP_OUTCOME_UNDONE, RP_REASON_CALM, 0);
    }
    rp_actor_check(stand.actor, rp_clock_ns(), &stand.out);
    rp_actor_poll(stand.actor, rp_clock_ns(), &stand.out);
    assert_int_equal(rp_actor_restore_all(stand.actor, rp_clock_ns(), RP_REASON_EXIT, &stand.out), 0);
    const struct rp_job_result result = {.kind = RP_JOB_SIGNAL};
    const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    rp_actor_result(stand.actor, &result, fd, &stand.out);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    assert_int_equal(stand.out.n, 0);
    assert_int_equal(rp_undo_used(&stand.fixture.undo), 0);
    for (size_t i = 0; i < RP_ROWS(files); i++) {
        char path[64];
        (void)snprintf(path, sizeof(path), "cgroup/" POD_A "/%s", files[i]);
        const struct timespec after = touched(&stand.fixture, path);
        assert_memory_equal(&after, &before[i], sizeof(after));
    }
    stand_drop(&stand);
}

/* ---- killing */

static void kills_a_container_at_once(void **state)
{
    struct stand stand;
    (void)state;
    stand_make(&stand, 1);
    const rp_cgroup_id id = stand_pod(&stand, C1);
    struct rp_outcome outcome = stand_do(&stand, RP_ACTION_KILL, id, 0);
    expect_outcome("kill", &outcome, RP_OUTCOME_DONE, RP_REASON_GROWING, 0);
    assert_string_equal(stand_knob(&stand, C1, "cgroup.kill"), "1");
    assert_int_equal(rp_undo_used(&stand.fixture.undo), 0);
    assert_int_equal(rp_hands_busy(&stand.hands), 1); /* a hand takes the memory back; that is no outcome */
    while (rp_hands_busy(&stand.hands))
        stand_tick(&stand, rp_clock_ns());
    assert_int_equal(stand.out.n, 0);
    outcome = stand_do(&stand, RP_ACTION_KILL, id + 1, 0);
    expect_outcome("gone", &outcome, RP_OUTCOME_FAILED, RP_REASON_CGROUP_GONE, -ENOENT);
    stand_drop(&stand);
}

/* E8: a rescue that needs no undoing is not stopped by bookkeeping, nor by the lack of hands. */
static void kills_with_a_full_log_and_no_hands(void **state)
{
    struct stand stand;
    (void)state;
    stand_make(&stand, 0);
    const rp_cgroup_id id = stand_pod(&stand, C1);
    for (uint32_t i = 0; i < RP_UNDO_CHANGES_MAX; i++)
        (void)fixture_arm(&stand.fixture, "x", 1000000 + i, RP_ACTION_FREEZE, "0 -> 1");
    const struct rp_outcome outcome = stand_do(&stand, RP_ACTION_KILL, id, 0);
    expect_outcome("kill", &outcome, RP_OUTCOME_DONE, RP_REASON_GROWING, 0);
    assert_string_equal(stand_knob(&stand, C1, "cgroup.kill"), "1");
    stand_drop(&stand);
}

/* ---- kernels without cgroup.kill. The processes and /proc are real here: a made-up pid would be somebody's. */

static pid_t sleeper(void)
{
    const pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)poll(NULL, 0, 600000);
        _exit(0);
    }
    return pid;
}

static bool own_cgroup(struct rp_proc_cgroup *own)
{
    char text[4096];
    size_t len = 0;
    const int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
    assert_int_equal(rp_pread_all(fd, text, sizeof(text), &len), 0);
    close(fd);
    assert_int_equal(rp_parse_proc_cgroup(text, len, own), 0);
    if (own->hierarchy != RP_HIERARCHY_V1)
        return true;
    print_message("SKIP: this machine has no cgroup v2 tree\n");
    return false;
}

static void use_real_proc(struct stand *stand)
{
    close(stand->fixture.roots.proc_fd);
    stand->fixture.roots.proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void kills_one_by_one_without_cgroup_kill(void **state)
{
    struct stand stand;
    struct rp_proc_cgroup own = {0};
    char line[32], directory[RP_PATH_MAX + 64];
    int status = 0;
    (void)state;
    if (!own_cgroup(&own))
        skip();
    stand_make(&stand, 0);
    use_real_proc(&stand);
    const rp_cgroup_id id = stand_pod(&stand, own.path);
    stand.hands.n = 1;
    stand_start_hand(&stand, 0);
    (void)snprintf(directory, sizeof(directory), "cgroup/%s/cgroup.kill", own.path);
    rp_tree_remove(&stand.fixture.tree, directory);
    const pid_t victim = sleeper();
    (void)snprintf(line, sizeof(line), "%d\n", (int)victim);
    fixture_set(&stand.fixture, own.path, "cgroup.procs", line);

    struct rp_outcome outcome = stand_do(&stand, RP_ACTION_KILL, id, 0);
    expect_outcome("kill", &outcome, RP_OUTCOME_PENDING, RP_REASON_GROWING, 0);
    assert_string_equal(stand_knob(&stand, own.path, "cgroup.freeze"), "1");
    assert_int_equal(rp_undo_used(&stand.fixture.undo), 1); /* the freeze is written down like any other */
    assert_int_equal(waitpid(victim, &status, 0), victim);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    outcome = stand_wait(&stand);
    expect_outcome("killed", &outcome, RP_OUTCOME_DONE, RP_REASON_GROWING, 0);
    assert_int_equal(outcome.seen, 1);
    assert_string_equal(stand_knob(&stand, own.path, "cgroup.freeze"), "0");
    assert_int_equal(rp_undo_used(&stand.fixture.undo), 0);
    stand_drop(&stand);
}

static void a_kill_that_finds_no_hand_leaves_nothing_frozen(void **state)
{
    struct stand stand;
    (void)state;
    stand_make(&stand, 0);
    const rp_cgroup_id id = stand_pod(&stand, C1);
    rp_tree_remove(&stand.fixture.tree, "cgroup/" C1 "/cgroup.kill");
    const struct rp_outcome outcome = stand_do(&stand, RP_ACTION_KILL, id, 0);
    expect_outcome("kill", &outcome, RP_OUTCOME_FAILED, RP_REASON_GROWING, -EAGAIN);
    assert_string_equal(stand_knob(&stand, C1, "cgroup.freeze"), "0");
    assert_int_equal(rp_undo_used(&stand.fixture.undo), 0);
    stand_drop(&stand);
}

/* Listed, but living elsewhere by now: not killed, and not waited for either. */
static void kills_nobody_who_left(void **state)
{
    struct stand stand;
    struct rp_proc_cgroup own = {0};
    struct rp_job_result result = {0};
    char line[32];
    (void)state;
    if (!own_cgroup(&own))
        skip();
    stand_make(&stand, 0);
    use_real_proc(&stand);
    const pid_t neighbour = sleeper();
    (void)snprintf(line, sizeof(line), "%d\n", (int)neighbour);
    const rp_cgroup_id id = stand_pod(&stand, "somewhere/else");
    fixture_set(&stand.fixture, "somewhere/else", "cgroup.procs", line);
    const struct rp_job job = {
        .kind = RP_JOB_KILL, .cgroup = id, .deadline_ns = RP_NS_FOREVER, .path = "somewhere/else"};
    rp_kill_run(&stand.fixture.roots, &job, &result);
    assert_int_equal(result.touched, 0);
    assert_int_equal(result.error, 0);
    assert_int_equal(waitpid(neighbour, NULL, WNOHANG), 0);
    assert_int_equal(kill(neighbour, SIGKILL), 0);
    assert_int_equal(waitpid(neighbour, NULL, 0), neighbour);
    stand_drop(&stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_observer_touches_nothing),
        cmocka_unit_test(kills_a_container_at_once),
        cmocka_unit_test(kills_with_a_full_log_and_no_hands),
        cmocka_unit_test(kills_one_by_one_without_cgroup_kill),
        cmocka_unit_test(a_kill_that_finds_no_hand_leaves_nothing_frozen),
        cmocka_unit_test(kills_nobody_who_left),
    };
    return RP_RUN(tests);
}
