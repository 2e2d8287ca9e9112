// SPDX-License-Identifier: Apache-2.0
/* What holds of the eviction manager in every history: random thresholds, levels that go up and down, gaps, stale times. */
#include <string.h>

#include "core/kubelet/threshold.h"
#include "unit/core/model/world.h"

#define LOOKS     60
#define HISTORIES 400
#define S         RP_NS_PER_S

struct history {
    struct rp_fact_kubelet kubelet;
    rp_ns now_ns[LOOKS];
    struct rp_kubelet_observation seen[LOOKS][RP_SIGNAL_MAX];
    struct rp_kubelet_manager manager[LOOKS];
    struct rp_kubelet_decision decision[LOOKS];
};

static uint64_t seed;

static uint64_t any(uint64_t below)
{
    return world_random(&seed) % below;
}

static void make_thresholds(struct rp_fact_kubelet *kubelet)
{
    static const rp_ns graces[] = {0, 0, 5 * S, 30 * S, 90 * S};
    memset(kubelet, 0, sizeof(*kubelet));
    kubelet->thresholds_n = 1 + (uint32_t)any(6);
    kubelet->transition_ns = (1 + any(300)) * S;
    for (uint32_t i = 0; i < kubelet->thresholds_n; i++)
        kubelet->thresholds[i] = (struct rp_threshold){.signal = (uint8_t)any(RP_SIGNAL_MAX),
                                                       .quantity_floor = (int64_t)any(100),
                                                       .quantity_nano = (uint32_t)any(2) * 500000000,
                                                       .reclaim_floor = (int64_t)any(3) * 10,
                                                       .grace_ns = graces[any(RP_ROWS(graces))]};
}

static void live(struct history *history)
{
    struct rp_kubelet_manager manager = {.looks = 0};
    rp_ns now_ns = 1000 * S;
    make_thresholds(&history->kubelet);
    memset(history->seen, 0, sizeof(history->seen));
    for (uint32_t k = 0; k < LOOKS; k++) {
        history->now_ns[k] = now_ns += (1 + any(15)) * S;
        for (uint32_t signal = 0; signal < RP_SIGNAL_MAX; signal++)
            history->seen[k][signal] = (struct rp_kubelet_observation){.known = any(10) != 0,
                                                                       .t_ns = any(4) ? now_ns : 500 * S,
                                                                       .available = (int64_t)any(140) - 10,
                                                                       .capacity = 200};
        rp_kubelet_synchronize(&manager, &history->kubelet, now_ns, history->seen[k], &history->decision[k]);
        history->manager[k] = manager;
    }
}

static bool below(const struct history *history, uint32_t k, uint32_t i, bool with_reclaim)
{
    const struct rp_threshold *t = &history->kubelet.thresholds[i];
    const struct rp_kubelet_observation *seen = &history->seen[k][t->signal];
    return seen->known && seen->available < rp_kubelet_amount(t, seen->capacity, with_reclaim);
}

static void check_sets(const struct history *history, uint32_t k)
{
    const struct rp_kubelet_decision *d = &history->decision[k];
    const uint32_t acts = history->manager[k].acts;
    assert_int_equal(d->first & ~d->due, 0);
    assert_int_equal(d->due & ~acts, 0);
    assert_int_equal(acts & ~d->met, 0);
    assert_int_equal(d->first == 0, d->due == 0);
    assert_int_equal(d->met >> history->kubelet.thresholds_n, 0);
}

/* Met without a break for its grace, which the looks before show. */
static void check_grace(const struct history *history, uint32_t k, uint32_t i)
{
    const uint32_t bit = 1u << i;
    uint32_t from = k;
    while (from > 0 && (history->decision[from - 1].met & bit))
        from--;
    const bool past = history->now_ns[k] - history->now_ns[from] >= history->kubelet.thresholds[i].grace_ns;
    assert_int_equal((history->manager[k].acts & bit) != 0, (history->decision[k].met & bit) && past);
}

/* Below is met; between that and min-reclaim only what was acted upon; above neither. */
static void check_met(const struct history *history, uint32_t k, uint32_t i)
{
    const uint8_t signal = history->kubelet.thresholds[i].signal;
    const bool derived = signal == RP_SIGNAL_CONTAINERFS || signal == RP_SIGNAL_CONTAINERFS_INODES;
    const bool acted = k > 0 && (history->manager[k - 1].acts & (1u << i));
    const bool met = history->decision[k].met & (1u << i);
    if (derived && k == 0)
        assert_false(met);
    else
        assert_int_equal(met, below(history, k, i, false) || (acted && below(history, k, i, true)));
}

static void every_look_keeps_the_rules(void **state)
{
    (void)state;
    static struct history history;
    uint32_t due = 0, held = 0;
    seed = 41;
    for (int run = 0; run < HISTORIES; run++) {
        live(&history);
        for (uint32_t k = 0; k < LOOKS; k++) {
            check_sets(&history, k);
            for (uint32_t i = 0; i < history.kubelet.thresholds_n; i++) {
                check_met(&history, k, i);
                check_grace(&history, k, i);
                held += (history.decision[k].met & (1u << i)) && !below(&history, k, i, false);
            }
            due += history.decision[k].due != 0;
        }
    }
    assert_true(due > 1000 && held > 100); /* the histories are about something */
}

/* Nothing met for the transition period: no condition; met now: its condition. */
static void conditions_outlast_their_cause_and_no_longer(void **state)
{
    (void)state;
    static struct history history;
    seed = 43;
    for (int run = 0; run < HISTORIES; run++) {
        live(&history);
        rp_ns met_ns = 0;
        for (uint32_t k = 0; k < LOOKS; k++) {
            const struct rp_kubelet_manager *manager = &history.manager[k];
            met_ns = history.decision[k].met ? history.now_ns[k] : met_ns;
            if (history.decision[k].met)
                assert_true(manager->conditions != 0);
            if (!met_ns || history.now_ns[k] - met_ns >= history.kubelet.transition_ns)
                assert_int_equal(manager->conditions, 0);
            for (uint32_t c = 0; c < RP_CONDITION_MAX; c++)
                if (manager->conditions & (1u << c))
                    assert_true(manager->since_ns[c] <= history.now_ns[k] && manager->since_ns[c] > 0);
        }
    }
}

/* The place of a threshold in the list is chance in the kubelet, so it must not matter. */
static void the_order_of_the_list_does_not_matter(void **state)
{
    (void)state;
    static struct history history;
    seed = 47;
    for (int run = 0; run < HISTORIES; run++) {
        live(&history);
        const uint32_t n = history.kubelet.thresholds_n;
        struct rp_fact_kubelet turned = history.kubelet;
        struct rp_kubelet_manager manager = {.looks = 0};
        for (uint32_t i = 0; i < n; i++)
            turned.thresholds[i] = history.kubelet.thresholds[n - 1 - i];
        for (uint32_t k = 0; k < LOOKS; k++) {
            struct rp_kubelet_decision decision;
            rp_kubelet_synchronize(&manager, &turned, history.now_ns[k], history.seen[k], &decision);
            assert_int_equal(manager.conditions, history.manager[k].conditions);
            for (uint32_t i = 0; i < n; i++) {
                const uint32_t there = 1u << (n - 1 - i), here = 1u << i;
                assert_int_equal((decision.met & there) != 0, (history.decision[k].met & here) != 0);
                assert_int_equal((decision.first & there) != 0, (history.decision[k].first & here) != 0);
            }
        }
    }
}

/* The worse the level, the more is met: of two kubelets that see the same but for one signal. */
static void less_available_never_meets_less(void **state)
{
    (void)state;
    static struct history history;
    seed = 53;
    for (int run = 0; run < HISTORIES; run++) {
        live(&history);
        struct rp_kubelet_manager manager = {.looks = 0};
        for (uint32_t k = 0; k < LOOKS; k++) {
            struct rp_kubelet_decision decision;
            struct rp_kubelet_observation worse[RP_SIGNAL_MAX];
            memcpy(worse, history.seen[k], sizeof(worse));
            worse[any(RP_SIGNAL_MAX)].available -= 5;
            rp_kubelet_synchronize(&manager, &history.kubelet, history.now_ns[k], worse, &decision);
            assert_int_equal(history.decision[k].met & ~decision.met, 0);
            assert_int_equal(history.manager[k].conditions & ~manager.conditions, 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_look_keeps_the_rules),
        cmocka_unit_test(conditions_outlast_their_cause_and_no_longer),
        cmocka_unit_test(the_order_of_the_list_does_not_matter),
        cmocka_unit_test(less_available_never_meets_less),
    };
    return RP_RUN(tests);
}
