// SPDX-License-Identifier: Apache-2.0
/* Who of those that ask for protection gets it. */
#ifndef RP_MODEL_BUDGET_H
#define RP_MODEL_BUDGET_H

#include "reprieve/model.h"

/*
 * Protection holds only while there is somebody else to take from, so protected requests are bounded by a share of the
 * node's allocatable memory: highest value first, then the longest running. Sets protected_ and over_budget of every pod.
 */
void rp_budget_step(struct rp_arena *arena);

#endif
