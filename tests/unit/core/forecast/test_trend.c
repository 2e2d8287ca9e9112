// SPDX-License-Identifier: Apache-2.0
/*
 * What the forecast makes of known series: growth in all its shapes, noise, teeth, stairs, bursts, recoveries. Each at the
 * sampling periods that occur, because how often it looked must not change what it says.
 */
#include "unit/core/forecast/series.h"

static const double periods[] = {0.02, 0.1, 0.5, 1.0};

/* ---- growth */

static double ramp(double t_s, uint64_t *seed)
{
    (void)seed;
    return 4000 - 40 * t_s;
}

static double noisy_ramp(double t_s, uint64_t *seed)
{
    return 4000 - 40 * t_s + 10 * noise(seed);
}

static void median_of_a_ramp_is_right_within_a_tenth(void **state)
{
    (void)state;
    for (size_t i = 0; i < RP_ROWS(periods); i++)
        for (int noisy = 0; noisy < 2; noisy++) {
            struct series series;
            series_open(&series, noisy ? noisy_ramp : ramp, periods[i]);
            series_until(&series, 30);
            for (double at = 31; at < 95; at += 1) {
                const struct rp_forecast *f = series_until(&series, at);
                const double left = 100 - (series.t_s - series.period_s);
                assert_int_equal(f->state, RP_FORECAST_CROSSING);
                assert_int_equal(f->missing, 0);
                assert_true(seconds(f->median_ns) > left * 0.9 - 0.3 && seconds(f->median_ns) < left * 1.1 + 0.3);
                assert_true(f->early_ns <= f->median_ns && f->median_ns <= f->late_ns);
                assert_true(f->growth_per_s > 36 * RP_MIB && f->growth_per_s < 44 * RP_MIB);
                assert_false(f->burst);
                /* Sure close to the end, and sure of the opposite long before it. */
                assert_true(left > 8 || series_within(&series, 10) >= 900);
                assert_true(left < 13 || series_within(&series, 10) < 100);
            }
            world_close(&series.world);
        }
}

static double stairs_2s(double t_s, uint64_t *seed)
{
    (void)seed;
    return 3000 - 100 * (double)(int64_t)(t_s / 2);
}

static double stairs_5s(double t_s, uint64_t *seed)
{
    (void)seed;
    return 2000 - 100 * (double)(int64_t)(t_s / 5);
}

/* A program that takes memory in pieces is flat most of the time, and yet it grows. */
static void stairs_are_growth(void **state)
{
    (void)state;
    for (size_t i = 0; i < RP_ROWS(periods); i++)
        for (int slow = 0; slow < 2; slow++) {
            struct series series;
            uint32_t looks = 0, right = 0;
            series_open(&series, slow ? stairs_5s : stairs_2s, periods[i]);
            series_until(&series, slow ? 45 : 25);
            while (series.t_s < (slow ? 95 : 55)) {
                const struct rp_forecast *f = series_next(&series);
                const double left = (slow ? 100 : 60) - series.t_s;
                looks++;
                right += f->state == RP_FORECAST_CROSSING && seconds(f->median_ns) < left * 1.25 + 5 &&
                         seconds(f->median_ns) > left * 0.75 - 5;
            }
            assert_true(right * 100 >= looks * 97);
            world_close(&series.world);
        }
}

static double quiet_then_ramp(double t_s, uint64_t *seed)
{
    return 3000 + noise(seed) - (t_s < 60 ? 0 : (t_s - 60) * 60);
}

static void a_new_growth_is_seen_within_seconds(void **state)
{
    (void)state;
    for (size_t i = 0; i < RP_ROWS(periods); i++) {
        struct series series;
        series_open(&series, quiet_then_ramp, periods[i]);
        const struct rp_forecast *f = series_until(&series, 60);
        assert_int_equal(f->state, RP_FORECAST_CALM);
        f = series_until(&series, 60 + 1 + 4 * periods[i]);
        assert_in_range(f->growth_per_s, 30 * RP_MIB, 66 * RP_MIB);
        f = series_until(&series, 70);
        assert_int_equal(f->state, RP_FORECAST_CROSSING);
        const double left = 110 - series.t_s;
        assert_true(seconds(f->median_ns) > left * 0.8 && seconds(f->median_ns) < left * 1.3);
        world_close(&series.world);
    }
}

/* ---- nothing is growing */

static double noise_only(double t_s, uint64_t *seed)
{
    (void)t_s;
    return 1000 + 60 * noise(seed);
}

static double spikes(double t_s, uint64_t *seed)
{
    return 2000 + 5 * noise(seed) - (phase(t_s, 7) < 0.1 ? 600 : 0);
}

static void noise_and_spikes_are_calm(void **state)
{
    (void)state;
    static const series_fn series_of[] = {noise_only, spikes};
    for (size_t s = 0; s < RP_ROWS(series_of); s++)
        for (size_t i = 0; i < RP_ROWS(periods); i++) {
            struct series series;
            series_open(&series, series_of[s], periods[i]);
            series_until(&series, 30);
            uint32_t looks = 0, alarms = 0;
            while (series.t_s < 150) {
                series_next(&series);
                looks++;
                alarms += series_within(&series, 30) >= 500;
            }
            assert_true(alarms * 100 <= looks);
            world_close(&series.world);
        }
}

static double teeth_4s(double t_s, uint64_t *seed)
{
    (void)seed;
    const double p = phase(t_s, 4);
    return 1000 - 400 * (p < 0.925 ? p / 0.925 : (1 - p) / 0.075);
}

static double teeth_10s(double t_s, uint64_t *seed)
{
    (void)seed;
    const double p = phase(t_s, 10);
    return 1000 - 400 * (p < 0.95 ? p / 0.95 : (1 - p) / 0.05);
}

/* A collected heap rises and falls; by its slope alone every tooth would be a crossing. Twice seen, it is known. */
static void a_collected_heap_is_no_crossing(void **state)
{
    (void)state;
    static const series_fn series_of[] = {teeth_4s, teeth_10s};
    for (size_t s = 0; s < RP_ROWS(series_of); s++)
        for (size_t i = 0; i < RP_ROWS(periods); i++) {
            struct series series;
            series_open(&series, series_of[s], periods[i]);
            uint32_t looks = 0, alarms = 0;
            series_until(&series, 3 * (s ? 10 : 4));
            while (series.t_s < 150) {
                series_next(&series);
                looks++;
                alarms += series_within(&series, 10) > 100 || series_within(&series, 30) > 250;
            }
            assert_true(alarms * 200 <= looks);
            world_close(&series.world);
        }
}

static double leaking_heap(double t_s, uint64_t *seed)
{
    (void)seed;
    const double p = phase(t_s, 4);
    return 2000 - 20 * t_s - 200 * (p < 0.925 ? p / 0.925 : (1 - p) / 0.075);
}

static void a_leak_under_the_teeth_is_seen(void **state)
{
    (void)state;
    for (size_t i = 0; i < RP_ROWS(periods); i++) {
        struct series series;
        series_open(&series, leaking_heap, periods[i]);
        const struct rp_forecast *f = series_until(&series, 70);
        assert_int_equal(f->state, RP_FORECAST_CROSSING);
        assert_true(seconds(f->median_ns) > 12 && seconds(f->median_ns) < 40); /* the troughs arrive after 20 s */
        world_close(&series.world);
    }
}

/* ---- bursts and recoveries */

static double burst(double t_s, uint64_t *seed)
{
    return 1500 + noise(seed) - (t_s < 40 ? 0 : t_s < 41.5 ? (t_s - 40) * 900 : 1350);
}

static void a_burst_is_urgent_while_it_lasts(void **state)
{
    (void)state;
    struct series series;
    series_open(&series, burst, 0.05);
    const struct rp_forecast *f = series_until(&series, 40);
    assert_int_equal(f->state, RP_FORECAST_CALM);
    f = series_until(&series, 40.5);
    assert_true(f->burst);
    assert_true(f->growth_per_s > 800 * RP_MIB);
    assert_in_range(series_within(&series, 10), 150, 600); /* most that has just begun ends soon */
    f = series_until(&series, 41.2);
    assert_true(f->burst);
    assert_int_equal(f->state, RP_FORECAST_CROSSING);
    assert_true(series_within(&series, 10) >= 800);
    assert_true(seconds(f->median_ns) < 1);
    world_close(&series.world);
}

static double burst_far_away(double t_s, uint64_t *seed)
{
    return 1350 + burst(t_s, seed);
}

static void a_burst_that_ended_is_calm_soon_and_stays_so(void **state)
{
    (void)state;
    for (size_t i = 0; i < RP_ROWS(periods); i++) {
        struct series series;
        series_open(&series, burst_far_away, periods[i]);
        series_until(&series, 41.5 + 3 + periods[i]);
        uint32_t looks = 0, alarms = 0;
        while (series.t_s < 140) {
            series_next(&series);
            looks++;
            alarms += series_within(&series, 10) >= 250 || series_within(&series, 30) >= 600;
        }
        assert_int_equal(alarms, 0);
        assert_true(looks > 90);
        world_close(&series.world);
    }
}

static double braked(double t_s, uint64_t *seed)
{
    return 1500 + noise(seed) - 50 * (t_s < 20 ? t_s : 20);
}

static double released(double t_s, uint64_t *seed)
{
    return 1500 + noise(seed) - 50 * t_s + (t_s < 20 ? 0 : 2000);
}

/* Our own brakes end a growth: the next decision must see it. */
static void a_growth_that_ended_is_seen_within_three_seconds(void **state)
{
    (void)state;
    for (size_t i = 0; i < RP_ROWS(periods); i++) {
        struct series series;
        series_open(&series, braked, periods[i]);
        series_until(&series, 20);
        assert_true(series_within(&series, 30) >= 800);
        series_until(&series, 23);
        assert_in_range(series_within(&series, 30), 0, 300);
        while (series.t_s < 120) {
            series_next(&series);
            assert_in_range(series_within(&series, 10), 0, 300);
        }
        world_close(&series.world);
    }
}

/* A victim's memory is back, and what else grows goes on growing: the jump up must not hide it. */
static void growth_behind_a_release_is_not_hidden(void **state)
{
    (void)state;
    for (size_t i = 0; i < RP_ROWS(periods); i++) {
        struct series series;
        series_open(&series, released, periods[i]);
        series_until(&series, 21);
        assert_in_range(series_within(&series, 10), 0, 300);
        const struct rp_forecast *f = series_until(&series, 28);
        const double left = 70 - series.t_s;
        assert_int_equal(f->state, RP_FORECAST_CROSSING);
        assert_true(seconds(f->median_ns) > left * 0.8 && seconds(f->median_ns) < left * 1.35);
        world_close(&series.world);
    }
}

static double levelling(double t_s, uint64_t *seed)
{
    (void)seed;
    double left = 1;
    for (int i = 0; i < (int)(t_s * 10); i++)
        left *= 0.99;
    return 500 + 1500 * left;
}

static void a_growth_that_levels_off_ends_calm(void **state)
{
    (void)state;
    struct series series;
    series_open(&series, levelling, 0.1);
    series_until(&series, 5);
    while (series.t_s < 60) {
        series_next(&series);
        assert_in_range(series_within(&series, 10), 0, 100);
    }
    assert_in_range(series_within(&series, 300), 0, 200);
    world_close(&series.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(median_of_a_ramp_is_right_within_a_tenth),
        cmocka_unit_test(stairs_are_growth),
        cmocka_unit_test(a_new_growth_is_seen_within_seconds),
        cmocka_unit_test(noise_and_spikes_are_calm),
        cmocka_unit_test(a_collected_heap_is_no_crossing),
        cmocka_unit_test(a_leak_under_the_teeth_is_seen),
        cmocka_unit_test(a_burst_is_urgent_while_it_lasts),
        cmocka_unit_test(a_burst_that_ended_is_calm_soon_and_stays_so),
        cmocka_unit_test(a_growth_that_ended_is_seen_within_three_seconds),
        cmocka_unit_test(growth_behind_a_release_is_not_hidden),
        cmocka_unit_test(a_growth_that_levels_off_ends_calm),
    };
    return RP_RUN(tests);
}
