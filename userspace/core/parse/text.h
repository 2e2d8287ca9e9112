// SPDX-License-Identifier: Apache-2.0
/*
 * Walking over (text, length): lines and words as views into the caller's bytes. Nothing here needs a NUL, and nothing
 * reads beyond the end; every parser of kernel text is made from these.
 */
#ifndef RP_PARSE_TEXT_H
#define RP_PARSE_TEXT_H

#include "reprieve/types.h"

struct rp_text {
    const char *at;
    size_t len;
};

static inline struct rp_text rp_text(const char *at, size_t len)
{
    return (struct rp_text){.at = at, .len = len};
}

/*
 * Take the next whole line, without its newline. A last line without newline is not taken: the kernel ends every line,
 * so it was cut off, and half a number is a wrong number.
 */
bool rp_text_line(struct rp_text *rest, struct rp_text *ret_line);

/* Take the next word; words are separated by spaces and tabs. */
bool rp_text_word(struct rp_text *rest, struct rp_text *ret_word);

/* Take what stands before the next `separator` and drop the separator; false without one, and nothing is taken. */
bool rp_text_until(struct rp_text *rest, char separator, struct rp_text *ret_piece);

bool rp_text_is(struct rp_text text, const char *s);

/* If the text starts with s, drop s from it. */
bool rp_text_skip(struct rp_text *text, const char *s);

/* If the text ends with s, drop s from its end. */
bool rp_text_drop_end(struct rp_text *text, const char *s);

#endif
