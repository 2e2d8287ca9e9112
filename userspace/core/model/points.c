// SPDX-License-Identifier: Apache-2.0
#include "core/model/points.h"

#include <string.h>

/*
 * Drop every point without which the gap between its neighbours is still small for their age, and what is too old. The rest
 * moves to the end of the array; returns the index of its first.
 */
static uint32_t thin(struct rp_point *points, uint32_t n, rp_ns now, const struct rp_points_rule *rule)
{
    uint32_t first = n;
    rp_ns newer_ns = now;
    for (uint32_t i = n; i-- > 0;) {
        if (now - points[i].t_ns > rule->age_max_ns)
            break;
        const rp_ns older_ns = i > 0 ? points[i - 1].t_ns : 0;
        const bool spare = i > 0 && newer_ns - older_ns <= (now - older_ns) / rule->fineness;
        if (spare)
            continue;
        newer_ns = points[i].t_ns;
        points[--first] = points[i];
    }
    return first;
}

bool rp_points_add(struct rp_point *points, uint32_t *n, struct rp_point point, const struct rp_points_rule *rule)
{
    struct rp_points_rule coarser = *rule;
    if (*n > 0 && point.t_ns <= points[*n - 1].t_ns)
        return false;
    uint32_t first = thin(points, *n, point.t_ns, rule);
    while (*n - first == rule->capacity && coarser.fineness > 1) { /* rather a coarser look back than a shorter one */
        coarser.fineness--;
        first = thin(points, *n, point.t_ns, &coarser);
    }
    if (*n - first == rule->capacity)
        first++;
    memmove(points, points + first, (*n - first) * sizeof(*points));
    *n -= first;
    points[(*n)++] = point;
    return true;
}
