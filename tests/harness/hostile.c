// SPDX-License-Identifier: Apache-2.0
/* Damaged text for parsers. */
#include "hostile.h"

#include <stdio.h>
#include <stdlib.h>

#define RET_MAX 4096

static void feed(rp_parser parse, size_t ret_size, const char *text, size_t len, const char *what)
{
    static unsigned char before[RET_MAX], after[RET_MAX];
    char *block = rp_exact(text, len);
    memset(before, 0, ret_size);
    memset(after, 0, ret_size);
    const int r = parse(block, len, after);
    free(block);
    if (r < 0 && memcmp(before, after, ret_size) != 0)
        fail_msg("output changed although the parser failed (%d): %s", r, what);
}

void rp_hostile(rp_parser parse, size_t ret_size, const char *text, size_t len)
{
    static const char bytes[] = {'\0', '\n', ' ', ':', '-', '/', '9', 'x', '\x80', '\xff'};
    char what[64];
    assert_true(ret_size <= RET_MAX);
    for (size_t i = 0; i <= len; i++) {
        snprintf(what, sizeof(what), "the first %zu bytes", i);
        feed(parse, ret_size, text, i, what);
    }
    char *damaged = rp_exact(text, len);
    for (size_t i = 0; i < len; i++) {
        for (size_t k = 0; k < sizeof(bytes); k++) {
            damaged[i] = bytes[k];
            snprintf(what, sizeof(what), "byte %zu replaced by %#x", i, (unsigned int)(unsigned char)bytes[k]);
            feed(parse, ret_size, damaged, len, what);
        }
        damaged[i] = text[i];
    }
    free(damaged);
}
