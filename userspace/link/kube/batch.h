// SPDX-License-Identifier: Apache-2.0
/* A list of facts under construction in the link, bounded, before it is sent as BEGIN .. COMMIT. */
#ifndef RP_LINK_KUBE_BATCH_H
#define RP_LINK_KUBE_BATCH_H

#include "reprieve/link.h"

struct rp_batch {
    enum rp_list list;
    struct rp_fact *facts;
    size_t n, room, cap;
    size_t dropped;  /* over cap: the list is then not sent, a partial list would make the rest look gone */
    char error[120]; /* why the whole document was refused, with the place in it */
    char note[120];  /* the first item that was left out or only half understood */
};

void rp_batch_init(struct rp_batch *batch, enum rp_list list, size_t cap);
void rp_batch_deinit(struct rp_batch *batch);

/* A zeroed fact of that kind at the end, or NULL when full or out of memory (counted). */
struct rp_fact *rp_batch_add(struct rp_batch *batch, enum rp_fact_kind kind);

/* Say what is wrong with an item ("team-a/job: spec.priority: is not a number"); the first one is kept. */
void rp_batch_note(struct rp_batch *batch, const char *item, const char *field, const char *what);

/* Say why the whole document is refused; returns -EINVAL. */
int rp_batch_refuse(struct rp_batch *batch, const char *why);

/* Send BEGIN, the facts, COMMIT. 0; -EOVERFLOW some were dropped; -EAGAIN the guard takes none now; -EPIPE it is gone. */
int rp_batch_send(const struct rp_batch *batch, int sock, uint64_t generation) RP_MUST_CHECK;

#endif
