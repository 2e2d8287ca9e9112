// SPDX-License-Identifier: Apache-2.0
/* Kernel events: signs of a shortage of the whole node, and what the OOM killer did. */
#ifndef RP_MODEL_EVENTS_H
#define RP_MODEL_EVENTS_H

#include "reprieve/model.h"

void rp_events_step(struct rp_arena *arena, const struct rp_sample *sample);

#endif
