// SPDX-License-Identifier: Apache-2.0
/* Checkpoint requests, with hands played by the test: it sees every job and answers as it likes. */
#include "node/act/request.h"

#include <sys/utsname.h>

#include "base/fdio.h"
#include "reprieve/answer.h"
#include "unit/node/act/stand.h"

#define POD_A "kubepods/podA"
#define START (1000 * RP_NS_PER_S)

struct desk {
    struct stand stand;
    int far[2];
    rp_cgroup_id pod;
    rp_ns now;
};

static void make(struct desk *desk, enum rp_ack ack)
{
    stand_make(&desk->stand, 0);
    desk->stand.hands.n = 2;
    for (uint32_t i = 0; i < 2; i++) {
        int pair[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
        desk->far[i] = pair[1];
        assert_int_equal(rp_hands_adopt(&desk->stand.hands, i, pair[0]), 0);
    }
    desk->pod = stand_pod(&desk->stand, POD_A);
    desk->now = START;
    desk->stand.has_contract = true;
    desk->stand.contract = (struct rp_contract){.trigger = RP_TRIGGER_SIGNAL,
                                                .signal = SIGUSR1,
                                                .ack = (uint8_t)ack,
                                                .target = RP_TARGET_COMM,
                                                .comm = "python3",
                                                .ack_path = "/ckpt/ack"};
}

static void drop(struct desk *desk)
{
    close(desk->far[0]);
    close(desk->far[1]);
    stand_drop(&desk->stand);
}

static struct rp_outcome ask(struct desk *desk)
{
    struct rp_action action = stand_action(&desk->stand, RP_ACTION_CHECKPOINT, desk->pod, SIGUSR1);
    action.deadline_ns = desk->now + 60 * RP_NS_PER_S;
    struct rp_outcome outcome;
    rp_requests_begin(&desk->stand.real.requests, &action, desk->now, &outcome);
    return outcome;
}

/* The next job that a hand was given, or kind NONE. */
static struct rp_job next_job(struct desk *desk, int *ret_far)
{
    struct rp_job job = {0};
    for (uint32_t i = 0; i < 2; i++) {
        *ret_far = desk->far[i];
        if (recv(desk->far[i], &job, sizeof(job), MSG_DONTWAIT) == (ssize_t)sizeof(job))
            return job;
    }
    return (struct rp_job){0};
}

static void tick(struct desk *desk, rp_ns after)
{
    desk->now += after;
    stand_tick(&desk->stand, desk->now);
}

/* The job is there and of this kind; answer it and let the guard hear. */
static struct rp_job answer(struct desk *desk, enum rp_job_kind kind, struct rp_job_result result, int fd)
{
    int far = -1;
    const struct rp_job job = next_job(desk, &far);
    const struct rp_fds fds = {.fd = {fd}, .n = fd >= 0};
    assert_int_equal(job.kind, kind);
    result.id = job.id;
    result.kind = job.kind;
    result.done_ns = desk->now;
    assert_int_equal(rp_send_fds(far, &result, sizeof(result), &fds), 0);
    tick(desk, 0);
    return job;
}

static void expect_no_job(struct desk *desk)
{
    int far = -1;
    assert_int_equal(next_job(desk, &far).kind, RP_JOB_NONE);
}

static void expect_one(struct desk *desk, enum rp_outcome_state state, enum rp_reason reason, int error)
{
    assert_int_equal(desk->stand.out.n, 1);
    expect_outcome("outcome", &desk->stand.list[0], state, reason, error);
    desk->stand.out.n = 0;
}

static struct rp_job_result evidence(int64_t mtime_ns)
{
    struct rp_job_result result = {.evidence = {.n = 1, .file = {{.leaf = 7, .state = RP_EVIDENCE_ABSENT}}}};
    if (mtime_ns > 0)
        result.evidence.file[0] =
            (struct rp_evidence_file){.leaf = 7, .state = RP_EVIDENCE_PRESENT, .mtime_ns = mtime_ns};
    return result;
}

static void looks_asks_and_looks_again(void **state)
{
    struct desk desk;
    (void)state;
    make(&desk, RP_ACK_FILE);
    const struct rp_outcome outcome = ask(&desk);
    expect_outcome("asked", &outcome, RP_OUTCOME_PENDING, RP_REASON_GROWING, 0);
    tick(&desk, 1);
    struct rp_job job = answer(&desk, RP_JOB_EVIDENCE, evidence(50), -1); /* a file from an earlier checkpoint */
    assert_string_equal(job.target.path, "/ckpt/ack");
    assert_string_equal(job.path, POD_A);
    assert_int_equal(job.cgroup, desk.pod);
    assert_int_equal(desk.stand.out.n, 0);

    job = answer(&desk, RP_JOB_SIGNAL, (struct rp_job_result){.touched = 1, .pid = 321}, -1);
    assert_int_equal(job.target.signal, SIGUSR1);
    assert_int_equal(job.target.target, RP_TARGET_COMM);
    assert_string_equal(job.target.comm, "python3");
    assert_false(job.target.want_pidfd);
    assert_int_equal(desk.stand.list[0].seen, 321);
    expect_one(&desk, RP_OUTCOME_DONE, RP_REASON_GROWING, 0);

    (void)answer(&desk, RP_JOB_EVIDENCE, evidence(50), -1);
    tick(&desk, 100 * RP_NS_PER_MS);
    expect_no_job(&desk); /* not more often than four times a second */
    tick(&desk, 200 * RP_NS_PER_MS);
    assert_int_equal(desk.stand.out.n, 0);
    (void)answer(&desk, RP_JOB_EVIDENCE, evidence(51), -1);
    assert_int_equal(desk.stand.list[0].t_ns, desk.now);
    expect_one(&desk, RP_OUTCOME_ACKED, RP_REASON_NONE, 0);
    tick(&desk, RP_NS_PER_S);
    expect_no_job(&desk);
    drop(&desk);
}

static void times_out(void **state)
{
    struct desk desk;
    (void)state;
    make(&desk, RP_ACK_FILE);
    (void)ask(&desk);
    tick(&desk, 1);
    (void)answer(&desk, RP_JOB_EVIDENCE, evidence(0), -1);
    (void)answer(&desk, RP_JOB_SIGNAL, (struct rp_job_result){.touched = 1, .pid = 321}, -1);
    desk.stand.out.n = 0;
    (void)answer(&desk, RP_JOB_EVIDENCE, evidence(0), -1);
    tick(&desk, 59 * RP_NS_PER_S);
    (void)answer(&desk, RP_JOB_EVIDENCE, evidence(0), -1);
    assert_int_equal(desk.stand.out.n, 0);
    tick(&desk, 2 * RP_NS_PER_S);
    expect_one(&desk, RP_OUTCOME_TIMED_OUT, RP_REASON_GROWING, -ETIMEDOUT);
    const struct rp_outcome outcome = ask(&desk); /* and may be asked anew */
    expect_outcome("again", &outcome, RP_OUTCOME_PENDING, RP_REASON_GROWING, 0);
    drop(&desk);
}

/* The acknowledgement file lies on a mount that does not answer: asked all the same, and one hand is all that it costs. */
static void a_hung_mount_does_not_keep_the_signal(void **state)
{
    struct desk desk;
    int far = -1;
    (void)state;
    make(&desk, RP_ACK_FILE);
    (void)ask(&desk);
    tick(&desk, 1);
    assert_int_equal(next_job(&desk, &far).kind, RP_JOB_EVIDENCE); /* and never comes back */
    tick(&desk, 3 * RP_NS_PER_S);
    assert_int_equal(desk.stand.hands.given_up, 1);
    (void)answer(&desk, RP_JOB_SIGNAL, (struct rp_job_result){.touched = 1, .pid = 321}, -1);
    expect_one(&desk, RP_OUTCOME_DONE, RP_REASON_GROWING, 0);
    for (int i = 0; i < 50; i++)
        tick(&desk, RP_NS_PER_S);
    expect_no_job(&desk);
    assert_int_equal(desk.stand.hands.given_up, 1);
    tick(&desk, 10 * RP_NS_PER_S);
    expect_one(&desk, RP_OUTCOME_TIMED_OUT, RP_REASON_GROWING, -ETIMEDOUT);
    drop(&desk);
}

/* Every hand is busy with something else: the look is given up, not the request. */
static void asks_without_a_baseline_if_it_must(void **state)
{
    struct desk desk;
    int far = -1;
    (void)state;
    make(&desk, RP_ACK_FILE);
    struct rp_job other = {.kind = RP_JOB_WALK, .deadline_ns = RP_NS_FOREVER};
    assert_int_equal(rp_hands_post(&desk.stand.hands, &other), 0); /* one left: it does not wait for tenants */
    (void)ask(&desk);
    tick(&desk, 1);
    assert_int_equal(next_job(&desk, &far).kind, RP_JOB_WALK);
    expect_no_job(&desk);
    tick(&desk, 3 * RP_NS_PER_S);
    tick(&desk, 1);
    (void)answer(&desk, RP_JOB_SIGNAL, (struct rp_job_result){.touched = 1, .pid = 321}, -1);
    expect_one(&desk, RP_OUTCOME_DONE, RP_REASON_GROWING, 0);
    drop(&desk);
}

static void tells_why_nobody_was_asked(void **state)
{
    static const struct {
        const char *row;
        struct rp_job_result result;
        enum rp_outcome_state state;
        enum rp_reason reason;
    } rows[] = {
        {"no handler",
         {.error = -EPERM, .reason = RP_REASON_E7_NO_HANDLER},
         RP_OUTCOME_REFUSED,
         RP_REASON_E7_NO_HANDLER},
        {"elsewhere",
         {.error = -EPERM, .reason = RP_REASON_E7_NOT_SAME_CGROUP},
         RP_OUTCOME_REFUSED,
         RP_REASON_E7_NOT_SAME_CGROUP},
        {"nobody there", {.error = -ESRCH}, RP_OUTCOME_FAILED, RP_REASON_FAILED},
        {"not allowed", {.error = -EPERM}, RP_OUTCOME_FAILED, RP_REASON_FAILED},
        {"gone", {.error = -ENOENT}, RP_OUTCOME_FAILED, RP_REASON_CGROUP_GONE},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct desk desk;
        make(&desk, RP_ACK_NONE);
        (void)ask(&desk);
        tick(&desk, 1);
        (void)answer(&desk, RP_JOB_SIGNAL, rows[i].result, -1);
        expect_one(&desk, rows[i].state, rows[i].reason, rows[i].result.error);
        drop(&desk);
    }
}

/* Where the workload watches a file, that is written instead of a signal; the rest is the same. */
static void asks_through_the_file_that_is_watched(void **state)
{
    struct desk desk;
    (void)state;
    make(&desk, RP_ACK_FILE);
    desk.stand.contract.trigger = RP_TRIGGER_FILE;
    desk.stand.contract.signal = 0;
    (void)snprintf(desk.stand.contract.request_path, RP_CONTRACT_PATH_MAX, "/ckpt/REQUEST");
    struct rp_action action = stand_action(&desk.stand, RP_ACTION_CHECKPOINT, desk.pod, 0);
    struct rp_outcome outcome;
    action.reason = RP_REASON_CHECKPOINT_LATE;
    action.deadline_ns = desk.now + 60 * RP_NS_PER_S;
    action.expires_ns = desk.now + 20 * RP_NS_PER_S;
    rp_requests_begin(&desk.stand.real.requests, &action, desk.now, &outcome);
    expect_outcome("asked", &outcome, RP_OUTCOME_PENDING, RP_REASON_CHECKPOINT_LATE, 0);
    tick(&desk, 1);
    struct rp_job job = answer(&desk, RP_JOB_EVIDENCE, evidence(50), -1);
    assert_string_equal(job.target.path, "/ckpt/ack");
    job = answer(&desk, RP_JOB_REQUEST, (struct rp_job_result){.touched = 1, .pid = 321}, -1);
    assert_string_equal(job.target.path, "/ckpt/REQUEST");
    assert_true(job.request.id != 0 && job.request.is_critical);
    assert_int_equal(job.request.id % (1u << 20),
                     action.id); /* and the time before it: unlike any of an earlier guard */
    assert_true(job.request.id >> 20 > 1600000000);
    assert_int_equal(job.request.due_ns, action.expires_ns);
    assert_int_equal(job.request.reason, RP_REASON_CHECKPOINT_LATE);
    expect_one(&desk, RP_OUTCOME_DONE, RP_REASON_CHECKPOINT_LATE, 0);
    (void)answer(&desk, RP_JOB_EVIDENCE, evidence(51), -1);
    expect_one(&desk, RP_OUTCOME_ACKED, RP_REASON_NONE, 0);
    drop(&desk);
}

/* reprieve-wrap answers by number, so no look beforehand is needed, and it says when there is no checkpoint. */
static void hears_what_wrap_says(void **state)
{
    static const struct {
        enum rp_answer_result result;
        enum rp_outcome_state state;
        enum rp_reason reason;
        int error;
    } rows[] = {
        {RP_ANSWER_OK, RP_OUTCOME_ACKED, RP_REASON_NONE, 0},
        {RP_ANSWER_FAILED, RP_OUTCOME_FAILED, RP_REASON_FAILED, -EIO},
        {RP_ANSWER_TIMEOUT, RP_OUTCOME_FAILED, RP_REASON_FAILED, -EIO},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct desk desk;
        struct rp_job_result said = evidence(50);
        make(&desk, RP_ACK_WRAP);
        desk.stand.contract.trigger = RP_TRIGGER_FILE;
        desk.stand.contract.signal = 0;
        struct rp_action action = stand_action(&desk.stand, RP_ACTION_CHECKPOINT, desk.pod, 0);
        struct rp_outcome outcome;
        action.deadline_ns = desk.now + 60 * RP_NS_PER_S;
        rp_requests_begin(&desk.stand.real.requests, &action, desk.now, &outcome);
        tick(&desk, 1);
        const struct rp_job job = answer(&desk, RP_JOB_REQUEST, (struct rp_job_result){.touched = 1, .pid = 321}, -1);
        desk.stand.out.n = 0;
        said.evidence.file[0].result = (uint32_t)rows[i].result;
        said.evidence.file[0].answers = job.request.id - 1; /* to an earlier request */
        said.evidence.file[0].checkpoint_bytes = 4096;
        (void)answer(&desk, RP_JOB_EVIDENCE, said, -1);
        assert_int_equal(desk.stand.out.n, 0);
        tick(&desk, RP_NS_PER_S);
        said.evidence.file[0].answers = job.request.id;
        (void)answer(&desk, RP_JOB_EVIDENCE, said, -1);
        assert_int_equal(desk.stand.list[0].seen, rows[i].error ? 0 : 4096);
        expect_one(&desk, rows[i].state, rows[i].reason, rows[i].error);
        drop(&desk);
    }
}

static void a_request_file_that_fails_is_said(void **state)
{
    struct desk desk;
    (void)state;
    make(&desk, RP_ACK_NONE);
    desk.stand.contract.trigger = RP_TRIGGER_FILE;
    desk.stand.contract.signal = 0;
    struct rp_action action = stand_action(&desk.stand, RP_ACTION_CHECKPOINT, desk.pod, 0);
    struct rp_outcome outcome;
    action.deadline_ns = desk.now + 60 * RP_NS_PER_S;
    rp_requests_begin(&desk.stand.real.requests, &action, desk.now, &outcome);
    tick(&desk, 1);
    (void)answer(&desk, RP_JOB_REQUEST, (struct rp_job_result){.error = -ENOSPC}, -1);
    expect_one(&desk, RP_OUTCOME_FAILED, RP_REASON_FAILED, -ENOSPC);
    drop(&desk);
}

/* The newest of many files may still be written: only what two looks found alike is an answer. */
static void waits_for_the_newest_to_settle(void **state)
{
    struct desk desk;
    struct rp_job_result seen = evidence(51);
    (void)state;
    make(&desk, RP_ACK_MTIME);
    (void)ask(&desk);
    tick(&desk, 1);
    assert_int_equal(answer(&desk, RP_JOB_EVIDENCE, evidence(50), -1).target.ack, RP_ACK_MTIME);
    (void)answer(&desk, RP_JOB_SIGNAL, (struct rp_job_result){.touched = 1, .pid = 321}, -1);
    desk.stand.out.n = 0;
    for (uint64_t bytes = 1; bytes <= 3; bytes++) {
        seen.evidence.file[0].bytes = bytes;
        (void)answer(&desk, RP_JOB_EVIDENCE, seen, -1);
        assert_int_equal(desk.stand.out.n, 0);
        tick(&desk, RP_NS_PER_S);
    }
    (void)answer(&desk, RP_JOB_EVIDENCE, seen, -1);
    assert_int_equal(desk.stand.list[0].seen, 3); /* its size */
    expect_one(&desk, RP_OUTCOME_ACKED, RP_REASON_NONE, 0);
    drop(&desk);
}

/* Without a declared acknowledgement the request ends with the signal. */
static void without_ack_it_is_over_when_asked(void **state)
{
    struct desk desk;
    (void)state;
    make(&desk, RP_ACK_NONE);
    (void)ask(&desk);
    tick(&desk, 1);
    (void)answer(&desk, RP_JOB_SIGNAL, (struct rp_job_result){.touched = 1, .pid = 321}, -1);
    expect_one(&desk, RP_OUTCOME_DONE, RP_REASON_GROWING, 0);
    tick(&desk, 100 * RP_NS_PER_S);
    assert_int_equal(desk.stand.out.n, 0);
    drop(&desk);
}

static void refuses_what_was_not_declared(void **state)
{
    struct desk desk;
    (void)state;
    make(&desk, RP_ACK_FILE);
    struct rp_outcome outcome = ask(&desk);
    outcome = ask(&desk);
    expect_outcome("twice", &outcome, RP_OUTCOME_REFUSED, RP_REASON_RATE_LIMITED, 0);
    drop(&desk);

    make(&desk, RP_ACK_FILE);
    desk.stand.contract.signal = SIGUSR2; /* the plan says another one */
    outcome = ask(&desk);
    expect_outcome("another signal", &outcome, RP_OUTCOME_REFUSED, RP_REASON_E7_NOT_DECLARED, 0);
    desk.stand.contract.signal = SIGUSR1;
    desk.stand.contract.trigger = RP_TRIGGER_NONE;
    outcome = ask(&desk);
    expect_outcome("no trigger", &outcome, RP_OUTCOME_REFUSED, RP_REASON_E7_NOT_DECLARED, 0);
    desk.stand.has_contract = false;
    outcome = ask(&desk);
    expect_outcome("no contract", &outcome, RP_OUTCOME_REFUSED, RP_REASON_E7_NOT_DECLARED, 0);
    desk.stand.has_contract = true;
    desk.stand.contract.trigger = RP_TRIGGER_SIGNAL;
    desk.pod = 12345;
    outcome = ask(&desk);
    expect_outcome("gone", &outcome, RP_OUTCOME_FAILED, RP_REASON_CGROUP_GONE, -ENOENT);
    tick(&desk, 1);
    expect_no_job(&desk);
    for (rp_cgroup_id i = 0; i < RP_REQUESTS_MAX; i++) {
        char path[32];
        (void)snprintf(path, sizeof(path), "pod%d", (int)i);
        desk.pod = stand_pod(&desk.stand, path);
        outcome = ask(&desk);
        expect_outcome("as many as it holds", &outcome, RP_OUTCOME_PENDING, RP_REASON_GROWING, 0);
    }
    desk.pod = stand_pod(&desk.stand, "onemore");
    outcome = ask(&desk);
    expect_outcome("one more", &outcome, RP_OUTCOME_FAILED, RP_REASON_FAILED, -EAGAIN);
    drop(&desk);
}

/* ---- `exit` */

static void accepts_declared_codes_only(void **state)
{
    const struct rp_contract contract = {.exit_codes = {1u << 0 | 1u << 1, 0, 0, 1u << 31}};
    static const struct {
        int status;
        bool want;
    } rows[] = {
        {0, true},         {1 << 8, true},    {2 << 8, false},  {127 << 8, true},
        {128 << 8, false}, {255 << 8, false}, {SIGKILL, false}, {SIGTERM, false},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++)
        assert_int_equal(rp_request_accepts(&contract, rows[i].status), rows[i].want);
}

/* Kernels from 6.15 on tell how a process ended to who holds its pidfd; found out here by its number. */
static bool kernel_tells_exit_codes(void)
{
    uint64_t major = 0, minor = 0;
    struct utsname kernel;
    assert_int_equal(uname(&kernel), 0);
    const size_t dot = strcspn(kernel.release, ".");
    assert_int_equal(rp_parse_u64(kernel.release, dot, &major), 0);
    const char *rest = kernel.release + dot + 1;
    assert_int_equal(rp_parse_u64(rest, strspn(rest, "0123456789"), &minor), 0);
    return major > 6 || (major == 6 && minor >= 15);
}

static void the_end_of_the_process_is_evidence(void **state)
{
    static const struct {
        const char *row;
        int code; /* negative: the signal that kills it */
        enum rp_outcome_state told, guessed;
        int64_t seen;
    } rows[] = {
        {"declared code", 1, RP_OUTCOME_ACKED, RP_OUTCOME_ACKED, 1},
        {"another code", 3, RP_OUTCOME_FAILED, RP_OUTCOME_ACKED, 3},
        {"killed", -SIGKILL, RP_OUTCOME_FAILED, RP_OUTCOME_ACKED, 128 + SIGKILL},
    };
    const bool told = kernel_tells_exit_codes();
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct desk desk;
        int hold[2];
        char byte = 0;
        make(&desk, RP_ACK_EXIT);
        desk.stand.contract.exit_codes[0] = 1u << 1;
        assert_int_equal(pipe(hold), 0);
        const pid_t pid = fork();
        if (pid == 0) {
            close(hold[1]);
            (void)!read(hold[0], &byte, 1);
            if (rows[i].code < 0)
                (void)raise(-rows[i].code);
            _exit(rows[i].code);
        }
        close(hold[0]);
        (void)ask(&desk);
        tick(&desk, 1);
        const int pidfd = rp_pidfd_open(pid);
        assert_true(
            answer(&desk, RP_JOB_SIGNAL, (struct rp_job_result){.touched = 1, .pid = pid}, pidfd).target.want_pidfd);
        close(pidfd);
        expect_one(&desk, RP_OUTCOME_DONE, RP_REASON_GROWING, 0);
        tick(&desk, RP_NS_PER_S);
        expect_no_job(&desk);
        assert_int_equal(desk.stand.out.n, 0); /* it still runs */
        close(hold[1]);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        tick(&desk, RP_NS_PER_S);
        assert_int_equal(desk.stand.out.n, told ? 1 : 0);
        tick(&desk, 3 * RP_NS_PER_S); /* an older kernel: after a while, that it ended is all that is known */
        assert_int_equal(desk.stand.out.n, 1);
        rp_expect_i64(rows[i].row, desk.stand.list[0].state, told ? rows[i].told : rows[i].guessed);
        rp_expect_i64(rows[i].row, desk.stand.list[0].seen, told ? rows[i].seen : -1);
        drop(&desk);
    }
}

/* Ended, but not yet reaped by its parent: how it ended is not told before that. */
static void waits_for_the_parent_to_reap(void **state)
{
    struct desk desk;
    (void)state;
    make(&desk, RP_ACK_EXIT);
    desk.stand.contract.exit_codes[0] = 1u << 1;
    const pid_t pid = fork();
    if (pid == 0)
        _exit(1);
    const int pidfd = rp_pidfd_open(pid);
    struct pollfd ended = {.fd = pidfd, .events = POLLIN};
    assert_int_equal(poll(&ended, 1, 60000), 1);
    (void)ask(&desk);
    tick(&desk, 1);
    (void)answer(&desk, RP_JOB_SIGNAL, (struct rp_job_result){.touched = 1, .pid = pid}, pidfd);
    desk.stand.out.n = 0;
    close(pidfd);
    const rp_ns first_seen = desk.now;
    tick(&desk, RP_NS_PER_S);
    assert_int_equal(desk.stand.out.n, 0);
    tick(&desk, 2 * RP_NS_PER_S); /* a parent that does not care about its children */
    assert_int_equal(desk.stand.list[0].seen, -1);
    assert_int_equal(desk.stand.list[0].t_ns, first_seen); /* the duration ends with the end, not with our patience */
    expect_one(&desk, RP_OUTCOME_ACKED, RP_REASON_NONE, 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    drop(&desk);
}

/* An operator's revert: nobody hears of us after it, neither at once nor when the hand comes back from the file. */
static void a_revert_asks_nobody_any_more(void **state)
{
    struct desk desk;
    (void)state;
    for (int looked = 0; looked < 2; looked++) {
        make(&desk, looked ? RP_ACK_FILE : RP_ACK_NONE);
        (void)ask(&desk);
        if (looked)
            tick(&desk, 0); /* a hand is looking at the file */
        (void)rp_actor_restore_all(&desk.stand.real.actor, desk.now, RP_REASON_OPERATOR, &desk.stand.out);
        expect_one(&desk, RP_OUTCOME_REFUSED, RP_REASON_E10_OBSERVE, 0);
        if (looked)
            (void)answer(&desk, RP_JOB_EVIDENCE, evidence(0), -1);
        tick(&desk, 10 * RP_NS_PER_S);
        expect_no_job(&desk);
        assert_int_equal(desk.stand.out.n, 0);
        drop(&desk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks_asks_and_looks_again),
        cmocka_unit_test(a_revert_asks_nobody_any_more),
        cmocka_unit_test(times_out),
        cmocka_unit_test(a_hung_mount_does_not_keep_the_signal),
        cmocka_unit_test(asks_without_a_baseline_if_it_must),
        cmocka_unit_test(tells_why_nobody_was_asked),
        cmocka_unit_test(without_ack_it_is_over_when_asked),
        cmocka_unit_test(asks_through_the_file_that_is_watched),
        cmocka_unit_test(hears_what_wrap_says),
        cmocka_unit_test(a_request_file_that_fails_is_said),
        cmocka_unit_test(waits_for_the_newest_to_settle),
        cmocka_unit_test(refuses_what_was_not_declared),
        cmocka_unit_test(accepts_declared_codes_only),
        cmocka_unit_test(the_end_of_the_process_is_evidence),
        cmocka_unit_test(waits_for_the_parent_to_reap),
    };
    return RP_RUN(tests);
}
