// SPDX-License-Identifier: Apache-2.0
/* Strings in fixed arrays. */
#include "base/str.h"

#include <errno.h>
#include <string.h>

int rp_copy(char *dst, size_t size, const char *src)
{
    const size_t len = strnlen(src, size);
    if (len == size)
        return -ENAMETOOLONG;
    memcpy(dst, src, len + 1);
    return 0;
}

int rp_copy_n(char *dst, size_t size, const char *src, size_t len)
{
    if (len >= size)
        return -ENAMETOOLONG;
    if (memchr(src, '\0', len))
        return -EINVAL;
    memcpy(dst, src, len);
    dst[len] = '\0';
    return 0;
}

static bool continues_utf8(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

void rp_cut(char *dst, size_t size, const char *src)
{
    if (size == 0)
        return;
    size_t len = strnlen(src, size);
    if (len == size) {
        len--;
        while (len > 0 && continues_utf8(src[len]))
            len--;
    }
    memcpy(dst, src, len);
    dst[len] = '\0';
}

uint64_t rp_hash(const char *bytes, size_t len)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

bool rp_starts_with(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool rp_ends_with(const char *s, const char *suffix)
{
    const size_t len = strlen(s), tail = strlen(suffix);
    return len >= tail && memcmp(s + len - tail, suffix, tail) == 0;
}

/* Length of the well-formed UTF-8 character at s (its NUL ends any sequence early), 0 if there is none. */
static size_t utf8_at(const char *s, uint32_t *ret_code)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000}; /* anything less is an overlong form */
    const unsigned char lead = (unsigned char)s[0];
    const size_t len = lead < 0x80 ? 1 : (lead & 0xe0) == 0xc0 ? 2 : (lead & 0xf0) == 0xe0 ? 3 : 4;
    if (len == 4 && (lead & 0xf8) != 0xf0)
        return 0;
    uint32_t code = len == 1 ? lead : lead & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if (!continues_utf8(s[i]))
            return 0;
        code = (code << 6) | ((unsigned char)s[i] & 0x3fu);
    }
    if (code < smallest[len] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return 0;
    *ret_code = code;
    return len;
}

void rp_sanitize(char *s)
{
    while (*s) {
        uint32_t code = 0;
        const size_t len = utf8_at(s, &code);
        const bool control = code < 0x20 || (code >= 0x7f && code <= 0x9f);
        if (len == 0 || control)
            memset(s, '?', len ? len : 1);
        s += len ? len : 1;
    }
}
