// SPDX-License-Identifier: Apache-2.0
/*
 * What every unit test includes: cmocka, and checks that name the table row which failed.
 *
 * A test is a table and one loop. `row` is what tells the rows apart when one fails; most often the input itself.
 */
#ifndef RP_HARNESS_H
#define RP_HARNESS_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "reprieve/types.h"

#define RP_ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* Run the tests of an array of CMUnitTest; what main() returns. */
#define RP_RUN(tests) cmocka_run_group_tests(tests, NULL, NULL)

#define rp_expect_i64(row, got, want)  rp_expect_i64_at(row, (int64_t)(got), (int64_t)(want), __FILE__, __LINE__)
#define rp_expect_u64(row, got, want)  rp_expect_u64_at(row, (uint64_t)(got), (uint64_t)(want), __FILE__, __LINE__)
#define rp_expect_text(row, got, want) rp_expect_text_at(row, got, want, __FILE__, __LINE__)

void rp_expect_i64_at(const char *row, int64_t got, int64_t want, const char *file, int line);
void rp_expect_u64_at(const char *row, uint64_t got, uint64_t want, const char *file, int line);
void rp_expect_text_at(const char *row, const char *got, const char *want, const char *file, int line);

/*
 * A whole file in the heap, with exactly its length, so that the sanitizer sees one byte too many. Paths are relative
 * to the top of the repository. A file that cannot be read fails the test. The caller frees.
 */
char *rp_fixture(const char *path, size_t *ret_len);

/* The same for bytes at hand. */
char *rp_exact(const char *bytes, size_t len);

#endif
