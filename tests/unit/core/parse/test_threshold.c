// SPDX-License-Identifier: Apache-2.0
#include "core/parse/threshold.h"

#include "harness/harness.h"

#define MI (INT64_C(1) << 20)

static int parse(const char *value, const char *grace, const char *reclaim, struct rp_threshold *ret)
{
    return rp_parse_threshold(RP_SIGNAL_MEMORY, value, grace, reclaim, ret);
}

static void hard_quantities(void **state)
{
    struct rp_threshold t = {0};
    (void)state;
    assert_int_equal(parse("150Mi", NULL, "0", &t), 0);
    assert_true(t.signal == RP_SIGNAL_MEMORY && !t.is_percent && t.grace_ns == 0);
    assert_true(t.quantity_floor == 150 * MI && t.quantity_nano == 0 && t.reclaim_floor == 0 && !t.reclaim_is_percent);
    assert_int_equal(parse("1.05Gi", NULL, "1.2Ki", &t), 0);
    assert_true(t.quantity_floor == 1127428915 && t.quantity_nano == 200000000);
    assert_true(t.reclaim_floor == 1228 && t.reclaim_nano == 800000000);
    assert_int_equal(parse("1n", NULL, NULL, &t), 0); /* positive, though less than a byte */
    assert_true(t.quantity_floor == 0 && t.quantity_nano > 0);
}

static void percentages(void **state)
{
    struct rp_threshold t = {0};
    (void)state;
    assert_int_equal(parse("10%", NULL, "5%", &t), 0);
    assert_true(t.is_percent && t.percent == 10.0f / 100.0f);
    assert_true(t.reclaim_is_percent && t.reclaim_percent == 5.0f / 100.0f);
    /* 10 % of 10 GiB, which is not 1073741824. */
    assert_true((int64_t)((double)(10240 * MI) * (double)t.percent) == 1073741840);
    assert_int_equal(parse("0.0%", NULL, "150%", &t), 0); /* never met, but no error; and reclaim may exceed 100 % */
    assert_true(t.is_percent && t.percent == 0.0f && t.reclaim_percent == 1.5f);
}

static void soft_ones(void **state)
{
    struct rp_threshold t = {0};
    (void)state;
    assert_int_equal(parse("300Mi", "30s", NULL, &t), 0);
    assert_true(t.grace_ns == 30 * RP_NS_PER_S);
    assert_int_equal(parse("300Mi", "0s", NULL, &t), 0); /* counts as hard, because hardness is a grace of 0 */
    assert_true(t.grace_ns == 0);
    assert_int_equal(parse("300Mi", "", NULL, &t), -EINVAL);
}

static void drops(void **state)
{
    struct rp_threshold t = {.quantity_floor = 7};
    (void)state;
    assert_int_equal(parse("0%", NULL, NULL, &t), RP_THRESHOLD_DROPPED);
    assert_int_equal(parse("100%", NULL, NULL, &t), RP_THRESHOLD_DROPPED);
    assert_int_equal(parse("100%", "", NULL, &t), RP_THRESHOLD_DROPPED); /* a soft one then needs no grace */
    assert_int_equal(parse("0%", "30mins", NULL, &t), -EINVAL);          /* but what is written must be right */
    assert_int_equal(parse("0%", NULL, "-1", &t), -EINVAL);
    assert_int_equal(t.quantity_floor, 7);
}

static void refuses(void **state)
{
    static const struct {
        const char *value, *grace, *reclaim;
    } rows[] = {
        {"-150Mi", NULL, NULL}, {"", NULL, NULL},        {"0", NULL, NULL},        {"-15%", NULL, NULL},
        {"150%", NULL, NULL},   {"10..5%", NULL, NULL},  {"100.001%", NULL, NULL}, {"foo%", NULL, NULL},
        {"1Gi", "-30s", NULL},  {"1Gi", "30mins", NULL}, {"1Gi", NULL, "-300Mi"},  {"1Gi", NULL, "0%"},
        {"1Gi", NULL, "-5%"},   {"1Gi", NULL, ""},       {"1Gi", NULL, "x%"},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_threshold t = {.quantity_floor = 7};
        rp_expect_i64(rows[i].value, parse(rows[i].value, rows[i].grace, rows[i].reclaim, &t), -EINVAL);
        rp_expect_i64(rows[i].value, t.quantity_floor, 7);
    }
    struct rp_threshold t;
    assert_int_equal(rp_parse_threshold(RP_SIGNAL_MAX, "1Gi", NULL, NULL, &t), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(hard_quantities), cmocka_unit_test(percentages),
                                       cmocka_unit_test(soft_ones), cmocka_unit_test(drops), cmocka_unit_test(refuses)};
    return RP_RUN(tests);
}
