// SPDX-License-Identifier: Apache-2.0
/* The acknowledgement file of a workload. */
#include "node/act/evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "node/act/process.h"

static int64_t ns_of(struct timespec t)
{
    return (int64_t)t.tv_sec * (int64_t)RP_NS_PER_S + t.tv_nsec;
}

static int look_beneath(int root_fd, const char *path, struct rp_evidence_file *file)
{
    struct stat st;
    /* O_PATH opens nothing that could block or have an effect; openat2 refuses O_NONBLOCK beside it. */
    RP_CLEANUP_FD int fd = rp_openat2(root_fd, path, O_PATH | O_NOFOLLOW, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
    if (fd < 0)
        return fd;
    if (fstat(fd, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return -EINVAL;
    file->state = RP_EVIDENCE_PRESENT;
    file->device = st.st_dev;
    file->inode = st.st_ino;
    file->bytes = (uint64_t)st.st_size;
    file->mtime_ns = ns_of(st.st_mtim);
    file->ctime_ns = ns_of(st.st_ctim);
    return 0;
}

/*
 * Inside the container with the rights of its own process and no more. Without CAP_SETUID and CAP_SETGID the ids stay
 * ours, which for uid 0 without CAP_DAC_* means less than the tenant may see, not more. Leaving fsuid 0 also takes the
 * file-system capabilities out of the effective set; coming back restores them.
 */
static int look_as(const struct rp_proc_status *status, int root_fd, const char *path, struct rp_evidence_file *file)
{
    const uid_t uid = (uid_t)setfsuid((uid_t)-1);
    const gid_t gid = (gid_t)setfsgid((gid_t)-1);
    (void)setfsgid(status->gid.fs);
    (void)setfsuid(status->uid.fs);
    const int r = look_beneath(root_fd, path, file);
    (void)setfsuid(uid);
    (void)setfsgid(gid);
    return r;
}

static struct rp_evidence_file look(const struct rp_undo_roots *roots, const struct rp_job *job,
                                    const struct rp_signal_target *target)
{
    struct rp_evidence_file file = {.leaf = target->leaf, .state = RP_EVIDENCE_UNKNOWN};
    struct rp_proc_status status = {0};
    RP_CLEANUP_FD int process = rp_process_open(roots->proc_fd, target->pid);
    RP_CLEANUP_FD int root = process < 0 ? process : rp_process_root(process);
    int r = root < 0 ? root : rp_process_status(process, &status);
    if (r == 0 && (!(status.known & RP_STATUS_UID) || !(status.known & RP_STATUS_GID)))
        r = -EBADMSG;
    /* After the root was opened: is it still the root of a process of this workload? */
    if (r == 0 && rp_process_is_under(process, job->path) != 1)
        r = -ESRCH;
    if (r == 0)
        r = look_as(&status, root, job->target.path, &file);
    if (r == -ENOENT || r == -ENOTDIR)
        file.state = RP_EVIDENCE_ABSENT;
    else
        file.error = r;
    return file;
}

static struct rp_evidence_file *find(struct rp_evidence *evidence, rp_cgroup_id leaf)
{
    for (uint32_t i = 0; i < evidence->n; i++)
        if (evidence->file[i].leaf == leaf)
            return &evidence->file[i];
    return NULL;
}

void rp_evidence_run(const struct rp_undo_roots *roots, const struct rp_job *job, struct rp_job_result *result)
{
    struct rp_signal_targets targets;
    struct rp_evidence *evidence = &result->evidence;
    const int r = rp_signal_find(roots, job, &targets);
    result->error = r == -E2BIG ? 0 : r;
    if (result->error < 0)
        return;
    for (uint32_t i = 0; i < targets.n && evidence->n < RP_EVIDENCE_MAX; i++)
        if (!find(evidence, targets.list[i].leaf))
            evidence->file[evidence->n++] = look(roots, job, &targets.list[i]);
}

static bool is_newer(const struct rp_evidence_file *before, const struct rp_evidence_file *now)
{
    return now->device != before->device || now->inode != before->inode || now->bytes != before->bytes ||
           now->mtime_ns > before->mtime_ns || now->ctime_ns > before->ctime_ns;
}

bool rp_evidence_is_fresh(struct rp_evidence *baseline, const struct rp_evidence *now)
{
    bool fresh = false;
    for (uint32_t i = 0; i < now->n && i < RP_EVIDENCE_MAX; i++) {
        const struct rp_evidence_file *file = &now->file[i];
        struct rp_evidence_file *before = find(baseline, file->leaf);
        if (!before && baseline->n < RP_EVIDENCE_MAX)
            baseline->file[baseline->n++] = *file;
        else if (!before || file->state == RP_EVIDENCE_UNKNOWN)
            continue;
        else if (before->state == RP_EVIDENCE_UNKNOWN || file->state == RP_EVIDENCE_ABSENT)
            *before = *file;
        else if (before->state == RP_EVIDENCE_ABSENT || is_newer(before, file))
            fresh = true;
    }
    return fresh;
}
