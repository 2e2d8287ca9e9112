// SPDX-License-Identifier: Apache-2.0
/* The Prometheus text exposition (0.0.4) of one snapshot. */
#ifndef RP_LINK_SERVE_METRICS_H
#define RP_LINK_SERVE_METRICS_H

#include <event2/buffer.h>

#include "reprieve/model.h"

void rp_metrics_write(struct evbuffer *out, struct rp_arena *arena, rp_ns now);

#endif
