// SPDX-License-Identifier: Apache-2.0
/*
 * Disks in a sample: BPF's counts of who takes room where, and what hands have measured since the last sample.
 *
 * Counts are booked to the cgroup of the writing task, which is a container's and may be gone in the next moment. So what
 * a removed cgroup had written goes to its parent: what a pod and all below it have written never falls. The parents have
 * no tasks of their own (cgroup v2 forbids it), so nobody else writes to the entry that inherits.
 */
#include "node/sense/sensor_private.h"

#include <string.h>

#define VISIT_NS (1 * RP_NS_PER_S) /* a visit walks the whole table; growth of a disk is no matter of milliseconds */

/* ---- BPF's counts */

static void know_device(struct rp_sensor_disk *disk, uint32_t dev)
{
    for (uint32_t i = 0; i < disk->devs_n; i++)
        if (disk->devs[i] == dev)
            return;
    if (disk->devs_n < RP_SENSOR_DEVS_MAX)
        disk->devs[disk->devs_n++] = dev;
}

void rp_sensor_take_disk(void *context, const struct rp_disk_key *key, const struct rp_disk *counts)
{
    struct rp_sensor *sensor = context;
    struct rp_sensor_disk *disk = &sensor->disk;
    disk->visited++;
    know_device(disk, key->dev);
    if (rp_census_find(&sensor->census, key->cgroup) == RP_INDEX_NONE) {
        /* New, and listed soon; or an entry that came back after its cgroup was gone. */
        if (disk->purge)
            rp_discard(rp_bpf_source_forget_disk(sensor->source, key));
        return;
    }
    if (disk->counts_n < disk->counts_max)
        disk->counts[disk->counts_n++] =
            (struct rp_disk_reading){.cgroup = key->cgroup, .dev = key->dev, .t_ns = sensor->now, .counts = *counts};
}

void rp_sensor_take_disks(struct rp_sensor *sensor)
{
    struct rp_sensor_disk *disk = &sensor->disk;
    if (!sensor->source || sensor->now < disk->visit_ns)
        return;
    disk->visit_ns = sensor->now + VISIT_NS;
    disk->visited = 0;
    rp_discard(rp_bpf_source_visit_disk(sensor->source, rp_sensor_take_disk, sensor)); /* then nothing is known */
    disk->purge = disk->visited >= disk->counts_max / 4 * 3; /* the table has as much room as this one */
}

rp_cgroup_id rp_sensor_heir(const struct rp_sensor *sensor, uint32_t death)
{
    const rp_cgroup_id heir = sensor->census.heirs[death];
    const uint32_t i = rp_census_find(&sensor->census, heir);
    if (i == RP_INDEX_NONE) /* it is among the dead of this sample, after its children */
        return heir;
    const uint8_t kind = sensor->census.nodes[i].kind;
    return kind == RP_CGROUP_POD || kind == RP_CGROUP_CONTAINER || kind == RP_CGROUP_INSIDE ? heir : RP_CGROUP_NONE;
}

void rp_sensor_bury_disks(struct rp_sensor *sensor)
{
    for (uint32_t i = 0; sensor->source && i < sensor->census.deaths_n; i++)
        for (uint32_t d = 0; d < sensor->disk.devs_n; d++) {
            const struct rp_disk_key dead = {.cgroup = sensor->census.deaths[i].id, .dev = sensor->disk.devs[d]};
            rp_discard(rp_bpf_source_bequeath_disk(sensor->source, &dead, rp_sensor_heir(sensor, i)));
        }
}

/* ---- what hands bring between two samples */

/* What was shown once is not shown again. */
static struct rp_sensor_disk *begin_anew(struct rp_sensor *sensor)
{
    struct rp_sensor_disk *disk = &sensor->disk;
    if (disk->told)
        disk->filesystems_n = disk->pods_n = 0;
    disk->told = false;
    return disk;
}

void rp_sensor_take_filesystems(struct rp_sensor *sensor, const struct rp_fs_reading *list, uint32_t n)
{
    struct rp_sensor_disk *disk = begin_anew(sensor);
    disk->filesystems_n = n < RP_FILESYSTEMS_MAX ? n : RP_FILESYSTEMS_MAX;
    memcpy(disk->filesystems, list, disk->filesystems_n * sizeof(*list));
}

void rp_sensor_take_pod_disk(struct rp_sensor *sensor, const struct rp_pod_disk_reading *reading)
{
    struct rp_sensor_disk *disk = begin_anew(sensor);
    if (reading->known && disk->pods_n < RP_SENSOR_POD_DISKS_MAX)
        disk->pods[disk->pods_n++] = *reading;
}

/* ---- the sample */

void rp_sensor_begin_disks(struct rp_sensor *sensor)
{
    begin_anew(sensor)->counts_n = 0;
}

void rp_sensor_show_disks(struct rp_sensor *sensor, struct rp_sample *out)
{
    struct rp_sensor_disk *disk = &sensor->disk;
    disk->told = true;
    out->filesystems = disk->filesystems;
    out->filesystems_n = disk->filesystems_n;
    out->disks = disk->counts;
    out->disks_n = disk->counts_n;
    out->pod_disks = disk->pods;
    out->pod_disks_n = disk->pods_n;
}
