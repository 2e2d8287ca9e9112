// SPDX-License-Identifier: Apache-2.0
#include "base/units.h"

#include "harness/harness.h"

#define S  RP_NS_PER_S
#define MS RP_NS_PER_MS

static void formats_bytes(void **state)
{
    static const struct {
        int64_t bytes;
        const char *want;
    } rows[] = {
        {0, "0 B"},
        {1023, "1023 B"},
        {1024, "1.0 KiB"},
        {1535, "1.4 KiB"},
        {100 * 1024 - 1, "99.9 KiB"},
        {812 * 1024, "812 KiB"},
        {1024 * 1024 - 1, "1023 KiB"},
        {INT64_C(1503238553), "1.3 GiB"},
        {INT64_C(1503238554), "1.4 GiB"},
        {-3 * 1024 * 1024, "-3.0 MiB"},
        {INT64_C(1) << 60, "1.0 EiB"},
        {INT64_MAX, "7.9 EiB"},
        {INT64_MIN, "-8.0 EiB"},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        char text[RP_UNITS_MAX];
        rp_expect_text(rows[i].want, rp_format_bytes(text, sizeof(text), rows[i].bytes), rows[i].want);
    }
}

static void formats_durations(void **state)
{
    static const struct {
        rp_ns ns;
        const char *want;
    } rows[] = {
        {0, "0 ns"},
        {999, "999 ns"},
        {350 * 1000, "350 us"},
        {42 * MS + 999999, "42 ms"},
        {S, "1.0 s"},
        {4 * S + 299 * MS, "4.2 s"},
        {10 * S - 1, "9.9 s"},
        {42 * S + 900 * MS, "42 s"},
        {60 * S, "1 min"},
        {190 * S, "3 min 10 s"},
        {3600 * S, "1 h"},
        {(2 * 3600 + 5 * 60 + 59) * S, "2 h 5 min"},
        {(3 * 24 + 4) * 3600 * S, "3 d 4 h"},
        {86400 * S, "1 d"},
        {RP_NS_FOREVER - 1, "213503 d 23 h"},
        {RP_NS_FOREVER, "never"},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        char text[RP_UNITS_MAX];
        rp_expect_text(rows[i].want, rp_format_duration(text, sizeof(text), rows[i].ns), rows[i].want);
    }
}

static void fits_what_is_given(void **state)
{
    char text[8] = "ZZZZZZZ";
    (void)state;
    rp_format_bytes(text, 4, INT64_MIN);
    assert_string_equal(text, "-8.");
    assert_int_equal(text[4], 'Z');
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(formats_bytes), cmocka_unit_test(formats_durations),
                                       cmocka_unit_test(fits_what_is_given)};
    return RP_RUN(tests);
}
