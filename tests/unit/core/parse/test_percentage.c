// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>

#include "core/parse/quantity.h"
#include "harness/hostile.h"

RP_PARSER(parser, rp_parse_percentage, float)

/* The bits, so that -0.0 and rounding show. */
static uint32_t bits_of(float x)
{
    uint32_t bits = 0;
    memcpy(&bits, &x, sizeof(bits));
    return bits;
}

static void reads(void **state)
{
    static const struct {
        const char *text;
        float want; /* what the compiler makes of the number, divided in float */
    } rows[] = {
        {"10%", 10.0f / 100.0f},
        {"5%", 5.0f / 100.0f},
        {"10.5%", 10.5f / 100.0f},
        {"25.5%", 25.5f / 100.0f},
        {"12.5%", 0.125f},
        {"0.1%", 0.1f / 100.0f},
        {"0.0%", 0.0f},
        {"0", 0.0f},
        {"100%", 1.0f},
        {"5%%", 5.0f / 100.0f},
        {"1e1%", 10.0f / 100.0f},
        {"1.5E-3%", 1.5e-3f / 100.0f},
        {".5%", 0.5f / 100.0f},
        {"5.%", 5.0f / 100.0f},
        {"+5%", 5.0f / 100.0f},
        {"-15%", -15.0f / 100.0f},
        {"150%", 1.5f},
        {"1e-30%", 1e-30f / 100.0f},
        {"33.3333333333333333%", 33.3333333333333333f / 100.0f},
        {"16777217%", 16777216.0f / 100.0f}, /* 2^24 + 1: a tie goes to the even neighbour */
        {"16777219%", 16777220.0f / 100.0f},
        {"16777217.0001%", 16777218.0f / 100.0f}, /* just above a tie goes up */
        {"100.00000000000000000000%", 1.0f},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        float x = 7.0f;
        rp_expect_i64(rows[i].text, rp_parse_percentage(rows[i].text, strlen(rows[i].text), &x), 0);
        rp_expect_u64(rows[i].text, bits_of(x), bits_of(rows[i].want));
    }
}

/* Against the C library, which rounds correctly too: a walk over digits and exponents that no table would hold. */
static void agrees_with_strtof(void **state)
{
    uint64_t seed = 20261123;
    (void)state;
    for (int i = 0; i < 200000; i++) {
        char text[64];
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        const uint64_t digits = (seed >> 16) % UINT64_C(1000000000000000000) >> (seed % 60);
        snprintf(text, sizeof(text), "%llue-%d", (unsigned long long)digits, (int)(seed >> 56) % 30);
        float x = 0.0f;
        rp_expect_i64(text, rp_parse_percentage(text, strlen(text), &x), 0);
        rp_expect_u64(text, bits_of(x), bits_of(strtof(text, NULL) / 100.0f));
    }
}

static void refuses(void **state)
{
    static const struct {
        const char *text;
        int r;
    } rows[] = {
        {"", -EINVAL},
        {"%", -EINVAL},
        {".%", -EINVAL},
        {"foo%", -EINVAL},
        {"12%345", -EINVAL},
        {"10..5%", -EINVAL},
        {"inf%", -EINVAL},
        {"nan%", -EINVAL},
        {"0x1p-2%", -EINVAL},
        {"1e%", -EINVAL},
        {"1 %", -EINVAL},
        {"1e-31", -EINVAL},
        {"1234567890123456789", -EINVAL},
        {"1e18", -ERANGE},
        {"1e400", -ERANGE},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        float x = 7.0f;
        rp_expect_i64(rows[i].text, rp_parse_percentage(rows[i].text, strlen(rows[i].text), &x), rows[i].r);
        rp_expect_u64(rows[i].text, bits_of(x), bits_of(7.0f));
    }
}

static void survives_damage(void **state)
{
    (void)state;
    rp_hostile(parser, sizeof(float), "33.33333e-3%", 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads), cmocka_unit_test(agrees_with_strtof),
                                       cmocka_unit_test(refuses), cmocka_unit_test(survives_damage)};
    return RP_RUN(tests);
}
