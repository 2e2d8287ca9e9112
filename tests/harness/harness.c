// SPDX-License-Identifier: Apache-2.0
/* Checks that name the table row which failed, and inputs in exact heap blocks. */
#include "harness.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void rp_expect_i64_at(const char *row, int64_t got, int64_t want, const char *file, int line)
{
    if (got == want)
        return;
    print_error("[%s] is %" PRId64 ", should be %" PRId64 "\n", row, got, want);
    _fail(file, line);
}

void rp_expect_u64_at(const char *row, uint64_t got, uint64_t want, const char *file, int line)
{
    if (got == want)
        return;
    print_error("[%s] is %" PRIu64 ", should be %" PRIu64 "\n", row, got, want);
    _fail(file, line);
}

void rp_expect_text_at(const char *row, const char *got, const char *want, const char *file, int line)
{
    if (strcmp(got, want) == 0)
        return;
    print_error("[%s] is \"%s\", should be \"%s\"\n", row, got, want);
    _fail(file, line);
}

char *rp_exact(const char *bytes, size_t len)
{
    char *block = malloc(len ? len : 1);
    assert_non_null(block);
    memcpy(block, bytes, len);
    return block;
}

char *rp_fixture(const char *path, size_t *ret_len)
{
    static char text[1 << 20];
    FILE *file = fopen(path, "rbe");
    if (!file)
        print_error("cannot open %s (tests run at the top of the repository)\n", path);
    assert_non_null(file);
    const size_t len = fread(text, 1, sizeof(text), file);
    assert_false(ferror(file));
    fclose(file);
    assert_true(len < sizeof(text));
    *ret_len = len;
    return rp_exact(text, len);
}
