// SPDX-License-Identifier: Apache-2.0
/* What BPF knows of cgroups, as readings: records of the iterator's walk, and counters. */
#include "node/sense/sensor_private.h"

#include "base/num.h"

#define NS_PER_US    1000u
#define PAUSE_MIN_NS (1 * RP_NS_PER_S)
#define PAUSE_MAX_NS (60 * RP_NS_PER_S)

void rp_snap_to_reading(const struct rp_snap *snap, uint64_t page_bytes, struct rp_cgroup_reading *out)
{
    static const struct {
        uint32_t snap;
        uint64_t reading;
    } bits[] = {
        {RP_SNAP_USAGE, RP_CG_USAGE},   {RP_SNAP_INACTIVE_FILE, RP_CG_INACTIVE_FILE},
        {RP_SNAP_EVENTS, RP_CG_EVENTS}, {RP_SNAP_PSI, RP_CG_PSI},
        {RP_SNAP_PIDS, RP_CG_PIDS},     {RP_SNAP_SWAP, RP_CG_SWAP},
    };
    for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
        if (snap->known & bits[i].snap)
            out->known |= bits[i].reading;
    out->usage_bytes = rp_mul_sat_u64(snap->usage_pages, page_bytes);
    out->inactive_file_bytes = rp_mul_sat_u64(snap->inactive_file_pages, page_bytes);
    out->swap_bytes = rp_mul_sat_u64(snap->swap_pages, page_bytes);
    out->psi_some_us = snap->psi_some_ns / NS_PER_US;
    out->psi_full_us = snap->psi_full_ns / NS_PER_US;
    out->events_high = snap->events_high;
    out->events_max = snap->events_max;
    out->events_oom = snap->events_oom;
    out->events_oom_kill = snap->events_oom_kill;
    out->pids = snap->pids;
}

/* The walk met a cgroup that no directory listing has shown yet. */
static void meet_stranger(struct rp_census *census, const struct rp_snap *snap)
{
    uint32_t parent = rp_census_find(census, snap->parent);
    if (parent != RP_INDEX_NONE &&
        census->nodes[parent].left_out == 0) /* else it is known to be there, without a place */
        rp_census_hint(census, snap->parent);
}

static void look_for_absentees(struct rp_sensor *sensor)
{
    struct rp_census *census = &sensor->census;
    for (uint32_t i = 0; i < census->used; i++)
        if (census->nodes[i].id != RP_CGROUP_NONE && census->nodes[i].reading == RP_INDEX_NONE)
            rp_census_look(census, i);
}

void rp_sensor_take_snaps(struct rp_sensor *sensor, const struct rp_snap *snaps, const struct rp_snap_head *head)
{
    for (uint64_t s = 0; s < head->used; s++) {
        uint32_t i = rp_census_find(&sensor->census, snaps[s].id);
        if (i == RP_INDEX_NONE) {
            meet_stranger(&sensor->census, &snaps[s]);
            continue;
        }
        struct rp_cgroup_reading *reading = rp_sensor_reading(sensor, i);
        reading->t_ns = head->t_ns;
        rp_snap_to_reading(&snaps[s], sensor->page_bytes, reading);
    }
    if (head->overflow == 0)
        look_for_absentees(sensor);
}

bool rp_sensor_take_walk(struct rp_sensor *sensor)
{
    struct rp_snap_head head;
    if (!sensor->snaps_ready)
        return false;
    sensor->snaps_ready = false;
    const struct rp_snap *snaps = rp_bpf_source_snaps(sensor->source, &head);
    if (!snaps)
        return false;
    rp_sensor_take_snaps(sensor, snaps, &head);
    if (rp_bpf_source_snaps_whole(sensor->source, &head))
        return true;
    rp_sensor_forget_readings(sensor); /* a walk that was given up came late and wrote over it */
    return false;
}

bool rp_sensor_wants_walk(const struct rp_sensor *sensor, rp_ns now)
{
    return sensor->source && rp_bpf_handles_walk_fd(sensor->handles) >= 0 && !sensor->snaps_ready &&
           now >= sensor->walk_again_ns;
}

void rp_sensor_walk_done(struct rp_sensor *sensor, rp_ns now, bool ok)
{
    if (ok) {
        sensor->walks++;
        sensor->walk_pause_ns = 0;
        sensor->snaps_ready = true;
        return;
    }
    sensor->walks_failed++;
    sensor->walk_pause_ns = rp_clamp_u64(sensor->walk_pause_ns * 2, PAUSE_MIN_NS, PAUSE_MAX_NS);
    sensor->walk_again_ns = now + sensor->walk_pause_ns;
}

static void take_count(void *context, rp_cgroup_id id, const struct rp_counts *counts)
{
    struct rp_sensor *sensor = context;
    uint32_t i = rp_census_find(&sensor->census, id);
    if (i == RP_INDEX_NONE) {
        /* Late events bring counters of removed cgroups back; they matter only once there is no room for others. */
        if (sensor->purge)
            rp_discard(rp_bpf_source_forget(sensor->source, id));
        return;
    }
    struct rp_cgroup_reading *reading = rp_sensor_reading(sensor, i);
    reading->counts = *counts;
    reading->known |= RP_CG_COUNTS;
}

void rp_sensor_take_counts(struct rp_sensor *sensor)
{
    if (!sensor->source)
        return;
    rp_discard(rp_bpf_source_visit_counts(sensor->source, take_count, sensor)); /* then the fields stay unknown */
    sensor->purge = false;
}
