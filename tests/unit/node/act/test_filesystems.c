// SPDX-License-Identifier: Apache-2.0
#include "node/act/filesystems.h"

#include <stdlib.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include "node/act/clock.h"
#include "unit/node/act/fixture.h"

#define ALL (RP_FS_NODEFS | RP_FS_IMAGEFS | RP_FS_LOGS)

struct node {
    struct fixture fixture;
    struct rp_policy policy;
    struct rp_job_result result;
};

/* A node whose root directory is the fixture's tree, and which has nothing but /proc. */
static void make(struct node *node)
{
    *node = (struct node){0};
    fixture_make(&node->fixture);
    rp_policy_init(&node->policy);
    assert_int_equal(rp_copy(node->policy.host_root, sizeof(node->policy.host_root), node->fixture.tree.root), 0);
}

static const struct rp_fs_list *look(struct node *node)
{
    node->result = (struct rp_job_result){0};
    rp_filesystems_run(&node->policy, &node->fixture.roots, &node->result);
    return &node->result.filesystems;
}

static void mkdir_in(struct node *node, const char *path)
{
    rp_tree_mkdir(&node->fixture.tree, path);
}

static void one_disk_has_all_roles(void **state)
{
    struct node node;
    struct statvfs fs;
    (void)state;
    make(&node);
    mkdir_in(&node, "var/lib/kubelet");
    mkdir_in(&node, "var/lib/containerd");
    mkdir_in(&node, "var/log/pods");
    const struct rp_fs_list *list = look(&node);
    assert_int_equal(node.result.error, 0);
    assert_int_equal(list->n, 1);
    const struct rp_fs_reading *one = &list->list[0];
    assert_int_equal(one->roles, ALL);
    assert_string_equal(one->path, "/var/lib/kubelet");
    assert_int_equal(statvfs(node.fixture.tree.root, &fs), 0);
    assert_int_equal(one->capacity_bytes, (uint64_t)fs.f_blocks * fs.f_frsize);
    assert_int_equal(one->inodes, fs.f_files);
    assert_true(one->available_bytes <= one->capacity_bytes);
    assert_true(one->t_ns > 0 && one->t_ns <= rp_clock_ns());
    fixture_drop(&node.fixture);
}

static void what_is_not_there_has_no_role(void **state)
{
    struct node node;
    (void)state;
    make(&node);
    const struct rp_fs_list *list = look(&node); /* neither kubelet nor runtime: nodefs is the root's */
    assert_int_equal(node.result.error, 0);
    assert_int_equal(list->n, 1);
    assert_int_equal(list->list[0].roles, RP_FS_NODEFS);
    assert_string_equal(list->list[0].path, "/");
    assert_int_equal(list->image_error, -ENOENT);
    assert_int_equal(list->logs_error, -ENOENT);
    assert_int_equal(list->layer_error, 0);
    assert_int_equal(rp_copy(node.policy.host_root, sizeof(node.policy.host_root), "/nonexistent"), 0);
    list = look(&node);
    assert_int_equal(node.result.error, -ENOENT);
    assert_int_equal(list->n, 0);
    fixture_drop(&node.fixture);
}

static void the_runtime_is_found_by_its_directory(void **state)
{
    static const char *const stores[] = {
        "var/lib/rancher/k3s/agent/containerd/io.containerd.snapshotter.v1.overlayfs",
        "var/lib/rancher/rke2/agent/containerd/io.containerd.snapshotter.v1.overlayfs",
        "var/lib/containerd/io.containerd.snapshotter.v1.overlayfs",
        "var/lib/containerd",
        "var/lib/containers/storage",
        "var/lib/docker",
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(stores); i++) {
        struct node node;
        make(&node);
        mkdir_in(&node, stores[i]);
        rp_expect_u64(stores[i], look(&node)->list[0].roles, RP_FS_NODEFS | RP_FS_IMAGEFS);
        fixture_drop(&node.fixture);
    }
}

/* Memory file systems are at hand everywhere, so one of those is the other disk. */
static void apart_is_apart(void **state)
{
    struct node node;
    struct stat st;
    char place[64] = "/dev/shm/rp-XXXXXX", link[512];
    (void)state;
    make(&node);
    assert_int_equal(stat(node.fixture.tree.root, &st), 0);
    const dev_t own = st.st_dev;
    if (!mkdtemp(place) || stat(place, &st) < 0 || st.st_dev == own) {
        print_message("SKIP: there is no second file system to write to\n");
        skip();
    }
    assert_int_equal(rp_copy(node.policy.host_root, sizeof(node.policy.host_root), "/"), 0);
    (void)snprintf(link, sizeof(link), "%s/link", node.fixture.tree.root);
    assert_int_equal(symlink(place, link), 0);
    assert_int_equal(rp_copy(node.policy.image_store, sizeof(node.policy.image_store), link), 0);
    assert_int_equal(rp_copy(node.policy.layer_store, sizeof(node.policy.layer_store), place), 0);
    assert_int_equal(rp_copy(node.policy.kubelet_root, sizeof(node.policy.kubelet_root), node.fixture.tree.root), 0);
    assert_int_equal(rp_copy(node.policy.pod_logs, sizeof(node.policy.pod_logs), node.fixture.tree.root), 0);
    const struct rp_fs_list *list = look(&node);
    assert_int_equal(list->n, 2);
    assert_int_equal(list->list[0].roles, RP_FS_NODEFS | RP_FS_LOGS);
    assert_int_equal(list->list[1].roles, RP_FS_IMAGEFS); /* layers on the same device are not apart */
    assert_true(list->list[0].dev != list->list[1].dev);
    assert_int_equal(rp_copy(node.policy.layer_store, sizeof(node.policy.layer_store), node.fixture.tree.root), 0);
    assert_int_equal(look(&node)->list[0].roles, RP_FS_NODEFS | RP_FS_LOGS | RP_FS_CONTAINERFS);
    assert_int_equal(rmdir(place), 0);
    fixture_drop(&node.fixture);
}

/* An absolute link on the node is one below its root, wherever that is mounted here; and nothing leads out of it. */
static void links_are_the_nodes(void **state)
{
    struct node node;
    char link[512];
    (void)state;
    make(&node);
    mkdir_in(&node, "data/kubelet");
    mkdir_in(&node, "var/lib");
    (void)snprintf(link, sizeof(link), "%s/var/lib/kubelet", node.fixture.tree.root);
    assert_int_equal(symlink("/data/kubelet", link), 0);
    look(&node);
    assert_string_equal(node.result.filesystems.list[0].path, "/var/lib/kubelet");
    int fd = rp_host_open(&node.policy, "/../../../data");
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(rp_host_open(&node.policy, node.fixture.tree.root), -ENOENT);
    fixture_drop(&node.fixture);
}

/* ---- devices */

/* The mount that a descriptor is on, or 0 if this kernel does not tell. */
static uint64_t mount_of(int fd)
{
    struct statx stx = {0};
    assert_int_equal(statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx), 0);
    return stx.stx_mask & STATX_MNT_ID ? stx.stx_mnt_id : 0;
}

static void a_real_device_is_shown_as_the_kernel_counts_it(void **state)
{
    struct node node;
    uint64_t dev = 0;
    struct stat st;
    (void)state;
    make(&node);
    const int fd = fixture_open(&node.fixture, "proc");
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(rp_host_device(&node.policy, node.fixture.roots.proc_fd, fd, &dev), 0);
    assert_int_equal(dev, (uint64_t)major(st.st_dev) << 20 | minor(st.st_dev)); /* without mountinfo too */
    close(fd);
    fixture_drop(&node.fixture);
}

/* /proc is on no device, so mountinfo is asked: here one that a test wrote. */
static void mountinfo_knows_better(void **state)
{
    struct node node;
    char text[40960];
    uint64_t dev = 0;
    (void)state;
    make(&node);
    const int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    const uint64_t id = mount_of(fd);
    if (!id) {
        print_message("SKIP: this kernel does not tell mounts apart (statx)\n");
        skip();
    }
    static const char *const tails[] = {
        "253:7 / /proc rw - btrfs /dev/vda rw\n",
        "0:99 / /proc rw - overlay o rw,lowerdir=/l\n",
        "0:99 / /proc rw - overlay o rw,upperdir=/nowhere\n",
        "0:99 / /proc rw - overlay o rw,upperdir=/upper\n",
    };
    mkdir_in(&node, "upper");
    struct stat upper;
    char full[512];
    (void)snprintf(full, sizeof(full), "%s/upper", node.fixture.tree.root);
    assert_int_equal(stat(full, &upper), 0);
    const uint64_t wanted[] = {UINT64_C(253) << 20 | 7, 99, 99,
                               (uint64_t)major(upper.st_dev) << 20 | minor(upper.st_dev)};
    for (size_t i = 0; i < RP_ROWS(tails); i++) {
        /* After many other mounts, one of which is longer than any buffer. */
        size_t at = (size_t)snprintf(text, sizeof(text), "%llu 1 8:1 / / rw - ext4 a b\n", (unsigned long long)id + 1);
        memset(text + at, 'x', 20000);
        at += 20000;
        (void)snprintf(text + at, sizeof(text) - at, "\n%llu 1 %s", (unsigned long long)id, tails[i]);
        rp_tree_write(&node.fixture.tree, "proc/self/mountinfo", text);
        rp_expect_i64(tails[i], rp_host_device(&node.policy, node.fixture.roots.proc_fd, fd, &dev), 0);
        if (i < 3 || major(upper.st_dev) != 0)
            rp_expect_u64(tails[i], dev, wanted[i]);
    }
    close(fd);
    fixture_drop(&node.fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_disk_has_all_roles),
        cmocka_unit_test(what_is_not_there_has_no_role),
        cmocka_unit_test(the_runtime_is_found_by_its_directory),
        cmocka_unit_test(apart_is_apart),
        cmocka_unit_test(links_are_the_nodes),
        cmocka_unit_test(a_real_device_is_shown_as_the_kernel_counts_it),
        cmocka_unit_test(mountinfo_knows_better),
    };
    return RP_RUN(tests);
}
