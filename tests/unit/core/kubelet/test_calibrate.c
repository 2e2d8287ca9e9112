// SPDX-License-Identifier: Apache-2.0
/* Which formula a kubelet uses, told by its reports. */
#include "core/kubelet/calibrate.h"

#include "harness/harness.h"

#define GIB (UINT64_C(1) << 30)

/* 8 GiB, 5 of them not free, 3 of them anon and file: the rest is slab and the like. */
static const struct rp_node_reading reading = {
    .known = RP_NODE_MEM_TOTAL | RP_NODE_MEM_FREE | RP_NODE_ROOT_STAT | RP_NODE_HUGE_PAGES,
    .mem_total_bytes = 8 * GIB,
    .mem_free_bytes = 3 * GIB,
    .anon_bytes = 2 * GIB,
    .file_bytes = GIB,
    .huge_pages_bytes = GIB,
};

static void report(struct rp_kubelet_calibration *calibration, int64_t usage_bytes)
{
    const struct rp_fact_node_stats stats = {
        .usage_bytes = usage_bytes, .available_bytes = -1, .working_set_bytes = -1};
    rp_kubelet_calibrate(calibration, &stats, &reading);
}

static void two_reports_settle_the_formula(void **state)
{
    (void)state;
    struct rp_kubelet_calibration calibration = {0};
    const int64_t meminfo = 5 * (int64_t)GIB + 100 * RP_MIB, stat = 3 * (int64_t)GIB - 100 * RP_MIB;
    report(&calibration, meminfo);
    assert_false(calibration.usage_known);
    report(&calibration, stat);
    assert_false(calibration.usage_known);  /* they disagree */
    report(&calibration, 4 * (int64_t)GIB); /* between the two it says nothing */
    report(&calibration, -1);
    report(&calibration, stat);
    assert_true(calibration.usage_known && !rp_kubelet_usage_meminfo(&calibration, 25));
    report(&calibration, meminfo);
    assert_false(calibration.usage_meminfo); /* one says nothing against two */
    report(&calibration, meminfo);
    assert_true(rp_kubelet_usage_meminfo(&calibration, 36));
}

static void formulas_that_are_close_are_not_told_apart(void **state)
{
    (void)state;
    struct rp_kubelet_calibration calibration = {0};
    struct rp_node_reading close = reading;
    const struct rp_fact_node_stats stats = {.usage_bytes = 3 * (int64_t)GIB, .available_bytes = -1};
    close.mem_free_bytes = 5 * GIB - 1;
    for (int i = 0; i < 5; i++)
        rp_kubelet_calibrate(&calibration, &stats, &close);
    assert_false(calibration.usage_known);
    assert_true(rp_kubelet_usage_meminfo(&calibration, 27));
    assert_false(rp_kubelet_usage_meminfo(&calibration, 28));
    assert_false(rp_kubelet_usage_meminfo(&calibration, 0));
}

static void huge_pages_are_what_a_report_lacks(void **state)
{
    (void)state;
    struct rp_kubelet_calibration calibration = {0};
    rp_expect_u64("by version: not yet", rp_kubelet_huge_bytes(&calibration, 36, &reading), 0);
    rp_expect_u64("by version: all there are", rp_kubelet_huge_bytes(&calibration, 37, &reading), GIB);
    struct rp_fact_node_stats stats = {.usage_bytes = -1, .available_bytes = 0, .working_set_bytes = 2 * (int64_t)GIB};
    rp_kubelet_calibrate(&calibration, &stats, &reading);
    rp_expect_u64("a 0 was cut off and says nothing", calibration.huge_known, false);
    stats.available_bytes = 6 * (int64_t)GIB;
    rp_kubelet_calibrate(&calibration, &stats, &reading);
    rp_expect_u64("nothing is missing", rp_kubelet_huge_bytes(&calibration, 37, &reading), 0);
    stats.available_bytes = 5 * (int64_t)GIB - 4096;
    rp_kubelet_calibrate(&calibration, &stats, &reading);
    rp_expect_u64("exactly this", rp_kubelet_huge_bytes(&calibration, 36, &reading), GIB + 4096);
    stats.available_bytes = 7 * (int64_t)GIB; /* more than there is: another machine's report */
    rp_kubelet_calibrate(&calibration, &stats, &reading);
    rp_expect_u64("nonsense changes nothing", rp_kubelet_huge_bytes(&calibration, 36, &reading), GIB + 4096);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_reports_settle_the_formula),
        cmocka_unit_test(formulas_that_are_close_are_not_told_apart),
        cmocka_unit_test(huge_pages_are_what_a_report_lacks),
    };
    return RP_RUN(tests);
}
