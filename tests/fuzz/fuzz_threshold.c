// SPDX-License-Identifier: Apache-2.0
#include "core/parse/threshold.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rp_words words;
    struct rp_threshold t = {0};
    rp_words_of(data, size, &words);
    /* signal and what is given, value, grace, reclaim */
    const unsigned int choice = (unsigned char)words.text[0][0];
    const char *grace = choice & 1 ? words.text[2] : NULL, *reclaim = choice & 2 ? words.text[3] : NULL;
    if (rp_parse_threshold((enum rp_signal)(choice >> 2), words.text[1], grace, reclaim, &t) != 0)
        return 0;
    RP_MUST(t.signal < RP_SIGNAL_MAX);
    RP_MUST(t.is_percent ? t.percent >= 0.0f && t.percent <= 1.0f : t.quantity_floor > 0 || t.quantity_nano > 0);
    RP_MUST(t.reclaim_floor >= 0 && t.reclaim_percent >= 0.0f);
    RP_MUST(grace || t.grace_ns == 0);
    return 0;
}
