// SPDX-License-Identifier: Apache-2.0
/*
 * Kubernetes resource quantities ("1.5Gi", "128k", "1e3") by the grammar of apimachinery, and the kubelet's
 * percentages. Our own configuration uses the same two, so that a number means the same wherever an operator writes
 * it.
 */
#ifndef RP_PARSE_QUANTITY_H
#define RP_PARSE_QUANTITY_H

#include "reprieve/types.h"

struct rp_quantity {
    int64_t floor; /* rounded down */
    int64_t value; /* rounded away from zero, as Quantity.Value() does */
    uint32_t nano; /* billionths that were rounded off: the quantity is floor + nano / 10^9 */
};

/*
 * 0, or -EINVAL. Nine decimal places are kept and what is finer is rounded away from zero, as apimachinery does.
 * A magnitude above 2^63-1 becomes 2^63-1: apimachinery caps only binary suffixes so, and lets the others overflow later.
 * A bare sign, point or suffix ("+", ".", "Gi"), which apimachinery happens to take for zero, is refused.
 */
int rp_parse_quantity(const char *s, size_t len, struct rp_quantity *ret) RP_MUST_CHECK;

/*
 * A percentage as the kubelet holds it: every trailing '%' dropped, the number rounded to float32 (nearest, ties to even),
 * then divided by 100 in float32. The caller judges the range. 0; -EINVAL not a decimal number, more than 18 significant
 * digits, or finer than 30 decimal places; -ERANGE a magnitude of 10^18 or more.
 */
int rp_parse_percentage(const char *s, size_t len, float *ret) RP_MUST_CHECK;

#endif
