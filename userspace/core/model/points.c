// SPDX-License-Identifier: Apache-2.0
#include "core/model/points.h"

#include <string.h>

#define AGE_MAX_NS (90 * RP_NS_PER_S) /* older behaviour says little about the next minute */

/*
 * Drop every point without which the gap between its neighbours is still small for their age, and what is too old. The rest
 * moves to the end of the array; returns the index of its first.
 */
static uint32_t thin(struct rp_point *points, uint32_t n, rp_ns now, uint32_t fineness)
{
    uint32_t first = n;
    rp_ns newer_ns = now;
    for (uint32_t i = n; i-- > 0;) {
        if (now - points[i].t_ns > AGE_MAX_NS)
            break;
        const rp_ns older_ns = i > 0 ? points[i - 1].t_ns : 0;
        const bool spare = i > 0 && newer_ns - older_ns <= (now - older_ns) / fineness;
        if (spare)
            continue;
        newer_ns = points[i].t_ns;
        points[--first] = points[i];
    }
    return first;
}

bool rp_points_add(struct rp_point *points, uint32_t capacity, uint32_t *n, struct rp_point point, uint32_t fineness)
{
    if (*n > 0 && point.t_ns <= points[*n - 1].t_ns)
        return false;
    uint32_t first = thin(points, *n, point.t_ns, fineness);
    while (*n - first == capacity && fineness > 1) /* rather a coarser look back than a shorter one */
        first = thin(points, *n, point.t_ns, --fineness);
    if (*n - first == capacity)
        first++;
    memmove(points, points + first, (*n - first) * sizeof(*points));
    *n -= first;
    points[(*n)++] = point;
    return true;
}
