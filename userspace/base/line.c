// SPDX-License-Identifier: Apache-2.0
/* A line of text built piece by piece. */
#include "base/line.h"

#include <string.h>

void rp_line_init(struct rp_line *line, char *dst, size_t size)
{
    *line = (struct rp_line){.text = dst, .size = size};
    dst[0] = '\0';
}

void rp_line_add_n(struct rp_line *line, const char *s, size_t len)
{
    const size_t room = line->size - 1 - line->len;
    const size_t n = len < room ? len : room;
    memcpy(line->text + line->len, s, n);
    line->len += n;
    line->text[line->len] = '\0';
    line->cut = line->cut || n < len;
}

void rp_line_add(struct rp_line *line, const char *s)
{
    rp_line_add_n(line, s, strlen(s));
}

void rp_line_add_u64(struct rp_line *line, uint64_t x)
{
    char digits[20]; /* of 2^64 */
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + x % 10);
        x /= 10;
    } while (x);
    rp_line_add_n(line, digits + at, sizeof(digits) - at);
}

void rp_line_add_i64(struct rp_line *line, int64_t x)
{
    if (x < 0)
        rp_line_add(line, "-");
    rp_line_add_u64(line, x < 0 ? 0 - (uint64_t)x : (uint64_t)x);
}
