// SPDX-License-Identifier: Apache-2.0
#include "reprieve/answer.h"

#include "fuzz.h"

/* The input stands at the front of a file of the right length: a shorter one is refused before anything is read. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[RP_ANSWER_BYTES], made[RP_ANSWER_BYTES];
    struct rp_answer_line line, back;
    memset(&line, 0x7f, sizeof(line));
    memset(text, ' ', sizeof(text));
    memcpy(text, data, size < sizeof(text) ? size : sizeof(text));
    text[sizeof(text) - 1] = '\n';
    if (rp_answer_line_parse(text, sizeof(text), &line) < 0) {
        for (size_t i = 0; i < sizeof(line); i++)
            RP_MUST(((const unsigned char *)&line)[i] == 0x7f);
        return 0;
    }
    RP_MUST(line.result < RP_ANSWER_RESULTS);
    RP_MUST(memchr(line.path, 0, sizeof(line.path)) && memchr(line.why, 0, sizeof(line.why)));
    rp_answer_line_make(&line, made);
    RP_MUST(rp_answer_line_parse(made, sizeof(made), &back) == 0);
    RP_MUST(back.id == line.id && back.result == line.result && back.bytes == line.bytes);
    RP_MUST(back.path[0] == '\0' || strcmp(back.path, line.path) == 0);
    return 0;
}
