// SPDX-License-Identifier: Apache-2.0
/* The guard's side of its hands. */
#include "node/act/hands.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/fdio.h"

void rp_hands_init(struct rp_hands *hands, uint32_t n)
{
    *hands = (struct rp_hands){.n = n < RP_HANDS_MAX ? n : RP_HANDS_MAX};
    for (uint32_t i = 0; i < RP_HANDS_MAX; i++)
        hands->hand[i].sock = -1;
}

void rp_hands_deinit(struct rp_hands *hands)
{
    for (uint32_t i = 0; i < RP_HANDS_MAX; i++)
        rp_close_fd(&hands->hand[i].sock);
}

int rp_hands_adopt(struct rp_hands *hands, uint32_t slot, int sock)
{
    RP_CLEANUP_FD int fd = sock;
    if (slot >= hands->n)
        return -EINVAL;
    const int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return -errno;
    struct rp_hand *hand = &hands->hand[slot];
    rp_close_fd(&hand->sock);
    hand->orphaned = hand->busy;
    hand->sock = RP_TAKE_FD(fd);
    hands->replace &= ~(UINT32_C(1) << slot);
    return 0;
}

static struct rp_hand *idle_hand(struct rp_hands *hands)
{
    for (uint32_t i = 0; i < hands->n; i++)
        if (hands->hand[i].sock >= 0 && !hands->hand[i].busy)
            return &hands->hand[i];
    return NULL;
}

static bool is_free(const struct rp_hands *hands, bool may_take_long)
{
    return rp_hands_present(hands) - rp_hands_busy(hands) > (may_take_long ? 1u : 0u);
}

bool rp_hands_free_for(const struct rp_hands *hands, enum rp_job_kind kind)
{
    return is_free(hands, rp_job_may_take_long(kind));
}

int rp_hands_post(struct rp_hands *hands, struct rp_job *job)
{
    struct rp_hand *hand = idle_hand(hands);
    if (job->kind <= RP_JOB_NONE || job->kind >= RP_JOB_MAX)
        return -EINVAL;
    const bool reads_pidfile = job->kind == RP_JOB_SIGNAL && job->target.target == RP_TARGET_PIDFILE;
    if (!hand || !is_free(hands, reads_pidfile || rp_job_may_take_long((enum rp_job_kind)job->kind)))
        return -EAGAIN;
    job->id = ++hands->last_job;
    const int r = rp_send_fds(hand->sock, job, sizeof(*job), NULL);
    if (r < 0) { /* it died and the supervisor is about to send another one */
        rp_close_fd(&hand->sock);
        hands->died++;
        return -EAGAIN;
    }
    hand->busy = true;
    hand->job = job->id;
    hand->kind = job->kind;
    hand->deadline_ns = job->deadline_ns;
    return 0;
}

static int fail_job(struct rp_hand *hand, rp_ns now, int error, struct rp_job_result *ret)
{
    *ret = (struct rp_job_result){.id = hand->job, .kind = hand->kind, .error = error, .done_ns = now};
    hand->busy = hand->orphaned = false;
    return 1;
}

/* A hand that ended, or that talks nonsense and is treated as if it had. */
static int bury(struct rp_hands *hands, struct rp_hand *hand, rp_ns now, struct rp_job_result *ret)
{
    rp_close_fd(&hand->sock);
    hands->died++;
    return hand->busy ? fail_job(hand, now, -EPIPE, ret) : 0;
}

static int take_from(struct rp_hands *hands, struct rp_hand *hand, rp_ns now, struct rp_job_result *ret, int *ret_fd)
{
    struct rp_job_result result;
    struct rp_fds fds = {0};
    size_t len = 0;
    if (hand->orphaned)
        return fail_job(hand, now, -EPIPE, ret);
    if (hand->sock < 0)
        return 0;
    const int r = rp_recv_fds(hand->sock, &result, sizeof(result), &len, &fds);
    if (r == -EAGAIN && hand->busy && now > hand->deadline_ns) {
        rp_close_fd(&hand->sock);
        hands->given_up++;
        hands->replace |= UINT32_C(1) << (uint32_t)(hand - hands->hand);
        return fail_job(hand, now, -ETIMEDOUT, ret);
    }
    if (r == -EAGAIN)
        return 0;
    const bool sound = r == 0 && len == sizeof(result) && hand->busy && result.id == hand->job && fds.n <= 1;
    for (size_t i = sound ? 1 : 0; i < fds.n; i++)
        rp_close_fd(&fds.fd[i]);
    if (!sound)
        return bury(hands, hand, now, ret);
    hand->busy = false;
    *ret = result;
    *ret_fd = fds.n ? fds.fd[0] : -1;
    return 1;
}

int rp_hands_take(struct rp_hands *hands, rp_ns now, struct rp_job_result *ret, int *ret_fd)
{
    *ret_fd = -1;
    for (uint32_t i = 0; i < hands->n; i++)
        if (take_from(hands, &hands->hand[i], now, ret, ret_fd))
            return 1;
    return 0;
}

uint32_t rp_hands_to_replace(struct rp_hands *hands)
{
    const uint32_t replace = hands->replace;
    hands->replace = 0;
    return replace;
}

uint32_t rp_hands_present(const struct rp_hands *hands)
{
    uint32_t present = 0;
    for (uint32_t i = 0; i < hands->n; i++)
        present += hands->hand[i].sock >= 0;
    return present;
}

uint32_t rp_hands_busy(const struct rp_hands *hands)
{
    uint32_t busy = 0;
    for (uint32_t i = 0; i < hands->n; i++)
        busy += hands->hand[i].sock >= 0 && hands->hand[i].busy;
    return busy;
}

rp_ns rp_hands_next_deadline(const struct rp_hands *hands)
{
    rp_ns next = RP_NS_FOREVER;
    for (uint32_t i = 0; i < hands->n; i++)
        if (hands->hand[i].busy && hands->hand[i].deadline_ns < next)
            next = hands->hand[i].deadline_ns;
    return next;
}
