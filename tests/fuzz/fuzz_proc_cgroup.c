// SPDX-License-Identifier: Apache-2.0
#include "core/parse/proc_cgroup.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rp_proc_cgroup found = {0};
    if (rp_parse_proc_cgroup((const char *)data, size, &found) < 0)
        return 0;
    RP_MUST(memchr(found.path, 0, sizeof(found.path)));
    RP_MUST(found.hierarchy != RP_HIERARCHY_V1 || found.path[0] == 0);
    return 0;
}
