// SPDX-License-Identifier: Apache-2.0
/* /proc/meminfo. */
#ifndef RP_PARSE_MEMINFO_H
#define RP_PARSE_MEMINFO_H

#include "reprieve/sample.h"

/*
 * Sets MEM_TOTAL, MEM_FREE, MEM_AVAILABLE and SWAP of the reading, each with its `known` bit if it was there; other
 * fields stay. 0, or -EBADMSG if none of them was there and nothing is changed.
 */
int rp_parse_meminfo(const char *text, size_t len, struct rp_node_reading *ret) RP_MUST_CHECK;

#endif
