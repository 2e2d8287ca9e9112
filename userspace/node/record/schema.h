// SPDX-License-Identifier: Apache-2.0
/* The tables of fields.h as bytes at the head of a segment, and what a reader makes of those of another program. */
#ifndef RP_NODE_RECORD_SCHEMA_H
#define RP_NODE_RECORD_SCHEMA_H

#include "node/record/fields.h"

#define RP_SCHEMA_BYTES_MAX 32768
#define RP_SCHEMA_TYPES_MAX 64

/* A field as the file has it, and where it goes here. */
struct rp_schema_field {
    uint32_t bytes, count;
    uint8_t cell;                 /* enum rp_cell */
    const struct rp_field *field; /* NULL: unknown here, skipped */
};

struct rp_schema_type {
    uint32_t id; /* enum rp_type_id; RP_TYPE_MAX: unknown here, skipped */
    uint32_t fields_n, keys, cells;
    bool known[RP_FIELDS_MAX]; /* by place in the table here: the file has it */
    struct rp_schema_field fields[RP_FIELDS_MAX];
};

struct rp_schema {
    uint32_t crc; /* of its bytes: how blocks name it */
    uint32_t types_n;
    struct rp_schema_type types[RP_SCHEMA_TYPES_MAX]; /* in the file's order */
};

/* This program's own, into RP_SCHEMA_BYTES_MAX bytes. Returns how many. */
size_t rp_schema_write(unsigned char *dst);

/*
 * 0; -EBADMSG: these bytes are none; -EPROTONOSUPPORT and why: a field here means something else there. On failure *ret is
 * garbage. About 400 KiB large, so not for a stack.
 */
int rp_schema_read(const unsigned char *bytes, size_t len, struct rp_schema *ret,
                   struct rp_complaint *why) RP_MUST_CHECK;

#endif
