// SPDX-License-Identifier: Apache-2.0
/*
 * What an element is compared with: the last one with the same keys. Writer and reader of a block keep the same, so both
 * start anew with every block. And the last one's successor last time, because sweeps come in the same order each time.
 */
#ifndef RP_NODE_RECORD_BASES_H
#define RP_NODE_RECORD_BASES_H

#include "node/record/fields.h"

#define RP_BASES_MAX   16384u /* elements with keys; more are written whole. Part of the format */
#define RP_BASES_INDEX (2 * RP_BASES_MAX)

#define RP_BASES_ONLY_BYTES 4096

union rp_keyed {
    struct rp_cgroup_reading cgroup;
    struct rp_fs_reading filesystem;
    struct rp_disk_reading disk;
    struct rp_pod_disk_reading pod_disk;
    struct rp_fact_pod pod;
    struct rp_fact_pod_stats pod_stats;
    struct rp_fact_source source;
};

struct rp_base {
    uint32_t type; /* enum rp_type_id */
    uint32_t next; /* place of the one that followed it last, from 1; 0: none */
    uint32_t slot; /* of the index, where it is found; a slot that says otherwise is free, so none has to be cleared */
    union rp_keyed value;
};

struct rp_bases {
    uint32_t used;
    uint32_t begun;                 /* bit per type without keys: its place is not garbage */
    uint32_t first[RP_TYPE_MAX];    /* that a frame began with last, from 1; 0: none */
    uint32_t last[RP_TYPE_MAX];     /* of the present frame, from 1; 0: none yet */
    uint32_t index[RP_BASES_INDEX]; /* open addressing; places from 1 */
    struct rp_policy policy;
    union {
        unsigned char bytes[RP_BASES_ONLY_BYTES];
        uint64_t align;
    } only[RP_TYPE_MAX]; /* of types without keys */
    struct rp_base list[RP_BASES_MAX];
};

/* Forget everything. `bases` may be garbage; next to nothing of it is touched. */
void rp_bases_reset(struct rp_bases *bases);

/* A new frame: its first element follows none. */
void rp_bases_frame(struct rp_bases *bases);

/* Of a type without keys: its last element, zeros at first. */
void *rp_bases_only(struct rp_bases *bases, enum rp_type_id type);

/* Of a type with keys: the element that is expected next, NULL if there is no expectation. */
const void *rp_bases_expected(const struct rp_bases *bases, enum rp_type_id type);

/* The place for the element with the same keys, which is new (`*ret_new`, and then zeroed) or has the last one in it. NULL:
 * there is no room for another one. */
void *rp_bases_place(struct rp_bases *bases, enum rp_type_id type, const void *element, bool *ret_new);

#endif
