// SPDX-License-Identifier: Apache-2.0
#include "node/record/digest.h"

/* FNV-1a over words instead of bytes: nobody attacks it, and it is taken with every sample. */
#define FNV_START UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

static uint64_t add(uint64_t digest, uint64_t word)
{
    digest = (digest ^ word) * FNV_PRIME;
    return digest ^ (digest >> 32);
}

static uint64_t add_forecast(uint64_t digest, const struct rp_forecast *f)
{
    const uint64_t words[] = {
        f->state,
        f->missing,
        f->t_ns,
        (uint64_t)f->available,
        (uint64_t)f->capacity,
        (uint64_t)f->threshold,
        (uint64_t)f->growth_per_s,
        f->early_ns,
        f->median_ns,
        f->late_ns,
        f->within_10s_permille,
        f->within_60s_permille,
        f->within_5min_permille,
        f->burst,
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        digest = add(digest, words[i]);
    return digest;
}

static uint64_t add_oom(uint64_t digest, const struct rp_oom_victims *victims)
{
    for (uint32_t i = 0; i < victims->n && i < RP_VICTIMS_MAX; i++) {
        const struct rp_oom_victim *victim = &victims->list[i];
        digest = add(add(digest, victim->cgroup), victim->group);
        digest = add(add(digest, (uint64_t)victim->points), (uint64_t)victim->frees_bytes);
    }
    return add(digest, victims->candidates);
}

uint64_t rp_decision_digest(const struct rp_arena *arena)
{
    uint64_t digest = add(add(FNV_START, arena->ladder.phase), arena->ladder.danger);
    for (uint32_t d = 0; d < RP_DANGER_MAX; d++)
        digest = add_forecast(digest, &arena->forecasts[d]);
    for (uint32_t i = 0; i < arena->victims.n && i < RP_VICTIMS_MAX; i++) {
        const struct rp_victim *victim = &arena->victims.list[i];
        digest = add(add(digest, victim->pod), victim->group);
        digest = add(add(digest, (uint64_t)victim->over_request), victim->stale_only);
    }
    for (uint32_t wall = 0; wall < RP_OOM_WALLS; wall++)
        digest = add_oom(digest, &arena->oom_victims[wall]);
    return add(digest, arena->victims.candidates);
}
