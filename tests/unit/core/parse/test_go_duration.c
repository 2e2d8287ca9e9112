// SPDX-License-Identifier: Apache-2.0
#include "core/parse/go_duration.h"

#include "harness/hostile.h"

#define S INT64_C(1000000000)

RP_PARSER(parser, rp_parse_go_duration, int64_t)

static void reads(void **state)
{
    static const struct {
        const char *text;
        int64_t want;
    } rows[] = {
        {"0", 0},
        {"-0", 0},
        {"5s", 5 * S},
        {"1m30s", 90 * S},
        {"1.5h", 5400 * S},
        {"300ms", 300 * 1000 * 1000},
        {"-1.5h", -5400 * S},
        {"+5s", 5 * S},
        {"2h45m0.5s", 9900 * S + S / 2},
        {"1us1\xc2\xb5s1\xce\xbcs1ns", 3001},
        {".5s", S / 2},
        {"5.s", 5 * S},
        {"0.3333333333333333333h", 1200 * S},
        {"0.9223372036854775807h", 3320413933267}, /* digits as many as an int64 holds */
        {"0.9223372036854775809h", 3320413933267},
        {"0.830103483285477580700h", 2988372539827}, /* and more */
        {"1s1m", 61 * S},                            /* any order */
        {"9223372036854775807ns", INT64_MAX},
        {"-9223372036854775808ns", INT64_MIN},
        {"2562047h47m16.854775807s", INT64_MAX},
        {"9007199254740993ns", 9007199254740993}, /* not through a float */
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        int64_t ns = 0;
        rp_expect_i64(rows[i].text, rp_parse_go_duration(rows[i].text, strlen(rows[i].text), &ns), 0);
        rp_expect_i64(rows[i].text, ns, rows[i].want);
    }
}

static void refuses(void **state)
{
    static const char *const rows[] = {"",
                                       "3",
                                       "-",
                                       "s",
                                       ".",
                                       "-.",
                                       ".s",
                                       "+.s",
                                       "1d",
                                       "30mins",
                                       "1 s",
                                       " 1s",
                                       "1s ",
                                       "1s-1s",
                                       "--1s",
                                       "+-1s",
                                       "1e3s",
                                       "00",
                                       "-00",
                                       "3000000h",
                                       "9223372036854775808ns",
                                       "9223372036854775.808us",
                                       "9223372036854ms775us808ns",
                                       "-9223372036854775809ns",
                                       "9223372036854775808ns9223372036854775808ns",
                                       "1\xce",
                                       "1sx",
                                       "1s.",
                                       "99999999999999999999s",
                                       "1\xb5s",
                                       "1M",
                                       "1Ms"};
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        int64_t ns = 7;
        rp_expect_i64(rows[i], rp_parse_go_duration(rows[i], strlen(rows[i]), &ns), -EINVAL);
        rp_expect_i64(rows[i], ns, 7);
    }
}

static void without_sign(void **state)
{
    rp_ns ns = 7;
    (void)state;
    assert_int_equal(rp_parse_duration_ns("-1s", 3, &ns), -ERANGE);
    assert_int_equal(rp_parse_duration_ns("x", 1, &ns), -EINVAL);
    assert_int_equal(ns, 7);
    assert_int_equal(rp_parse_duration_ns("1m", 2, &ns), 0);
    assert_int_equal(ns, 60 * RP_NS_PER_S);
}

static void survives_damage(void **state)
{
    static const char text[] = "-12h34m56.789s1\xc2\xb5s2ns";
    (void)state;
    rp_hostile(parser, sizeof(int64_t), text, sizeof(text) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads), cmocka_unit_test(refuses),
                                       cmocka_unit_test(without_sign), cmocka_unit_test(survives_damage)};
    return RP_RUN(tests);
}
