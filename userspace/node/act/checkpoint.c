// SPDX-License-Identifier: Apache-2.0
/* A checkpoint request by signal: whom the contract names, and E7 just before each one. */
#include "node/act/checkpoint.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "node/act/cgroup_dir.h"
#include "node/act/clock.h"
#include "node/act/pidfile.h"
#include "node/act/process.h"

#define PAUSE_COMM "pause"

/* ---- whom */

struct search {
    const struct rp_undo_roots *roots;
    const struct rp_job *job;
    struct rp_signal_targets *found;
};

static struct rp_signal_target *target_in(struct rp_signal_targets *found, rp_cgroup_id leaf)
{
    for (uint32_t i = 0; i < found->n; i++)
        if (found->list[i].leaf == leaf)
            return &found->list[i];
    return NULL;
}

static void add(struct rp_signal_targets *found, const struct rp_signal_target *target)
{
    if (found->n < RP_TARGETS_MAX)
        found->list[found->n++] = *target;
    else
        found->dropped++;
}

/* Per container the PID 1, or else the eldest process that came from outside. */
static void consider_main(struct rp_signal_targets *found, const struct rp_signal_target *target)
{
    struct rp_signal_target *best = target_in(found, target->leaf);
    if (!best)
        add(found, target);
    else if (target->is_init > best->is_init ||
             (target->is_init == best->is_init && target->starttime < best->starttime))
        *best = *target;
}

/* What a pidfile names is looked for from the main process of each container. */
static bool takes_mains(const struct rp_job_target *target)
{
    return target->target == RP_TARGET_PID1 || target->target == RP_TARGET_PIDFILE;
}

static bool came_from_outside(const struct search *search, int32_t parent)
{
    RP_CLEANUP_FD int fd = rp_process_open(search->roots->proc_fd, parent);
    return fd < 0 || rp_process_is_under(fd, search->job->path) != 1;
}

/* A process that vanishes or cannot be read while we look is no target: not an error of the search. */
static int consider(void *ctx, int32_t pid, rp_cgroup_id leaf)
{
    struct search *search = ctx;
    const struct rp_job_target *wanted = &search->job->target;
    struct rp_proc_status status = {0};
    struct rp_process_stat stat = {0};
    char comm[RP_NAME_MAX];
    if (rp_clock_ns() > search->job->deadline_ns)
        return -ETIME;
    RP_CLEANUP_FD int fd = rp_process_open(search->roots->proc_fd, pid);
    if (fd < 0 || rp_process_status(fd, &status) < 0 || rp_process_stat(fd, &stat) < 0 || rp_process_comm(fd, comm) < 0)
        return 0;
    const bool by_name = wanted->target == RP_TARGET_COMM, main_only = takes_mains(wanted);
    if (by_name ? strcmp(comm, wanted->comm) != 0 : strcmp(comm, PAUSE_COMM) == 0)
        return 0;
    const struct rp_signal_target target = {
        .pid = pid,
        .is_init = status.nspid_n > 1 && status.nspid[status.nspid_n - 1] == 1,
        .depth = status.nspid_n,
        .leaf = leaf,
        .starttime = stat.starttime,
    };
    if (!main_only)
        add(search->found, &target);
    else if (target.is_init || came_from_outside(search, stat.parent))
        consider_main(search->found, &target);
    return 0;
}

/* PID 1s to the front. Where there is one, a process that came from outside is an `exec` into it, not its program. */
static void settle(struct rp_signal_targets *found, bool mains)
{
    uint32_t inits = 0;
    for (uint32_t i = 0; i < found->n; i++) {
        const struct rp_signal_target t = found->list[i];
        if (!t.is_init)
            continue;
        found->list[i] = found->list[inits];
        found->list[inits++] = t;
    }
    if (mains && inits > 0)
        found->n = inits;
}

int rp_signal_find(const struct rp_undo_roots *roots, const struct rp_job *job, struct rp_signal_targets *ret)
{
    struct search search = {.roots = roots, .job = job, .found = ret};
    ret->n = ret->dropped = 0;
    RP_CLEANUP_FD int fd = rp_cgroup_dir_open(roots->cgroup_fd, job->path, job->cgroup);
    if (fd < 0)
        return fd;
    const int r = rp_cgroup_dir_processes(fd, consider, &search);
    settle(ret, takes_mains(&job->target));
    if (job->kind == RP_JOB_SIGNAL && job->target.target == RP_TARGET_PIDFILE)
        rp_pidfile_follow(roots, job, fd, ret);
    return r;
}

/* ---- E7 */

bool rp_signal_is_handled(const struct rp_proc_status *status, int signal, bool signalfd)
{
    if ((status->known & RP_STATUS_SIG_CAUGHT) && rp_signal_in(status->sig_caught, signal))
        return true;
    return signalfd && (status->known & RP_STATUS_SIG_BLOCKED) && rp_signal_in(status->sig_blocked, signal);
}

/*
 * 0 and the pidfd; a negative errno, with E7's word for it in *reason. The descriptor of /proc/PID is opened before the
 * pidfd and read after it: as long as those reads succeed the process has not ended in between, so its number cannot
 * have been given away, and both descriptors mean the same process.
 */
static int check_and_send(const struct rp_undo_roots *roots, const struct rp_job *job,
                          const struct rp_signal_target *target, uint32_t *reason)
{
    struct rp_proc_status status = {0};
    struct rp_process_stat stat = {0};
    RP_CLEANUP_FD int process = rp_process_open(roots->proc_fd, target->pid);
    if (process < 0)
        return process;
    RP_CLEANUP_FD int pidfd = rp_pidfd_open(target->pid);
    if (pidfd < 0)
        return pidfd;
    int r = rp_process_stat(process, &stat);
    if (r == 0 && stat.starttime != target->starttime)
        r = -ESRCH;
    const int under = r == 0 ? rp_process_is_under(process, job->path) : 0;
    if (under < 0)
        r = under;
    if (r < 0)
        return r;
    if (!under) {
        *reason = RP_REASON_E7_NOT_SAME_CGROUP;
        return -EPERM;
    }
    r = rp_process_status(process, &status);
    if (r < 0)
        return r;
    if (!rp_signal_is_handled(&status, job->target.signal, job->target.signalfd)) {
        *reason = RP_REASON_E7_NO_HANDLER;
        return -EPERM;
    }
    r = rp_pidfd_send_signal(pidfd, job->target.signal);
    return r < 0 ? r : RP_TAKE_FD(pidfd);
}

void rp_signal_run(const struct rp_undo_roots *roots, const struct rp_job *job, struct rp_job_result *result,
                   int *ret_pidfd)
{
    struct rp_signal_targets targets;
    int r = rp_signal_find(roots, job, &targets);
    *ret_pidfd = -1;
    if (r < 0 && r != -E2BIG) { /* too many nested cgroups to see all: those that were seen are asked */
        result->error = r;
        return;
    }
    r = targets.n > 0 ? 0 : -ESRCH;
    for (uint32_t i = 0; i < targets.n; i++) {
        uint32_t reason = RP_REASON_NONE;
        RP_CLEANUP_FD int pidfd = check_and_send(roots, job, &targets.list[i], &reason);
        if (pidfd < 0) {
            r = pidfd;
            /* Between several refusals the missing handler is the one that the operator can mend. */
            if (reason == RP_REASON_E7_NO_HANDLER || result->reason == RP_REASON_NONE)
                result->reason = reason;
            continue;
        }
        if (result->touched++ > 0)
            continue;
        result->pid = targets.list[i].pid;
        if (job->target.want_pidfd)
            *ret_pidfd = RP_TAKE_FD(pidfd);
    }
    if (result->touched > 0)
        result->reason = RP_REASON_NONE;
    result->error = result->touched > 0 ? 0 : r;
}
