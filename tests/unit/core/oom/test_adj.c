// SPDX-License-Identifier: Apache-2.0
/* oom_score_adj as the kubelet sets it: its own test cases by name, and what must hold for every request. */
#include "core/oom/adj.h"
#include "harness/harness.h"

#define CAPACITY UINT64_C(8000000000) /* of the kubelet's own tests */

static void golden_vectors(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct rp_oom_standing standing;
        uint64_t memory_bytes;
        int16_t want;
    } rows[] = {
        {"Burstable, half of the node", {RP_QOS_BURSTABLE, false, 4000000000}, CAPACITY, 500},
        {"request-no-limit: all but a byte", {RP_QOS_BURSTABLE, false, 7999999999}, CAPACITY, 3},
        {"cpu-limit: no memory request", {RP_QOS_BURSTABLE, false, 0}, CAPACITY, 999},
        {"2Gi of a 16 GB machine", {RP_QOS_BURSTABLE, false, INT64_C(2) << 30}, UINT64_C(16786681856), 873},
        {"an eighth", {RP_QOS_BURSTABLE, false, 1000000000}, CAPACITY, 875},
        {"system-cluster-critical without requests", {RP_QOS_BEST_EFFORT, false, 0}, CAPACITY, 1000},
        {"system-node-critical without requests", {RP_QOS_BEST_EFFORT, true, 0}, CAPACITY, -997},
        {"system-node-critical, Burstable", {RP_QOS_BURSTABLE, true, 1000}, CAPACITY, -997},
        {"Guaranteed", {RP_QOS_GUARANTEED, false, 1000000000}, CAPACITY, -997},
        {"more than the node has", {RP_QOS_BURSTABLE, false, INT64_MAX}, CAPACITY, 3},
        {"a request too small to count", {RP_QOS_BURSTABLE, false, 7999999}, CAPACITY, 999},
        {"the first that counts", {RP_QOS_BURSTABLE, false, 8000000}, CAPACITY, 999},
        {"the second", {RP_QOS_BURSTABLE, false, 16000000}, CAPACITY, 998},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        int16_t adj = 0;
        assert_true(rp_oom_adj(&rows[i].standing, rows[i].memory_bytes, &adj));
        rp_expect_i64(rows[i].name, adj, rows[i].want);
    }
}

static void what_does_not_follow(void **state)
{
    (void)state;
    const struct rp_oom_standing unknown = {.qos = RP_QOS_UNKNOWN}, burstable = {.qos = RP_QOS_BURSTABLE};
    int16_t adj = 77;
    assert_false(rp_oom_adj(&unknown, CAPACITY, &adj));
    assert_false(rp_oom_adj(&burstable, 0, &adj));
    assert_int_equal(adj, 77);
}

static void a_larger_request_never_goes_earlier(void **state)
{
    (void)state;
    int16_t before = RP_OOM_ADJ_BEST_EFFORT;
    for (int64_t request = 0; request < 9000000000; request += 1234567) {
        const struct rp_oom_standing standing = {.qos = RP_QOS_BURSTABLE, .request_bytes = request};
        int16_t adj = 0;
        assert_true(rp_oom_adj(&standing, CAPACITY, &adj));
        assert_in_range(adj, RP_OOM_ADJ_BURSTABLE, RP_OOM_ADJ_BEST_EFFORT - 1);
        assert_true(adj <= before);
        before = adj;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_vectors),
        cmocka_unit_test(what_does_not_follow),
        cmocka_unit_test(a_larger_request_never_goes_earlier),
    };
    return RP_RUN(tests);
}
