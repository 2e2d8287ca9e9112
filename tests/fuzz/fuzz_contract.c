// SPDX-License-Identifier: Apache-2.0
#include "reprieve/contract.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rp_words words;
    struct rp_contract contract, before;
    struct rp_complaint why;
    rp_words_of(data, size, &words);
    memset(&contract, 0, sizeof(contract));
    rp_contract_init(&contract);
    memcpy(&before, &contract, sizeof(before));
    memset(&why, 0x7f, sizeof(why));
    if (rp_contract_set(&contract, words.text[0], words.text[1], &why) < 0) {
        RP_MUST(memcmp(&contract, &before, sizeof(before)) == 0);
        RP_MUST(memchr(why.text, 0, sizeof(why.text)) && why.text[0]);
        for (const char *c = why.text; *c; c++)
            RP_MUST((unsigned char)*c >= 0x20 && *c != 0x7f);
        return 0;
    }
    RP_MUST(contract.set != 0 && contract.value <= 1000 && contract.floor < RP_ACTION_MAX);
    RP_MUST(rp_contract_check(&contract, &why) <= 0);
    return 0;
}
