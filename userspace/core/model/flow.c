// SPDX-License-Identifier: Apache-2.0
#include "core/model/flow.h"

#include "core/model/slope.h"

#include <string.h>

#define APART_NS (900 * RP_NS_PER_MS) /* between two points: a look a second, whose times vary a little */

/*
 * Between points at least half of their time apart: who writes in bursts has the pace that he keeps up over them. A single
 * burst is the pace for the seconds that it takes to pass through the middle of the points, and not a tenth of a second's.
 */
static int64_t pace_of(const struct rp_flow *flow)
{
    struct rp_slopes slopes;
    rp_slopes_make(flow->points, flow->n, 2, &slopes);
    return rp_slopes_at(&slopes, 1, 2);
}

void rp_flow_mark(struct rp_flow *flow, rp_ns t_ns)
{
    const struct rp_point point = {t_ns, flow->total};
    const struct rp_point newest = flow->n ? flow->points[flow->n - 1] : (struct rp_point){0};
    if (flow->n == 0 || (flow->per_s == 0 && newest.value == point.value && newest.t_ns < t_ns)) {
        flow->points[0] = point; /* nothing moves: the line starts when something does */
        flow->n = 1;
        return;
    }
    if (rp_sub_sat_u64(t_ns, newest.t_ns) < APART_NS)
        return;
    if (flow->n == RP_FLOW_POINTS)
        memmove(flow->points, flow->points + 1, --flow->n * sizeof(flow->points[0]));
    flow->points[flow->n++] = point;
    flow->per_s = pace_of(flow);
}
