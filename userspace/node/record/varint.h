// SPDX-License-Identifier: Apache-2.0
/* Numbers of any size in as few bytes as they need, into and out of memory that may be too short. */
#ifndef RP_NODE_RECORD_VARINT_H
#define RP_NODE_RECORD_VARINT_H

#include <string.h>

#include "reprieve/types.h"

#define RP_VARINT_MAX 10 /* bytes */

/* Once something did not fit, nothing is written any more. */
struct rp_sink {
    unsigned char *at, *end;
    bool full;
};

/* Once something was not there, nothing but zeros is read any more. */
struct rp_source_bytes {
    const unsigned char *at, *end;
    bool bad;
};

static inline unsigned char *rp_sink_take(struct rp_sink *sink, size_t n)
{
    if (sink->full || (size_t)(sink->end - sink->at) < n) {
        sink->full = true;
        return NULL;
    }
    sink->at += n;
    return sink->at - n;
}

static inline void rp_put_bytes(struct rp_sink *sink, const void *bytes, size_t n)
{
    unsigned char *at = rp_sink_take(sink, n);
    if (at && n > 0)
        memcpy(at, bytes, n);
}

static inline void rp_put_varint(struct rp_sink *sink, uint64_t x)
{
    unsigned char bytes[RP_VARINT_MAX];
    size_t n = 0;
    for (; x >= 0x80; x >>= 7)
        bytes[n++] = (unsigned char)(x | 0x80);
    bytes[n++] = (unsigned char)x;
    rp_put_bytes(sink, bytes, n);
}

static inline const unsigned char *rp_source_take(struct rp_source_bytes *source, size_t n)
{
    if (source->bad || (size_t)(source->end - source->at) < n) {
        source->bad = true;
        return NULL;
    }
    source->at += n;
    return source->at - n;
}

static inline uint64_t rp_get_varint(struct rp_source_bytes *source)
{
    uint64_t x = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const unsigned char *byte = rp_source_take(source, 1);
        if (!byte || (shift == 63 && *byte > 1))
            break;
        x |= (uint64_t)(*byte & 0x7f) << shift;
        if (!(*byte & 0x80))
            return x;
    }
    source->bad = true;
    return 0;
}

/* Small in size for numbers near zero, of either sign. */
static inline uint64_t rp_zigzag(uint64_t x)
{
    return (x << 1) ^ (x >> 63 ? UINT64_MAX : 0);
}

static inline uint64_t rp_unzigzag(uint64_t x)
{
    return (x >> 1) ^ (x & 1 ? UINT64_MAX : 0);
}

#endif
