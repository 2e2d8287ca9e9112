// SPDX-License-Identifier: Apache-2.0
#include "core/parse/flat_json.h"

#include "base/str.h"
#include "harness/harness.h"

/* The members as "key=value;", texts without their escapes; how it ended in *ret. */
static const char *members(const char *text, int *ret)
{
    static char all[256];
    struct rp_line line;
    struct rp_flat_json json = {.rest = rp_text(text, strlen(text))};
    struct rp_flat_json_member member;
    rp_line_init(&line, all, sizeof(all));
    while ((*ret = rp_flat_json_next(&json, &member)) == 1) {
        char value[64] = "?";
        rp_line_add_n(&line, member.key.at, member.key.len);
        rp_line_add(&line, "=");
        if (member.is_text)
            rp_discard(rp_flat_json_text(&member, value, sizeof(value)));
        else
            rp_discard(rp_copy_n(value, sizeof(value), member.value.at, member.value.len));
        rp_line_add(&line, value);
        rp_line_add(&line, ";");
    }
    return all;
}

static void reads_one_flat_object(void **state)
{
    static const struct {
        const char *text, *want;
        int r;
    } rows[] = {
        {"{}", "", 0},
        {" { } \n", "", 0},
        {"{\"a\":1,\"b\":\"x\"}", "a=1;b=x;", 0},
        {"{ \"a\" : -1.5e+3 , \"b\" : null }  \n", "a=-1.5e+3;b=null;", 0},
        {"{\"a\":\"q\\\"b\\\\s\\/\\n\\u0041\"}", "a=q\"b\\s/\nA;", 0},
        {"{\"a\":\"\\u0000\"}", "a=?;", 0}, /* the member is there, its text is not for us */
        {"{\"a\":\"\\u00e4\"}", "a=?;", 0},
        {"{\"a\":\"\\x\"}", "a=?;", 0},
        {"", "", -EBADMSG},
        {"{", "", -EBADMSG},
        {"}", "", -EBADMSG},
        {"{}x", "", -EBADMSG},
        {"{}{}", "", -EBADMSG},
        {"{,}", "", -EBADMSG},
        {"{\"a\":1", "a=1;", -EBADMSG},
        {"{\"a\":1,}", "a=1;", -EBADMSG},
        {"{\"a\":1{\"b\":2}", "a=1;", -EBADMSG},
        {"{\"a\":1 \"b\":2}", "a=1;", -EBADMSG},
        {"{\"a\" 1}", "", -EBADMSG},
        {"{\"a\":}", "", -EBADMSG},
        {"{\"a\":\"x}", "", -EBADMSG},
        {"{\"a\":\"x\\\"}", "", -EBADMSG},
        {"{\"a\":\"x\ny\"}", "", -EBADMSG},
        {"{\"a\":{}}", "", -EBADMSG},
        {"{\"a\":[1]}", "", -EBADMSG},
        {"[1]", "", -EBADMSG},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        int r = 1;
        rp_expect_text(rows[i].text, members(rows[i].text, &r), rows[i].want);
        rp_expect_i64(rows[i].text, r, rows[i].r);
    }
}

static void values_are_checked(void **state)
{
    const struct rp_flat_json_member text = {.value = rp_text("abc", 3), .is_text = true};
    const struct rp_flat_json_member number = {.value = rp_text("18446744073709551615", 20)};
    const struct rp_flat_json_member negative = {.value = rp_text("-1", 2)};
    char dst[4] = "...";
    uint64_t x = 7;
    (void)state;
    assert_int_equal(rp_flat_json_text(&text, dst, 3), -ENAMETOOLONG);
    assert_int_equal(rp_flat_json_text(&number, dst, sizeof(dst)), -EBADMSG);
    assert_string_equal(dst, "...");
    assert_int_equal(rp_flat_json_text(&text, dst, 4), 0);
    assert_string_equal(dst, "abc");
    assert_int_equal(rp_flat_json_number(&text, &x), -EBADMSG);
    assert_int_equal(rp_flat_json_number(&negative, &x), -EBADMSG);
    assert_int_equal(x, 7);
    assert_int_equal(rp_flat_json_number(&number, &x), 0);
    assert_true(x == UINT64_MAX);
}

static void writes_what_it_reads(void **state)
{
    const char *hard = "a\"b\\c\n\x01\x7f\xc3\xa4";
    char text[128], back[64] = "";
    struct rp_line line;
    struct rp_flat_json_member member;
    (void)state;
    rp_line_init(&line, text, sizeof(text));
    rp_line_add(&line, "{\"k\":");
    rp_flat_json_add(&line, hard);
    rp_line_add(&line, "}");
    struct rp_flat_json json = {.rest = rp_text(text, line.len)};
    assert_int_equal(rp_flat_json_next(&json, &member), 1);
    assert_int_equal(rp_flat_json_text(&member, back, sizeof(back)), 0);
    assert_string_equal(back, hard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_one_flat_object),
        cmocka_unit_test(values_are_checked),
        cmocka_unit_test(writes_what_it_reads),
    };
    return RP_RUN(tests);
}
