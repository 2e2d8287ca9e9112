// SPDX-License-Identifier: Apache-2.0
/* The core as one function from (state, sample) to (state, plan). */
#include "reprieve/model.h"

void rp_core_step(struct rp_arena *arena, const struct rp_sample *sample, struct rp_plan *plan)
{
    rp_oom_judge(arena, sample);
    rp_model_step(arena, sample);
    rp_forecast_step(arena);
    rp_oom_step(arena);
    rp_decide_outcomes(arena, sample);
    rp_decide_plan(arena, plan);
}
