// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <stdlib.h>

#include "harness/harness.h"
#include "reprieve/link.h"

static struct rp_fact make(enum rp_fact_kind kind)
{
    struct rp_fact fact;
    memset(&fact, 0, sizeof(fact));
    fact.version = RP_LINK_VERSION;
    fact.kind = (uint32_t)kind;
    switch (kind) {
    case RP_FACT_POD:
        memcpy(fact.pod.uid, "uid", 4);
        fact.pod.memory_limit_bytes = -1;
        rp_contract_init(&fact.pod.contract);
        break;
    case RP_FACT_KUBELET:
        fact.kubelet.thresholds_n = RP_THRESHOLDS_MAX;
        break;
    case RP_FACT_POD_STATS:
        fact.pod_stats.uid[0] = 'u';
        fact.pod_stats.working_set_bytes = -1;
        break;
    case RP_FACT_NODE_STATS:
        fact.node_stats = (struct rp_fact_node_stats){
            .available_bytes = -1, .working_set_bytes = -1, .usage_bytes = -1, .nodefs.inodes = -1, .maxpid = -1};
        break;
    default:
        break;
    }
    return fact;
}

static int validate(const struct rp_fact *fact)
{
    return rp_fact_validate(fact, sizeof(*fact));
}

static void accepts_each_kind(void **state)
{
    static const enum rp_fact_kind kinds[] = {RP_FACT_BEGIN,      RP_FACT_POD,    RP_FACT_KUBELET, RP_FACT_POD_STATS,
                                              RP_FACT_NODE_STATS, RP_FACT_SOURCE, RP_FACT_COMMIT};
    (void)state;
    for (size_t i = 0; i < RP_ROWS(kinds); i++) {
        const struct rp_fact fact = make(kinds[i]);
        assert_int_equal(validate(&fact), 0);
    }
}

static void refuses_wrong_frames(void **state)
{
    struct rp_fact fact = make(RP_FACT_BEGIN);
    (void)state;
    for (size_t len = 0; len < sizeof(fact); len += 7) {
        char *cut = rp_exact((const char *)&fact, len);
        assert_int_equal(rp_fact_validate(cut, len), -EINVAL);
        free(cut);
    }
    fact.version++;
    assert_int_equal(validate(&fact), -EINVAL);
    fact = make(RP_FACT_BEGIN);
    fact.list.list = RP_LIST_MAX;
    assert_int_equal(validate(&fact), -EINVAL);
    fact = make(RP_FACT_NONE);
    assert_int_equal(validate(&fact), -EINVAL);
    fact.kind = 99;
    assert_int_equal(validate(&fact), -EINVAL);
}

/* A frame that is right but for one member must be refused: each row breaks one. */
#define BREAK(kind_, member, value_)                                                                                   \
    do {                                                                                                               \
        struct rp_fact broken = make(kind_);                                                                           \
        broken.member = (value_);                                                                                      \
        rp_expect_i64(#member " = " #value_, validate(&broken), -EINVAL);                                              \
    } while (0)

/* The same for a member's bytes, which is how a bool comes to hold 2 and a string to lose its end. */
#define FILL(kind_, member, byte)                                                                                      \
    do {                                                                                                               \
        struct rp_fact broken = make(kind_);                                                                           \
        memset(&broken.member, byte, sizeof(broken.member));                                                           \
        rp_expect_i64(#member " filled with " #byte, validate(&broken), -EINVAL);                                      \
    } while (0)

static void refuses_broken_pods(void **state)
{
    (void)state;
    BREAK(RP_FACT_POD, pod.uid[0], '\0');
    BREAK(RP_FACT_POD, pod.qos, RP_QOS_BEST_EFFORT + 1);
    BREAK(RP_FACT_POD, pod.memory_request_bytes, -1);
    BREAK(RP_FACT_POD, pod.memory_limit_bytes, -2);
    BREAK(RP_FACT_POD, pod.start_unix_s, -1);
    BREAK(RP_FACT_POD, pod.containers_n, RP_CONTAINERS_MAX + 1);
    FILL(RP_FACT_POD, pod.node_critical, 2);
    FILL(RP_FACT_POD, pod.containers_cut, 2);
    FILL(RP_FACT_POD, pod.uid, 'x');
    FILL(RP_FACT_POD, pod.namespace_, 'x');
    FILL(RP_FACT_POD, pod.name, 'x');
    FILL(RP_FACT_POD, pod.critical, 2);
    FILL(RP_FACT_POD, pod.terminating, 2);
    FILL(RP_FACT_POD, pod.finished, 2);
    FILL(RP_FACT_POD, pod.sandboxed, 2);
    FILL(RP_FACT_POD, pod.contract_broken, 255);
    BREAK(RP_FACT_POD, pod.memory_request_cut_nano, 1000000000);
    BREAK(RP_FACT_POD, pod.storage.request_bytes, -1);
    BREAK(RP_FACT_POD, pod.storage.request_cut_nano, 1000000000);
    BREAK(RP_FACT_POD, pod.storage.limit_bytes, -2);
    BREAK(RP_FACT_POD, pod.storage.volumes_n, RP_VOLUMES_MAX + 1);
    BREAK(RP_FACT_POD, pod.storage.containers_n, RP_CONTAINERS_MAX + 1);
    FILL(RP_FACT_POD, pod.storage.more, 2);
    struct rp_fact full = make(RP_FACT_POD);
    full.pod.storage.volumes_n = RP_VOLUMES_MAX;
    full.pod.storage.containers_n = RP_CONTAINERS_MAX;
    assert_int_equal(validate(&full), 0);
    full.pod.storage.volumes[RP_VOLUMES_MAX - 1].limit_bytes = -1;
    assert_int_equal(validate(&full), -EINVAL);
    full.pod.storage.volumes[RP_VOLUMES_MAX - 1].limit_bytes = 0;
    full.pod.storage.containers[RP_CONTAINERS_MAX - 1].limit_bytes = -1;
    assert_int_equal(validate(&full), -EINVAL);
}

static void refuses_broken_contracts(void **state)
{
    struct rp_fact fact = make(RP_FACT_POD);
    (void)state;
    FILL(RP_FACT_POD, pod.contract.protect, 2);
    FILL(RP_FACT_POD, pod.contract.signalfd, 2);
    FILL(RP_FACT_POD, pod.contract.comm, 'x');
    FILL(RP_FACT_POD, pod.contract.ack_path, 'x');
    BREAK(RP_FACT_POD, pod.contract.trigger, 2);
    BREAK(RP_FACT_POD, pod.contract.trigger, RP_TRIGGER_SIGNAL); /* without a signal */
    BREAK(RP_FACT_POD, pod.contract.effect, 2);
    BREAK(RP_FACT_POD, pod.contract.target, 3);
    BREAK(RP_FACT_POD, pod.contract.target, RP_TARGET_COMM); /* without a name */
    BREAK(RP_FACT_POD, pod.contract.ack, 3);
    BREAK(RP_FACT_POD, pod.contract.ack, RP_ACK_FILE); /* without a path */
    BREAK(RP_FACT_POD, pod.contract.floor, RP_ACTION_MAX);
    BREAK(RP_FACT_POD, pod.contract.value, 1001);
    BREAK(RP_FACT_POD, pod.contract.duration_ns, RP_NS_FOREVER);
    BREAK(RP_FACT_POD, pod.contract.timeout_ns, RP_NS_FOREVER);
    BREAK(RP_FACT_POD, pod.contract.min_interval_ns, RP_NS_FOREVER);
    fact.pod.contract.trigger = RP_TRIGGER_SIGNAL;
    fact.pod.contract.signal = SIGUSR1;
    assert_int_equal(validate(&fact), 0);
    fact.pod.contract.signal = SIGKILL;
    assert_int_equal(validate(&fact), -EINVAL);
}

static void refuses_broken_settings(void **state)
{
    (void)state;
    BREAK(RP_FACT_KUBELET, kubelet.thresholds_n, RP_THRESHOLDS_MAX + 1);
    BREAK(RP_FACT_KUBELET, kubelet.thresholds[RP_THRESHOLDS_MAX - 1].signal, RP_SIGNAL_MAX);
    BREAK(RP_FACT_KUBELET, kubelet.thresholds[0].percent, 1.5f);
    BREAK(RP_FACT_KUBELET, kubelet.thresholds[0].percent, -0.1f);
    BREAK(RP_FACT_KUBELET, kubelet.thresholds[0].percent, __builtin_nanf(""));
    BREAK(RP_FACT_KUBELET, kubelet.thresholds[0].reclaim_percent, __builtin_inff());
    BREAK(RP_FACT_KUBELET, kubelet.thresholds[0].quantity_floor, -1);
    BREAK(RP_FACT_KUBELET, kubelet.thresholds[0].reclaim_floor, -1);
    FILL(RP_FACT_KUBELET, kubelet.thresholds[0].is_percent, 2);
    FILL(RP_FACT_KUBELET, kubelet.thresholds[0].reclaim_is_percent, 2);
    BREAK(RP_FACT_KUBELET, kubelet.thresholds[0].quantity_nano, 1000000000);
    FILL(RP_FACT_KUBELET, kubelet.enforce_pods, 2);
    FILL(RP_FACT_KUBELET, kubelet.no_local_isolation, 2);
    FILL(RP_FACT_KUBELET, kubelet.from_defaults, 2);
    /* What lies behind the last threshold is not looked at. */
    struct rp_fact fact = make(RP_FACT_KUBELET);
    fact.kubelet.thresholds_n = 1;
    fact.kubelet.thresholds[1].reclaim_floor = -1;
    assert_int_equal(validate(&fact), 0);
}

static void refuses_broken_stats(void **state)
{
    (void)state;
    BREAK(RP_FACT_POD_STATS, pod_stats.uid[0], '\0');
    BREAK(RP_FACT_POD_STATS, pod_stats.working_set_bytes, -2);
    FILL(RP_FACT_POD_STATS, pod_stats.uid, 'x');
    BREAK(RP_FACT_NODE_STATS, node_stats.available_bytes, -2);
    BREAK(RP_FACT_NODE_STATS, node_stats.working_set_bytes, -2);
    BREAK(RP_FACT_NODE_STATS, node_stats.usage_bytes, -2);
    BREAK(RP_FACT_NODE_STATS, node_stats.pods_available_bytes, -2);
    BREAK(RP_FACT_NODE_STATS, node_stats.pods_working_set_bytes, -2);
    BREAK(RP_FACT_NODE_STATS, node_stats.nodefs.available_bytes, -2);
    BREAK(RP_FACT_NODE_STATS, node_stats.imagefs.inodes_free, -2);
    BREAK(RP_FACT_NODE_STATS, node_stats.containerfs.capacity_bytes, -2);
    BREAK(RP_FACT_NODE_STATS, node_stats.maxpid, -2);
    BREAK(RP_FACT_NODE_STATS, node_stats.curproc, -2);
    BREAK(RP_FACT_POD_STATS, pod_stats.processes, -1);
    BREAK(RP_FACT_POD_STATS, pod_stats.storage.ephemeral_bytes, -1);
    BREAK(RP_FACT_POD_STATS, pod_stats.storage.rootfs_inodes, -1);
    BREAK(RP_FACT_POD_STATS, pod_stats.storage.volumes_n, RP_VOLUMES_MAX + 1);
    BREAK(RP_FACT_POD_STATS, pod_stats.storage.containers_n, RP_CONTAINERS_MAX + 1);
    FILL(RP_FACT_POD_STATS, pod_stats.storage.more, 2);
    struct rp_fact full = make(RP_FACT_POD_STATS);
    full.pod_stats.storage.volumes_n = RP_VOLUMES_MAX;
    full.pod_stats.storage.containers_n = RP_CONTAINERS_MAX;
    assert_int_equal(validate(&full), 0);
    full.pod_stats.storage.volumes[RP_VOLUMES_MAX - 1].inodes = -1;
    assert_int_equal(validate(&full), -EINVAL);
    full.pod_stats.storage.volumes[RP_VOLUMES_MAX - 1].inodes = 0;
    full.pod_stats.storage.containers[RP_CONTAINERS_MAX - 1].logs_bytes = -1;
    assert_int_equal(validate(&full), -EINVAL);
    BREAK(RP_FACT_SOURCE, source.source, RP_SOURCE_MAX);
    FILL(RP_FACT_SOURCE, source.configured, 2);
    FILL(RP_FACT_SOURCE, source.ok, 2);
    FILL(RP_FACT_SOURCE, source.error, 'x');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_each_kind),       cmocka_unit_test(refuses_wrong_frames),
        cmocka_unit_test(refuses_broken_pods),     cmocka_unit_test(refuses_broken_contracts),
        cmocka_unit_test(refuses_broken_settings), cmocka_unit_test(refuses_broken_stats),
    };
    return RP_RUN(tests);
}
