// SPDX-License-Identifier: Apache-2.0
#include "core/parse/single_value.h"

#include "harness/hostile.h"

RP_PARSER(parser, rp_parse_single_value, uint64_t)
RP_PARSER(signed_parser, rp_parse_single_signed, int64_t)

static void reads_unsigned(void **state)
{
    static const struct {
        const char *text;
        int r;
        uint64_t want;
    } rows[] = {
        {"42360832\n", 0, 42360832},
        {"0", 0, 0},
        {"max\n", 0, UINT64_MAX},
        {"max", 0, UINT64_MAX},
        {"maximum\n", -EINVAL, 0},
        {"1\n\n", -EINVAL, 0},
        {"1 2\n", -EINVAL, 0},
        {"-1\n", -EINVAL, 0},
        {"18446744073709551616\n", -ERANGE, 0},
        {"\n", -EINVAL, 0},
        {"", -EINVAL, 0},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        uint64_t x = 7;
        rp_expect_i64(rows[i].text, rp_parse_single_value(rows[i].text, strlen(rows[i].text), &x), rows[i].r);
        rp_expect_u64(rows[i].text, x, rows[i].r ? 7 : rows[i].want);
    }
}

static void reads_signed(void **state)
{
    static const struct {
        const char *text;
        int r;
        int64_t want;
    } rows[] = {
        {"-1000\n", 0, -1000}, {"1000\n", 0, 1000}, {"max\n", -EINVAL, 0}, {"", -EINVAL, 0}, {"-\n", -EINVAL, 0}};
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        int64_t x = 7;
        rp_expect_i64(rows[i].text, rp_parse_single_signed(rows[i].text, strlen(rows[i].text), &x), rows[i].r);
        rp_expect_i64(rows[i].text, x, rows[i].r ? 7 : rows[i].want);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    rp_hostile(parser, sizeof(uint64_t), "42360832\n", 9);
    rp_hostile(parser, sizeof(uint64_t), "max\n", 4);
    rp_hostile(signed_parser, sizeof(int64_t), "-998\n", 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_unsigned), cmocka_unit_test(reads_signed),
                                       cmocka_unit_test(survives_damage)};
    return RP_RUN(tests);
}
