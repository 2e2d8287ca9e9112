// SPDX-License-Identifier: Apache-2.0
/*
 * The document as libcyaml loads it: every scalar still a text, because libcyaml knows no durations, quantities or
 * percentages. A mapping is an array of slots, one per row of rp_settings (only the rows of that mapping are ever filled).
 */
#ifndef RP_CONFIG_LOAD_H
#define RP_CONFIG_LOAD_H

#include "config/lint.h"

struct rp_slot {
    void *data; /* SCALAR: char; LIST: char *[]; MAP: slots; MAPS: that many times slots; NULL: not given */
    unsigned n; /* of LIST and MAPS: entries */
};

struct rp_document;

/* Load what lint found sound. 0 and a document for rp_document_free, none if libcyaml refused (reported); or -ENOMEM. */
int rp_document_load(const char *bytes, size_t len, const struct rp_lint *lint, struct rp_report *report,
                     struct rp_document **ret) RP_MUST_CHECK;

/* The slots of the document's own mapping; NULL for a mapping without keys. */
const struct rp_slot *rp_document_root(const struct rp_document *document);

/* Accepts a pointer to NULL; leaves NULL. */
void rp_document_free(struct rp_document **document);

#endif
