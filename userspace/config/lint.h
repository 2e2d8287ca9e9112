// SPDX-License-Identifier: Apache-2.0
/*
 * The first walk over the document, event by event: syntax, encoding, unknown and duplicate keys, wrong shapes, values left
 * out, anchors. libcyaml stops at the first of these and names no line; here all are reported, and what is sound is marked
 * so that the rest of the file can still be loaded and checked.
 */
#ifndef RP_CONFIG_LINT_H
#define RP_CONFIG_LINT_H

#include "config/schema.h"

struct rp_lint {
    bool unsound[RP_SETTINGS_CAP]; /* this setting has the wrong shape somewhere: not to be loaded */
    bool loadable;                 /* the document is a mapping, and it can be read to its end */
};

/* Also notes the place of every setting in the report. 0, or -ENOMEM. */
int rp_lint_walk(const char *bytes, size_t len, struct rp_report *report, struct rp_lint *ret) RP_MUST_CHECK;

#endif
