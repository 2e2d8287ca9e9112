// SPDX-License-Identifier: Apache-2.0
/*
 * One element as bytes: a bit for each cell, set where the cell is not what was expected, then the differences. Writer and
 * reader keep the same bases, so they expect the same.
 */
#ifndef RP_NODE_RECORD_ELEMENT_H
#define RP_NODE_RECORD_ELEMENT_H

#include "node/record/bases.h"
#include "node/record/schema.h"
#include "node/record/varint.h"

void rp_element_put(struct rp_sink *sink, struct rp_bases *bases, enum rp_type_id id, const void *element, rp_ns *when);

/*
 * The next element, of this type of the file, into RP_TYPE_BYTES_MAX zeroed or used bytes; of a type that is unknown here
 * `element` is not touched. What is wrong with the bytes is said in the source.
 */
void rp_element_get(struct rp_source_bytes *source, struct rp_bases *bases, const struct rp_schema_type *type,
                    void *element, rp_ns *when);

#endif
