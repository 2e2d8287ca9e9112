// SPDX-License-Identifier: Apache-2.0
#include "core/parse/cgroup_path.h"

#include "harness/harness.h"

#define UID   "0a1b2c3d-1111-2222-3333-444455556666"
#define UID_  "0a1b2c3d_1111_2222_3333_444455556666"
#define ID    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HASH  "5b7ea2b2cf8bb3a0c7a2f0a6f1d1e3f4" /* of a static pod's manifest */
#define BURST "kubepods.slice/kubepods-burstable.slice"
#define POD   BURST "/kubepods-burstable-pod" UID_ ".slice"
#define KIND  "kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice"

struct row {
    const char *root, *path; /* root NULL: found by the path's own names */
    enum rp_cgroup_kind kind;
    enum rp_qos qos;
    const char *uid;
    enum rp_runtime runtime;
    const char *container, *pods_root, *pod;
};

/* clang-format would align the columns of all rows, far beyond any screen. */
/* clang-format off */
static const struct row rows[] = {
    {NULL, "", RP_CGROUP_ROOT, 0, "", 0, "", "", ""},
    {NULL, "kubepods.slice", RP_CGROUP_PODS_ROOT, 0, "", 0, "", "kubepods.slice", ""},
    {NULL, "kubepods", RP_CGROUP_PODS_ROOT, 0, "", 0, "", "kubepods", ""},
    {NULL, BURST, RP_CGROUP_QOS, RP_QOS_BURSTABLE, "", 0, "", "kubepods.slice", ""},
    {NULL, "kubepods/besteffort", RP_CGROUP_QOS, RP_QOS_BEST_EFFORT, "", 0, "", "kubepods", ""},
    /* pods of the systemd driver, of each QoS level */
    {NULL, "kubepods.slice/kubepods-pod" UID_ ".slice", RP_CGROUP_POD, RP_QOS_GUARANTEED, UID, 0, "",
     "kubepods.slice", "kubepods.slice/kubepods-pod" UID_ ".slice"},
    {NULL, POD, RP_CGROUP_POD, RP_QOS_BURSTABLE, UID, 0, "", "kubepods.slice", POD},
    {NULL, "kubepods.slice/kubepods-pod" HASH ".slice", RP_CGROUP_POD, RP_QOS_GUARANTEED, HASH, 0, "",
     "kubepods.slice", "kubepods.slice/kubepods-pod" HASH ".slice"},
    /* and of the cgroupfs driver, where an underscore stays */
    {NULL, "kubepods/pod" UID, RP_CGROUP_POD, RP_QOS_GUARANTEED, UID, 0, "", "kubepods", "kubepods/pod" UID},
    {NULL, "kubepods/besteffort/poda_b", RP_CGROUP_POD, RP_QOS_BEST_EFFORT, "a_b", 0, "", "kubepods",
     "kubepods/besteffort/poda_b"},
    /* containers */
    {NULL, POD "/cri-containerd-" ID ".scope", RP_CGROUP_CONTAINER, RP_QOS_BURSTABLE, UID, RP_RUNTIME_CONTAINERD, ID,
     "kubepods.slice", POD},
    {NULL, POD "/crio-" ID ".scope", RP_CGROUP_CONTAINER, RP_QOS_BURSTABLE, UID, RP_RUNTIME_CRIO, ID,
     "kubepods.slice", POD},
    {NULL, POD "/docker-" ID ".scope", RP_CGROUP_CONTAINER, RP_QOS_BURSTABLE, UID, RP_RUNTIME_DOCKER, ID,
     "kubepods.slice", POD},
    {NULL, "kubepods/burstable/pod" UID "/" ID, RP_CGROUP_CONTAINER, RP_QOS_BURSTABLE, UID, RP_RUNTIME_UNKNOWN, ID,
     "kubepods", "kubepods/burstable/pod" UID},
    {NULL, "kubepods/burstable/pod" UID "/crio-" ID, RP_CGROUP_CONTAINER, RP_QOS_BURSTABLE, UID, RP_RUNTIME_CRIO, ID,
     "kubepods", "kubepods/burstable/pod" UID},
    {NULL, POD "/something", RP_CGROUP_CONTAINER, RP_QOS_BURSTABLE, UID, 0, "", "kubepods.slice", POD},
    /* below a container: nested engines, crun's child */
    {NULL, POD "/crio-" ID ".scope/container", RP_CGROUP_INSIDE, RP_QOS_BURSTABLE, UID, RP_RUNTIME_CRIO, ID,
     "kubepods.slice", POD},
    {NULL, "kubepods/pod" UID "/" ID "/kubepods/podinner/x", RP_CGROUP_INSIDE, RP_QOS_GUARANTEED, UID, 0, ID,
     "kubepods", "kubepods/pod" UID},
    /* roots elsewhere: --cgroup-root, kind, k3s in a container */
    {NULL, KIND "/kubelet-kubepods-besteffort-pod" UID_ ".slice/cri-containerd-" ID ".scope", RP_CGROUP_CONTAINER,
     RP_QOS_BEST_EFFORT, UID, RP_RUNTIME_CONTAINERD, ID, "kubelet.slice/kubelet-kubepods.slice",
     KIND "/kubelet-kubepods-besteffort-pod" UID_ ".slice"},
    {NULL, "docker/" ID "/kubelet/kubepods/burstable/pod" UID, RP_CGROUP_POD, RP_QOS_BURSTABLE, UID, 0, "",
     "docker/" ID "/kubelet/kubepods", "docker/" ID "/kubelet/kubepods/burstable/pod" UID},
    {"custom/pods", "custom/pods/burstable/pod" UID, RP_CGROUP_POD, RP_QOS_BURSTABLE, UID, 0, "", "custom/pods",
     "custom/pods/burstable/pod" UID},
    {"x.slice", "x.slice/x-besteffort.slice/x-besteffort-pod" UID_ ".slice", RP_CGROUP_POD, RP_QOS_BEST_EFFORT, UID,
     0, "", "x.slice", "x.slice/x-besteffort.slice/x-besteffort-pod" UID_ ".slice"},
    /* not understood: nearly a pod */
    {NULL, "kubepods.slice/kubepods-pod.slice", RP_CGROUP_OTHER, 0, "", 0, "", "kubepods.slice", ""},
    {NULL, "kubepods.slice/kubepods-burstable.slice/kubepods-pod" UID_ ".slice", RP_CGROUP_OTHER, RP_QOS_BURSTABLE,
     "", 0, "", "kubepods.slice", ""},
    {NULL, "kubepods.slice/pod" UID, RP_CGROUP_OTHER, 0, "", 0, "", "kubepods.slice", ""},
    {NULL, "kubepods/gold/pod" UID, RP_CGROUP_OTHER, 0, "", 0, "", "kubepods", ""},
    {NULL, "kubepods/burstable/burstable/pod" UID, RP_CGROUP_OTHER, RP_QOS_BURSTABLE, "", 0, "", "kubepods", ""},
    {NULL, "kubepods/poda b", RP_CGROUP_OTHER, 0, "", 0, "", "kubepods", ""},
    {NULL, "kubepods.slice/kubepodsXpod" UID_ ".slice", RP_CGROUP_OTHER, 0, "", 0, "", "kubepods.slice", ""},
    /* outside */
    {NULL, "system.slice/ssh.service", RP_CGROUP_SYSTEM, 0, "", 0, "", "", ""},
    {NULL, "mykubepods.slice/x", RP_CGROUP_SYSTEM, 0, "", 0, "", "", ""},
    {NULL, "kubepods2/pod" UID, RP_CGROUP_SYSTEM, 0, "", 0, "", "", ""},
    /* with the root known, a forged one elsewhere is nothing special, and the root's ancestors are no system service */
    {"kubepods.slice", "system.slice/evil.service/kubepods/pod" UID, RP_CGROUP_SYSTEM, 0, "", 0, "", "", ""},
    {"kubepods.slice", "kubepods.slice.evil/pod" UID, RP_CGROUP_SYSTEM, 0, "", 0, "", "", ""},
    {"a/b/kubepods", "a/b", RP_CGROUP_OTHER, 0, "", 0, "", "", ""},
    {"a/b/kubepods", "a/bc", RP_CGROUP_SYSTEM, 0, "", 0, "", "", ""},
    {"a/b/kubepods", "", RP_CGROUP_ROOT, 0, "", 0, "", "", ""},
    {"a/b/kubepods", "a/b/kubepods", RP_CGROUP_PODS_ROOT, 0, "", 0, "", "a/b/kubepods", ""},
};
/* clang-format on */

static void classifies(void **state)
{
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_cgroup_name n = {0};
        const struct row *row = &rows[i];
        rp_expect_i64(
            row->path,
            row->root ? rp_parse_cgroup_path_under(row->root, row->path, &n) : rp_parse_cgroup_path(row->path, &n), 0);
        rp_expect_u64(row->path, n.kind, row->kind);
        rp_expect_u64(row->path, n.qos, row->qos);
        rp_expect_text(row->path, n.uid, row->uid);
        rp_expect_u64(row->path, n.runtime, row->runtime);
        rp_expect_text(row->path, n.container, row->container);
        rp_expect_u64(row->path, n.conmon, false);
        rp_expect_u64(row->path, n.pods_root_len, strlen(row->pods_root));
        rp_expect_i64(row->path, strncmp(row->path, row->pods_root, n.pods_root_len), 0);
        rp_expect_u64(row->path, n.pod_len, strlen(row->pod));
        rp_expect_i64(row->path, strncmp(row->path, row->pod, n.pod_len), 0);
    }
}

/* CRI-O's monitor may live inside the pod; it holds no workload, so it must never be a container to kill. */
static void conmon_is_no_container(void **state)
{
    static const char *const paths[] = {POD "/crio-conmon-" ID ".scope",
                                        "kubepods/burstable/pod" UID "/crio-conmon-" ID};
    (void)state;
    for (size_t i = 0; i < RP_ROWS(paths); i++) {
        struct rp_cgroup_name n = {0};
        rp_expect_i64(paths[i], rp_parse_cgroup_path(paths[i], &n), 0);
        rp_expect_u64(paths[i], n.conmon, true);
        rp_expect_u64(paths[i], n.kind, RP_CGROUP_INSIDE);
        rp_expect_text(paths[i], n.container, ID);
        rp_expect_text(paths[i], n.uid, UID);
    }
}

static void refuses(void **state)
{
    static const char *const paths[] = {"/kubepods", "kubepods/", "a//b", "a/../b", "..", "./a"};
    char longest[RP_PATH_MAX + 1];
    struct rp_cgroup_name n = {.kind = 77};
    (void)state;
    for (size_t i = 0; i < RP_ROWS(paths); i++) {
        rp_expect_i64(paths[i], rp_parse_cgroup_path(paths[i], &n), -EINVAL);
        rp_expect_i64(paths[i], rp_parse_cgroup_path_under(paths[i], "a", &n), -EINVAL);
    }
    memset(longest, 'a', RP_PATH_MAX);
    longest[RP_PATH_MAX] = '\0';
    assert_int_equal(rp_parse_cgroup_path(longest, &n), -ENAMETOOLONG);
    /* An UID that does not fit must not become another pod's. */
    assert_int_equal(rp_parse_cgroup_path("kubepods/pod" UID "0000", &n), -ENAMETOOLONG);
    assert_int_equal(n.kind, 77);
}

/* An id that is too long is left out, the container stays one. */
static void long_container_ids(void **state)
{
    struct rp_cgroup_name n = {0};
    (void)state;
    assert_int_equal(rp_parse_cgroup_path(POD "/crio-" ID ID ".scope", &n), 0);
    assert_int_equal(n.kind, RP_CGROUP_CONTAINER);
    assert_string_equal(n.container, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(classifies), cmocka_unit_test(conmon_is_no_container),
                                       cmocka_unit_test(refuses), cmocka_unit_test(long_container_ids)};
    return RP_RUN(tests);
}
