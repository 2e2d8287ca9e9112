// SPDX-License-Identifier: Apache-2.0
#include "harness/hostile.h"
#include "reprieve/request.h"

RP_PARSER(parser, rp_request_line_parse, struct rp_request_line)

static const struct rp_request_line full = {.id = 1846215384072193,
                                            .reason = "checkpoint-time",
                                            .severity = "warning",
                                            .seconds = 41,
                                            .deadline_unix_s = 1764000041};

static void always_as_long_and_read_back(void **state)
{
    struct rp_request_line largest = {.id = RP_REQUEST_ID_MAX, .seconds = UINT64_MAX, .deadline_unix_s = UINT64_MAX};
    const struct rp_request_line nothing = {0};
    char line[RP_REQUEST_BYTES];
    (void)state;
    memset(largest.reason, 'r', sizeof(largest.reason) - 1);
    memset(largest.severity, 's', sizeof(largest.severity) - 1);
    const struct rp_request_line *all[] = {&full, &largest, &nothing};
    for (size_t i = 0; i < RP_ROWS(all); i++) {
        struct rp_request_line back = {.id = 1};
        assert_int_equal(rp_request_line_make(all[i], line), 0);
        assert_int_equal(line[RP_REQUEST_BYTES - 1], '\n');
        assert_null(memchr(line, '\n', RP_REQUEST_BYTES - 1));
        assert_int_equal(rp_request_line_parse(line, sizeof(line), &back), 0);
        assert_memory_equal(&back, all[i], sizeof(back));
    }
    static const char *const begins =
        "{\"id\":1846215384072193,\"reason\":\"checkpoint-time\",\"severity\":\"warning\","
        "\"seconds\":41,\"deadline\":1764000041} ";
    assert_int_equal(rp_request_line_make(&full, line), 0);
    assert_memory_equal(line, begins, strlen(begins));
    assert_int_equal(rp_request_line_make(&nothing, line), 0);
    assert_memory_equal(line, "{\"id\":0} ", 9);
}

static void makes_no_line_that_needs_quoting(void **state)
{
    struct rp_request_line bad = full;
    char line[RP_REQUEST_BYTES] = "untouched";
    (void)state;
    bad.reason[0] = '"';
    assert_int_equal(rp_request_line_make(&bad, line), -EINVAL);
    bad = full;
    bad.id = RP_REQUEST_ID_MAX + 1;
    assert_int_equal(rp_request_line_make(&bad, line), -EINVAL);
    assert_string_equal(line, "untouched");
}

static void hostile(void **state)
{
    char line[RP_REQUEST_BYTES + 1] = "";
    (void)state;
    assert_int_equal(rp_request_line_make(&full, line), 0);
    rp_hostile(parser, sizeof(struct rp_request_line), line, RP_REQUEST_BYTES);
    struct rp_request_line back = {.id = 7};
    assert_int_equal(rp_request_line_parse(line, RP_REQUEST_BYTES - 1, &back), -EBADMSG);
    memset(line, 0, RP_REQUEST_BYTES);
    assert_int_equal(rp_request_line_parse(line, RP_REQUEST_BYTES, &back), -EBADMSG);
    assert_int_equal(back.id, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(always_as_long_and_read_back),
        cmocka_unit_test(makes_no_line_that_needs_quoting),
        cmocka_unit_test(hostile),
    };
    return RP_RUN(tests);
}
