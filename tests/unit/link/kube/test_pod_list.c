// SPDX-License-Identifier: Apache-2.0
/* PodList to facts: documents as the kubelet writes them, and pods that their owner made to hurt. */
#include <stdio.h>
#include <stdlib.h>

#include "one_pod.h"

#define MIB RP_MIB
#define S   RP_NS_PER_S

static int read_text(const char *text, struct rp_batch *batch)
{
    return rp_reading(rp_read_pod_list, text, strlen(text), batch);
}

static void read_fixture(const char *path, struct rp_batch *batch)
{
    size_t len = 0;
    char *text = rp_fixture(path, &len);
    assert_int_equal(rp_reading(rp_read_pod_list, text, len, batch), 0);
    free(text);
}

/* ---- whole documents */

static void the_kubelets_list(void **state)
{
    (void)state;
    static const struct rp_fact_pod want[] = {
        {.uid = "5a2c1f0e-9a34-4a3c-9d6c-1b6f7f1c7a01",
         .namespace_ = "kube-system",
         .name = "coredns-7db6d8ff4d-4xk2p",
         .priority = 2000000000,
         .qos = RP_QOS_BURSTABLE,
         .critical = true,
         .memory_request_bytes = 70 * MIB,
         .memory_limit_bytes = 170 * MIB,
         .liveness_window_ns = 50 * S,
         .start_unix_s = 1795162378},
        {.uid = "8fbf7c7e0a5a1c2e3b4d5f6a7b8c9d0e",
         .namespace_ = "kube-system",
         .name = "kube-apiserver-n1",
         .priority = 2000001000,
         .qos = RP_QOS_BURSTABLE,
         .critical = true,
         .memory_request_bytes = 0,
         .memory_limit_bytes = -1,
         .liveness_window_ns = 80 * S,
         .start_unix_s = 1795162330},
        /* the init container's 6Gi are more than 4Gi + 1.5Gi + the sidecar's 256Mi; its 12 s are the shortest window */
        {.uid = "0f9d3c52-3a58-4a2e-8a86-64b8d2b1f002",
         .namespace_ = "research",
         .name = "train-0",
         .priority = 100000,
         .qos = RP_QOS_BURSTABLE,
         .sandboxed = true,
         .memory_request_bytes = (6144 + 160) * MIB,
         .memory_limit_bytes = (10240 + 160) * MIB,
         .liveness_window_ns = 12 * S,
         .start_unix_s = 1795219205},
        {.uid = "0f9d3c52-3a58-4a2e-8a86-64b8d2b1f003",
         .namespace_ = "research",
         .name = "pod-level",
         .priority = -10,
         .qos = RP_QOS_GUARANTEED,
         .terminating = true,
         .memory_request_bytes = 2048 * MIB,
         .memory_limit_bytes = 3072 * MIB,
         .liveness_window_ns = RP_NS_FOREVER},
        {.uid = "0f9d3c52-3a58-4a2e-8a86-64b8d2b1f004",
         .namespace_ = "default",
         .name = "best-effort",
         .qos = RP_QOS_BEST_EFFORT,
         .memory_limit_bytes = -1,
         .liveness_window_ns = RP_NS_FOREVER},
        {.uid = "0f9d3c52-3a58-4a2e-8a86-64b8d2b1f005",
         .namespace_ = "default",
         .name = "done",
         .finished = true,
         .memory_limit_bytes = -1,
         .liveness_window_ns = RP_NS_FOREVER},
    };
    struct rp_batch batch;
    read_fixture("tests/fixtures/kube/kubelet-pods.json", &batch);
    assert_int_equal(batch.n, RP_ROWS(want));
    assert_string_equal(batch.note, "");
    for (size_t i = 0; i < RP_ROWS(want); i++) {
        const struct rp_fact_pod *got = &batch.facts[i].pod, *w = &want[i];
        rp_expect_i64(w->name, batch.facts[i].kind, RP_FACT_POD);
        rp_expect_text(w->name, got->uid, w->uid);
        rp_expect_text(w->name, got->namespace_, w->namespace_);
        rp_expect_text(w->name, got->name, w->name);
        rp_expect_i64(w->name, got->priority, w->priority);
        rp_expect_i64(w->name, got->qos, w->qos);
        rp_expect_i64(w->name, got->critical, w->critical);
        rp_expect_i64(w->name, got->terminating, w->terminating);
        rp_expect_i64(w->name, got->finished, w->finished);
        rp_expect_i64(w->name, got->sandboxed, w->sandboxed);
        rp_expect_i64(w->name, got->contract_broken, false);
        rp_expect_i64(w->name, got->memory_request_bytes, w->memory_request_bytes);
        rp_expect_i64(w->name, got->memory_limit_bytes, w->memory_limit_bytes);
        rp_expect_u64(w->name, got->liveness_window_ns, w->liveness_window_ns);
        rp_expect_i64(w->name, got->start_unix_s, w->start_unix_s);
    }
    const struct rp_contract *contract = &batch.facts[2].pod.contract;
    assert_true(contract->protect);
    assert_int_equal(contract->value, 950);
    assert_int_equal(contract->floor, RP_ACTION_NONE);
    assert_int_equal(contract->trigger, RP_TRIGGER_SIGNAL);
    assert_string_equal(contract->ack_path, "/ckpt/ACK");
    assert_int_equal(contract->duration_ns, 45 * S);
    assert_false(batch.facts[0].pod.contract.protect);
    rp_batch_deinit(&batch);
}

static void the_stand_ins_list(void **state)
{
    (void)state;
    struct rp_batch batch;
    read_fixture("tests/fixtures/kube/standin-pods.json", &batch);
    assert_int_equal(batch.n, 7);
    assert_string_equal(batch.note, "");
    const struct rp_fact_pod *assembly = &batch.facts[0].pod, *worker = &batch.facts[1].pod;
    assert_true(assembly->contract.protect);
    assert_int_equal(assembly->memory_request_bytes, 512 * MIB);
    assert_int_equal(assembly->memory_limit_bytes, 4096 * MIB);
    assert_int_equal(worker->memory_request_bytes, 1600 * MIB);
    assert_int_equal(worker->memory_limit_bytes, -1);
    assert_int_equal(worker->liveness_window_ns, 10 * S);
    assert_true(batch.facts[3].pod.critical && batch.facts[4].pod.critical);
    assert_false(batch.facts[0].pod.critical || batch.facts[1].pod.critical);
    assert_true(batch.facts[5].pod.finished && !batch.facts[5].pod.terminating);
    assert_true(batch.facts[6].pod.terminating && !batch.facts[6].pod.finished);
    rp_batch_deinit(&batch);
}

static void memory_is_summed_as_the_kubelet_does(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        int64_t request, limit;
    } rows[] = {
        {"'containers':[{}]", 0, -1},
        {"'containers':[]", 0, -1},
        {"'containers':null", 0, -1},
        {"'containers':[" M("'100Mi'") "," M("'28Mi'") "]", 128 * MIB, -1},
        {"'containers':[" RL("'100Mi'", "'200Mi'") "," L("'50Mi'") "]", 150 * MIB, 250 * MIB},
        {"'containers':[" RL("'100Mi'", "'200Mi'") ",{}]", 100 * MIB, -1},
        {"'containers':[" RL("'1Mi'", "'0'") "]", 1 * MIB, -1},
        {"'containers':[" RL("'0'", "'5Mi'") "]", 0, 5 * MIB},
        {"'containers':[" M("1048576") "]", 1 * MIB, -1},
        {"'containers':[" M("1e6") "]", 1000000, -1},
        {"'containers':[" M("'0.5'") "," M("'0.5'") "]", 1, -1}, /* added exactly, then rounded */
        {"'containers':[" M("'0.5'") "," M("'0.6'") "]", 2, -1},
        {"'containers':[" M("null") "]", 0, -1},
        {"'containers':[{'resources':null}]", 0, -1},
        {"'containers':[{'resources':{'requests':null,'limits':{'cpu':'1'}}}]", 0, -1},
        {"'containers':[" M("'9Ei'") "," M("'9Ei'") "]", INT64_MAX, -1},
        {"'containers':[" M("'9Ei'") "],'overhead':{'memory':'1Mi'}", INT64_MAX, -1},
        /* init containers: the largest one counts, sidecars before it on top, sidecars behind it not */
        {"'containers':[" M("'10Mi'") "],'initContainers':[" M("'50Mi'") "," M("'40Mi'") "]", 50 * MIB, -1},
        {"'containers':[" M("'60Mi'") "],'initContainers':[" M("'50Mi'") "]", 60 * MIB, -1},
        {"'containers':[" M("'10Mi'") "],'initContainers':[" SIDECAR("'5Mi'") "," M("'50Mi'") "]", 55 * MIB, -1},
        {"'containers':[" M("'10Mi'") "],'initContainers':[" M("'50Mi'") "," SIDECAR("'5Mi'") "]", 50 * MIB, -1},
        {"'containers':[" M("'10Mi'") "],'initContainers':[" SIDECAR("'5Mi'") "," SIDECAR("'7Mi'") "]", 22 * MIB, -1},
        {"'containers':[" RL("'10Mi'", "'20Mi'") "],'initContainers':[" SIDECAR("'5Mi'") "]", 15 * MIB, 25 * MIB},
        {"'containers':[" RL("'10Mi'", "'20Mi'") "],'initContainers':[" RL("'1Mi'", "'90Mi'") "]", 10 * MIB, 90 * MIB},
        {"'containers':[" RL("'10Mi'", "'20Mi'") "],'initContainers':[{}]", 10 * MIB, -1},
        {"'containers':[" M("'10Mi'") "],'initContainers':[" L("'64Mi'") "]", 64 * MIB, -1},
        /* overhead only on top of something */
        {"'containers':[" M("'10Mi'") "],'overhead':{'memory':'3Mi','cpu':'1'}", 13 * MIB, -1},
        {"'containers':[" L("'10Mi'") "],'overhead':{'memory':'3Mi'}", 13 * MIB, 13 * MIB},
        {"'containers':[{}],'overhead':{'memory':'3Mi'}", 0, -1},
        /* the pod level replaces the sum, also with less */
        {"'containers':[" M("'10Mi'") "],'resources':{'requests':{'memory':'4Mi'}}", 4 * MIB, -1},
        {"'containers':[" M("'10Mi'") "],'resources':{'requests':{'cpu':'1'}}", 10 * MIB, -1},
        {"'containers':[" M("'10Mi'") "],'resources':{'requests':{'memory':'0'}}", 0, -1},
        {"'containers':[{}],'resources':{'limits':{'memory':'8Mi'}},'overhead':{'memory':'1Mi'}", 0, 9 * MIB},
        {"'containers':[" L("'10Mi'") "],'resources':{'limits':{'memory':'8Mi'}}", 10 * MIB, 8 * MIB},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_batch batch;
        read_one("", rows[i].spec, "", &batch);
        rp_expect_text(rows[i].spec, batch.note, "");
        rp_expect_i64(rows[i].spec, batch.facts[0].pod.memory_request_bytes, rows[i].request);
        rp_expect_i64(rows[i].spec, batch.facts[0].pod.memory_limit_bytes, rows[i].limit);
        rp_batch_deinit(&batch);
    }
}

static void the_shortest_liveness_window(void **state)
{
    (void)state;
#define PROBE(fields) "{'livenessProbe':{" fields "}}"
    static const struct {
        const char *spec;
        rp_ns ns;
    } rows[] = {
        {"'containers':[{}]", RP_NS_FOREVER},
        {"'containers':[{'livenessProbe':null}]", RP_NS_FOREVER},
        {"'containers':[{'readinessProbe':{'periodSeconds':1}}]", RP_NS_FOREVER},
        {"'containers':[" PROBE("") "]", 30 * S},
        {"'containers':[" PROBE("'periodSeconds':2") "]", 6 * S},
        {"'containers':[" PROBE("'failureThreshold':1") "]", 10 * S},
        {"'containers':[" PROBE("'periodSeconds':0,'failureThreshold':-3") "]", 30 * S},
        {"'containers':[" PROBE("'periodSeconds':'2'") "]", 30 * S},
        {"'containers':[" PROBE("'periodSeconds':1e300,'failureThreshold':1e300") "]", UINT64_MAX},
        {"'containers':[" PROBE("") "," PROBE("'periodSeconds':3") "," PROBE("'periodSeconds':5") "]", 9 * S},
        {"'containers':[{}],'initContainers':[" PROBE("'periodSeconds':1") "]", RP_NS_FOREVER},
        {"'containers':[{}],'initContainers':[{'restartPolicy':'Always','livenessProbe':{'periodSeconds':1}}]", 3 * S},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_batch batch;
        read_one("", rows[i].spec, "", &batch);
        rp_expect_u64(rows[i].spec, batch.facts[0].pod.liveness_window_ns, rows[i].ns);
        rp_batch_deinit(&batch);
    }
}

/* ---- standing and state */

static void who_is_critical(void **state)
{
    (void)state;
    static const struct {
        const char *metadata, *spec, *uid;
        int32_t priority;
        bool critical;
    } rows[] = {
        {"", "", "u", 0, false},
        {"", "'priority':1999999999", "u", 1999999999, false},
        {"", "'priority':2000000000", "u", 2000000000, true},
        {"", "'priority':2147483647", "u", INT32_MAX, true},
        {"", "'priority':-2147483648", "u", INT32_MIN, false},
        {",'annotations':null", "'priority':null", "u", 0, false},
        {",'annotations':{'kubernetes.io/config.source':'api'}", "", "u", 0, false},
        {",'annotations':{'kubernetes.io/config.source':'file'}", "", "u", 0, true},
        {",'annotations':{'kubernetes.io/config.source':'http'}", "", "u", 0, true},
        {",'annotations':{'kubernetes.io/config.mirror':'0123abc'}", "", "0123abc", 0, true},
        {",'annotations':{'kubernetes.io/config.mirror':''}", "", "u", 0, true},
        {",'annotations':{'kubernetes.io/config.hash':'0123abc'}", "", "u", 0, false},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_batch batch;
        read_one(rows[i].metadata, rows[i].spec, "", &batch);
        rp_expect_text(rows[i].metadata, batch.facts[0].pod.uid, rows[i].uid);
        rp_expect_i64(rows[i].metadata, batch.facts[0].pod.priority, rows[i].priority);
        rp_expect_i64(rows[i].metadata, batch.facts[0].pod.critical, rows[i].critical);
        rp_batch_deinit(&batch);
    }
}

static void in_which_state(void **state)
{
    (void)state;
    static const struct {
        const char *metadata, *spec, *status;
        bool terminating, finished, sandboxed;
        int64_t start;
    } rows[] = {
        {"", "", "'phase':'Running','startTime':'2026-11-23T10:00:00Z'", false, false, false, 1795428000},
        {"", "", "'phase':'Pending','startTime':null", false, false, false, 0},
        {"", "", "'phase':'Succeeded'", false, true, false, 0},
        {"", "", "'phase':'Failed','startTime':'soon'", false, true, false, 0},
        {"", "", "'phase':7,'startTime':7", false, false, false, 0},
        {"", "", "'startTime':'0001-01-01T00:00:00Z'", false, false, false, 0},
        {"", "", "'startTime':'1960-01-01T00:00:00Z'", false, false, false, 0},
        {"", "", "'startTime':'2999-01-01T00:00:00Z'", false, false, false, 0},
        {",'deletionTimestamp':'2026-11-23T10:00:00Z'", "", "'phase':'Failed'", true, false, false, 0},
        {",'deletionTimestamp':null", "", "'phase':'Failed'", false, true, false, 0},
        {"", "'runtimeClassName':'gvisor'", "", false, false, true, 0},
        {"", "'runtimeClassName':'a\\u0000'", "", false, false, true, 0},
        {"", "'runtimeClassName':''", "", false, false, false, 0},
        {"", "'runtimeClassName':null", "", false, false, false, 0},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_batch batch;
        read_one(rows[i].metadata, rows[i].spec, rows[i].status, &batch);
        const struct rp_fact_pod *pod = &batch.facts[0].pod;
        rp_expect_i64(rows[i].status, pod->terminating, rows[i].terminating);
        rp_expect_i64(rows[i].status, pod->finished, rows[i].finished);
        rp_expect_i64(rows[i].status, pod->sandboxed, rows[i].sandboxed);
        rp_expect_i64(rows[i].status, pod->start_unix_s, rows[i].start);
        rp_batch_deinit(&batch);
    }
}

/* ---- contracts */

static void a_contract_that_is_not_understood(void **state)
{
    (void)state;
    static const struct {
        const char *annotations, *note;
        bool broken, protect;
    } rows[] = {
        {"'other.dev/protect':'true','reprieve.devil/protect':'true'", "", false, false},
        {"'reprieve.dev/protect':'true'", "", false, true},
        {"'reprieve.dev/protect':true", "ns/p: protect: is not a text", true, false},
        {"'reprieve.dev/protect':'true\\u0000'", "ns/p: protect: is not a text", true, false},
        {"'reprieve.dev/protect':'true','reprieve.dev/value':'many'", "ns/p: value: ", true, true},
        {"'reprieve.dev/value':'many','reprieve.dev/protect':'true'", "ns/p: value: ", true, true},
        {"'reprieve.dev/':'x'", "ns/p: unknown key ''", true, false},
        {"'reprieve.dev/protec':'true'", "ns/p: protec: ", true, false},
        {"'reprieve.dev/checkpoint':'http::8080/x'", "ns/p: checkpoint: ", true, false},
        {"'reprieve.dev/checkpoint-ack':'file:/x'", "ns/p: annotations: ", true, false},
        {"'reprieve.dev/checkpoint':'signal:TERM'", "ns/p: annotations: ", true, false},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        char metadata[512];
        struct rp_batch batch;
        (void)snprintf(metadata, sizeof(metadata), ",'annotations':{%s}", rows[i].annotations);
        read_one(metadata, "", "", &batch);
        const struct rp_fact_pod *pod = &batch.facts[0].pod;
        rp_expect_i64(rows[i].annotations, pod->contract_broken, rows[i].broken);
        rp_expect_i64(rows[i].annotations, pod->contract.protect, rows[i].protect);
        rp_expect_start(rows[i].annotations, batch.note, rows[i].note);
        rp_expect_i64(rows[i].annotations, batch.note[0] != '\0', rows[i].broken);
        rp_batch_deinit(&batch);
    }
}

/* ---- pods that are left out, one by one */

static void a_bad_pod_costs_only_itself(void **state)
{
    (void)state;
    static const struct {
        const char *item, *note;
    } rows[] = {
        {"null", "items[1]: metadata.uid: is missing"},
        {"7", "items[1]: metadata.uid: is missing"},
        {"[]", "items[1]: metadata.uid: is missing"},
        {"'x'", "items[1]: metadata.uid: is missing"},
        {"{}", "items[1]: metadata.uid: is missing"},
        {"{'metadata':[]}", "items[1]: metadata.uid: is missing"},
        {"{'metadata':{'uid':null}}", "items[1]: metadata.uid: is missing"},
        {"{'metadata':{'uid':''}}", "items[1]: metadata.uid: is missing"},
        {"{'metadata':{'uid':12}}", "items[1]: metadata.uid: is missing"},
        {"{'metadata':{'uid':'a\\u0000b'}}", "items[1]: metadata.uid: is missing"},
        {"{'metadata':{'uid':'0123456789012345678901234567890123456789'}}", "items[1]: metadata.uid: is too long"},
        {"{'metadata':{'uid':'v','name':'n','namespace':'m'}}", "m/n: spec: is missing"},
        {"{'metadata':{'uid':'v','name':'n','namespace':'m'},'spec':[]}", "m/n: spec: is missing"},
        {"{'metadata':{'uid':'v'},'spec':{'priority':'high'}}", "/: spec.priority: is not a 32-bit number"},
        {"{'metadata':{'uid':'v'},'spec':{'priority':2147483648}}", "/: spec.priority: is not a 32-bit number"},
        {"{'metadata':{'uid':'v'},'spec':{'priority':1.5}}", "/: spec.priority: is not a 32-bit number"},
        {"{'metadata':{'uid':'v'},'spec':{'priority':18446744073709551616}}",
         "/: spec.priority: is not a 32-bit number"},
        {"{'metadata':{'uid':'v'},'spec':{'containers':{}}}", "/: containers: is not a list"},
        {"{'metadata':{'uid':'v'},'spec':{'containers':[[]]}}", "/: containers: an element is not an object"},
        {"{'metadata':{'uid':'v'},'spec':{'initContainers':'x'}}", "/: initContainers: is not a list"},
        {"{'metadata':{'uid':'v'},'spec':{'containers':[{},{'resources':{'requests':{'memory':'12 Mi'}}}]}}",
         "/: containers[1].resources.requests.memory: 12 Mi"},
        {"{'metadata':{'uid':'v'},'spec':{'containers':[{'resources':{'limits':{'memory':'-1'}}}]}}",
         "/: containers[0].resources.limits.memory: -1"},
        {"{'metadata':{'uid':'v'},'spec':{'containers':[{'resources':{'limits':{'memory':-1}}}]}}",
         "/: containers[0].resources.limits.memory: is not a quantity"},
        {"{'metadata':{'uid':'v'},'spec':{'containers':[{'resources':{'limits':{'memory':0.5}}}]}}",
         "/: containers[0].resources.limits.memory: is not a quantity"},
        {"{'metadata':{'uid':'v'},'spec':{'overhead':{'memory':{}}}}", "/: overhead.memory: is not a quantity"},
        {"{'metadata':{'uid':'v'},'spec':{'resources':{'requests':{'memory':'x'}}}}",
         "/: resources.requests.memory: x"},
        {"{'metadata':{'uid':'v','uid':'w'}}", "items[1]: line 1 column "},
        {"{'metadata':{'uid':'v\xff'}}", "items[1]: line 1 column "},
        {"{'a':1e999}", "items[1]: line 1 column "},
        {"{'a' 1}", "items[1]: line 1 column "},
        {"{'a':01}", "items[1]: line 1 column "},
        {"{'a':[}]", "items[1]: line 1 column "},
        {"{'a\\u0000':1}", "items[1]: line 1 column "},
        {"{'metadata':{'uid':'u1'},'spec':{}}", "/: metadata.uid: another pod has the same one"},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        char text[2048];
        struct rp_batch batch;
        (void)snprintf(text, sizeof(text),
                       "{'kind':'PodList','items':[{'metadata':{'uid':'u1'},'spec':{}},%s,"
                       "{'metadata':{'uid':'u2'},'spec':{}}]}",
                       rows[i].item);
        rp_expect_i64(rows[i].item, rp_reading_quoted(rp_read_pod_list, text, &batch), 0);
        rp_expect_i64(rows[i].item, (int64_t)batch.n, 2);
        rp_expect_text(rows[i].item, batch.facts[1].pod.uid, "u2");
        rp_expect_start(rows[i].item, batch.note, rows[i].note);
        rp_batch_deinit(&batch);
    }
}

static void names_of_any_length(void **state)
{
    (void)state;
    static const struct {
        int namespace_, name;
        const char *note;
    } rows[] = {
        {63, 253, "nnnnnnnnnnnnnnnnnnnn/nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn: value: "},
        {63, 255, "nnnnnnnnnnnnnnnnnnnn/nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn: value: "},
        {63, 256, "items[0]: metadata.name: is too long"},
        {64, 253, "items[0]: metadata.namespace: is too long"},
    };
    char n[300];
    memset(n, 'n', sizeof(n));
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        char text[1024];
        struct rp_batch batch;
        (void)snprintf(
            text, sizeof(text),
            "{\"kind\":\"PodList\",\"items\":[{\"metadata\":{\"uid\":\"u\",\"namespace\":\"%.*s\",\"name\":\"%.*s\","
            "\"annotations\":{\"reprieve.dev/value\":\"%.290s\"}},\"spec\":{}}]}",
            rows[i].namespace_, n, rows[i].name, n, n);
        assert_int_equal(read_text(text, &batch), 0);
        rp_expect_start(rows[i].note, batch.note, rows[i].note);
        rp_batch_deinit(&batch);
    }
}

/* ---- refused whole */

static void documents_that_are_no_list(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"", "byte 0: the document is cut off"},
        {"404 page not found\n", "byte 0: expected an object"},
        {"{\"kind\":\"Status\",\"items\":[]}", "kind: is not PodList"},
        {"{\"items\":[]}", "kind: is not PodList"},
        {"{\"kind\":[\"PodList\"],\"items\":[]}", "kind: is not PodList"},
        {"{\"kind\":\"PodList\"}", "items: is missing"},
        {"{\"kind\":\"PodList\",\"items\":{}}", "items: is not a list"},
        {"{\"kind\":\"PodList\",\"items\":\"\"}", "items: is not a list"},
        {"{\"kind\":\"PodList\",\"items\":[{} {}]}", "items: is not a list"},
        {"{\"kind\":\"PodList\",\"items\":[{}],\"items\":[]}", "byte 41: a member is there twice"},
        {"{\"kind\":\"PodList\",\"items\":[{},", "byte 30: the document is cut off"},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_batch batch;
        rp_expect_i64(rows[i].text, read_text(rows[i].text, &batch), -EINVAL);
        rp_expect_text(rows[i].text, batch.error, rows[i].why);
        rp_batch_deinit(&batch);
    }
}

static void an_empty_list_is_a_list(void **state)
{
    (void)state;
    static const char *const rows[] = {"{\"kind\":\"PodList\",\"items\":null}", "{\"items\":[],\"kind\":\"PodList\"}"};
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_batch batch;
        rp_expect_i64(rows[i], read_text(rows[i], &batch), 0);
        rp_expect_i64(rows[i], (int64_t)batch.n, 0);
        rp_batch_deinit(&batch);
    }
}

/* Cut anywhere, the list is refused; with any byte replaced, it is read or refused, and what is read is valid. */
static void torn_and_damaged(void **state)
{
    (void)state;
    size_t len = 0;
    char *text = rp_fixture("tests/fixtures/kube/kubelet-pods.json", &len);
    struct rp_batch batch;
    while (text[len - 1] == '\n')
        len--;
    for (size_t cut = 0; cut < len; cut += cut < 200 ? 1 : 13) {
        assert_int_equal(rp_reading(rp_read_pod_list, text, cut, &batch), -EINVAL);
        rp_batch_deinit(&batch);
    }
    for (size_t i = 0; i < len; i += 7) {
        static const char bytes[] = {'\0', '"', '{', ']', '\\', '\xff', '0'};
        const char was = text[i];
        text[i] = bytes[i % sizeof(bytes)];
        (void)rp_reading(rp_read_pod_list, text, len, &batch);
        rp_batch_deinit(&batch);
        text[i] = was;
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kubelets_list),
        cmocka_unit_test(the_stand_ins_list),
        cmocka_unit_test(memory_is_summed_as_the_kubelet_does),
        cmocka_unit_test(the_shortest_liveness_window),
        cmocka_unit_test(who_is_critical),
        cmocka_unit_test(in_which_state),
        cmocka_unit_test(a_contract_that_is_not_understood),
        cmocka_unit_test(a_bad_pod_costs_only_itself),
        cmocka_unit_test(names_of_any_length),
        cmocka_unit_test(documents_that_are_no_list),
        cmocka_unit_test(an_empty_list_is_a_list),
        cmocka_unit_test(torn_and_damaged),
    };
    return RP_RUN(tests);
}
