// SPDX-License-Identifier: Apache-2.0
/* The slots of a pod in which changes in force are remembered, one per kind of action. */
#include "core/decide/decide.h"

struct rp_brake *rp_brake_find(struct rp_pod *pod, enum rp_action_kind kind)
{
    for (uint32_t i = 0; i < RP_BRAKES_MAX; i++)
        if (pod->brakes[i].kind == kind)
            return &pod->brakes[i];
    return NULL;
}

struct rp_brake *rp_brake_slot(struct rp_pod *pod, enum rp_action_kind kind)
{
    struct rp_brake *found = rp_brake_find(pod, kind);
    return found ? found : rp_brake_find(pod, RP_ACTION_NONE);
}

bool rp_brake_active(const struct rp_brake *brake)
{
    return brake && brake->kind != RP_ACTION_NONE &&
           (brake->state == RP_OUTCOME_DONE || brake->state == RP_OUTCOME_PENDING ||
            brake->state == RP_OUTCOME_OBSERVED);
}

bool rp_brake_waits(const struct rp_brake *brake, rp_ns now)
{
    if (!brake || brake->kind == RP_ACTION_NONE || rp_brake_active(brake))
        return false;
    bool refused = brake->state != RP_OUTCOME_UNDONE;
    return now < brake->rest_until_ns || (refused && now < brake->expires_ns);
}

struct rp_pod *rp_action_pod(struct rp_arena *arena, const struct rp_action *action)
{
    struct rp_pod *pod = rp_pod_at(arena, action->pod);
    return pod && pod->live && action->id > pod->made_after_action ? pod : NULL;
}
