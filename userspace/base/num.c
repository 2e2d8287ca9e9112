// SPDX-License-Identifier: Apache-2.0
/*
 * Numbers from text. Written by hand because strtoull() skips blanks, takes a minus for a huge number, needs a NUL and
 * reports through errno: four ways to misread a kernel file.
 */
#include "base/num.h"

#include <errno.h>

/* The digit's value, or 16 for anything else. */
static unsigned int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned int)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned int)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (unsigned int)(c - 'A') + 10;
    return 16;
}

static int parse_digits(const char *s, size_t len, unsigned int base, uint64_t *ret)
{
    uint64_t x = 0;
    bool fits = true;
    if (len == 0)
        return -EINVAL;
    for (size_t i = 0; i < len; i++) {
        const unsigned int digit = digit_of(s[i]);
        if (digit >= base)
            return -EINVAL;
        fits =
            fits && !__builtin_mul_overflow(x, (uint64_t)base, &x) && !__builtin_add_overflow(x, (uint64_t)digit, &x);
    }
    if (!fits)
        return -ERANGE;
    *ret = x;
    return 0;
}

int rp_parse_u64(const char *s, size_t len, uint64_t *ret)
{
    return parse_digits(s, len, 10, ret);
}

int rp_parse_hex_u64(const char *s, size_t len, uint64_t *ret)
{
    return parse_digits(s, len, 16, ret);
}

int rp_parse_i64(const char *s, size_t len, int64_t *ret)
{
    const bool negative = len > 0 && s[0] == '-';
    uint64_t magnitude = 0;
    const int r = negative ? parse_digits(s + 1, len - 1, 10, &magnitude) : parse_digits(s, len, 10, &magnitude);
    if (r < 0)
        return r;
    if (magnitude > (uint64_t)INT64_MAX + (negative ? 1 : 0))
        return -ERANGE;
    *ret = (int64_t)(negative ? 0 - magnitude : magnitude);
    return 0;
}
