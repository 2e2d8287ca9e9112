// SPDX-License-Identifier: Apache-2.0
#include "fuzz_document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rp_fuzz_document(rp_read_pod_list, data, size);
    return 0;
}
