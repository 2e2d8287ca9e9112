// SPDX-License-Identifier: Apache-2.0
/* The kubelet's rules for its eviction maps. */
#include "core/parse/kubelet_config.h"

#include "harness/harness.h"

static struct rp_kubelet_config config;
static struct rp_fact_kubelet fact;
static struct rp_complaint why;

static void set(enum rp_kubelet_map map, const char *signal, const char *value)
{
    why.text[0] = '\0';
    const int r = rp_kubelet_config_set(&config, map, signal, value, &why);
    rp_expect_text(value, why.text, "");
    rp_expect_i64(value, r, 0);
}

static void finish(void)
{
    memset(&fact, 0x77, sizeof(fact));
    assert_int_equal(rp_kubelet_config_finish(&config, &fact, &why), 0);
}

static const struct rp_threshold *find(enum rp_signal signal, bool hard)
{
    static const struct rp_threshold none = {.signal = RP_SIGNAL_MAX};
    for (uint32_t i = 0; i < fact.thresholds_n; i++) {
        if (fact.thresholds[i].signal == signal && (fact.thresholds[i].grace_ns == 0) == hard)
            return &fact.thresholds[i];
    }
    return &none;
}

static void defaults(void **state)
{
    (void)state;
    rp_kubelet_config_begin(&config);
    finish();
    assert_int_equal(fact.thresholds_n, 6);
    assert_int_equal(find(RP_SIGNAL_MEMORY, true)->quantity_floor, 100 * RP_MIB);
    assert_int_equal(find(RP_SIGNAL_ALLOCATABLE, true)->quantity_floor, 100 * RP_MIB);
    assert_true(find(RP_SIGNAL_NODEFS, true)->percent == 10.0f / 100);
    assert_true(find(RP_SIGNAL_NODEFS_INODES, true)->percent == 5.0f / 100);
    assert_true(find(RP_SIGNAL_IMAGEFS, true)->percent == 15.0f / 100);
    assert_true(find(RP_SIGNAL_IMAGEFS_INODES, true)->percent == 5.0f / 100);
    assert_true(fact.from_defaults && fact.enforce_pods);
    assert_int_equal(fact.transition_ns, 300 * RP_NS_PER_S);
    assert_int_equal(fact.max_pod_grace_ns, 0);
}

static void a_given_map_replaces_the_defaults(void **state)
{
    (void)state;
    rp_kubelet_config_begin(&config);
    set(RP_KUBELET_HARD, "memory.available", "1Gi");
    finish();
    assert_int_equal(fact.thresholds_n, 2);
    assert_false(fact.from_defaults);
    assert_int_equal(find(RP_SIGNAL_ALLOCATABLE, true)->quantity_floor, 1024 * RP_MIB);

    rp_kubelet_config_begin(&config);
    rp_kubelet_config_give(&config, RP_KUBELET_HARD);
    finish();
    assert_int_equal(fact.thresholds_n, 0);

    rp_kubelet_config_begin(&config);
    rp_kubelet_config_give(&config, RP_KUBELET_SOFT);
    finish();
    assert_int_equal(fact.thresholds_n, 6);
}

static void merging_keeps_the_unnamed_defaults(void **state)
{
    (void)state;
    rp_kubelet_config_begin(&config);
    set(RP_KUBELET_HARD, "nodefs.available", "0%");
    set(RP_KUBELET_HARD, "pid.available", "5%");
    rp_kubelet_config_merge(&config, true);
    finish();
    assert_int_equal(fact.thresholds_n, 6);
    assert_int_equal(find(RP_SIGNAL_NODEFS, true)->signal,
                     RP_SIGNAL_MAX); /* dropped on purpose, and no default comes back in its place */
    assert_int_equal(find(RP_SIGNAL_PID, true)->signal, RP_SIGNAL_PID);
}

static void hard_soft_and_reclaim(void **state)
{
    (void)state;
    rp_kubelet_config_begin(&config);
    set(RP_KUBELET_HARD, "memory.available", "150Mi");
    set(RP_KUBELET_SOFT, "memory.available", "300Mi");
    set(RP_KUBELET_GRACE, "memory.available", "30s");
    set(RP_KUBELET_RECLAIM, "memory.available", "0");
    finish();
    assert_int_equal(fact.thresholds_n, 3);
    assert_int_equal(find(RP_SIGNAL_MEMORY, false)->quantity_floor, 300 * RP_MIB);
    assert_int_equal(find(RP_SIGNAL_MEMORY, false)->grace_ns, 30 * RP_NS_PER_S);
    assert_int_equal(find(RP_SIGNAL_ALLOCATABLE, false)->signal, RP_SIGNAL_MAX); /* soft thresholds have no twin */
    set(RP_KUBELET_RECLAIM, "memory.available", "5%");
    finish();
    assert_true(find(RP_SIGNAL_ALLOCATABLE, true)->reclaim_is_percent);
    assert_true(find(RP_SIGNAL_MEMORY, false)->reclaim_is_percent);
}

static void soft_with_no_grace_at_all_counts_as_hard(void **state)
{
    (void)state;
    rp_kubelet_config_begin(&config);
    rp_kubelet_config_give(&config, RP_KUBELET_HARD);
    set(RP_KUBELET_SOFT, "memory.available", "300Mi");
    set(RP_KUBELET_GRACE, "memory.available", "0s");
    finish();
    assert_int_equal(fact.thresholds_n, 2);
    assert_int_equal(find(RP_SIGNAL_ALLOCATABLE, true)->quantity_floor, 300 * RP_MIB);
    rp_kubelet_config_enforce_pods(&config, false);
    finish();
    assert_int_equal(fact.thresholds_n, 1);
}

static void soft_needs_a_grace_period_unless_it_is_dropped(void **state)
{
    (void)state;
    rp_kubelet_config_begin(&config);
    set(RP_KUBELET_SOFT, "nodefs.available", "100%");
    finish();
    set(RP_KUBELET_SOFT, "pid.available", "10%");
    memset(&fact, 0x77, sizeof(fact));
    const struct rp_fact_kubelet before = fact;
    assert_int_equal(rp_kubelet_config_finish(&config, &fact, &why), -EINVAL);
    assert_string_equal(why.text, "evictionSoft.pid.available: needs an entry in evictionSoftGracePeriod");
    assert_memory_equal(&fact, &before, sizeof(fact));
}

static void what_the_kubelet_refuses_is_refused(void **state)
{
    static const struct {
        enum rp_kubelet_map map;
        const char *signal, *value, *complaint;
    } rows[] = {
        {RP_KUBELET_HARD, "mem.available", "1Gi", "\"mem.available\" is no eviction signal"},
        {RP_KUBELET_HARD, "memory.available", "-150Mi",
         "must be a quantity above 0 such as \"100Mi\", or 0% to 100%, not \"-150Mi\""},
        {RP_KUBELET_HARD, "memory.available", "",
         "must be a quantity above 0 such as \"100Mi\", or 0% to 100%, not \"\""},
        {RP_KUBELET_HARD, "memory.available", "0",
         "must be a quantity above 0 such as \"100Mi\", or 0% to 100%, not \"0\""},
        {RP_KUBELET_SOFT, "memory.available", "-15%",
         "must be a quantity above 0 such as \"100Mi\", or 0% to 100%, not \"-15%\""},
        {RP_KUBELET_SOFT, "memory.available", "10..5%",
         "must be a quantity above 0 such as \"100Mi\", or 0% to 100%, not \"10..5%\""},
        {RP_KUBELET_GRACE, "memory.available", "30mins", "must be a duration such as \"1m30s\", not \"30mins\""},
        {RP_KUBELET_GRACE, "memory.available", "-30s", "must be a duration such as \"1m30s\", not \"-30s\""},
        {RP_KUBELET_RECLAIM, "memory.available", "-300Mi",
         "must be a quantity such as \"500Mi\" or a percentage, not \"-300Mi\""},
        {RP_KUBELET_HARD, "memory.available", "0000000000000000000000000000000000000001",
         "is too long for a quantity, a percentage or a duration"},
        {RP_KUBELET_MAPS, "memory.available", "1", "is in no map of the kubelet"},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        rp_kubelet_config_begin(&config);
        const struct rp_kubelet_config before = config;
        rp_expect_i64(rows[i].value, rp_kubelet_config_set(&config, rows[i].map, rows[i].signal, rows[i].value, &why),
                      -EINVAL);
        rp_expect_text(rows[i].value, why.text, rows[i].complaint);
        assert_memory_equal(&config, &before, sizeof(config));
    }
}

static void periods(void **state)
{
    (void)state;
    rp_kubelet_config_begin(&config);
    assert_int_equal(rp_kubelet_config_transition(&config, "soon", &why), -EINVAL);
    assert_int_equal(rp_kubelet_config_transition(&config, "-5s", &why), -EINVAL);
    assert_false(config.told);
    assert_int_equal(rp_kubelet_config_transition(&config, "1m30s", &why), 0);
    rp_kubelet_config_max_pod_grace(&config, 60);
    finish();
    assert_int_equal(fact.transition_ns, 90 * RP_NS_PER_S);
    assert_int_equal(fact.max_pod_grace_ns, 60 * RP_NS_PER_S);
    rp_kubelet_config_max_pod_grace(&config, -1);
    finish();
    assert_int_equal(fact.max_pod_grace_ns, 0);
}

static void versions(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int minor; /* -EINVAL: refused */
    } rows[] = {
        {"1.31", 31},      {"v1.31.4", 31},    {"1.27.3+k3s1", 27}, {"v1.37.0-beta.0", 37},
        {"1.25", 25},      {"1.24", -EINVAL},  {"1.256", -EINVAL},  {"1.", -EINVAL},
        {"2.31", -EINVAL}, {"31", -EINVAL},    {"1.31x", -EINVAL},  {"", 0},
        {"v", -EINVAL},    {"1.-31", -EINVAL}, {"latest", -EINVAL}, {"1.99999999999999999999", -EINVAL},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        rp_kubelet_config_begin(&config);
        const int r = rp_kubelet_config_version(&config, rows[i].text, &why);
        rp_expect_i64(rows[i].text, r, rows[i].minor < 0 ? rows[i].minor : 0);
        finish();
        rp_expect_i64(rows[i].text, fact.minor, rows[i].minor < 0 ? 0 : rows[i].minor);
        assert_true(fact.from_defaults); /* it is no setting of the kubelet's */
    }
}

static void local_storage_isolation(void **state)
{
    (void)state;
    rp_kubelet_config_begin(&config);
    finish();
    assert_false(fact.no_local_isolation);
    rp_kubelet_config_isolation(&config, false);
    finish();
    assert_true(fact.no_local_isolation);
}

static void every_signal_in_every_map_fits(void **state)
{
    (void)state;
    rp_kubelet_config_begin(&config);
    for (uint32_t s = 0; s < RP_SIGNAL_MAX; s++) {
        const char *const name = rp_signal_name((enum rp_signal)s);
        set(RP_KUBELET_HARD, name, "1%");
        set(RP_KUBELET_SOFT, name, "2%");
        set(RP_KUBELET_GRACE, name, "0s");
        set(RP_KUBELET_RECLAIM, name, "3%");
    }
    finish();
    assert_int_equal(fact.thresholds_n, 2 * RP_SIGNAL_MAX + 2);
    const struct rp_fact_kubelet first = fact;
    finish();
    assert_memory_equal(&fact, &first, sizeof(fact));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(a_given_map_replaces_the_defaults),
        cmocka_unit_test(merging_keeps_the_unnamed_defaults),
        cmocka_unit_test(hard_soft_and_reclaim),
        cmocka_unit_test(soft_with_no_grace_at_all_counts_as_hard),
        cmocka_unit_test(soft_needs_a_grace_period_unless_it_is_dropped),
        cmocka_unit_test(what_the_kubelet_refuses_is_refused),
        cmocka_unit_test(periods),
        cmocka_unit_test(versions),
        cmocka_unit_test(local_storage_isolation),
        cmocka_unit_test(every_signal_in_every_map_fits),
    };
    return RP_RUN(tests);
}
