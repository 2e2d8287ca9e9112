// SPDX-License-Identifier: Apache-2.0
/* The ten seconds between two looks of the kubelet, seen from outside. */
#include "harness/harness.h"
#include "reprieve/kubelet.h"

#define S  RP_NS_PER_S
#define MS RP_NS_PER_MS

static void without_a_trace_it_is_any_time_within_ten_seconds(void **state)
{
    (void)state;
    const struct rp_kubelet_phase phase = {0};
    const struct rp_kubelet_look look = rp_kubelet_next_look(&phase, 100 * S);
    rp_expect_u64("now", look.early_ns, 100 * S);
    rp_expect_u64("in ten seconds", look.late_ns, 110 * S);
    rp_expect_u64("half of it", rp_kubelet_look_within(&phase, 100 * S, 5 * S), 500);
    rp_expect_u64("no time", rp_kubelet_look_within(&phase, 100 * S, 0), 0);
    rp_expect_u64("all of it", rp_kubelet_look_within(&phase, 100 * S, 20 * S), 1000);
}

static void a_trace_tells_the_next_looks(void **state)
{
    (void)state;
    struct rp_kubelet_phase phase = {0};
    rp_kubelet_saw_look(&phase, 100 * S, 100 * S);
    static const struct {
        const char *about;
        rp_ns t_ns, early_ns, late_ns;
    } rows[] = {
        {"the same moment", 100 * S, 100 * S, 100 * S},
        {"a moment later", 100 * S + 1, 110 * S, 110 * S + 200 * MS},
        {"before the first", 109 * S, 110 * S, 110 * S + 200 * MS},
        {"it may have been", 110 * S + 100 * MS, 110 * S + 100 * MS, 120 * S + 300 * MS},
        {"after the first", 111 * S, 120 * S, 120 * S + 400 * MS},
        {"after the fifth", 152 * S, 160 * S, 161 * S + 200 * MS},
        {"the trace is too old", 1000 * S, 1000 * S, 1010 * S},
        {"nor does it tell the past", 50 * S, 50 * S, 60 * S},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        const struct rp_kubelet_look look = rp_kubelet_next_look(&phase, rows[i].t_ns);
        rp_expect_u64(rows[i].about, look.early_ns, rows[i].early_ns);
        rp_expect_u64(rows[i].about, look.late_ns, rows[i].late_ns);
    }
}

static void a_newer_trace_replaces_an_older_one(void **state)
{
    (void)state;
    struct rp_kubelet_phase phase = {0};
    rp_kubelet_saw_look(&phase, 100 * S, 101 * S);
    rp_kubelet_saw_look(&phase, 90 * S, 91 * S);   /* an older one */
    rp_kubelet_saw_look(&phase, 130 * S, 129 * S); /* nonsense */
    rp_expect_u64("from", phase.from_ns, 100 * S);
    rp_expect_u64("to", phase.to_ns, 101 * S);
    rp_kubelet_saw_look(&phase, 117 * S, 117 * S);
    rp_expect_u64("to", phase.to_ns, 117 * S);
    rp_expect_u64("traces", phase.traces, 2);
}

static void how_likely_a_look_is(void **state)
{
    (void)state;
    struct rp_kubelet_phase phase = {0};
    rp_kubelet_saw_look(&phase, 100 * S, 102 * S); /* next: 110 .. 112.2 */
    rp_expect_u64("too early", rp_kubelet_look_within(&phase, 103 * S, 5 * S), 0);
    rp_expect_u64("half of the window", rp_kubelet_look_within(&phase, 103 * S, 8 * S + 100 * MS), 500);
    rp_expect_u64("the window", rp_kubelet_look_within(&phase, 103 * S, 9300 * MS), 1000);
    rp_expect_u64("its second half", rp_kubelet_look_within(&phase, 111 * S + 100 * MS, 2 * S), 500);
    rp_expect_u64("and if it was in the first", rp_kubelet_look_within(&phase, 111 * S + 100 * MS, 10 * S + 100 * MS),
                  500 + 250);
}

/* Whatever the trace: longer waiting never makes a look less likely, and a period holds one. */
static void likelihood_rises_with_waiting(void **state)
{
    (void)state;
    for (rp_ns wide = 0; wide <= 12 * S; wide += 1500 * MS) {
        struct rp_kubelet_phase phase = {0};
        rp_kubelet_saw_look(&phase, 100 * S, 100 * S + wide);
        for (rp_ns t = 100 * S; t < 160 * S; t += 700 * MS) {
            uint32_t before = 0;
            for (rp_ns wait = 0; wait <= 11 * S; wait += 300 * MS) {
                const uint32_t p = rp_kubelet_look_within(&phase, t, wait);
                assert_in_range(p, before, 1000);
                before = p;
            }
            assert_int_equal(before, 1000);
            const struct rp_kubelet_look look = rp_kubelet_next_look(&phase, t);
            assert_true(look.early_ns >= t && look.late_ns >= look.early_ns);
        }
    }
}

static void an_eviction_waits_for_grace_and_the_look_after_it(void **state)
{
    (void)state;
    struct rp_kubelet_phase phase = {0};
    rp_kubelet_saw_look(&phase, 100 * S, 100 * S);
    struct rp_kubelet_look at = rp_kubelet_eviction(&phase, 103 * S, 0);
    rp_expect_u64("hard: the next look", at.early_ns, 110 * S);
    at = rp_kubelet_eviction(&phase, 103 * S, 30 * S);
    rp_expect_u64("soft: three looks after the one that found it", at.early_ns, 140 * S);
    rp_expect_u64("and a pass for each", at.late_ns, 140 * S + 800 * MS);
    at = rp_kubelet_eviction(&phase, 103 * S, 31 * S);
    rp_expect_u64("a second more costs a look", at.early_ns, 150 * S);
    rp_expect_u64("and its pass", at.late_ns, 150 * S + 1000 * MS);
    at = rp_kubelet_eviction(&phase, 103 * S, RP_NS_FOREVER);
    rp_expect_u64("never", at.late_ns, RP_NS_FOREVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_trace_it_is_any_time_within_ten_seconds),
        cmocka_unit_test(a_trace_tells_the_next_looks),
        cmocka_unit_test(a_newer_trace_replaces_an_older_one),
        cmocka_unit_test(how_likely_a_look_is),
        cmocka_unit_test(likelihood_rises_with_waiting),
        cmocka_unit_test(an_eviction_waits_for_grace_and_the_look_after_it),
    };
    return RP_RUN(tests);
}
