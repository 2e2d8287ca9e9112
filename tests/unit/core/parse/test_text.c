// SPDX-License-Identifier: Apache-2.0
#include "core/parse/text.h"

#include "harness/harness.h"

static void takes_whole_lines_only(void **state)
{
    struct rp_text rest = rp_text("a\n\nbc\ncut", 9), line;
    (void)state;
    assert_true(rp_text_line(&rest, &line) && rp_text_is(line, "a"));
    assert_true(rp_text_line(&rest, &line) && rp_text_is(line, ""));
    assert_true(rp_text_line(&rest, &line) && rp_text_is(line, "bc"));
    assert_false(rp_text_line(&rest, &line));
    assert_true(rp_text_is(rest, "cut"));
    rest = rp_text(NULL, 0);
    assert_false(rp_text_line(&rest, &line));
}

static void takes_words(void **state)
{
    struct rp_text rest = rp_text(" \tone  two\t", 11), word;
    (void)state;
    assert_true(rp_text_word(&rest, &word) && rp_text_is(word, "one"));
    assert_true(rp_text_word(&rest, &word) && rp_text_is(word, "two"));
    assert_false(rp_text_word(&rest, &word));
}

static void takes_up_to_a_separator(void **state)
{
    struct rp_text rest = rp_text("k:v:", 4), piece;
    (void)state;
    assert_true(rp_text_until(&rest, ':', &piece) && rp_text_is(piece, "k"));
    assert_true(rp_text_until(&rest, ':', &piece) && rp_text_is(piece, "v"));
    assert_false(rp_text_until(&rest, ':', &piece));
    assert_int_equal(rest.len, 0);
}

static void drops_beginnings_and_ends(void **state)
{
    struct rp_text text = rp_text("pod-x.slice", 11);
    (void)state;
    assert_false(rp_text_skip(&text, "pods"));
    assert_true(rp_text_skip(&text, "pod") && rp_text_is(text, "-x.slice"));
    assert_false(rp_text_drop_end(&text, ".scope"));
    assert_true(rp_text_drop_end(&text, ".slice") && rp_text_is(text, "-x"));
    assert_false(rp_text_drop_end(&text, "pod-x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(takes_whole_lines_only), cmocka_unit_test(takes_words),
                                       cmocka_unit_test(takes_up_to_a_separator),
                                       cmocka_unit_test(drops_beginnings_and_ends)};
    return RP_RUN(tests);
}
