// SPDX-License-Identifier: Apache-2.0
/*
 * Numbers from text, and arithmetic that saturates where overflow would turn a huge reading into a small one.
 */
#ifndef RP_BASE_NUM_H
#define RP_BASE_NUM_H

#include "reprieve/types.h"

/* Wide enough for a product of two 64-bit quantities. */
__extension__ typedef unsigned __int128 rp_u128;
__extension__ typedef __int128 rp_i128;

/* The whole of `s` as a decimal number: digits only. 0; -EINVAL not a number; -ERANGE does not fit. */
int rp_parse_u64(const char *s, size_t len, uint64_t *ret) RP_MUST_CHECK;

/* The same with an optional leading minus. */
int rp_parse_i64(const char *s, size_t len, int64_t *ret) RP_MUST_CHECK;

/* The whole of `s` as lower- or upper-case hexadecimal digits, without a prefix. */
int rp_parse_hex_u64(const char *s, size_t len, uint64_t *ret) RP_MUST_CHECK;

static inline uint64_t rp_min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t rp_max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static inline uint64_t rp_clamp_u64(uint64_t x, uint64_t low, uint64_t high)
{
    return x < low ? low : rp_min_u64(x, high);
}

static inline int64_t rp_min_i64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t rp_max_i64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static inline int64_t rp_clamp_i64(int64_t x, int64_t low, int64_t high)
{
    return x < low ? low : rp_min_i64(x, high);
}

static inline uint64_t rp_add_sat_u64(uint64_t a, uint64_t b)
{
    uint64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

/* Floored at zero. */
static inline uint64_t rp_sub_sat_u64(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

static inline uint64_t rp_mul_sat_u64(uint64_t a, uint64_t b)
{
    uint64_t product = 0;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

static inline int64_t rp_add_sat_i64(int64_t a, int64_t b)
{
    int64_t sum = 0;
    if (!__builtin_add_overflow(a, b, &sum))
        return sum;
    return a < 0 ? INT64_MIN : INT64_MAX;
}

static inline int64_t rp_sub_sat_i64(int64_t a, int64_t b)
{
    int64_t difference = 0;
    if (!__builtin_sub_overflow(a, b, &difference))
        return difference;
    return a < 0 ? INT64_MIN : INT64_MAX;
}

static inline int64_t rp_mul_sat_i64(int64_t a, int64_t b)
{
    int64_t product = 0;
    if (!__builtin_mul_overflow(a, b, &product))
        return product;
    return (a < 0) != (b < 0) ? INT64_MIN : INT64_MAX;
}

/* A counter or size of the kernel as a signed number: what does not fit becomes the largest that does. */
static inline int64_t rp_i64_of_u64(uint64_t x)
{
    return x > (uint64_t)INT64_MAX ? INT64_MAX : (int64_t)x;
}

/* a * b / c without overflow in between, rounded down, saturating; c is not zero. */
static inline uint64_t rp_mul_div_u64(uint64_t a, uint64_t b, uint64_t c)
{
    const rp_u128 quotient = (rp_u128)a * b / c;
    return quotient > UINT64_MAX ? UINT64_MAX : (uint64_t)quotient;
}

/* The same for signed numbers, rounded towards zero. */
static inline int64_t rp_mul_div_i64(int64_t a, int64_t b, int64_t c)
{
    const rp_i128 quotient = (rp_i128)a * b / c;
    if (quotient > INT64_MAX)
        return INT64_MAX;
    return quotient < INT64_MIN ? INT64_MIN : (int64_t)quotient;
}

#endif
