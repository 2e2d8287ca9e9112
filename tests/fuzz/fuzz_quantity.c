// SPDX-License-Identifier: Apache-2.0
#include "core/parse/quantity.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rp_quantity q = {.floor = 7};
    if (rp_parse_quantity((const char *)data, size, &q) < 0) {
        RP_MUST(q.floor == 7);
        return 0;
    }
    RP_MUST(q.floor >= 0 ? q.value == q.floor + (q.nano > 0) : q.value == q.floor);
    RP_MUST(q.value != INT64_MIN);
    return 0;
}
