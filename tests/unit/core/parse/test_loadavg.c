// SPDX-License-Identifier: Apache-2.0
#include "core/parse/loadavg.h"

#include "harness/hostile.h"

RP_PARSER(parser, rp_parse_loadavg, struct rp_loadavg)

static void reads(void **state)
{
    static const struct {
        const char *text;
        int r;
        struct rp_loadavg want;
    } rows[] = {
        {"0.1 0.1 0.1 2/3518 99\n", 0, {2, 3518}}, /* the kubelet's curproc */
        {"0.99 0.40 0.15 2/50 138\n", 0, {2, 50}},
        {"0.99 0.40 0.15 2/50\n", 0, {2, 50}},
        {"0.99 0.40 0.15 2/50 138", -EBADMSG, {7, 8}}, /* cut off */
        {"0.99 0.40 0.15 2-50 138\n", -EBADMSG, {7, 8}},
        {"0.99 0.40 0.15 x/50 138\n", -EBADMSG, {7, 8}},
        {"0.99 0.40 0.15 2/ 138\n", -EBADMSG, {7, 8}},
        {"0.99 0.40 2/50\n", -EBADMSG, {7, 8}},
        {"", -EBADMSG, {7, 8}},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_loadavg found = {7, 8};
        rp_expect_i64(rows[i].text, rp_parse_loadavg(rows[i].text, strlen(rows[i].text), &found), rows[i].r);
        rp_expect_u64(rows[i].text, found.running, rows[i].want.running);
        rp_expect_u64(rows[i].text, found.tasks, rows[i].want.tasks);
    }
}

static void survives_damage(void **state)
{
    static const char text[] = "1.04 0.40 0.15 1/63 162\n";
    (void)state;
    rp_hostile(parser, sizeof(struct rp_loadavg), text, sizeof(text) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads), cmocka_unit_test(survives_damage)};
    return RP_RUN(tests);
}
