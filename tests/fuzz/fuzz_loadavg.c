// SPDX-License-Identifier: Apache-2.0
#include "core/parse/loadavg.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rp_loadavg found = {7, 8};
    if (rp_parse_loadavg((const char *)data, size, &found) < 0)
        RP_MUST(found.running == 7 && found.tasks == 8);
    return 0;
}
