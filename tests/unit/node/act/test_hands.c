// SPDX-License-Identifier: Apache-2.0
#include "node/act/hands.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "node/act/clock.h"
#include "node/act/hand.h"
#include "unit/node/act/fixture.h"

#define SECOND   RP_NS_PER_S
#define INSTANT  (200 * RP_NS_PER_MS) /* far more than a call that does not wait takes, far less than a stuck hand */
#define BUSY_FOR 600

/* ---- hands that do what a test wants */

static int works(void *ctx)
{
    (void)ctx;
    return -EXDEV; /* some answer that is not 0 */
}

static int hangs(void *ctx)
{
    (void)ctx;
    (void)poll(NULL, 0, BUSY_FOR * 1000);
    return 0;
}

static int dies(void *ctx)
{
    (void)ctx;
    _exit(9);
}

struct hand {
    pid_t pid;
    int guard; /* the guard's end */
};

static struct hand start(int (*walk)(void *ctx), int flags)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0, ends), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        const struct rp_hand_context context = {.roots = {-1, -1}, .walk = walk};
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a failing test must not leave it behind */
        close(ends[0]);
        _exit(-rp_hand_main(ends[1], &context));
    }
    close(ends[1]);
    return (struct hand){.pid = pid, .guard = ends[0]};
}

static int finish(struct hand hand)
{
    int status = 0;
    assert_int_equal(waitpid(hand.pid, &status, 0), hand.pid);
    return status;
}

static int take_within(struct rp_hands *hands, rp_ns time, struct rp_job_result *result)
{
    const rp_ns end = rp_clock_ns() + time;
    int fd = -1;
    while (rp_clock_ns() < end) {
        const rp_ns before = rp_clock_ns();
        const int taken = rp_hands_take(hands, before, result, &fd);
        assert_true(rp_clock_ns() - before < INSTANT); /* whatever the hands are doing */
        assert_int_equal(fd, -1);
        if (taken)
            return taken;
        (void)poll(NULL, 0, 1);
    }
    return 0;
}

static struct rp_job walk_until(rp_ns deadline)
{
    return (struct rp_job){.kind = RP_JOB_WALK, .deadline_ns = deadline};
}

static void a_job_goes_there_and_back(void **state)
{
    static const int flags[] = {0, SOCK_NONBLOCK};
    (void)state;
    for (size_t i = 0; i < RP_ROWS(flags); i++) {
        struct rp_hands hands;
        struct rp_job_result result;
        rp_hands_init(&hands, 1);
        const struct hand hand = start(works, flags[i]);
        struct rp_job job = walk_until(rp_clock_ns() + 30 * SECOND);
        assert_int_equal(rp_hands_post(&hands, &job), -EAGAIN); /* none yet */
        assert_int_equal(rp_hands_adopt(&hands, 0, hand.guard), 0);
        for (uint64_t round = 1; round <= 3; round++) {
            assert_int_equal(rp_hands_post(&hands, &job), 0);
            assert_int_equal(job.id, round);
            assert_int_equal(rp_hands_busy(&hands), 1);
            assert_int_equal(rp_hands_next_deadline(&hands), job.deadline_ns);
            struct rp_job second = walk_until(RP_NS_FOREVER);
            assert_int_equal(rp_hands_post(&hands, &second), -EAGAIN);
            assert_int_equal(take_within(&hands, 30 * SECOND, &result), 1);
            assert_int_equal(result.id, round);
            assert_int_equal(result.kind, RP_JOB_WALK);
            assert_int_equal(result.error, -EXDEV);
            assert_true(result.done_ns > 0);
        }
        assert_int_equal(rp_hands_next_deadline(&hands), RP_NS_FOREVER);
        job.kind = RP_JOB_MAX;
        assert_int_equal(rp_hands_post(&hands, &job), -EINVAL);
        rp_hands_deinit(&hands);
        assert_int_equal(finish(hand), 0); /* it ends with the guard */
    }
}

static void a_stuck_hand_is_given_up_in_time(void **state)
{
    struct rp_hands hands;
    struct rp_job_result result;
    (void)state;
    rp_hands_init(&hands, 2);
    const struct hand stuck = start(hangs, 0), good = start(works, 0);
    assert_int_equal(rp_hands_adopt(&hands, 1, stuck.guard), 0);
    const rp_ns begun = rp_clock_ns();
    struct rp_job job = walk_until(begun + SECOND / 2);
    assert_int_equal(rp_hands_post(&hands, &job), 0);
    const uint64_t lost = job.id;
    assert_int_equal(rp_hands_adopt(&hands, 0, good.guard), 0);

    /* The other hand goes on working meanwhile. */
    job = walk_until(begun + 30 * SECOND);
    assert_int_equal(rp_hands_post(&hands, &job), 0);
    assert_int_equal(take_within(&hands, 30 * SECOND, &result), 1);
    if (result.id != lost) { /* on a very slow machine the deadline may have come first */
        assert_int_equal(result.id, job.id);
        assert_int_equal(take_within(&hands, 30 * SECOND, &result), 1);
    }
    assert_int_equal(result.id, lost);
    assert_int_equal(result.error, -ETIMEDOUT);
    assert_true(result.done_ns - begun >= SECOND / 2);
    assert_int_equal(hands.given_up, 1);
    assert_int_equal(rp_hands_present(&hands), 1);
    assert_int_equal(rp_hands_to_replace(&hands), 1u << 1);
    assert_int_equal(rp_hands_to_replace(&hands), 0);

    /* The supervisor kills it and sends another one for its slot. */
    assert_int_equal(kill(stuck.pid, SIGKILL), 0);
    (void)finish(stuck);
    const struct hand fresh = start(works, 0);
    assert_int_equal(rp_hands_adopt(&hands, 1, fresh.guard), 0);
    assert_int_equal(rp_hands_post(&hands, &job), 0);
    assert_int_equal(take_within(&hands, 30 * SECOND, &result), 1);
    assert_int_equal(result.error, -EXDEV);
    rp_hands_deinit(&hands);
    (void)finish(good);
    (void)finish(fresh);
}

static void a_dead_hand_is_noticed(void **state)
{
    struct rp_hands hands;
    struct rp_job_result result;
    (void)state;
    rp_hands_init(&hands, 1);
    const struct hand hand = start(dies, 0);
    assert_int_equal(rp_hands_adopt(&hands, 0, hand.guard), 0);
    struct rp_job job = walk_until(rp_clock_ns() + 30 * SECOND);
    assert_int_equal(rp_hands_post(&hands, &job), 0);
    assert_int_equal(take_within(&hands, 30 * SECOND, &result), 1);
    assert_int_equal(result.error, -EPIPE);
    assert_int_equal(result.id, job.id);
    assert_int_equal(result.kind, RP_JOB_WALK);
    assert_int_equal(hands.died, 1);
    assert_int_equal(rp_hands_present(&hands), 0);
    assert_int_equal(rp_hands_to_replace(&hands), 0); /* the supervisor sees that by itself */
    (void)finish(hand);
    rp_hands_deinit(&hands);
}

/* ---- the other end played by the test */

struct ends {
    struct rp_hands hands;
    int far[2];
};

static void make_ends(struct ends *ends, uint32_t n)
{
    rp_hands_init(&ends->hands, n);
    for (uint32_t i = 0; i < n; i++) {
        int pair[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
        ends->far[i] = pair[1];
        assert_int_equal(rp_hands_adopt(&ends->hands, i, pair[0]), 0);
    }
}

static void drop_ends(struct ends *ends)
{
    for (uint32_t i = 0; i < ends->hands.n; i++)
        close(ends->far[i]);
    rp_hands_deinit(&ends->hands);
}

static void the_last_hand_waits_for_no_file_system(void **state)
{
    static const enum rp_job_kind kinds[] = {RP_JOB_EVIDENCE, RP_JOB_FILESYSTEMS, RP_JOB_POD_DISK, RP_JOB_PROCESSES};
    (void)state;
    for (size_t i = 0; i < RP_ROWS(kinds); i++) {
        struct ends ends;
        struct rp_job look = {.kind = kinds[i], .deadline_ns = RP_NS_FOREVER};
        struct rp_job other = {.kind = RP_JOB_RESTORE, .deadline_ns = RP_NS_FOREVER};
        make_ends(&ends, 2);
        assert_true(rp_hands_free_for(&ends.hands, kinds[i]));
        assert_int_equal(rp_hands_post(&ends.hands, &look), 0);
        assert_false(rp_hands_free_for(&ends.hands, kinds[i]));
        assert_int_equal(rp_hands_post(&ends.hands, &look), -EAGAIN);
        assert_true(rp_hands_free_for(&ends.hands, RP_JOB_RESTORE));
        assert_int_equal(rp_hands_post(&ends.hands, &other), 0);
        drop_ends(&ends);
    }
}

static void nonsense_ends_a_hand(void **state)
{
    const struct rp_job_result of_another_job = {.id = 77};
    const struct {
        const char *row;
        const void *bytes;
        size_t len;
        bool busy;
    } rows[] = {
        {"too short", "hello", 5, true},
        {"another job's", &of_another_job, sizeof(of_another_job), true},
        {"not asked", &of_another_job, sizeof(of_another_job), false},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct ends ends;
        struct rp_job_result result;
        struct rp_job job = walk_until(RP_NS_FOREVER);
        int fd = 3;
        make_ends(&ends, 1);
        if (rows[i].busy)
            assert_int_equal(rp_hands_post(&ends.hands, &job), 0);
        assert_int_equal(rp_send_fds(ends.far[0], rows[i].bytes, rows[i].len, NULL), 0);
        rp_expect_i64(rows[i].row, rp_hands_take(&ends.hands, 1, &result, &fd), rows[i].busy);
        rp_expect_i64(rows[i].row, rows[i].busy ? result.error : -EPIPE, -EPIPE);
        rp_expect_i64(rows[i].row, fd, -1);
        rp_expect_u64(rows[i].row, rp_hands_present(&ends.hands), 0);
        drop_ends(&ends);
    }
}

static void a_descriptor_comes_back_and_never_more(void **state)
{
    struct ends ends;
    struct rp_job_result result;
    struct rp_job job = {.kind = RP_JOB_SIGNAL, .deadline_ns = RP_NS_FOREVER};
    int fd = -1;
    (void)state;
    make_ends(&ends, 1);
    assert_int_equal(rp_hands_post(&ends.hands, &job), 0);
    const struct rp_job_result answer = {.id = job.id, .kind = RP_JOB_SIGNAL, .pid = 12};
    const struct rp_fds one = {.fd = {0}, .n = 1}, two = {.fd = {0, 0}, .n = 2};
    assert_int_equal(rp_send_fds(ends.far[0], &answer, sizeof(answer), &one), 0);
    assert_int_equal(rp_hands_take(&ends.hands, 1, &result, &fd), 1);
    assert_true(fd > 2);
    assert_int_equal(result.pid, 12);
    close(fd);
    const int lowest = fd;
    assert_int_equal(rp_hands_post(&ends.hands, &job), 0);
    assert_int_equal(rp_send_fds(ends.far[0], &answer, sizeof(answer), &two), 0);
    assert_int_equal(rp_hands_take(&ends.hands, 1, &result, &fd), 1);
    assert_int_equal(result.error, -EPIPE);
    assert_int_equal(fd, -1);
    const int probe = open("/dev/null", O_RDONLY | O_CLOEXEC); /* nothing was left open */
    assert_true(probe <= lowest);
    close(probe);
    drop_ends(&ends);
}

static void a_replaced_hand_loses_its_job_aloud(void **state)
{
    struct ends ends;
    struct rp_job_result result;
    struct rp_job job = walk_until(RP_NS_FOREVER);
    int pair[2], fd = -1;
    (void)state;
    make_ends(&ends, 1);
    assert_int_equal(rp_hands_post(&ends.hands, &job), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(rp_hands_adopt(&ends.hands, 0, pair[0]), 0);
    struct rp_job more = walk_until(RP_NS_FOREVER);
    assert_int_equal(rp_hands_post(&ends.hands, &more), -EAGAIN); /* not before the loss was told */
    assert_int_equal(rp_hands_take(&ends.hands, 1, &result, &fd), 1);
    assert_int_equal(result.id, job.id);
    assert_int_equal(result.error, -EPIPE);
    assert_int_equal(rp_hands_take(&ends.hands, 1, &result, &fd), 0);
    assert_int_equal(rp_hands_post(&ends.hands, &more), 0);
    close(pair[1]);
    drop_ends(&ends);
    int spare[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, spare), 0);
    assert_int_equal(rp_hands_adopt(&ends.hands, 5, spare[0]), -EINVAL); /* and does not keep it */
    assert_int_equal(fcntl(spare[0], F_GETFD), -1);
    close(spare[1]);
}

/* A deadline that has passed while the answer was already there is no reason to throw the answer away. */
static void an_answer_counts_more_than_a_deadline(void **state)
{
    struct ends ends;
    struct rp_job_result result;
    struct rp_job job = walk_until(1);
    int fd = -1;
    (void)state;
    make_ends(&ends, 1);
    assert_int_equal(rp_hands_post(&ends.hands, &job), 0);
    const struct rp_job_result answer = {.id = job.id, .kind = RP_JOB_WALK};
    assert_int_equal(rp_send_fds(ends.far[0], &answer, sizeof(answer), NULL), 0);
    assert_int_equal(rp_hands_take(&ends.hands, 100, &result, &fd), 1);
    assert_int_equal(result.error, 0);
    drop_ends(&ends);
}

/* ---- what a hand refuses */

static void a_hand_refuses_what_it_cannot_do(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_make(&fixture);
    const rp_cgroup_id id = fixture_cgroup(&fixture, POD_PATH);
    struct rp_undo_change *change = fixture_arm(&fixture, POD_PATH, id, RP_ACTION_SQUEEZE, "max -> 8192");
    const struct rp_hand_context context = {.undo = &fixture.undo, .roots = fixture.roots};
    const struct {
        const char *row;
        struct rp_job job;
        int error;
    } rows[] = {
        {"too late", {.kind = RP_JOB_APPLY, .deadline_ns = 1, .sequence = change->sequence}, -ETIME},
        {"no such kind", {.kind = 99, .deadline_ns = RP_NS_FOREVER}, -EINVAL},
        {"no places", {.kind = RP_JOB_FILESYSTEMS, .deadline_ns = RP_NS_FOREVER}, -EINVAL},
        {"no walk", {.kind = RP_JOB_WALK, .deadline_ns = RP_NS_FOREVER}, -EOPNOTSUPP},
        {"another record", {.kind = RP_JOB_APPLY, .deadline_ns = RP_NS_FOREVER, .sequence = 99}, -ESTALE},
        {"no record", {.kind = RP_JOB_RESTORE, .deadline_ns = RP_NS_FOREVER, .slot = 9}, -ESTALE},
        {"no slot", {.kind = RP_JOB_RESTORE, .deadline_ns = RP_NS_FOREVER, .slot = UINT32_MAX}, -ESTALE},
        {"gone", {.kind = RP_JOB_KILL, .deadline_ns = RP_NS_FOREVER, .cgroup = 1, .path = "gone"}, -ENOENT},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_job_result result;
        int fd = 3;
        rp_hand_run(&context, &rows[i].job, &result, &fd);
        rp_expect_i64(rows[i].row, result.error, rows[i].error);
        rp_expect_i64(rows[i].row, fd, -1);
    }
    assert_string_equal(fixture_line(&fixture, "cgroup/" POD_PATH "/memory.high"), "max");
    fixture_drop(&fixture);
}

static void a_hand_makes_and_undoes_a_change(void **state)
{
    struct fixture fixture;
    struct rp_job_result result;
    int fd = -1;
    (void)state;
    fixture_make(&fixture);
    const rp_cgroup_id id = fixture_cgroup(&fixture, POD_PATH);
    struct rp_undo_change *change = fixture_arm(&fixture, POD_PATH, id, RP_ACTION_SQUEEZE, "max -> 8192");
    const struct rp_hand_context context = {.undo = &fixture.undo, .roots = fixture.roots};
    struct rp_job job = {.kind = RP_JOB_APPLY, .deadline_ns = RP_NS_FOREVER, .sequence = change->sequence};
    rp_hand_run(&context, &job, &result, &fd);
    assert_int_equal(result.error, 0);
    assert_string_equal(result.shown.s, "8192");
    assert_string_equal(fixture_line(&fixture, "cgroup/" POD_PATH "/memory.high"), "8192");
    job.kind = RP_JOB_RESTORE;
    rp_hand_run(&context, &job, &result, &fd);
    assert_int_equal(result.error, 0);
    assert_int_equal(result.outcome, RP_REVERT_RESTORED);
    assert_string_equal(fixture_line(&fixture, "cgroup/" POD_PATH "/memory.high"), "max");
    /* Between the guard's look and the hand's write somebody else has set it. */
    fixture_set(&fixture, POD_PATH, "memory.high", "65536\n");
    job.kind = RP_JOB_APPLY;
    rp_hand_run(&context, &job, &result, &fd);
    assert_int_equal(result.error, -EBUSY);
    assert_int_equal(result.reason, RP_REASON_CHANGED_BY_OTHER);
    assert_string_equal(fixture_line(&fixture, "cgroup/" POD_PATH "/memory.high"), "65536");
    fixture_drop(&fixture);
}

/* A pressure file that is not the kernel's is a copy, and writing an order into it would only damage it. */
static void no_alarm_is_ordered_in_a_copy(void **state)
{
    struct fixture fixture;
    struct rp_job_result result;
    int fd = 3;
    (void)state;
    fixture_make(&fixture);
    const rp_cgroup_id id = fixture_cgroup(&fixture, POD_PATH);
    const struct rp_hand_context context = {.undo = &fixture.undo, .roots = fixture.roots};
    struct rp_job job = {.kind = RP_JOB_ALARM, .deadline_ns = RP_NS_FOREVER, .cgroup = id, .path = POD_PATH};
    rp_hand_run(&context, &job, &result, &fd);
    assert_int_equal(result.error, -ENOENT); /* no pressure file: psi=0 */
    fixture_set(&fixture, POD_PATH, "memory.pressure", "some\n");
    rp_hand_run(&context, &job, &result, &fd);
    assert_int_equal(result.error, -EMEDIUMTYPE);
    assert_int_equal(fd, -1);
    assert_string_equal(fixture_line(&fixture, "cgroup/" POD_PATH "/memory.pressure"), "some");
    job.cgroup++;
    rp_hand_run(&context, &job, &result, &fd);
    assert_int_equal(result.error, -ENOENT);
    fixture_drop(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_goes_there_and_back),
        cmocka_unit_test(a_stuck_hand_is_given_up_in_time),
        cmocka_unit_test(a_dead_hand_is_noticed),
        cmocka_unit_test(the_last_hand_waits_for_no_file_system),
        cmocka_unit_test(nonsense_ends_a_hand),
        cmocka_unit_test(a_descriptor_comes_back_and_never_more),
        cmocka_unit_test(a_replaced_hand_loses_its_job_aloud),
        cmocka_unit_test(an_answer_counts_more_than_a_deadline),
        cmocka_unit_test(a_hand_refuses_what_it_cannot_do),
        cmocka_unit_test(no_alarm_is_ordered_in_a_copy),
        cmocka_unit_test(a_hand_makes_and_undoes_a_change),
    };
    return RP_RUN(tests);
}
