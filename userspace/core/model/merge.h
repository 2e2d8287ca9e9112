// SPDX-License-Identifier: Apache-2.0
/* Readings are partial: the latest value of each field is kept, whichever look brought it. */
#ifndef RP_MODEL_MERGE_H
#define RP_MODEL_MERGE_H

#include "reprieve/sample.h"

void rp_node_reading_merge(struct rp_node_reading *into, const struct rp_node_reading *reading);
void rp_cgroup_reading_merge(struct rp_cgroup_reading *into, const struct rp_cgroup_reading *reading);

#endif
