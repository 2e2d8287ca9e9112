// SPDX-License-Identifier: Apache-2.0
/*
 * A line of text built piece by piece in the caller's array: what snprintf is for, in code that may not use stdio.
 * What does not fit is cut and said in `cut`; the text always ends with a NUL.
 */
#ifndef RP_BASE_LINE_H
#define RP_BASE_LINE_H

#include "reprieve/types.h"

struct rp_line {
    char *text;
    size_t size, len;
    bool cut;
};

/* Start an empty line in dst; size is at least 1. */
void rp_line_init(struct rp_line *line, char *dst, size_t size);
void rp_line_add(struct rp_line *line, const char *s);
void rp_line_add_n(struct rp_line *line, const char *s, size_t len);
void rp_line_add_u64(struct rp_line *line, uint64_t x);
void rp_line_add_i64(struct rp_line *line, int64_t x);

#endif
