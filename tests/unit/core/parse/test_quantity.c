// SPDX-License-Identifier: Apache-2.0
#include "core/parse/quantity.h"

#include "harness/hostile.h"

RP_PARSER(parser, rp_parse_quantity, struct rp_quantity)

static void reads(void **state)
{
    static const struct {
        const char *text;
        int64_t floor, value;
    } rows[] = {
        {"100Mi", 104857600, 104857600},
        {"0.5Gi", 536870912, 536870912},
        {"1.2Gi", 1288490188, 1288490189},
        {"1.05Gi", 1127428915, 1127428916},
        {"0.3Ki", 307, 308},
        {"2.5G", 2500000000, 2500000000},
        {"128k", 128000, 128000},
        {"1500m", 1, 2},
        {"1e3", 1000, 1000},
        {"1E3", 1000, 1000},
        {"12e6", 12000000, 12000000},
        {"1e+3", 1000, 1000},
        {"15e-1", 1, 2},
        {"1E", 1000000000000000000, 1000000000000000000},
        {"1Ei", 1152921504606846976, 1152921504606846976},
        {"100n", 0, 1},
        {"1u", 0, 1},
        {"0.1m", 0, 1},
        {"0", 0, 0},
        {"-0", 0, 0},
        {"0e999999999999999999999", 0, 0},
        {".5Gi", 536870912, 536870912},
        {"1.Gi", 1073741824, 1073741824},
        {"+5", 5, 5},
        {"1.000000000000000000000000000000000000", 1, 1},
        /* away from zero, and rounded down */
        {"-1.5", -2, -2},
        {"-2", -2, -2},
        {"-100Mi", -104857600, -104857600},
        /* finer than a billionth is rounded up to one before anything else */
        {"0.0000000001", 0, 1},
        {"0.9999999999", 1, 1},
        {"1e-400", 0, 1},
        {"2.9999999999999999999999999999Ki", 3072, 3072},
        {"2.999999999Ki", 3071, 3072},
        /* capped */
        {"9Ei", INT64_MAX, INT64_MAX},
        {"7.9999999999999999999999999999999Ei", INT64_MAX, INT64_MAX},
        {"9223372036854775807", INT64_MAX, INT64_MAX},
        {"9223372036854775806.5", INT64_MAX - 1, INT64_MAX},
        {"9223372036854775808", INT64_MAX, INT64_MAX},
        {"1e400", INT64_MAX, INT64_MAX},
        {"1e99999999999999999999", INT64_MAX, INT64_MAX},
        {"-9Ei", -INT64_MAX, -INT64_MAX},
        {"99999999999999999999999999999999999999999999999999Ei", INT64_MAX, INT64_MAX},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_quantity q = {0};
        rp_expect_i64(rows[i].text, rp_parse_quantity(rows[i].text, strlen(rows[i].text), &q), 0);
        rp_expect_i64(rows[i].text, q.floor, rows[i].floor);
        rp_expect_i64(rows[i].text, q.value, rows[i].value);
    }
}

static void knows_fractions(void **state)
{
    struct rp_quantity q = {0};
    (void)state;
    assert_int_equal(rp_parse_quantity("1.05Gi", 6, &q), 0);
    assert_true(q.nano > 0);
    assert_int_equal(rp_parse_quantity("1.5Gi", 5, &q), 0);
    assert_int_equal(q.nano, 0);
    assert_int_equal(rp_parse_quantity("-1.5", 4, &q), 0);
    assert_true(q.nano > 0);
}

static void refuses(void **state)
{
    static const char *const rows[] = {"",     "Gi",   "+",   ".",        "-.",  "1.5.2", "1 Gi", "1gi",
                                       "10%",  "1K",   "1ki", "1KI",      "1mi", "1e",    "1e+",  "1e-",
                                       "1ee3", "1e3e", "e3",  "--1",      "+-1", " 1",    "1 ",   "1Gi\n",
                                       "0x10", "1_0",  "1,5", "\xd9\xa1", "1Zi", "1e1.5"};
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_quantity q = {.floor = 7};
        rp_expect_i64(rows[i], rp_parse_quantity(rows[i], strlen(rows[i]), &q), -EINVAL);
        rp_expect_i64(rows[i], q.floor, 7);
    }
}

static void survives_damage(void **state)
{
    static const char text[] = "-123456.789012345678e-12";
    (void)state;
    rp_hostile(parser, sizeof(struct rp_quantity), text, sizeof(text) - 1);
    rp_hostile(parser, sizeof(struct rp_quantity), "1.05Gi", 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads), cmocka_unit_test(knows_fractions),
                                       cmocka_unit_test(refuses), cmocka_unit_test(survives_damage)};
    return RP_RUN(tests);
}
