// SPDX-License-Identifier: Apache-2.0
#include "link/kube/batch.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"

#define SEND_PATIENCE_MS 1000 /* the guard empties its end every tick; longer means that it hangs or is gone */

void rp_batch_init(struct rp_batch *batch, enum rp_list list, size_t cap)
{
    memset(batch, 0, sizeof(*batch));
    batch->list = list;
    batch->cap = cap;
}

void rp_batch_deinit(struct rp_batch *batch)
{
    free(batch->facts);
    memset(batch, 0, sizeof(*batch));
}

struct rp_fact *rp_batch_add(struct rp_batch *batch, enum rp_fact_kind kind)
{
    if (batch->n == batch->cap) {
        batch->dropped++;
        return NULL;
    }
    if (batch->n == batch->room) {
        size_t room = batch->room ? 2 * batch->room : 16;
        struct rp_fact *facts = reallocarray(batch->facts, room, sizeof(*facts));
        if (!facts) {
            batch->dropped++;
            return NULL;
        }
        batch->facts = facts;
        batch->room = room;
    }
    struct rp_fact *fact = &batch->facts[batch->n++];
    memset(fact, 0, sizeof(*fact));
    fact->version = RP_LINK_VERSION;
    fact->kind = (uint32_t)kind;
    return fact;
}

void rp_batch_note(struct rp_batch *batch, const char *item, const char *field, const char *what)
{
    char line[512];
    if (batch->note[0])
        return;
    (void)snprintf(line, sizeof(line), "%s: %s%s%s", item, field, field[0] ? ": " : "", what);
    rp_cut(batch->note, sizeof(batch->note), line);
}

int rp_batch_refuse(struct rp_batch *batch, const char *why)
{
    rp_cut(batch->error, sizeof(batch->error), why);
    return -EINVAL;
}

static int send_one(int sock, const struct rp_fact *fact)
{
    for (;;) {
        if (send(sock, fact, sizeof(*fact), MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)sizeof(*fact))
            return 0;
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN) /* a peer that went away with frames unread is told of as a reset, once */
            return errno == ECONNRESET ? -EPIPE : -errno;
        struct pollfd room = {.fd = sock, .events = POLLOUT};
        if (poll(&room, 1, SEND_PATIENCE_MS) <= 0)
            return -EAGAIN;
    }
}

int rp_batch_send(const struct rp_batch *batch, int sock, uint64_t generation)
{
    struct rp_fact frame = {.version = RP_LINK_VERSION, .kind = RP_FACT_BEGIN};
    frame.list = (struct rp_fact_list){.list = (uint32_t)batch->list, .generation = generation};
    int rc = batch->dropped ? -EOVERFLOW : send_one(sock, &frame);
    for (size_t i = 0; rc == 0 && i < batch->n; i++)
        rc = send_one(sock, &batch->facts[i]);
    frame.kind = RP_FACT_COMMIT;
    frame.list.count = (uint32_t)batch->n;
    return rc == 0 ? send_one(sock, &frame) : rc;
}
