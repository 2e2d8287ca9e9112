// SPDX-License-Identifier: Apache-2.0
/* Request files are made before they are needed. */
#include "app/registrar.h"

#include <errno.h>
#include <string.h>

#include "base/line.h"
#include "base/str.h"
#include "node/act/clock.h"

#define TEND_NS     (1 * RP_NS_PER_S)
#define AGAIN_NS    (60 * RP_NS_PER_S)
#define LOST_NS     (600 * RP_NS_PER_S) /* after a hand was lost on a file system that does not answer */
#define DEADLINE_NS (5 * RP_NS_PER_S)

/* The cgroup of a workload that watches a request file, or NULL. */
static const struct rp_cgroup *watcher(struct rp_arena *arena, const struct rp_pod *pod)
{
    const struct rp_cgroup *cgroup = pod && pod->live ? rp_cgroup_at(arena, pod->cgroup) : NULL;
    const bool watches = cgroup && cgroup->live && pod->protected_ && !pod->sandboxed && !pod->terminating &&
                         !pod->finished && pod->contract.trigger == RP_TRIGGER_FILE;
    return watches ? cgroup : NULL;
}

static struct rp_registration *find(struct rp_registrar *registrar, rp_cgroup_id cgroup)
{
    for (uint32_t i = 0; i < RP_REGISTER_MAX; i++)
        if (registrar->list[i].cgroup == cgroup)
            return &registrar->list[i];
    return NULL;
}

static struct rp_pod *pod_of(struct rp_arena *arena, rp_cgroup_id id)
{
    const struct rp_cgroup *cgroup = rp_cgroup_find(arena, id);
    return cgroup && cgroup->live ? rp_pod_at(arena, cgroup->pod) : NULL;
}

/* Who is gone, or watches no file any more. */
static void forget(struct rp_registrar *registrar, struct rp_arena *arena)
{
    for (uint32_t i = 0; i < RP_REGISTER_MAX; i++) {
        struct rp_registration *one = &registrar->list[i];
        const struct rp_pod *pod = one->cgroup == RP_CGROUP_NONE ? NULL : pod_of(arena, one->cgroup);
        const bool is_ordered = registrar->job != 0 && registrar->ordered == i;
        if (!is_ordered && one->cgroup != RP_CGROUP_NONE && !watcher(arena, pod))
            *one = (struct rp_registration){.cgroup = RP_CGROUP_NONE};
    }
}

static void enter(struct rp_registrar *registrar, struct rp_arena *arena)
{
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        const struct rp_pod *pod = rp_pod_at(arena, i);
        const struct rp_cgroup *cgroup = watcher(arena, pod);
        struct rp_registration *place = cgroup && !find(registrar, cgroup->id) ? find(registrar, RP_CGROUP_NONE) : NULL;
        if (!place)
            continue;
        *place = (struct rp_registration){.cgroup = cgroup->id, .error = -EINPROGRESS};
        rp_cut(place->pod, sizeof(place->pod), pod->name);
    }
}

static bool order(struct rp_registrar *registrar, struct rp_arena *arena, struct rp_hands *hands, uint32_t which)
{
    const struct rp_registration *one = &registrar->list[which];
    const struct rp_pod *pod = pod_of(arena, one->cgroup);
    const struct rp_cgroup *cgroup = watcher(arena, pod);
    if (!cgroup)
        return false;
    struct rp_job job = {.kind = RP_JOB_REQUEST, .cgroup = one->cgroup, .deadline_ns = rp_clock_ns() + DEADLINE_NS};
    job.target.target = pod->contract.target;
    rp_cut(job.path, sizeof(job.path), cgroup->path);
    rp_cut(job.target.comm, sizeof(job.target.comm), pod->contract.comm);
    rp_cut(job.target.path, sizeof(job.target.path), pod->contract.request_path);
    if (rp_hands_post(hands, &job) != 0)
        return false;
    registrar->job = job.id;
    registrar->ordered = which;
    return true;
}

void rp_registrar_tend(struct rp_registrar *registrar, struct rp_arena *arena, struct rp_hands *hands, bool asks)
{
    if (!asks || registrar->job != 0 || arena->t_ns < registrar->due_ns)
        return;
    registrar->due_ns = arena->t_ns + TEND_NS;
    forget(registrar, arena);
    enter(registrar, arena);
    for (uint32_t i = 0; i < RP_REGISTER_MAX; i++) {
        struct rp_registration *one = &registrar->list[i];
        if (one->cgroup == RP_CGROUP_NONE || arena->t_ns < one->due_ns)
            continue;
        if (order(registrar, arena, hands, i))
            one->due_ns = arena->t_ns + AGAIN_NS;
        return;
    }
}

bool rp_registrar_result(struct rp_registrar *registrar, const struct rp_job_result *result)
{
    if (registrar->job == 0 || registrar->job != result->id)
        return false;
    struct rp_registration *one = &registrar->list[registrar->ordered];
    registrar->job = 0;
    registrar->due_ns = 0; /* the next one at once */
    one->error = result->error;
    if (result->error == -ETIMEDOUT || result->error == -EPIPE)
        one->due_ns += LOST_NS - AGAIN_NS;
    return true;
}

static const char *why(int error)
{
    if (error == -EEXIST)
        return "there is a file that holds something else";
    if (error == -EINVAL || error == -ELOOP)
        return "what is there is no regular file";
    if (error == -ENOENT || error == -ENOTDIR)
        return "its directory is not there";
    if (error == -ETIMEDOUT)
        return "its file system does not answer";
    return strerrordesc_np(-error);
}

uint32_t rp_registrar_complaints(const struct rp_registrar *registrar, struct rp_complaint *list, uint32_t n,
                                 uint32_t cap)
{
    for (uint32_t i = 0; i < RP_REGISTER_MAX && n < cap; i++) {
        const struct rp_registration *one = &registrar->list[i];
        struct rp_line line;
        if (one->cgroup == RP_CGROUP_NONE || one->error == 0 || one->error == -EINPROGRESS || one->error == -ESRCH)
            continue;
        rp_line_init(&line, list[n].text, sizeof(list[n].text));
        rp_line_add(&line, "the request file of ");
        rp_line_add(&line, one->pod);
        rp_line_add(&line, " cannot be made, so it cannot be asked for a checkpoint: ");
        rp_line_add(&line, why(one->error));
        n++;
    }
    return n;
}
