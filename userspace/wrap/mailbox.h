// SPDX-License-Identifier: Apache-2.0
/*
 * The two files by which a container is asked and answers (include/reprieve/request.h, answer.h), seen from inside. New
 * requests are told by inotify on the directory, which may come later or be of a kind that tells nothing: they are looked
 * for now and again as well.
 */
#ifndef RP_WRAP_MAILBOX_H
#define RP_WRAP_MAILBOX_H

#include "reprieve/answer.h"
#include "reprieve/request.h"

struct rp_mailbox {
    const char *request, *ack;
    int inotify_fd;   /* -1: this kernel has none */
    bool watching;    /* the directory of the request */
    uint64_t seen_id; /* of the last request; what is there at the start is an old one */
    uint32_t damaged; /* looks in a row that found something that is no request */
};

/* Makes the request file and room for an answer, if it can. Cannot fail: what is not there yet may come. */
void rp_mailbox_open(struct rp_mailbox *mailbox, const char *request, const char *ack);
void rp_mailbox_close(struct rp_mailbox *mailbox);

/* In how many milliseconds to look at the latest, whether or not anything is told. */
int rp_mailbox_patience_ms(const struct rp_mailbox *mailbox);

/* A request that was not seen before: 1, else 0. Takes what inotify has to say. */
int rp_mailbox_look(struct rp_mailbox *mailbox, struct rp_request_line *ret) RP_MUST_CHECK;

/* The answer appears as a whole, or on a full disk is written over the last one. 0 or -errno. */
int rp_mailbox_answer(struct rp_mailbox *mailbox, const struct rp_answer_line *answer) RP_MUST_CHECK;

#endif
