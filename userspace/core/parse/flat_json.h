// SPDX-License-Identifier: Apache-2.0
/*
 * One JSON object of texts, numbers, true, false and null, without objects or lists inside: what the request and answer
 * files of the checkpoint contract hold. Views into the caller's bytes; nothing is copied before it is asked for.
 */
#ifndef RP_PARSE_FLAT_JSON_H
#define RP_PARSE_FLAT_JSON_H

#include "base/line.h"
#include "core/parse/text.h"

struct rp_flat_json_member {
    struct rp_text key;   /* between its quotes, still escaped */
    struct rp_text value; /* a text likewise; anything else as it stands */
    bool is_text;
};

struct rp_flat_json {
    struct rp_text rest; /* the whole text at first */
    bool begun;
};

/* The members one after the other: 1; 0 at the end, when only white space follows; -EBADMSG. */
int rp_flat_json_next(struct rp_flat_json *json, struct rp_flat_json_member *ret) RP_MUST_CHECK;

/* A text without its escapes. 0; -EBADMSG: an escape that is none, or that stands for a NUL; -ENAMETOOLONG. */
int rp_flat_json_text(const struct rp_flat_json_member *member, char *dst, size_t size) RP_MUST_CHECK;

/* A whole number, not negative. 0 or -EBADMSG. */
int rp_flat_json_number(const struct rp_flat_json_member *member, uint64_t *ret) RP_MUST_CHECK;

/* Append as a text, with its quotes. */
void rp_flat_json_add(struct rp_line *line, const char *s);

#endif
