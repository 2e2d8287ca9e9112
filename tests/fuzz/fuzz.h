// SPDX-License-Identifier: Apache-2.0
/*
 * What a fuzz target includes. A target feeds one parser, and besides not crashing it must keep its promises: RP_MUST
 * ends the run where one is broken. Built with VARIANT=fuzz it is a libFuzzer program, otherwise it replays files.
 */
#ifndef RP_FUZZ_H
#define RP_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RP_MUST(promise)                                                                                               \
    do {                                                                                                               \
        if (!(promise)) {                                                                                              \
            fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, #promise);                              \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

#define RP_WORDS_MAX 4

/* The input as NUL-separated words, each a string of its own; those that are missing are "". */
struct rp_words {
    char text[RP_WORDS_MAX][256];
};

static inline void rp_words_of(const uint8_t *data, size_t size, struct rp_words *ret)
{
    memset(ret, 0, sizeof(*ret));
    for (size_t i = 0, word = 0, at = 0; i < size && word < RP_WORDS_MAX; i++) {
        if (data[i] == '\0') {
            word++;
            at = 0;
        } else if (at < sizeof(ret->text[0]) - 1) {
            ret->text[word][at++] = (char)data[i];
        }
    }
}

#endif
