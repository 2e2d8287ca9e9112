// SPDX-License-Identifier: Apache-2.0
/*
 * The sources of the policy, read at their interval, turned into lists of facts and sent to the guard. Beside them goes
 * a list of the sources' own states, so that the operator sees what is stale and why.
 */
#ifndef RP_LINK_KUBE_FEED_H
#define RP_LINK_KUBE_FEED_H

#include "link/kube/fetch.h"
#include "reprieve/policy.h"

struct rp_feed;

/* Starts at once. `sock` is the link's end of the guard's socket. 0 or -errno. */
int rp_feed_new(struct event_base *base, const struct rp_policy *policy, int sock, struct rp_feed **ret) RP_MUST_CHECK;
void rp_feed_free(struct rp_feed **feed);

#endif
