// SPDX-License-Identifier: Apache-2.0
/* Checkpoint requests under way. */
#include "node/act/request.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "base/str.h"
#include "node/act/evidence.h"
#include "node/act/pidfd_info.h"
#include "reprieve/answer.h"
#include "reprieve/request.h"

#define LOOK_TIME_NS   (2 * RP_NS_PER_S) /* a tenant's file system has this long to answer */
#define ASK_TIME_NS    (5 * RP_NS_PER_S)
#define LOOK_EVERY_NS  (250 * RP_NS_PER_MS)
#define ID_ACTION_BITS 20
#define REAPED_IN_NS   (2 * RP_NS_PER_S) /* after which the exit code of an ended process is taken for unknowable */

void rp_requests_init(struct rp_requests *requests, const struct rp_actor_world *world)
{
    *requests = (struct rp_requests){.world = world};
    for (uint32_t i = 0; i < RP_REQUESTS_MAX; i++)
        requests->list[i].pidfd = -1;
}

static void end(struct rp_request *request, const struct rp_outcome *outcome, struct rp_outcomes *out)
{
    rp_outcomes_add(out, outcome);
    rp_close_fd(&request->pidfd);
    request->stage = RP_REQUEST_FREE;
    request->job = 0;
}

/* By evidence; 0 bytes: how large the checkpoint is cannot be told from it. */
static void acked(struct rp_request *request, rp_ns t_ns, uint64_t bytes, struct rp_outcomes *out)
{
    const struct rp_outcome outcome = {
        .action = request->action, .t_ns = t_ns, .state = RP_OUTCOME_ACKED, .seen = rp_i64_of_u64(bytes)};
    end(request, &outcome, out);
}

static void finish(struct rp_request *request, enum rp_outcome_state state, const struct rp_job_result *result,
                   struct rp_outcomes *out)
{
    const struct rp_outcome outcome = {
        .action = request->action,
        .t_ns = result->done_ns,
        .state = (uint8_t)state,
        .reason = (uint8_t)result->reason,
        .error = result->error,
        .seen = result->pid,
    };
    end(request, &outcome, out);
}

/* ---- beginning */

/* For which a look beforehand says what is old. */
static bool needs_baseline(const struct rp_contract *contract)
{
    return contract->ack == RP_ACK_FILE || contract->ack == RP_ACK_MTIME;
}

static enum rp_reason refusal(const struct rp_requests *requests, const struct rp_action *action,
                              const struct rp_contract *contract)
{
    if (!contract || contract->trigger == RP_TRIGGER_NONE || contract->signal != action->value)
        return RP_REASON_E7_NOT_DECLARED;
    for (uint32_t i = 0; i < RP_REQUESTS_MAX; i++)
        if (requests->list[i].stage != RP_REQUEST_FREE && requests->list[i].action.cgroup == action->cgroup)
            return RP_REASON_RATE_LIMITED;
    return RP_REASON_NONE;
}

static struct rp_request *free_request(struct rp_requests *requests)
{
    for (uint32_t i = 0; i < RP_REQUESTS_MAX; i++)
        if (requests->list[i].stage == RP_REQUEST_FREE)
            return &requests->list[i];
    return NULL;
}

void rp_requests_begin(struct rp_requests *requests, const struct rp_action *action, rp_ns now,
                       struct rp_outcome *outcome)
{
    const struct rp_actor_world *world = requests->world;
    const struct rp_contract *contract = world->contract_of(world->ctx, action->pod);
    const char *path = NULL;
    *outcome = (struct rp_outcome){.action = *action, .t_ns = now, .state = RP_OUTCOME_REFUSED};
    outcome->reason = (uint8_t)refusal(requests, action, contract);
    if (outcome->reason != RP_REASON_NONE)
        return;
    struct rp_request *request = free_request(requests);
    outcome->state = RP_OUTCOME_FAILED;
    outcome->error = request ? rp_world_find(world, action->cgroup, &path) : -EAGAIN;
    if (outcome->error < 0) {
        outcome->reason = request ? RP_REASON_CGROUP_GONE : RP_REASON_FAILED;
        return;
    }
    *request = (struct rp_request){.action = *action, .contract = *contract, .pidfd = -1, .next_ns = now};
    rp_cut(request->path, sizeof(request->path), path);
    request->stage = needs_baseline(contract) ? RP_REQUEST_BASELINE : RP_REQUEST_ASK;
    outcome->state = RP_OUTCOME_PENDING;
    outcome->reason = action->reason;
    outcome->error = 0;
}

void rp_requests_cancel(struct rp_requests *requests, rp_ns now, struct rp_outcomes *out)
{
    const struct rp_job_result cancelled = {.done_ns = now, .reason = RP_REASON_E10_OBSERVE};
    for (uint32_t i = 0; i < RP_REQUESTS_MAX; i++) {
        struct rp_request *request = &requests->list[i];
        const bool looking = request->stage == RP_REQUEST_BASELINE; /* what the hand finds is of no interest any more */
        const bool waiting = request->stage == RP_REQUEST_ASK && request->job == 0;
        if (looking || waiting)
            finish(request, RP_OUTCOME_REFUSED, &cancelled, out);
    }
}

/* ---- the end of the process that was signalled */

enum ended { RUNS, ENDED, ENDED_AS };

/* ENDED: it has, how is not known (yet). ENDED_AS: *ret_status is its wait status. */
static enum ended look_at_end(int pidfd, int *ret_status)
{
    struct pollfd wait = {.fd = pidfd, .events = POLLIN};
    struct rp_pidfd_exit_info info = {.mask = RP_PIDFD_EXIT_INFO_BIT};
    if (pidfd < 0 || poll(&wait, 1, 0) <= 0)
        return RUNS;
    if (ioctl(pidfd, RP_PIDFD_EXIT_INFO_CALL, &info) < 0 || !(info.mask & RP_PIDFD_EXIT_INFO_BIT))
        return ENDED;
    *ret_status = info.exit_code;
    return ENDED_AS;
}

bool rp_request_accepts(const struct rp_contract *contract, int status)
{
    const unsigned int code = (unsigned int)WEXITSTATUS(status);
    return WIFEXITED(status) && code < 128 && ((contract->exit_codes[code / 32] >> (code % 32)) & 1);
}

static void look_for_end(struct rp_request *request, rp_ns now, struct rp_outcomes *out)
{
    int status = 0;
    struct rp_job_result found = {.done_ns = now};
    const enum ended ended = look_at_end(request->pidfd, &status);
    if (ended == RUNS)
        return;
    if (request->exited_ns == 0)
        request->exited_ns = now;
    found.done_ns = request->exited_ns;
    if (ended == ENDED_AS) {
        const bool accepted = rp_request_accepts(&request->contract, status);
        found.pid = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        found.reason = accepted ? RP_REASON_NONE : RP_REASON_FAILED;
        finish(request, accepted ? RP_OUTCOME_ACKED : RP_OUTCOME_FAILED, &found, out);
    } else if (now - request->exited_ns >= REAPED_IN_NS) {
        found.pid = -1;
        finish(request, RP_OUTCOME_ACKED, &found, out);
    }
}

/* ---- steps */

/* Not the action's number alone: that begins anew with every guard, and the file may be older than this one. */
static uint64_t make_id(const struct rp_action *action)
{
    struct timespec wall = {0};
    (void)clock_gettime(CLOCK_REALTIME, &wall);
    return ((uint64_t)wall.tv_sec << ID_ACTION_BITS | (action->id & ((UINT64_C(1) << ID_ACTION_BITS) - 1))) &
           RP_REQUEST_ID_MAX;
}

static const char *path_for(const struct rp_contract *contract, enum rp_job_kind kind)
{
    if (kind == RP_JOB_REQUEST)
        return contract->request_path;
    return kind == RP_JOB_SIGNAL ? contract->pidfile : contract->ack_path;
}

static void post(struct rp_requests *requests, struct rp_request *request, enum rp_job_kind kind, rp_ns now)
{
    if (kind == RP_JOB_REQUEST && request->told == 0)
        request->told = make_id(&request->action);
    struct rp_job job = {
        .kind = (uint32_t)kind,
        .deadline_ns = now + (kind == RP_JOB_EVIDENCE ? LOOK_TIME_NS : ASK_TIME_NS),
        .cgroup = request->action.cgroup,
        .target =
            {
                .target = request->contract.target,
                .signal = request->contract.signal,
                .ack = request->contract.ack,
                .signalfd = request->contract.signalfd,
                .want_pidfd = request->contract.ack == RP_ACK_EXIT,
            },
        .request =
            {
                .id = request->told,
                .due_ns = request->action.expires_ns,
                .reason = request->action.reason,
                .is_critical = request->action.reason == RP_REASON_CHECKPOINT_LATE,
            },
    };
    rp_cut(job.path, sizeof(job.path), request->path);
    rp_cut(job.target.comm, sizeof(job.target.comm), request->contract.comm);
    rp_cut(job.target.path, sizeof(job.target.path), path_for(&request->contract, kind));
    if (rp_hands_post(requests->world->hands, &job) == 0)
        request->job = job.id;
}

static void step(struct rp_requests *requests, struct rp_request *request, rp_ns now)
{
    switch (request->stage) {
    case RP_REQUEST_BASELINE:
        post(requests, request, RP_JOB_EVIDENCE, now);
        /* All hands busy for that long: better asked without a baseline than not at all. */
        if (request->job == 0 && now - request->next_ns >= LOOK_TIME_NS)
            request->stage = RP_REQUEST_ASK;
        break;
    case RP_REQUEST_ASK:
        post(requests, request, request->contract.trigger == RP_TRIGGER_FILE ? RP_JOB_REQUEST : RP_JOB_SIGNAL, now);
        break;
    case RP_REQUEST_WAIT:
        if ((needs_baseline(&request->contract) || request->contract.ack == RP_ACK_WRAP) && !request->blind)
            post(requests, request, RP_JOB_EVIDENCE, now);
        break;
    default:
        break;
    }
}

void rp_requests_poll(struct rp_requests *requests, rp_ns now, struct rp_outcomes *out)
{
    for (uint32_t i = 0; i < RP_REQUESTS_MAX; i++) {
        struct rp_request *request = &requests->list[i];
        if (request->stage == RP_REQUEST_WAIT && request->contract.ack == RP_ACK_EXIT)
            look_for_end(request, now, out);
        if (request->stage == RP_REQUEST_FREE || request->job != 0)
            continue;
        if (now >= request->action.deadline_ns) {
            const struct rp_job_result late = {.done_ns = now, .reason = request->action.reason, .error = -ETIMEDOUT};
            finish(request, RP_OUTCOME_TIMED_OUT, &late, out);
        } else if (now >= request->next_ns) {
            step(requests, request, now);
        }
    }
}

/* ---- results */

static bool hand_is_lost(int error)
{
    return error == -ETIMEDOUT || error == -EPIPE;
}

static void asked(struct rp_request *request, const struct rp_job_result *result, struct rp_outcomes *out)
{
    struct rp_job_result told = *result;
    if (result->error == 0) {
        const struct rp_outcome outcome = {.action = request->action,
                                           .t_ns = result->done_ns,
                                           .state = RP_OUTCOME_DONE,
                                           .reason = request->action.reason,
                                           .seen = result->pid};
        rp_outcomes_add(out, &outcome);
        request->stage = request->contract.ack == RP_ACK_NONE ? RP_REQUEST_FREE : RP_REQUEST_WAIT;
        request->next_ns = result->done_ns;
        return;
    }
    const bool refused = told.reason == RP_REASON_E7_NO_HANDLER || told.reason == RP_REASON_E7_NOT_SAME_CGROUP;
    if (told.reason == RP_REASON_NONE)
        told.reason = told.error == -ENOENT ? RP_REASON_CGROUP_GONE : RP_REASON_FAILED;
    finish(request, refused ? RP_OUTCOME_REFUSED : RP_OUTCOME_FAILED, &told, out);
}

/* What reprieve-wrap says to this request. */
static void answered(struct rp_request *request, const struct rp_job_result *result, struct rp_outcomes *out)
{
    const struct rp_evidence_file *file = rp_evidence_answer(&result->evidence, request->told);
    const struct rp_job_result failed = {.done_ns = result->done_ns, .reason = RP_REASON_FAILED, .error = -EIO};
    if (!file)
        return;
    if (file->result == RP_ANSWER_OK)
        acked(request, result->done_ns, file->checkpoint_bytes, out);
    else
        finish(request, RP_OUTCOME_FAILED, &failed, out);
}

static void looked(struct rp_request *request, const struct rp_job_result *result, struct rp_outcomes *out)
{
    if (hand_is_lost(result->error))
        request->blind = true;
    if (request->stage == RP_REQUEST_BASELINE) {
        if (result->error == 0)
            request->baseline = result->evidence;
        request->stage = RP_REQUEST_ASK;
        request->next_ns = result->done_ns;
        return;
    }
    request->next_ns = result->done_ns + LOOK_EVERY_NS;
    if (result->error < 0)
        return;
    if (request->contract.ack == RP_ACK_WRAP) {
        answered(request, result, out);
        return;
    }
    const bool many = request->contract.ack == RP_ACK_MTIME;
    const struct rp_evidence_file *file =
        many ? rp_evidence_settled(&request->baseline, &request->last, &result->evidence)
             : rp_evidence_fresh(&request->baseline, &result->evidence);
    if (file)
        acked(request, result->done_ns, many ? file->bytes : 0, out);
}

void rp_requests_result(struct rp_requests *requests, const struct rp_job_result *result, int fd,
                        struct rp_outcomes *out)
{
    RP_CLEANUP_FD int pidfd = fd;
    for (uint32_t i = 0; i < RP_REQUESTS_MAX; i++) {
        struct rp_request *request = &requests->list[i];
        if (request->stage == RP_REQUEST_FREE || request->job != result->id)
            continue;
        request->job = 0;
        if (result->kind == RP_JOB_SIGNAL || result->kind == RP_JOB_REQUEST) {
            request->pidfd = RP_TAKE_FD(pidfd);
            asked(request, result, out);
        } else {
            looked(request, result, out);
        }
        return;
    }
}
