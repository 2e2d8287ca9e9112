// SPDX-License-Identifier: Apache-2.0
#include "node/record/block.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <zlib.h>

#define LEVEL       6
#define WINDOW_BITS 15
#define MEMORY      8
#define CRC_FROM    (offsetof(struct rp_block_header, header_crc) + sizeof(uint32_t))

static uint32_t checksum(const void *bytes, size_t len)
{
    return (uint32_t)crc32_z(0, bytes, len);
}

static uint32_t header_crc(const struct rp_block_header *header)
{
    return checksum((const unsigned char *)header + CRC_FROM, sizeof(*header) - CRC_FROM);
}

static uint64_t align(uint64_t n)
{
    return (n + RP_BLOCK_ALIGN - 1) / RP_BLOCK_ALIGN * RP_BLOCK_ALIGN;
}

size_t rp_block_bound(size_t raw_bytes)
{
    return sizeof(struct rp_block_header) + align(deflateBound(NULL, raw_bytes)) + sizeof(struct rp_block_header);
}

uint64_t rp_block_stride(const struct rp_block_header *header)
{
    return sizeof(*header) + align(header->packed_bytes);
}

/* ---- making one */

static void *take(void *opaque, unsigned items, unsigned size)
{
    struct rp_packer *packer = opaque;
    const size_t bytes = ((size_t)items * size + 15) / 16 * 16;
    if (bytes > sizeof(packer->memory) - packer->used)
        return NULL;
    packer->used += bytes;
    return packer->memory.bytes + packer->used - bytes;
}

static void give(void *opaque, void *address)
{
    (void)opaque;
    (void)address;
}

static size_t compress_all(struct rp_packer *packer, const void *raw, size_t raw_bytes, unsigned char *dst)
{
    z_stream stream = {.zalloc = take, .zfree = give, .opaque = packer};
    packer->used = 0;
    if (deflateInit2(&stream, LEVEL, Z_DEFLATED, WINDOW_BITS, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
        return 0;
    stream.next_in = (unsigned char *)(uintptr_t)raw; /* zlib does not write there */ /* NOLINT */
    stream.avail_in = (unsigned)raw_bytes;
    stream.next_out = dst;
    stream.avail_out = (unsigned)deflateBound(&stream, raw_bytes);
    const int rc = deflate(&stream, Z_FINISH);
    const size_t packed = stream.total_out;
    (void)deflateEnd(&stream);
    return rc == Z_STREAM_END ? packed : 0;
}

size_t rp_block_pack(struct rp_packer *packer, struct rp_block_header *header, const void *raw, unsigned char *dst)
{
    const size_t packed = compress_all(packer, raw, header->raw_bytes, dst + sizeof(*header));
    if (packed == 0)
        return 0;
    header->magic = RP_BLOCK_MAGIC;
    header->version = RP_BLOCK_VERSION;
    header->packed_bytes = (uint32_t)packed;
    header->packed_crc = checksum(dst + sizeof(*header), packed);
    header->header_crc = header_crc(header);
    memcpy(dst, header, sizeof(*header));
    const size_t stride = rp_block_stride(header);
    memset(dst + sizeof(*header) + packed, 0, stride - packed); /* the padding, and a header's size of zeros */
    return stride;
}

/* ---- reading one */

bool rp_block_header_read(const unsigned char *bytes, size_t len, uint64_t offset, struct rp_block_header *ret)
{
    struct rp_block_header header;
    if (len < sizeof(header))
        return false;
    memcpy(&header, bytes, sizeof(header));
    if (header.magic != RP_BLOCK_MAGIC || header.header_crc != header_crc(&header) || header.offset != offset)
        return false;
    *ret = header;
    return true;
}

int rp_block_unpack(const struct rp_block_header *header, const unsigned char *packed, unsigned char *raw)
{
    z_stream stream = {.next_in = (unsigned char *)(uintptr_t)packed,
                       /* zlib does not write there */ /* NOLINT */
                       .avail_in = header->packed_bytes,
                       .next_out = raw,
                       .avail_out = header->raw_bytes};
    if (checksum(packed, header->packed_bytes) != header->packed_crc)
        return -EBADMSG;
    if (inflateInit(&stream) != Z_OK)
        return -ENOMEM;
    const int rc = inflate(&stream, Z_FINISH);
    const bool whole = rc == Z_STREAM_END && stream.total_out == header->raw_bytes && stream.avail_in == 0;
    (void)inflateEnd(&stream);
    return whole ? 0 : rc == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
}
