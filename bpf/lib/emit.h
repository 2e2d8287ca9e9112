/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Counting and telling. A program counts every occurrence in rp_counts and sends an event that wakes the guard; signs of
 * pressure come in storms, so their events are held back per cgroup and type. What cannot be stored is counted in rp_lost.
 */
#ifndef RP_BPF_EMIT_H
#define RP_BPF_EMIT_H

#include "lib/maps.h"

static __always_inline void rp_add(__u64 *counter, __u64 n)
{
    __sync_fetch_and_add(counter, n);
}

static __always_inline void rp_lose(enum rp_lost_cause cause)
{
    __u32 key = cause;
    __u64 *lost = bpf_map_lookup_elem(&rp_lost, &key);

    if (lost)
        rp_add(lost, 1);
}

/* The entry of a cgroup, made when it is first needed. NULL: no room, counted. */
static __always_inline struct rp_counts_slot *rp_slot(__u64 cgroup)
{
    struct rp_counts_slot *slot = bpf_map_lookup_elem(&rp_counts, &cgroup);

    if (!slot) {
        struct rp_counts_slot fresh = {};

        /* Another CPU may have been faster: NOEXIST keeps what it counted. */
        bpf_map_update_elem(&rp_counts, &cgroup, &fresh, BPF_NOEXIST);
        slot = bpf_map_lookup_elem(&rp_counts, &cgroup);
        if (!slot)
            rp_lose(RP_LOST_COUNTS);
    }
    return slot;
}

/* The entry of a cgroup on a file system, likewise. */
static __always_inline struct rp_disk *rp_disk_slot(__u64 cgroup, __u32 dev)
{
    struct rp_disk_key key = {.cgroup = cgroup, .dev = dev};
    struct rp_disk *disk = bpf_map_lookup_elem(&rp_disk, &key);

    if (!disk) {
        struct rp_disk fresh = {};

        bpf_map_update_elem(&rp_disk, &key, &fresh, BPF_NOEXIST);
        disk = bpf_map_lookup_elem(&rp_disk, &key);
        if (!disk)
            rp_lose(RP_LOST_DISK);
    }
    return disk;
}

static __always_inline __u32 rp_current_tgid(void)
{
    return bpf_get_current_pid_tgid() >> 32;
}

static __always_inline void rp_send(struct rp_event *event, __u64 flags)
{
    event->t_ns = bpf_ktime_get_ns();
    if (bpf_ringbuf_output(&rp_events, event, sizeof(*event), flags))
        rp_lose(RP_LOST_EVENT);
}

/*
 * Urgent: wakes the reader whatever else lies in the ring. The default wake-up would not do: it is skipped while older
 * records are unread, and records sent by rp_send_quietly() are not announced.
 */
static __always_inline void rp_send_urgently(struct rp_event *event)
{
    rp_send(event, BPF_RB_FORCE_WAKEUP);
}

/* Urgent, but not again for this entry and type within RP_EVENT_PAUSE_NS. Two CPUs at once may both send: harmless. */
static __always_inline void rp_send_paced(struct rp_counts_slot *slot, struct rp_event *event)
{
    __u64 now = bpf_ktime_get_ns();
    __u64 *sent;

    if (event->type >= RP_EVENT_MAX)
        return;
    sent = &slot->sent_ns[event->type];
    if (*sent && now - *sent < RP_EVENT_PAUSE_NS)
        return;
    *sent = now;
    rp_send_urgently(event);
}

/* Count one more of `counter` for the cgroup `who`, and tell, at a pace. */
#define rp_count_and_tell(who, counter, event)                                                                         \
    do {                                                                                                               \
        struct rp_counts_slot *slot_ = rp_slot(who);                                                                   \
        if (slot_) {                                                                                                   \
            rp_add(&slot_->counts.counter, 1);                                                                         \
            rp_send_paced(slot_, event);                                                                               \
        }                                                                                                              \
    } while (0)

/* The current task found a full file system. */
static __always_inline void rp_no_room(__u32 dev)
{
    __u64 cgroup = bpf_get_current_cgroup_id();
    struct rp_event event = {
        .type = RP_EVENT_NO_SPACE,
        .cgroup = cgroup,
        .value = dev,
        .pid = rp_current_tgid(),
    };

    rp_count_and_tell(cgroup, no_space, &event);
}

/*
 * Can wait for the reader's next look. Uses only half of the ring: a tenant that makes and removes cgroups in a loop
 * must not push out the news of an OOM kill.
 */
static __always_inline void rp_send_quietly(struct rp_event *event)
{
    if (bpf_ringbuf_query(&rp_events, BPF_RB_AVAIL_DATA) > bpf_ringbuf_query(&rp_events, BPF_RB_RING_SIZE) / 2) {
        rp_lose(RP_LOST_EVENT);
        return;
    }
    rp_send(event, BPF_RB_NO_WAKEUP);
}

#endif
