// SPDX-License-Identifier: Apache-2.0
/* The number part that quantities and percentages share. */
#include "core/parse/decimal.h"

#include <errno.h>

#include "base/num.h"

static struct rp_text take_digits(struct rp_text *rest)
{
    size_t n = 0;
    while (n < rest->len && rest->at[n] >= '0' && rest->at[n] <= '9')
        n++;
    const struct rp_text digits = rp_text(rest->at, n);
    *rest = rp_text(rest->at + n, rest->len - n);
    return digits;
}

int rp_parse_decimal(struct rp_text text, struct rp_decimal *ret)
{
    struct rp_decimal d = {.negative = rp_text_skip(&text, "-")};
    if (!d.negative)
        rp_text_skip(&text, "+");
    d.whole = take_digits(&text);
    d.part = rp_text(text.at, 0);
    if (rp_text_skip(&text, "."))
        d.part = take_digits(&text);
    d.rest = text;
    if (rp_decimal_digits(&d) == 0)
        return -EINVAL;
    *ret = d;
    return 0;
}

int rp_parse_exponent(struct rp_text text, int *ret)
{
    if (!rp_text_skip(&text, "e") && !rp_text_skip(&text, "E"))
        return -EINVAL;
    const bool negative = rp_text_skip(&text, "-");
    if (!negative)
        rp_text_skip(&text, "+");
    uint64_t magnitude = 0;
    const int r = rp_parse_u64(text.at, text.len, &magnitude);
    if (r == -EINVAL)
        return r;
    const int exponent = r == -ERANGE || magnitude > RP_EXPONENT_MAX ? RP_EXPONENT_MAX : (int)magnitude;
    *ret = negative ? -exponent : exponent;
    return 0;
}
