// SPDX-License-Identifier: Apache-2.0
/* Shields: oom_score_adj of all processes of a pod, with what their children inherit. */
#include "node/act/shield.h"

#include <errno.h>

#include "base/cleanup.h"
#include "node/act/cgroup_dir.h"
#include "node/act/clock.h"
#include "node/act/process.h"

#define HEIR_PASSES 4 /* a process may fork between two looks; after these only a fork bomb is left */

/* ---- one process */

struct target {
    int fd; /* /proc/PID */
    int32_t pid;
    uint64_t starttime;
    int16_t adj;
};

static int write_adj(int process_fd, int16_t adj)
{
    struct rp_knob_text text, shown;
    int r = rp_knob_format(RP_KNOB_OOM_SCORE_ADJ, adj, &text);
    if (r == 0)
        r = rp_knob_write(process_fd, RP_KNOB_OOM_SCORE_ADJ, &text, &shown);
    if (r == 0 && !rp_knob_same(RP_KNOB_OOM_SCORE_ADJ, &text, &shown))
        return -EIO;
    return r == -ENOENT ? -ESRCH : r;
}

/* -ESRCH: it is gone. The descriptor belongs to the caller. */
static int open_target(int proc_fd, int32_t pid, struct target *ret)
{
    struct rp_process_stat stat = {0};
    struct target target = {.pid = pid};
    RP_CLEANUP_FD int fd = rp_process_open(proc_fd, pid);
    if (fd < 0)
        return fd;
    int r = rp_process_stat(fd, &stat);
    if (r == 0)
        r = rp_process_adj(fd, &target.adj);
    if (r < 0)
        return r;
    target.starttime = stat.starttime;
    target.fd = RP_TAKE_FD(fd);
    *ret = target;
    return 0;
}

/* ---- records */

static struct rp_undo_task *task_at(const struct rp_undo *undo, uint32_t i, rp_cgroup_id group)
{
    struct rp_undo_task *task = &undo->tasks[i];
    return task->group == group && rp_undo_task_slot(undo, i) == RP_UNDO_SLOT_USED ? task : NULL;
}

static struct rp_undo_task *find_task(const struct rp_undo *undo, rp_cgroup_id group, const struct target *target)
{
    const uint32_t top = rp_undo_tasks_top(undo);
    for (uint32_t i = 0; i < top; i++) {
        struct rp_undo_task *task = &undo->tasks[i];
        if (task->pid == target->pid && task->starttime == target->starttime && task_at(undo, i, group))
            return task;
    }
    return NULL;
}

/* A record of that container whose value we changed, other than `except`: what its processes had before us. */
static const struct rp_undo_task *model_of(const struct rp_undo *undo, rp_cgroup_id group, rp_cgroup_id leaf,
                                           const struct rp_undo_task *except)
{
    const uint32_t top = rp_undo_tasks_top(undo);
    for (uint32_t i = 0; i < top; i++) {
        const struct rp_undo_task *task = &undo->tasks[i];
        if (task->leaf == leaf && task != except && task->old != task->now && task_at(undo, i, group))
            return task;
    }
    return NULL;
}

/* ---- applying */

struct apply {
    struct rp_undo *undo;
    const struct rp_undo_roots *roots;
    struct rp_shield_counts counts;
    rp_cgroup_id group;
    rp_ns deadline_ns;
    int16_t wanted;
};

/* A process that holds our value without a record was born under the shield, or has always held it. */
static void record_holder(struct apply *apply, const struct target *target, rp_cgroup_id leaf)
{
    const struct rp_undo_task *model = model_of(apply->undo, apply->group, leaf, NULL);
    struct rp_undo_task record = {
        .group = apply->group,
        .leaf = leaf,
        .pid = target->pid,
        .starttime = target->starttime,
        .old = target->adj,
        .now = apply->wanted,
    };
    if (model)
        record.old = model->old;
    struct rp_undo_task *task = NULL;
    apply->counts.holding++;
    if (rp_undo_add_task(apply->undo, &record, &task) == 0)
        rp_undo_commit_task(task);
    else
        apply->counts.no_room++;
}

static void change_process(struct apply *apply, const struct target *target, rp_cgroup_id leaf)
{
    const struct rp_undo_task record = {
        .group = apply->group,
        .leaf = leaf,
        .pid = target->pid,
        .starttime = target->starttime,
        .old = target->adj,
        .now = apply->wanted,
    };
    struct rp_undo_task *task = NULL;
    if (rp_undo_add_task(apply->undo, &record, &task) < 0) {
        apply->counts.no_room++;
        return;
    }
    const int r = write_adj(target->fd, apply->wanted);
    if (r == 0) {
        rp_undo_commit_task(task);
        apply->counts.holding++;
        return;
    }
    /* The kernel may have taken it and only the reading back failed: then the record is still needed. */
    int16_t adj = 0;
    if (rp_process_adj(target->fd, &adj) < 0 || adj != apply->wanted)
        rp_undo_forget_task(task);
    if (r != -ESRCH) {
        apply->counts.failed++;
        apply->counts.error = r;
    }
}

static void apply_to_target(struct apply *apply, const struct target *target, rp_cgroup_id leaf)
{
    if (target->adj <= RP_SHIELD_RUNTIME_ADJ && target->adj != apply->wanted)
        return;
    apply->counts.seen++;
    const struct rp_undo_task *task = find_task(apply->undo, apply->group, target);
    if (task && target->adj != apply->wanted)
        apply->counts.theirs++;
    else if (task)
        apply->counts.holding++;
    else if (target->adj == apply->wanted)
        record_holder(apply, target, leaf);
    else
        change_process(apply, target, leaf);
}

static int apply_to(void *ctx, int32_t pid, rp_cgroup_id leaf)
{
    struct apply *apply = ctx;
    struct target target;
    if (rp_clock_ns() > apply->deadline_ns)
        return -ETIME;
    const int r = open_target(apply->roots->proc_fd, pid, &target);
    if (r < 0) {
        apply->counts.failed += r != -ESRCH;
        apply->counts.error = r != -ESRCH ? r : apply->counts.error;
        return 0;
    }
    apply_to_target(apply, &target, leaf);
    rp_close_fd(&target.fd);
    return 0;
}

static bool is_alive(const struct rp_undo_task *task, int proc_fd)
{
    struct rp_process_stat stat = {0};
    RP_CLEANUP_FD int fd = rp_process_open(proc_fd, task->pid);
    if (fd == -ESRCH)
        return false;
    const int r = fd < 0 ? fd : rp_process_stat(fd, &stat);
    return r == -ESRCH ? false : r < 0 || stat.starttime == task->starttime;
}

/* Free the records of processes that have ended, except a container's last one: heirs are restored by it. */
static void forget_dead(struct apply *apply)
{
    const uint32_t top = rp_undo_tasks_top(apply->undo);
    for (uint32_t i = 0; i < top; i++) {
        struct rp_undo_task *task = task_at(apply->undo, i, apply->group);
        if (!task || is_alive(task, apply->roots->proc_fd))
            continue;
        if (task->old == task->now || model_of(apply->undo, apply->group, task->leaf, task))
            rp_undo_forget_task(task);
    }
}

static int wanted_adj(const struct rp_undo_change *change, int16_t *ret)
{
    int64_t value = 0;
    if (rp_knob_value(RP_KNOB_OOM_SCORE_ADJ, &change->intended, &value) < 0 || value < INT16_MIN || value > INT16_MAX)
        return -EBADMSG;
    *ret = (int16_t)value;
    return 0;
}

int rp_shield_apply(struct rp_undo *undo, const struct rp_undo_change *change, const struct rp_undo_roots *roots,
                    rp_ns deadline_ns, struct rp_shield_counts *ret)
{
    struct apply apply = {.undo = undo, .roots = roots, .group = change->action.cgroup, .deadline_ns = deadline_ns};
    int r = wanted_adj(change, &apply.wanted);
    if (r < 0)
        return r;
    RP_CLEANUP_FD int fd = rp_cgroup_dir_open(roots->cgroup_fd, change->path, change->action.cgroup);
    if (fd < 0)
        return fd;
    r = rp_cgroup_dir_processes(fd, apply_to, &apply);
    if (r == 0)
        forget_dead(&apply);
    *ret = apply.counts;
    return r;
}

/* ---- putting back */

static enum rp_revert_result restore(const struct rp_undo_task *task, int proc_fd, int *error)
{
    struct target target;
    int r = open_target(proc_fd, task->pid, &target);
    if (r == -ESRCH)
        return RP_REVERT_GONE;
    if (r < 0) {
        *error = r;
        return RP_REVERT_FAILED;
    }
    RP_CLEANUP_FD int fd = target.fd;
    if (target.starttime != task->starttime)
        return RP_REVERT_GONE;
    if (target.adj == task->old)
        return RP_REVERT_ALREADY;
    if (target.adj != task->now)
        return RP_REVERT_CHANGED;
    r = write_adj(fd, task->old);
    if (r == -ESRCH)
        return RP_REVERT_GONE;
    if (r < 0)
        *error = r;
    return r < 0 ? RP_REVERT_FAILED : RP_REVERT_RESTORED;
}

enum rp_revert_result rp_shield_revert_task(struct rp_undo_task *task, int proc_fd)
{
    int error = 0;
    const enum rp_revert_result result = restore(task, proc_fd, &error);
    if (rp_revert_settles(result))
        rp_undo_forget_task(task);
    return result;
}

struct heirs {
    const struct rp_undo *undo;
    int proc_fd;
    rp_cgroup_id group;
    int16_t ours;
    uint32_t restored;
};

static int restore_heir(void *ctx, int32_t pid, rp_cgroup_id leaf)
{
    struct heirs *heirs = ctx;
    struct target target;
    if (open_target(heirs->proc_fd, pid, &target) < 0)
        return 0;
    RP_CLEANUP_FD int fd = target.fd;
    if (target.adj != heirs->ours || find_task(heirs->undo, heirs->group, &target))
        return 0;
    const struct rp_undo_task *model = model_of(heirs->undo, heirs->group, leaf, NULL);
    if (model && write_adj(fd, model->old) == 0)
        heirs->restored++;
    return 0;
}

static void restore_recorded(struct heirs *heirs, struct rp_revert *out)
{
    out->processes_left = out->processes_failed = 0;
    out->error = 0;
    for (uint32_t i = 0; i < RP_UNDO_TASKS_MAX; i++) {
        const struct rp_undo_task *task = task_at(heirs->undo, i, heirs->group);
        if (!task)
            continue;
        int error = 0;
        const enum rp_revert_result result = restore(task, heirs->proc_fd, &error);
        out->error = error < 0 ? error : out->error;
        out->processes += result == RP_REVERT_RESTORED;
        out->processes_left += result == RP_REVERT_CHANGED;
        out->processes_failed += result == RP_REVERT_FAILED;
    }
}

static void forget_settled(const struct heirs *heirs)
{
    for (uint32_t i = 0; i < RP_UNDO_TASKS_MAX; i++) {
        struct rp_undo_task *task = task_at(heirs->undo, i, heirs->group);
        int error = 0;
        if (task && rp_revert_settles(restore(task, heirs->proc_fd, &error)))
            rp_undo_forget_task(task);
    }
}

struct rp_revert rp_shield_revert(struct rp_undo *undo, const struct rp_undo_change *change,
                                  const struct rp_undo_roots *roots)
{
    struct rp_revert out = {.seen = change->intended};
    struct heirs heirs = {.undo = undo, .proc_fd = roots->proc_fd, .group = change->action.cgroup};
    if (wanted_adj(change, &heirs.ours) < 0) {
        out.result = RP_REVERT_DAMAGED;
        return out;
    }
    RP_CLEANUP_FD int fd = rp_cgroup_dir_open(roots->cgroup_fd, change->path, change->action.cgroup);
    /* Parents first, then their heirs; a parent that forked in between makes another pass necessary. */
    for (int pass = 0; pass < HEIR_PASSES; pass++) {
        restore_recorded(&heirs, &out);
        heirs.restored = 0;
        if (fd < 0 || rp_cgroup_dir_processes(fd, restore_heir, &heirs) < 0 || heirs.restored == 0)
            break;
        out.processes += heirs.restored;
    }
    forget_settled(&heirs);
    if (out.processes_failed > 0)
        out.result = RP_REVERT_FAILED;
    else if (fd < 0)
        out.result = RP_REVERT_GONE;
    else if (out.processes_left > 0 && out.processes == 0)
        out.result = RP_REVERT_CHANGED;
    else
        out.result = out.processes > 0 ? RP_REVERT_RESTORED : RP_REVERT_ALREADY;
    return out;
}
