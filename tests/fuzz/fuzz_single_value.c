// SPDX-License-Identifier: Apache-2.0
#include "core/parse/single_value.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t x = 7;
    int64_t y = 7;
    if (rp_parse_single_value((const char *)data, size, &x) < 0)
        RP_MUST(x == 7);
    if (rp_parse_single_signed((const char *)data, size, &y) < 0)
        RP_MUST(y == 7);
    return 0;
}
