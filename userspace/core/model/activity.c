// SPDX-License-Identifier: Apache-2.0
/*
 * A sample with some of BPF's counters has all that there are: who is not among them has done nothing. So whoever appears
 * later has started from zero, and what he shows at first has all happened in our time; only the very first look shows
 * counts of which nobody knows how old they are, and is nothing but a start.
 */
#include "core/model/activity.h"

#include "core/model/filesystems.h"
#include "core/model/flow.h"
#include "core/model/table.h"
#include "core/model/troubles.h"

#include <string.h>

struct rp_activity *rp_activity_of(struct rp_arena *arena, const struct rp_cgroup *cgroup)
{
    struct rp_pod *pod = cgroup ? rp_pod_at(arena, cgroup->pod) : NULL;
    if (!cgroup)
        return NULL;
    return pod ? &pod->activity : &arena->node.system;
}

/* ---- counts of cgroups */

static void count_trouble(struct rp_arena *arena, const struct rp_cgroup *cgroup, enum rp_trouble_kind kind, rp_ns t_ns,
                          uint64_t more)
{
    struct rp_trouble *trouble = &rp_activity_of(arena, cgroup)->troubles[kind];
    if (!more)
        return;
    trouble->count = rp_add_sat_u64(trouble->count, more);
    const struct rp_refusal refusal = {
        .kind = kind, .subject = cgroup, .owner = kind == RP_TROUBLE_PIDS ? cgroup : NULL, .t_ns = t_ns};
    rp_trouble_seen(arena, &refusal); /* its event may be lost, or was held back */
}

void rp_activity_take_counts(struct rp_arena *arena, const struct rp_cgroup *cgroup,
                             const struct rp_cgroup_reading *reading)
{
    const struct rp_counts *was = &cgroup->now.counts, *is = &reading->counts;
    struct rp_activity *activity = rp_activity_of(arena, cgroup);
    if (!(reading->known & RP_CG_COUNTS) || !arena->node.counts_ns)
        return;
    rp_flow_add(&activity->forks, rp_flow_rise(was->forks, is->forks));
    rp_flow_add(&activity->exits, rp_flow_rise(was->exits, is->exits));
    rp_flow_add(&activity->write_bytes, rp_flow_rise(was->write_bytes, is->write_bytes));
    const uint64_t failures = rp_flow_rise(was->fork_failures, is->fork_failures);
    arena->node.fork_failures = rp_add_sat_u64(arena->node.fork_failures, failures);
    count_trouble(arena, cgroup, RP_TROUBLE_PIDS, reading->t_ns, rp_flow_rise(was->pids_refused, is->pids_refused));
    count_trouble(arena, cgroup, RP_TROUBLE_FORK, reading->t_ns, failures);
    count_trouble(arena, cgroup, RP_TROUBLE_SPACE, reading->t_ns, rp_flow_rise(was->no_space, is->no_space));
}

/* ---- counts of disks */

static void add_disk(struct rp_fs *fs, struct rp_writer *writer, const struct rp_disk *was, const struct rp_disk *is)
{
    const uint64_t allocated = rp_flow_rise(was->allocated_bytes, is->allocated_bytes);
    const uint64_t freed = rp_flow_rise(was->freed_bytes, is->freed_bytes);
    const uint64_t made = rp_flow_rise(was->inodes_made, is->inodes_made);
    const uint64_t removed = rp_flow_rise(was->inodes_freed, is->inodes_freed);
    rp_flow_add(&writer->allocated_bytes, allocated);
    rp_flow_add(&writer->inodes_made, made);
    writer->freed_bytes = rp_add_sat_u64(writer->freed_bytes, freed);
    writer->inodes_freed = rp_add_sat_u64(writer->inodes_freed, removed);
    rp_flow_add(&fs->bytes.growth, allocated);
    rp_flow_take(&fs->bytes.growth, freed);
    rp_flow_add(&fs->inodes.growth, made);
    rp_flow_take(&fs->inodes.growth, removed);
}

static void take_disk(struct rp_arena *arena, const struct rp_disk_reading *reading)
{
    struct rp_cgroup *cgroup = rp_cgroup_find(arena, reading->cgroup);
    const uint32_t place = rp_fs_find(arena, reading->dev);
    if (!cgroup || place == RP_INDEX_NONE) /* volumes of their own are no concern of the kubelet's */
        return;
    struct rp_fs *fs = &arena->fs[place];
    if (fs->counted_ns)
        add_disk(fs, &rp_activity_of(arena, cgroup)->disk[place], &cgroup->disk[place], &reading->counts);
    cgroup->disk[place] = reading->counts;
}

static void take_disks(struct rp_arena *arena, const struct rp_sample *sample)
{
    for (uint32_t i = 0; i < sample->disks_n; i++)
        take_disk(arena, &sample->disks[i]);
    for (uint32_t i = 0; sample->disks_n && i < RP_FILESYSTEMS_MAX; i++)
        if (arena->fs[i].now.roles && !arena->fs[i].counted_ns)
            arena->fs[i].counted_ns = sample->t_ns;
}

void rp_activity_inherit(struct rp_arena *arena, const struct rp_cgroup *dead)
{
    struct rp_cgroup *heir = rp_cgroup_at(arena, dead->parent);
    if (!heir || dead->pod == RP_INDEX_NONE || heir->pod != dead->pod)
        return;
    for (uint32_t i = 0; i < RP_FILESYSTEMS_MAX; i++) {
        struct rp_disk *to = &heir->disk[i];
        const struct rp_disk *from = &dead->disk[i];
        to->allocated_bytes = rp_add_sat_u64(to->allocated_bytes, from->allocated_bytes);
        to->freed_bytes = rp_add_sat_u64(to->freed_bytes, from->freed_bytes);
        to->inodes_made = rp_add_sat_u64(to->inodes_made, from->inodes_made);
        to->inodes_freed = rp_add_sat_u64(to->inodes_freed, from->inodes_freed);
    }
}

void rp_activity_forget_fs(struct rp_arena *arena, uint32_t place)
{
    memset(&arena->node.system.disk[place], 0, sizeof(arena->node.system.disk[place]));
    for (uint32_t i = 0; i < arena->cgroups.used; i++)
        memset(&rp_cgroup_in(arena, i)->disk[place], 0, sizeof(struct rp_disk));
    for (uint32_t i = 0; i < arena->pods.used; i++)
        memset(&rp_pod_in(arena, i)->activity.disk[place], 0, sizeof(struct rp_writer));
}

/* ---- what hands find */

static void take_amount(struct rp_amount *amount, const struct rp_pod_disk_reading *reading, uint64_t bytes)
{
    *amount = (struct rp_amount){
        .bytes = rp_i64_of_u64(bytes), .t_ns = reading->t_ns, .at_least = reading->known & RP_POD_DISK_PARTIAL};
}

static void take_pod_disk(struct rp_arena *arena, const struct rp_pod_disk_reading *reading)
{
    const struct rp_cgroup *cgroup = rp_cgroup_find(arena, reading->cgroup);
    struct rp_pod *pod = cgroup ? rp_pod_at(arena, cgroup->pod) : NULL;
    if (!pod)
        return;
    if ((reading->known & RP_POD_DISK_LOGS) && reading->t_ns > pod->logs.t_ns)
        take_amount(&pod->logs, reading, reading->log_bytes);
    if ((reading->known & RP_POD_DISK_DELETED) && reading->t_ns > pod->deleted.t_ns) {
        take_amount(&pod->deleted, reading, reading->deleted_bytes);
        pod->deleted_files = reading->deleted_files;
    }
}

/* ---- points of flows */

static void mark_counts(struct rp_activity *activity, rp_ns t_ns)
{
    rp_flow_mark(&activity->forks, t_ns);
    rp_flow_mark(&activity->exits, t_ns);
    rp_flow_mark(&activity->write_bytes, t_ns);
}

static void mark_disks(struct rp_activity *activity, rp_ns t_ns)
{
    for (uint32_t i = 0; i < RP_FILESYSTEMS_MAX; i++) {
        rp_flow_mark(&activity->disk[i].allocated_bytes, t_ns);
        rp_flow_mark(&activity->disk[i].inodes_made, t_ns);
    }
}

static void mark_all(struct rp_arena *arena, void (*mark)(struct rp_activity *activity, rp_ns t_ns))
{
    mark(&arena->node.system, arena->t_ns);
    for (uint32_t i = 0; i < arena->pods.used; i++)
        if (rp_pod_in(arena, i)->live)
            mark(&rp_pod_in(arena, i)->activity, arena->t_ns);
}

static bool has_counts(const struct rp_sample *sample)
{
    for (uint32_t i = 0; i < sample->cgroups_n; i++)
        if (sample->cgroups[i].known & RP_CG_COUNTS)
            return true;
    return false;
}

void rp_activity_step(struct rp_arena *arena, const struct rp_sample *sample)
{
    take_disks(arena, sample);
    for (uint32_t i = 0; i < sample->pod_disks_n; i++)
        take_pod_disk(arena, &sample->pod_disks[i]);
    if (has_counts(sample)) {
        arena->node.counts_ns = arena->node.counts_ns ? arena->node.counts_ns : sample->t_ns;
        mark_all(arena, mark_counts);
    }
    for (uint32_t i = 0; sample->disks_n && i < RP_FILESYSTEMS_MAX; i++) {
        rp_flow_mark(&arena->fs[i].bytes.growth, arena->t_ns);
        rp_flow_mark(&arena->fs[i].inodes.growth, arena->t_ns);
    }
    if (sample->disks_n)
        mark_all(arena, mark_disks);
}
