// SPDX-License-Identifier: Apache-2.0
/*
 * Quantities, exactly. The number is held as a whole count of billionths: the precision that apimachinery keeps, and
 * 2^63-1 of them times 10^9 fit into 94 bits.
 */
#include "core/parse/quantity.h"

#include <errno.h>

#include "base/num.h"
#include "core/parse/decimal.h"

#define NANO       UINT64_C(1000000000)
#define NANO_CAP   ((rp_u128)(uint64_t)INT64_MAX * NANO)
#define NANO_POWER 9

/* A quantity's unit: 10^ten * 2^two. */
struct unit {
    int ten;
    unsigned int two;
};

static int parse_unit(struct rp_text text, struct unit *ret)
{
    static const struct {
        const char *suffix;
        int ten;
        unsigned int two;
    } table[] = {
        {"", 0, 0},    {"n", -9, 0},  {"u", -6, 0},  {"m", -3, 0},  {"k", 3, 0},   {"M", 6, 0},
        {"G", 9, 0},   {"T", 12, 0},  {"P", 15, 0},  {"E", 18, 0},  {"Ki", 0, 10}, {"Mi", 0, 20},
        {"Gi", 0, 30}, {"Ti", 0, 40}, {"Pi", 0, 50}, {"Ei", 0, 60},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (rp_text_is(text, table[i].suffix)) {
            *ret = (struct unit){table[i].ten, table[i].two};
            return 0;
        }
    }
    struct unit unit = {0};
    const int r = rp_parse_exponent(text, &unit.ten);
    if (r == 0)
        *ret = unit;
    return r;
}

static rp_u128 capped(rp_u128 x)
{
    return x > NANO_CAP ? NANO_CAP : x;
}

/* The first `n` digits, times ten^zeros, times 2^two. */
static rp_u128 scale_up(const struct rp_decimal *d, size_t n, int zeros, unsigned int two)
{
    rp_u128 x = 0;
    for (size_t i = 0; i < n; i++)
        x = capped(x * 10 + rp_decimal_digit(d, i));
    for (int i = 0; i < zeros && x > 0; i++)
        x = capped(x * 10);
    for (unsigned int i = 0; i < two; i++)
        x = capped(x * 2);
    return x;
}

/*
 * The digits from `first` on, as a fraction of one, times 2^two, rounded up. Going from the last digit to the first
 * keeps every step below 2^64 however long the text is. Zeros between the point and those digits need no step: a text
 * with a binary unit has none there, and without one the result is 0 or 1 anyway.
 */
static uint64_t scale_fraction_up(const struct rp_decimal *d, size_t first, unsigned int two)
{
    uint64_t x = 0;
    bool inexact = false;
    for (size_t i = rp_decimal_digits(d); i > first; i--) {
        const uint64_t sum = ((uint64_t)rp_decimal_digit(d, i - 1) << two) + x;
        inexact = inexact || sum % 10;
        x = sum / 10;
    }
    return x + inexact;
}

static rp_u128 to_nano(const struct rp_decimal *d, struct unit unit)
{
    const size_t digits = rp_decimal_digits(d);
    const int64_t power = NANO_POWER + unit.ten - rp_i64_of_u64(d->part.len);
    if (power >= 0)
        return scale_up(d, digits, (int)power, unit.two);
    const size_t below = (size_t)-power;
    const size_t kept = digits > below ? digits - below : 0;
    return capped(scale_up(d, kept, 0, unit.two) + scale_fraction_up(d, kept, unit.two));
}

int rp_parse_quantity(const char *s, size_t len, struct rp_quantity *ret)
{
    struct rp_decimal decimal;
    struct unit unit = {0};
    if (rp_parse_decimal(rp_text(s, len), &decimal) < 0 || parse_unit(decimal.rest, &unit) < 0)
        return -EINVAL;
    const rp_u128 nano = to_nano(&decimal, unit);
    const int64_t whole = (int64_t)(nano / NANO);
    const uint32_t part = (uint32_t)(nano % NANO);
    const int64_t up = whole + (part > 0);
    if (decimal.negative)
        *ret = (struct rp_quantity){.floor = -up, .value = -up, .nano = part ? (uint32_t)NANO - part : 0};
    else
        *ret = (struct rp_quantity){.floor = whole, .value = up, .nano = part};
    return 0;
}
