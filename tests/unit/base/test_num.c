// SPDX-License-Identifier: Apache-2.0
#include "base/num.h"

#include "harness/harness.h"

static void parses_u64(void **state)
{
    static const struct {
        const char *text;
        int r;
        uint64_t want;
    } rows[] = {
        {"0", 0, 0},
        {"007", 0, 7},
        {"18446744073709551615", 0, UINT64_MAX},
        {"0000000000000000000000018446744073709551615", 0, UINT64_MAX},
        {"18446744073709551616", -ERANGE, 0},
        {"99999999999999999999999", -ERANGE, 0},
        {"99999999999999999999999x", -EINVAL, 0},
        {"", -EINVAL, 0},
        {" 1", -EINVAL, 0},
        {"1 ", -EINVAL, 0},
        {"1\n", -EINVAL, 0},
        {"+1", -EINVAL, 0},
        {"-1", -EINVAL, 0},
        {"0x10", -EINVAL, 0},
        {"1a", -EINVAL, 0},
        {"\xd9\xa1", -EINVAL, 0},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        uint64_t x = 12345;
        rp_expect_i64(rows[i].text, rp_parse_u64(rows[i].text, strlen(rows[i].text), &x), rows[i].r);
        rp_expect_u64(rows[i].text, x, rows[i].r ? 12345 : rows[i].want);
    }
}

static void parses_i64(void **state)
{
    static const struct {
        const char *text;
        int r;
        int64_t want;
    } rows[] = {
        {"-1000", 0, -1000},
        {"-0", 0, 0},
        {"9223372036854775807", 0, INT64_MAX},
        {"9223372036854775808", -ERANGE, 0},
        {"-9223372036854775808", 0, INT64_MIN},
        {"-9223372036854775809", -ERANGE, 0},
        {"-", -EINVAL, 0},
        {"--1", -EINVAL, 0},
        {"", -EINVAL, 0},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        int64_t x = 12345;
        rp_expect_i64(rows[i].text, rp_parse_i64(rows[i].text, strlen(rows[i].text), &x), rows[i].r);
        rp_expect_i64(rows[i].text, x, rows[i].r ? 12345 : rows[i].want);
    }
}

static void parses_hex(void **state)
{
    uint64_t x = 0;
    (void)state;
    assert_int_equal(rp_parse_hex_u64("00000000Ff4b5e00", 16, &x), 0);
    assert_int_equal(x, 0xff4b5e00);
    assert_int_equal(rp_parse_hex_u64("ffffffffffffffff", 16, &x), 0);
    assert_true(x == UINT64_MAX);
    assert_int_equal(rp_parse_hex_u64("1ffffffffffffffff", 17, &x), -ERANGE);
    assert_int_equal(rp_parse_hex_u64("0x1", 3, &x), -EINVAL);
    assert_int_equal(rp_parse_hex_u64("g", 1, &x), -EINVAL);
    assert_true(x == UINT64_MAX);
}

/* Only `len` bytes count, whatever follows. */
static void stops_at_len(void **state)
{
    uint64_t x = 0;
    (void)state;
    assert_int_equal(rp_parse_u64("123", 2, &x), 0);
    assert_int_equal(x, 12);
}

static void saturates(void **state)
{
    (void)state;
    assert_true(rp_add_sat_u64(UINT64_MAX, 1) == UINT64_MAX);
    assert_true(rp_add_sat_u64(1, 2) == 3);
    assert_true(rp_sub_sat_u64(1, 2) == 0);
    assert_true(rp_sub_sat_u64(5, 2) == 3);
    assert_true(rp_mul_sat_u64(UINT64_C(1) << 40, UINT64_C(1) << 40) == UINT64_MAX);
    assert_true(rp_mul_sat_u64(7, 6) == 42);
    assert_true(rp_add_sat_i64(INT64_MAX, 1) == INT64_MAX);
    assert_true(rp_add_sat_i64(INT64_MIN, -1) == INT64_MIN);
    assert_true(rp_sub_sat_i64(INT64_MIN, 1) == INT64_MIN);
    assert_true(rp_sub_sat_i64(INT64_MAX, -1) == INT64_MAX);
    assert_true(rp_sub_sat_i64(3, 5) == -2);
    assert_true(rp_mul_sat_i64(INT64_MIN, -1) == INT64_MAX);
    assert_true(rp_mul_sat_i64(INT64_MAX, -2) == INT64_MIN);
    assert_true(rp_mul_sat_i64(-3, -4) == 12);
    assert_true(rp_i64_of_u64(UINT64_MAX) == INT64_MAX);
    assert_true(rp_i64_of_u64(17) == 17);
}

static void multiplies_and_divides(void **state)
{
    (void)state;
    assert_true(rp_mul_div_u64(UINT64_MAX, UINT64_MAX, UINT64_MAX) == UINT64_MAX);
    assert_true(rp_mul_div_u64(UINT64_MAX, 2, 1) == UINT64_MAX);
    assert_true(rp_mul_div_u64(UINT64_C(1) << 62, 1000, 3000) == (UINT64_C(1) << 62) / 3);
    assert_true(rp_mul_div_i64(INT64_MIN, 3, 3) == INT64_MIN);
    assert_true(rp_mul_div_i64(INT64_MIN, -3, 3) == INT64_MAX);
    assert_true(rp_mul_div_i64(INT64_MAX, -2, 1) == INT64_MIN);
    assert_true(rp_mul_div_i64(-7, 1, 2) == -3);
}

static void bounds(void **state)
{
    (void)state;
    assert_true(rp_clamp_i64(5, -1, 3) == 3 && rp_clamp_i64(-5, -1, 3) == -1 && rp_clamp_i64(2, -1, 3) == 2);
    assert_true(rp_clamp_u64(5, 1, 3) == 3 && rp_clamp_u64(0, 1, 3) == 1 && rp_clamp_u64(2, 1, 3) == 2);
    assert_true(rp_min_i64(-1, 1) == -1 && rp_max_i64(-1, 1) == 1 && rp_min_u64(1, 2) == 1 && rp_max_u64(1, 2) == 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_u64),   cmocka_unit_test(parses_i64), cmocka_unit_test(parses_hex),
        cmocka_unit_test(stops_at_len), cmocka_unit_test(saturates),  cmocka_unit_test(multiplies_and_divides),
        cmocka_unit_test(bounds),
    };
    return RP_RUN(tests);
}
