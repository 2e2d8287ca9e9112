// SPDX-License-Identifier: Apache-2.0
/* A pod's logs, and the deleted files that its processes hold open. */
#include "node/act/pod_disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "base/num.h"
#include "base/str.h"
#include "node/act/cgroup_dir.h"
#include "node/act/clock.h"
#include "node/act/filesystems.h"
#include "node/act/process.h"

#define ENTRIES_MAX   65536u /* names looked at in one job */
#define LOG_DIRS_MAX  64u    /* of containers, not yet looked into */
#define DELETED_MAX   1024u  /* files told apart */
#define BLOCK_BYTES   512u   /* the unit of st_blocks, whatever the file system's own */
#define BEFORE_END_NS RP_NS_PER_S
#define INSIDE        (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV)

struct file_id {
    dev_t dev;
    ino_t inode;
};

/* One job's work. */
struct search {
    const struct rp_undo_roots *roots;
    const struct rp_job *job;
    struct rp_pod_disk_reading *out;
    rp_ns end_ns;
    uint32_t entries; /* still to be looked at */
    int dirs[LOG_DIRS_MAX];
    uint32_t dirs_n;
    struct file_id deleted[DELETED_MAX];
};

static void say_partial(struct search *search)
{
    search->out->known |= RP_POD_DISK_PARTIAL;
}

/* False when it is enough: then what was found so far is all that will be said. */
static bool may_go_on(struct search *search)
{
    if (search->entries > 0 && rp_clock_ns() < search->end_ns) {
        search->entries--;
        return true;
    }
    say_partial(search);
    return false;
}

/* Each name in a directory but "." and "..", until one says stop (non-zero) or it is enough. */
typedef int each_name(struct search *search, int dirfd, const char *name);

static int list(struct search *search, int dirfd, each_name *each)
{
    _Alignas(struct dirent64) char entries[8192];
    for (;;) {
        const ssize_t n = getdents64(dirfd, entries, sizeof(entries));
        if (n <= 0)
            return n < 0 ? -errno : 0;
        for (ssize_t at = 0; at < n;) {
            struct dirent64 entry;
            memcpy(&entry, entries + at, offsetof(struct dirent64, d_name));
            const char *name = entries + at + offsetof(struct dirent64, d_name);
            at += entry.d_reclen;
            if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
                continue;
            const int r = may_go_on(search) ? each(search, dirfd, name) : 1;
            if (r != 0)
                return r < 0 ? r : 0;
        }
    }
}

/* ---- logs: NAMESPACE_NAME_UID/CONTAINER/0.log, and older ones beside it */

static int add_log(struct search *search, int dirfd, const char *name)
{
    struct stat st;
    if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : -errno; /* rotated away meanwhile */
    search->out->log_bytes = rp_add_sat_u64(search->out->log_bytes, (uint64_t)st.st_blocks * BLOCK_BYTES);
    if (!S_ISDIR(st.st_mode))
        return 0;
    const int fd = search->dirs_n < LOG_DIRS_MAX ? rp_openat2(dirfd, name, O_RDONLY | O_DIRECTORY, INSIDE) : -ENFILE;
    if (fd >= 0)
        search->dirs[search->dirs_n++] = fd;
    else if (fd != -ENOENT)
        say_partial(search);
    return 0;
}

static int add_logs(struct search *search)
{
    int r = 0;
    while (search->dirs_n > 0) {
        RP_CLEANUP_FD int fd = search->dirs[--search->dirs_n];
        if (r == 0)
            r = list(search, fd, add_log);
    }
    return r;
}

/* A name has no underscore, so what follows the last one is the UID. */
static int find_pod(struct search *search, int dirfd, const char *name)
{
    const char *last = strrchr(name, '_');
    if (!last || strcmp(last + 1, search->job->pod_uid) != 0)
        return 0;
    const int fd = rp_openat2(dirfd, name, O_RDONLY | O_DIRECTORY, INSIDE);
    if (fd < 0)
        return fd;
    search->dirs[search->dirs_n++] = fd;
    return 1;
}

static void measure_logs(struct search *search, const struct rp_policy *policy)
{
    RP_CLEANUP_FD int place = rp_host_open(policy, policy->pod_logs);
    if (place < 0)
        return;
    RP_CLEANUP_FD int all = rp_openat2(place, ".", O_RDONLY | O_DIRECTORY, INSIDE);
    if (all < 0 || list(search, all, find_pod) < 0)
        return;
    /* No directory: the pod has not written a line, or is not one of this kubelet. */
    if (search->dirs_n > 0 && add_logs(search) == 0)
        search->out->known |= RP_POD_DISK_LOGS;
}

/* ---- deleted files */

/* Asking the link costs nobody's file system anything, and most files are not deleted. */
static bool looks_deleted(struct search *search, int dirfd, const char *name)
{
    char target[4096];
    const ssize_t n = readlinkat(dirfd, name, target, sizeof(target) - 1);
    if (n < 0 && errno != ENOENT)
        say_partial(search);
    if (n < 0)
        return false;
    target[n] = '\0';
    return rp_ends_with(target, " (deleted)") && target[0] == '/' && !rp_starts_with(target, "/memfd:");
}

/* Their files are memory, which is charged and shown as such. */
static bool is_memory(const struct statfs *fs)
{
    return fs->f_type == TMPFS_MAGIC || fs->f_type == RAMFS_MAGIC || fs->f_type == HUGETLBFS_MAGIC;
}

/* False if it was counted before; many processes may hold the same file. */
static bool is_new(struct search *search, const struct stat *st)
{
    struct rp_pod_disk_reading *out = search->out;
    for (uint32_t i = 0; i < out->deleted_files; i++)
        if (search->deleted[i].dev == st->st_dev && search->deleted[i].inode == st->st_ino)
            return false;
    if (out->deleted_files == DELETED_MAX) {
        say_partial(search);
        return false;
    }
    search->deleted[out->deleted_files++] = (struct file_id){st->st_dev, st->st_ino};
    return true;
}

static int add_descriptor(struct search *search, int dirfd, const char *name)
{
    struct stat st;
    struct statfs fs;
    if (!looks_deleted(search, dirfd, name))
        return 0;
    /* The magic link is followed on purpose; O_PATH opens the file itself without any effect on it. */
    RP_CLEANUP_FD int fd = rp_openat2(dirfd, name, O_PATH, 0);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_nlink > 0 || st.st_blocks == 0)
        return 0;
    if (fstatfs(fd, &fs) < 0 || is_memory(&fs) || !is_new(search, &st))
        return 0;
    search->out->deleted_bytes = rp_add_sat_u64(search->out->deleted_bytes, (uint64_t)st.st_blocks * BLOCK_BYTES);
    return 0;
}

static int add_process(void *ctx, int32_t pid, rp_cgroup_id leaf)
{
    struct search *search = ctx;
    (void)leaf;
    RP_CLEANUP_FD int process = rp_process_open(search->roots->proc_fd, pid);
    if (process < 0)
        return 0;
    /* After it was opened: is it still a process of this pod? */
    if (rp_process_is_under(process, search->job->path) != 1)
        return 0;
    RP_CLEANUP_FD int fds = rp_openat2(process, "fd", O_RDONLY | O_DIRECTORY, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    if (fds == -EACCES || fds == -EPERM)
        say_partial(search);
    if (fds >= 0)
        rp_discard(list(search, fds, add_descriptor)); /* it may end while it is looked at */
    return search->entries > 0 && rp_clock_ns() < search->end_ns ? 0 : 1;
}

static int find_deleted(struct search *search)
{
    RP_CLEANUP_FD int fd = rp_cgroup_dir_open(search->roots->cgroup_fd, search->job->path, search->job->cgroup);
    const int r = fd < 0 ? fd : rp_cgroup_dir_processes(fd, add_process, search);
    if (r == 1 || r == -E2BIG)
        say_partial(search);
    else if (r < 0)
        return r;
    search->out->known |= RP_POD_DISK_DELETED;
    return 0;
}

void rp_pod_disk_run(const struct rp_policy *policy, const struct rp_undo_roots *roots, const struct rp_job *job,
                     struct rp_job_result *result)
{
    struct search search = {
        .roots = roots,
        .job = job,
        .out = &result->pod_disk,
        .end_ns = rp_sub_sat_u64(job->deadline_ns, BEFORE_END_NS),
        .entries = ENTRIES_MAX,
    };
    search.out->cgroup = job->cgroup;
    result->error = find_deleted(&search);
    if (result->error == 0 && job->pod_uid[0])
        measure_logs(&search, policy);
    search.out->t_ns = rp_clock_ns();
}
