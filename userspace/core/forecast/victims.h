// SPDX-License-Identifier: Apache-2.0
/* Who: the kubelet's ranking for memory, by what is measured now and by the older numbers that it still believes. */
#ifndef RP_FORECAST_VICTIMS_H
#define RP_FORECAST_VICTIMS_H

#include "reprieve/model.h"

/* Ranks of all pods and the likely victims, if anything about the pods changed. */
void rp_victims_step(struct rp_arena *arena);

/* Are the facts of all ranked pods known? */
bool rp_victims_sure(const struct rp_arena *arena);

#endif
