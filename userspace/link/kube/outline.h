// SPDX-License-Identifier: Apache-2.0
/*
 * The outline of a JSON document: where its parts begin and end, without building anything. A list of pods is cut into
 * its items here and each item is parsed by itself, so that memory is that of one pod instead of all of them, and an item
 * that the parser refuses costs only itself. What lies between the parts that are asked for is skipped, not judged.
 */
#ifndef RP_LINK_KUBE_OUTLINE_H
#define RP_LINK_KUBE_OUTLINE_H

#include "reprieve/contract.h"

/* The bytes of one value; `at` NULL: there is none. */
struct rp_span {
    const char *at;
    size_t len;
};

/* A member of the document's object that the caller wants; the value is filled in. */
struct rp_member {
    const char *name;
    struct rp_span value;
};

/*
 * Find members of a document that must be one object and nothing else. 0; -EINVAL and a sentence with the byte's number: not
 * an object, cut off, a wanted member twice.
 */
int rp_outline(const char *bytes, size_t len, struct rp_member *wanted, size_t wanted_n,
               struct rp_complaint *why) RP_MUST_CHECK;

/* The elements of an array one after the other. Zero-initialise, then set `array`. */
struct rp_elements {
    struct rp_span array;
    size_t next; /* offset behind the element given last */
};

/* 1 and the next element; 0 at the end; -EINVAL it is not an array, or broken between elements. */
int rp_elements_next(struct rp_elements *elements, struct rp_span *ret) RP_MUST_CHECK;

/* Is it the word null, or not there at all? Go writes empty lists so. */
bool rp_span_is_null(const struct rp_span *span);

#endif
