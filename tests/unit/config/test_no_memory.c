// SPDX-License-Identifier: Apache-2.0
/*
 * Loading with the n-th allocation failing, for every n until none fails: each time one sentence, -ENOMEM, an untouched
 * policy, and (the sanitizer's leak check says so at exit) nothing left behind. The allocator below stands before libc's
 * for this program and its libraries.
 */
#include "config/config.h"

#include <stdio.h>
#include <stdlib.h>

#include "harness/harness.h"

/* The functions behind ours: the sanitizer's or glibc's own, under the names that do not come back here. */
#if defined(__SANITIZE_ADDRESS__)
#define BEHIND(name) __interceptor_##name
#else
#define BEHIND(name) __libc_##name
#endif
void *BEHIND(malloc)(size_t size);
void *BEHIND(calloc)(size_t n, size_t size);
void *BEHIND(realloc)(void *old, size_t size);

static long until_failure; /* allocations that still succeed, while counting */
static bool counting;

static bool fails(void)
{
    return counting && until_failure-- == 0;
}

void *malloc(size_t size)
{
    return fails() ? NULL : BEHIND(malloc)(size);
}

void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : BEHIND(calloc)(n, size);
}

void *realloc(void *old, size_t size)
{
    return fails() ? NULL : BEHIND(realloc)(old, size);
}

static struct rp_config_errors errors;
static struct rp_policy policy;

static int parse_failing(const char *text, size_t len, long nth)
{
    memset(&policy, 0x5a, sizeof(policy));
    until_failure = nth;
    counting = true;
    const int r = rp_config_parse(text, len, "f", &policy, &errors);
    counting = false;
    return r;
}

static void every_failure_is_survived(void **state)
{
    size_t len = 0;
    char *const text = rp_fixture("deploy/reprieve.yaml", &len);
    char row[32];
    long nth = 0;
    int r = 0;
    (void)state;
    for (; (r = parse_failing(text, len, nth)) != 0; nth++) {
        snprintf(row, sizeof(row), "allocation %ld", nth);
        rp_expect_i64(row, r, -ENOMEM);
        rp_expect_u64(row, errors.n, 1);
        rp_expect_text(row, errors.list[0].text, "out of memory");
        rp_expect_u64(row, ((const unsigned char *)&policy)[sizeof(policy) - 1], 0x5a);
    }
    assert_int_equal(errors.n, 0);
    assert_true(nth > 100); /* failures were injected at all */
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_failure_is_survived)};
    return RP_RUN(tests);
}
