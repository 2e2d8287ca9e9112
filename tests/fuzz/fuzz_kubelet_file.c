// SPDX-License-Identifier: Apache-2.0
#include "config/kubelet_file.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rp_fact fact = {.version = RP_LINK_VERSION, .kind = RP_FACT_KUBELET};
    struct rp_fact_kubelet kubelet;
    struct rp_complaint why = {""};
    char *text = malloc(size + !size); /* exactly its size, so that one byte too many is seen */
    if (size > 0)
        memcpy(text, data, size);
    memset(&kubelet, 0x5a, sizeof(kubelet));
    const struct rp_fact_kubelet before = kubelet;
    if (rp_kubelet_file_parse(text, size, &kubelet, &why) == 0) {
        fact.kubelet = kubelet;
        RP_MUST(rp_fact_validate(&fact, sizeof(fact)) == 0); /* as the core expects it */
    } else {
        RP_MUST(why.text[0] && memchr(why.text, '\0', sizeof(why.text)));
        RP_MUST(memcmp(&kubelet, &before, sizeof(kubelet)) == 0);
    }
    free(text);
    return 0;
}
