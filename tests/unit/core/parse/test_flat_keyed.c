// SPDX-License-Identifier: Apache-2.0
#include "core/parse/flat_keyed.h"

#include "harness/harness.h"

static uint64_t one, two;
static const struct rp_flat_key keys[] = {{"one", &one}, {"two", &two}};

static uint64_t parse(const char *text)
{
    one = two = 99;
    return rp_parse_flat_keyed(text, strlen(text), keys, 2);
}

static void finds_keys(void **state)
{
    static const struct {
        const char *text;
        uint64_t found, one, two;
    } rows[] = {
        {"one 1\ntwo 2\n", 3, 1, 2},
        {"two 2\none 1\nthree 3\n", 3, 1, 2},
        {"zero 0\ntwo 18446744073709551615\n", 2, 99, UINT64_MAX},
        {"one 1\none 5\n", 1, 1, 99}, /* the first counts */
        {"one 1\ntwo 2", 1, 1, 99},   /* cut off */
        {"one x\ntwo 2\n", 2, 99, 2}, /* missing is not zero */
        {"one\ntwo\t2\n one 1\none  1\n", 0, 99, 99},
        {"one 1 \ntwo 18446744073709551616\n", 0, 99, 99},
        {"onexx 1\non 1\n", 0, 99, 99},
        {"", 0, 99, 99},
        {"\n\n\n", 0, 99, 99},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        rp_expect_u64(rows[i].text, parse(rows[i].text), rows[i].found);
        rp_expect_u64(rows[i].text, one, rows[i].one);
        rp_expect_u64(rows[i].text, two, rows[i].two);
    }
}

/* cpu.stat, as an example of a file that has no parser of its own. */
static void reads_cpu_stat(void **state)
{
    static const char text[] = "usage_usec 2913501\nuser_usec 401677\nsystem_usec 2511823\nnice_usec 0\nnr_periods 7\n"
                               "nr_throttled 3\nthrottled_usec 90210\nnr_bursts 0\nburst_usec 0\n";
    uint64_t usage = 0, throttled = 0;
    const struct rp_flat_key cpu[] = {{"usage_usec", &usage}, {"throttled_usec", &throttled}};
    (void)state;
    assert_int_equal(rp_parse_flat_keyed(text, sizeof(text) - 1, cpu, 2), 3);
    assert_int_equal(usage, 2913501);
    assert_int_equal(throttled, 90210);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_keys), cmocka_unit_test(reads_cpu_stat)};
    return RP_RUN(tests);
}
