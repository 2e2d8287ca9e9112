// SPDX-License-Identifier: Apache-2.0
/*
 * Go's time.ParseDuration: [sign] (number unit)+, or "0". A fraction goes through float64 there, so it does here; its
 * digits beyond what an int64 holds are dropped.
 */
#include "core/parse/go_duration.h"

#include <errno.h>

#include "base/num.h"
#include "core/parse/decimal.h"

#define HALF_RANGE (UINT64_C(1) << 63) /* one more than the largest, because the smallest is this much below zero */

static int take_unit(struct rp_text *text, uint64_t *ret_ns)
{
    static const struct {
        const char *unit;
        uint64_t ns;
    } table[] = {
        /* "ms" stands before "m", which it starts with. */
        {"ns", 1},
        {"us", 1000},
        {"\xc2\xb5s", 1000}, /* micro sign */
        {"\xce\xbcs", 1000}, /* Greek mu */
        {"ms", RP_NS_PER_MS},
        {"s", RP_NS_PER_S},
        {"m", 60 * RP_NS_PER_S},
        {"h", 3600 * RP_NS_PER_S},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (rp_text_skip(text, table[i].unit)) {
            *ret_ns = table[i].ns;
            return 0;
        }
    }
    return -EINVAL;
}

static uint64_t fraction_ns(struct rp_text part, uint64_t unit_ns)
{
    uint64_t digits = 0;
    double scale = 1;
    for (size_t i = 0; i < part.len && digits <= (HALF_RANGE - 1) / 10; i++) {
        const uint64_t next = digits * 10 + (uint64_t)(part.at[i] - '0');
        if (next > HALF_RANGE)
            break;
        digits = next;
        scale *= 10;
    }
    return (uint64_t)((double)digits * ((double)unit_ns / scale));
}

/* One number and its unit, added to *total_ns. */
static int take_piece(struct rp_text *text, uint64_t *total_ns)
{
    struct rp_decimal number;
    uint64_t whole = 0, unit_ns = 0;
    /* A second sign is no number. */
    if (text->len == 0 || text->at[0] == '-' || text->at[0] == '+')
        return -EINVAL;
    if (rp_parse_decimal(*text, &number) < 0)
        return -EINVAL;
    if (number.whole.len > 0 && rp_parse_u64(number.whole.at, number.whole.len, &whole) < 0)
        return -EINVAL;
    *text = number.rest;
    if (take_unit(text, &unit_ns) < 0 || whole > HALF_RANGE / unit_ns)
        return -EINVAL;
    const uint64_t piece_ns = whole * unit_ns + fraction_ns(number.part, unit_ns);
    const uint64_t sum_ns = rp_add_sat_u64(*total_ns, piece_ns);
    if (sum_ns > HALF_RANGE)
        return -EINVAL;
    *total_ns = sum_ns;
    return 0;
}

int rp_parse_go_duration(const char *s, size_t len, int64_t *ret_ns)
{
    struct rp_text text = rp_text(s, len);
    uint64_t total_ns = 0;
    const bool negative = rp_text_skip(&text, "-");
    if (!negative)
        rp_text_skip(&text, "+");
    if (text.len == 0)
        return -EINVAL;
    if (rp_text_is(text, "0"))
        text.len = 0;
    while (text.len > 0) {
        if (take_piece(&text, &total_ns) < 0)
            return -EINVAL;
    }
    if (!negative && total_ns >= HALF_RANGE)
        return -EINVAL;
    *ret_ns = (int64_t)(negative ? 0 - total_ns : total_ns);
    return 0;
}

int rp_parse_duration_ns(const char *s, size_t len, rp_ns *ret_ns)
{
    int64_t ns = 0;
    const int r = rp_parse_go_duration(s, len, &ns);
    if (r < 0)
        return r;
    if (ns < 0)
        return -ERANGE;
    *ret_ns = (rp_ns)ns;
    return 0;
}
