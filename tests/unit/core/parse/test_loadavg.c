// SPDX-License-Identifier: Apache-2.0
#include "core/parse/loadavg.h"

#include "harness/hostile.h"

RP_PARSER(parser, rp_parse_loadavg_tasks, uint64_t)

static void reads(void **state)
{
    static const struct {
        const char *text;
        int r;
        uint64_t want;
    } rows[] = {
        {"0.1 0.1 0.1 2/3518 99\n", 0, 3518}, /* the kubelet's curproc */
        {"0.99 0.40 0.15 2/50 138\n", 0, 50},
        {"0.99 0.40 0.15 2/50\n", 0, 50},
        {"0.99 0.40 0.15 2/50 138", -EBADMSG, 0}, /* cut off */
        {"0.99 0.40 0.15 2-50 138\n", -EBADMSG, 0},
        {"0.99 0.40 0.15 x/50 138\n", -EBADMSG, 0},
        {"0.99 0.40 0.15 2/ 138\n", -EBADMSG, 0},
        {"0.99 0.40 2/50\n", -EBADMSG, 0},
        {"", -EBADMSG, 0},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        uint64_t tasks = 7;
        rp_expect_i64(rows[i].text, rp_parse_loadavg_tasks(rows[i].text, strlen(rows[i].text), &tasks), rows[i].r);
        rp_expect_u64(rows[i].text, tasks, rows[i].r ? 7 : rows[i].want);
    }
}

static void survives_damage(void **state)
{
    static const char text[] = "1.04 0.40 0.15 1/63 162\n";
    (void)state;
    rp_hostile(parser, sizeof(uint64_t), text, sizeof(text) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads), cmocka_unit_test(survives_damage)};
    return RP_RUN(tests);
}
