// SPDX-License-Identifier: Apache-2.0
/* Limits of local storage (pkg/kubelet/eviction/eviction_manager.go: localStorageEviction); the first that fits counts. */
#include "base/num.h"
#include "reprieve/kubelet.h"

static bool volume_exceeds(const struct rp_storage_limits *limits, const struct rp_storage_use *use)
{
    for (uint32_t i = 0; i < limits->volumes_n && i < RP_VOLUMES_MAX; i++) {
        const struct rp_volume_limit *limit = &limits->volumes[i];
        for (uint32_t k = 0; limit->limit_bytes > 0 && k < use->volumes_n && k < RP_VOLUMES_MAX; k++)
            if (use->volumes[k].name == limit->name && use->volumes[k].bytes > limit->limit_bytes)
                return true;
    }
    return false;
}

static bool container_exceeds(const struct rp_storage_limits *limits, const struct rp_storage_use *use,
                              bool with_rootfs)
{
    for (uint32_t i = 0; i < use->containers_n && i < RP_CONTAINERS_MAX; i++) {
        const struct rp_container_use *container = &use->containers[i];
        const int64_t bytes = rp_add_sat_i64(container->logs_bytes, with_rootfs ? container->rootfs_bytes : 0);
        for (uint32_t k = 0; k < limits->containers_n && k < RP_CONTAINERS_MAX; k++)
            if (limits->containers[k].name == container->name && bytes > limits->containers[k].limit_bytes)
                return true;
    }
    return false;
}

enum rp_kubelet_excess rp_kubelet_excess(const struct rp_storage_limits *limits, const struct rp_storage_use *use,
                                         enum rp_kubelet_layout layout)
{
    if (volume_exceeds(limits, use))
        return RP_EXCESS_VOLUME;
    if (limits->limit_bytes >= 0 && use->ephemeral_bytes > limits->limit_bytes)
        return RP_EXCESS_POD;
    /* imagefs is "dedicated" to the kubelet whenever images lie apart, writable layers with them or not. */
    return container_exceeds(limits, use, layout == RP_LAYOUT_SINGLE) ? RP_EXCESS_CONTAINER : RP_EXCESS_NONE;
}
