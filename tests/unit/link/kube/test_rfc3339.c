// SPDX-License-Identifier: Apache-2.0
/* Times of Kubernetes documents: what Go writes is read, what Go refuses is refused. */
#include <time.h>

#include "harness/harness.h"
#include "link/kube/json.h"
#include "link/kube/rfc3339.h"

#define S INT64_C(1000000000)

static void good_times(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ns;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2026-11-23T10:00:00Z", 1795428000 * S},
        {"2026-11-23T12:00:00+02:00", 1795428000 * S},
        {"2026-11-23T04:30:00-05:30", 1795428000 * S},
        {"2026-11-23T10:00:00-00:00", 1795428000 * S},
        {"2026-11-23T10:00:00.5Z", 1795428000 * S + 500000000},
        {"2026-11-23T10:00:00.000000001Z", 1795428000 * S + 1},
        {"2026-11-23T10:00:00.1234567899999Z", 1795428000 * S + 123456789},
        {"2024-02-29T23:59:59Z", 1709251199 * S},
        {"2000-02-29T00:00:00Z", 951782400 * S},
        {"1969-12-31T23:59:59Z", -1 * S},
        {"1900-03-01T00:00:00Z", -2203891200 * S},
        {"2262-04-11T23:47:16.854775807Z", INT64_MAX},
        {"1677-09-21T00:12:44Z", -9223372036 * S},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        int64_t ns = -77;
        rp_expect_i64(rows[i].text, rp_parse_rfc3339(rows[i].text, &ns), 0);
        rp_expect_i64(rows[i].text, ns, rows[i].ns);
    }
}

static void bad_times(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int error;
    } rows[] = {
        {"", -EINVAL},
        {"2026-11-23", -EINVAL},
        {"2026-11-23 10:00:00Z", -EINVAL},
        {"2026-11-23t10:00:00Z", -EINVAL},
        {"2026-11-23T10:00:00z", -EINVAL},
        {"2026-11-23T10:00:00", -EINVAL},
        {"2026-11-23T10:00:00Z ", -EINVAL},
        {" 2026-11-23T10:00:00Z", -EINVAL},
        {"2026-11-23T10:00:00ZZ", -EINVAL},
        {"2026-11-23T10:00:00.Z", -EINVAL},
        {"2026-11-23T10:00:00,5Z", -EINVAL},
        {"2026-11-23T10:00:60Z", -EINVAL},
        {"2026-11-23T10:60:00Z", -EINVAL},
        {"2026-11-23T24:00:00Z", -EINVAL},
        {"2026-02-29T10:00:00Z", -EINVAL},
        {"2100-02-29T10:00:00Z", -EINVAL},
        {"2026-02-31T10:00:00Z", -EINVAL},
        {"2026-00-10T10:00:00Z", -EINVAL},
        {"2026-13-10T10:00:00Z", -EINVAL},
        {"2026-11-00T10:00:00Z", -EINVAL},
        {"0000-01-01T00:00:00Z", -EINVAL},
        {"-026-11-23T10:00:00Z", -EINVAL},
        {"2026- 1-23T10:00:00Z", -EINVAL},
        {"2026-1-23T10:00:00Z", -EINVAL},
        {"20260-11-23T10:00:00Z", -EINVAL},
        {"2026-11-23T10:00:00+2:00", -EINVAL},
        {"2026-11-23T10:00:00+0200", -EINVAL},
        {"2026-11-23T10:00:00+24:00", -EINVAL},
        {"2026-11-23T10:00:00+02:60", -EINVAL},
        {"2026-11-23T10:00:00+02:00Z", -EINVAL},
        {"2262-04-11T23:47:16.854775808Z", -ERANGE},
        {"0001-01-01T00:00:00Z", -ERANGE},
        {"9999-12-31T23:59:59Z", -ERANGE},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        int64_t ns = -77;
        rp_expect_i64(rows[i].text, rp_parse_rfc3339(rows[i].text, &ns), rows[i].error);
        rp_expect_i64(rows[i].text, ns, -77);
    }
}

/* Every day from 1902 to 2100, against the C library. */
static void every_day(void **state)
{
    (void)state;
    for (int64_t t = -2145916800; t < INT64_C(4102444800); t += 86400) {
        const time_t wall = (time_t)t;
        struct tm tm;
        char text[40];
        int64_t ns = 0;
        assert_non_null(gmtime_r(&wall, &tm));
        assert_true(strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0);
        rp_expect_i64(text, rp_parse_rfc3339(text, &ns), 0);
        rp_expect_i64(text, ns, t * S);
    }
}

static rp_ns stamp_of(int64_t seconds_from_now)
{
    const time_t wall = time(NULL) + seconds_from_now;
    struct tm tm;
    char text[64];
    assert_non_null(gmtime_r(&wall, &tm));
    assert_true(strftime(text, sizeof(text), "{\"time\":\"%Y-%m-%dT%H:%M:%SZ\"}", &tm) > 0);
    const struct rp_span span = {.at = text, .len = strlen(text)};
    struct rp_complaint why;
    json_t *root = rp_json_parse(&span, &why);
    assert_non_null(root);
    const rp_ns ns = rp_json_stamp(root, "time");
    json_decref(root);
    return ns;
}

static void stamps_become_monotonic(void **state)
{
    (void)state;
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    if (now.tv_sec > 25) {
        const rp_ns then = stamp_of(-20);
        assert_true(then / RP_NS_PER_S <= (rp_ns)now.tv_sec - 18 && then / RP_NS_PER_S >= (rp_ns)now.tv_sec - 22);
    }
    assert_int_equal(stamp_of(3600), 0);            /* in the future */
    assert_int_equal(stamp_of(-now.tv_sec - 5), 0); /* before boot */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_times),
        cmocka_unit_test(bad_times),
        cmocka_unit_test(every_day),
        cmocka_unit_test(stamps_become_monotonic),
    };
    return RP_RUN(tests);
}
