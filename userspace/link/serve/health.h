// SPDX-License-Identifier: Apache-2.0
/*
 * Is the guard alive, and does it see and reach what it needs? /livez fails only if the rescue thread stands still.
 * /readyz also fails if it cannot do its task at all; what merely degrades it is listed and does not fail.
 */
#ifndef RP_LINK_SERVE_HEALTH_H
#define RP_LINK_SERVE_HEALTH_H

#include <event2/buffer.h>

#include "reprieve/model.h"

/* Write the checks as kube-style lines ("[+]guard ok"); true if healthy. `arena` NULL: it could not be read. */
bool rp_livez_write(struct evbuffer *out, const struct rp_arena *arena, rp_ns now);
bool rp_readyz_write(struct evbuffer *out, const struct rp_arena *arena, rp_ns now);

#endif
