// SPDX-License-Identifier: Apache-2.0
/*
 * Observe mode plans against what it has only imagined, so that it shows a whole incident. When enforcing begins none of
 * that is in force: a freeze that was imagined stops nobody, and a victim that was imagined freed nothing.
 */
#include "core/decide/decide.h"
#include "core/model/table.h"

static void forget_of_pod(struct rp_pod *pod)
{
    pod->checkpoint.retry_ns = 0;
    for (uint32_t i = 0; i < RP_BRAKES_MAX; i++) {
        struct rp_brake *brake = &pod->brakes[i];
        if (brake->kind == RP_ACTION_NONE || !brake->imagined)
            continue;
        if (brake->kind == RP_ACTION_KILL) {
            pod->killed_ns = 0;
            pod->kills -= pod->kills > 0;
        }
        *brake = (struct rp_brake){0};
    }
}

void rp_forget_imagined(struct rp_arena *arena)
{
    struct rp_ladder *ladder = &arena->ladder;
    for (uint32_t i = 0; i < arena->pods.used; i++)
        if (rp_pod_in(arena, i)->live)
            forget_of_pod(rp_pod_in(arena, i));
    if (ladder->victims_imagined & (1u << ladder->victims_at))
        ladder->victim_action = 0;
    for (uint32_t i = 0; i < sizeof(ladder->victims_ns) / sizeof(ladder->victims_ns[0]); i++)
        if (ladder->victims_imagined & (1u << i))
            ladder->victims_ns[i] = 0;
    ladder->victims_imagined = 0;
}
