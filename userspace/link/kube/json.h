// SPDX-License-Identifier: Apache-2.0
/*
 * Reading values out of foreign JSON. The documents are the kubelet's, but everything in them was written by whoever may
 * create pods: a NUL inside a string, which the API server lets through, is no reason to refuse a document, and an
 * unsigned number that does not fit into an int64_t (the kubelet's own subtraction wraps) neither.
 */
#ifndef RP_LINK_KUBE_JSON_H
#define RP_LINK_KUBE_JSON_H

#include <jansson.h>

#include "link/kube/outline.h"

/* Parse the bytes of one value. NULL and a sentence with the place in it. The caller decrefs. */
json_t *rp_json_parse(const struct rp_span *span, struct rp_complaint *why);

/* Walk object keys given as "a.b.c"; NULL if a step is absent, null, or not in an object. */
const json_t *rp_json_at(const json_t *root, const char *path);

/* The string of a value; NULL if it is none, or has a NUL in it. */
const char *rp_json_string(const json_t *value);

/* The string at the path; "" if there is none. */
const char *rp_json_text(const json_t *root, const char *path);

/* The whole number at the path, saturated to int64_t. 0; -ENOENT absent or null; -EINVAL something else. */
int rp_json_integer(const json_t *root, const char *path, int64_t *ret) RP_MUST_CHECK;

/* The non-negative whole number at the path, saturated, or -1 if there is none. */
int64_t rp_json_count(const json_t *root, const char *path);

/* A wall-clock stamp of a document as CLOCK_MONOTONIC; 0 if absent, unreadable, before boot or in the future. */
rp_ns rp_json_stamp(const json_t *root, const char *path);

#endif
