// SPDX-License-Identifier: Apache-2.0
#include "harness/hostile.h"
#include "reprieve/answer.h"

RP_PARSER(parser, rp_answer_line_parse, struct rp_answer_line)

static const struct rp_answer_line full = {.id = 1846215384072193,
                                           .result = RP_ANSWER_TIMEOUT,
                                           .milliseconds = 2310,
                                           .bytes = 104857600,
                                           .path = "/ckpt/a \"b\"\n",
                                           .why = "it took too long"};

static void always_as_long_and_read_back(void **state)
{
    const struct rp_answer_line nothing = {0};
    const struct rp_answer_line *all[] = {&full, &nothing};
    char line[RP_ANSWER_BYTES];
    (void)state;
    for (size_t i = 0; i < RP_ROWS(all); i++) {
        struct rp_answer_line back = {.id = 1};
        rp_answer_line_make(all[i], line);
        assert_int_equal(line[RP_ANSWER_BYTES - 1], '\n');
        assert_null(memchr(line, '\n', RP_ANSWER_BYTES - 1));
        assert_int_equal(rp_answer_line_parse(line, sizeof(line), &back), 0);
        assert_memory_equal(&back, all[i], sizeof(back));
    }
}

/* Half a path would be another path. */
static void what_has_no_room_is_left_out(void **state)
{
    struct rp_answer_line long_one = full, back;
    char line[RP_ANSWER_BYTES];
    (void)state;
    memset(long_one.path, 1, sizeof(long_one.path) - 1); /* six bytes each when it is quoted */
    rp_answer_line_make(&long_one, line);
    assert_int_equal(rp_answer_line_parse(line, sizeof(line), &back), 0);
    assert_string_equal(back.path, "");
    assert_string_equal(back.why, full.why);
    assert_int_equal(back.id, full.id);
    long_one.result = 99; /* nothing that has a word */
    rp_answer_line_make(&long_one, line);
    assert_int_equal(rp_answer_line_parse(line, sizeof(line), &back), 0);
    assert_int_equal(back.result, RP_ANSWER_FAILED);
}

static void refuses(void **state)
{
    static const char *const texts[] = {
        "",
        "{}",
        "{\"id\":7}",
        "{\"id\":7,\"result\":\"maybe\"}",
        "{\"id\":7,\"result\":0}",
        "{\"id\":-7,\"result\":\"ok\"}",
    };
    struct rp_answer_line back = {.id = 5};
    char line[RP_ANSWER_BYTES + 1] = "";
    (void)state;
    for (size_t i = 0; i < RP_ROWS(texts); i++) {
        memset(line, ' ', RP_ANSWER_BYTES);
        memcpy(line, texts[i], strlen(texts[i]));
        line[RP_ANSWER_BYTES - 1] = '\n';
        rp_expect_i64(texts[i], rp_answer_line_parse(line, RP_ANSWER_BYTES, &back), -EBADMSG);
    }
    assert_int_equal(back.id, 5);
    rp_answer_line_make(&full, line);
    assert_int_equal(rp_answer_line_parse(line, RP_ANSWER_BYTES - 1, &back), -EBADMSG);
    rp_hostile(parser, sizeof(struct rp_answer_line), line, RP_ANSWER_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(always_as_long_and_read_back),
        cmocka_unit_test(what_has_no_room_is_left_out),
        cmocka_unit_test(refuses),
    };
    return RP_RUN(tests);
}
