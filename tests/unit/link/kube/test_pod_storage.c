// SPDX-License-Identifier: Apache-2.0
/* What a pod's spec says of disks, and what the kubelet's statistics say that it uses. */
#include "one_pod.h"

#include <time.h>

#include "base/str.h"

#define MIB INT64_C(1048576)

static const struct rp_storage_limits *read_spec(const char *spec, struct rp_batch *batch)
{
    read_one("", spec, "", batch);
    rp_expect_text(spec, batch->note, "");
    assert_int_equal(batch->n, 1);
    return &batch->facts[0].pod.storage;
}

static uint64_t named(const char *name)
{
    return rp_hash(name, strlen(name));
}

#define R(req)     "{'resources':{'requests':{'ephemeral-storage':" req "}}}"
#define C(lim)     "{'resources':{'limits':{'ephemeral-storage':" lim "}}}"
#define CONTAINERS "'containers':["
#define SIDE(req)  "{'restartPolicy':'Always','resources':{'requests':{'ephemeral-storage':" req "}}}"

static void requests_and_limits(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        int64_t request;
        uint32_t cut_nano;
        int64_t limit;
    } rows[] = {
        {CONTAINERS "{}]", 0, 0, -1},
        {CONTAINERS R("'1Gi'") "," R("'1Mi'") "]", 1025 * MIB, 0, -1},
        {CONTAINERS C("'2Mi'") "]", 2 * MIB, 0, 2 * MIB}, /* a request follows from a limit */
        {CONTAINERS C("'2Mi'") ",{}]", 2 * MIB, 0, 2 * MIB},
        {CONTAINERS C("'0'") "]", 0, 0, 0},                                 /* a limit of nothing is one */
        {CONTAINERS R("'0.3Ki'") "," R("'0.3Ki'") "]", 615, 600000000, -1}, /* 614.4 */
        {CONTAINERS C("'0.3Ki'") "]", 308, 800000000, 307},
        {CONTAINERS R("'1Mi'") "],'initContainers':[" SIDE("'2Mi'") "," R("'5Mi'") "]", 7 * MIB, 0, -1},
        {CONTAINERS R("'1Mi'") "],'overhead':{'ephemeral-storage':'1Mi'}", 2 * MIB, 0, -1},
        {CONTAINERS C("'1Mi'") "],'overhead':{'ephemeral-storage':'1Mi'}", 2 * MIB, 0, 2 * MIB},
        {CONTAINERS R("'9Ei'") "," R("'9Ei'") "]", INT64_MAX, 0, -1},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_batch batch;
        const struct rp_storage_limits *storage = read_spec(rows[i].spec, &batch);
        rp_expect_i64(rows[i].spec, storage->request_bytes, rows[i].request);
        rp_expect_u64(rows[i].spec, storage->request_cut_nano, rows[i].cut_nano);
        rp_expect_i64(rows[i].spec, storage->limit_bytes, rows[i].limit);
        rp_batch_deinit(&batch);
    }
}

static void memory_keeps_its_fraction(void **state)
{
    (void)state;
    struct rp_batch batch;
    (void)read_spec(CONTAINERS M("'0.3Ki'") "],'terminationGracePeriodSeconds':45", &batch);
    rp_expect_i64("rounded up", batch.facts[0].pod.memory_request_bytes, 308);
    rp_expect_u64("less 0.8", batch.facts[0].pod.memory_request_cut_nano, 800000000);
    rp_expect_u64("grace", batch.facts[0].pod.termination_grace_ns, 45 * RP_NS_PER_S);
    rp_batch_deinit(&batch);
    (void)read_spec(CONTAINERS "{}]", &batch);
    rp_expect_u64("no grace", batch.facts[0].pod.termination_grace_ns, RP_NS_FOREVER);
    rp_batch_deinit(&batch);
}

static void containers_and_volumes_with_limits(void **state)
{
    (void)state;
    struct rp_batch batch;
    const struct rp_storage_limits *storage =
        read_spec(CONTAINERS "{'name':'a'},{'name':'b','resources':{'limits':{'ephemeral-storage':'2Mi'}}}],"
                             "'initContainers':[{'name':'i','resources':{'limits':{'ephemeral-storage':'1Mi'}}}],"
                             "'volumes':[{'name':'scratch','emptyDir':{'sizeLimit':'1.5Ki'}},"
                             "{'name':'shm','emptyDir':{'medium':'Memory','sizeLimit':'64Mi'}},"
                             "{'name':'ram','emptyDir':{'medium':'Memory'}},{'name':'host','hostPath':{'path':'/x'}},"
                             "{'name':'conf','configMap':{'name':'c'}},{'name':'secret','secret':{}},"
                             "{'name':'data','persistentVolumeClaim':{'claimName':'d'}}]",
                  &batch);
    static const struct {
        const char *name;
        int64_t limit_bytes;
        bool local;
    } volumes[] = {{"scratch", 1536, true}, {"shm", 64 * MIB, false}, {"host", 0, true}, {"conf", 0, true}};
    rp_expect_u64("one container", storage->containers_n, 1);
    rp_expect_u64("b", storage->containers[0].name, named("b"));
    rp_expect_i64("2Mi", storage->containers[0].limit_bytes, 2 * MIB);
    rp_expect_u64("four volumes", storage->volumes_n, RP_ROWS(volumes));
    for (size_t i = 0; i < RP_ROWS(volumes); i++) {
        rp_expect_u64(volumes[i].name, storage->volumes[i].name, named(volumes[i].name));
        rp_expect_i64(volumes[i].name, storage->volumes[i].limit_bytes, volumes[i].limit_bytes);
        rp_expect_u64(volumes[i].name, storage->volumes[i].local, volumes[i].local);
    }
    assert_false(storage->more);
    rp_batch_deinit(&batch);
}

static void more_than_fit_is_said(void **state)
{
    (void)state;
    char spec[4000] = CONTAINERS "{}],'volumes':[";
    struct rp_batch batch;
    for (int i = 0; i <= RP_VOLUMES_MAX; i++)
        (void)snprintf(spec + strlen(spec), sizeof(spec) - strlen(spec), "%s{'name':'v%d','emptyDir':{}}", i ? "," : "",
                       i);
    (void)snprintf(spec + strlen(spec), sizeof(spec) - strlen(spec), ",{'name':'small','emptyDir':{'sizeLimit':7}}]");
    const struct rp_storage_limits *storage = read_spec(spec, &batch);
    rp_expect_u64("as many as fit", storage->volumes_n, RP_VOLUMES_MAX);
    rp_expect_i64("one with a limit comes in all the same", storage->volumes[0].limit_bytes, 7);
    assert_true(storage->more);
    rp_batch_deinit(&batch);
}

static void says_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *spec, *note;
    } rows[] = {
        {CONTAINERS C("'1gi'") "]", "ns/p: containers[0].resources.limits.ephemeral-storage: 1gi"},
        {CONTAINERS "{}],'volumes':[{'emptyDir':{'sizeLimit':[]}}]",
         "ns/p: volumes[0].emptyDir.sizeLimit: is not a quantity"},
        {CONTAINERS R("'-1'") "]", "ns/p: containers[0].resources.requests.ephemeral-storage: -1"},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_batch batch;
        read_one("", rows[i].spec, "", &batch);
        rp_expect_text(rows[i].spec, batch.note, rows[i].note);
        assert_int_equal(batch.n, 0);
        rp_batch_deinit(&batch);
    }
}

static void an_eviction_has_a_time(void **state)
{
    (void)state;
    static const struct {
        const char *about, *reason, *type, *by;
        bool evicted;
    } rows[] = {
        {"for a threshold", "Evicted", "DisruptionTarget", "TerminationByKubelet", true},
        {"by the eviction API", "Evicted", "DisruptionTarget", "EvictionByEvictionAPI", false},
        {"refused, or above a limit of storage", "Evicted", "Ready", "PodFailed", false},
        {"at the node's shutdown", "Terminated", "DisruptionTarget", "TerminationByKubelet", false},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        char now[40], status[400];
        const time_t t = time(NULL);
        struct tm tm;
        struct rp_batch batch;
        (void)strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
        (void)snprintf(status, sizeof(status),
                       "'phase':'Failed','reason':'%s','conditions':[{'type':'Initialized'},{'type':'%s','reason':'%s',"
                       "'lastTransitionTime':'%s'}]",
                       rows[i].reason, rows[i].type, rows[i].by, now);
        read_one("", CONTAINERS "{}]", status, &batch);
        rp_expect_u64(rows[i].about, batch.facts[0].pod.evicted_ns > 0, rows[i].evicted);
        rp_batch_deinit(&batch);
    }
}

/* ---- statistics */

static void what_a_pod_uses(void **state)
{
    (void)state;
    struct rp_batch batch;
    assert_int_equal(
        rp_reading_quoted(
            rp_read_summary,
            "{'node':{'fs':{'availableBytes':5,'capacityBytes':9,'inodesFree':3,'inodes':4},'runtime':{'imageFs':"
            "{'availableBytes':7}},'rlimit':{'maxpid':100,'curproc':40}},'pods':[{'podRef':{'uid':'u'},"
            "'process_stats':{'process_count':17},'ephemeral-storage':{'usedBytes':99},'containers':["
            "{'name':'a','rootfs':{'usedBytes':10,'inodesUsed':1},'logs':{'usedBytes':20,'inodesUsed':2}},"
            "{'name':'b','rootfs':{'usedBytes':30},'logs':null}],'volume':[{'name':'v','usedBytes':40,'inodesUsed':5},"
            "{'name':'claim','usedBytes':1000,'pvcRef':{'name':'c'}}]},{'podRef':{'uid':'bare'}}]}",
            &batch),
        0);
    const struct rp_fact_node_stats *node = &batch.facts[0].node_stats;
    rp_expect_i64("nodefs", node->nodefs.available_bytes, 5);
    rp_expect_i64("its inodes", node->nodefs.inodes_free, 3);
    rp_expect_i64("imagefs", node->imagefs.available_bytes, 7);
    rp_expect_i64("imagefs says no more", node->imagefs.capacity_bytes, -1);
    rp_expect_i64("there is no containerfs", node->containerfs.available_bytes, -1);
    rp_expect_i64("maxpid", node->maxpid, 100);
    rp_expect_i64("curproc", node->curproc, 40);
    const struct rp_fact_pod_stats *pod = &batch.facts[1].pod_stats;
    rp_expect_i64("processes", pod->processes, 17);
    rp_expect_i64("ephemeral", pod->storage.ephemeral_bytes, 99);
    rp_expect_i64("layers", pod->storage.rootfs_bytes, 40);
    rp_expect_i64("their inodes", pod->storage.rootfs_inodes, 1);
    rp_expect_i64("logs", pod->storage.logs_bytes, 20);
    rp_expect_u64("containers", pod->storage.containers_n, 2);
    rp_expect_u64("b", pod->storage.containers[1].name, named("b"));
    rp_expect_u64("a claim is no disk of the node's", pod->storage.volumes_n, 1);
    rp_expect_i64("v", pod->storage.volumes[0].bytes, 40);
    rp_expect_i64("its inodes", pod->storage.volumes[0].inodes, 5);
    rp_expect_i64("absent counts as nothing", batch.facts[2].pod_stats.processes, 0);
    rp_expect_i64("absent counts as nothing", batch.facts[2].pod_stats.storage.ephemeral_bytes, 0);
    for (size_t i = 0; i < batch.n; i++)
        assert_int_equal(rp_fact_validate(&batch.facts[i], sizeof(batch.facts[i])), 0);
    rp_batch_deinit(&batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_and_limits),
        cmocka_unit_test(memory_keeps_its_fraction),
        cmocka_unit_test(containers_and_volumes_with_limits),
        cmocka_unit_test(more_than_fit_is_said),
        cmocka_unit_test(says_what_is_wrong),
        cmocka_unit_test(an_eviction_has_a_time),
        cmocka_unit_test(what_a_pod_uses),
    };
    return RP_RUN(tests);
}
