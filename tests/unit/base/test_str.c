// SPDX-License-Identifier: Apache-2.0
#include "base/str.h"

#include <stdlib.h>

#include "harness/harness.h"

static void copies_whole_or_nothing(void **state)
{
    char dst[4] = "old";
    (void)state;
    assert_int_equal(rp_copy(dst, sizeof(dst), "long"), -ENAMETOOLONG);
    assert_string_equal(dst, "old");
    assert_int_equal(rp_copy(dst, sizeof(dst), "new"), 0);
    assert_string_equal(dst, "new");
    assert_int_equal(rp_copy(dst, sizeof(dst), ""), 0);
    assert_string_equal(dst, "");
    assert_int_equal(rp_copy(dst, 0, ""), -ENAMETOOLONG);
}

static void copies_n(void **state)
{
    char dst[4] = "old";
    (void)state;
    assert_int_equal(rp_copy_n(dst, sizeof(dst), "long", 4), -ENAMETOOLONG);
    assert_int_equal(rp_copy_n(dst, sizeof(dst), "a\0b", 3), -EINVAL);
    assert_string_equal(dst, "old");
    assert_int_equal(rp_copy_n(dst, sizeof(dst), "longer", 3), 0);
    assert_string_equal(dst, "lon");
    assert_int_equal(rp_copy_n(dst, sizeof(dst), "x", 0), 0);
    assert_string_equal(dst, "");
}

static void cuts_between_characters(void **state)
{
    static const struct {
        const char *text;
        size_t size;
        const char *want;
    } rows[] = {
        {"pod", 4, "pod"},
        {"pods", 4, "pod"},
        {"a\xc3\xa9", 4, "a\xc3\xa9"},
        {"ab\xc3\xa9", 4, "ab"},
        {"\xe2\x82\xac", 3, ""},
        {"\xe2\x82\xac", 4, "\xe2\x82\xac"},
        {"", 1, ""},
        {"x", 1, ""},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        char dst[8];
        memset(dst, 'Z', sizeof(dst));
        rp_cut(dst, rows[i].size, rows[i].text);
        rp_expect_text(rows[i].text, dst, rows[i].want);
        assert_int_equal(dst[rows[i].size], 'Z');
    }
    char untouched = 'Z';
    rp_cut(&untouched, 0, "x");
    assert_int_equal(untouched, 'Z');
}

static void finds_beginnings_and_ends(void **state)
{
    (void)state;
    assert_true(rp_starts_with("kubepods", "kube") && rp_starts_with("x", "") && !rp_starts_with("ku", "kube"));
    assert_true(rp_ends_with("a.slice", ".slice") && rp_ends_with("x", "") && !rp_ends_with("slice", ".slice"));
}

static void sanitizes(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"plain text", "plain text"},
        {"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"\x1b[31mred\x1b[0m", "?[31mred?[0m"},
        {"a\tb\nc\rd\x7f", "a?b?c?d?"},
        {"\xc2\x9b"
         "31m",
         "??31m"}, /* CSI as one C1 character */
        {"\x9b"
         "31m",
         "?31m"},                          /* and as a bare byte */
        {"\xc0\xaf", "??"},                /* overlong slash */
        {"\xed\xa0\x80", "???"},           /* surrogate */
        {"\xf4\x90\x80\x80", "????"},      /* above U+10FFFF */
        {"\xf8\x88\x80\x80\x80", "?????"}, /* five bytes */
        {"cut \xe2\x82", "cut ??"},        /* ends inside a character */
        {"\xe2"
         "ab",
         "?ab"},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        char *text = rp_exact(rows[i].text, strlen(rows[i].text) + 1);
        rp_sanitize(text);
        rp_expect_text(rows[i].want, text, rows[i].want);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_whole_or_nothing),
        cmocka_unit_test(copies_n),
        cmocka_unit_test(cuts_between_characters),
        cmocka_unit_test(finds_beginnings_and_ends),
        cmocka_unit_test(sanitizes),
    };
    return RP_RUN(tests);
}
