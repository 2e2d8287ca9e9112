// SPDX-License-Identifier: Apache-2.0
/*
 * The eviction loop sleeps ten seconds after each pass, so looks follow each other by that and the time of a pass. From one
 * look that left a trace the later ones are known, each a pass less exactly than the one before.
 */
#include "base/num.h"
#include "reprieve/kubelet.h"

#define STEP_NS (RP_KUBELET_PERIOD_NS + RP_KUBELET_PASS_NS)

/* The n-th look after the trace. */
static struct rp_kubelet_look window(const struct rp_kubelet_phase *phase, uint64_t n)
{
    return (struct rp_kubelet_look){
        rp_add_sat_u64(phase->from_ns, rp_mul_sat_u64(n, RP_KUBELET_PERIOD_NS)),
        rp_add_sat_u64(phase->to_ns, rp_mul_sat_u64(n, STEP_NS)),
    };
}

static rp_ns width(struct rp_kubelet_look look)
{
    return look.late_ns - look.early_ns;
}

/* The number of the first look that can be at t_ns or later; false if the trace says nothing about that time. */
static bool first_after(const struct rp_kubelet_phase *phase, rp_ns t_ns, uint64_t *ret)
{
    if (!phase->to_ns || t_ns < phase->from_ns)
        return false;
    const uint64_t n = t_ns <= phase->to_ns ? 0 : (t_ns - phase->to_ns + STEP_NS - 1) / STEP_NS;
    *ret = n;
    return width(window(phase, n)) < RP_KUBELET_PERIOD_NS;
}

void rp_kubelet_saw_look(struct rp_kubelet_phase *phase, rp_ns from_ns, rp_ns to_ns)
{
    if (to_ns < from_ns || to_ns <= phase->to_ns)
        return;
    phase->from_ns = from_ns;
    phase->to_ns = to_ns;
    phase->traces++;
}

struct rp_kubelet_look rp_kubelet_next_look(const struct rp_kubelet_phase *phase, rp_ns t_ns)
{
    const struct rp_kubelet_look any = {t_ns, rp_add_sat_u64(t_ns, RP_KUBELET_PERIOD_NS)};
    uint64_t n = 0;
    if (!first_after(phase, t_ns, &n))
        return any;
    const struct rp_kubelet_look first = window(phase, n);
    if (first.early_ns >= t_ns)
        return first;
    /* It may just have been, then it is the one after that. */
    return (struct rp_kubelet_look){t_ns, rp_min_u64(window(phase, n + 1).late_ns, rp_add_sat_u64(t_ns, STEP_NS))};
}

/* How much of a look's time lies between the two, in permille. */
static uint64_t share(struct rp_kubelet_look look, rp_ns from_ns, rp_ns to_ns)
{
    const rp_ns low = rp_max_u64(look.early_ns, from_ns), high = rp_min_u64(look.late_ns, to_ns);
    if (high < low)
        return 0;
    return width(look) ? rp_mul_div_u64(1000, high - low, width(look)) : 1000;
}

uint32_t rp_kubelet_look_within(const struct rp_kubelet_phase *phase, rp_ns t_ns, rp_ns wait_ns)
{
    const rp_ns end_ns = rp_add_sat_u64(t_ns, wait_ns);
    uint64_t n = 0;
    if (wait_ns >= STEP_NS)
        return 1000;
    if (!first_after(phase, t_ns, &n))
        return (uint32_t)rp_min_u64(1000, wait_ns * 1000 / RP_KUBELET_PERIOD_NS);
    const struct rp_kubelet_look first = window(phase, n), second = window(phase, n + 1);
    const uint64_t now = share(first, t_ns, end_ns);
    const uint64_t missed = first.early_ns < t_ns ? share(first, first.early_ns, t_ns) : 0;
    return (uint32_t)rp_min_u64(1000, now + missed * share(second, t_ns, end_ns) / 1000);
}

struct rp_kubelet_look rp_kubelet_eviction(const struct rp_kubelet_phase *phase, rp_ns crossing_ns, rp_ns grace_ns)
{
    const struct rp_kubelet_look found = rp_kubelet_next_look(phase, crossing_ns);
    /* Looks with long passes in between need fewer to outlast the grace. */
    const uint64_t fewest = grace_ns / STEP_NS + (grace_ns % STEP_NS != 0);
    const uint64_t most = grace_ns / RP_KUBELET_PERIOD_NS + (grace_ns % RP_KUBELET_PERIOD_NS != 0);
    const rp_ns early_ns = rp_max_u64(grace_ns, rp_mul_sat_u64(fewest, RP_KUBELET_PERIOD_NS));
    return (struct rp_kubelet_look){
        rp_add_sat_u64(found.early_ns, early_ns),
        rp_add_sat_u64(found.late_ns, rp_mul_sat_u64(most, STEP_NS)),
    };
}
