// SPDX-License-Identifier: Apache-2.0
/* Taking samples: what is read at each look, and what only now and then because it costs more or changes less. */
#include "node/sense/sensor.h"

#include <string.h>

#include "base/num.h"
#include "node/sense/sensor_private.h"

#define SCANS_PER_SAMPLE 64                /* directories, about 10 us each */
#define EVENTS_AT_ONCE   64                /* taken off the ring in one go */
#define EVENT_ROUNDS     64                /* and no more per sample, or a storm of new cgroups would keep us here */
#define COSTLY_NS        (1 * RP_NS_PER_S) /* between two readings of all of a cgroup's files */
#define COSTLY_TURNS     24 /* of these per sweep, so that none bears them all; in calm a round may take long */
#define EDAC_NS          (10 * RP_NS_PER_S)
#define STALL_PERMILLE   200 /* of the time since the last sample */
#define STALL_HOLD_NS    (5 * RP_NS_PER_S)
#define STALL_SCANS      4
#define NS_PER_US        1000

struct rp_cgroup_reading *rp_sensor_reading(struct rp_sensor *sensor, uint32_t index)
{
    struct rp_census_node *node = &sensor->census.nodes[index];
    if (node->reading == RP_INDEX_NONE) {
        node->reading = sensor->readings_n++;
        sensor->readings[node->reading] = (struct rp_cgroup_reading){.id = node->id, .t_ns = sensor->now};
    }
    return &sensor->readings[node->reading];
}

void rp_sensor_forget_readings(struct rp_sensor *sensor)
{
    for (uint32_t i = 0; i < sensor->census.used; i++)
        sensor->census.nodes[i].reading = RP_INDEX_NONE;
    sensor->readings_n = 0;
}

void rp_sensor_count_garbage(uint64_t *counters, uint32_t bits)
{
    for (uint32_t f = 0; bits; f++, bits >>= 1)
        counters[f] += bits & 1;
}

void rp_sensor_read(struct rp_sensor *sensor, uint32_t index, uint32_t mask)
{
    struct rp_census_node *node = &sensor->census.nodes[index];
    struct rp_cgroup_reading *reading = rp_sensor_reading(sensor, index);
    struct rp_files_result result = rp_files_read(&node->files, mask, &sensor->scratch, reading);
    if (mask & RP_READ(RP_FILE_CURRENT))
        reading->t_ns = sensor->now;
    rp_sensor_count_garbage(sensor->garbage, result.garbage);
    if (!result.gone)
        return;
    /* Removed, or only a controller switched off below it: its directory will tell. */
    rp_census_close_files(&sensor->census, index, ~result.gone);
    rp_census_look(&sensor->census, index);
}

/* ---- the parts of a sample */

static bool is_lifecycle(const struct rp_event *event)
{
    return event->type == RP_EVENT_CGROUP_NEW || event->type == RP_EVENT_CGROUP_GONE;
}

static void take_events(struct rp_sensor *sensor)
{
    struct rp_event some[EVENTS_AT_ONCE];
    uint32_t n = EVENTS_AT_ONCE, rounds = EVENT_ROUNDS;
    sensor->events_n = 0;
    while (n == EVENTS_AT_ONCE && rounds-- > 0 && sensor->events_n + EVENTS_AT_ONCE <= RP_SENSOR_EVENTS_MAX) {
        n = rp_bpf_source_events(sensor->source, some, EVENTS_AT_ONCE);
        for (uint32_t i = 0; i < n; i++) {
            if (is_lifecycle(&some[i]))
                rp_census_hint(&sensor->census, some[i].owner);
            else
                sensor->events[sensor->events_n++] = some[i];
            if (some[i].type == RP_EVENT_CGROUP_GONE) /* also of one that came and went between two looks */
                rp_discard(rp_bpf_source_forget(sensor->source, some[i].cgroup));
        }
    }
}

static void take_losses(struct rp_sensor *sensor)
{
    uint64_t lost[RP_LOST_MAX];
    rp_bpf_source_lost(sensor->source, lost);
    if (lost[RP_LOST_EVENT] != sensor->lost[RP_LOST_EVENT])
        for (uint32_t i = 0; i < sensor->census.used; i++)
            rp_census_look(&sensor->census, i); /* births may be among them */
    if (lost[RP_LOST_COUNTS] != sensor->lost[RP_LOST_COUNTS])
        sensor->purge = true;
    if (lost[RP_LOST_DISK] != sensor->lost[RP_LOST_DISK])
        sensor->disk.purge = true;
    memcpy(sensor->lost, lost, sizeof(lost));
}

static void read_node(struct rp_sensor *sensor, uint32_t mask)
{
    sensor->node = (struct rp_node_reading){.t_ns = sensor->now};
    if (sensor->hardware) {
        rp_bpf_source_hardware(sensor->source, sensor->node.hardware);
        sensor->node.known |= RP_NODE_HARDWARE;
    }
    if (sensor->now < sensor->edac_ns)
        mask &= ~RP_NODE_READ(RP_NODE_FILE_EDAC);
    else if (mask & RP_NODE_READ(RP_NODE_FILE_EDAC))
        sensor->edac_ns = sensor->now + EDAC_NS;
    rp_sensor_count_garbage(sensor->node_garbage,
                            rp_node_files_read(&sensor->node_files, mask, &sensor->scratch, &sensor->node));
}

bool rp_sensor_fell(struct rp_sensor *sensor, int64_t unseen_bytes)
{
    struct rp_node_reading now = {0};
    uint32_t mask = RP_NODE_READ(RP_NODE_FILE_MEMINFO);
    rp_discard(
        (int)rp_node_files_read(&sensor->node_files, mask, &sensor->scratch, &now)); /* a sample counts garbage */
    if (!(now.known & sensor->node.known & RP_NODE_MEM_AVAILABLE))
        return true;
    return (int64_t)(sensor->node.mem_available_bytes - now.mem_available_bytes) > unseen_bytes;
}

/* Did tasks of the node wait for memory since the last sample? */
static bool node_stalls(const struct rp_sensor *sensor, const struct rp_node_reading *before)
{
    for (uint32_t i = 0; i < sensor->events_n; i++)
        if (sensor->events[i].type == RP_EVENT_DIRECT_RECLAIM || sensor->events[i].type == RP_EVENT_NEAR_OOM)
            return true;
    uint64_t stall_us = rp_sub_sat_u64(sensor->node.psi_some_us, before->psi_some_us);
    uint64_t interval_us = (sensor->now - before->t_ns) / NS_PER_US;
    return (sensor->node.known & before->known & RP_NODE_PSI) && stall_us > 0 &&
           stall_us * 1000 >= interval_us * STALL_PERMILLE;
}

/*
 * How many directories may be listed with this sample. Listing takes the directory's lock (iterate_dir), which mkdir holds
 * while the kernel allocates the new cgroup (filename_create): on a node that reclaims, a pod's start could hold us up just
 * when it matters. So births wait while the node stalls; if that lasts, knowing little is worse than a little risk.
 */
static uint32_t scans_allowed(struct rp_sensor *sensor, const struct rp_node_reading *before)
{
    if (!node_stalls(sensor, before)) {
        sensor->stalls_since_ns = 0;
        return SCANS_PER_SAMPLE;
    }
    if (sensor->stalls_since_ns == 0)
        sensor->stalls_since_ns = sensor->now;
    return sensor->now - sensor->stalls_since_ns < STALL_HOLD_NS ? 0 : STALL_SCANS;
}

static void begin(struct rp_sensor *sensor, rp_ns now, uint32_t node_files)
{
    const struct rp_node_reading before = sensor->node;
    sensor->now = now;
    rp_sensor_forget_readings(sensor);
    rp_sensor_begin_disks(sensor);
    if (sensor->samples > 0) /* the first sample tells of the walk at open */
        rp_census_clear_news(&sensor->census);
    if (sensor->source) {
        take_events(sensor);
        take_losses(sensor);
    }
    read_node(sensor, node_files);
    rp_census_step(&sensor->census, now, scans_allowed(sensor, &before));
    for (uint32_t i = 0; sensor->source && i < sensor->census.deaths_n; i++)
        rp_discard(rp_bpf_source_forget(sensor->source, sensor->census.deaths[i].id));
    rp_sensor_bury_disks(sensor);
}

static void read_pods_root(struct rp_sensor *sensor)
{
    uint32_t root = sensor->census.pods_root;
    if (root != RP_INDEX_NONE)
        rp_sensor_read(sensor, root, RP_READ_LIGHT | RP_READ(RP_FILE_STAT) | RP_READ(RP_FILE_MAX_BYTES));
}

static void finish(struct rp_sensor *sensor, struct rp_sample *out)
{
    struct rp_census *census = &sensor->census;
    rp_sensor_show_weighed(sensor);
    *out = (struct rp_sample){
        .number = ++sensor->samples,
        .t_ns = sensor->now,
        .node = sensor->node,
        .births = census->births,
        .births_n = census->births_n,
        .deaths = census->deaths,
        .deaths_n = census->deaths_n,
        .cgroups = sensor->readings,
        .cgroups_n = sensor->readings_n,
        .events = sensor->events,
        .events_n = sensor->events_n,
        .dropped = census->dropped,
    };
    memcpy(out->lost, sensor->lost, sizeof(out->lost));
    rp_sensor_show_disks(sensor, out);
}

void rp_sensor_glance(struct rp_sensor *sensor, rp_ns now, struct rp_sample *out)
{
    begin(sensor, now, RP_NODE_READ_LIGHT);
    read_pods_root(sensor);
    finish(sensor, out);
}

/* ---- the sweep */

/* Files whose fields are in the reading already. */
static uint32_t covered(uint64_t known)
{
    uint32_t mask = 0;
    for (uint32_t f = 0; f < RP_FILE_MAX; f++)
        if (known & rp_file_gives((enum rp_file)f))
            mask |= RP_READ(f);
    return mask;
}

/* Is it this cgroup's turn to be read whole? One that never was waits for no turn. */
static bool has_turn(struct rp_sensor *sensor, uint32_t index, uint32_t *turns)
{
    struct rp_census_node *node = &sensor->census.nodes[index];
    if (sensor->now < node->costly_ns || (node->costly_ns && *turns == 0))
        return false;
    if (node->costly_ns) {
        *turns -= 1;
        sensor->turn_at = index + 1;
    }
    node->costly_ns = sensor->now + COSTLY_NS;
    return true;
}

/* What every sweep wants, as far as no snapshot gave it; and in its turn the rest, anon and file too, which none gives. */
static void sweep_one(struct rp_sensor *sensor, uint32_t index, uint32_t *turns)
{
    struct rp_census_node *node = &sensor->census.nodes[index];
    const uint32_t wanted = rp_census_wants(node->kind);
    uint64_t known = node->reading == RP_INDEX_NONE ? 0 : sensor->readings[node->reading].known;
    uint32_t due = RP_READ_LIGHT | RP_READ(RP_FILE_PIDS);
    if (!wanted)
        return;
    if (has_turn(sensor, index, turns))
        due = RP_READ_FULL;
    due &= ~covered(known);
    if (due & RP_READ_SLOW)
        due |= RP_READ(RP_FILE_STAT);
    if (due & wanted)
        rp_sensor_read(sensor, index, due & wanted);
}

void rp_sensor_read_files(struct rp_sensor *sensor)
{
    const uint32_t used = sensor->census.used, first = sensor->turn_at < used ? sensor->turn_at : 0;
    uint32_t turns = COSTLY_TURNS;
    for (uint32_t n = 0; n < used; n++) {
        uint32_t i = first + n < used ? first + n : first + n - used;
        if (sensor->census.nodes[i].id != RP_CGROUP_NONE)
            sweep_one(sensor, i, &turns);
    }
}

void rp_sensor_sweep(struct rp_sensor *sensor, rp_ns now, struct rp_sample *out)
{
    begin(sensor, now, RP_NODE_READ_FULL);
    rp_sensor_take_walk(sensor); /* without one, files serve below */
    rp_sensor_take_counts(sensor);
    rp_sensor_take_disks(sensor);
    read_pods_root(sensor);
    rp_sensor_read_files(sensor);
    rp_sensor_read_limits(sensor);
    finish(sensor, out);
}

/* ---- fresh readings of a few */

static void add(struct rp_sensor *sensor, const rp_cgroup_id *ids, uint32_t n, uint32_t mask)
{
    for (uint32_t k = 0; k < n && k < RP_SENSOR_FRESH_MAX; k++) {
        uint32_t i = rp_census_find(&sensor->census, ids[k]);
        if (i != RP_INDEX_NONE)
            rp_sensor_read(sensor, i, mask);
    }
}

void rp_sensor_add(struct rp_sensor *sensor, const rp_cgroup_id *ids, uint32_t n, struct rp_sample *out)
{
    add(sensor, ids, n, RP_READ_FULL);
    out->cgroups_n = sensor->readings_n;
}

void rp_sensor_pressure_of(struct rp_sensor *sensor, const rp_cgroup_id *ids, uint32_t n, struct rp_sample *out)
{
    add(sensor, ids, n, RP_READ(RP_FILE_CURRENT) | RP_READ(RP_FILE_PRESSURE));
    out->cgroups_n = sensor->readings_n;
}
