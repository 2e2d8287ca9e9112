// SPDX-License-Identifier: Apache-2.0
/* A block: header, and bytes compressed with zlib, which stand for themselves. */
#ifndef RP_NODE_RECORD_BLOCK_H
#define RP_NODE_RECORD_BLOCK_H

#include "reprieve/record.h"

#define RP_BLOCK_RAW_MAX (UINT32_C(1) << 26) /* what a header may claim */

/* Memory for compressing; deflate takes it all at once and gives nothing back. */
struct rp_packer {
    size_t used;
    union {
        unsigned char bytes[300u << 10];
        uint64_t align;
    } memory;
};

/* Bytes that a block with so many inside can need at most, its padding and the zeros behind it included. */
size_t rp_block_bound(size_t raw_bytes);

/*
 * Make a block in rp_block_bound() bytes, with what must stand behind it: zeros of a header's size, so that the end of a
 * segment is seen. The header comes with everything but sizes and checksums. Returns the block's bytes, without the zeros;
 * 0 if zlib fails. Allocates nothing.
 */
size_t rp_block_pack(struct rp_packer *packer, struct rp_block_header *header, const void *raw, unsigned char *dst);

/* Is there a sound header, made for this place in a file? */
bool rp_block_header_read(const unsigned char *bytes, size_t len, uint64_t offset, struct rp_block_header *ret);

/* Bytes from one header to the next. */
uint64_t rp_block_stride(const struct rp_block_header *header);

/* The contents, into raw_bytes. 0 or -EBADMSG; -ENOMEM. */
int rp_block_unpack(const struct rp_block_header *header, const unsigned char *packed,
                    unsigned char *raw) RP_MUST_CHECK;

#endif
