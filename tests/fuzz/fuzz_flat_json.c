// SPDX-License-Identifier: Apache-2.0
#include "core/parse/flat_json.h"

#include "fuzz.h"

/* Members come in order and lie inside the text; what was read as a text reads the same when it is written again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rp_flat_json json = {.rest = rp_text((const char *)data, size)};
    struct rp_flat_json_member member = {0};
    const char *at = (const char *)data, *end = at + size;
    while (rp_flat_json_next(&json, &member) == 1) {
        char text[256], again[2 * 6 * sizeof(text)], back[256];
        uint64_t x = 0;
        RP_MUST(member.key.at >= at && member.key.at + member.key.len <= member.value.at);
        RP_MUST(member.value.at + member.value.len <= end);
        at = member.value.at + member.value.len;
        RP_MUST(rp_flat_json_number(&member, &x) < 0 || !member.is_text);
        if (rp_flat_json_text(&member, text, sizeof(text)) < 0)
            continue;
        struct rp_line line;
        struct rp_flat_json_member copy;
        rp_line_init(&line, again, sizeof(again));
        rp_line_add(&line, "{\"k\":");
        rp_flat_json_add(&line, text);
        rp_line_add(&line, "}");
        struct rp_flat_json second = {.rest = rp_text(again, line.len)};
        RP_MUST(rp_flat_json_next(&second, &copy) == 1 && rp_flat_json_text(&copy, back, sizeof(back)) == 0);
        RP_MUST(strcmp(back, text) == 0);
    }
    return 0;
}
