// SPDX-License-Identifier: Apache-2.0
/*
 * The kubelet's three documents to facts. Each function takes the bytes of one whole document and fills a batch, or
 * returns -EINVAL with batch->error naming the field. One bad pod does not cost the others: it is left out (and so is
 * unknown, never acted against) and named in batch->note.
 */
#ifndef RP_LINK_KUBE_DOCUMENTS_H
#define RP_LINK_KUBE_DOCUMENTS_H

#include "link/kube/batch.h"

/* core/v1 PodList, as the kubelet's /pods or the API server give it. */
int rp_read_pod_list(const char *bytes, size_t len, struct rp_batch *batch) RP_MUST_CHECK;

/* {"kubeletconfig": {...}} of /configz. */
int rp_read_configz(const char *bytes, size_t len, struct rp_batch *batch) RP_MUST_CHECK;

/* /stats/summary. */
int rp_read_summary(const char *bytes, size_t len, struct rp_batch *batch) RP_MUST_CHECK;

#endif
