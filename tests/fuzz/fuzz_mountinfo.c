// SPDX-License-Identifier: Apache-2.0
#include "core/parse/mountinfo.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rp_mount found = {.id = 7};
    if (rp_parse_mount((const char *)data, size, &found) < 0) {
        RP_MUST(found.id == 7 && found.dev == 0);
        return 0;
    }
    RP_MUST(found.dev >> 32 == 0);
    RP_MUST(memchr(found.upper, 0, sizeof(found.upper)));
    RP_MUST(found.upper[0] == '/' || found.upper[0] == 0);
    RP_MUST(found.overlay || found.upper[0] == 0);
    return 0;
}
