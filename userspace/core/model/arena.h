// SPDX-License-Identifier: Apache-2.0
/* How the arena is laid out; shared by those who make one and those who check one. */
#ifndef RP_MODEL_ARENA_H
#define RP_MODEL_ARENA_H

#include "reprieve/model.h"

struct rp_layout {
    struct rp_table cgroups, pods, index, order; /* offset, stride and capacity; the rest is 0 */
    uint64_t total_bytes;                        /* a multiple of 8 */
};

/* False if the tables do not fit into the 32-bit offsets that the arena keeps; `ret` is untouched then. */
bool rp_layout_make(uint32_t cgroups_max, uint32_t pods_max, struct rp_layout *ret) RP_MUST_CHECK;

#endif
