// SPDX-License-Identifier: Apache-2.0
/* What of a pod's containers the kernel's choice of a victim follows from. */
#include "one_pod.h"

#define MIB RP_MIB

static void each_containers_request_for_the_kernels_choice(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        int64_t want[4]; /* MiB; containers first, then init containers, -1: there is none */
    } rows[] = {
        {"'containers':[{}]", {0, -1}},
        {"'containers':[" M("'100Mi'") "," M("'28Mi'") "]", {100, 28, -1}},
        {"'containers':[" L("'50Mi'") "]", {50, -1}},
        /* a sidecar goes no earlier than the smallest of those it serves */
        {"'containers':[" M("'100Mi'") "," M("'40Mi'") "],'initContainers':[" SIDECAR("'5Mi'") "]", {100, 40, 40, -1}},
        {"'containers':[" M("'30Mi'") "],'initContainers':[" SIDECAR("'50Mi'") "]", {30, 50, -1}},
        {"'containers':[" M("'30Mi'") "],'initContainers':[" M("'5Mi'") "]", {30, 5, -1}},
        /* what only the pod asks for is shared out: (100 - 40) / 2, (100 - 30) / 2 */
        {"'containers':[" M("'30Mi'") "," M("'10Mi'") "],'resources':{'requests':{'memory':'100Mi'}}", {60, 40, -1}},
        {"'containers':[" M("'20Mi'") "],'initContainers':[" SIDECAR(
             "'10Mi'") "],'resources':{'requests':{'memory':'100Mi'}}",
         {55, 55, -1}},
        {"'containers':[{}],'resources':{'requests':{'memory':'0'}}", {0, -1}},
        /* refused by the API server; the kubelet would compute less than nothing */
        {"'containers':[" M("'30Mi'") "],'resources':{'requests':{'memory':'10Mi'}}", {10, -1}},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_batch batch;
        read_one("", rows[i].spec, "", &batch);
        const struct rp_fact_pod *pod = &batch.facts[0].pod;
        for (uint32_t k = 0; k < 4 && rows[i].want[k] >= 0; k++)
            rp_expect_i64(rows[i].spec, k < pod->containers_n ? pod->containers[k].oom_request_bytes : -1,
                          rows[i].want[k] * MIB);
        rp_expect_i64(rows[i].spec, pod->containers_cut, false);
        rp_batch_deinit(&batch);
    }
}

static void ids_of_containers(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        uint64_t want;
    } rows[] = {
        {"containerd://0123456789abcdef0123456789abcdef", 0x0123456789abcdef},
        {"cri-o://fedcba9876543210", 0xfedcba9876543210},
        {"", 0},
        {"0123456789abcdef", 0},
        {"containerd://0123456789abcde", 0},
        {"containerd://0123456789abcdeg", 0},
        {"containerd://", 0},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_batch batch;
        char status[256];
        (void)snprintf(status, sizeof(status), "'containerStatuses':[{'name':'b'},{'name':'a','containerID':'%s'}]",
                       rows[i].id);
        read_one("", "'containers':[{'name':'a'},{'name':'b'}]", status, &batch);
        rp_expect_i64(rows[i].id, batch.facts[0].pod.containers_n, 2);
        rp_expect_u64(rows[i].id, batch.facts[0].pod.containers[0].id, rows[i].want);
        rp_expect_u64(rows[i].id, batch.facts[0].pod.containers[1].id, 0);
        rp_batch_deinit(&batch);
    }
}

static void more_containers_than_are_told(void **state)
{
    (void)state;
    struct rp_batch batch;
    read_one("", "'containers':[{},{},{},{},{},{},{},{},{}]", "'containerStatuses':7", &batch);
    assert_int_equal(batch.facts[0].pod.containers_n, RP_CONTAINERS_MAX);
    assert_true(batch.facts[0].pod.containers_cut);
    rp_batch_deinit(&batch);
}

static void only_the_class_makes_a_pod_node_critical(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        bool want;
    } rows[] = {
        {"'priority':2000001000,'priorityClassName':'system-node-critical'", true},
        {"'priority':2000000000,'priorityClassName':'system-cluster-critical'", false},
        {"'priority':5,'priorityClassName':'system-node-critical'", false},
        {"'priority':2000001000", false},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_batch batch;
        read_one("", rows[i].spec, "", &batch);
        rp_expect_i64(rows[i].spec, batch.facts[0].pod.node_critical, rows[i].want);
        rp_batch_deinit(&batch);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_containers_request_for_the_kernels_choice),
        cmocka_unit_test(ids_of_containers),
        cmocka_unit_test(more_containers_than_are_told),
        cmocka_unit_test(only_the_class_makes_a_pod_node_critical),
    };
    return RP_RUN(tests);
}
