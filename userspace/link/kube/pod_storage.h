// SPDX-License-Identifier: Apache-2.0
/* What a pod's spec says of the node's disks: request, limits of the pod, its containers and its volumes. */
#ifndef RP_LINK_KUBE_POD_STORAGE_H
#define RP_LINK_KUBE_POD_STORAGE_H

#include "link/kube/json.h"
#include "reprieve/link.h"

/* Into the zeroed fact. 0; -EINVAL and the field, a colon, what is wrong. */
int rp_read_pod_storage(const json_t *spec, struct rp_storage_limits *storage, struct rp_complaint *why) RP_MUST_CHECK;

#endif
