// SPDX-License-Identifier: Apache-2.0
#include "core/model/readings.h"

#include "base/num.h"
#include "core/kubelet/level.h"
#include "core/model/activity.h"
#include "core/model/cgroups.h"
#include "core/model/flow.h"
#include "core/model/merge.h"
#include "core/model/points.h"
#include "core/model/slope.h"
#include "core/model/troubles.h"

#define GROWTH_WINDOW_NS  (3 * RP_NS_PER_S) /* short enough to see within seconds that a brake holds */
#define GROWTH_POINTS_MIN 4u                /* with slow sampling the window reaches back to the fourth newest point */

/* Of a pod's memory: enough points for that window. */
static const struct rp_points_rule rule = {.capacity = RP_POD_HISTORY, .fineness = 3, .age_max_ns = 90 * RP_NS_PER_S};

/* ---- a pod, from the reading of its slice */

static int64_t growth_of(const struct rp_pod *pod)
{
    const struct rp_point *points = pod->history;
    const uint32_t n = pod->history_n;
    struct rp_point chosen[RP_SLOPE_POINTS];
    struct rp_slopes slopes;
    if (n < 2)
        return 0;
    const rp_ns now = points[n - 1].t_ns;
    const rp_ns fourth_ns = points[n < GROWTH_POINTS_MIN ? 0 : n - GROWTH_POINTS_MIN].t_ns;
    const rp_ns from_ns = rp_min_u64(rp_sub_sat_u64(now, GROWTH_WINDOW_NS), fourth_ns);
    rp_slopes_make(chosen, rp_slope_choose(points, n, from_ns, now, chosen), 2, &slopes);
    return rp_slopes_at(&slopes, 1, 2);
}

static void take_memory(struct rp_pod *pod, const struct rp_cgroup_reading *now)
{
    const struct rp_point point = {now->t_ns, rp_i64_of_u64(now->usage_bytes)};
    if (rp_points_add(pod->history, &pod->history_n, point, &rule)) {
        pod->history_at = pod->history_n - 1;
        pod->growth_bytes_per_s = growth_of(pod);
    }
    if (!(now->known & RP_CG_INACTIVE_FILE))
        return;
    pod->working_set_bytes = rp_i64_of_u64(rp_kubelet_working_set(now->usage_bytes, now->inactive_file_bytes));
    pod->working_set_ns = now->t_ns;
    pod->working_set_known = true;
}

/* Totals advance only every two seconds on their own, so a share is taken over at least one. */
static void take_stall(struct rp_pod *pod, const struct rp_cgroup_reading *reading)
{
    const rp_ns passed_ns = rp_sub_sat_u64(reading->t_ns, pod->stall_ns);
    if (pod->stall_ns && passed_ns < RP_NS_PER_S)
        return;
    if (pod->stall_ns) {
        const uint64_t stalled_us = rp_sub_sat_u64(reading->psi_some_us, pod->stall_total_us);
        pod->stall_permille = (uint32_t)rp_min_u64(1000, rp_mul_div_u64(stalled_us, 1000000, passed_ns));
    }
    pod->stall_ns = reading->t_ns;
    pod->stall_total_us = reading->psi_some_us;
}

/* ---- signs of a shortage of the whole node */

static void later(rp_ns *stamp, rp_ns t_ns)
{
    *stamp = rp_max_u64(*stamp, t_ns);
}

/* The counters say what the events said, and also what was held back or lost. */
static void compare_counts(struct rp_arena *arena, const struct rp_cgroup *cgroup,
                           const struct rp_cgroup_reading *reading)
{
    const struct rp_counts *was = &cgroup->now.counts, *is = &reading->counts;
    if (!(cgroup->now.known & reading->known & RP_CG_COUNTS))
        return;
    const bool shared = rp_cgroup_is_shared(arena, cgroup);
    if (is->direct_reclaims > was->direct_reclaims || (shared && is->limit_reclaims > was->limit_reclaims))
        later(&arena->node.global_reclaim_ns, reading->t_ns);
    if (is->near_oom > was->near_oom)
        later(&arena->node.near_oom_ns, reading->t_ns);
    if (shared && is->oom_begins > was->oom_begins) /* what nobody else owns is counted at the root */
        later(&arena->node.node_oom_ns, reading->t_ns);
}

/* Without BPF nobody reports victims; memory.events of kubepods counts those of everything below it. */
static void count_kills(struct rp_arena *arena, const struct rp_cgroup *cgroup, const struct rp_cgroup_reading *reading)
{
    if (arena->agent.bpf || cgroup->kind != RP_CGROUP_PODS_ROOT || !(cgroup->now.known & reading->known & RP_CG_EVENTS))
        return;
    const uint64_t more = rp_sub_sat_u64(reading->events_oom_kill, cgroup->now.events_oom_kill);
    arena->node.oom_kills = rp_add_sat_u64(arena->node.oom_kills, more);
}

/* ---- the node */

static void take_io_stalls(struct rp_node *node, const struct rp_node_reading *reading)
{
    if (!(reading->known & RP_NODE_PSI_IO))
        return;
    if (node->now.known & RP_NODE_PSI_IO) {
        rp_flow_add(&node->io_some_us, rp_flow_rise(node->now.psi_io_some_us, reading->psi_io_some_us));
        rp_flow_add(&node->io_full_us, rp_flow_rise(node->now.psi_io_full_us, reading->psi_io_full_us));
    }
    rp_flow_mark(&node->io_some_us, reading->t_ns);
    rp_flow_mark(&node->io_full_us, reading->t_ns);
}

/* The first count tells how much there was before our time, and that is no news. */
static void take_warning(struct rp_arena *arena, uint32_t kind, bool first, uint64_t was, uint64_t is)
{
    const uint64_t more = rp_flow_rise(was, is);
    if (first)
        arena->node.warnings[kind].total = is;
    else if (more)
        rp_warning_seen(arena, kind, more, arena->t_ns);
}

static void take_warnings(struct rp_arena *arena, const struct rp_node_reading *is)
{
    const struct rp_node_reading *was = &arena->node.now;
    const bool first_edac = !(was->known & RP_NODE_EDAC), first = !(was->known & RP_NODE_HARDWARE);
    if (is->known & RP_NODE_EDAC) {
        take_warning(arena, RP_WARNING_EDAC_CORRECTED, first_edac, was->edac_corrected, is->edac_corrected);
        take_warning(arena, RP_WARNING_EDAC_UNCORRECTED, first_edac, was->edac_uncorrected, is->edac_uncorrected);
    }
    for (uint32_t i = 0; (is->known & RP_NODE_HARDWARE) && i < RP_HARDWARE_MAX; i++)
        take_warning(arena, i, first, was->hardware[i], is->hardware[i]);
}

static void take_node(struct rp_arena *arena, const struct rp_node_reading *reading)
{
    struct rp_node *node = &arena->node;
    if (!reading->known || reading->t_ns < node->now.t_ns)
        return;
    take_io_stalls(node, reading);
    take_warnings(arena, reading);
    node->before = node->now;
    rp_node_reading_merge(&node->now, reading);
}

/* ---- all of them */

static void take_cgroup(struct rp_arena *arena, const struct rp_cgroup_reading *reading)
{
    struct rp_cgroup *cgroup = rp_cgroup_find(arena, reading->id);
    if (!cgroup || reading->t_ns < cgroup->now.t_ns)
        return;
    compare_counts(arena, cgroup, reading);
    count_kills(arena, cgroup, reading);
    rp_activity_take_counts(arena, cgroup, reading);
    cgroup->before = cgroup->now;
    rp_cgroup_reading_merge(&cgroup->now, reading);
    struct rp_pod *pod = cgroup->kind == RP_CGROUP_POD ? rp_pod_at(arena, cgroup->pod) : NULL;
    if (!pod)
        return;
    if (reading->known & RP_CG_USAGE)
        take_memory(pod, &cgroup->now);
    if (reading->known & RP_CG_PSI)
        take_stall(pod, reading);
    arena->node.pods_epoch++;
}

void rp_readings_step(struct rp_arena *arena, const struct rp_sample *sample)
{
    for (uint32_t i = 0; i < sample->cgroups_n; i++)
        take_cgroup(arena, &sample->cgroups[i]);
    take_node(arena, &sample->node);
}
