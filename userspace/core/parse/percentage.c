// SPDX-License-Identifier: Apache-2.0
/*
 * Percentages as the kubelet holds them: strconv.ParseFloat(s, 32), then a division in float32. "10%" of 10Gi is 16 bytes
 * more than a tenth by that. Rounded here in integers, because strtof() depends on the locale.
 */
#include <errno.h>

#include "base/num.h"
#include "core/parse/decimal.h"
#include "core/parse/quantity.h"

#define MANTISSA_BITS 24
#define DIGITS_LIMIT  UINT64_C(1000000000000000000) /* 18 digits */
#define PLACES_MAX    30                            /* 10^30 < 2^127, and 10^-30 is far from float32's subnormals */

/* digits * 10^power, without zeros at the end of the digits. */
struct scaled {
    uint64_t digits;
    int64_t power;
};

static int to_scaled(const struct rp_decimal *d, int exponent, struct scaled *ret)
{
    size_t n = rp_decimal_digits(d);
    while (n > 0 && rp_decimal_digit(d, n - 1) == 0)
        n--;
    uint64_t digits = 0;
    for (size_t i = 0; i < n; i++) {
        digits = digits * 10 + rp_decimal_digit(d, i);
        if (digits >= DIGITS_LIMIT)
            return -EINVAL;
    }
    *ret = (struct scaled){digits, rp_i64_of_u64(d->whole.len) - rp_i64_of_u64(n) + exponent};
    return 0;
}

/* num / den to the nearest float32, ties to even; num is not 0. */
static float divide(uint64_t num, rp_u128 den)
{
    uint64_t mantissa = (uint64_t)(num / den);
    rp_u128 left = num - mantissa * den;
    int exponent = 0;
    /* At least two bits more than the mantissa holds, so that what is rounded off is below its last bit. */
    for (; mantissa < UINT64_C(1) << (MANTISSA_BITS + 1); exponent--) {
        left *= 2;
        mantissa = mantissa * 2 + (left >= den);
        left -= left >= den ? den : 0;
    }
    const int drop = 64 - __builtin_clzll(mantissa) - MANTISSA_BITS;
    const uint64_t half = UINT64_C(1) << (drop - 1), low = mantissa & (2 * half - 1);
    mantissa >>= drop;
    exponent += drop;
    if (low > half || (low == half && (left > 0 || (mantissa & 1))))
        mantissa++;
    float x = (float)mantissa;
    for (; exponent < 0; exponent++)
        x *= 0.5f;
    for (; exponent > 0; exponent--)
        x *= 2.0f;
    return x;
}

static int to_float(struct scaled s, float *ret)
{
    rp_u128 den = 1;
    if (s.digits == 0) {
        *ret = 0.0f;
        return 0;
    }
    if (s.power < -PLACES_MAX)
        return -EINVAL;
    for (; s.power > 0; s.power--) {
        s.digits = rp_mul_sat_u64(s.digits, 10);
        if (s.digits >= DIGITS_LIMIT)
            return -ERANGE;
    }
    for (; s.power < 0; s.power++)
        den *= 10;
    *ret = divide(s.digits, den);
    return 0;
}

int rp_parse_percentage(const char *s, size_t len, float *ret)
{
    struct rp_text text = rp_text(s, len);
    struct rp_decimal decimal;
    struct scaled scaled;
    int exponent = 0;
    float number = 0.0f;
    while (rp_text_drop_end(&text, "%"))
        ;
    if (rp_parse_decimal(text, &decimal) < 0)
        return -EINVAL;
    if (decimal.rest.len > 0 && rp_parse_exponent(decimal.rest, &exponent) < 0)
        return -EINVAL;
    int r = to_scaled(&decimal, exponent, &scaled);
    if (r == 0)
        r = to_float(scaled, &number);
    if (r < 0)
        return r;
    *ret = (decimal.negative ? -number : number) / 100.0f;
    return 0;
}
