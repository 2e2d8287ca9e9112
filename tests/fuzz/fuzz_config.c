// SPDX-License-Identifier: Apache-2.0
/*
 * Any bytes as reprieve.yaml: either a policy that passes its own check, the same every time, or at least one mistake
 * that has a line within the file and a sentence, and a policy that was not touched. libcyaml must never refuse what
 * lint let through: each is the other's judge.
 */
#include "config/config.h"

#include <errno.h>

#include "base/str.h"
#include "fuzz.h"

static struct rp_policy policy, again;
static struct rp_config_errors errors;

/*
 * YAML 1.1 ends lines also with CR, NEL, LS and PS; these bytes are the last ones of theirs. And libyaml ends the last
 * line even if the file does not, so what is missing at the end is missing one line further down.
 */
static uint32_t most_lines(const uint8_t *data, size_t size)
{
    uint32_t lines = 2;
    for (size_t i = 0; i < size; i++)
        lines += data[i] != 0 && memchr("\n\r\x85\xa8\xa9", data[i], 5) != NULL;
    return lines;
}

static void check_refusal(int r, const uint8_t *data, size_t size)
{
    const uint32_t lines = most_lines(data, size);
    RP_MUST(r == -EINVAL && errors.n > 0 && errors.n <= RP_CONFIG_ERRORS_MAX);
    for (uint32_t i = 0; i < errors.n; i++) {
        char line[RP_CONFIG_LINE_MAX];
        RP_MUST(errors.list[i].text[0] != '\0' && errors.list[i].line <= lines);
        RP_MUST(errors.list[i].line > 0 || size > RP_CONFIG_BYTES_MAX);
        RP_MUST(!rp_starts_with(errors.list[i].text, "libcyaml"));
        rp_config_error_line(&errors.list[i], line, sizeof(line));
        RP_MUST(strlen(line) < sizeof(line) - 1); /* nothing was cut */
    }
    for (size_t i = 0; i < sizeof(policy); i++)
        RP_MUST(((const unsigned char *)&policy)[i] == 0x5a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rp_complaint why;
    memset(&policy, 0x5a, sizeof(policy));
    memset(&again, 0xa5, sizeof(again));
    const int r = rp_config_parse((const char *)data, size, "f", &policy, &errors);
    if (r < 0) {
        check_refusal(r, data, size);
        return 0;
    }
    RP_MUST(errors.n == 0 && rp_policy_check(&policy, &why) == 0);
    RP_MUST(rp_config_parse((const char *)data, size, "f", &again, &errors) == 0);
    RP_MUST(memcmp(&policy, &again, sizeof(policy)) == 0);
    return 0;
}
