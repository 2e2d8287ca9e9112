// SPDX-License-Identifier: Apache-2.0
/* The sensor's inside, for its own files and their tests. */
#ifndef RP_NODE_SENSE_SENSOR_PRIVATE_H
#define RP_NODE_SENSE_SENSOR_PRIVATE_H

#include "node/sense/bpf_source.h"
#include "node/sense/census.h"
#include "node/sense/sensor.h"

#define RP_SENSOR_DEVS_MAX      8
#define RP_SENSOR_POD_DISKS_MAX 8
#define RP_SENSOR_WEIGHED_MAX   4 /* looks at processes between two samples */

struct rp_sensor_disk {
    struct rp_disk_reading *counts;            /* of the present sample */
    uint32_t counts_n, counts_max;             /* max: also what BPF's table has room for */
    uint32_t visited;                          /* entries of BPF's table at the last visit */
    uint32_t devs[RP_SENSOR_DEVS_MAX], devs_n; /* that were ever among them */
    rp_ns visit_ns;                            /* not again before */
    bool purge;                                /* it is nearly full: drop what belongs to strangers */
    bool told;                                 /* what hands brought is in a sample already */
    struct rp_fs_reading filesystems[RP_FILESYSTEMS_MAX];
    struct rp_pod_disk_reading pods[RP_SENSOR_POD_DISKS_MAX];
    uint32_t filesystems_n, pods_n;
};

struct rp_sensor_weighed {
    rp_cgroup_id cgroup;
    struct rp_processes processes;
};

struct rp_sensor {
    const struct rp_policy *policy;
    const struct rp_bpf_handles *handles; /* NULL without BPF */
    struct rp_bpf_source *source;         /* NULL without BPF, or if it could not be opened: source_error */
    int source_error;
    int cgroup_fd, proc_fd;
    char self[RP_PATH_MAX];
    uint64_t page_bytes;
    struct rp_node_files node_files;
    struct rp_census census;
    struct rp_node_reading node;        /* of the present sample */
    struct rp_cgroup_reading *readings; /* of the present sample; capacity: the census's */
    uint32_t readings_n;
    struct rp_event events[RP_SENSOR_EVENTS_MAX];
    uint32_t events_n;
    uint64_t lost[RP_LOST_MAX];
    bool purge; /* the table of counters was full: drop those of strangers */
    struct rp_sensor_disk disk;
    struct rp_sensor_weighed weighed[RP_SENSOR_WEIGHED_MAX]; /* since the last sample */
    uint32_t weighed_n;
    uint32_t limits_turn; /* whose limits are read next */
    bool hardware;        /* BPF hears of at least one kind of its errors */
    rp_ns edac_ns;        /* the memory controllers' counts are not read again before */
    rp_ns now;
    uint32_t turn_at;      /* who is read whole next */
    rp_ns stalls_since_ns; /* the node waits for memory since then, 0: it does not */
    uint64_t samples;
    /* snapshot */
    bool snaps_ready;
    uint64_t walks, walks_failed; /* finished, failed */
    rp_ns walk_pause_ns, walk_again_ns;
    uint64_t garbage[RP_FILE_MAX], node_garbage[RP_NODE_FILE_MAX];
    struct rp_scratch scratch;
};

/* This cgroup's place in the present sample; index is a live one. */
struct rp_cgroup_reading *rp_sensor_reading(struct rp_sensor *sensor, uint32_t index);

/* Drop every reading of the present sample. */
void rp_sensor_forget_readings(struct rp_sensor *sensor);

/* Read files (RP_READ bits) of one cgroup into the present sample. */
void rp_sensor_read(struct rp_sensor *sensor, uint32_t index, uint32_t mask);

/* One more for each file of `bits` that was not understood. */
void rp_sensor_count_garbage(uint64_t *counters, uint32_t bits);

/* Of every cgroup the files that are due and whose fields no snapshot has given. */
void rp_sensor_read_files(struct rp_sensor *sensor);

/* ---- sensor_limits.c: what bounds a cgroup, and what the kernel would do there */

/* Into the present sweep what is due of it; nothing while the node stalls. */
void rp_sensor_read_limits(struct rp_sensor *sensor);

/* Into the present sample what hands have found of processes. */
void rp_sensor_show_weighed(struct rp_sensor *sensor);

/* ---- sensor_disk.c */

/* At the start and at the end of each sample. */
void rp_sensor_begin_disks(struct rp_sensor *sensor);
void rp_sensor_show_disks(struct rp_sensor *sensor, struct rp_sample *out);

/* BPF's counts into the present sample, if it is time for that; one entry of them. */
void rp_sensor_take_disks(struct rp_sensor *sensor);
void rp_sensor_take_disk(void *context, const struct rp_disk_key *key, const struct rp_disk *counts);

/* Counts of the cgroups that died in this sample go to their heirs. */
void rp_sensor_bury_disks(struct rp_sensor *sensor);

/* Who inherits from the dead of that number: its parent, or RP_CGROUP_NONE if that is no part of a pod. */
rp_cgroup_id rp_sensor_heir(const struct rp_sensor *sensor, uint32_t death);

/* ---- snapshot.c */

/* One record in the units of a reading; sets known bits for what the record has. */
void rp_snap_to_reading(const struct rp_snap *snap, uint64_t page_bytes, struct rp_cgroup_reading *out);

/* Records into readings; strangers and absentees become hints for the census. */
void rp_sensor_take_snaps(struct rp_sensor *sensor, const struct rp_snap *snaps, const struct rp_snap_head *head);

/* The finished walk, if there is one and it stayed whole while it was read. */
bool rp_sensor_take_walk(struct rp_sensor *sensor);

/* BPF's counters into readings. */
void rp_sensor_take_counts(struct rp_sensor *sensor);

#endif
