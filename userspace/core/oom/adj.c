// SPDX-License-Identifier: Apache-2.0
#include "core/oom/adj.h"

#include "base/num.h"

/* The more a container asked for, the later it goes; what it uses above that brings it to where BestEffort is. */
static int16_t burstable(int64_t request_bytes, uint64_t memory_bytes)
{
    const uint64_t asked = (uint64_t)rp_max_i64(0, request_bytes);
    const uint64_t permille = rp_mul_div_u64(1000, asked, memory_bytes);
    const int64_t adj = permille >= 1000 ? 0 : 1000 - (int64_t)permille;
    return (int16_t)rp_clamp_i64(adj, RP_OOM_ADJ_BURSTABLE, RP_OOM_ADJ_BEST_EFFORT - 1);
}

bool rp_oom_adj(const struct rp_oom_standing *standing, uint64_t memory_bytes, int16_t *ret)
{
    if (standing->node_critical || standing->qos == RP_QOS_GUARANTEED)
        *ret = RP_OOM_ADJ_GUARANTEED;
    else if (standing->qos == RP_QOS_BEST_EFFORT)
        *ret = RP_OOM_ADJ_BEST_EFFORT;
    else if (standing->qos == RP_QOS_BURSTABLE && memory_bytes > 0)
        *ret = burstable(standing->request_bytes, memory_bytes);
    else
        return false;
    return true;
}
