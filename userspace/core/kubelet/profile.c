// SPDX-License-Identifier: Apache-2.0
/*
 * Read in source: 1.32 and 1.36. Of the others: runc 1.1.9 (anon + file) came into the releases around 1.28, the exact one
 * was not looked up; containerfs came with KEP-4191 in 1.29; HugepageAwareEviction is on by default from 1.37. OpenShift
 * carries a variable for the period, which nothing outside shows.
 */
#include "core/kubelet/profile.h"

#include "base/num.h"

#define NEWEST_READ     36u
#define KILL_WAIT_NS    (10 * RP_NS_PER_S)
#define CLEANUP_WAIT_NS (30 * RP_NS_PER_S)
#define CLEANUP_ASK_NS  (1 * RP_NS_PER_S)
#define GRACE_MIN_NS    (1 * RP_NS_PER_S)

struct rp_kubelet_profile rp_kubelet_profile(uint32_t minor)
{
    const uint32_t version = minor ? minor : NEWEST_READ;
    return (struct rp_kubelet_profile){
        .containerfs = version >= 29,
        .huge_pages = version >= 37,
        .usage_meminfo = version <= 27,
        .grace_shrinks = version >= 32,
    };
}

rp_ns rp_kubelet_kill_grace(const struct rp_fact_kubelet *kubelet, const struct rp_threshold *threshold,
                            rp_ns pod_grace_ns)
{
    rp_ns grace_ns = GRACE_MIN_NS;
    if (threshold->grace_ns > 0)
        grace_ns = kubelet->max_pod_grace_ns;
    if (threshold->grace_ns > 0 && rp_kubelet_profile(kubelet->minor).grace_shrinks)
        grace_ns = rp_min_u64(grace_ns, pod_grace_ns);
    return rp_max_u64(GRACE_MIN_NS, grace_ns);
}

rp_ns rp_kubelet_look_after_kill(rp_ns now_ns, rp_ns grace_ns, rp_ns dead_ns, rp_ns clean_ns)
{
    const rp_ns longest_ns = rp_max_u64(KILL_WAIT_NS, rp_add_sat_u64(grace_ns, grace_ns / 2));
    const rp_ns killed_ns = rp_min_u64(rp_max_u64(dead_ns, now_ns), rp_add_sat_u64(now_ns, longest_ns));
    const rp_ns last_ns = rp_add_sat_u64(killed_ns, CLEANUP_WAIT_NS);
    if (clean_ns >= last_ns)
        return last_ns;
    const uint64_t asked = rp_max_u64(1, (rp_sub_sat_u64(clean_ns, killed_ns) + CLEANUP_ASK_NS - 1) / CLEANUP_ASK_NS);
    return rp_add_sat_u64(killed_ns, asked * CLEANUP_ASK_NS);
}
