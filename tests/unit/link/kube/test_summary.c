// SPDX-License-Identifier: Apache-2.0
/* stats/summary to what the kubelet believes: every field may be absent, and an absent one is not zero. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "reading.h"

static void the_stand_ins(void **state)
{
    (void)state;
    static const struct {
        const char *uid;
        int64_t working_set;
    } pods[] = {
        {"11111111-2222-3333-4444-555555555501", 105000000}, /* of the pod's cgroup, not the sum of its containers */
        {"11111111-2222-3333-4444-555555555502", 205000000},
        {"11111111-2222-3333-4444-555555555504", 405000000},
        {"0123456789abcdef0123456789abcdef", 505000000},
        {"11111111-2222-3333-4444-555555555507", 0}, /* listed without memory: the kubelet counts 0 */
    };
    size_t len = 0;
    char *text = rp_fixture("tests/fixtures/kube/standin-summary.json", &len);
    struct rp_batch batch;
    assert_int_equal(rp_reading(rp_read_summary, text, len, &batch), 0);
    assert_string_equal(batch.note, "");
    assert_int_equal(batch.n, 1 + RP_ROWS(pods));
    assert_int_equal(batch.facts[0].kind, RP_FACT_NODE_STATS);
    const struct rp_fact_node_stats *node = &batch.facts[0].node_stats;
    assert_int_equal(node->available_bytes, 1110417920);
    assert_int_equal(node->working_set_bytes, 3000000000);
    assert_int_equal(node->usage_bytes, 3001048576);
    assert_int_equal(node->pods_available_bytes, 0); /* 18446744073619969536 in the document: over the limit */
    assert_int_equal(node->pods_working_set_bytes, 4200000000);
    for (size_t i = 0; i < RP_ROWS(pods); i++) {
        rp_expect_i64(pods[i].uid, batch.facts[i + 1].kind, RP_FACT_POD_STATS);
        rp_expect_text(pods[i].uid, batch.facts[i + 1].pod_stats.uid, pods[i].uid);
        rp_expect_i64(pods[i].uid, batch.facts[i + 1].pod_stats.working_set_bytes, pods[i].working_set);
    }
    rp_batch_deinit(&batch);
    free(text);
}

static void absent_is_not_zero(void **state)
{
    (void)state;
    static const struct {
        const char *node;
        int64_t available, working_set, usage, pods_available, pods_working_set;
    } rows[] = {
        {"", -1, -1, -1, -1, -1},
        {"'memory':null,'systemContainers':null", -1, -1, -1, -1, -1},
        {"'memory':{'availableBytes':0,'workingSetBytes':0,'usageBytes':0}", 0, 0, 0, -1, -1},
        {"'memory':{'availableBytes':null,'usageBytes':'7'}", -1, -1, -1, -1, -1},
        {"'memory':{'availableBytes':-5,'usageBytes':1.5}", -1, -1, -1, -1, -1},
        {"'memory':{'availableBytes':9223372036854775808,'workingSetBytes':9007199254740993}", 0,
         INT64_C(9007199254740992), -1, -1, -1},
        {"'systemContainers':[{'name':'kubelet','memory':{'availableBytes':1}},{},7]", -1, -1, -1, -1, -1},
        {"'systemContainers':[{'name':'pods','memory':{'workingSetBytes':3}}]", -1, -1, -1, -1, 3},
        {"'systemContainers':[{'name':'pods','memory':{'availableBytes':18446744073709551615}}]", -1, -1, -1, 0, -1},
        {"'memory':[],'systemContainers':{}", -1, -1, -1, -1, -1},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        char text[512];
        struct rp_batch batch;
        (void)snprintf(text, sizeof(text), "{'node':{%s},'pods':null}", rows[i].node);
        rp_expect_i64(rows[i].node, rp_reading_quoted(rp_read_summary, text, &batch), 0);
        const struct rp_fact_node_stats *node = &batch.facts[0].node_stats;
        rp_expect_i64(rows[i].node, node->available_bytes, rows[i].available);
        rp_expect_i64(rows[i].node, node->working_set_bytes, rows[i].working_set);
        rp_expect_i64(rows[i].node, node->usage_bytes, rows[i].usage);
        rp_expect_i64(rows[i].node, node->pods_available_bytes, rows[i].pods_available);
        rp_expect_i64(rows[i].node, node->pods_working_set_bytes, rows[i].pods_working_set);
        rp_expect_u64(rows[i].node, node->sampled_ns, 0);
        rp_batch_deinit(&batch);
    }
}

static void a_bad_pod_costs_only_itself(void **state)
{
    (void)state;
    static const struct {
        const char *pod, *note;
    } rows[] = {
        {"null", "pods[1]: podRef.uid: is missing"},
        {"{'podRef':{'uid':''}}", "pods[1]: podRef.uid: is missing"},
        {"{'podRef':{'uid':[]}}", "pods[1]: podRef.uid: is missing"},
        {"{'podRef':{'uid':'a\\u0000'}}", "pods[1]: podRef.uid: is missing"},
        {"{'podRef':{'uid':'0123456789012345678901234567890123456789'}}", "pods[1]: podRef.uid: is too long"},
        {"{'podRef':{'uid':'x'},'podRef':{'uid':'y'}}", "pods[1]: line 1 column "},
        {"{'podRef':\xc0\x80}", "pods[1]: line 1 column "},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        char text[512];
        struct rp_batch batch;
        (void)snprintf(text, sizeof(text),
                       "{'pods':[{'podRef':{'uid':'a'},'memory':{'workingSetBytes':5}},%s,{'podRef':{'uid':'b'}}],"
                       "'node':{}}",
                       rows[i].pod);
        rp_expect_i64(rows[i].pod, rp_reading_quoted(rp_read_summary, text, &batch), 0);
        rp_expect_i64(rows[i].pod, (int64_t)batch.n, 3);
        rp_expect_i64(rows[i].pod, batch.facts[1].pod_stats.working_set_bytes, 5);
        rp_expect_text(rows[i].pod, batch.facts[2].pod_stats.uid, "b");
        rp_expect_start(rows[i].pod, batch.note, rows[i].note);
        rp_batch_deinit(&batch);
    }
}

static void samples_have_a_time(void **state)
{
    (void)state;
    const time_t wall = time(NULL) - 1;
    struct tm tm;
    char text[256], when[40];
    struct timespec now;
    struct rp_batch batch;
    assert_non_null(gmtime_r(&wall, &tm));
    assert_true(strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0);
    (void)snprintf(text, sizeof(text),
                   "{'node':{'memory':{'time':'%s'}},'pods':[{'podRef':{'uid':'a'},'memory':{'time':'%s'}}]}", when,
                   when);
    assert_int_equal(rp_reading_quoted(rp_read_summary, text, &batch), 0);
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    const rp_ns now_ns = (rp_ns)now.tv_sec * RP_NS_PER_S + (rp_ns)now.tv_nsec;
    for (size_t i = 0; i < 2; i++) {
        const rp_ns then = i ? batch.facts[1].pod_stats.sampled_ns : batch.facts[0].node_stats.sampled_ns;
        assert_true(then < now_ns && now_ns - then < 5 * RP_NS_PER_S);
    }
    rp_batch_deinit(&batch);
}

static void refused_whole(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"", "byte 0: the document is cut off"},
        {"{}", "node: is missing"},
        {"{'node':{}}", "pods: is missing"},
        {"{'pods':[]}", "node: is missing"},
        {"{'node':null,'pods':[]}", "node: is not an object"},
        {"{'node':[],'pods':[]}", "node: is not an object"},
        {"{'node':{'a' 1},'pods':[]}", "node: is not an object"},
        {"{'node':{},'pods':{}}", "pods: is not a list"},
        {"{'node':{},'pods':[{},{}", "byte 24: the document is cut off"},
        {"{'node':{},'pods':[]}x", "byte 21: something follows the document"},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_batch batch;
        rp_expect_i64(rows[i].text, rp_reading_quoted(rp_read_summary, rows[i].text, &batch), -EINVAL);
        rp_expect_text(rows[i].text, batch.error, rows[i].why);
        rp_batch_deinit(&batch);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_stand_ins),
        cmocka_unit_test(absent_is_not_zero),
        cmocka_unit_test(a_bad_pod_costs_only_itself),
        cmocka_unit_test(samples_have_a_time),
        cmocka_unit_test(refused_whole),
    };
    return RP_RUN(tests);
}
