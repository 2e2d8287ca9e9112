// SPDX-License-Identifier: Apache-2.0
/* The number part that quantities and percentages share: [sign] digits [. digits], and a power of ten behind an e. */
#ifndef RP_PARSE_DECIMAL_H
#define RP_PARSE_DECIMAL_H

#include "core/parse/text.h"

/* Larger exponents mean nothing different: the number is over every cap, or under every precision. */
#define RP_EXPONENT_MAX 400

struct rp_decimal {
    bool negative;
    struct rp_text whole, part; /* digits before and after the point; at least one digit in all */
    struct rp_text rest;        /* what follows them */
};

/* 0, or -EINVAL if no digit is there. */
int rp_parse_decimal(struct rp_text text, struct rp_decimal *ret) RP_MUST_CHECK;

/* "e3", "E-6", "e+12": clamped to RP_EXPONENT_MAX. 0 or -EINVAL. */
int rp_parse_exponent(struct rp_text text, int *ret) RP_MUST_CHECK;

static inline size_t rp_decimal_digits(const struct rp_decimal *d)
{
    return d->whole.len + d->part.len;
}

/* Digit i of both parts together. */
static inline unsigned int rp_decimal_digit(const struct rp_decimal *d, size_t i)
{
    return (unsigned int)((i < d->whole.len ? d->whole.at[i] : d->part.at[i - d->whole.len]) - '0');
}

#endif
