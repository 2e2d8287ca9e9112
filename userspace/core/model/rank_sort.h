// SPDX-License-Identifier: Apache-2.0
/* Sorting of pods by keys drawn from them, in the arena's own room for it. */
#ifndef RP_MODEL_RANK_SORT_H
#define RP_MODEL_RANK_SORT_H

#include "reprieve/model.h"

/* The room: arena->order.capacity keys, as many as there can be pods. */
static inline struct rp_rank_key *rp_rank_keys(struct rp_arena *arena)
{
    return rp_table_at(arena, &arena->order, 0);
}

/* Heap sort: in place, n log n however the keys come. Not stable: `before` must leave no ties that matter. */
void rp_rank_sort(struct rp_arena *arena, uint32_t n,
                  bool (*before)(struct rp_arena *arena, const struct rp_rank_key *a, const struct rp_rank_key *b));

#endif
