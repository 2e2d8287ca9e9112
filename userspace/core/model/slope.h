// SPDX-License-Identifier: Apache-2.0
/*
 * Robust straight lines through a few points (Theil-Sen): the slope is the median of the slopes between pairs of points.
 * A quarter of the points may be anything and it still holds, which is what memory signals need: one collected heap or one
 * dropped file is no trend.
 */
#ifndef RP_MODEL_SLOPE_H
#define RP_MODEL_SLOPE_H

#include "reprieve/model.h"

#define RP_SLOPE_POINTS 16 /* more do not make it better, only slower */
#define RP_SLOPE_PAIRS  (RP_SLOPE_POINTS * (RP_SLOPE_POINTS - 1) / 2)

struct rp_slopes {
    int64_t per_s[RP_SLOPE_PAIRS]; /* sorted, smallest first */
    uint32_t n;
};

/*
 * Copy points that are from_ns or newer and before_ns or older, spread evenly over that time, oldest first, the newest one
 * always among them. Returns how many, at most RP_SLOPE_POINTS.
 */
uint32_t rp_slope_choose(const struct rp_point *points, uint32_t n, rp_ns from_ns, rp_ns before_ns,
                         struct rp_point ret[RP_SLOPE_POINTS]);

/*
 * Slopes between those pairs of 2..RP_SLOPE_POINTS points, in order of time, that lie at least 1/part of the whole span
 * apart. Far pairs scatter less, near ones let a few bad points spoil fewer of them.
 */
void rp_slopes_make(const struct rp_point *points, uint32_t n, uint32_t part, struct rp_slopes *ret);

/* Value at `part` of `whole` of the sorted slopes; 1 of 2 is the median. No slopes: 0. */
int64_t rp_slopes_at(const struct rp_slopes *slopes, uint32_t part, uint32_t whole);

/* Where a line through `point` stands at t_ns, which may be before or after it. */
int64_t rp_slope_extend(struct rp_point point, int64_t per_s, rp_ns t_ns);

/* Sort a small array in place. */
void rp_sort_i64(int64_t *values, uint32_t n);

#endif
