// SPDX-License-Identifier: Apache-2.0
/* Which of its formulas this node's kubelet uses, from what it reports beside what was read here. */
#ifndef RP_KUBELET_CALIBRATE_H
#define RP_KUBELET_CALIBRATE_H

#include "reprieve/kubelet.h"
#include "reprieve/sample.h"

/*
 * A report of the node's memory, and a reading of about the same time. Two reports in a row that only one formula explains
 * settle the formula of the root's usage; what is missing of MemTotal in the report are huge pages.
 */
void rp_kubelet_calibrate(struct rp_kubelet_calibration *calibration, const struct rp_fact_node_stats *report,
                          const struct rp_node_reading *reading);

/* The formula: as settled, else as the version has it. */
bool rp_kubelet_usage_meminfo(const struct rp_kubelet_calibration *calibration, uint32_t minor);

/* What it takes off for huge pages: as reported, else by version all that `reading` has. */
uint64_t rp_kubelet_huge_bytes(const struct rp_kubelet_calibration *calibration, uint32_t minor,
                               const struct rp_node_reading *reading);

#endif
