// SPDX-License-Identifier: Apache-2.0
/* Any horizon is read off the published points, and never contradicts them. */
#include "core/forecast/crossing.h"
#include "unit/core/model/world.h"

#define S RP_NS_PER_S

static struct rp_arena *arena_with(struct rp_forecast forecast)
{
    static struct rp_arena arena;
    memset(&arena, 0, sizeof(arena));
    arena.t_ns = forecast.t_ns = 100 * S;
    arena.forecasts[RP_DANGER_NODE_OOM] = forecast;
    return &arena;
}

static uint16_t within(const struct rp_arena *arena, rp_ns horizon_ns)
{
    return rp_forecast_within(arena, RP_DANGER_NODE_OOM, horizon_ns);
}

static const struct rp_forecast ramp = {
    .state = RP_FORECAST_CROSSING,
    .early_ns = 20 * S,
    .median_ns = 25 * S,
    .late_ns = 40 * S,
    .within_10s_permille = 0,
    .within_60s_permille = 950,
    .within_5min_permille = 980,
};

static void published_points_and_between(void **state)
{
    (void)state;
    static const struct {
        rp_ns horizon_ns;
        uint16_t permille;
    } rows[] = {
        {0, 0},        {10 * S, 0},   {15 * S, 50},  {20 * S, 100},  {25 * S - 1, 499}, {25 * S, 500},
        {40 * S, 900}, {50 * S, 925}, {60 * S, 950}, {300 * S, 980}, {301 * S, 980},    {RP_NS_FOREVER, 980},
    };
    const struct rp_arena *arena = arena_with(ramp);
    for (size_t i = 0; i < RP_ROWS(rows); i++)
        assert_int_equal(within(arena, rows[i].horizon_ns), rows[i].permille);
}

static void never_falls_with_the_horizon(void **state)
{
    (void)state;
    const struct rp_forecast shapes[] = {
        ramp,
        {.state = RP_FORECAST_CALM,
         .early_ns = RP_NS_FOREVER,
         .median_ns = RP_NS_FOREVER,
         .late_ns = RP_NS_FOREVER,
         .within_5min_permille = 70},
        {.state = RP_FORECAST_CROSSING,
         .early_ns = 3 * S,
         .median_ns = 3 * S,
         .late_ns = 3 * S,
         .within_10s_permille = 950,
         .within_60s_permille = 950,
         .within_5min_permille = 950},
        {.state = RP_FORECAST_CROSSING,
         .early_ns = 0,
         .median_ns = 0,
         .late_ns = RP_NS_FOREVER,
         .within_10s_permille = 800,
         .within_60s_permille = 850,
         .within_5min_permille = 850},
    };
    for (size_t i = 0; i < RP_ROWS(shapes); i++) {
        const struct rp_arena *arena = arena_with(shapes[i]);
        uint16_t last = 0;
        for (rp_ns horizon = 0; horizon < 400 * S; horizon += S / 7) {
            const uint16_t permille = within(arena, horizon);
            assert_in_range(permille, last, 1000);
            last = permille;
        }
        assert_int_equal(within(arena, 10 * S) >= shapes[i].within_10s_permille, true);
    }
}

/* The forecast counts from its reading; a horizon counts from now. */
static void time_that_has_passed_counts(void **state)
{
    (void)state;
    struct rp_arena *arena = arena_with(ramp);
    arena->t_ns += 5 * S;
    assert_int_equal(within(arena, 20 * S), 500);
    arena->t_ns = 0; /* a clock that cannot be */
    assert_int_equal(within(arena, 25 * S), 500);
}

static void the_two_ends(void **state)
{
    (void)state;
    struct rp_forecast forecast = ramp;
    forecast.state = RP_FORECAST_ABSTAIN;
    assert_int_equal(within(arena_with(forecast), 300 * S), 0);
    forecast.state = RP_FORECAST_CROSSED;
    assert_int_equal(within(arena_with(forecast), 0), 1000);
    assert_int_equal(rp_forecast_within(arena_with(ramp), RP_DANGER_NONE, 300 * S), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_points_and_between),
        cmocka_unit_test(never_falls_with_the_horizon),
        cmocka_unit_test(time_that_has_passed_counts),
        cmocka_unit_test(the_two_ends),
    };
    return RP_RUN(tests);
}
