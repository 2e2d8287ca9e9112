// SPDX-License-Identifier: Apache-2.0
/* What a pod's spec means to the kubelet: how much memory it asked for, its limit, and how long it may stand still. */
#ifndef RP_LINK_KUBE_POD_SPEC_H
#define RP_LINK_KUBE_POD_SPEC_H

#include "link/kube/json.h"
#include "reprieve/link.h"

/*
 * Request, limit, liveness window and containers of `spec` into the zeroed fact; `status` (or NULL) has their ids. 0; -EINVAL
 * and the field, a colon, what is wrong.
 */
int rp_read_pod_spec(const json_t *spec, const json_t *status, struct rp_fact_pod *pod,
                     struct rp_complaint *why) RP_MUST_CHECK;

#endif
