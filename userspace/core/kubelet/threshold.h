// SPDX-License-Identifier: Apache-2.0
/* Thresholds: what they amount to, and which of them the kubelet derives from others. */
#ifndef RP_KUBELET_THRESHOLD_H
#define RP_KUBELET_THRESHOLD_H

#include "reprieve/kubelet.h"

/*
 * What the threshold amounts to: it is met when available < this, also where a fraction was cut off. With its min-reclaim
 * it is what available must come back to, once the kubelet has acted on it.
 */
int64_t rp_kubelet_amount(const struct rp_threshold *threshold, int64_t capacity, bool with_reclaim);

/*
 * The hard threshold of the signal that a falling `available` meets first; false if there is none. Soft ones are none of
 * it: they only start a clock. The list holds the kubelet's own copies for allocatableMemory.available.
 */
bool rp_kubelet_hard_threshold(const struct rp_fact_kubelet *kubelet, enum rp_signal signal, int64_t capacity,
                               int64_t *ret);

/*
 * The list that the kubelet acts on: configured ones for containerfs are replaced by copies of those for nodefs, or for
 * imagefs where images and writable layers have a file system of their own. A kubelet before 1.29 knows no containerfs.
 */
void rp_kubelet_derive(const struct rp_fact_kubelet *configured, enum rp_kubelet_layout layout,
                       struct rp_fact_kubelet *ret);

#endif
