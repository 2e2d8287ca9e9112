// SPDX-License-Identifier: Apache-2.0
/*
 * The guard's end of the BPF programs: events, counters, losses, the snapshot. Everything is allocated and mapped by
 * open; afterwards nothing here allocates, and nothing waits. Events, losses and snapshots are read from mapped memory
 * without a system call; counters cost one bpf(2) each, or one per 256 for all of them (needs CAP_BPF before 5.19).
 */
#ifndef RP_NODE_SENSE_BPF_SOURCE_H
#define RP_NODE_SENSE_BPF_SOURCE_H

#include "node/sense/bpf_handles.h"
#include "reprieve/types.h"
#include "reprieve/wire.h"

struct rp_bpf_source;

/* The source borrows the handles' descriptors: they must stay open as long as it lives. 0 or -errno. */
int rp_bpf_source_open(const struct rp_bpf_handles *handles, struct rp_bpf_source **ret) RP_MUST_CHECK;

/* Accepts NULL. The handles stay open. */
void rp_bpf_source_close(struct rp_bpf_source **source);

/* Readable (EPOLLIN, level-triggered) while there are events; urgent ones wake a waiter. */
int rp_bpf_source_fd(const struct rp_bpf_source *source);

/* Up to `cap` events in the order of their arrival. Less than `cap`: the ring is empty. */
uint32_t rp_bpf_source_events(struct rp_bpf_source *source, struct rp_event *out, uint32_t cap);

/* Counters of one cgroup. 0, or -ENOENT: nothing ever happened to it. */
int rp_bpf_source_counts(const struct rp_bpf_source *source, rp_cgroup_id id, struct rp_counts *ret) RP_MUST_CHECK;

typedef void rp_bpf_visit(void *context, rp_cgroup_id id, const struct rp_counts *counts);

/* Every cgroup that has counters, in no order. 0 or -errno. Entries made or forgotten meanwhile may be missed. */
int rp_bpf_source_visit_counts(struct rp_bpf_source *source, rp_bpf_visit *visit, void *context) RP_MUST_CHECK;

/* Drop the counters of a cgroup that is gone. 0 or -errno, -ENOENT if there were none. */
int rp_bpf_source_forget(struct rp_bpf_source *source, rp_cgroup_id id);

typedef void rp_bpf_visit_disk(void *context, const struct rp_disk_key *key, const struct rp_disk *disk);

/* Every pair of cgroup and file system that has counters, as above. */
int rp_bpf_source_visit_disk(struct rp_bpf_source *source, rp_bpf_visit_disk *visit, void *context) RP_MUST_CHECK;

/* Drop such an entry. 0 or -errno, -ENOENT if there was none. */
int rp_bpf_source_forget_disk(struct rp_bpf_source *source, const struct rp_disk_key *key);

/*
 * Drop such an entry and add what it counted to the heir's on the same file system; RP_CGROUP_NONE: to nobody's. Only for an
 * heir without tasks of its own, as BPF may add to an entry meanwhile. 0 or -errno, -ENOENT if there was none.
 */
int rp_bpf_source_bequeath_disk(struct rp_bpf_source *source, const struct rp_disk_key *dead, rp_cgroup_id heir);

/* What the hardware reported, by enum rp_hardware, absolute. */
void rp_bpf_source_hardware(const struct rp_bpf_source *source, uint64_t ret[RP_HARDWARE_MAX]);

/*
 * How often the kernel passed over this program, because it had preempted it on the same CPU, since it was loaded: these
 * occurrences are in no counter. One system call. 0; -ENOENT: not attached; another -errno. 0 before 5.12, which does not say.
 */
int rp_bpf_source_skipped(const struct rp_bpf_source *source, enum rp_bpf_hook hook, uint64_t *ret) RP_MUST_CHECK;

/* BPF's loss counters, absolute. */
void rp_bpf_source_lost(const struct rp_bpf_source *source, uint64_t ret_lost[RP_LOST_MAX]);

/*
 * The records of the last walk and, in *ret_head, what is known about it. NULL while there was no walk or one is going on.
 * After reading the records ask rp_bpf_source_snaps_whole(): false means that a walk began meanwhile; read again.
 */
const struct rp_snap *rp_bpf_source_snaps(const struct rp_bpf_source *source, struct rp_snap_head *ret_head);
bool rp_bpf_source_snaps_whole(const struct rp_bpf_source *source, const struct rp_snap_head *head);

#endif
