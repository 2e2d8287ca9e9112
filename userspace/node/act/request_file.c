// SPDX-License-Identifier: Apache-2.0
/* The file by which a workload is asked for a checkpoint. */
#include "node/act/request_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "base/num.h"
#include "base/str.h"
#include "node/act/clock.h"
#include "node/act/inside.h"
#include "reprieve/request.h"

#define FILE_MODE 0644 /* the program may run under another user than the container's first process */

struct writing {
    const struct rp_undo_roots *roots;
    const char *path;
    bool asks;
    char line[RP_REQUEST_BYTES];
};

static int put(int fd, const char line[RP_REQUEST_BYTES])
{
    const ssize_t n = pwrite(fd, line, RP_REQUEST_BYTES, 0);
    if (n < 0)
        return -errno;
    return n == RP_REQUEST_BYTES ? 0 : -ENOSPC;
}

static int make(int root_fd, const struct writing *writing)
{
    RP_CLEANUP_FD int fd = rp_openat2(root_fd, writing->path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_NONBLOCK,
                                      RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
    if (fd < 0)
        return fd;
    return fchmod(fd, FILE_MODE) < 0 ? -errno : put(fd, writing->line);
}

static int overwrite(int found, const struct writing *writing)
{
    struct stat st;
    if (fstat(found, &st) < 0)
        return -errno;
    if (st.st_size != 0 && st.st_size != RP_REQUEST_BYTES)
        return -EEXIST;
    if (!writing->asks && st.st_size == RP_REQUEST_BYTES)
        return 0;
    RP_CLEANUP_FD int fd = rp_inside_open(writing->roots->proc_fd, found, O_RDWR);
    return fd < 0 ? fd : put(fd, writing->line);
}

static int write_inside(void *ctx, int root_fd)
{
    const struct writing *writing = ctx;
    RP_CLEANUP_FD int found = rp_inside_find(root_fd, writing->path);
    if (found == -ENOENT)
        return make(root_fd, writing);
    return found < 0 ? found : overwrite(found, writing);
}

static int compose(const struct rp_job *job, char line[RP_REQUEST_BYTES])
{
    struct rp_request_line request = {.id = job->request.id};
    const rp_ns left_ns = rp_sub_sat_u64(job->request.due_ns, rp_clock_ns());
    struct timespec wall = {0};
    (void)clock_gettime(CLOCK_REALTIME, &wall);
    request.seconds = left_ns / RP_NS_PER_S;
    request.deadline_unix_s = (uint64_t)wall.tv_sec + request.seconds;
    rp_cut(request.reason, sizeof(request.reason), rp_reason_word((enum rp_reason)job->request.reason));
    rp_cut(request.severity, sizeof(request.severity), job->request.is_critical ? "critical" : "warning");
    return rp_request_line_make(&request, line);
}

static bool was_seen(const struct rp_signal_targets *targets, uint32_t i)
{
    for (uint32_t before = 0; before < i; before++)
        if (targets->list[before].leaf == targets->list[i].leaf)
            return true;
    return false;
}

void rp_request_file_run(const struct rp_undo_roots *roots, const struct rp_job *job, struct rp_job_result *result,
                         int *ret_pidfd)
{
    struct rp_signal_targets targets;
    struct writing writing = {.roots = roots, .path = job->target.path, .asks = job->request.id != 0};
    int r = compose(job, writing.line);
    *ret_pidfd = -1;
    if (r == 0)
        r = rp_signal_find(roots, job, &targets);
    result->error = r == -E2BIG ? 0 : r;
    if (result->error < 0)
        return;
    r = targets.n > 0 ? 0 : -ESRCH;
    for (uint32_t i = 0; i < targets.n; i++) {
        if (was_seen(&targets, i))
            continue;
        RP_CLEANUP_FD int pidfd = job->target.want_pidfd ? rp_pidfd_open(targets.list[i].pid) : -1;
        const int done = rp_inside(roots, job, &targets.list[i], write_inside, &writing);
        /* That a sidecar has no such directory says less than whatever else went wrong. */
        if (done < 0 && (r == 0 || r == -ENOENT))
            r = done;
        if (done < 0 || result->touched++ > 0)
            continue;
        result->pid = targets.list[i].pid;
        if (pidfd >= 0)
            *ret_pidfd = RP_TAKE_FD(pidfd);
    }
    result->error = result->touched > 0 ? 0 : r;
}
