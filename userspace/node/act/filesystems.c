// SPDX-License-Identifier: Apache-2.0
/* Levels of the node's file systems, and the devices behind them. */
#include "node/act/filesystems.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "base/num.h"
#include "base/str.h"
#include "core/parse/mountinfo.h"
#include "core/parse/text.h"
#include "node/act/clock.h"

#define LAYERS_MAX 3 /* an overlay on an overlay on a subvolume */

/*
 * Where runtimes keep images. containerd's snapshots may be mounted apart from the rest of its directory. Distributions that
 * bring their own containerd come first: a machine that once ran another one still has its directory.
 */
static const char *const image_stores[] = {
    "/var/lib/rancher/k3s/agent/containerd/io.containerd.snapshotter.v1.overlayfs",
    "/var/lib/rancher/rke2/agent/containerd/io.containerd.snapshotter.v1.overlayfs",
    "/var/lib/k0s/containerd/io.containerd.snapshotter.v1.overlayfs",
    "/var/snap/microk8s/common/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs",
    "/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs",
    "/var/lib/containerd",
    "/var/lib/containers/storage",
    "/var/lib/docker",
};

int rp_host_open(const struct rp_policy *policy, const char *path)
{
    RP_CLEANUP_FD int root = open(policy->host_root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return -errno;
    return rp_openat2(root, path, O_PATH | O_DIRECTORY, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

/* ---- the device */

/* Lines of a text that may be longer than any buffer; a line that is, is left out. */
struct lines {
    int fd;
    size_t len, taken;
    char text[16384];
};

/* 1 and the next line, 0 at the end, or -errno. */
static int next_line(struct lines *lines, struct rp_text *ret)
{
    for (;;) {
        struct rp_text rest = rp_text(lines->text + lines->taken, lines->len - lines->taken);
        if (rp_text_line(&rest, ret)) {
            lines->taken = lines->len - rest.len;
            return 1;
        }
        memmove(lines->text, rest.at, rest.len);
        lines->len = rest.len == sizeof(lines->text) ? 0 : rest.len;
        lines->taken = 0;
        const ssize_t n = read(lines->fd, lines->text + lines->len, sizeof(lines->text) - lines->len);
        if (n <= 0)
            return n < 0 ? -errno : 0;
        lines->len += (size_t)n;
    }
}

static int find_mount(int proc_fd, int fd, struct rp_mount *ret)
{
    struct statx stx = {0};
    struct lines lines = {.len = 0};
    struct rp_text line;
    if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) < 0)
        return -errno;
    if (!(stx.stx_mask & STATX_MNT_ID))
        return -EOPNOTSUPP;
    RP_CLEANUP_FD int file = openat(proc_fd, "self/mountinfo", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return -errno;
    lines.fd = file;
    int r = next_line(&lines, &line);
    for (; r > 0; r = next_line(&lines, &line))
        if (rp_parse_mount(line.at, line.len, ret) == 0 && ret->id == stx.stx_mnt_id)
            return 0;
    return r < 0 ? r : -ENOENT;
}

static int device_shown(int fd, uint64_t *ret_dev)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    *ret_dev = (uint64_t)major(st.st_dev) << 20 | minor(st.st_dev);
    return 0;
}

int rp_host_device(const struct rp_policy *policy, int proc_fd, int fd, uint64_t *ret_dev)
{
    struct rp_mount mount = {0};
    RP_CLEANUP_FD int below = -1;
    int r = device_shown(fd, ret_dev);
    for (int layer = 0; r == 0 && *ret_dev >> 20 == 0 && layer < LAYERS_MAX; layer++) {
        if (find_mount(proc_fd, below < 0 ? fd : below, &mount) < 0)
            return 0; /* the level is right all the same, only nobody's writes will be found under that number */
        *ret_dev = mount.dev;
        if (!mount.overlay || !mount.upper[0])
            return 0;
        const int upper = rp_host_open(policy, mount.upper);
        if (upper < 0)
            return 0;
        rp_close_fd(&below);
        below = upper;
        r = device_shown(below, ret_dev);
    }
    return r;
}

/* ---- the levels */

struct look {
    const struct rp_policy *policy;
    const struct rp_undo_roots *roots;
    struct rp_fs_list *out;
};

static struct rp_fs_reading *find(struct rp_fs_list *list, uint64_t dev)
{
    for (uint32_t i = 0; i < list->n; i++)
        if (list->list[i].dev == dev)
            return &list->list[i];
    return NULL;
}

static bool has_role(const struct rp_fs_reading *reading, uint32_t role)
{
    return reading && (reading->roles & role);
}

static int look_at(const struct look *look, const char *path, uint32_t role)
{
    struct statfs fs;
    uint64_t dev = 0;
    RP_CLEANUP_FD int fd = rp_host_open(look->policy, path);
    if (fd < 0)
        return fd;
    const int r = rp_host_device(look->policy, look->roots->proc_fd, fd, &dev);
    if (r < 0)
        return r;
    if (fstatfs(fd, &fs) < 0)
        return -errno;
    struct rp_fs_reading *reading = find(look->out, dev);
    if (!reading) {
        reading = &look->out->list[look->out->n++];
        reading->dev = dev;
        reading->t_ns = rp_clock_ns();
        reading->capacity_bytes = rp_mul_sat_u64(fs.f_blocks, (uint64_t)fs.f_frsize);
        reading->available_bytes = rp_mul_sat_u64(fs.f_bavail, (uint64_t)fs.f_frsize);
        reading->inodes = fs.f_files;
        reading->inodes_free = fs.f_ffree;
        rp_cut(reading->path, sizeof(reading->path), path);
    }
    if (role != RP_FS_CONTAINERFS || !has_role(reading, RP_FS_IMAGEFS))
        reading->roles |= role;
    return 0;
}

static int look_at_nodefs(const struct look *look)
{
    const int r = look_at(look, look->policy->kubelet_root, RP_FS_NODEFS);
    return r == -ENOENT ? look_at(look, "/", RP_FS_NODEFS) : r;
}

static int look_at_imagefs(const struct look *look)
{
    int r = -ENOENT;
    if (look->policy->image_store[0])
        return look_at(look, look->policy->image_store, RP_FS_IMAGEFS);
    for (size_t i = 0; r == -ENOENT && i < sizeof(image_stores) / sizeof(image_stores[0]); i++)
        r = look_at(look, image_stores[i], RP_FS_IMAGEFS);
    return r;
}

void rp_filesystems_run(const struct rp_policy *policy, const struct rp_undo_roots *roots, struct rp_job_result *result)
{
    const struct look look = {policy, roots, &result->filesystems};
    result->error = look_at_nodefs(&look);
    result->filesystems.image_error = look_at_imagefs(&look);
    if (policy->layer_store[0])
        result->filesystems.layer_error = look_at(&look, policy->layer_store, RP_FS_CONTAINERFS);
    result->filesystems.logs_error = look_at(&look, policy->pod_logs, RP_FS_LOGS);
}
