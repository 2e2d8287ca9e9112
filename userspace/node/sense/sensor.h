// SPDX-License-Identifier: Apache-2.0
/*
 * The guard's eyes: kernel files, BPF's events, counters and snapshots become samples. Whoever takes a sample cannot tell
 * which source gave a field, only whether it is known.
 *
 * Everything is opened, mapped and allocated by open. What follows makes no call that waits for anybody: pread of kernel
 * files through kept descriptors, openat2 beneath the kept cgroup root, getdents64 of cgroup directories, map and ring
 * reads. No file is ever written, except /proc/pressure/{memory,io} at open, where a wake-up is ordered by a write.
 *
 * One sample at a time: its arrays are the sensor's own and change with the next glance or sweep. A tick is
 *     glance                                  the node, the pods root, events, births and deaths; every tick
 *     or sweep                                the same and every cgroup
 *     then add, pressure_of                   fresh readings of a few cgroups, into the same sample
 */
#ifndef RP_NODE_SENSE_SENSOR_H
#define RP_NODE_SENSE_SENSOR_H

#include "node/sense/bpf_handles.h"
#include "node/sense/files.h"
#include "node/sense/node_files.h"
#include "reprieve/policy.h"
#include "reprieve/sample.h"

#define RP_SENSOR_EVENTS_MAX 512 /* per sample; more follow with the next one */
#define RP_SENSOR_FRESH_MAX  20  /* cgroups that add and pressure_of accept at once */

struct rp_sensor;

struct rp_sensor_options {
    const struct rp_policy *policy;       /* roots, rules, sizes; must outlive the sensor */
    const struct rp_bpf_handles *handles; /* NULL without BPF; must outlive the sensor */
    const char *self;                     /* path of the cgroup that Reprieve runs in, "" unknown */
    uint32_t files_reserved;              /* descriptors that the rest of the process needs */
};

/*
 * Open the node. Raises the soft limit of descriptors to the hard one. 0; -EOPNOTSUPP and why: this is not a unified cgroup
 * hierarchy with a memory controller; another -errno and why. On failure *ret is untouched.
 */
int rp_sensor_open(const struct rp_sensor_options *options, struct rp_complaint *why,
                   struct rp_sensor **ret) RP_MUST_CHECK;

/* Accepts NULL. */
void rp_sensor_close(struct rp_sensor **sensor);

/* The policy was changed in place: rules and the pods root are looked at again. */
void rp_sensor_policy_changed(struct rp_sensor *sensor);

void rp_sensor_glance(struct rp_sensor *sensor, rp_ns now, struct rp_sample *out);
void rp_sensor_sweep(struct rp_sensor *sensor, rp_ns now, struct rp_sample *out);

/*
 * Not a sample: is MemAvailable lower than at the last one by more than this? A fifth of what a glance costs. True if it
 * cannot be read.
 */
bool rp_sensor_fell(struct rp_sensor *sensor, int64_t unseen_bytes);

/* Everything about these cgroups, read now from files: flushed statistics and fresh pressure, which a snapshot has not. */
void rp_sensor_add(struct rp_sensor *sensor, const rp_cgroup_id *ids, uint32_t n, struct rp_sample *out);

/* Only usage and pressure of them. */
void rp_sensor_pressure_of(struct rp_sensor *sensor, const rp_cgroup_id *ids, uint32_t n, struct rp_sample *out);

/* ---- the snapshot: a walk may sleep, so a hand makes it (rp_bpf_walk) and the next sweep uses it */

/* Should a walk be ordered before the next sweep? False without an iterator, and for a while after a failed walk. */
bool rp_sensor_wants_walk(const struct rp_sensor *sensor, rp_ns now);

/* A hand finished one, or it failed, or the hand was given up. */
void rp_sensor_walk_done(struct rp_sensor *sensor, rp_ns now, bool ok);

/* ---- disks: stat(2) may sleep, so hands look (act/job.h) and the next sample shows what they found */

void rp_sensor_take_filesystems(struct rp_sensor *sensor, const struct rp_fs_reading *list, uint32_t n);
void rp_sensor_take_pod_disk(struct rp_sensor *sensor, const struct rp_pod_disk_reading *reading);

/* ---- processes: weighing them takes long where there are many, so hands do it, and the next sample shows it */

void rp_sensor_take_processes(struct rp_sensor *sensor, rp_cgroup_id cgroup, const struct rp_processes *processes);

/* ---- what wakes the guard between two looks */

/* POLLIN: BPF events; -1 without BPF. */
int rp_sensor_event_fd(const struct rp_sensor *sensor);

/* POLLPRI: pressure on the node; -1 if refused. */
int rp_sensor_trigger_fd(const struct rp_sensor *sensor, enum rp_psi_kind kind);

/* ---- what it can and cannot see */

struct rp_sensor_state {
    bool bpf, lifecycle, iterator, psi, trigger, pods_root;
    rp_cgroup_id self;  /* RP_CGROUP_NONE: unknown */
    uint32_t cgroups;   /* in the table */
    uint32_t left_out;  /* seen, but not in the table */
    uint32_t starved;   /* in the table, but without a descriptor for each of their files */
    uint32_t no_memory; /* pods whose memory controller is off */
    uint32_t files;     /* descriptors kept */
    uint64_t scans, scans_failed, walks, walks_failed;
    uint64_t garbage[RP_FILE_MAX], node_garbage[RP_NODE_FILE_MAX]; /* readings that were not understood */
};

void rp_sensor_state(const struct rp_sensor *sensor, struct rp_sensor_state *ret);

/* Runs of that program that the kernel left out, see rp_bpf_source_skipped(); 0 without BPF. */
uint64_t rp_sensor_skipped(const struct rp_sensor *sensor, uint32_t hook);

/* What is lost on this node at present, a sentence each, at most `max`. Returns how many; 0: nothing. */
uint32_t rp_sensor_complaints(const struct rp_sensor *sensor, struct rp_complaint *out, uint32_t max);

#endif
