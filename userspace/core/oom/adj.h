// SPDX-License-Identifier: Apache-2.0
/*
 * The oom_score_adj that the kubelet gives to the processes of a container (pkg/kubelet/qos/policy.go:
 * GetContainerOOMScoreAdjust). Newer kubelets can break ties by a few points more (gate KubeletOOMScoreAdjTieBreak), and
 * a resize of the pod leaves what runs as it is: what the processes themselves show is therefore believed instead.
 */
#ifndef RP_OOM_ADJ_H
#define RP_OOM_ADJ_H

#include "reprieve/link.h"

#define RP_OOM_ADJ_EXEMPT      (-1000) /* the kernel never chooses it */
#define RP_OOM_ADJ_SANDBOX     (-998)  /* the container runtime's own choice for a pod's pause process */
#define RP_OOM_ADJ_GUARANTEED  (-997)
#define RP_OOM_ADJ_BURSTABLE   3 /* the lowest of Burstable */
#define RP_OOM_ADJ_BEST_EFFORT 1000

/* What decides about it: the pod's standing, the request of the container as struct rp_fact_container has it. */
struct rp_oom_standing {
    uint8_t qos; /* enum rp_qos */
    bool node_critical;
    int64_t request_bytes;
};

/* False: it follows from neither. Memory is the node's MemTotal; 0: not known. */
bool rp_oom_adj(const struct rp_oom_standing *standing, uint64_t memory_bytes, int16_t *ret) RP_MUST_CHECK;

#endif
