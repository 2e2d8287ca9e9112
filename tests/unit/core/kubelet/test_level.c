// SPDX-License-Identifier: Apache-2.0
/*
 * The kubelet's arithmetic. The numbers are those of Kubernetes' own tests (eviction/helpers_test.go, v1.36) where it has
 * one for the case, else derived by hand from its source; each row says what it is about.
 */
#include "core/kubelet/level.h"

#include "core/parse/threshold.h"
#include "harness/harness.h"

#define MIB UINT64_C(1048576)
#define GIB (1024 * MIB)

static struct rp_threshold threshold(const char *text)
{
    struct rp_threshold parsed;
    assert_int_equal(rp_parse_threshold(RP_SIGNAL_MEMORY, text, NULL, NULL, &parsed), 0);
    return parsed;
}

/* available < returned threshold <=> the kubelet's threshold is met. */
static void thresholds_in_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *about, *text;
        uint64_t capacity, met, unmet;
    } rows[] = {
        {"hard 1Gi", "1Gi", 4 * GIB, 500 * MIB, 2 * GIB},
        {"equal is not met", "100Mi", 4 * GIB, 104857599, 104857600},
        {"a fraction counts: 1127428915.2", "1.05Gi", 4 * GIB, 1127428915, 1127428916},
        {"20% of 1000Mi is 209715203 in float32", "20%", 1000 * MIB, 209715202, 209715203},
        {"30% of 1000Gi is 322122560000", "30%", 1000 * GIB, 322122559999, 322122560000},
        {"10% of 10Gi is not 1073741824", "10%", 10 * GIB, 1073741839, 1073741840},
        {"10.5% of 100Gi lies below the exact one", "10.5%", 100 * GIB, 11274288799, 11274288800},
        {"5% of 6553600", "5%", 6553600, 327679, 327680},
        {"10% of 4194304 is truncated", "10%", 4194304, 419429, 419430},
        {"25% of 4Gi is exact", "25%", 4 * GIB, GIB - 1, GIB},
        {"12.5% of 16Gi is exact", "12.5%", 16 * GIB, 2 * GIB - 1, 2 * GIB},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        const struct rp_threshold parsed = threshold(rows[i].text);
        const int64_t bytes = rp_kubelet_threshold_bytes(&parsed, (int64_t)rows[i].capacity);
        rp_expect_i64(rows[i].about, (int64_t)rows[i].met < bytes, true);
        rp_expect_i64(rows[i].about, (int64_t)rows[i].unmet < bytes, false);
    }
}

static void the_root(void **state)
{
    (void)state;
    struct rp_node_reading node = {
        .known = RP_NODE_MEM_TOTAL | RP_NODE_ROOT_STAT | RP_NODE_MEM_FREE,
        .mem_total_bytes = 16786681856,
        .mem_free_bytes = 9000000000,
        .anon_bytes = 633847808,
        .file_bytes = 5332332544,
        .inactive_file_bytes = 4634497024,
    };
    struct rp_kubelet_level level;
    assert_true(rp_kubelet_root_level(&node, false, &level));
    rp_expect_u64("anon + file - inactive_file", level.working_set_bytes, 1331683328);
    rp_expect_i64("available", level.available_bytes, 15454998528);
    rp_expect_i64("capacity", level.capacity_bytes, 16786681856);
    assert_true(rp_kubelet_root_level(&node, true, &level));
    rp_expect_u64("total - free - inactive_file", level.working_set_bytes, 16786681856 - 9000000000 - 4634497024);
    node.known &= ~RP_NODE_MEM_FREE;
    assert_false(rp_kubelet_root_level(&node, true, &level));
    assert_true(rp_kubelet_root_level(&node, false, &level));
    node.known = RP_NODE_MEM_TOTAL;
    assert_false(rp_kubelet_root_level(&node, false, &level));
}

static void a_working_set_is_never_negative(void **state)
{
    (void)state;
    rp_expect_u64("plain", rp_kubelet_working_set(10, 3), 7);
    rp_expect_u64("equal", rp_kubelet_working_set(3, 3), 0);
    rp_expect_u64("more inactive than used", rp_kubelet_working_set(3, 10), 0);
}

static void kubepods(void **state)
{
    (void)state;
    static const struct {
        const char *about;
        uint64_t known, usage, inactive, max;
        bool there;
        int64_t available, capacity;
    } rows[] = {
        {"plain", RP_CG_USAGE | RP_CG_INACTIVE_FILE | RP_CG_MAX, 3 * GIB, 2 * GIB, 5 * GIB, true, 4 * GIB, 5 * GIB},
        {"above its limit it wraps", RP_CG_USAGE | RP_CG_INACTIVE_FILE | RP_CG_MAX, 3 * GIB, 0, 2 * GIB, true,
         -(int64_t)GIB, 2 * GIB},
        {"no limit: no number", RP_CG_USAGE | RP_CG_INACTIVE_FILE | RP_CG_MAX, GIB, 0, UINT64_MAX, false, 0, 0},
        {"2^62 is still a limit", RP_CG_USAGE | RP_CG_INACTIVE_FILE | RP_CG_MAX, 0, 0, UINT64_C(1) << 62, true,
         INT64_C(1) << 62, INT64_C(1) << 62},
        {"limit not read", RP_CG_USAGE | RP_CG_INACTIVE_FILE, GIB, 0, 2 * GIB, false, 0, 0},
        {"inactive_file not read", RP_CG_USAGE | RP_CG_MAX, GIB, 0, 2 * GIB, false, 0, 0},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        const struct rp_cgroup_reading reading = {.known = rows[i].known,
                                                  .usage_bytes = rows[i].usage,
                                                  .inactive_file_bytes = rows[i].inactive,
                                                  .max_bytes = rows[i].max};
        struct rp_kubelet_level level = {0, 0, 0};
        rp_expect_i64(rows[i].about, rp_kubelet_pods_level(&reading, &level), rows[i].there);
        rp_expect_i64(rows[i].about, level.available_bytes, rows[i].available);
        rp_expect_i64(rows[i].about, level.capacity_bytes, rows[i].capacity);
    }
}

static void the_hard_threshold_that_is_met_first(void **state)
{
    (void)state;
    struct rp_fact_kubelet kubelet = {.thresholds_n = 0};
    int64_t bytes = 7;
    assert_false(rp_kubelet_hard_threshold(&kubelet, RP_SIGNAL_MEMORY, 4 * GIB, &bytes));
    rp_expect_i64("untouched", bytes, 7);

    kubelet.thresholds[0] = threshold("100Mi");
    kubelet.thresholds[1] = threshold("5%");
    kubelet.thresholds[2] = threshold("1Gi");
    kubelet.thresholds[2].grace_ns = 1;
    kubelet.thresholds[3] = threshold("300Mi");
    kubelet.thresholds[3].signal = RP_SIGNAL_ALLOCATABLE;
    kubelet.thresholds_n = 4;
    assert_true(rp_kubelet_hard_threshold(&kubelet, RP_SIGNAL_MEMORY, (int64_t)GIB, &bytes));
    rp_expect_i64("100Mi of 1Gi", bytes, 100 * MIB);
    assert_true(rp_kubelet_hard_threshold(&kubelet, RP_SIGNAL_MEMORY, 100 * (int64_t)GIB, &bytes));
    rp_expect_i64("5% of 100Gi", bytes, rp_kubelet_threshold_bytes(&kubelet.thresholds[1], 100 * (int64_t)GIB));
    assert_true(rp_kubelet_hard_threshold(&kubelet, RP_SIGNAL_ALLOCATABLE, (int64_t)GIB, &bytes));
    rp_expect_i64("allocatable's own", bytes, 300 * MIB);
    kubelet.thresholds[2].grace_ns = 0; /* a soft threshold without grace is hard */
    assert_true(rp_kubelet_hard_threshold(&kubelet, RP_SIGNAL_MEMORY, (int64_t)GIB, &bytes));
    rp_expect_i64("grace 0", bytes, GIB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thresholds_in_bytes),
        cmocka_unit_test(the_root),
        cmocka_unit_test(a_working_set_is_never_negative),
        cmocka_unit_test(kubepods),
        cmocka_unit_test(the_hard_threshold_that_is_met_first),
    };
    return RP_RUN(tests);
}
