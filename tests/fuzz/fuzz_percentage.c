// SPDX-License-Identifier: Apache-2.0
#include "core/parse/quantity.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    float percent = 7.0f;
    if (rp_parse_percentage((const char *)data, size, &percent) < 0)
        RP_MUST(percent == 7.0f);
    else
        RP_MUST(percent >= -1e16f && percent <= 1e16f); /* 18 digits can round up to 1e18 */
    return 0;
}
