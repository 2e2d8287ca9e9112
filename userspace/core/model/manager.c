// SPDX-License-Identifier: Apache-2.0
/*
 * The kubelet tells nobody what it has met and since when, so its manager is run a second time here, by its rules and by
 * our readings, which are those that it would take. When it looks is told by traces: its forced samples in stats/summary,
 * and the ends of its victims. Without traces the shadow keeps a pace of its own, up to a period away from the kubelet's.
 */
#include "core/model/manager.h"

#include "base/num.h"
#include "base/str.h"
#include "core/kubelet/calibrate.h"
#include "core/kubelet/threshold.h"
#include "core/model/levels.h"
#include "core/model/table.h"

#include <string.h>

#define TOGETHER_NS   (250 * RP_NS_PER_MS) /* one look samples the node and all pods right after each other */
#define STAMP_NS      (1 * RP_NS_PER_S)    /* times in documents are cut to whole seconds */
#define CALIBRATE_NS  (10 * RP_NS_PER_S)   /* a reading this near to a report may be held against it */
#define CLEANED_UP_NS (2 * RP_NS_PER_S)    /* after a victim's cgroup is gone it asks once a second, and then looks */

bool rp_kubelet_here(const struct rp_arena *arena)
{
    return arena->node.pods_root != RP_INDEX_NONE || !arena->node.kubelet.from_defaults;
}

static uint32_t place_of(const struct rp_arena *arena, uint32_t role)
{
    for (uint32_t i = 0; i < RP_FILESYSTEMS_MAX; i++)
        if (arena->fs[i].now.roles & role)
            return i;
    return RP_INDEX_NONE;
}

enum rp_kubelet_layout rp_layout(const struct rp_arena *arena)
{
    const uint32_t nodefs = place_of(arena, RP_FS_NODEFS), imagefs = place_of(arena, RP_FS_IMAGEFS);
    if (imagefs == RP_INDEX_NONE || imagefs == nodefs)
        return RP_LAYOUT_SINGLE;
    return nodefs != RP_INDEX_NONE && place_of(arena, RP_FS_CONTAINERFS) == nodefs ? RP_LAYOUT_SPLIT
                                                                                   : RP_LAYOUT_DEDICATED;
}

/* ---- what lists tell */

static void calibrate(struct rp_arena *arena)
{
    const struct rp_fact_node_stats *report = &arena->node.believed;
    const struct rp_node_reading *now = &arena->node.now;
    const rp_ns apart_ns = rp_max_u64(now->t_ns, report->sampled_ns) - rp_min_u64(now->t_ns, report->sampled_ns);
    if (report->sampled_ns && apart_ns <= CALIBRATE_NS)
        rp_kubelet_calibrate(&arena->kubelet.calibration, report, now);
}

/* Samples by the kubelet's own clockwork are ten to twenty seconds apart, so only a look makes two at the same moment. */
static void find_forced_samples(struct rp_arena *arena)
{
    const rp_ns node_ns = arena->node.believed.sampled_ns, pods_ns = arena->node.believed.pods_sampled_ns;
    const rp_ns from_ns = rp_min_u64(node_ns, pods_ns), to_ns = rp_max_u64(node_ns, pods_ns);
    if (from_ns && to_ns - from_ns <= TOGETHER_NS)
        rp_kubelet_saw_look(&arena->kubelet.phase, from_ns, rp_add_sat_u64(to_ns, STAMP_NS));
}

static void find_excess(struct rp_arena *arena)
{
    const bool isolates = !arena->node.kubelet.no_local_isolation;
    arena->kubelet.excess_n = 0;
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        struct rp_pod *pod = rp_pod_in(arena, i);
        const bool candidate = pod->live && !pod->from_rule && !pod->finished && pod->believed_known && isolates;
        pod->excess = candidate ? (uint8_t)rp_kubelet_excess(&pod->storage, &pod->believed_storage, rp_layout(arena))
                                : RP_EXCESS_NONE;
        arena->kubelet.excess_n += pod->excess != RP_EXCESS_NONE && !pod->critical;
    }
}

static uint64_t id_of(const struct rp_pod *pod)
{
    return rp_hash(pod->uid, strlen(pod->uid));
}

/* Facts of a victim may come after its cgroup went, or before. */
static void find_ended_victims(struct rp_arena *arena)
{
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        const struct rp_pod *pod = rp_pod_in(arena, i);
        for (uint32_t k = 0; pod->live && pod->evicted_ns && k < RP_GONE_MAX; k++) {
            const struct rp_gone *gone = &arena->kubelet.gone[k];
            if (gone->pod == id_of(pod) && gone->t_ns >= pod->evicted_ns)
                rp_kubelet_saw_look(&arena->kubelet.phase, gone->t_ns, gone->t_ns + CLEANED_UP_NS);
        }
    }
}

void rp_manager_listed(struct rp_arena *arena, enum rp_list list)
{
    if (list == RP_LIST_STATS) {
        calibrate(arena);
        find_forced_samples(arena);
    }
    if (list == RP_LIST_PODS)
        find_ended_victims(arena);
    if (list == RP_LIST_STATS || list == RP_LIST_PODS)
        find_excess(arena);
}

void rp_manager_pod_gone(struct rp_arena *arena, const struct rp_pod *pod)
{
    struct rp_kubelet *kubelet = &arena->kubelet;
    if (pod->from_rule)
        return;
    kubelet->gone_at = (kubelet->gone_at + 1) % RP_GONE_MAX;
    kubelet->gone[kubelet->gone_at] = (struct rp_gone){id_of(pod), arena->t_ns};
    if (pod->evicted_ns)
        rp_kubelet_saw_look(&kubelet->phase, arena->t_ns, arena->t_ns + CLEANED_UP_NS);
}

/* ---- the list that it acts on */

static bool same_threshold(const struct rp_threshold *a, const struct rp_threshold *b)
{
    return a->signal == b->signal && a->is_percent == b->is_percent && a->reclaim_is_percent == b->reclaim_is_percent &&
           !(a->percent < b->percent) && !(a->percent > b->percent) && a->quantity_floor == b->quantity_floor &&
           a->quantity_nano == b->quantity_nano && a->grace_ns == b->grace_ns;
}

static bool same_list(const struct rp_fact_kubelet *a, const struct rp_fact_kubelet *b)
{
    bool same = a->thresholds_n == b->thresholds_n;
    for (uint32_t i = 0; same && i < a->thresholds_n; i++)
        same = same_threshold(&a->thresholds[i], &b->thresholds[i]);
    return same;
}

/* Another list means another kubelet, or one that was started anew: it remembers nothing. */
static void derive(struct rp_arena *arena)
{
    struct rp_kubelet *kubelet = &arena->kubelet;
    struct rp_fact_kubelet effective;
    kubelet->layout = (uint8_t)rp_layout(arena);
    rp_kubelet_derive(&arena->node.kubelet, rp_layout(arena), &effective);
    if (!same_list(&effective, &kubelet->effective)) {
        kubelet->manager = (struct rp_kubelet_manager){0};
        kubelet->decision = (struct rp_kubelet_decision){0};
        arena->node.facts_epoch++;
    }
    kubelet->effective = effective;
}

/* ---- a look */

static void observe(struct rp_arena *arena, struct rp_kubelet_observation ret[RP_SIGNAL_MAX])
{
    memset(ret, 0, sizeof(ret[0]) * RP_SIGNAL_MAX);
    for (uint32_t danger = 0; danger < RP_DANGER_MAX; danger++) {
        const uint8_t signal = rp_danger_info(danger)->signal;
        struct rp_level level;
        if (signal < RP_SIGNAL_MAX && rp_level_make(arena, (enum rp_danger)danger, &level))
            ret[signal] = (struct rp_kubelet_observation){
                .known = true, .t_ns = arena->t_ns, .available = level.available, .capacity = level.capacity};
    }
}

/* Where images and layers lie together the kubelet sees the same numbers under both names. */
static void fill_containerfs(enum rp_kubelet_layout layout, struct rp_kubelet_observation seen[RP_SIGNAL_MAX])
{
    const bool images = layout == RP_LAYOUT_DEDICATED;
    if (!seen[RP_SIGNAL_CONTAINERFS].known)
        seen[RP_SIGNAL_CONTAINERFS] = seen[images ? RP_SIGNAL_IMAGEFS : RP_SIGNAL_NODEFS];
    if (!seen[RP_SIGNAL_CONTAINERFS_INODES].known)
        seen[RP_SIGNAL_CONTAINERFS_INODES] = seen[images ? RP_SIGNAL_IMAGEFS_INODES : RP_SIGNAL_NODEFS_INODES];
}

static void look(struct rp_arena *arena)
{
    struct rp_kubelet *kubelet = &arena->kubelet;
    struct rp_kubelet_observation seen[RP_SIGNAL_MAX];
    observe(arena, seen);
    fill_containerfs(rp_layout(arena), seen);
    rp_kubelet_synchronize(&kubelet->manager, &kubelet->effective, arena->t_ns, seen, &kubelet->decision);
    kubelet->look_ns = arena->t_ns;
}

/* The traces may have told more since the last look. */
static rp_ns next_look(const struct rp_kubelet *kubelet)
{
    if (!kubelet->look_ns)
        return 0;
    const struct rp_kubelet_look next =
        rp_kubelet_next_look(&kubelet->phase, rp_add_sat_u64(kubelet->look_ns, RP_KUBELET_PERIOD_NS / 2));
    const bool told = next.late_ns - next.early_ns < RP_KUBELET_PERIOD_NS / 2;
    return told ? next.late_ns : rp_add_sat_u64(kubelet->look_ns, RP_KUBELET_PERIOD_NS);
}

void rp_manager_step(struct rp_arena *arena)
{
    struct rp_kubelet *kubelet = &arena->kubelet;
    derive(arena);
    if (!rp_kubelet_here(arena) || !arena->t_ns)
        return;
    if (arena->t_ns >= next_look(kubelet))
        look(arena);
    kubelet->next_ns = next_look(kubelet);
}
