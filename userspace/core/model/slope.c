// SPDX-License-Identifier: Apache-2.0
#include "core/model/slope.h"

#include "base/num.h"

/* Differences are cut here, so that bytes x 10^6 still fits; and sums of two slopes do; a jump of 4 TiB is a jump anyway. */
#define RISE_MAX (INT64_C(1) << 42)

/* Shell sort: no stack, no pathological input, and quick for the hundred values that it gets here. */
void rp_sort_i64(int64_t *values, uint32_t n)
{
    static const uint32_t gaps[] = {57, 23, 10, 4, 1};
    for (uint32_t g = 0; g < sizeof(gaps) / sizeof(gaps[0]); g++) {
        const uint32_t gap = gaps[g];
        for (uint32_t i = gap; i < n; i++) {
            const int64_t value = values[i];
            uint32_t at = i;
            for (; at >= gap && values[at - gap] > value; at -= gap)
                values[at] = values[at - gap];
            values[at] = value;
        }
    }
}

static int64_t slope_between(struct rp_point a, struct rp_point b)
{
    const int64_t rise = rp_clamp_i64(rp_sub_sat_i64(b.value, a.value), -RISE_MAX, RISE_MAX);
    const int64_t run_us = rp_max_i64(1, (int64_t)((b.t_ns - a.t_ns) / 1000));
    return rise * 1000000 / run_us;
}

uint32_t rp_slope_choose(const struct rp_point *points, uint32_t n, rp_ns from_ns, rp_ns before_ns,
                         struct rp_point ret[RP_SLOPE_POINTS])
{
    struct rp_point chosen[RP_SLOPE_POINTS];
    const rp_ns apart_ns = (before_ns - from_ns) / (RP_SLOPE_POINTS - 1);
    uint32_t chosen_n = 0;
    for (uint32_t i = n; i-- > 0 && chosen_n < RP_SLOPE_POINTS;) {
        if (points[i].t_ns > before_ns)
            continue;
        if (points[i].t_ns < from_ns)
            break;
        if (chosen_n == 0 || chosen[chosen_n - 1].t_ns - points[i].t_ns >= apart_ns)
            chosen[chosen_n++] = points[i];
    }
    for (uint32_t i = 0; i < chosen_n; i++)
        ret[i] = chosen[chosen_n - 1 - i];
    return chosen_n;
}

void rp_slopes_make(const struct rp_point *points, uint32_t n, uint32_t part, struct rp_slopes *ret)
{
    const rp_ns apart_ns = (points[n - 1].t_ns - points[0].t_ns) / part;
    ret->n = 0;
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = n - 1; k > i && points[k].t_ns - points[i].t_ns >= apart_ns; k--)
            ret->per_s[ret->n++] = slope_between(points[i], points[k]);
    }
    rp_sort_i64(ret->per_s, ret->n);
}

int64_t rp_slopes_at(const struct rp_slopes *slopes, uint32_t part, uint32_t whole)
{
    if (slopes->n == 0)
        return 0;
    /* Between the two neighbours: with four slopes a step to the next one would be a jump. */
    const uint64_t place = (uint64_t)(slopes->n - 1) * part;
    const uint64_t i = place / whole, rest = place % whole;
    const int64_t here = slopes->per_s[i];
    const int64_t next = rest ? slopes->per_s[i + 1] : here;
    return here + (next - here) / (int64_t)whole * (int64_t)rest;
}

int64_t rp_slope_extend(struct rp_point point, int64_t per_s, rp_ns t_ns)
{
    const int64_t run_us =
        t_ns >= point.t_ns ? rp_i64_of_u64((t_ns - point.t_ns) / 1000) : -rp_i64_of_u64((point.t_ns - t_ns) / 1000);
    return rp_add_sat_i64(point.value, rp_mul_div_i64(per_s, run_us, 1000000));
}
