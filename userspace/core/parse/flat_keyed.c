// SPDX-License-Identifier: Apache-2.0
/* "key value" lines. */
#include "core/parse/flat_keyed.h"

#include "base/num.h"
#include "core/parse/text.h"

/* Which of the keys this is, n for none. */
static uint32_t find_key(struct rp_text key, const struct rp_flat_key *keys, uint32_t n)
{
    uint32_t i = 0;
    while (i < n && !rp_text_is(key, keys[i].key))
        i++;
    return i;
}

uint64_t rp_parse_flat_keyed(const char *text, size_t len, const struct rp_flat_key *keys, uint32_t n)
{
    struct rp_text rest = rp_text(text, len), line, key;
    uint64_t found = 0;
    while (rp_text_line(&rest, &line)) {
        if (!rp_text_until(&line, ' ', &key))
            continue;
        const uint32_t i = find_key(key, keys, n);
        if (i < n && !((found >> i) & 1) && rp_parse_u64(line.at, line.len, keys[i].value) == 0)
            found |= UINT64_C(1) << i;
    }
    return found;
}
