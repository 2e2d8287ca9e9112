// SPDX-License-Identifier: Apache-2.0
/* Who: the kubelet's ranking for memory, by what is measured now and by the older numbers that it still believes. */
#ifndef RP_FORECAST_VICTIMS_H
#define RP_FORECAST_VICTIMS_H

#include "reprieve/model.h"

/* Ranks of all pods and the likely victims, if anything about the pods changed. */
void rp_victims_step(struct rp_arena *arena);

/* Are the facts of all ranked pods known? */
bool rp_victims_sure(const struct rp_arena *arena);

/* Pending and terminating pods are candidates; finished ones are not, nor workloads that the kubelet does not know. */
bool rp_victim_candidate(const struct rp_pod *pod);

/* What the kubelet compares of it: as it believes it to be, or only its memory, as that is now. */
struct rp_kubelet_pod rp_victim_seen(const struct rp_pod *pod, bool believed);

#endif
