// SPDX-License-Identifier: Apache-2.0
/* From the main process of a container to the one that it names in a file. */
#include "node/act/pidfile.h"

#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "core/parse/pidfile.h"
#include "node/act/cgroup_dir.h"
#include "node/act/clock.h"
#include "node/act/inside.h"
#include "node/act/process.h"

#define TEXT_MAX 256

struct search {
    const struct rp_undo_roots *roots;
    const struct rp_job *job;
    const struct rp_signal_target *from; /* the main process of the container */
    int32_t number;                      /* as it counts */
    struct rp_signal_target found;       /* pid 0: none */
};

static int read_inside(void *ctx, int root_fd)
{
    struct search *search = ctx;
    char text[TEXT_MAX];
    size_t len = 0;
    RP_CLEANUP_FD int found = rp_inside_find(root_fd, search->job->target.path);
    RP_CLEANUP_FD int fd = found < 0 ? found : rp_inside_open(search->roots->proc_fd, found, O_RDONLY);
    const int r = fd < 0 ? fd : rp_pread_all(fd, text, sizeof(text), &len);
    return r < 0 ? r : rp_parse_pidfile(text, len, &search->number);
}

/* The number means something only in the namespace of who wrote it: the same container, as deep as its main process. */
static int compare(void *ctx, int32_t pid, rp_cgroup_id leaf)
{
    struct search *search = ctx;
    struct rp_proc_status status = {0};
    struct rp_process_stat stat = {0};
    if (rp_clock_ns() > search->job->deadline_ns)
        return -ETIME;
    if (leaf != search->from->leaf)
        return 0;
    RP_CLEANUP_FD int fd = rp_process_open(search->roots->proc_fd, pid);
    if (fd < 0 || rp_process_status(fd, &status) < 0 || rp_process_stat(fd, &stat) < 0)
        return 0;
    if (status.nspid_n != search->from->depth || status.nspid_n == 0 ||
        status.nspid[status.nspid_n - 1] != search->number)
        return 0;
    search->found = (struct rp_signal_target){.pid = pid,
                                              .is_init = status.nspid_n > 1 && search->number == 1,
                                              .depth = status.nspid_n,
                                              .leaf = leaf,
                                              .starttime = stat.starttime};
    return 1;
}

void rp_pidfile_follow(const struct rp_undo_roots *roots, const struct rp_job *job, int dirfd,
                       struct rp_signal_targets *targets)
{
    const uint32_t mains = targets->n;
    targets->n = 0;
    for (uint32_t i = 0; i < mains; i++) {
        struct search search = {.roots = roots, .job = job, .from = &targets->list[i]};
        if (rp_inside(roots, job, search.from, read_inside, &search) < 0 ||
            rp_cgroup_dir_processes(dirfd, compare, &search) != 1)
            continue;
        targets->list[targets->n++] = search.found;
    }
}
