// SPDX-License-Identifier: Apache-2.0
/* Reading the node: MemTotal and friends, what the kubelet adds up at the cgroup root, pressure, threads, memory errors. */
#include "node/sense/node_files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "base/line.h"
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
    [RP_NODE_FILE_PRESSURE_IO] = "pressure/io",
    [RP_NODE_FILE_LOADAVG] = "loadavg",
    [RP_NODE_FILE_PID_MAX] = "sys/kernel/pid_max",
    [RP_NODE_FILE_THREADS_MAX] = "sys/kernel/threads-max",
    [RP_NODE_FILE_EDAC] = "edac/mc",
};

/* Container runtimes mount parts of /proc over itself, so a mount below the proc root is no trick. */
#define PROC_RESOLVE (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS)

const char *rp_node_file_name(enum rp_node_file file)
{
    return names[file];
}

void rp_node_files_init(struct rp_node_files *files)
{
    *files = (struct rp_node_files){0};
    for (int f = 0; f < RP_NODE_FILE_MAX; f++)
        files->fd[f] = -1;
    for (int t = 0; t < RP_PSI_KIND_MAX; t++)
        files->trigger_fd[t] = -1;
}

void rp_node_files_deinit(struct rp_node_files *files)
{
    for (int f = 0; f < RP_NODE_FILE_MAX; f++)
        rp_close_fd(&files->fd[f]);
    for (int t = 0; t < RP_PSI_KIND_MAX; t++)
        rp_close_fd(&files->trigger_fd[t]);
    for (; files->edac_n > 0; files->edac_n--)
        for (int c = 0; c < 2; c++)
            rp_close_fd(&files->edac[files->edac_n - 1][c]);
}

/* Booted with psi=0 older kernels have the files of /proc/pressure all the same, and refuse to read them. */
static int open_readable(int dirfd, const char *name, uint64_t resolve)
{
    char first = 0;
    RP_CLEANUP_FD int fd = rp_openat2(dirfd, name, O_RDONLY | O_NONBLOCK, resolve);
    if (fd < 0)
        return fd;
    return pread(fd, &first, 1, 0) < 0 ? -errno : RP_TAKE_FD(fd);
}

void rp_node_files_open(struct rp_node_files *files, int proc_fd, int cgroup_fd)
{
    for (int f = 0; f < RP_NODE_FILE_EDAC; f++) {
        const bool cgroup = f == RP_NODE_FILE_ROOT_STAT;
        const int fd = open_readable(cgroup ? cgroup_fd : proc_fd, names[f],
                                     cgroup ? PROC_RESOLVE | RESOLVE_NO_XDEV : PROC_RESOLVE);
        files->fd[f] = fd < 0 ? -1 : fd;
        files->error[f] = fd < 0 ? fd : 0;
    }
}

/* Links on the way are sysfs's own, or the host's, which a container sees below its mount of the node's root. */
static int open_edac(int host_fd, uint32_t controller, const char *counter)
{
    char path[64];
    struct rp_line line;
    rp_line_init(&line, path, sizeof(path));
    rp_line_add(&line, "sys/devices/system/edac/mc/mc");
    rp_line_add_u64(&line, controller);
    rp_line_add(&line, counter);
    return open_readable(host_fd, path, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

void rp_node_files_open_edac(struct rp_node_files *files, int host_fd)
{
    /* Numbers have gaps where a controller has no memory. */
    for (uint32_t mc = 0; host_fd >= 0 && mc < RP_NODE_EDAC_MAX; mc++) {
        RP_CLEANUP_FD int corrected = open_edac(host_fd, mc, "/ce_count");
        RP_CLEANUP_FD int uncorrected = open_edac(host_fd, mc, "/ue_count");
        if (corrected < 0 || uncorrected < 0)
            continue;
        files->edac[files->edac_n][0] = RP_TAKE_FD(corrected);
        files->edac[files->edac_n++][1] = RP_TAKE_FD(uncorrected);
    }
}

void rp_node_files_arm(struct rp_node_files *files, int proc_fd)
{
    static const enum rp_node_file pressure[RP_PSI_KIND_MAX] = {
        [RP_PSI_MEMORY] = RP_NODE_FILE_PRESSURE,
        [RP_PSI_IO] = RP_NODE_FILE_PRESSURE_IO,
    };
    for (int t = 0; t < RP_PSI_KIND_MAX; t++) {
        const int fd = rp_psi_trigger_open(proc_fd, names[pressure[t]], PROC_RESOLVE, (enum rp_psi_kind)t);
        files->trigger_fd[t] = fd < 0 ? -1 : fd;
        files->trigger_error[t] = fd < 0 ? fd : 0;
    }
}

static int parse_pid_max(const char *text, size_t len, struct rp_node_reading *out)
{
    return rp_parse_single_value(text, len, &out->pid_max);
}

static int parse_threads_max(const char *text, size_t len, struct rp_node_reading *out)
{
    return rp_parse_single_value(text, len, &out->threads_max);
}

static int parse_tasks(const char *text, size_t len, struct rp_node_reading *out)
{
    struct rp_loadavg now = {0};
    int r = rp_parse_loadavg(text, len, &now);
    out->tasks = now.tasks;
    out->tasks_running = now.running;
    return r;
}

/* The sums over all controllers; one that cannot be read would make them fall, so then they are not known. */
static bool read_edac(const struct rp_node_files *files, struct rp_scratch *scratch, struct rp_node_reading *out)
{
    uint64_t sums[2] = {0, 0};
    for (uint32_t i = 0; i < files->edac_n * 2; i++) {
        size_t len = 0;
        uint64_t count = 0;
        if (rp_scratch_read(scratch, files->edac[i / 2][i % 2], &len) < 0 ||
            rp_parse_single_value(scratch->text, len, &count) < 0)
            return false;
        sums[i % 2] = rp_add_sat_u64(sums[i % 2], count);
    }
    out->edac_corrected = sums[0];
    out->edac_uncorrected = sums[1];
    out->known |= RP_NODE_EDAC;
    return true;
}

uint32_t rp_node_files_read(const struct rp_node_files *files, uint32_t mask, struct rp_scratch *scratch,
                            struct rp_node_reading *out)
{
    static int (*const parse[RP_NODE_FILE_MAX])(const char *, size_t, struct rp_node_reading *) = {
        [RP_NODE_FILE_MEMINFO] = rp_parse_meminfo,      [RP_NODE_FILE_ROOT_STAT] = rp_parse_memory_stat_node,
        [RP_NODE_FILE_PRESSURE] = rp_parse_psi_node,    [RP_NODE_FILE_PRESSURE_IO] = rp_parse_psi_node_io,
        [RP_NODE_FILE_LOADAVG] = parse_tasks,           [RP_NODE_FILE_PID_MAX] = parse_pid_max,
        [RP_NODE_FILE_THREADS_MAX] = parse_threads_max,
    };
    uint32_t understood = 0, garbage = 0;
    out->pid_max = out->threads_max = UINT64_MAX;
    for (uint32_t f = 0; f < RP_NODE_FILE_MAX; f++) {
        size_t len = 0;
        if (!(mask & RP_NODE_READ(f)) || files->fd[f] < 0)
            continue;
        int r = rp_scratch_read(scratch, files->fd[f], &len);
        if (!r)
            r = parse[f](scratch->text, len, out);
        *(r ? &garbage : &understood) |= RP_NODE_READ(f);
    }
    if ((mask & RP_NODE_READ(RP_NODE_FILE_EDAC)) && files->edac_n > 0 && !read_edac(files, scratch, out))
        garbage |= RP_NODE_READ(RP_NODE_FILE_EDAC);
    /* What the kubelet takes for the node's limit: the smaller of the two that can be read. */
    out->tasks_max = rp_min_u64(out->pid_max, out->threads_max);
    if ((understood & RP_NODE_READ(RP_NODE_FILE_LOADAVG)) && out->tasks_max != UINT64_MAX)
        out->known |= RP_NODE_TASKS;
    return garbage;
}
