// SPDX-License-Identifier: Apache-2.0
/*
 * What every parser of foreign text must survive: each beginning of a good text, each byte of it replaced, and nothing
 * at all. The text lies in an exact heap block, so that reading one byte too many is seen; and a parser that fails
 * must have left its output untouched.
 */
#ifndef RP_HARNESS_HOSTILE_H
#define RP_HARNESS_HOSTILE_H

#include "harness.h"

typedef int (*rp_parser)(const char *text, size_t len, void *ret);

/* Adapts a typed parser: RP_PARSER(name, rp_parse_psi, struct rp_psi) defines the rp_parser `name`. */
#define RP_PARSER(name, parse, type)                                                                                   \
    static int name(const char *text, size_t len, void *ret)                                                           \
    {                                                                                                                  \
        type out;                                                                                                      \
        memcpy(&out, ret, sizeof(out));                                                                                \
        const int r = parse(text, len, &out);                                                                          \
        memcpy(ret, &out, sizeof(out));                                                                                \
        return r;                                                                                                      \
    }

/* ret_size is the size of the parser's output, at most 4096. */
void rp_hostile(rp_parser parse, size_t ret_size, const char *text, size_t len);

#endif
