// SPDX-License-Identifier: Apache-2.0
/* Kernel files of "key value" lines: memory.stat, memory.events, cgroup.events, cpu.stat. */
#ifndef RP_PARSE_FLAT_KEYED_H
#define RP_PARSE_FLAT_KEYED_H

#include "reprieve/types.h"

struct rp_flat_key {
    const char *key;
    uint64_t *value; /* written only if the key is found with a whole decimal number */
};

/*
 * Look for n (<= 64) keys. Gives a bit per key that was found: bit i for keys[i]. Other lines are skipped; of a key
 * that comes twice the first counts.
 */
uint64_t rp_parse_flat_keyed(const char *text, size_t len, const struct rp_flat_key *keys, uint32_t n);

#endif
