// SPDX-License-Identifier: Apache-2.0
/* Frames as bytes: the contents of a block. */
#ifndef RP_NODE_RECORD_FRAME_H
#define RP_NODE_RECORD_FRAME_H

#include "node/record/bases.h"
#include "node/record/schema.h"
#include "node/record/varint.h"

/*
 * Append a frame. False: it did not fit, and `bases` are spoilt; the sink is as before. Allocates nothing.
 */
bool rp_frame_put(struct rp_sink *sink, struct rp_bases *bases, const struct rp_frame *frame) RP_MUST_CHECK;

/* Where frames are read into; the arrays grow. */
struct rp_frame_room {
    struct rp_sample sample;
    struct rp_plan plan;
    struct rp_start start;
    struct rp_policy policy;
    struct rp_frame_arrays *arrays;
    struct rp_bases *bases;
    unsigned char *scratch; /* RP_TYPE_BYTES_MAX */
};

/* 0 or -ENOMEM; then both are NULL and deinit is not needed. */
int rp_frame_room_init(struct rp_frame_room *room) RP_MUST_CHECK;
void rp_frame_room_deinit(struct rp_frame_room *room);

/* Before the first frame of a block. */
void rp_frame_room_begin(struct rp_frame_room *room);

/*
 * The next frame of a block. What it points to lives in the room until the next one. 0; -EBADMSG: the bytes are no frame, or
 * hold what no guard can have seen; -ENOMEM.
 */
int rp_frame_get(struct rp_source_bytes *source, const struct rp_schema *schema, struct rp_frame_room *room,
                 struct rp_frame *ret) RP_MUST_CHECK;

#endif
