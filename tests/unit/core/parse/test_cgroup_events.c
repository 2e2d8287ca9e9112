// SPDX-License-Identifier: Apache-2.0
#include "core/parse/cgroup_events.h"

#include "harness/hostile.h"

RP_PARSER(parser, rp_parse_cgroup_events, struct rp_cgroup_reading)

static void reads(void **state)
{
    static const struct {
        const char *text;
        int r;
        bool populated, frozen;
    } rows[] = {
        {"populated 1\nfrozen 0\n", 0, true, false},
        {"populated 0\nfrozen 1\n", 0, false, true},
        {"frozen 1\npopulated 1\nmore 3\n", 0, true, true},
        {"populated 1\n", -EBADMSG, false, false},
        {"populated 1\nfrozen 1", -EBADMSG, false, false},
        {"populated 2\nfrozen 0\n", -EBADMSG, false, false},
        {"", -EBADMSG, false, false},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_cgroup_reading reading = {0};
        rp_expect_i64(rows[i].text, rp_parse_cgroup_events(rows[i].text, strlen(rows[i].text), &reading), rows[i].r);
        rp_expect_u64(rows[i].text, reading.known, rows[i].r ? 0 : RP_CG_POPULATED);
        rp_expect_u64(rows[i].text, reading.populated, rows[i].populated);
        rp_expect_u64(rows[i].text, reading.frozen, rows[i].frozen);
    }
}

static void survives_damage(void **state)
{
    static const char text[] = "populated 1\nfrozen 0\n";
    (void)state;
    rp_hostile(parser, sizeof(struct rp_cgroup_reading), text, sizeof(text) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads), cmocka_unit_test(survives_damage)};
    return RP_RUN(tests);
}
