// SPDX-License-Identifier: Apache-2.0
#include "core/parse/proc_status.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rp_proc_status status = {0};
    const int r = rp_parse_proc_status((const char *)data, size, &status);
    RP_MUST((r == 0) == (status.known != 0));
    RP_MUST(status.nspid_n <= RP_NSPID_LEVELS && status.tgid >= 0 && status.pid >= 0);
    RP_MUST(!(status.known & RP_STATUS_NSPID) == (status.nspid_n == 0));
    return 0;
}
