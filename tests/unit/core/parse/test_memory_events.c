// SPDX-License-Identifier: Apache-2.0
#include "core/parse/memory_events.h"

#include "harness/hostile.h"

RP_PARSER(parser, rp_parse_memory_events, struct rp_cgroup_reading)

/* 7.2 has more keys than 5.10; both have ours. */
static const char old[] = "low 0\nhigh 1401\nmax 2\noom 3\noom_kill 4\n";
static const char new[] = "low 0\nhigh 925\nmax 2\noom 3\noom_kill 4\noom_group_kill 9\nsock_throttled 8\n";

static void reads_kernels(void **state)
{
    static const char *const texts[] = {old, new};
    static const uint64_t high[] = {1401, 925};
    (void)state;
    for (size_t i = 0; i < RP_ROWS(texts); i++) {
        struct rp_cgroup_reading reading = {.known = RP_CG_PIDS};
        rp_expect_i64(texts[i], rp_parse_memory_events(texts[i], strlen(texts[i]), &reading), 0);
        rp_expect_u64(texts[i], reading.known, RP_CG_PIDS | RP_CG_EVENTS);
        rp_expect_u64(texts[i], reading.events_high, high[i]);
        rp_expect_u64(texts[i], reading.events_max, 2);
        rp_expect_u64(texts[i], reading.events_oom, 3);
        rp_expect_u64(texts[i], reading.events_oom_kill, 4);
    }
}

/* oom_group_kill must not be taken for oom_kill, nor one missing counter for zero. */
static void needs_all(void **state)
{
    static const char *const rows[] = {"low 0\nhigh 1\nmax 2\noom 3\noom_group_kill 9\n", "high 1\nmax 2\noom_kill 4\n",
                                       "high 1\nmax 2\noom 3\noom_kill 4", "high 1\nmax max\noom 3\noom_kill 4\n", ""};
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_cgroup_reading reading = {0};
        rp_expect_i64(rows[i], rp_parse_memory_events(rows[i], strlen(rows[i]), &reading), -EBADMSG);
        rp_expect_u64(rows[i], reading.known, 0);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    rp_hostile(parser, sizeof(struct rp_cgroup_reading), new, sizeof(new) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_kernels), cmocka_unit_test(needs_all),
                                       cmocka_unit_test(survives_damage)};
    return RP_RUN(tests);
}
