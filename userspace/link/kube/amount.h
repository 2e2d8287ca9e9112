// SPDX-License-Identifier: Apache-2.0
/* What containers ask for of one resource, added up as the kubelet does: exactly, and in its order. */
#ifndef RP_LINK_KUBE_AMOUNT_H
#define RP_LINK_KUBE_AMOUNT_H

#include "base/num.h"
#include "link/kube/json.h"

/* A quantity as it is written, in billionths; or none, and then it counts as nothing. */
struct rp_exact {
    bool there;
    rp_u128 nano;
};

/* Containers and sidecars run together; init containers one at a time beside the sidecars that were started before them. */
struct rp_amount_sum {
    struct rp_exact running;
    struct rp_exact sidecars; /* those seen so far, in order */
    struct rp_exact peak;     /* the largest init container with the sidecars before it */
};

/* 0; -EINVAL and the path, a colon, what is wrong. A whole number may come without quotes, as Quantity takes them. */
int rp_amount_read(const json_t *holder, const char *path, struct rp_exact *ret,
                   struct rp_complaint *why) RP_MUST_CHECK;

struct rp_exact rp_amount_plus(struct rp_exact a, struct rp_exact b);

/* Adds an init container's amount; returns what runs while it does, the amount that the kubelet looks at for limits. */
struct rp_exact rp_amount_add_init(struct rp_amount_sum *sum, struct rp_exact own, bool sidecar);

/* The larger of both ways to run, which the pod needs; and the pod's overhead, which counts only on top of something. */
struct rp_exact rp_amount_total(const struct rp_amount_sum *sum);
struct rp_exact rp_amount_with_overhead(struct rp_exact amount, struct rp_exact overhead);

int64_t rp_amount_floor(struct rp_exact amount);

/* Rounded up, as Quantity.Value() does. */
int64_t rp_amount_value(struct rp_exact amount);

/* How many billionths less than that it is exactly. */
uint32_t rp_amount_cut_nano(struct rp_exact amount);

#endif
