// SPDX-License-Identifier: Apache-2.0
#include "core/kubelet/calibrate.h"

#include "base/num.h"
#include "core/kubelet/profile.h"

#define APART_MIN_BYTES (32 * RP_MIB) /* the two formulas are closer on a node that has hardly done anything */
#define NEAR            4             /* a report is of a formula if it is nearer than a quarter of the distance */
#define VOTES           2

static int64_t distance(uint64_t a, int64_t b)
{
    const int64_t apart = rp_sub_sat_i64(rp_i64_of_u64(a), b);
    return apart < 0 ? rp_sub_sat_i64(0, apart) : apart;
}

static void vote(struct rp_kubelet_calibration *calibration, int64_t usage_bytes, const struct rp_node_reading *reading)
{
    const uint64_t needed = RP_NODE_MEM_TOTAL | RP_NODE_MEM_FREE | RP_NODE_ROOT_STAT;
    if (usage_bytes < 0 || (reading->known & needed) != needed)
        return;
    const uint64_t meminfo = rp_sub_sat_u64(reading->mem_total_bytes, reading->mem_free_bytes);
    const uint64_t stat = rp_add_sat_u64(reading->anon_bytes, reading->file_bytes);
    const int64_t apart = distance(meminfo, rp_i64_of_u64(stat));
    const bool is_meminfo = distance(meminfo, usage_bytes) < apart / NEAR;
    const bool is_stat = distance(stat, usage_bytes) < apart / NEAR;
    if (apart < APART_MIN_BYTES || is_meminfo == is_stat)
        return;
    if (calibration->votes == 0 || calibration->voted_meminfo != is_meminfo)
        calibration->votes = 0;
    calibration->voted_meminfo = is_meminfo;
    calibration->votes += calibration->votes < VOTES;
    if (calibration->votes < VOTES)
        return;
    calibration->usage_known = true;
    calibration->usage_meminfo = is_meminfo;
}

/* MemTotal never changes, so the report's own two numbers leave exactly what was taken off; a 0 was cut off. */
static void weigh(struct rp_kubelet_calibration *calibration, const struct rp_fact_node_stats *report,
                  const struct rp_node_reading *reading)
{
    if (report->available_bytes <= 0 || report->working_set_bytes < 0 || !(reading->known & RP_NODE_MEM_TOTAL))
        return;
    const int64_t rest = rp_sub_sat_i64(rp_i64_of_u64(reading->mem_total_bytes),
                                        rp_add_sat_i64(report->available_bytes, report->working_set_bytes));
    if (rest < 0)
        return;
    calibration->huge_known = true;
    calibration->huge_bytes = (uint64_t)rest;
}

void rp_kubelet_calibrate(struct rp_kubelet_calibration *calibration, const struct rp_fact_node_stats *report,
                          const struct rp_node_reading *reading)
{
    vote(calibration, report->usage_bytes, reading);
    weigh(calibration, report, reading);
}

bool rp_kubelet_usage_meminfo(const struct rp_kubelet_calibration *calibration, uint32_t minor)
{
    return calibration->usage_known ? calibration->usage_meminfo : rp_kubelet_profile(minor).usage_meminfo;
}

uint64_t rp_kubelet_huge_bytes(const struct rp_kubelet_calibration *calibration, uint32_t minor,
                               const struct rp_node_reading *reading)
{
    if (calibration->huge_known)
        return calibration->huge_bytes;
    const bool takes_off = rp_kubelet_profile(minor).huge_pages && (reading->known & RP_NODE_HUGE_PAGES);
    return takes_off ? reading->huge_pages_bytes : 0;
}
