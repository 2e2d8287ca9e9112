// SPDX-License-Identifier: Apache-2.0
#include "core/parse/go_duration.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t ns = 7;
    rp_ns positive = 7;
    const int r = rp_parse_go_duration((const char *)data, size, &ns);
    const int p = rp_parse_duration_ns((const char *)data, size, &positive);
    RP_MUST(r == 0 || (ns == 7 && p == r));
    RP_MUST(r < 0 || (ns < 0 ? p < 0 : p == 0 && positive == (rp_ns)ns));
    return 0;
}
