// SPDX-License-Identifier: Apache-2.0
#include "reprieve/request.h"

#include "fuzz.h"

/* The input stands at the front of a file of the right length: a shorter one is refused before anything is read. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[RP_REQUEST_BYTES], made[RP_REQUEST_BYTES];
    struct rp_request_line line, back;
    memset(&line, 0x7f, sizeof(line));
    memset(text, ' ', sizeof(text));
    memcpy(text, data, size < sizeof(text) ? size : sizeof(text));
    text[sizeof(text) - 1] = '\n';
    if (rp_request_line_parse(text, sizeof(text), &line) < 0) {
        for (size_t i = 0; i < sizeof(line); i++)
            RP_MUST(((const unsigned char *)&line)[i] == 0x7f);
        return 0;
    }
    RP_MUST(line.id <= RP_REQUEST_ID_MAX);
    RP_MUST(memchr(line.reason, 0, sizeof(line.reason)) && memchr(line.severity, 0, sizeof(line.severity)));
    if (line.id != 0 && rp_request_line_make(&line, made) == 0)
        RP_MUST(rp_request_line_parse(made, sizeof(made), &back) == 0 && back.id == line.id &&
                back.seconds == line.seconds && back.deadline_unix_s == line.deadline_unix_s &&
                strcmp(back.reason, line.reason) == 0 && strcmp(back.severity, line.severity) == 0);
    return 0;
}
