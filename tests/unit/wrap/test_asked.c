// SPDX-License-Identifier: Apache-2.0
/* From end to end: the guard's request through real hands, the files, reprieve-wrap around a program, and its answer back. */
#include "node/act/request.h"
#include "reprieve/answer.h"
#include "unit/node/act/place.h"
#include "unit/node/act/stand.h"
#include "wrap/wrap.h"

struct desk {
    struct stand stand;
    rp_cgroup_id pod;
    char directory[300];
    pid_t wrap;
};

static void start_wrap(struct desk *desk, const char *command)
{
    char request[320], ack[320];
    (void)snprintf(request, sizeof(request), "--request=%s/REQUEST", desk->directory);
    (void)snprintf(ack, sizeof(ack), "--ack=%s/ACK", desk->directory);
    desk->wrap = fork();
    if (desk->wrap == 0) {
        char checkpoint[600], program[] = "sleep", time[] = "1000";
        char *const argv[] = {request, ack, checkpoint, program, time, NULL};
        (void)snprintf(checkpoint, sizeof(checkpoint), "--checkpoint-cmd=%s", command);
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        _exit(rp_wrap_main(argv));
    }
}

/* The cgroups are files; /proc, the hands and the container's first process are real. */
static void make(struct desk *desk, const char *format)
{
    struct place own;
    char command[512], line[32];
    place_make(&own); /* for the path of the cgroup that we live in; skips where there is none */
    *desk = (struct desk){0};
    stand_make(&desk->stand, 0);
    close(desk->stand.fixture.roots.proc_fd);
    desk->stand.fixture.roots.proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    desk->stand.hands.n = 2;
    stand_start_hand(&desk->stand, 0);
    stand_start_hand(&desk->stand, 1);
    rp_tree_mkdir(&desk->stand.fixture.tree, "ckpt");
    (void)snprintf(desk->directory, sizeof(desk->directory), "%s/ckpt", desk->stand.fixture.tree.root);
    (void)snprintf(command, sizeof(command), "cd %s; %s", desk->directory, format);
    start_wrap(desk, command);
    desk->pod = stand_pod(&desk->stand, own.job.path);
    (void)snprintf(line, sizeof(line), "%d\n", (int)desk->wrap);
    fixture_set(&desk->stand.fixture, own.job.path, "cgroup.procs", line);
    fixture_drop(&own.fixture);
    struct rp_contract *contract = &desk->stand.contract;
    *contract = (struct rp_contract){.trigger = RP_TRIGGER_FILE, .ack = RP_ACK_WRAP, .target = RP_TARGET_ALL};
    (void)snprintf(contract->request_path, sizeof(contract->request_path), "%.180s/REQUEST", desk->directory);
    (void)snprintf(contract->ack_path, sizeof(contract->ack_path), "%.180s/ACK", desk->directory);
    desk->stand.has_contract = true;
    char request[320];
    (void)snprintf(request, sizeof(request), "%s/REQUEST", desk->directory);
    for (rp_ns end = rp_clock_ns() + STAND_PATIENCE; access(request, F_OK) != 0; (void)poll(NULL, 0, 5))
        assert_true(rp_clock_ns() < end);
}

static void drop(struct desk *desk)
{
    int status = 0;
    assert_int_equal(kill(desk->wrap, SIGTERM), 0);
    assert_int_equal(waitpid(desk->wrap, &status, 0), desk->wrap);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 128 + SIGTERM); /* the program's end is its own */
    stand_drop(&desk->stand);
}

static struct rp_outcome ask(struct desk *desk)
{
    struct rp_action action = stand_action(&desk->stand, RP_ACTION_CHECKPOINT, desk->pod, 0);
    action.reason = RP_REASON_CHECKPOINT_TIME;
    action.expires_ns = rp_clock_ns() + 100 * RP_NS_PER_S;
    assert_int_equal(stand_apply(&desk->stand, action).state, RP_OUTCOME_PENDING);
    const struct rp_outcome asked = stand_wait(&desk->stand);
    expect_outcome("asked", &asked, RP_OUTCOME_DONE, RP_REASON_CHECKPOINT_TIME, 0);
    assert_int_equal(asked.seen, desk->wrap);
    return stand_wait(&desk->stand);
}

static void answered_with_the_size_of_the_checkpoint(void **state)
{
    struct desk desk;
    (void)state;
    make(&desk, "printf state > c; echo $REPRIEVE_SECONDS > left; echo $PWD/c");
    struct rp_outcome outcome = ask(&desk);
    expect_outcome("answered", &outcome, RP_OUTCOME_ACKED, RP_REASON_NONE, 0);
    assert_int_equal(outcome.seen, strlen("state"));
    int64_t left = 0;
    const char *line = fixture_line(&desk.stand.fixture, "ckpt/left");
    assert_int_equal(rp_parse_i64(line, strlen(line), &left), 0);
    assert_true(left > 0 && left <= 100);
    outcome = ask(&desk); /* once more: another number */
    expect_outcome("again", &outcome, RP_OUTCOME_ACKED, RP_REASON_NONE, 0);
    drop(&desk);
}

static void a_checkpoint_that_failed_is_none(void **state)
{
    struct desk desk;
    (void)state;
    make(&desk, "exit 3");
    const struct rp_outcome outcome = ask(&desk);
    expect_outcome("failed", &outcome, RP_OUTCOME_FAILED, RP_REASON_FAILED, -EIO);
    drop(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answered_with_the_size_of_the_checkpoint),
        cmocka_unit_test(a_checkpoint_that_failed_is_none),
    };
    return RP_RUN(tests);
}
