// SPDX-License-Identifier: Apache-2.0
#include "core/parse/pidfile.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int32_t pid = -7;
    if (rp_parse_pidfile((const char *)data, size, &pid) < 0)
        RP_MUST(pid == -7);
    else
        RP_MUST(pid > 0);
    return 0;
}
