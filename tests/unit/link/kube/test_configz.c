// SPDX-License-Identifier: Apache-2.0
/* configz to thresholds: the configuration that a kubelet shows is the effective one. */
#include <stdio.h>
#include <stdlib.h>

#include "reading.h"

#define MIB RP_MIB

/* Thresholds in one line each: signal, value, grace in seconds if soft, min-reclaim. */
static void describe(const struct rp_fact_kubelet *k, char *dst, size_t size)
{
    size_t n = 0;
    dst[0] = '\0';
    for (uint32_t i = 0; i < k->thresholds_n; i++) {
        const struct rp_threshold *t = &k->thresholds[i];
        char value[32], grace[32] = "", reclaim[40] = "";
        if (t->is_percent)
            (void)snprintf(value, sizeof(value), "%.4g%%", (double)t->percent * 100);
        else
            (void)snprintf(value, sizeof(value), "%lldMi", (long long)(t->quantity_floor / MIB));
        if (t->grace_ns)
            (void)snprintf(grace, sizeof(grace), "/%llus", (unsigned long long)(t->grace_ns / RP_NS_PER_S));
        if (t->reclaim_floor)
            (void)snprintf(reclaim, sizeof(reclaim), "+%lldMi", (long long)(t->reclaim_floor / MIB));
        n += (size_t)snprintf(dst + n, size - n, "%s%s<%s%s%s", n ? " " : "", rp_signal_name((enum rp_signal)t->signal),
                              value, grace, reclaim);
        assert_true(n < size);
    }
}

static void the_stand_ins(void **state)
{
    (void)state;
    size_t len = 0;
    char *text = rp_fixture("tests/fixtures/kube/standin-configz.json", &len), got[512];
    struct rp_batch batch;
    assert_int_equal(rp_reading(rp_read_configz, text, len, &batch), 0);
    assert_int_equal(batch.n, 1);
    assert_int_equal(batch.facts[0].kind, RP_FACT_KUBELET);
    const struct rp_fact_kubelet *kubelet = &batch.facts[0].kubelet;
    describe(kubelet, got, sizeof(got));
    assert_string_equal(got, "memory.available<5%+200Mi allocatableMemory.available<5%+200Mi nodefs.available<10% "
                             "memory.available<300Mi/90s+200Mi");
    assert_true(kubelet->enforce_pods);
    assert_false(kubelet->from_defaults);
    assert_int_equal(kubelet->transition_ns, 300 * RP_NS_PER_S);
    assert_int_equal(kubelet->max_pod_grace_ns, 60 * RP_NS_PER_S);
    rp_batch_deinit(&batch);
    free(text);
}

#define PODS "'enforceNodeAllocatable':['pods']"

static void effective_configurations(void **state)
{
    (void)state;
    static const struct {
        const char *fields, *thresholds, *note;
    } rows[] = {
        {"", "", ""},
        {PODS, "", ""},
        {"'evictionHard':null,'evictionSoft':{}," PODS, "", ""},
        {"'evictionHard':{}," PODS, "", ""},
        {"'evictionHard':{'memory.available':'100Mi'}," PODS,
         "memory.available<100Mi allocatableMemory.available<100Mi", ""},
        /* the list that is not shown is empty, as Go leaves out empty ones */
        {"'evictionHard':{'memory.available':'100Mi'}", "memory.available<100Mi", ""},
        {"'evictionHard':{'memory.available':'100Mi'},'enforceNodeAllocatable':null", "memory.available<100Mi", ""},
        {"'evictionHard':{'memory.available':'100Mi'},'enforceNodeAllocatable':['none',7]", "memory.available<100Mi",
         ""},
        {"'evictionHard':{'memory.available':'100Mi'},'enforceNodeAllocatable':['kube-reserved','pods']",
         "memory.available<100Mi allocatableMemory.available<100Mi", ""},
        /* merged already; what a flag replaced afterwards must not come back */
        {"'evictionHard':{'memory.available':'100Mi'},'mergeDefaultEvictionSettings':true", "memory.available<100Mi",
         ""},
        {"'evictionHard':{'memory.available':'0%','pid.available':'10%'}", "pid.available<10%", ""},
        {"'evictionHard':{'memory.available':'100%'}," PODS, "", ""},
        {"'evictionSoft':{'memory.available':'1Gi'},'evictionSoftGracePeriod':{'memory.available':'2m'}," PODS,
         "memory.available<1024Mi/120s", ""},
        /* soft with grace 0s is hard, twin included */
        {"'evictionSoft':{'memory.available':'1Gi'},'evictionSoftGracePeriod':{'memory.available':'0s'}," PODS,
         "memory.available<1024Mi allocatableMemory.available<1024Mi", ""},
        {"'evictionHard':{'memory.available':'64Mi','gpu.available':'1'}", "memory.available<64Mi",
         "evictionHard: gpu.available: is not known to this version"},
        {"'evictionHard':{'memory.available':'64Mi'},'evictionMinimumReclaim':{'memory.available':'8Mi','x':'1'}",
         "memory.available<64Mi+8Mi", "evictionMinimumReclaim: x: is not known to this version"},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        char text[1024], got[512];
        struct rp_batch batch;
        (void)snprintf(text, sizeof(text), "{'kubeletconfig':{%s}}", rows[i].fields);
        rp_expect_i64(rows[i].fields, rp_reading_quoted(rp_read_configz, text, &batch), 0);
        rp_expect_text(rows[i].fields, batch.note, rows[i].note);
        describe(&batch.facts[0].kubelet, got, sizeof(got));
        rp_expect_text(rows[i].fields, got, rows[i].thresholds);
        rp_batch_deinit(&batch);
    }
}

static void periods(void **state)
{
    (void)state;
    static const struct {
        const char *fields;
        rp_ns transition_s, grace_s;
    } rows[] = {
        {"", 300, 0},
        {"'evictionPressureTransitionPeriod':'30s','evictionMaxPodGracePeriod':5", 30, 5},
        {"'evictionPressureTransitionPeriod':'0s','evictionMaxPodGracePeriod':-5", 0, 0},
        {"'evictionPressureTransitionPeriod':null,'evictionMaxPodGracePeriod':null", 300, 0},
        {"'evictionPressureTransitionPeriod':'1h2m3s','evictionMaxPodGracePeriod':2147483647", 3723, 2147483647},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        char text[512];
        struct rp_batch batch;
        (void)snprintf(text, sizeof(text), "{'kubeletconfig':{%s}}", rows[i].fields);
        rp_expect_i64(rows[i].fields, rp_reading_quoted(rp_read_configz, text, &batch), 0);
        rp_expect_u64(rows[i].fields, batch.facts[0].kubelet.transition_ns, rows[i].transition_s * RP_NS_PER_S);
        rp_expect_u64(rows[i].fields, batch.facts[0].kubelet.max_pod_grace_ns, rows[i].grace_s * RP_NS_PER_S);
        rp_batch_deinit(&batch);
    }
}

static void refused_with_the_field(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"", "byte 0: the document is cut off"},
        {"[]", "byte 0: expected an object"},
        {"{}", "kubeletconfig: is missing"},
        {"{'kubeletconfig':null}", "kubeletconfig: is not an object"},
        {"{'kubeletconfig':[]}", "kubeletconfig: is not an object"},
        {"{'kubeletconfig':{}", "byte 19: the document is cut off"},
        {"{'kubeletconfig':{'a':1,'a':2}}", "line 1 column "},
        {"{'kubeletconfig':{'evictionHard':[]}}", "evictionHard: is not a map"},
        {"{'kubeletconfig':{'evictionHard':'memory.available<1Gi'}}", "evictionHard: is not a map"},
        {"{'kubeletconfig':{'evictionHard':{'memory.available':100}}}", "evictionHard.memory.available: is not a text"},
        {"{'kubeletconfig':{'evictionHard':{'memory.available':null}}}",
         "evictionHard.memory.available: is not a text"},
        {"{'kubeletconfig':{'evictionHard':{'memory.available':'1Gi\\u0000'}}}",
         "evictionHard.memory.available: is not a text"},
        {"{'kubeletconfig':{'evictionHard':{'memory.available':'-1Gi'}}}",
         "evictionHard.memory.available: must be a quantity"},
        {"{'kubeletconfig':{'evictionHard':{'memory.available':'150%'}}}",
         "evictionHard.memory.available: must be a quantity"},
        {"{'kubeletconfig':{'evictionSoft':{'memory.available':'1Gi'}}}",
         "evictionSoft.memory.available: needs an entry in evictionSoftGracePeriod"},
        {"{'kubeletconfig':{'evictionSoftGracePeriod':{'memory.available':'30mins'}}}",
         "evictionSoftGracePeriod.memory.available: must be a duration"},
        {"{'kubeletconfig':{'evictionMinimumReclaim':{'memory.available':'-300Mi'}}}",
         "evictionMinimumReclaim.memory.available: must be"},
        {"{'kubeletconfig':{'evictionPressureTransitionPeriod':5}}", "evictionPressureTransitionPeriod: is not a text"},
        {"{'kubeletconfig':{'evictionPressureTransitionPeriod':'soon'}}",
         "evictionPressureTransitionPeriod: must be a duration"},
        {"{'kubeletconfig':{'evictionMaxPodGracePeriod':'60'}}", "evictionMaxPodGracePeriod: is not a 32-bit number"},
        {"{'kubeletconfig':{'evictionMaxPodGracePeriod':2147483648}}",
         "evictionMaxPodGracePeriod: is not a 32-bit number"},
        {"{'kubeletconfig':{'enforceNodeAllocatable':'pods'}}", "enforceNodeAllocatable: is not a list"},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_batch batch;
        rp_expect_i64(rows[i].text, rp_reading_quoted(rp_read_configz, rows[i].text, &batch), -EINVAL);
        rp_expect_start(rows[i].text, batch.error, rows[i].why);
        rp_expect_i64(rows[i].text, (int64_t)batch.n, 0);
        rp_batch_deinit(&batch);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_stand_ins),
        cmocka_unit_test(effective_configurations),
        cmocka_unit_test(periods),
        cmocka_unit_test(refused_with_the_field),
    };
    return RP_RUN(tests);
}
