// SPDX-License-Identifier: Apache-2.0
/*
 * From the guard to the hand that writes: frames in shared memory, copied as they are. The guard never waits: what finds no
 * room is dropped and counted, and the numbers of the frames behind it say so. What a dead guard left is still in there.
 *
 * One process pushes and one at a time takes; each moves only its own end.
 */
#ifndef RP_NODE_RECORD_RING_H
#define RP_NODE_RECORD_RING_H

#include "reprieve/record.h"

/* How far the scribe has come. In shared memory, because hands come and go; changed only when something has been written. */
struct rp_scribe_state {
    bool ready;      /* the ring of files was looked at: serial and slots are right */
    bool open;       /* there is a segment to write to */
    bool entry;      /* and a replay can begin in it */
    uint32_t slots;  /* files that have room on the disk */
    uint64_t serial; /* of the open segment, or of the last one */
    uint64_t offset; /* where its next block goes */
    uint64_t last_input;
    uint32_t epoch;    /* of last_input: the guard that took it in */
    rp_ns keyframe_ns; /* time of the last keyframe or START */
    /* for people */
    uint64_t frames, blocks, keyframes, segments, bytes;
    uint64_t skipped;  /* frames that came behind a gap and before the keyframe that ends it, or were too large */
    rp_ns written_ns;  /* time of the last frame that is on disk */
    int32_t error;     /* of the last job: 0 or -errno */
    uint64_t failures; /* jobs that ended with one, since start */
};

struct rp_ring {
    uint64_t bytes; /* capacity; a multiple of 8 */
    uint64_t head;  /* ever pushed; the guard's */
    uint64_t dropped;
    uint64_t tail; /* ever taken; the scribe's */
    struct rp_scribe_state state;
    unsigned char data[];
};

/* What a frame carries beside itself. */
struct rp_ring_stamp {
    int64_t realtime_ns;
    uint32_t epoch; /* which guard pushed it, by rp_agent.guard_starts */
};

/* Bytes of a ring with room for one sample of everything at its largest. */
size_t rp_ring_size(uint32_t cgroups_max, uint32_t pods_max);

/* `bytes` zeroed bytes at 8-byte alignment become an empty ring. */
void rp_ring_init(struct rp_ring *ring, size_t bytes);

/* False: there was no room, and it is counted. Does not wait, does not allocate. */
bool rp_ring_push(struct rp_ring *ring, const struct rp_frame *frame, const struct rp_ring_stamp *stamp);

/* How much is in it, in bytes. */
uint64_t rp_ring_used(const struct rp_ring *ring);

/* ---- the scribe's side */

/* Where a frame is put together again; `births` and `facts` for as many as a ring of that size can hold. */
struct rp_ring_room {
    struct rp_sample sample;
    struct rp_plan plan;
    struct rp_cgroup_birth *births;
    struct rp_fact *facts;
};

uint64_t rp_ring_births_max(const struct rp_ring *ring);
uint64_t rp_ring_facts_max(const struct rp_ring *ring);

/* The frame at `at`, which begins as the tail: true, `at` is then behind it, and it is valid until the tail passes it. False:
 * there is none. */
bool rp_ring_look(const struct rp_ring *ring, uint64_t *at, struct rp_ring_room *room, struct rp_frame *ret,
                  struct rp_ring_stamp *ret_stamp);

/* Frames before `at` are not needed any more. */
void rp_ring_release(struct rp_ring *ring, uint64_t at);

#endif
