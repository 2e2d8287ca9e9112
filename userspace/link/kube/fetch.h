// SPDX-License-Identifier: Apache-2.0
/*
 * Getting one document from a source by path, without blocking: libcurl's multi interface driven by libevent.
 *   /path/file          a file (written atomically by whoever owns it)
 *   unix:/path:/url     HTTP over a unix socket
 */
#ifndef RP_LINK_KUBE_FETCH_H
#define RP_LINK_KUBE_FETCH_H

#include <event2/event.h>

#include "reprieve/types.h"

struct rp_fetcher;

/* The whole document, or bytes NULL and a sentence. `bytes` is valid during the call only. */
typedef void rp_fetch_done(void *arg, const char *bytes, size_t len, const char *error);

/* 0 or -ENOMEM. */
int rp_fetcher_new(struct event_base *base, struct rp_fetcher **ret) RP_MUST_CHECK;
void rp_fetcher_free(struct rp_fetcher **fetcher);

/* `done` is called exactly once, later. 0; -EINVAL the source is not understood; -ENOMEM. */
int rp_fetch(struct rp_fetcher *fetcher, const char *source, rp_fetch_done *done, void *arg) RP_MUST_CHECK;

/* Is that text a source? 0, or -EINVAL; used by check-config too. */
int rp_source_check(const char *source) RP_MUST_CHECK;

#endif
