// SPDX-License-Identifier: Apache-2.0
/* The acknowledgement file of a workload. */
#include "node/act/evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "base/num.h"
#include "node/act/inside.h"
#include "node/act/newest.h"
#include "reprieve/answer.h"

#define BEFORE_END_NS (250 * RP_NS_PER_MS) /* to answer in before the hand is given up */

static int64_t ns_of(struct timespec t)
{
    return (int64_t)t.tv_sec * (int64_t)RP_NS_PER_S + t.tv_nsec;
}

static void take(struct rp_evidence_file *file, const struct stat *st)
{
    file->state = RP_EVIDENCE_PRESENT;
    file->device = st->st_dev;
    file->inode = st->st_ino;
    file->bytes = (uint64_t)st->st_size;
    file->mtime_ns = ns_of(st->st_mtim);
    file->ctime_ns = ns_of(st->st_ctim);
}

struct look {
    const struct rp_undo_roots *roots;
    const struct rp_job *job;
    struct rp_evidence_file file;
};

/* An answer that is not understood is none: it may be half written, or somebody else's. */
static int read_answer(struct look *look, int found_fd)
{
    char text[RP_ANSWER_BYTES];
    size_t len = 0;
    struct rp_answer_line answer;
    RP_CLEANUP_FD int fd = rp_inside_open(look->roots->proc_fd, found_fd, O_RDONLY);
    int r = fd < 0 ? fd : rp_pread_all(fd, text, sizeof(text), &len);
    if (r == 0)
        r = rp_answer_line_parse(text, len, &answer);
    if (r < 0)
        return r;
    look->file.answers = answer.id;
    look->file.result = answer.result;
    look->file.checkpoint_bytes = answer.bytes;
    return 0;
}

static int look_at_file(struct look *look, int root_fd)
{
    struct stat st;
    RP_CLEANUP_FD int fd = rp_inside_find(root_fd, look->job->target.path);
    if (fd < 0)
        return fd;
    if (fstat(fd, &st) < 0)
        return -errno;
    const int r = look->job->target.ack == RP_ACK_WRAP ? read_answer(look, fd) : 0;
    if (r == 0)
        take(&look->file, &st);
    return r;
}

static int look_at_pattern(struct look *look, int root_fd)
{
    struct stat st;
    const rp_ns end_ns = rp_sub_sat_u64(look->job->deadline_ns, BEFORE_END_NS);
    const int r = rp_newest_find(root_fd, look->job->target.path, end_ns, &st);
    if (r == 0)
        take(&look->file, &st);
    return r;
}

static int look_inside(void *ctx, int root_fd)
{
    struct look *look = ctx;
    return look->job->target.ack == RP_ACK_MTIME ? look_at_pattern(look, root_fd) : look_at_file(look, root_fd);
}

static struct rp_evidence_file look_at(const struct rp_undo_roots *roots, const struct rp_job *job,
                                       const struct rp_signal_target *target)
{
    struct look look = {.roots = roots, .job = job, .file = {.leaf = target->leaf, .state = RP_EVIDENCE_UNKNOWN}};
    const int r = rp_inside(roots, job, target, look_inside, &look);
    if (r == -ENOENT || r == -ENOTDIR)
        look.file.state = RP_EVIDENCE_ABSENT;
    else
        look.file.error = r;
    return look.file;
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
            evidence->file[evidence->n++] = look_at(roots, job, &targets.list[i]);
}

static bool is_newer(const struct rp_evidence_file *before, const struct rp_evidence_file *now)
{
    return now->device != before->device || now->inode != before->inode || now->bytes != before->bytes ||
           now->mtime_ns > before->mtime_ns || now->ctime_ns > before->ctime_ns;
}

const struct rp_evidence_file *rp_evidence_fresh(struct rp_evidence *baseline, const struct rp_evidence *now)
{
    const struct rp_evidence_file *fresh = NULL;
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
            fresh = file;
    }
    return fresh;
}

const struct rp_evidence_file *rp_evidence_answer(const struct rp_evidence *now, uint64_t id)
{
    for (uint32_t i = 0; i < now->n && i < RP_EVIDENCE_MAX; i++)
        if (now->file[i].state == RP_EVIDENCE_PRESENT && now->file[i].answers == id)
            return &now->file[i];
    return NULL;
}

static bool is_same(const struct rp_evidence_file *a, const struct rp_evidence_file *b)
{
    return a->state == b->state && a->device == b->device && a->inode == b->inode && a->bytes == b->bytes &&
           a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns;
}

const struct rp_evidence_file *rp_evidence_settled(struct rp_evidence *baseline, struct rp_evidence *last,
                                                   const struct rp_evidence *now)
{
    const struct rp_evidence_file *settled = NULL;
    struct rp_evidence fresh = {0};
    for (uint32_t i = 0; i < now->n && i < RP_EVIDENCE_MAX; i++) {
        const struct rp_evidence one = {.n = 1, .file = {now->file[i]}};
        const struct rp_evidence_file *before = find(baseline, one.file[0].leaf);
        const bool older = before && before->state == RP_EVIDENCE_PRESENT && one.file[0].mtime_ns <= before->mtime_ns;
        if (!rp_evidence_fresh(baseline, &one) || older || one.file[0].bytes == 0)
            continue;
        const struct rp_evidence_file *earlier = find(last, one.file[0].leaf);
        fresh.file[fresh.n++] = one.file[0];
        if (earlier && is_same(earlier, &one.file[0]))
            settled = &now->file[i];
    }
    *last = fresh;
    return settled;
}
