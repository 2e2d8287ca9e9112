// SPDX-License-Identifier: Apache-2.0
/* Killing process by process, and releasing what was killed. */
#include "node/act/kill.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "node/act/cgroup_dir.h"
#include "node/act/clock.h"
#include "node/act/process.h"

#define BETWEEN_ROUNDS_NS (20 * RP_NS_PER_MS)

#ifndef SYS_process_mrelease
#define SYS_process_mrelease 448
#endif

struct round {
    const struct rp_undo_roots *roots;
    const struct rp_job *job;
    uint32_t touched, left;
    int error;
    bool reap;
};

/* A pidfd of a process that certainly lives in the job's cgroup, for the reason given in checkpoint.c. */
static int open_member(const struct round *round, int32_t pid)
{
    RP_CLEANUP_FD int process = rp_process_open(round->roots->proc_fd, pid);
    if (process < 0)
        return process;
    RP_CLEANUP_FD int pidfd = rp_pidfd_open(pid);
    if (pidfd < 0)
        return pidfd;
    const int under = rp_process_is_under(process, round->job->path);
    if (under < 0)
        return under;
    return under ? RP_TAKE_FD(pidfd) : -ESRCH;
}

static int release_memory(int pidfd)
{
    return syscall(SYS_process_mrelease, pidfd, 0) < 0 ? -errno : 0;
}

static int visit(void *ctx, int32_t pid, rp_cgroup_id leaf)
{
    (void)leaf;
    struct round *round = ctx;
    if (rp_clock_ns() > round->job->deadline_ns)
        return -ETIMEDOUT;
    RP_CLEANUP_FD int pidfd = open_member(round, pid);
    int r = pidfd;
    if (pidfd >= 0)
        r = round->reap ? release_memory(pidfd) : rp_pidfd_send_signal(pidfd, SIGKILL);
    if (r == -ESRCH)
        return 0;
    round->left++;
    if (r >= 0)
        round->touched++;
    else
        round->error = r;
    return 0;
}

void rp_kill_run(const struct rp_undo_roots *roots, const struct rp_job *job, struct rp_job_result *result)
{
    const struct timespec pause = {.tv_nsec = (long)BETWEEN_ROUNDS_NS};
    RP_CLEANUP_FD int fd = rp_cgroup_dir_open(roots->cgroup_fd, job->path, job->cgroup);
    result->error = fd < 0 ? fd : 0;
    while (result->error == 0) {
        struct round round = {.roots = roots, .job = job};
        result->error = rp_cgroup_dir_processes(fd, visit, &round);
        result->touched = round.touched > result->touched ? round.touched : result->touched;
        if (result->error < 0 || round.left == 0)
            break;
        if (round.touched == 0 && round.error < 0)
            result->error = round.error; /* nobody may be killed: trying again will not help */
        else
            (void)nanosleep(&pause, NULL);
    }
    if (result->error == -ENOENT || result->error == -ENODEV) /* it died so thoroughly that its cgroup was removed */
        result->error = result->touched > 0 ? 0 : result->error;
}

void rp_reap_run(const struct rp_undo_roots *roots, const struct rp_job *job, struct rp_job_result *result)
{
    struct round round = {.roots = roots, .job = job, .reap = true};
    RP_CLEANUP_FD int fd = rp_cgroup_dir_open(roots->cgroup_fd, job->path, job->cgroup);
    result->error = fd < 0 ? fd : rp_cgroup_dir_processes(fd, visit, &round);
    result->touched = round.touched;
    if (result->error == 0 && round.touched == 0)
        result->error = round.error;
}
