// SPDX-License-Identifier: Apache-2.0
/* /livez, /readyz, /metrics over HTTP, from snapshots of the arena. */
#ifndef RP_LINK_SERVE_SERVER_H
#define RP_LINK_SERVE_SERVER_H

#include <event2/event.h>

#include "node/show/snapshot.h"

struct rp_server;

/* Listen on "host:port" or "[v6]:port". 0; -EINVAL not such a text; another -errno. `snapshot` must outlive it. */
int rp_server_new(struct event_base *base, const char *listen, struct rp_snapshot *snapshot,
                  struct rp_server **ret) RP_MUST_CHECK;
void rp_server_free(struct rp_server **server);

#endif
