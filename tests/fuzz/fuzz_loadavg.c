// SPDX-License-Identifier: Apache-2.0
#include "core/parse/loadavg.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t tasks = 7;
    if (rp_parse_loadavg_tasks((const char *)data, size, &tasks) < 0)
        RP_MUST(tasks == 7);
    return 0;
}
