// SPDX-License-Identifier: Apache-2.0
/*
 * Frames from a link that was taken over. What the guard accepts it will use without another look, so everything that
 * it could trip over is used here: strings to their end, every element of a list, every bool.
 */
#include <errno.h>

#include "fuzz.h"
#include "reprieve/link.h"

static unsigned int use_bool(bool b)
{
    return b; /* the sanitizer stops at a bool that holds 2 */
}

static void use_limits(const struct rp_storage_limits *limits)
{
    for (uint32_t i = 0; i < limits->volumes_n; i++)
        RP_MUST(i < RP_VOLUMES_MAX && limits->volumes[i].limit_bytes >= 0 && use_bool(limits->volumes[i].local) <= 1);
    for (uint32_t i = 0; i < limits->containers_n; i++)
        RP_MUST(i < RP_CONTAINERS_MAX && limits->containers[i].limit_bytes >= 0);
    RP_MUST(use_bool(limits->more) <= 1 && limits->request_cut_nano < 1000000000);
}

static void use_use(const struct rp_storage_use *use)
{
    for (uint32_t i = 0; i < use->volumes_n; i++)
        RP_MUST(i < RP_VOLUMES_MAX && use->volumes[i].bytes >= 0 && use->volumes[i].inodes >= 0);
    for (uint32_t i = 0; i < use->containers_n; i++)
        RP_MUST(i < RP_CONTAINERS_MAX && use->containers[i].rootfs_bytes >= 0 && use->containers[i].logs_bytes >= 0);
    RP_MUST(use_bool(use->more) <= 1 && use->ephemeral_bytes >= 0 && use->logs_inodes >= 0);
}

static void use_pod(const struct rp_fact_pod *pod)
{
    RP_MUST(strlen(pod->uid) < RP_UID_MAX && strlen(pod->namespace_) < RP_NS_MAX &&
            strlen(pod->name) < RP_POD_NAME_MAX);
    RP_MUST(strlen(pod->contract.comm) < RP_NAME_MAX && strlen(pod->contract.ack_path) < RP_CONTRACT_PATH_MAX);
    RP_MUST(use_bool(pod->critical) + use_bool(pod->terminating) + use_bool(pod->finished) + use_bool(pod->sandboxed) +
                use_bool(pod->contract_broken) + use_bool(pod->contract.protect) + use_bool(pod->contract.signalfd) +
                use_bool(pod->node_critical) + use_bool(pod->containers_cut) <=
            9);
    for (uint32_t i = 0; i < pod->containers_n; i++)
        RP_MUST(i < RP_CONTAINERS_MAX && pod->containers[i].oom_request_bytes >= 0);
    use_limits(&pod->storage);
    RP_MUST(pod->contract.trigger != RP_TRIGGER_SIGNAL || (pod->contract.signal > 0 && pod->contract.signal <= 64));
}

static void use_kubelet(const struct rp_fact_kubelet *k)
{
    for (uint32_t i = 0; i < k->thresholds_n; i++) {
        const struct rp_threshold *t = &k->thresholds[i];
        RP_MUST(t->signal < RP_SIGNAL_MAX && t->percent <= 1.0f && t->reclaim_percent >= 0.0f);
        RP_MUST(use_bool(t->is_percent) + use_bool(t->reclaim_is_percent) <= 2);
    }
    RP_MUST(use_bool(k->enforce_pods) + use_bool(k->no_local_isolation) + use_bool(k->from_defaults) <= 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Any input is made as long as a frame, or no mutation would ever be one. */
    struct rp_fact fact;
    memset(&fact, 0, sizeof(fact));
    memcpy(&fact, data, size < sizeof(fact) ? size : sizeof(fact));
    RP_MUST(rp_fact_validate(data, size) == -EINVAL || size == sizeof(fact));
    if (rp_fact_validate(&fact, sizeof(fact)) < 0)
        return 0;
    if (fact.kind == RP_FACT_POD)
        use_pod(&fact.pod);
    else if (fact.kind == RP_FACT_KUBELET)
        use_kubelet(&fact.kubelet);
    else if (fact.kind == RP_FACT_POD_STATS) {
        RP_MUST(strlen(fact.pod_stats.uid) < RP_UID_MAX);
        use_use(&fact.pod_stats.storage);
    } else if (fact.kind == RP_FACT_SOURCE)
        RP_MUST(strlen(fact.source.error) < sizeof(fact.source.error) && use_bool(fact.source.ok) <= 1);
    return 0;
}
