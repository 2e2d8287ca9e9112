// SPDX-License-Identifier: Apache-2.0
/* Files inside a container. */
#include "node/act/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/fsuid.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "base/line.h"
#include "node/act/process.h"

/*
 * With the rights of the container's own process and no more. Without CAP_SETUID and CAP_SETGID the ids stay ours, which
 * for uid 0 without CAP_DAC_* means less than the tenant may see, not more. Leaving fsuid 0 also takes the file-system
 * capabilities out of the effective set; coming back restores them.
 */
static int do_as(const struct rp_proc_status *status, int root_fd, rp_inside_fn *what, void *ctx)
{
    const uid_t uid = (uid_t)setfsuid((uid_t)-1);
    const gid_t gid = (gid_t)setfsgid((gid_t)-1);
    (void)setfsgid(status->gid.fs);
    (void)setfsuid(status->uid.fs);
    const int r = what(ctx, root_fd);
    (void)setfsuid(uid);
    (void)setfsgid(gid);
    return r;
}

int rp_inside(const struct rp_undo_roots *roots, const struct rp_job *job, const struct rp_signal_target *target,
              rp_inside_fn *what, void *ctx)
{
    struct rp_proc_status status = {0};
    RP_CLEANUP_FD int process = rp_process_open(roots->proc_fd, target->pid);
    RP_CLEANUP_FD int root = process < 0 ? process : rp_process_root(process);
    int r = root < 0 ? root : rp_process_status(process, &status);
    if (r == 0 && (!(status.known & RP_STATUS_UID) || !(status.known & RP_STATUS_GID)))
        r = -EBADMSG;
    /* After the root was opened: is it still the root of a process of this workload? */
    if (r == 0 && rp_process_is_under(process, job->path) != 1)
        r = -ESRCH;
    return r < 0 ? r : do_as(&status, root, what, ctx);
}

int rp_inside_find(int root_fd, const char *path)
{
    struct stat st;
    /* O_PATH opens nothing that could block or have an effect; openat2 refuses O_NONBLOCK beside it. */
    RP_CLEANUP_FD int fd = rp_openat2(root_fd, path, O_PATH | O_NOFOLLOW, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
    if (fd < 0)
        return fd;
    if (fstat(fd, &st) < 0)
        return -errno;
    return S_ISREG(st.st_mode) ? RP_TAKE_FD(fd) : -EINVAL;
}

int rp_inside_open(int proc_fd, int found_fd, int flags)
{
    char path[32];
    struct rp_line line;
    rp_line_init(&line, path, sizeof(path));
    rp_line_add(&line, "self/fd/");
    rp_line_add_i64(&line, found_fd);
    return rp_openat2(proc_fd, path, flags | O_NONBLOCK | O_NOCTTY, 0);
}
