// SPDX-License-Identifier: Apache-2.0
/* Counts and their pace: see struct rp_flow. */
#ifndef RP_MODEL_FLOW_H
#define RP_MODEL_FLOW_H

#include "base/num.h"
#include "reprieve/model.h"

/* A counter went from `was` to `is`; if it fell it has started anew, and what it missed meanwhile is not known. */
static inline uint64_t rp_flow_rise(uint64_t was, uint64_t is)
{
    return rp_sub_sat_u64(is, was);
}

static inline void rp_flow_add(struct rp_flow *flow, uint64_t more)
{
    flow->total = rp_add_sat_i64(flow->total, rp_i64_of_u64(more));
}

static inline void rp_flow_take(struct rp_flow *flow, uint64_t less)
{
    flow->total = rp_sub_sat_i64(flow->total, rp_i64_of_u64(less));
}

/* All that was counted up to t_ns is in the total: keep a point of it and judge the pace anew, if it is time for one. */
void rp_flow_mark(struct rp_flow *flow, rp_ns t_ns);

#endif
