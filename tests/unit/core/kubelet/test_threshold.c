// SPDX-License-Identifier: Apache-2.0
/*
 * What thresholds amount to. Rows with a letter are golden vectors, the numbers of Kubernetes' own tests
 * (eviction/helpers_test.go, v1.36) where it has one for the case, else derived by hand from its source.
 */
#include "core/kubelet/threshold.h"

#include <string.h>

#include "core/parse/kubelet_config.h"
#include "core/parse/threshold.h"
#include "harness/harness.h"

#define MIB INT64_C(1048576)
#define GIB (1024 * MIB)

static struct rp_threshold parsed(const char *text, const char *reclaim)
{
    struct rp_threshold threshold;
    assert_int_equal(rp_parse_threshold(RP_SIGNAL_MEMORY, text, NULL, reclaim, &threshold), 0);
    return threshold;
}

static void amounts(void **state)
{
    (void)state;
    static const struct {
        const char *about, *text, *reclaim;
        int64_t capacity, met, unmet;
    } rows[] = {
        {"A1: hard 1Gi", "1Gi", NULL, 4 * GIB, 500 * MIB, 2 * GIB},
        {"A2: and 500Mi to reclaim", "1Gi", "500Mi", 4 * GIB, 1127428915, 2 * GIB},
        {"A3: equal is not met", "100Mi", NULL, 4 * GIB, 104857599, 104857600},
        {"A4: a fraction counts: 1127428915.2", "1.05Gi", NULL, 4 * GIB, 1127428915, 1127428916},
        {"A5: 20% of 1000Mi is 209715203 in float32", "20%", NULL, 1000 * MIB, 209715202, 209715203},
        {"A6: and 5% to reclaim", "20%", "5%", 1000 * MIB, 225 * MIB, 300 * MIB},
        {"A7: 30% of 1000Gi is 322122560000", "30%", NULL, 1000 * GIB, 322122559999, 322122560000},
        {"A8: 10% of 10Gi is not 1073741824", "10%", NULL, 10 * GIB, 1073741839, 1073741840},
        {"A10: 10.5% of 100Gi lies below the exact one", "10.5%", NULL, 100 * GIB, 11274288799, 11274288800},
        {"A11: 5% of 6553600 inodes", "5%", NULL, 6553600, 327679, 327680},
        {"A11: 10% of 4194304 pids is truncated", "10%", NULL, 4194304, 419429, 419430},
        {"A12: 25% of 4Gi is exact", "25%", NULL, 4 * GIB, GIB - 1, GIB},
        {"A12: 12.5% of 16Gi is exact", "12.5%", NULL, 16 * GIB, 2 * GIB - 1, 2 * GIB},
        {"two fractions make a whole", "1500m", "500m", 4 * GIB, 1, 2},
        {"or more than one", "1500m", "600m", 4 * GIB, 2, 3},
        {"a percentage and a fraction", "25%", "500m", 8, 2, 3},
        {"more than all to reclaim", "1", "150%", 1000, 1500, 1501},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        const struct rp_threshold threshold = parsed(rows[i].text, rows[i].reclaim);
        const int64_t amount = rp_kubelet_amount(&threshold, rows[i].capacity, rows[i].reclaim != NULL);
        rp_expect_i64(rows[i].about, rows[i].met < amount, true);
        rp_expect_i64(rows[i].about, rows[i].unmet < amount, false);
    }
}

static void reclaim_counts_only_when_asked(void **state)
{
    (void)state;
    const struct rp_threshold threshold = parsed("1Gi", "500Mi");
    rp_expect_i64("without", rp_kubelet_amount(&threshold, 4 * GIB, false), GIB);
    rp_expect_i64("with", rp_kubelet_amount(&threshold, 4 * GIB, true), GIB + 500 * MIB);
    const struct rp_threshold huge = parsed("1Gi", "99999999%");
    rp_expect_i64("saturates", rp_kubelet_amount(&huge, INT64_MAX, true), INT64_MAX);
}

/* A17: hard 150Mi, soft 300Mi/30s, reclaim 0, pods enforced: three thresholds. */
static void what_a_configuration_comes_to(void **state)
{
    (void)state;
    struct rp_kubelet_config config;
    struct rp_fact_kubelet kubelet;
    struct rp_complaint why;
    rp_kubelet_config_begin(&config);
    assert_int_equal(rp_kubelet_config_set(&config, RP_KUBELET_HARD, "memory.available", "150Mi", &why), 0);
    assert_int_equal(rp_kubelet_config_set(&config, RP_KUBELET_SOFT, "memory.available", "300Mi", &why), 0);
    assert_int_equal(rp_kubelet_config_set(&config, RP_KUBELET_GRACE, "memory.available", "30s", &why), 0);
    assert_int_equal(rp_kubelet_config_set(&config, RP_KUBELET_RECLAIM, "memory.available", "0", &why), 0);
    assert_int_equal(rp_kubelet_config_finish(&config, &kubelet, &why), 0);
    static const struct {
        uint8_t signal;
        int64_t bytes;
        rp_ns grace_ns;
    } rows[] = {
        {RP_SIGNAL_MEMORY, 150 * MIB, 0},
        {RP_SIGNAL_ALLOCATABLE, 150 * MIB, 0},
        {RP_SIGNAL_MEMORY, 300 * MIB, 30 * RP_NS_PER_S},
    };
    rp_expect_u64("A17: three", kubelet.thresholds_n, RP_ROWS(rows));
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        rp_expect_u64("A17", kubelet.thresholds[i].signal, rows[i].signal);
        rp_expect_i64("A17", rp_kubelet_amount(&kubelet.thresholds[i], 4 * GIB, true), rows[i].bytes);
        rp_expect_u64("A17", kubelet.thresholds[i].grace_ns, rows[i].grace_ns);
    }
}

static void the_hard_threshold_that_is_met_first(void **state)
{
    (void)state;
    struct rp_fact_kubelet kubelet = {.thresholds_n = 0};
    int64_t bytes = 7;
    assert_false(rp_kubelet_hard_threshold(&kubelet, RP_SIGNAL_MEMORY, 4 * GIB, &bytes));
    rp_expect_i64("untouched", bytes, 7);

    kubelet.thresholds[0] = parsed("100Mi", NULL);
    kubelet.thresholds[1] = parsed("5%", NULL);
    kubelet.thresholds[2] = parsed("1Gi", NULL);
    kubelet.thresholds[2].grace_ns = 1;
    kubelet.thresholds[3] = parsed("300Mi", NULL);
    kubelet.thresholds[3].signal = RP_SIGNAL_ALLOCATABLE;
    kubelet.thresholds_n = 4;
    assert_true(rp_kubelet_hard_threshold(&kubelet, RP_SIGNAL_MEMORY, GIB, &bytes));
    rp_expect_i64("100Mi of 1Gi", bytes, 100 * MIB);
    assert_true(rp_kubelet_hard_threshold(&kubelet, RP_SIGNAL_MEMORY, 100 * GIB, &bytes));
    rp_expect_i64("5% of 100Gi", bytes, rp_kubelet_amount(&kubelet.thresholds[1], 100 * GIB, false));
    assert_true(rp_kubelet_hard_threshold(&kubelet, RP_SIGNAL_ALLOCATABLE, GIB, &bytes));
    rp_expect_i64("allocatable's own", bytes, 300 * MIB);
    kubelet.thresholds[2].grace_ns = 0; /* a soft threshold without grace is hard */
    assert_true(rp_kubelet_hard_threshold(&kubelet, RP_SIGNAL_MEMORY, GIB, &bytes));
    rp_expect_i64("grace 0", bytes, GIB);
}

/* nodefs 10 hard and 20 soft, imagefs 30 hard, inodes of nodefs 40, and somebody's own for containerfs, 99. */
static struct rp_fact_kubelet disks(uint8_t minor)
{
    static const struct rp_threshold list[] = {
        {.signal = RP_SIGNAL_CONTAINERFS, .quantity_floor = 99},
        {.signal = RP_SIGNAL_NODEFS, .quantity_floor = 10},
        {.signal = RP_SIGNAL_NODEFS, .quantity_floor = 20, .grace_ns = 5},
        {.signal = RP_SIGNAL_IMAGEFS, .quantity_floor = 30, .reclaim_floor = 3},
        {.signal = RP_SIGNAL_NODEFS_INODES, .quantity_floor = 40},
    };
    struct rp_fact_kubelet kubelet = {.minor = minor, .thresholds_n = RP_ROWS(list)};
    memcpy(kubelet.thresholds, list, sizeof(list));
    return kubelet;
}

static void containerfs_is_derived(void **state)
{
    (void)state;
    static const struct {
        const char *about;
        uint8_t minor;
        enum rp_kubelet_layout layout;
        int64_t hard, soft, reclaim, inodes; /* -1: none */
    } rows[] = {
        {"single: from nodefs", 36, RP_LAYOUT_SINGLE, 10, 20, 0, 40},
        {"split: from nodefs", 36, RP_LAYOUT_SPLIT, 10, 20, 0, 40},
        {"dedicated: from imagefs, min-reclaim too", 36, RP_LAYOUT_DEDICATED, 30, -1, 3, -1},
        {"version not known", 0, RP_LAYOUT_SINGLE, 10, 20, 0, 40},
        {"1.28 knows no containerfs", 28, RP_LAYOUT_SINGLE, -1, -1, -1, -1},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        const struct rp_fact_kubelet configured = disks(rows[i].minor);
        struct rp_fact_kubelet derived;
        int64_t hard = -1, soft = -1, reclaim = -1, inodes = -1;
        rp_kubelet_derive(&configured, rows[i].layout, &derived);
        for (uint32_t k = 0; k < derived.thresholds_n; k++) {
            const struct rp_threshold *t = &derived.thresholds[k];
            if (t->signal == RP_SIGNAL_CONTAINERFS && t->grace_ns == 0)
                reclaim = t->reclaim_floor;
            if (t->signal == RP_SIGNAL_CONTAINERFS && t->grace_ns)
                soft = t->quantity_floor;
            else if (t->signal == RP_SIGNAL_CONTAINERFS)
                hard = t->quantity_floor;
            else if (t->signal == RP_SIGNAL_CONTAINERFS_INODES)
                inodes = t->quantity_floor;
        }
        rp_expect_i64(rows[i].about, hard, rows[i].hard);
        rp_expect_i64(rows[i].about, soft, rows[i].soft);
        rp_expect_i64(rows[i].about, reclaim, rows[i].reclaim);
        rp_expect_i64(rows[i].about, inodes, rows[i].inodes);
        rp_expect_u64("configured ones of others stay", derived.thresholds[0].signal, RP_SIGNAL_NODEFS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts),
        cmocka_unit_test(reclaim_counts_only_when_asked),
        cmocka_unit_test(what_a_configuration_comes_to),
        cmocka_unit_test(the_hard_threshold_that_is_met_first),
        cmocka_unit_test(containerfs_is_derived),
    };
    return RP_RUN(tests);
}
