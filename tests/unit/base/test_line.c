// SPDX-License-Identifier: Apache-2.0
#include "base/line.h"

#include "harness/harness.h"

static void builds(void **state)
{
    char text[64];
    struct rp_line line;
    (void)state;
    rp_line_init(&line, text, sizeof(text));
    assert_string_equal(text, "");
    rp_line_add(&line, "a=");
    rp_line_add_u64(&line, UINT64_MAX);
    rp_line_add_n(&line, " b=xyz", 3);
    rp_line_add_i64(&line, INT64_MIN);
    rp_line_add(&line, " ");
    rp_line_add_i64(&line, 0);
    assert_string_equal(text, "a=18446744073709551615 b=-9223372036854775808 0");
    assert_int_equal(line.len, strlen(text));
    assert_false(line.cut);
}

static void says_that_it_cut(void **state)
{
    char text[8];
    struct rp_line line;
    (void)state;
    memset(text, 'Z', sizeof(text));
    rp_line_init(&line, text, 5);
    rp_line_add(&line, "abcd");
    assert_false(line.cut);
    rp_line_add(&line, "");
    assert_false(line.cut);
    rp_line_add_u64(&line, 1);
    assert_true(line.cut);
    assert_string_equal(text, "abcd");
    assert_int_equal(text[5], 'Z');
    rp_line_init(&line, text, 1);
    rp_line_add(&line, "x");
    assert_true(line.cut && text[0] == '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(builds), cmocka_unit_test(says_that_it_cut)};
    return RP_RUN(tests);
}
