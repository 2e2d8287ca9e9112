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
    bool fraction; /* not a whole number: floor < exact */
};

/*
 * 0, or -EINVAL. Like apimachinery, keeps nine decimal places and rounds what is finer away from zero; a magnitude
 * above 2^63-1 becomes 2^63-1.
 */
int rp_parse_quantity(const char *s, size_t len, struct rp_quantity *ret) RP_MUST_CHECK;

/*
 * A percentage as the kubelet holds it: trailing '%' dropped, the number rounded to float32, divided by 100 in float32.
 * 0; -EINVAL not a number, or more than 18 significant digits; -ERANGE below 0 % or above 100 %.
 */
int rp_parse_percentage(const char *s, size_t len, float *ret) RP_MUST_CHECK;

#endif
