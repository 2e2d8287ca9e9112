// SPDX-License-Identifier: Apache-2.0
/* "key value" lines. */
#include "core/parse/flat_keyed.h"

#include "base/num.h"
#include "core/parse/text.h"

static uint64_t take_key(struct rp_text key, struct rp_text value, const struct rp_flat_key *keys, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (!rp_text_is(key, keys[i].key))
            continue;
        return rp_parse_u64(value.at, value.len, keys[i].value) == 0 ? UINT64_C(1) << i : 0;
    }
    return 0;
}

uint64_t rp_parse_flat_keyed(const char *text, size_t len, const struct rp_flat_key *keys, uint32_t n)
{
    struct rp_text rest = rp_text(text, len), line, key;
    uint64_t found = 0;
    while (rp_text_line(&rest, &line)) {
        if (!rp_text_until(&line, ' ', &key))
            continue;
        found |= take_key(key, line, keys, n);
    }
    return found;
}
