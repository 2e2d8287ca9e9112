// SPDX-License-Identifier: Apache-2.0
#include "app/alarms.h"

#include "base/cleanup.h"
#include "base/str.h"

#define TEND_NS     (10 * RP_NS_PER_S)
#define DEADLINE_NS (5 * RP_NS_PER_S)

void rp_alarms_init(struct rp_alarms *alarms)
{
    *alarms = (struct rp_alarms){.ordered = RP_INDEX_NONE};
    for (uint32_t i = 0; i < RP_ALARMS_MAX; i++)
        alarms->list[i].fd = -1;
}

static void forget(struct rp_alarm *alarm)
{
    rp_close_fd(&alarm->fd);
    alarm->cgroup = RP_CGROUP_NONE;
}

static struct rp_alarm *find(struct rp_alarms *alarms, rp_cgroup_id cgroup)
{
    for (uint32_t i = 0; i < RP_ALARMS_MAX; i++)
        if (alarms->list[i].cgroup == cgroup)
            return &alarms->list[i];
    return NULL;
}

/* One at a time; a class whose order was refused keeps its place, so that it is not asked for again. */
static bool order(struct rp_alarms *alarms, const struct rp_cgroup *cgroup, struct rp_hands *hands, rp_ns now)
{
    struct rp_alarm *alarm = find(alarms, RP_CGROUP_NONE);
    struct rp_job job = {.kind = RP_JOB_ALARM, .cgroup = cgroup->id, .deadline_ns = now + DEADLINE_NS};
    rp_cut(job.path, sizeof(job.path), cgroup->path);
    if (!alarm || rp_hands_post(hands, &job) != 0)
        return false;
    alarm->cgroup = cgroup->id;
    alarms->ordered = (uint32_t)(alarm - alarms->list);
    return true;
}

static bool is_class(const struct rp_cgroup *cgroup)
{
    return cgroup->live && (cgroup->kind == RP_CGROUP_PODS_ROOT || cgroup->kind == RP_CGROUP_QOS);
}

static void order_missing(struct rp_alarms *alarms, struct rp_arena *arena, struct rp_hands *hands)
{
    for (uint32_t i = 0; i < arena->cgroups.used && alarms->ordered == RP_INDEX_NONE; i++) {
        const struct rp_cgroup *cgroup = rp_cgroup_at(arena, i);
        if (is_class(cgroup) && !find(alarms, cgroup->id) && !order(alarms, cgroup, hands, arena->t_ns))
            return;
    }
}

void rp_alarms_tend(struct rp_alarms *alarms, struct rp_arena *arena, struct rp_hands *hands, bool enforce)
{
    if (alarms->ordered != RP_INDEX_NONE || (enforce && arena->t_ns < alarms->due_ns))
        return;
    alarms->due_ns = arena->t_ns + TEND_NS;
    for (uint32_t i = 0; i < RP_ALARMS_MAX; i++)
        if (alarms->list[i].cgroup != RP_CGROUP_NONE && (!enforce || !rp_cgroup_find(arena, alarms->list[i].cgroup)))
            forget(&alarms->list[i]);
    if (enforce)
        order_missing(alarms, arena, hands);
}

int rp_alarms_result(struct rp_alarms *alarms, const struct rp_job_result *result, int fd)
{
    RP_CLEANUP_FD int owned = fd;
    if (alarms->ordered == RP_INDEX_NONE)
        return -1;
    struct rp_alarm *alarm = &alarms->list[alarms->ordered];
    alarms->ordered = RP_INDEX_NONE;
    alarms->due_ns = 0; /* the next class */
    if (result->error == 0)
        alarm->fd = RP_TAKE_FD(owned);
    return alarm->fd;
}

bool rp_alarms_own(const struct rp_alarms *alarms, int fd)
{
    for (uint32_t i = 0; i < RP_ALARMS_MAX; i++)
        if (fd >= 0 && alarms->list[i].fd == fd)
            return true;
    return false;
}

void rp_alarms_end(struct rp_alarms *alarms, int fd)
{
    for (uint32_t i = 0; i < RP_ALARMS_MAX; i++)
        if (alarms->list[i].fd == fd)
            rp_close_fd(&alarms->list[i].fd);
}
