// SPDX-License-Identifier: Apache-2.0
/* A KubeletConfiguration as the kubelet reads it, and as it shows it. */
#include "config/kubelet_file.h"
#include "harness/harness.h"

static int64_t memory_threshold(const struct rp_fact_kubelet *kubelet)
{
    for (uint32_t i = 0; i < kubelet->thresholds_n; i++)
        if (kubelet->thresholds[i].signal == RP_SIGNAL_MEMORY && kubelet->thresholds[i].grace_ns == 0)
            return kubelet->thresholds[i].quantity_floor;
    return -1;
}

static void what_is_read(void **state)
{
    static const struct {
        const char *text;
        int64_t memory_mib;
        bool pods;
    } rows[] = {
        {"kind: KubeletConfiguration\n", 100, true},
        {"evictionHard:\n  memory.available: 1Gi\nauthentication: {x509: {clientCAFile: /x}}\n", 1024, true},
        {"{\"evictionHard\": {\"memory.available\": \"200Mi\"}, \"enforceNodeAllocatable\": []}", 200, false},
        {"{\"kubeletconfig\": {\"evictionHard\": {\"memory.available\": \"300Mi\"}}}", 300, false},
        {"{\"kubeletconfig\": {}}", -1, false},
        {"evictionHard: null\n", 100, true},
        {"evictionHard: {}\n", -1, true},
        {"evictionHard: {nodefs.available: 5%}\nmergeDefaultEvictionSettings: true\n", 100, true},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_fact_kubelet kubelet;
        struct rp_complaint why = {""};
        rp_expect_i64(rows[i].text, rp_kubelet_file_parse(rows[i].text, strlen(rows[i].text), &kubelet, &why), 0);
        const int64_t want = rows[i].memory_mib < 0 ? -1 : rows[i].memory_mib * RP_MIB;
        rp_expect_i64(rows[i].text, memory_threshold(&kubelet), want);
        rp_expect_i64(rows[i].text, kubelet.enforce_pods, rows[i].pods);
    }
}

static void what_is_refused(void **state)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"", "this is no KubeletConfiguration"},
        {"[1]", "line 1: this is no KubeletConfiguration"},
        {"kind: Pod\n", "line 1: kind: must be KubeletConfiguration"},
        {"a: 1\nevictionHard: 5\n", "line 2: evictionHard: must be a map"},
        {"evictionHard:\n  memory.available: [1]\n", "line 2: evictionHard: has an entry that is no text"},
        {"enforceNodeAllocatable: pods\n", "line 1: enforceNodeAllocatable: must be a list"},
        {"evictionMaxPodGracePeriod: 5s\n", "line 1: evictionMaxPodGracePeriod: must be a whole number of seconds"},
        {"mergeDefaultEvictionSettings: perhaps\n", "line 1: mergeDefaultEvictionSettings: must be true or false"},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_fact_kubelet kubelet;
        struct rp_complaint why = {""};
        rp_expect_i64(rows[i].text, rp_kubelet_file_parse(rows[i].text, strlen(rows[i].text), &kubelet, &why), -EINVAL);
        rp_expect_text(rows[i].text, why.text, rows[i].why);
    }
}

static void what_is_no_yaml(void **state)
{
    struct rp_fact_kubelet kubelet;
    struct rp_complaint why = {""};
    const char *text = "a: 1\nb: [\n";
    (void)state;
    assert_int_equal(rp_kubelet_file_parse(text, strlen(text), &kubelet, &why), -EINVAL);
    assert_memory_equal(why.text, "line ", 5);
    assert_int_equal(rp_kubelet_file_load("/nonexistent", &kubelet, &why), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(what_is_no_yaml),
    };
    return RP_RUN(tests);
}
