// SPDX-License-Identifier: Apache-2.0
/* One cgroup's directory, what its files say, and who lives below it. */
#include "node/act/cgroup_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "core/parse/cgroup_events.h"
#include "core/parse/memory_events.h"
#include "core/parse/single_value.h"
#include "node/act/knob.h"

#define PENDING_DIRS_MAX 128 /* directories seen but not yet walked, at one time */
#define TEXT_MAX         1024

bool rp_cgroup_dir_is(int dirfd, rp_cgroup_id id)
{
    struct stat st;
    return fstat(dirfd, &st) == 0 && S_ISDIR(st.st_mode) && (rp_cgroup_id)st.st_ino == id;
}

int rp_cgroup_dir_open(int root_fd, const char *path, rp_cgroup_id id)
{
    RP_CLEANUP_FD int fd = rp_knob_open(root_fd, path[0] ? path : ".", O_RDONLY | O_DIRECTORY);
    if (fd == -ENOTDIR)
        return -ENOENT;
    if (fd < 0)
        return fd;
    return rp_cgroup_dir_is(fd, id) ? RP_TAKE_FD(fd) : -ENOENT;
}

bool rp_cgroup_dir_exists(int dirfd)
{
    RP_CLEANUP_FD int fd = rp_knob_open(dirfd, "cgroup.procs", O_PATH);
    return fd >= 0;
}

static int read_file(int dirfd, const char *file, char text[TEXT_MAX], size_t *ret_len)
{
    RP_CLEANUP_FD int fd = rp_knob_open(dirfd, file, O_RDONLY);
    return fd < 0 ? fd : rp_pread_all(fd, text, TEXT_MAX, ret_len);
}

int rp_cgroup_dir_usage(int dirfd, uint64_t *ret_bytes)
{
    char text[TEXT_MAX];
    size_t len = 0;
    const int r = read_file(dirfd, "memory.current", text, &len);
    return r < 0 ? r : rp_parse_single_value(text, len, ret_bytes);
}

int rp_cgroup_dir_high_events(int dirfd, uint64_t *ret)
{
    char text[TEXT_MAX];
    size_t len = 0;
    struct rp_cgroup_reading reading = {0};
    int r = read_file(dirfd, "memory.events", text, &len);
    if (r == 0)
        r = rp_parse_memory_events(text, len, &reading);
    if (r == 0)
        *ret = reading.events_high;
    return r;
}

int rp_cgroup_dir_state(int dirfd, bool *ret_populated, bool *ret_frozen)
{
    char text[TEXT_MAX];
    size_t len = 0;
    struct rp_cgroup_reading reading = {0};
    int r = read_file(dirfd, "cgroup.events", text, &len);
    if (r == 0)
        r = rp_parse_cgroup_events(text, len, &reading);
    if (r == 0 && ret_populated)
        *ret_populated = reading.populated;
    if (r == 0 && ret_frozen)
        *ret_frozen = reading.frozen;
    return r;
}

/* ---- the walk: a stack of open directories instead of recursion */

struct walk {
    rp_cgroup_dir_fn *each;
    void *ctx;
    int dirs[PENDING_DIRS_MAX];
    uint32_t dirs_n;
    bool too_many;
};

/* cgroup.procs holds one pid a line and may be long: a number is put together across reads. */
static int walk_text(struct walk *walk, const char *text, size_t len, rp_cgroup_id leaf, int64_t *pid)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] >= '0' && text[i] <= '9') {
            *pid = *pid > INT32_MAX ? *pid : *pid * 10 + (text[i] - '0');
            continue;
        }
        /* 0 stands for a process outside of our pid namespace: it has no number here. */
        const int r = *pid > 0 && *pid <= INT32_MAX ? walk->each(walk->ctx, (int32_t)*pid, leaf) : 0;
        if (r != 0)
            return r;
        *pid = 0;
    }
    return 0;
}

static int walk_processes(struct walk *walk, int dirfd, rp_cgroup_id leaf)
{
    RP_CLEANUP_FD int fd = rp_knob_open(dirfd, "cgroup.procs", O_RDONLY);
    char text[4096];
    int64_t pid = 0;
    if (fd < 0)
        return fd;
    for (;;) {
        const ssize_t n = read(fd, text, sizeof(text));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : 0;
        const int r = walk_text(walk, text, (size_t)n, leaf, &pid);
        if (r != 0)
            return r;
    }
}

static void push_child(struct walk *walk, int dirfd, const char *name)
{
    const int fd = walk->dirs_n < PENDING_DIRS_MAX ? rp_knob_open(dirfd, name, O_RDONLY | O_DIRECTORY) : -ENFILE;
    if (fd >= 0)
        walk->dirs[walk->dirs_n++] = fd;
    else if (fd != -ENOENT && fd != -ENODEV)
        walk->too_many = true;
}

static int push_children(struct walk *walk, int dirfd)
{
    _Alignas(struct dirent64) char entries[4096];
    for (;;) {
        const ssize_t n = getdents64(dirfd, entries, sizeof(entries));
        if (n <= 0)
            return n < 0 ? -errno : 0;
        for (ssize_t at = 0; at < n;) {
            struct dirent64 entry;
            const size_t name_at = offsetof(struct dirent64, d_name);
            memcpy(&entry, entries + at, name_at);
            const char *name = entries + at + name_at;
            if (entry.d_type == DT_DIR && strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
                push_child(walk, dirfd, name);
            at += entry.d_reclen;
        }
    }
}

static int walk_one(struct walk *walk, int dirfd)
{
    struct stat st;
    if (fstat(dirfd, &st) < 0)
        return -errno;
    int r = walk_processes(walk, dirfd, (rp_cgroup_id)st.st_ino);
    if (r == -ENODEV || r == -ENOENT) /* removed while we look: nobody is in it */
        return 0;
    /* A threaded cgroup lists its processes in the domain above it, which is walked too. */
    if (r == 0 || r == -EOPNOTSUPP)
        r = push_children(walk, dirfd);
    return r == -ENODEV || r == -ENOENT ? 0 : r;
}

int rp_cgroup_dir_processes(int dirfd, rp_cgroup_dir_fn *each, void *ctx)
{
    struct walk walk = {.each = each, .ctx = ctx};
    /* Listing moves a descriptor's position, so the walk has its own. */
    walk.dirs[0] = rp_knob_open(dirfd, ".", O_RDONLY | O_DIRECTORY);
    if (walk.dirs[0] < 0)
        return walk.dirs[0];
    walk.dirs_n = 1;
    int r = 0;
    while (walk.dirs_n > 0) {
        RP_CLEANUP_FD int fd = walk.dirs[--walk.dirs_n];
        if (r == 0)
            r = walk_one(&walk, fd);
    }
    return r == 0 && walk.too_many ? -E2BIG : r;
}
