// SPDX-License-Identifier: Apache-2.0
/*
 * The fields that a recording is made of, by structure. Writer and reader know nothing of the structures beside these
 * tables, and a recording carries the names of its own in front: a field that it does not have stays zero here, and one
 * that is unknown here is skipped. So structures may grow without making recordings unreadable.
 *
 * A field that is missing from a table would be lost without a word, so a test holds the tables against the compiler's own
 * view of the structures (tests/unit/node/record/test_fields.c).
 */
#ifndef RP_NODE_RECORD_FIELDS_H
#define RP_NODE_RECORD_FIELDS_H

#include "reprieve/record.h"

enum rp_cell {
    RP_CELL_NUMBER, /* unsigned, signed or float: its bits, written as the difference to an earlier value */
    RP_CELL_TIME,   /* CLOCK_MONOTONIC, written as the difference to the time before it in the frame */
    RP_CELL_BOOL,
    RP_CELL_TEXT, /* NUL-terminated in an array of `bytes` */
    RP_CELL_MAX
};

/* `count` cells of `bytes` each, `stride` apart. */
struct rp_field {
    const char *name;
    uint32_t offset, bytes, count, stride;
    uint8_t cell; /* enum rp_cell */
};

enum rp_type_id {
    RP_TYPE_FRAME, /* struct rp_frame_head */
    RP_TYPE_START,
    RP_TYPE_POLICY,
    RP_TYPE_SAMPLE, /* what is not an array */
    RP_TYPE_NODE,
    RP_TYPE_BIRTH,
    RP_TYPE_DEATH,
    RP_TYPE_CGROUP,
    RP_TYPE_FILESYSTEM,
    RP_TYPE_DISK,
    RP_TYPE_POD_DISK,
    RP_TYPE_EVENT,
    RP_TYPE_OUTCOME,
    RP_TYPE_HABIT,
    RP_TYPE_PLAN, /* what is not an array */
    RP_TYPE_ACTION,
    RP_TYPE_FACT, /* version and kind; the body follows as an element of its own type */
    RP_TYPE_FACT_LIST,
    RP_TYPE_FACT_POD,
    RP_TYPE_FACT_KUBELET,
    RP_TYPE_FACT_POD_STATS,
    RP_TYPE_FACT_NODE_STATS,
    RP_TYPE_FACT_SOURCE,
    RP_TYPE_MAX
};

/* Of struct rp_frame what is no pointer. */
struct rp_frame_head {
    uint32_t kind;
    uint64_t input;
    rp_ns t_ns;
    uint64_t digest;
};

/*
 * The first `keys` fields say whose numbers these are: an element is written as what differs from the last one with the same
 * keys. Without keys that is the last one of the type.
 */
struct rp_type {
    const char *name;
    uint32_t bytes;
    const struct rp_field *fields;
    uint32_t fields_n, keys;
};

#define RP_TYPE_BYTES_MAX sizeof(struct rp_policy) /* the largest */
#define RP_FIELDS_MAX     256                      /* of one type, here or in a file */
#define RP_CELLS_MAX      8192
#define RP_FIELD_NAME_MAX 48

extern const struct rp_type rp_types[RP_TYPE_MAX];

/* The type of a fact's body, by enum rp_fact_kind; RP_TYPE_MAX if there is none. */
enum rp_type_id rp_type_of_fact(uint32_t kind);

#endif
