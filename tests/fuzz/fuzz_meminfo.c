// SPDX-License-Identifier: Apache-2.0
#include "core/parse/meminfo.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rp_node_reading reading = {0};
    const int r = rp_parse_meminfo((const char *)data, size, &reading);
    RP_MUST((r == 0) == (reading.known != 0));
    RP_MUST((reading.known & RP_NODE_MEM_TOTAL) || reading.mem_total_bytes == 0);
    RP_MUST((reading.known & RP_NODE_SWAP) || (reading.swap_total_bytes == 0 && reading.swap_free_bytes == 0));
    RP_MUST(reading.mem_total_bytes % 1024 == 0);
    return 0;
}
