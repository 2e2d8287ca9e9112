// SPDX-License-Identifier: Apache-2.0
#include "core/model/rank_sort.h"

typedef bool (*before_fn)(struct rp_arena *arena, const struct rp_rank_key *a, const struct rp_rank_key *b);

static void swap(struct rp_rank_key *a, struct rp_rank_key *b)
{
    const struct rp_rank_key kept = *a;
    *a = *b;
    *b = kept;
}

/* Let the key at `at` sink until no child goes after it. */
static void sink(struct rp_arena *arena, uint32_t at, uint32_t n, before_fn before)
{
    struct rp_rank_key *keys = rp_rank_keys(arena);
    for (uint32_t child = 2 * at + 1; child < n; child = 2 * at + 1) {
        if (child + 1 < n && before(arena, &keys[child], &keys[child + 1]))
            child++;
        if (!before(arena, &keys[at], &keys[child]))
            return;
        swap(&keys[at], &keys[child]);
        at = child;
    }
}

void rp_rank_sort(struct rp_arena *arena, uint32_t n, before_fn before)
{
    struct rp_rank_key *keys = rp_rank_keys(arena);
    for (uint32_t i = n / 2; i-- > 0;)
        sink(arena, i, n, before);
    for (uint32_t end = n; end > 1; end--) {
        swap(&keys[0], &keys[end - 1]);
        sink(arena, 0, end - 1, before);
    }
}
