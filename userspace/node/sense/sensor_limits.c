// SPDX-License-Identifier: Apache-2.0
/*
 * What bounds a container and what the kernel would do there: memory.max, memory.oom.group, and near the limit memory.stat,
 * which tells what reclaim could still take. No snapshot has them, they are three files of every container, and two of
 * them hardly ever change: so they are read soon after a birth, then once a minute, a few cgroups per sweep, and without
 * keeping a descriptor.
 */
#include "node/sense/sensor_private.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fdio.h"

#define LIMITS_NS   (60 * RP_NS_PER_S)
#define SPREAD      32u /* seconds over which these are spread, so that those of one birth do not stay together */
#define STAT_NS     (1 * RP_NS_PER_S)
#define TURNS       16u /* directories opened per sweep */
#define NEAR_PART   2u  /* of the limit is in use: reclaim will matter */
#define BENEATH     (RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS)
#define LIMIT_FILES (RP_READ(RP_FILE_MAX_BYTES) | RP_READ(RP_FILE_OOM_GROUP))

static bool has_limits(uint8_t kind)
{
    return kind == RP_CGROUP_POD || kind == RP_CGROUP_CONTAINER;
}

/* Of a pod memory.stat is kept open, and read in its turn like everything else of it. */
static bool is_near(const struct rp_sensor *sensor, const struct rp_census_node *node)
{
    if (node->kind != RP_CGROUP_CONTAINER || node->reading == RP_INDEX_NONE || node->max_bytes == 0)
        return false;
    const struct rp_cgroup_reading *reading = &sensor->readings[node->reading];
    return (reading->known & RP_CG_USAGE) && reading->usage_bytes >= node->max_bytes / NEAR_PART;
}

static uint32_t due_of(const struct rp_sensor *sensor, const struct rp_census_node *node)
{
    uint32_t due = 0;
    if (node->id == RP_CGROUP_NONE || !has_limits(node->kind))
        return 0;
    if (sensor->now >= node->limits_ns)
        due |= LIMIT_FILES;
    if (sensor->now >= node->stat_ns && is_near(sensor, node))
        due |= RP_READ(RP_FILE_STAT);
    return due;
}

static void read_of(struct rp_sensor *sensor, uint32_t index, uint32_t due)
{
    struct rp_census_node *node = &sensor->census.nodes[index];
    struct stat st;
    if (due & LIMIT_FILES)
        node->limits_ns = sensor->now + LIMITS_NS + node->id % SPREAD * RP_NS_PER_S;
    if (due & RP_READ(RP_FILE_STAT))
        node->stat_ns = sensor->now + STAT_NS;
    RP_CLEANUP_FD int fd = rp_openat2(sensor->census.root_fd, node->path, O_PATH | O_DIRECTORY, BENEATH);
    if (fd < 0 || fstat(fd, &st) < 0 || st.st_ino != node->id) {
        rp_census_look(&sensor->census, index);
        return;
    }
    struct rp_cgroup_reading *reading = rp_sensor_reading(sensor, index);
    const struct rp_files_result result = rp_files_read_once(fd, due, &sensor->scratch, reading);
    rp_sensor_count_garbage(sensor->garbage, result.garbage);
    if (reading->known & RP_CG_MAX)
        node->max_bytes = reading->max_bytes;
}

void rp_sensor_read_limits(struct rp_sensor *sensor)
{
    const uint32_t used = sensor->census.used;
    uint32_t turns = sensor->stalls_since_ns ? 0 : TURNS; /* opening waits for mkdir in the same directory */
    for (uint32_t n = 0; n < used && turns > 0; n++) {
        const uint32_t i = (uint32_t)(((uint64_t)sensor->limits_turn + 1) % used);
        const uint32_t due = due_of(sensor, &sensor->census.nodes[i]);
        sensor->limits_turn = i;
        if (!due)
            continue;
        read_of(sensor, i, due);
        turns--;
    }
}

/* ---- what hands bring */

void rp_sensor_take_processes(struct rp_sensor *sensor, rp_cgroup_id cgroup, const struct rp_processes *processes)
{
    if (sensor->weighed_n < RP_SENSOR_WEIGHED_MAX)
        sensor->weighed[sensor->weighed_n++] = (struct rp_sensor_weighed){cgroup, *processes};
}

void rp_sensor_show_weighed(struct rp_sensor *sensor)
{
    for (uint32_t k = 0; k < sensor->weighed_n; k++) {
        const uint32_t i = rp_census_find(&sensor->census, sensor->weighed[k].cgroup);
        if (i == RP_INDEX_NONE)
            continue;
        struct rp_cgroup_reading *reading = rp_sensor_reading(sensor, i);
        reading->processes = sensor->weighed[k].processes;
        reading->known |= RP_CG_PROCESSES;
        if (reading->known & RP_CG_USAGE)
            continue;
        /* What it gains from here on is counted from the same moment. */
        reading->usage_bytes = reading->processes.charged_bytes;
        reading->known |= RP_CG_USAGE;
    }
    sensor->weighed_n = 0;
}
