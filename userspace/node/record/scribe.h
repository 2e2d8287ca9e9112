// SPDX-License-Identifier: Apache-2.0
/*
 * Frames from the ring into segment files. Runs in a hand, because a disk may let it wait for ever; allocates at init only.
 * How far it has come stands in the ring's shared state and moves only when something has been written, so that another hand
 * can go on after this one died anywhere.
 */
#ifndef RP_NODE_RECORD_SCRIBE_H
#define RP_NODE_RECORD_SCRIBE_H

#include "node/record/bases.h"
#include "node/record/block.h"
#include "node/record/ring.h"
#include "node/record/schema.h"
#include "node/record/segments.h"
#include "reprieve/model.h"

#define RP_KEYFRAME_PIECE (256u << 10)
#define RP_KEYFRAME_NS    (600 * RP_NS_PER_S) /* the most that damage can make unreplayable, beside a whole segment */

struct rp_scribe {
    struct rp_ring *ring;
    const struct rp_arena *arena; /* the guard's, shared, never written here */
    size_t arena_bytes;
    const char *directory;
    struct rp_segments_layout layout;
    rp_ns keyframe_ns;

    /* one mapping, given back to the kernel after each job */
    unsigned char *memory;
    size_t memory_bytes;
    struct rp_bases *bases;
    struct rp_packer *packer;
    unsigned char *raw, *packed;
    size_t raw_bytes;
    struct rp_arena *copy;

    struct rp_ring_room room; /* its arrays are in the mapping */
    unsigned char schema[RP_SCHEMA_BYTES_MAX];
    size_t schema_bytes;
    uint32_t schema_crc;

    /* of the job at hand */
    int dir, fd;
    uint64_t looked;     /* place in the ring up to which the block goes */
    uint64_t last_input; /* and what the arena has taken in by then */
    uint32_t epoch;
};

struct rp_scribe_options {
    struct rp_ring *ring;
    const struct rp_arena *arena;
    size_t arena_bytes;
    const char *directory;
    uint64_t record_bytes;
    rp_ns keyframe_ns; /* the longest time between two keyframes, 0: RP_KEYFRAME_NS */
};

/* 0 or -ENOMEM. */
int rp_scribe_init(struct rp_scribe *scribe, const struct rp_scribe_options *options) RP_MUST_CHECK;
void rp_scribe_deinit(struct rp_scribe *scribe);

/* Write what is in the ring, until it is empty or the time is over. 0 or -errno; the state has it too. */
int rp_scribe_run(struct rp_scribe *scribe, rp_ns until_ns) RP_MUST_CHECK;

#endif
