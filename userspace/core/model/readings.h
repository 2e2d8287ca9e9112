// SPDX-License-Identifier: Apache-2.0
/* A sample's readings into cgroups, pods and the node. */
#ifndef RP_MODEL_READINGS_H
#define RP_MODEL_READINGS_H

#include "reprieve/model.h"

void rp_readings_step(struct rp_arena *arena, const struct rp_sample *sample);

#endif
