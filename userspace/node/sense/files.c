// SPDX-License-Identifier: Apache-2.0
/* Reading one cgroup's files through kept descriptors; what the text means is core/parse's business. */
#include "node/sense/files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "core/parse/cgroup_events.h"
#include "core/parse/memory_events.h"
#include "core/parse/memory_stat.h"
#include "core/parse/psi.h"
#include "core/parse/single_value.h"

static int single(const char *text, size_t len, uint64_t *field, uint64_t bit, struct rp_cgroup_reading *out)
{
    int r = rp_parse_single_value(text, len, field);
    if (!r)
        out->known |= bit;
    return r;
}

static int parse_current(const char *text, size_t len, struct rp_cgroup_reading *out)
{
    return single(text, len, &out->usage_bytes, RP_CG_USAGE, out);
}

static int parse_pids(const char *text, size_t len, struct rp_cgroup_reading *out)
{
    return single(text, len, &out->pids, RP_CG_PIDS, out);
}

static int parse_swap(const char *text, size_t len, struct rp_cgroup_reading *out)
{
    return single(text, len, &out->swap_bytes, RP_CG_SWAP, out);
}

static int parse_max(const char *text, size_t len, struct rp_cgroup_reading *out)
{
    return single(text, len, &out->max_bytes, RP_CG_MAX, out);
}

static int parse_oom_group(const char *text, size_t len, struct rp_cgroup_reading *out)
{
    uint64_t flag = 0;
    int r = rp_parse_single_value(text, len, &flag);
    if (!r && flag > 1)
        r = -EBADMSG;
    if (r)
        return r;
    out->oom_group = flag == 1;
    out->known |= RP_CG_OOM_GROUP;
    return 0;
}

struct file_kind {
    const char *name;
    uint64_t gives;
    int (*parse)(const char *text, size_t len, struct rp_cgroup_reading *out);
};

static const struct file_kind file_kinds[RP_FILE_MAX] = {
    [RP_FILE_CURRENT] = {"memory.current", RP_CG_USAGE, parse_current},
    [RP_FILE_EVENTS] = {"memory.events", RP_CG_EVENTS, rp_parse_memory_events},
    [RP_FILE_STAT] = {"memory.stat", RP_CG_INACTIVE_FILE, rp_parse_memory_stat_cgroup},
    [RP_FILE_PRESSURE] = {"memory.pressure", RP_CG_PSI, rp_parse_psi_cgroup},
    [RP_FILE_PIDS] = {"pids.current", RP_CG_PIDS, parse_pids},
    [RP_FILE_SWAP] = {"memory.swap.current", RP_CG_SWAP, parse_swap},
    [RP_FILE_MAX_BYTES] = {"memory.max", RP_CG_MAX, parse_max},
    [RP_FILE_CGROUP_EVENTS] = {"cgroup.events", RP_CG_POPULATED, rp_parse_cgroup_events},
    [RP_FILE_OOM_GROUP] = {"memory.oom.group", RP_CG_OOM_GROUP, parse_oom_group},
};

int rp_scratch_read(struct rp_scratch *scratch, int fd, size_t *ret_len)
{
    ssize_t n = pread(fd, scratch->text, sizeof(scratch->text), 0);
    if (n < 0)
        return -errno;
    if ((size_t)n == sizeof(scratch->text))
        return -E2BIG;
    *ret_len = (size_t)n;
    return 0;
}

const char *rp_file_name(enum rp_file file)
{
    return file_kinds[file].name;
}

uint64_t rp_file_gives(enum rp_file file)
{
    return file_kinds[file].gives;
}

void rp_files_init(struct rp_files *files)
{
    for (int f = 0; f < RP_FILE_MAX; f++)
        files->fd[f] = -1;
}

uint32_t rp_files_open(struct rp_files *files, int dirfd, uint32_t mask, uint32_t budget)
{
    uint32_t opened = 0;
    for (uint32_t f = 0; f < RP_FILE_MAX && opened < budget; f++) {
        if (!(mask & RP_READ(f)) || files->fd[f] >= 0)
            continue;
        int fd = rp_openat2(dirfd, file_kinds[f].name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK,
                            RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS);
        if (fd < 0)
            continue;
        files->fd[f] = fd;
        opened++;
    }
    return opened;
}

uint32_t rp_files_close(struct rp_files *files, uint32_t keep)
{
    uint32_t closed = 0;
    for (uint32_t f = 0; f < RP_FILE_MAX; f++) {
        if (files->fd[f] < 0 || (keep & RP_READ(f)))
            continue;
        rp_close_fd(&files->fd[f]);
        closed++;
    }
    return closed;
}

struct rp_files_result rp_files_read(const struct rp_files *files, uint32_t mask, struct rp_scratch *scratch,
                                     struct rp_cgroup_reading *out)
{
    struct rp_files_result result = {0, 0};
    for (uint32_t f = 0; f < RP_FILE_MAX; f++) {
        if (!(mask & RP_READ(f)) || files->fd[f] < 0)
            continue;
        size_t len = 0;
        int r = rp_scratch_read(scratch, files->fd[f], &len);
        if (!r)
            r = file_kinds[f].parse(scratch->text, len, out);
        if (r == -ENODEV)
            result.gone |= RP_READ(f);
        else if (r)
            result.garbage |= RP_READ(f);
    }
    return result;
}

struct rp_files_result rp_files_read_once(int dirfd, uint32_t mask, struct rp_scratch *scratch,
                                          struct rp_cgroup_reading *out)
{
    struct rp_files files;
    rp_files_init(&files);
    (void)rp_files_open(&files, dirfd, mask, RP_FILE_MAX);
    const struct rp_files_result result = rp_files_read(&files, mask, scratch, out);
    (void)rp_files_close(&files, 0);
    return result;
}
