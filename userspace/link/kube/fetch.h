// SPDX-License-Identifier: Apache-2.0
/*
 * Getting one document from a source by path:
 *   /path/file          a regular file, read at once
 *   unix:/path:/url     HTTP over a unix socket, without blocking: libcurl's multi interface driven by libevent
 */
#ifndef RP_LINK_KUBE_FETCH_H
#define RP_LINK_KUBE_FETCH_H

#include <event2/event.h>

#include "reprieve/types.h"

#define RP_DOCUMENT_MAX (16u << 20) /* a document is shorter */

struct rp_fetcher;

/* The whole document, or bytes NULL and a sentence. `bytes` is valid during the call only. */
typedef void rp_fetch_done(void *arg, const char *bytes, size_t len, const char *error);

/* 0 or -ENOMEM. Freeing drops what is under way without calling back. */
int rp_fetcher_new(struct event_base *base, struct rp_fetcher **ret) RP_MUST_CHECK;
void rp_fetcher_free(struct rp_fetcher **fetcher);

/*
 * `done` is called exactly once: for a file before this returns, else later from the event loop, after 10 s at the latest.
 * 0; -EINVAL the source is not understood; -ENOMEM; then it is not called.
 */
int rp_fetch(struct rp_fetcher *fetcher, const char *source, rp_fetch_done *done, void *arg) RP_MUST_CHECK;

#endif
