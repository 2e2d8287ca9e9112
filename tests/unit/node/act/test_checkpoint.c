// SPDX-License-Identifier: Apache-2.0
#include "node/act/checkpoint.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/fdio.h"
#include "core/parse/proc_cgroup.h"
#include "unit/node/act/fixture.h"

#define BIT(signal) (UINT64_C(1) << ((signal)-1))
#define C1          POD_PATH "/c1"
#define C2          POD_PATH "/c2"

/* ---- E7 on the text of /proc/PID/status */

static void only_handled_signals_are_sent(void **state)
{
    static const struct {
        const char *row;
        uint64_t caught, blocked;
        bool signalfd, want;
    } rows[] = {
        {"default action", 0, 0, false, false},
        {"caught", BIT(SIGUSR1), 0, false, true},
        {"another one caught", BIT(SIGUSR2), 0, false, false},
        {"caught and blocked at the moment", BIT(SIGUSR1), BIT(SIGUSR1), false, true},
        {"blocked, nothing declared", 0, BIT(SIGUSR1), false, false},
        {"blocked, signalfd declared", 0, BIT(SIGUSR1), true, true},
        {"signalfd declared, but not blocked", 0, BIT(SIGUSR2), true, false},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        char text[400];
        struct rp_proc_status status = {0};
        const int len = snprintf(text, sizeof(text),
                                 "Name:\tx\nPid:\t5\nSigBlk:\t%016llx\nSigIgn:\t0000000000000200\nSigCgt:\t%016llx\n",
                                 (unsigned long long)rows[i].blocked, (unsigned long long)rows[i].caught);
        assert_int_equal(rp_parse_proc_status(text, (size_t)len, &status), 0);
        rp_expect_i64(rows[i].row, rp_signal_is_handled(&status, SIGUSR1, rows[i].signalfd), rows[i].want);
        assert_false(rp_signal_is_handled(&status, SIGKILL, true));
    }
    const struct rp_proc_status unknown = {.sig_caught = UINT64_MAX, .sig_blocked = UINT64_MAX};
    assert_false(rp_signal_is_handled(&unknown, SIGUSR1, true)); /* the kernel did not say so */
    const struct rp_proc_status all = {.known = RP_STATUS_SIG_CAUGHT, .sig_caught = UINT64_MAX};
    assert_false(rp_signal_is_handled(&all, 0, false));
    assert_false(rp_signal_is_handled(&all, 65, false));
}

/* ---- whom the contract names */

struct someone {
    int32_t pid, parent;
    const char *cgroup, *comm, *nspid;
};

static void put(struct fixture *fixture, struct someone who)
{
    const struct fixture_process process = {.pid = who.pid,
                                            .parent = who.parent,
                                            .starttime = 1000 + (uint64_t)who.pid,
                                            .comm = who.comm,
                                            .cgroup = who.cgroup,
                                            .nspid = who.nspid};
    fixture_process(fixture, &process);
}

static void expect_targets(struct fixture *fixture, rp_cgroup_id pod, enum rp_target target, const char *comm,
                           const char *want)
{
    struct rp_signal_targets found;
    struct rp_job job = {.cgroup = pod, .deadline_ns = RP_NS_FOREVER, .path = POD_PATH};
    char got[200] = "";
    job.target.target = (uint8_t)target;
    (void)snprintf(job.target.comm, sizeof(job.target.comm), "%s", comm);
    assert_int_equal(rp_signal_find(&fixture->roots, &job, &found), 0);
    for (uint32_t i = 0; i < found.n; i++) {
        const size_t len = strlen(got);
        (void)snprintf(got + len, sizeof(got) - len, "%d ", found.list[i].pid);
    }
    rp_expect_text(want, got, want);
}

static void finds_whom_the_contract_names(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_make(&fixture);
    const rp_cgroup_id pod = fixture_cgroup(&fixture, POD_PATH);
    (void)fixture_cgroup(&fixture, C1);
    (void)fixture_cgroup(&fixture, C2);
    put(&fixture, (struct someone){5, 1, POD_PATH, "pause", "5 1"});
    put(&fixture, (struct someone){10, 2, C1, "worker", "10 7"});
    put(&fixture, (struct someone){11, 2, C1, "python3", "11 1"});
    put(&fixture,
        (struct someone){12, 2, C1, "bash", "12 9"}); /* an exec into the container: its parent is the runtime, too */
    put(&fixture, (struct someone){2, 1, "system.slice", "shim", NULL});
    fixture_set(&fixture, POD_PATH, "cgroup.procs", "5\n");
    fixture_set(&fixture, C1, "cgroup.procs", "10\n11\n12\n77\n"); /* 77 has ended */
    expect_targets(&fixture, pod, RP_TARGET_PID1, "", "11 ");
    expect_targets(&fixture, pod, RP_TARGET_ALL, "", "11 10 12 ");
    expect_targets(&fixture, pod, RP_TARGET_COMM, "bash", "12 ");
    expect_targets(&fixture, pod, RP_TARGET_COMM, "pause", "5 ");
    expect_targets(&fixture, pod, RP_TARGET_COMM, "nobody", "");
    put(&fixture, (struct someone){21, 2, C2, "sidecar", "21 1"});
    fixture_set(&fixture, C2, "cgroup.procs", "21\n");
    expect_targets(&fixture, pod, RP_TARGET_COMM, "sidecar", "21 ");
    fixture_drop(&fixture);
}

/* Without a pid namespace of its own: the eldest that came from outside is what a unit manager would call main. */
static void finds_the_main_process_of_a_unit(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_make(&fixture);
    const rp_cgroup_id pod = fixture_cgroup(&fixture, POD_PATH);
    put(&fixture, (struct someone){1, 0, "init.scope", "systemd", NULL});
    put(&fixture, (struct someone){31, 30, POD_PATH, "child", NULL});
    put(&fixture, (struct someone){40, 1, POD_PATH, "late", NULL}); /* reparented, or moved in */
    put(&fixture, (struct someone){30, 1, POD_PATH, "main", NULL});
    fixture_set(&fixture, POD_PATH, "cgroup.procs", "31\n40\n30\n");
    expect_targets(&fixture, pod, RP_TARGET_PID1, "", "30 ");
    fixture_drop(&fixture);
}

/* What /proc/PID/root leads to, with a pidfile in it. */
static void put_pidfile(struct fixture *fixture, int pid, const char *text)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "proc/%d/root/run/job.pid", pid);
    rp_tree_write(&fixture->tree, path, text);
}

static const char *named_by_pidfile(struct fixture *fixture, rp_cgroup_id pod, uint32_t kind)
{
    static char pids[64];
    struct rp_signal_targets targets;
    struct rp_job job = {.kind = kind, .cgroup = pod, .path = POD_PATH, .deadline_ns = RP_NS_FOREVER};
    job.target = (struct rp_job_target){.target = RP_TARGET_PIDFILE, .path = "/run/job.pid"};
    assert_int_equal(rp_signal_find(&fixture->roots, &job, &targets), 0);
    pids[0] = '\0';
    for (uint32_t i = 0; i < targets.n; i++)
        (void)snprintf(pids + strlen(pids), sizeof(pids) - strlen(pids), "%d ", targets.list[i].pid);
    return pids;
}

/* The number counts in the namespace of its container: 7 is somebody else elsewhere. */
static void finds_whom_a_pidfile_names(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"7\n", "10 "}, {"1\n", "11 "}, {"9", "12 "}, {"8\n", ""}, {"10\n", ""}, {"seven\n", ""}, {"", ""},
    };
    struct fixture fixture;
    (void)state;
    fixture_make(&fixture);
    const rp_cgroup_id pod = fixture_cgroup(&fixture, POD_PATH);
    const int proc = fixture_open(&fixture, "proc");
    assert_int_equal(symlinkat("/proc/self", proc, "self"), 0);
    (void)fixture_cgroup(&fixture, C1);
    (void)fixture_cgroup(&fixture, C2);
    put(&fixture, (struct someone){2, 1, "system.slice", "shim", NULL});
    put(&fixture, (struct someone){10, 11, C1, "worker", "10 7"});
    put(&fixture, (struct someone){11, 2, C1, "tini", "11 1"});
    put(&fixture, (struct someone){12, 11, C1, "helper", "12 9"});
    put(&fixture, (struct someone){13, 12, C1, "nested", "13 20 8"}); /* 8 only in a namespace of its own */
    put(&fixture, (struct someone){21, 2, C2, "sidecar", "21 1"});
    put(&fixture, (struct someone){22, 21, C2, "other", "22 7"});
    fixture_set(&fixture, C1, "cgroup.procs", "10\n11\n12\n13\n");
    fixture_set(&fixture, C2, "cgroup.procs", "21\n22\n");
    rp_expect_text("no file", named_by_pidfile(&fixture, pod, RP_JOB_SIGNAL), "");
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        put_pidfile(&fixture, 11, rows[i].text);
        rp_expect_text(rows[i].text, named_by_pidfile(&fixture, pod, RP_JOB_SIGNAL), rows[i].want);
    }
    /* For evidence the containers matter, and not what they write. */
    rp_expect_text("evidence", named_by_pidfile(&fixture, pod, RP_JOB_EVIDENCE), "11 21 ");
    put_pidfile(&fixture, 11, "7\n");
    put_pidfile(&fixture, 21, "7\n");
    rp_expect_text("both", named_by_pidfile(&fixture, pod, RP_JOB_SIGNAL), "10 22 ");
    close(proc);
    fixture_drop(&fixture);
}

/* ---- real processes */

enum habit { CATCHES, DEFAULT, IGNORES, BLOCKS };

static volatile sig_atomic_t caught;

static void on_signal(int signal)
{
    caught = signal;
}

/* Exits 3 when it has caught the signal, 4 when told to end without having seen one. */
static void live(enum habit habit, int ready, int stop)
{
    struct sigaction action = {.sa_handler = on_signal};
    struct pollfd end = {.fd = stop, .events = POLLIN};
    sigset_t mask;
    (void)sigemptyset(&mask);
    (void)sigaddset(&mask, SIGUSR1);
    if (habit == IGNORES)
        action.sa_handler = SIG_IGN;
    if (habit == CATCHES || habit == IGNORES)
        (void)sigaction(SIGUSR1, &action, NULL);
    if (habit == BLOCKS)
        (void)sigprocmask(SIG_BLOCK, &mask, NULL);
    (void)!write(ready, "r", 1);
    while (!caught && poll(&end, 1, 100) == 0)
        ;
    sigset_t pending;
    (void)sigpending(&pending);
    _exit(caught || sigismember(&pending, SIGUSR1) == 1 ? 3 : 4);
}

struct child {
    pid_t pid;
    int stop;
};

static struct child start(enum habit habit)
{
    int ready[2], stop[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(stop), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        close(stop[1]);
        live(habit, ready[1], stop[0]);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    close(stop[0]);
    return (struct child){.pid = pid, .stop = stop[1]};
}

/* Its exit code, or 128 and the signal that killed it. */
static int finish(struct child child)
{
    int status = 0;
    close(child.stop);
    assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The cgroup is made of plain files; /proc and the process are real, so the path is the one that we really live in. */
static void make_real(struct fixture *fixture, struct rp_job *job, pid_t pid)
{
    struct rp_proc_cgroup own = {0};
    char text[4096], line[32], path[700];
    size_t len = 0;
    const int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
    assert_int_equal(rp_pread_all(fd, text, sizeof(text), &len), 0);
    close(fd);
    assert_int_equal(rp_parse_proc_cgroup(text, len, &own), 0);
    if (own.hierarchy == RP_HIERARCHY_V1) {
        print_message("SKIP: this machine has no cgroup v2 tree\n");
        skip();
    }
    fixture_make(fixture);
    close(fixture->roots.proc_fd);
    fixture->roots.proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *job = (struct rp_job){.cgroup = fixture_cgroup(fixture, own.path), .deadline_ns = RP_NS_FOREVER};
    job->target = (struct rp_job_target){.target = RP_TARGET_ALL, .signal = SIGUSR1};
    (void)snprintf(job->path, sizeof(job->path), "%s", own.path);
    (void)snprintf(path, sizeof(path), "cgroup/%s/cgroup.procs", own.path);
    (void)snprintf(line, sizeof(line), "%d\n", (int)pid);
    rp_tree_write(&fixture->tree, path, line);
}

static void signals_who_handles_it_and_nobody_else(void **state)
{
    static const struct {
        const char *row;
        enum habit habit;
        bool signalfd;
        int error;
        enum rp_reason reason;
        int end;
    } rows[] = {
        {"catches", CATCHES, false, 0, RP_REASON_NONE, 3},
        {"would die", DEFAULT, false, -EPERM, RP_REASON_E7_NO_HANDLER, 4},
        {"ignores", IGNORES, false, -EPERM, RP_REASON_E7_NO_HANDLER, 4},
        {"blocks, not declared", BLOCKS, false, -EPERM, RP_REASON_E7_NO_HANDLER, 4},
        {"blocks, declared", BLOCKS, true, 0, RP_REASON_NONE, 3},
        {"would die, signalfd declared", DEFAULT, true, -EPERM, RP_REASON_E7_NO_HANDLER, 4},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct fixture fixture;
        struct rp_job job;
        struct rp_job_result result = {0};
        int pidfd = 5;
        const struct child child = start(rows[i].habit);
        make_real(&fixture, &job, child.pid);
        job.target.signalfd = rows[i].signalfd;
        rp_signal_run(&fixture.roots, &job, &result, &pidfd);
        rp_expect_i64(rows[i].row, result.error, rows[i].error);
        rp_expect_i64(rows[i].row, result.reason, rows[i].reason);
        rp_expect_i64(rows[i].row, result.touched, rows[i].error == 0);
        rp_expect_i64(rows[i].row, result.pid, rows[i].error == 0 ? child.pid : 0);
        rp_expect_i64(rows[i].row, pidfd, -1); /* not asked for */
        rp_expect_i64(rows[i].row, finish(child), rows[i].end);
        fixture_drop(&fixture);
    }
}

static void gives_a_descriptor_of_whom_it_signalled(void **state)
{
    struct fixture fixture;
    struct rp_job job;
    struct rp_job_result result = {0};
    int pidfd = -1;
    (void)state;
    const struct child child = start(CATCHES);
    make_real(&fixture, &job, child.pid);
    job.target.want_pidfd = true;
    rp_signal_run(&fixture.roots, &job, &result, &pidfd);
    assert_true(pidfd >= 0);
    struct pollfd ended = {.fd = pidfd, .events = POLLIN};
    assert_int_equal(poll(&ended, 1, 10000), 1);
    assert_int_equal(finish(child), 3);
    close(pidfd);
    fixture_drop(&fixture);
}

/* Listed a moment ago and moved since: the process itself says where it is. */
static void leaves_who_left_the_cgroup(void **state)
{
    struct fixture fixture;
    struct rp_job job;
    struct rp_job_result result = {0};
    int pidfd = -1;
    (void)state;
    const struct child child = start(CATCHES);
    make_real(&fixture, &job, child.pid);
    job.cgroup = fixture_cgroup(&fixture, "somewhere/else");
    (void)snprintf(job.path, sizeof(job.path), "somewhere/else");
    char line[32];
    (void)snprintf(line, sizeof(line), "%d\n", (int)child.pid);
    fixture_set(&fixture, "somewhere/else", "cgroup.procs", line);
    rp_signal_run(&fixture.roots, &job, &result, &pidfd);
    assert_int_equal(result.error, -EPERM);
    assert_int_equal(result.reason, RP_REASON_E7_NOT_SAME_CGROUP);
    assert_int_equal(finish(child), 4);
    fixture_drop(&fixture);
}

static void says_when_there_is_nobody(void **state)
{
    struct fixture fixture;
    struct rp_job job;
    struct rp_job_result result = {0};
    int pidfd = -1;
    (void)state;
    const struct child child = start(CATCHES);
    make_real(&fixture, &job, child.pid);
    assert_int_equal(finish(child), 4);
    rp_signal_run(&fixture.roots, &job, &result, &pidfd);
    assert_int_equal(result.error, -ESRCH);
    result = (struct rp_job_result){0};
    job.cgroup++;
    rp_signal_run(&fixture.roots, &job, &result, &pidfd);
    assert_int_equal(result.error, -ENOENT);
    fixture_drop(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_handled_signals_are_sent),
        cmocka_unit_test(finds_whom_the_contract_names),
        cmocka_unit_test(finds_the_main_process_of_a_unit),
        cmocka_unit_test(finds_whom_a_pidfile_names),
        cmocka_unit_test(signals_who_handles_it_and_nobody_else),
        cmocka_unit_test(gives_a_descriptor_of_whom_it_signalled),
        cmocka_unit_test(leaves_who_left_the_cgroup),
        cmocka_unit_test(says_when_there_is_nobody),
    };
    return RP_RUN(tests);
}
