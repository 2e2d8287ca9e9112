// SPDX-License-Identifier: Apache-2.0
/*
 * The kubelet's eviction manager as far as it can be told from outside: when it looks, what it has met, what it does next.
 * Part of the arena, so flat and without pointers; the functions are pure and live in core/kubelet.
 */
#ifndef RP_KUBELET_H
#define RP_KUBELET_H

#include "reprieve/link.h"
#include "reprieve/types.h"

/* ---- when it looks: every ten seconds, and what a pass itself takes on top */

#define RP_KUBELET_PERIOD_NS (10 * RP_NS_PER_S)
#define RP_KUBELET_PASS_NS   (200 * RP_NS_PER_MS) /* the longest pass of a healthy node */

/* The last look that left a trace. A trace gets older by up to a pass with each period, until it says nothing any more. */
struct rp_kubelet_phase {
    rp_ns from_ns, to_ns; /* it was some time between these; 0, 0: nothing is known */
    uint32_t traces;      /* how many were ever seen */
};

/* Any moment between the two is as likely as another. */
struct rp_kubelet_look {
    rp_ns early_ns, late_ns;
};

/* A trace: the kubelet looked, some time between the two. Older ones than the one that is known say nothing new. */
void rp_kubelet_saw_look(struct rp_kubelet_phase *phase, rp_ns from_ns, rp_ns to_ns);

/* The first look at t_ns or later. Without a phase that is any time within a period. */
struct rp_kubelet_look rp_kubelet_next_look(const struct rp_kubelet_phase *phase, rp_ns t_ns);

/* How likely a look between t_ns and t_ns + wait_ns is, in permille. */
uint32_t rp_kubelet_look_within(const struct rp_kubelet_phase *phase, rp_ns t_ns, rp_ns wait_ns);

/*
 * When it evicts if a threshold with that grace (0: a hard one) is crossed at crossing_ns and stays so: at the look that
 * finds it met, or with grace at the first one that is so much later than that one.
 */
struct rp_kubelet_look rp_kubelet_eviction(const struct rp_kubelet_phase *phase, rp_ns crossing_ns, rp_ns grace_ns);

#endif
