// SPDX-License-Identifier: Apache-2.0
/* Levels over time for tests of the forecast, fed through the whole model at a given sampling period. */
#ifndef RP_TEST_SERIES_H
#define RP_TEST_SERIES_H

#include "core/forecast/crossing.h"
#include "unit/core/model/world.h"

#define MIB_F  1048576.0
#define TOTAL  (8 * GIB)
#define DANGER RP_DANGER_NODE_OOM

/* MemAvailable in MiB at a time in seconds. `seed` makes noise that repeats. */
typedef double (*series_fn)(double t_s, uint64_t *seed);

struct series {
    struct world world;
    series_fn level;
    double t_s, period_s;
    uint64_t seed;
};

static inline void series_open(struct series *series, series_fn level, double period_s)
{
    memset(series, 0, sizeof(*series));
    world_open(&series->world, 16, 2);
    series->level = level;
    series->period_s = period_s;
    series->seed = 88172645463325252;
}

/* One reading; the forecast after it. */
static inline const struct rp_forecast *series_next(struct series *series)
{
    const double mib = series->level(series->t_s, &series->seed);
    series->world.t_ns = (rp_ns)((1000 + series->t_s) * 1e9);
    world_node(&series->world, TOTAL, mib > 0 ? (int64_t)(mib * MIB_F) : 0);
    series->t_s += series->period_s;
    return &series->world.arena->forecasts[DANGER];
}

/* Readings until a time; the forecast after the last. */
static inline const struct rp_forecast *series_until(struct series *series, double t_s)
{
    const struct rp_forecast *forecast = series_next(series);
    while (series->t_s < t_s)
        forecast = series_next(series);
    return forecast;
}

static inline uint16_t series_within(struct series *series, double horizon_s)
{
    return rp_forecast_within(series->world.arena, DANGER, (rp_ns)(horizon_s * 1e9));
}

static inline double seconds(rp_ns t_ns)
{
    return (double)t_ns / 1e9;
}

/* Between -1 and 1. */
static inline double noise(uint64_t *seed)
{
    return (double)(world_random(seed) % 2001) / 1000 - 1;
}

/* Where in the present tooth or stair of this length, 0..1; and how many have passed. */
static inline double phase(double t_s, double length_s)
{
    const double n = t_s / length_s;
    return n - (double)(int64_t)n;
}

#endif
