// SPDX-License-Identifier: Apache-2.0
/* Reading the node: MemTotal and friends, what the kubelet adds up at the cgroup root, pressure, threads. */
#include "node/sense/node_files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "base/num.h"
#include "core/parse/loadavg.h"
#include "core/parse/meminfo.h"
#include "core/parse/memory_stat.h"
#include "core/parse/psi.h"
#include "core/parse/single_value.h"

static const char *const names[RP_NODE_FILE_MAX] = {
    [RP_NODE_FILE_MEMINFO] = "meminfo",
    [RP_NODE_FILE_ROOT_STAT] = "memory.stat",
    [RP_NODE_FILE_PRESSURE] = "pressure/memory",
    [RP_NODE_FILE_LOADAVG] = "loadavg",
    [RP_NODE_FILE_PID_MAX] = "sys/kernel/pid_max",
    [RP_NODE_FILE_THREADS_MAX] = "sys/kernel/threads-max",
};

/* Container runtimes mount parts of /proc over itself, so a mount below the proc root is no trick. */
#define PROC_RESOLVE (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS)

const char *rp_node_file_name(enum rp_node_file file)
{
    return names[file];
}

void rp_node_files_init(struct rp_node_files *files)
{
    for (int f = 0; f < RP_NODE_FILE_MAX; f++) {
        files->fd[f] = -1;
        files->error[f] = 0;
    }
    files->trigger_fd = -1;
    files->trigger_error = 0;
}

void rp_node_files_deinit(struct rp_node_files *files)
{
    for (int f = 0; f < RP_NODE_FILE_MAX; f++)
        rp_close_fd(&files->fd[f]);
    rp_close_fd(&files->trigger_fd);
}

void rp_node_files_open(struct rp_node_files *files, int proc_fd, int cgroup_fd)
{
    for (int f = 0; f < RP_NODE_FILE_MAX; f++) {
        bool cgroup = f == RP_NODE_FILE_ROOT_STAT;
        int fd = rp_openat2(cgroup ? cgroup_fd : proc_fd, names[f], O_RDONLY | O_NONBLOCK,
                            cgroup ? PROC_RESOLVE | RESOLVE_NO_XDEV : PROC_RESOLVE);
        files->fd[f] = fd < 0 ? -1 : fd;
        files->error[f] = fd < 0 ? fd : 0;
    }
}

/* One try with one trigger. The kernel keeps at most one per descriptor. */
static int arm(int proc_fd, const char *trigger, size_t size)
{
    RP_CLEANUP_FD int fd = rp_openat2(proc_fd, names[RP_NODE_FILE_PRESSURE], O_RDWR | O_NONBLOCK, PROC_RESOLVE);
    if (fd < 0)
        return fd;
    struct statfs fs;
    if (fstatfs(fd, &fs) < 0)
        return -errno;
    if (fs.f_type != PROC_SUPER_MAGIC)
        return -EMEDIUMTYPE;                 /* a copy of /proc: writing would only damage it */
    int r = rp_write_all(fd, trigger, size); /* the kernel wants the NUL */
    return r ? r : RP_TAKE_FD(fd);
}

void rp_node_files_arm(struct rp_node_files *files, int proc_fd)
{
    static const char second[] = "some 100000 1000000";
    static const char two_seconds[] = "some 200000 2000000"; /* all that 6.5 and later grant without CAP_SYS_RESOURCE */
    int r = arm(proc_fd, second, sizeof(second));
    if (r == -EINVAL)
        r = arm(proc_fd, two_seconds, sizeof(two_seconds));
    files->trigger_fd = r < 0 ? -1 : r;
    files->trigger_error = r < 0 ? r : 0;
}

/* What the kubelet takes for the node's limit: the smaller of the two that can be read. */
static int parse_tasks_max(const char *text, size_t len, struct rp_node_reading *out)
{
    uint64_t max = 0;
    int r = rp_parse_single_value(text, len, &max);
    if (!r)
        out->tasks_max = rp_min_u64(out->tasks_max, max);
    return r;
}

static int parse_tasks(const char *text, size_t len, struct rp_node_reading *out)
{
    return rp_parse_loadavg_tasks(text, len, &out->tasks);
}

uint32_t rp_node_files_read(const struct rp_node_files *files, uint32_t mask, struct rp_scratch *scratch,
                            struct rp_node_reading *out)
{
    static int (*const parse[RP_NODE_FILE_MAX])(const char *, size_t, struct rp_node_reading *) = {
        [RP_NODE_FILE_MEMINFO] = rp_parse_meminfo,   [RP_NODE_FILE_ROOT_STAT] = rp_parse_memory_stat_node,
        [RP_NODE_FILE_PRESSURE] = rp_parse_psi_node, [RP_NODE_FILE_LOADAVG] = parse_tasks,
        [RP_NODE_FILE_PID_MAX] = parse_tasks_max,    [RP_NODE_FILE_THREADS_MAX] = parse_tasks_max,
    };
    uint32_t understood = 0, garbage = 0;
    out->tasks_max = UINT64_MAX;
    for (uint32_t f = 0; f < RP_NODE_FILE_MAX; f++) {
        size_t len = 0;
        if (!(mask & RP_NODE_READ(f)) || files->fd[f] < 0)
            continue;
        int r = rp_scratch_read(scratch, files->fd[f], &len);
        if (!r)
            r = parse[f](scratch->text, len, out);
        *(r ? &garbage : &understood) |= RP_NODE_READ(f);
    }
    if ((understood & RP_NODE_READ(RP_NODE_FILE_LOADAVG)) && out->tasks_max != UINT64_MAX)
        out->known |= RP_NODE_TASKS;
    return garbage;
}
