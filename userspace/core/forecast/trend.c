// SPDX-License-Identifier: Apache-2.0
/*
 * Which past tells the future? A long look sees through noise, sawteeth and stairs, but is late when something changes; a
 * short one is the reverse. So from the longest look to the shortest: a line is drawn through its older three quarters, and
 * if that line, with the scatter it had there, still explains the newest readings, the look is believed. A sawtooth stays
 * within the scatter of its own past; a burst, or the end of a growth, does not, and leads to a shorter look.
 */
#include "core/forecast/trend.h"

#include "base/num.h"

#include <string.h>

#define SPAN_MIN_NS     (500 * RP_NS_PER_MS)
#define POINTS_MIN      4u
#define BURST_MAX_NS    (4 * RP_NS_PER_S) /* after this a faster fall is simply the trend */
#define RECOVERY_MIN_NS (1 * RP_NS_PER_S) /* growth is believed at once, its end only after this */

static const rp_ns looks_ns[] = {
    60 * RP_NS_PER_S,    25 * RP_NS_PER_S,    10 * RP_NS_PER_S,   5 * RP_NS_PER_S,
    2500 * RP_NS_PER_MS, 1200 * RP_NS_PER_MS, 600 * RP_NS_PER_MS,
};
#define LOOKS_N (sizeof(looks_ns) / sizeof(looks_ns[0]))

/* ---- one line */

struct line {
    struct rp_point at;   /* a point on it */
    int64_t slope;        /* per second */
    int64_t middle, wide; /* distances from it: the median, and one that few exceed */
};

static int64_t height(const struct line *line, rp_ns t_ns)
{
    return rp_slope_extend(line->at, line->slope, t_ns);
}

static void draw(const struct rp_point *points, uint32_t n, struct line *ret)
{
    const rp_ns end_ns = points[n - 1].t_ns;
    int64_t values[RP_SLOPE_POINTS];
    struct rp_slopes slopes;
    rp_slopes_make(points, n, 8, &slopes);
    ret->slope = rp_slopes_at(&slopes, 1, 2);
    for (uint32_t i = 0; i < n; i++)
        values[i] = rp_slope_extend(points[i], ret->slope, end_ns);
    rp_sort_i64(values, n);
    ret->at = (struct rp_point){end_ns, values[n / 2]};
    for (uint32_t i = 0; i < n; i++) {
        const int64_t off = rp_sub_sat_i64(points[i].value, height(ret, points[i].t_ns));
        values[i] = off < 0 ? rp_sub_sat_i64(0, off) : off;
    }
    rp_sort_i64(values, n);
    ret->middle = values[n / 2];
    ret->wide = values[n - 1 - n / 8];
}

/* ---- one look */

struct look {
    struct rp_point points[RP_SLOPE_POINTS];
    uint32_t n;
    struct line older, whole;
};

/* False if the look holds too few points. */
static bool take_look(const struct rp_history *history, rp_ns back_ns, struct look *ret)
{
    const rp_ns now = history->points[history->n - 1].t_ns;
    const rp_ns from_ns = rp_sub_sat_u64(now, back_ns);
    ret->n = rp_slope_choose(history->points, history->n, from_ns, now - back_ns / 4, ret->points);
    if (ret->n < POINTS_MIN - 1)
        return false;
    draw(ret->points, ret->n, &ret->older);
    ret->n = rp_slope_choose(history->points, history->n, from_ns, now, ret->points);
    draw(ret->points, ret->n, &ret->whole);
    return ret->n >= POINTS_MIN;
}

static rp_ns span_of(const struct look *look)
{
    return look->points[look->n - 1].t_ns - look->points[0].t_ns;
}

/* One reading off the line may be a blip; two on the same side are news. */
static bool explains(const struct look *look, const struct rp_history *history, int64_t grain)
{
    const struct rp_point *newest = &history->points[history->n - 1];
    const int64_t band = rp_add_sat_i64(rp_add_sat_i64(look->older.wide, look->older.wide), grain);
    const int64_t last = rp_sub_sat_i64(newest[0].value, height(&look->older, newest[0].t_ns));
    const int64_t previous = rp_sub_sat_i64(newest[-1].value, height(&look->older, newest[-1].t_ns));
    return !(last > band && previous > band) && !(last < -band && previous < -band);
}

/*
 * Was the drift made earlier, and not lately? A burst that is over, or a victim's memory that came back, tilts the line of
 * a long look for as long as the look holds it. Where a third of the look is too short to tell drift from scatter, the
 * look is given the benefit of the doubt.
 */
static bool has_ended(const struct look *look, int64_t grain)
{
    const rp_ns third_ns = span_of(look) / 3;
    const rp_ns end_ns = look->points[look->n - 1].t_ns;
    const struct rp_point origin = {end_ns - third_ns, 0};
    const int64_t expected = rp_slope_extend(origin, look->whole.slope, end_ns);
    const int64_t scatter = rp_add_sat_i64(look->whole.middle, grain);
    struct rp_slopes slopes;
    uint32_t first = 0;
    while (look->points[first].t_ns < end_ns - third_ns)
        first++;
    if (look->n - first < 3 || (expected <= scatter && expected >= -scatter))
        return false;
    rp_slopes_make(&look->points[first], look->n - first, 2, &slopes);
    const int64_t lately = rp_slopes_at(&slopes, 1, 2);
    return look->whole.slope > 0 ? lately < look->whole.slope / 4 : lately > look->whole.slope / 4;
}

/* ---- all looks */

static void believe(const struct look *look, struct rp_trend *ret)
{
    ret->fall_bytes_per_s = -look->whole.slope;
    ret->noise_bytes = look->whole.middle;
    ret->span_ns = span_of(look);
    rp_slopes_make(look->points, look->n, 2, &ret->slopes);
}

/* Where no look explains the newest readings, they are all that is known. */
static void look_at_newest(const struct rp_history *history, struct look *ret)
{
    ret->n = POINTS_MIN;
    memcpy(ret->points, &history->points[history->n - POINTS_MIN], sizeof(ret->points[0]) * POINTS_MIN);
    draw(ret->points, ret->n, &ret->whole);
}

/*
 * The longest look that explains the newest readings. Returns whether a longer one did not, and then what the longest took
 * for the fall until now.
 */
static bool choose_look(const struct rp_history *history, rp_ns age_ns, int64_t grain, struct look *ret,
                        int64_t *ret_before)
{
    struct look longer;
    bool fits = false, changed = false;
    for (uint32_t i = 0; i < LOOKS_N; i++) {
        if (i + 1 < LOOKS_N && age_ns <= looks_ns[i + 1])
            continue; /* a shorter look sees as much */
        if (!take_look(history, rp_min_u64(looks_ns[i], age_ns), ret))
            continue;
        fits = explains(ret, history, grain) && !has_ended(ret, grain);
        if (fits)
            break;
        if (!changed)
            *ret_before = -ret->older.slope;
        longer = *ret;
        changed = true;
    }
    if (!fits)
        look_at_newest(history, ret);
    if (changed && span_of(ret) < RECOVERY_MIN_NS && ret->whole.slope > longer.whole.slope)
        *ret = longer;
    return changed;
}

bool rp_trend_make(const struct rp_history *history, int64_t grain, struct rp_trend *ret)
{
    if (history->n < POINTS_MIN)
        return false;
    const rp_ns age_ns = history->points[history->n - 1].t_ns - history->points[0].t_ns;
    int64_t before = 0;
    struct look look;
    if (age_ns < SPAN_MIN_NS)
        return false;
    const bool changed = choose_look(history, age_ns, grain, &look, &before);
    believe(&look, ret);
    ret->burst =
        changed && ret->span_ns <= BURST_MAX_NS && ret->fall_bytes_per_s > rp_add_sat_i64(rp_max_i64(before, 0), grain);
    return true;
}
