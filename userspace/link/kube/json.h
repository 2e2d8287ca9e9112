// SPDX-License-Identifier: Apache-2.0
/*
 * Reading values out of foreign JSON: each getter tells "absent" from "wrong type" and never trusts a size. The documents
 * are the kubelet's, but everything in them was written by whoever may create pods.
 */
#ifndef RP_LINK_KUBE_JSON_H
#define RP_LINK_KUBE_JSON_H

#include <jansson.h>

#include "reprieve/types.h"

/* Parse a whole document of at most RP_DOCUMENT_MAX bytes; on failure NULL and the place in `error`. */
#define RP_DOCUMENT_MAX (16u << 20)
json_t *rp_json_parse(const char *bytes, size_t len, char *error, size_t error_size);

/* Walk object keys given as "a.b.c"; NULL if a step is absent or not an object. */
const json_t *rp_json_at(const json_t *root, const char *path);

/* The string at the path or "". */
const char *rp_json_text(const json_t *root, const char *path);

/* The non-negative integer at the path, or -1 if it is absent or not one. */
int64_t rp_json_count(const json_t *root, const char *path);

/* RFC 3339 ("2026-11-23T10:00:00Z", fractions and offsets allowed) to nanoseconds since the epoch. 0 or -EINVAL. */
int rp_parse_rfc3339(const char *text, int64_t *ret_unix_ns) RP_MUST_CHECK;

/* A wall-clock stamp of a document as CLOCK_MONOTONIC; 0 if absent, unreadable or in the future. */
rp_ns rp_json_stamp(const json_t *root, const char *path);

#endif
