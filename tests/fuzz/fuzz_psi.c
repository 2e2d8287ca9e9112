// SPDX-License-Identifier: Apache-2.0
#include "core/parse/psi.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rp_psi psi = {0};
    struct rp_node_reading node = {0};
    const int r = rp_parse_psi((const char *)data, size, &psi);
    const int both = rp_parse_psi_node((const char *)data, size, &node);
    RP_MUST((r == 0) == (psi.known != 0));
    RP_MUST((both == 0) == (psi.known == (RP_PSI_SOME | RP_PSI_FULL)));
    RP_MUST(psi.some.avg10_permille <= 1009 && psi.full.avg10_permille <= 1009);
    return 0;
}
