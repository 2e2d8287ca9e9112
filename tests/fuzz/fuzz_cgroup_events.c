// SPDX-License-Identifier: Apache-2.0
#include "core/parse/cgroup_events.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rp_cgroup_reading reading = {0};
    const int r = rp_parse_cgroup_events((const char *)data, size, &reading);
    RP_MUST(reading.known == (r == 0 ? RP_CG_POPULATED : 0));
    return 0;
}
