// SPDX-License-Identifier: Apache-2.0
#include "node/act/process.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rp_process_stat stat = {.parent = -7, .starttime = 7};
    const int r = rp_process_parse_stat((const char *)data, size, &stat);
    RP_MUST(r == 0 ? stat.parent >= 0 : stat.parent == -7 && stat.starttime == 7);
    return 0;
}
