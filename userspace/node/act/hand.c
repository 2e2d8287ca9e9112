// SPDX-License-Identifier: Apache-2.0
/* The hand's side: take a job, do it, answer. */
#include "node/act/hand.h"

#include <errno.h>
#include <linux/openat2.h>
#include <poll.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "base/num.h"
#include "node/act/cgroup_dir.h"
#include "node/act/clock.h"
#include "node/act/evidence.h"
#include "node/act/filesystems.h"
#include "node/act/kill.h"
#include "node/act/pod_disk.h"
#include "node/act/request_file.h"
#include "node/act/shield.h"
#include "node/act/weigh.h"
#include "node/habit_file.h"
#include "node/psi_trigger.h"

/* The record that the job names, or NULL if the guard has settled it otherwise meanwhile. */
static struct rp_undo_change *record_of(const struct rp_hand_context *context, const struct rp_job *job)
{
    if (job->slot >= RP_UNDO_CHANGES_MAX || rp_undo_change_slot(context->undo, job->slot) != RP_UNDO_SLOT_USED)
        return NULL;
    struct rp_undo_change *change = &context->undo->changes[job->slot];
    return change->sequence == job->sequence ? change : NULL;
}

static void apply_shield(const struct rp_hand_context *context, const struct rp_job *job,
                         const struct rp_undo_change *change, struct rp_job_result *result)
{
    struct rp_shield_counts counts = {0};
    result->error = rp_shield_apply(context->undo, change, &context->roots, job->deadline_ns, &counts);
    result->touched = counts.holding;
    result->shown = change->intended;
    if (result->error == 0 && counts.seen > 0 && counts.holding == 0)
        result->error = counts.failed > 0 ? counts.error : counts.no_room > 0 ? -ENOSPC : -EBUSY;
    if (result->error == -EBUSY)
        result->reason = RP_REASON_CHANGED_BY_OTHER;
    if (result->error == -ENOSPC)
        result->reason = RP_REASON_E4_UNDO_FULL;
}

/* The guard has read the old value and written the record; somebody may have been faster than this hand. */
static void apply_knob(const struct rp_hand_context *context, const struct rp_undo_change *change,
                       struct rp_job_result *result)
{
    const enum rp_knob knob = (enum rp_knob)change->knob;
    RP_CLEANUP_FD int fd = rp_cgroup_dir_open(context->roots.cgroup_fd, change->path, change->action.cgroup);
    result->error = fd < 0 ? fd : rp_knob_read(fd, knob, &result->shown);
    if (result->error < 0)
        return;
    if (!rp_knob_same(knob, &result->shown, &change->old) && !rp_undo_is_ours(change, &result->shown)) {
        result->error = -EBUSY;
        result->reason = RP_REASON_CHANGED_BY_OTHER;
        return;
    }
    result->error = rp_knob_write(fd, knob, &change->intended, &result->shown);
    result->touched = result->error == 0;
}

static void apply(const struct rp_hand_context *context, const struct rp_job *job, struct rp_job_result *result)
{
    const struct rp_undo_change *change = record_of(context, job);
    if (!change)
        result->error = -ESTALE;
    else if (change->knob == RP_KNOB_OOM_SCORE_ADJ)
        apply_shield(context, job, change, result);
    else
        apply_knob(context, change, result);
}

static void restore(const struct rp_hand_context *context, const struct rp_job *job, struct rp_job_result *result)
{
    struct rp_undo_change *change = record_of(context, job);
    if (!change) {
        result->error = -ESTALE;
        return;
    }
    const struct rp_revert what = rp_revert_change(context->undo, change, &context->roots, true);
    result->error = what.error;
    result->outcome = what.result;
    result->shown = what.seen;
    result->touched = what.processes;
}

static void order_alarm(const struct rp_hand_context *context, const struct rp_job *job, struct rp_job_result *result,
                        int *ret_fd)
{
    RP_CLEANUP_FD int dir = rp_cgroup_dir_open(context->roots.cgroup_fd, job->path, job->cgroup);
    const int fd =
        dir < 0 ? dir
                : rp_psi_trigger_open(dir, "memory.pressure", RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS, RP_PSI_MEMORY);
    result->error = fd < 0 ? fd : 0;
    *ret_fd = fd < 0 ? -1 : fd;
}

static void record(const struct rp_hand_context *context, const struct rp_job *job, struct rp_job_result *result)
{
    /* Some of the time is kept for the write that is under way when it is over. */
    const rp_ns until_ns = job->deadline_ns - rp_sub_sat_u64(job->deadline_ns, rp_clock_ns()) / 4;
    result->error = context->scribe ? rp_scribe_run(context->scribe, until_ns) : -EOPNOTSUPP;
}

void rp_hand_run(const struct rp_hand_context *context, const struct rp_job *job, struct rp_job_result *result,
                 int *ret_fd)
{
    *ret_fd = -1;
    memset(result, 0, sizeof(*result));
    result->id = job->id;
    result->kind = job->kind;
    if (rp_clock_ns() > job->deadline_ns)
        result->error = -ETIME;
    else if (job->kind == RP_JOB_APPLY)
        apply(context, job, result);
    else if (job->kind == RP_JOB_RESTORE)
        restore(context, job, result);
    else if (job->kind == RP_JOB_WALK)
        result->error = context->walk ? context->walk(context->walk_ctx) : -EOPNOTSUPP;
    else if (job->kind == RP_JOB_EVIDENCE)
        rp_evidence_run(&context->roots, job, result);
    else if (job->kind == RP_JOB_SIGNAL)
        rp_signal_run(&context->roots, job, result, ret_fd);
    else if (job->kind == RP_JOB_REQUEST)
        rp_request_file_run(&context->roots, job, result, ret_fd);
    else if (job->kind == RP_JOB_KILL)
        rp_kill_run(&context->roots, job, result);
    else if (job->kind == RP_JOB_REAP)
        rp_reap_run(&context->roots, job, result);
    else if (job->kind == RP_JOB_FILESYSTEMS && context->policy)
        rp_filesystems_run(context->policy, &context->roots, result);
    else if (job->kind == RP_JOB_POD_DISK && context->policy)
        rp_pod_disk_run(context->policy, &context->roots, job, result);
    else if (job->kind == RP_JOB_PROCESSES)
        rp_weigh_run(&context->roots, job, result);
    else if (job->kind == RP_JOB_ALARM)
        order_alarm(context, job, result, ret_fd);
    else if (job->kind == RP_JOB_RECORD)
        record(context, job, result);
    else if (job->kind == RP_JOB_KEEP && context->keep_directory)
        result->error = rp_habit_file_keep(context->keep_directory, &job->habit);
    else
        result->error = -EINVAL;
    result->done_ns = rp_clock_ns();
}

static int wait_for(int sock, short events)
{
    struct pollfd wait = {.fd = sock, .events = events};
    return poll(&wait, 1, -1) < 0 && errno != EINTR ? -errno : 0;
}

static int receive(int sock, struct rp_job *job, size_t *ret_len)
{
    for (;;) {
        struct rp_fds none = {0};
        int r = rp_recv_fds(sock, job, sizeof(*job), ret_len, &none);
        for (size_t i = 0; r == 0 && i < none.n; i++)
            rp_close_fd(&none.fd[i]);
        if (r != -EAGAIN)
            return r;
        r = wait_for(sock, POLLIN);
        if (r < 0)
            return r;
    }
}

static int answer(int sock, const struct rp_job_result *result, int fd)
{
    const struct rp_fds fds = {.fd = {fd}, .n = fd >= 0};
    for (;;) {
        int r = rp_send_fds(sock, result, sizeof(*result), &fds);
        if (r == -EAGAIN)
            r = wait_for(sock, POLLOUT);
        else
            return r;
        if (r < 0)
            return r;
    }
}

int rp_hand_main(int sock, const struct rp_hand_context *context)
{
    for (;;) {
        struct rp_job job;
        struct rp_job_result result;
        size_t len = 0;
        int r = receive(sock, &job, &len);
        if (r == -ECONNRESET || (r == 0 && len == 0))
            return 0;
        if (r < 0)
            return r;
        if (len != sizeof(job))
            return -EPROTO;
        job.path[sizeof(job.path) - 1] = '\0';
        job.pod_uid[sizeof(job.pod_uid) - 1] = '\0';
        job.target.path[sizeof(job.target.path) - 1] = '\0';
        job.target.comm[sizeof(job.target.comm) - 1] = '\0';
        job.habit.name[sizeof(job.habit.name) - 1] = '\0';
        RP_CLEANUP_FD int fd = -1;
        rp_hand_run(context, &job, &result, &fd);
        r = answer(sock, &result, fd);
        if (r == -EPIPE || r == -ECONNRESET) /* given up meanwhile */
            return 0;
        if (r < 0)
            return r;
    }
}
