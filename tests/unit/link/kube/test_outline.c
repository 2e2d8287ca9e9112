// SPDX-License-Identifier: Apache-2.0
/* The outline of a document: parts are found where they are, and what is broken between them is not taken. */
#include <stdio.h>
#include <stdlib.h>

#include "harness/harness.h"
#include "link/kube/outline.h"

static int outline(const char *text, size_t len, struct rp_member members[2], struct rp_complaint *why)
{
    members[0] = (struct rp_member){.name = "a"};
    members[1] = (struct rp_member){.name = "items"};
    return rp_outline(text, len, members, 2, why);
}

static void expect_span(const char *row, const struct rp_span *span, const char *want)
{
    char got[128] = "(none)";
    assert_true(span->len < sizeof(got));
    if (span->at) {
        memcpy(got, span->at, span->len);
        got[span->len] = '\0';
    }
    rp_expect_text(row, got, want);
}

static void members_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *text, *a, *items;
    } rows[] = {
        {"{}", "(none)", "(none)"},
        {" \t\r\n{ } \n", "(none)", "(none)"},
        {"{\"a\":1}", "1", "(none)"},
        {"{\"items\" : [1,2] , \"a\" : null }", "null", "[1,2]"},
        {"{\"x\":{\"a\":2},\"a\":\"}\"}", "\"}\"", "(none)"},
        {"{\"a\":\"\\\"]}\\\\\",\"items\":[\"[\",{\"a\":[]}]}", "\"\\\"]}\\\\\"", "[\"[\",{\"a\":[]}]"},
        {"{\"aa\":1,\"ite\":2,\"itemss\":3}", "(none)", "(none)"},
        {"{\"a\":true,\"x\":-1.5e+3}", "true", "(none)"},
        {"{\"x\":1,\"x\":2,\"a\":3}", "3", "(none)"},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_member members[2];
        struct rp_complaint why = {.text = ""};
        char *bytes = rp_exact(rows[i].text, strlen(rows[i].text));
        rp_expect_i64(rows[i].text, outline(bytes, strlen(rows[i].text), members, &why), 0);
        expect_span(rows[i].text, &members[0].value, rows[i].a);
        expect_span(rows[i].text, &members[1].value, rows[i].items);
        free(bytes);
    }
}

static void what_is_broken_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"", "byte 0: the document is cut off"},
        {"[]", "byte 0: expected an object"},
        {"null", "byte 0: expected an object"},
        {"{", "byte 1: the document is cut off"},
        {"{a:1}", "byte 1: expected a name"},
        {"{\"a\"", "byte 4: the document is cut off"},
        {"{\"a\":", "byte 5: the document is cut off"},
        {"{\"a\":}", "byte 5: expected a value"},
        {"{\"a\":1", "byte 6: the document is cut off"},
        {"{\"a\":1,}", "byte 7: expected a name"},
        {"{,\"a\":1}", "byte 1: expected a name"},
        {"{\"a\":[1,{\"x\":\"y\"", "byte 16: the document is cut off"},
        {"{\"a\":\"x\\", "byte 8: the document is cut off"},
        {"{\"a\":1 2}", "byte 7: expected ',' or '}'"},
        {"{\"a\":1}{}", "byte 7: something follows the document"},
        {"{\"a\":1}}", "byte 7: something follows the document"},
        {"{\"a\":1,\"a\":2}", "byte 12: a member is there twice"},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_member members[2];
        struct rp_complaint why = {.text = ""};
        char *bytes = rp_exact(rows[i].text, strlen(rows[i].text));
        rp_expect_i64(rows[i].text, outline(bytes, strlen(rows[i].text), members, &why), -EINVAL);
        rp_expect_text(rows[i].text, why.text, rows[i].why);
        free(bytes);
    }
}

/* The elements joined by '|', or what went wrong. */
static void join(const char *array, char *dst, size_t size)
{
    char *bytes = rp_exact(array, strlen(array));
    struct rp_elements elements = {.array = {.at = bytes, .len = strlen(array)}};
    struct rp_span span;
    size_t n = 0;
    int rc;
    dst[0] = '\0';
    while ((rc = rp_elements_next(&elements, &span)) == 1)
        n += (size_t)snprintf(dst + n, size - n, "%s%.*s", n ? "|" : "", (int)span.len, span.at);
    if (rc < 0)
        (void)snprintf(dst + n, size - n, "!");
    free(bytes);
}

static void elements_follow_each_other(void **state)
{
    (void)state;
    static const struct {
        const char *array, *want;
    } rows[] = {
        {"[]", ""},
        {"[ ]", ""},
        {"[1]", "1"},
        {"[ 1 , {\"a\":[2,3]},\"x,y\" ]", "1|{\"a\":[2,3]}|\"x,y\""},
        {"[[],[[]]]", "[]|[[]]"},
        {"{}", "!"},
        {"12", "!"},
        {"\"x\"", "!"},
        {"[1,]", "1!"},
        {"[,1]", "!"},
        {"[1 2]", "1!"},
        {"[1}", "1!"},
        {"[1]2", "1!"},
        {"[{\"a\":1", "!"},
        {"[1", "1!"},
        {"[", "!"},
        {"", "!"},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        char got[256];
        join(rows[i].array, got, sizeof(got));
        rp_expect_text(rows[i].array, got, rows[i].want);
    }
}

static void null_and_nothing(void **state)
{
    (void)state;
    assert_true(rp_span_is_null(&(struct rp_span){0}));
    assert_true(rp_span_is_null(&(struct rp_span){.at = "null", .len = 4}));
    assert_false(rp_span_is_null(&(struct rp_span){.at = "nul", .len = 3}));
    assert_false(rp_span_is_null(&(struct rp_span){.at = "[]", .len = 2}));
}

/* A million brackets cost a counter, not a stack. */
static void depth_is_free(void **state)
{
    (void)state;
    const size_t depth = 1000000, len = 2 * depth + 6;
    char *text = malloc(len);
    struct rp_member members[2];
    struct rp_complaint why;
    memcpy(text, "{\"a\":", 5);
    memset(text + 5, '[', depth);
    memset(text + 5 + depth, ']', depth);
    text[len - 1] = '}';
    assert_int_equal(outline(text, len, members, &why), 0);
    assert_int_equal(members[0].value.len, 2 * depth);
    text[len - 2] = ' ';
    assert_int_equal(outline(text, len, members, &why), -EINVAL);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_found),
        cmocka_unit_test(what_is_broken_is_said),
        cmocka_unit_test(elements_follow_each_other),
        cmocka_unit_test(null_and_nothing),
        cmocka_unit_test(depth_is_free),
    };
    return RP_RUN(tests);
}
