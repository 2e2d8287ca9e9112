// SPDX-License-Identifier: Apache-2.0
/* What differs between the kubelets of Kubernetes 1.25 to 1.37, and the times that follow a decision. */
#ifndef RP_KUBELET_PROFILE_H
#define RP_KUBELET_PROFILE_H

#include "reprieve/kubelet.h"

struct rp_kubelet_profile {
    bool containerfs;   /* knows the signals of containerfs, and derives their thresholds */
    bool huge_pages;    /* takes all huge pages off what is available on the node */
    bool usage_meminfo; /* its runc took MemTotal - MemFree for the root's usage; a guess, calibration knows better */
    bool grace_shrinks; /* a soft eviction's grace is never longer than the pod's own */
};

/* Of Kubernetes 1.minor; 0, not known: as the newest that was read whole, 1.36. */
struct rp_kubelet_profile rp_kubelet_profile(uint32_t minor);

/*
 * How long a victim of that threshold has between TERM and the kill order, by the kubelet's own account; pod_grace_ns is
 * its terminationGracePeriodSeconds, RP_NS_FOREVER without one. Never less than a second.
 */
rp_ns rp_kubelet_kill_grace(const struct rp_fact_kubelet *kubelet, const struct rp_threshold *threshold,
                            rp_ns pod_grace_ns);

/*
 * When it looks again after a pass that ended at now_ns with a victim that is dead at dead_ns and cleaned up at clean_ns
 * (RP_NS_FOREVER: never): it waits for the death, but no longer than ten seconds or half as long again as the grace, then
 * asks every second whether all is cleaned up, for thirty seconds at most, and looks at once.
 */
rp_ns rp_kubelet_look_after_kill(rp_ns now_ns, rp_ns grace_ns, rp_ns dead_ns, rp_ns clean_ns);

#endif
