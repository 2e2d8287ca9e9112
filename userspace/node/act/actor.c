// SPDX-License-Identifier: Apache-2.0
/* The real actor, which hands each kind of action to its room, and the observer, which does nothing. */
#include "node/act/actor.h"

#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "base/str.h"
#include "node/act/clock.h"

#define KILL_TIME_NS (10 * RP_NS_PER_S)
#define REAP_TIME_NS (5 * RP_NS_PER_S)

static struct rp_real_actor *real_of(struct rp_actor *actor)
{
    return (struct rp_real_actor *)actor;
}

/* ---- killing */

static int write_kill(int dirfd)
{
    RP_CLEANUP_FD int fd = rp_knob_open(dirfd, "cgroup.kill", O_WRONLY);
    return fd < 0 ? fd : rp_write_all(fd, "1\n", 2);
}

static int post_kill(struct rp_real_actor *real, enum rp_job_kind kind, const struct rp_action *action,
                     const char *path, uint64_t *ret_job)
{
    const rp_ns time = kind == RP_JOB_KILL ? KILL_TIME_NS : REAP_TIME_NS;
    struct rp_job job = {.kind = (uint32_t)kind, .cgroup = action->cgroup, .deadline_ns = rp_clock_ns() + time};
    rp_cut(job.path, sizeof(job.path), path);
    const int r = rp_hands_post(real->brakes.world->hands, &job);
    if (r == 0)
        *ret_job = job.id;
    return r;
}

static struct rp_kill *kill_of_job(struct rp_real_actor *real, uint64_t job)
{
    for (uint32_t i = 0; i < RP_KILLS_MAX; i++)
        if (real->kills[i].job == job)
            return &real->kills[i];
    return NULL;
}

/*
 * Before 5.14 there is no cgroup.kill. Frozen first, so that nothing forks away from the loop; a killed process leaves a
 * frozen cgroup all the same. If the freeze fails (a full undo log) the kill goes on without it (E8).
 */
static void kill_one_by_one(struct rp_real_actor *real, const struct rp_action *action, const char *path,
                            struct rp_outcome *outcome)
{
    struct rp_kill *kill = kill_of_job(real, 0);
    struct rp_action freeze = *action;
    struct rp_outcome ignored;
    freeze.value = 1;
    freeze.expires_ns = outcome->t_ns + KILL_TIME_NS;
    if (kill)
        rp_brakes_set(&real->brakes, &freeze, outcome->t_ns, &ignored);
    outcome->error = kill ? post_kill(real, RP_JOB_KILL, action, path, &kill->job) : -EAGAIN;
    outcome->state = outcome->error < 0 ? RP_OUTCOME_FAILED : RP_OUTCOME_PENDING;
    if (outcome->error == 0)
        kill->action = *action;
    else if (kill)
        rp_brakes_undo(&real->brakes, &freeze, outcome->t_ns, &ignored);
}

static void apply_kill(struct rp_real_actor *real, const struct rp_action *action, struct rp_outcome *outcome)
{
    const char *path = NULL;
    uint64_t job = 0;
    const int dirfd = rp_world_find(real->brakes.world, action->cgroup, &path);
    outcome->error = dirfd < 0 ? dirfd : write_kill(dirfd);
    outcome->reason = action->reason;
    if (dirfd >= 0 && outcome->error == -ENOENT) {
        kill_one_by_one(real, action, path, outcome);
    } else if (outcome->error < 0) {
        outcome->state = RP_OUTCOME_FAILED;
        outcome->reason = dirfd < 0 || outcome->error == -ENODEV ? RP_REASON_CGROUP_GONE : RP_REASON_FAILED;
    } else {
        outcome->state = RP_OUTCOME_DONE;
        outcome->seen = 1;
        rp_discard(post_kill(real, RP_JOB_REAP, action, path, &job)); /* it dies without that too, only more slowly */
    }
}

static void killed(struct rp_real_actor *real, const struct rp_job_result *result, struct rp_outcomes *out)
{
    struct rp_kill *kill = kill_of_job(real, result->id);
    if (!kill)
        return;
    struct rp_outcome ignored;
    struct rp_outcome outcome = {
        .action = kill->action, .t_ns = result->done_ns, .error = result->error, .seen = (int64_t)result->touched};
    rp_brakes_undo(&real->brakes, &kill->action, result->done_ns, &ignored);
    /* Signalled is done: who has a SIGKILL pending dies, even if it takes longer than the hand was ready to watch. */
    const bool done = result->error == 0 || result->touched > 0;
    const bool lost = result->error == -ETIMEDOUT && !done;
    outcome.state = done ? RP_OUTCOME_DONE : lost ? RP_OUTCOME_TIMED_OUT : RP_OUTCOME_FAILED;
    outcome.reason = done ? kill->action.reason : RP_REASON_FAILED;
    *kill = (struct rp_kill){0};
    rp_outcomes_add(out, &outcome);
}

/* ---- the real actor */

static void real_apply(struct rp_actor *actor, const struct rp_action *action, struct rp_outcome *outcome)
{
    struct rp_real_actor *real = real_of(actor);
    const rp_ns now = rp_clock_ns();
    *outcome = (struct rp_outcome){.action = *action, .t_ns = now};
    switch ((enum rp_action_kind)action->kind) {
    case RP_ACTION_SHIELD:
    case RP_ACTION_BRACE:
    case RP_ACTION_SLOW:
    case RP_ACTION_SQUEEZE:
    case RP_ACTION_FREEZE:
        if (action->undo)
            rp_brakes_undo(&real->brakes, action, now, outcome);
        else
            rp_brakes_set(&real->brakes, action, now, outcome);
        break;
    case RP_ACTION_KILL:
        apply_kill(real, action, outcome);
        break;
    case RP_ACTION_CHECKPOINT:
        rp_requests_begin(&real->requests, action, now, outcome);
        break;
    case RP_ACTION_NONE:
    case RP_ACTION_MAX:
        outcome->state = RP_OUTCOME_FAILED;
        outcome->reason = RP_REASON_FAILED;
        outcome->error = -EINVAL;
        break;
    }
}

static void real_result(struct rp_actor *actor, const struct rp_job_result *result, int fd, struct rp_outcomes *out)
{
    struct rp_real_actor *real = real_of(actor);
    RP_CLEANUP_FD int owned = fd;
    switch ((enum rp_job_kind)result->kind) {
    case RP_JOB_APPLY:
    case RP_JOB_RESTORE:
        rp_brakes_result(&real->brakes, result, out);
        break;
    case RP_JOB_EVIDENCE:
    case RP_JOB_SIGNAL:
    case RP_JOB_REQUEST:
        rp_requests_result(&real->requests, result, RP_TAKE_FD(owned), out);
        break;
    case RP_JOB_KILL:
        killed(real, result, out);
        break;
    case RP_JOB_NONE:
    case RP_JOB_WALK:
    case RP_JOB_REAP:
    case RP_JOB_FILESYSTEMS:
    case RP_JOB_POD_DISK:
    case RP_JOB_PROCESSES:
    case RP_JOB_ALARM:
    case RP_JOB_RECORD:
    case RP_JOB_KEEP:
    case RP_JOB_MAX:
        break;
    }
}

static void real_poll(struct rp_actor *actor, rp_ns now, struct rp_outcomes *out)
{
    /* Requests first: shields may be many, and a workload's time to save its work is what they all are for. */
    rp_requests_poll(&real_of(actor)->requests, now, out);
    rp_brakes_poll(&real_of(actor)->brakes, now, out);
}

static void real_check(struct rp_actor *actor, rp_ns now, struct rp_outcomes *out)
{
    rp_brakes_check(&real_of(actor)->brakes, now, out);
}

static uint32_t real_restore_all(struct rp_actor *actor, rp_ns now, enum rp_reason reason, struct rp_outcomes *out)
{
    rp_requests_cancel(&real_of(actor)->requests, now, out);
    return rp_brakes_restore_all(&real_of(actor)->brakes, now, reason, out);
}

struct rp_actor *rp_actor_real(struct rp_real_actor *real, const struct rp_actor_world *world)
{
    static const struct rp_actor_ops ops = {
        .apply = real_apply,
        .result = real_result,
        .poll = real_poll,
        .check = real_check,
        .restore_all = real_restore_all,
    };
    real->actor.ops = &ops;
    rp_brakes_init(&real->brakes, world);
    rp_requests_init(&real->requests, world);
    for (uint32_t i = 0; i < RP_KILLS_MAX; i++)
        real->kills[i] = (struct rp_kill){0};
    return &real->actor;
}

/* ---- the observer */

static void observe_apply(struct rp_actor *actor, const struct rp_action *action, struct rp_outcome *outcome)
{
    (void)actor;
    *outcome = (struct rp_outcome){
        .action = *action,
        .t_ns = rp_clock_ns(),
        .state = action->undo ? RP_OUTCOME_UNDONE : RP_OUTCOME_OBSERVED,
        .reason = action->reason,
        .seen = action->value,
    };
}

static void observe_result(struct rp_actor *actor, const struct rp_job_result *result, int fd, struct rp_outcomes *out)
{
    (void)actor;
    (void)result;
    (void)out;
    rp_close_fd(&fd);
}

static void observe_nothing(struct rp_actor *actor, rp_ns now, struct rp_outcomes *out)
{
    (void)actor;
    (void)now;
    (void)out;
}

static uint32_t observe_restore_all(struct rp_actor *actor, rp_ns now, enum rp_reason reason, struct rp_outcomes *out)
{
    (void)reason;
    observe_nothing(actor, now, out);
    return 0;
}

struct rp_actor *rp_actor_observer(void)
{
    static const struct rp_actor_ops ops = {
        .apply = observe_apply,
        .result = observe_result,
        .poll = observe_nothing,
        .check = observe_nothing,
        .restore_all = observe_restore_all,
    };
    static struct rp_actor observer = {.ops = &ops};
    return &observer;
}
