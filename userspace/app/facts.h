// SPDX-License-Identifier: Apache-2.0
/*
 * The guard's end of the link: collects BEGIN .. COMMIT into a batch and hands out only whole ones. A torn, over-long,
 * mis-counted or invalid list is thrown away whole and counted; what the core knew before stands and gets older.
 */
#ifndef RP_APP_FACTS_H
#define RP_APP_FACTS_H

#include "reprieve/link.h"

struct rp_inbox {
    struct rp_fact *facts; /* capacity items, allocated at start */
    uint32_t capacity, n;
    bool open;     /* inside BEGIN .. COMMIT */
    bool complete; /* facts[0..n) is a committed list, not yet taken */
    struct rp_fact_list head;
    uint64_t rejected; /* lists thrown away */
    uint64_t bad_frames;
};

/* Allocates room for lists of up to pods_max items. 0 or -ENOMEM. */
int rp_inbox_init(struct rp_inbox *inbox, uint32_t pods_max) RP_MUST_CHECK;
void rp_inbox_deinit(struct rp_inbox *inbox);

/* One frame as it came from the socket. Pure. True if a list is complete now: take it before pushing more. */
bool rp_inbox_push(struct rp_inbox *inbox, const void *frame, size_t len);

/* Read frames until the socket is empty or a list is complete. 0, or -EPIPE when the link is gone. Never sleeps. */
int rp_inbox_receive(struct rp_inbox *inbox, int sock) RP_MUST_CHECK;

/* The committed list was consumed. */
void rp_inbox_clear(struct rp_inbox *inbox);

#endif
