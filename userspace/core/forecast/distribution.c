// SPDX-License-Identifier: Apache-2.0
/*
 * The distribution is a fan of scenarios of equal weight, from the fastest fall to the slowest. Each takes a quantile of the
 * rates that were seen, and of the noise. Two things are added that the past minute cannot show: rates change (the further
 * ahead, compared with how long the trend was seen, the wider the fan), and trends end (each scenario holds with the
 * probability below, the rest of its weight never crosses). All in integers.
 */
#include "core/forecast/distribution.h"

#include "base/num.h"

#define SCENARIOS   20
#define WEIGHT      (1000000 / SCENARIOS) /* of one scenario, in millionths */
#define ROOM_MAX    (INT64_C(1) << 42)
#define TIME_MAX_NS (3600 * RP_NS_PER_S) /* beyond this a crossing is not a forecast any more */
#define NOISE_NS    (1 * RP_NS_PER_S)    /* noise alone may cross the rest of the way at any moment */
#define SPREAD_MIN  50000                /* rates differ at least by this, and at most by the sum, in millionths */
#define SPREAD_MORE 200000

/*
 * How long a trend goes on, for one that was seen for `span`: it outlasts t with probability T / (T + t). T grows faster
 * than the span, because what lasts is of another kind than what has just begun: most allocations of hundreds of MiB are a
 * program's start or one large array and end within a second, while growth over ten seconds is a program at work. T is the
 * span times the span in half seconds, between one and twenty spans. A burst that was seen for half a second and would
 * need two more to the crossing gets 20 %, a second later and with one second to go 82 %; growth seen for ten seconds and
 * half a minute away gets 87 %.
 */
#define LASTS_TIMES_MAX 20
#define LASTS_UNIT_NS   (500 * RP_NS_PER_MS)

struct scenario {
    rp_ns t_ns;
    uint64_t weight; /* millionths */
};

static rp_ns time_to(int64_t room_bytes, int64_t fall_bytes_per_s)
{
    if (fall_bytes_per_s <= 0)
        return RP_NS_FOREVER;
    return rp_mul_div_u64((uint64_t)room_bytes, RP_NS_PER_S, (uint64_t)fall_bytes_per_s);
}

/* The central rate. A drift that the scatter of the readings could have made in that time is no drift. */
static int64_t fall_of(const struct rp_trend *trend)
{
    const int64_t fall = trend->fall_bytes_per_s;
    const int64_t span_ms = rp_max_i64(1, (int64_t)(trend->span_ns / RP_NS_PER_MS));
    const int64_t chance = rp_mul_div_i64(trend->noise_bytes, 1500, span_ms);
    return fall < 0 ? rp_min_i64(0, rp_add_sat_i64(fall, chance)) : rp_max_i64(0, rp_sub_sat_i64(fall, chance));
}

static rp_ns lasting_ns(const struct rp_trend *trend)
{
    const uint64_t times = rp_clamp_u64(trend->span_ns / LASTS_UNIT_NS, 1, LASTS_TIMES_MAX);
    return trend->span_ns * times;
}

static uint64_t weight_of(const struct rp_trend *trend, rp_ns t_ns)
{
    const rp_ns lasting = lasting_ns(trend);
    return t_ns == RP_NS_FOREVER ? 0 : rp_mul_div_u64(WEIGHT, lasting, rp_add_sat_u64(lasting, t_ns));
}

/* Relative spread of the rates, in millionths, for a crossing that far ahead. */
static int64_t spread_of(const struct rp_trend *trend, rp_ns t_ns)
{
    if (t_ns == RP_NS_FOREVER)
        return SPREAD_MIN + SPREAD_MORE;
    return SPREAD_MIN + (int64_t)rp_mul_div_u64(SPREAD_MORE, t_ns, rp_add_sat_u64(t_ns, lasting_ns(trend)));
}

/* Noise may cross what is left of the way at any moment, but where the trend takes longer, hardly within a second. */
static rp_ns time_with_noise(int64_t room_bytes, int64_t noise_bytes, int64_t fall_bytes_per_s)
{
    const rp_ns plain_ns = time_to(room_bytes, fall_bytes_per_s);
    const rp_ns noisy_ns = room_bytes > noise_bytes ? time_to(room_bytes - noise_bytes, fall_bytes_per_s) : 0;
    const rp_ns t_ns = rp_max_u64(noisy_ns, rp_min_u64(plain_ns, NOISE_NS));
    return t_ns <= TIME_MAX_NS ? t_ns : RP_NS_FOREVER;
}

static void spread_out(const struct rp_trend *trend, int64_t room_bytes, struct scenario scenarios[SCENARIOS])
{
    const int64_t far = -rp_slopes_at(&trend->slopes, 1, 2);
    const int64_t centre = fall_of(trend);
    const int64_t spread = spread_of(trend, time_to(room_bytes, centre));
    const int64_t noise = rp_min_i64(trend->noise_bytes, ROOM_MAX) / 2 * 3; /* about one standard deviation */
    rp_ns slower_ns = RP_NS_FOREVER;
    for (int32_t i = SCENARIOS; i-- > 0;) {
        /* From -19 in 20, the slowest, to 19 in 20, the fastest; 0 would be the middle. */
        const int32_t lead = SCENARIOS - 1 - 2 * i;
        const int64_t seen = -rp_slopes_at(&trend->slopes, (uint32_t)(2 * i + 1), 2 * SCENARIOS);
        /* Slopes between pairs scatter more than the slope of the whole is uncertain. */
        const int64_t fall = rp_add_sat_i64(centre, (seen - far) / 2);
        const int64_t more = rp_mul_div_i64(fall < 0 ? -fall : fall, spread * lead, INT64_C(1000000) * SCENARIOS);
        const rp_ns t_ns = time_with_noise(room_bytes, noise * lead / SCENARIOS, rp_add_sat_i64(fall, more));
        slower_ns = rp_min_u64(slower_ns, t_ns);
        scenarios[i] = (struct scenario){slower_ns, weight_of(trend, slower_ns)};
    }
}

static rp_ns percentile(const struct scenario scenarios[SCENARIOS], uint64_t permille)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < SCENARIOS; i++) {
        sum += scenarios[i].weight;
        if (sum >= permille * 1000)
            return scenarios[i].t_ns;
    }
    return RP_NS_FOREVER;
}

static uint16_t within(const struct scenario scenarios[SCENARIOS], rp_ns horizon_ns)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < SCENARIOS && scenarios[i].t_ns <= horizon_ns; i++)
        sum += scenarios[i].weight;
    return (uint16_t)(sum / 1000);
}

void rp_distribution_make(const struct rp_trend *trend, int64_t room_bytes, struct rp_forecast *ret)
{
    struct scenario scenarios[SCENARIOS];
    spread_out(trend, rp_clamp_i64(room_bytes, 0, ROOM_MAX), scenarios);
    ret->early_ns = percentile(scenarios, 100);
    ret->median_ns = percentile(scenarios, 500);
    ret->late_ns = percentile(scenarios, 900);
    ret->within_10s_permille = within(scenarios, 10 * RP_NS_PER_S);
    ret->within_60s_permille = within(scenarios, 60 * RP_NS_PER_S);
    ret->within_5min_permille = within(scenarios, 300 * RP_NS_PER_S);
    ret->growth_per_s = fall_of(trend);
}
