// SPDX-License-Identifier: Apache-2.0
/* What the link says, list by list: a list counts from its COMMIT on, or not at all. */
#ifndef RP_MODEL_FACTS_H
#define RP_MODEL_FACTS_H

#include "reprieve/model.h"

void rp_facts_step(struct rp_arena *arena, const struct rp_sample *sample);

#endif
