// SPDX-License-Identifier: Apache-2.0
#include "app/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* One turn of the guard's loop reads at most this many frames, so that a link gone mad cannot hold up the rescue. */
#define FRAMES_PER_TURN 2048

int rp_inbox_init(struct rp_inbox *inbox, uint32_t pods_max)
{
    uint32_t capacity = pods_max + 8; /* BEGIN, COMMIT and the node's own items */
    struct rp_fact *facts = calloc(capacity, sizeof(*facts));
    if (!facts)
        return -ENOMEM;
    *inbox = (struct rp_inbox){.facts = facts, .capacity = capacity};
    return 0;
}

void rp_inbox_deinit(struct rp_inbox *inbox)
{
    free(inbox->facts);
    *inbox = (struct rp_inbox){0};
}

void rp_inbox_clear(struct rp_inbox *inbox)
{
    inbox->n = 0;
    inbox->open = inbox->complete = false;
}

static void reject(struct rp_inbox *inbox)
{
    if (inbox->open)
        inbox->rejected++;
    rp_inbox_clear(inbox);
}

static bool keep(struct rp_inbox *inbox, const struct rp_fact *fact)
{
    if (inbox->n == inbox->capacity)
        return false;
    inbox->facts[inbox->n++] = *fact;
    return true;
}

static bool belongs(enum rp_list list, enum rp_fact_kind kind)
{
    switch (kind) {
    case RP_FACT_POD:
        return list == RP_LIST_PODS;
    case RP_FACT_KUBELET:
        return list == RP_LIST_KUBELET;
    case RP_FACT_POD_STATS:
    case RP_FACT_NODE_STATS:
        return list == RP_LIST_STATS;
    case RP_FACT_SOURCE:
        return list == RP_LIST_SOURCES;
    default:
        return kind == RP_FACT_COMMIT;
    }
}

static bool commit_matches(const struct rp_inbox *inbox, const struct rp_fact_list *tail)
{
    return tail->list == inbox->head.list && tail->generation == inbox->head.generation && tail->count == inbox->n - 1;
}

bool rp_inbox_push(struct rp_inbox *inbox, const void *frame, size_t len)
{
    struct rp_fact fact;
    if (inbox->complete)
        return true;
    if (rp_fact_validate(frame, len) != 0) {
        inbox->bad_frames++;
        reject(inbox);
        return false;
    }
    memcpy(&fact, frame, sizeof(fact));
    if (fact.kind == RP_FACT_BEGIN) {
        reject(inbox); /* the list before it never ended */
        inbox->open = true;
        inbox->head = fact.list;
        (void)keep(inbox, &fact); /* capacity is at least 8 */
        return false;
    }
    if (!inbox->open)
        return false; /* the rest of a list that was rejected */
    bool fits = belongs((enum rp_list)inbox->head.list, (enum rp_fact_kind)fact.kind) &&
                (fact.kind != RP_FACT_COMMIT || commit_matches(inbox, &fact.list));
    if (!fits || !keep(inbox, &fact)) {
        reject(inbox);
        return false;
    }
    inbox->complete = fact.kind == RP_FACT_COMMIT;
    return inbox->complete;
}

int rp_inbox_receive(struct rp_inbox *inbox, int sock)
{
    struct rp_fact frame;
    for (int i = 0; i < FRAMES_PER_TURN && !inbox->complete; i++) {
        ssize_t n = recv(sock, &frame, sizeof(frame), MSG_DONTWAIT | MSG_TRUNC);
        if (n == 0)
            return -EPIPE;
        if (n < 0)
            return errno == EAGAIN || errno == EINTR ? 0 : -EPIPE;
        (void)rp_inbox_push(inbox, &frame, (size_t)n <= sizeof(frame) ? (size_t)n : 0);
    }
    return 0;
}
