// SPDX-License-Identifier: Apache-2.0
#include "core/parse/pidfile.h"

#include "harness/hostile.h"

RP_PARSER(parser, rp_parse_pidfile, int32_t)

static void reads_the_first_line(void **state)
{
    static const struct {
        const char *text;
        int r;
        int32_t want;
    } rows[] = {
        {"17\n", 0, 17},
        {"17", 0, 17},
        {"  17 \n", 0, 17},
        {"17\n/var/lib/db\n5432\n", 0, 17},
        {"2147483647\n", 0, INT32_MAX},
        {"2147483648\n", -EBADMSG, 7},
        {"0\n", -EBADMSG, 7},
        {"-1\n", -EBADMSG, 7},
        {"1 2\n", -EBADMSG, 7},
        {"\n17\n", -EBADMSG, 7},
        {"x\n", -EBADMSG, 7},
        {"", -EBADMSG, 7},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        int32_t pid = 7;
        rp_expect_i64(rows[i].text, rp_parse_pidfile(rows[i].text, strlen(rows[i].text), &pid), rows[i].r);
        rp_expect_i64(rows[i].text, pid, rows[i].want);
    }
    rp_hostile(parser, sizeof(int32_t), "4711\n", 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_the_first_line)};
    return RP_RUN(tests);
}
