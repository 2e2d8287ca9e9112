// SPDX-License-Identifier: Apache-2.0
/*
 * The eviction manager's memory. B1 to B9 are golden vectors: Kubernetes' own tests (eviction/eviction_manager_test.go,
 * helpers_test.go, v1.36), with their times and numbers.
 */
#include <string.h>

#include "core/kubelet/profile.h"
#include "core/kubelet/threshold.h"
#include "harness/harness.h"

#define S       RP_NS_PER_S
#define MIN     (60 * S)
#define MI(n)   ((int64_t)(n)*1048576)
#define GI(n)   ((int64_t)(n)*1073741824)
#define START   (1000 * S)
#define MEMORY  (1u << RP_CONDITION_MEMORY)
#define DISK    (1u << RP_CONDITION_DISK)
#define PID     (1u << RP_CONDITION_PID)
#define NOTHING 0u

struct node {
    struct rp_kubelet_manager manager;
    struct rp_fact_kubelet kubelet;
    struct rp_kubelet_observation seen[RP_SIGNAL_MAX];
    struct rp_kubelet_decision decision;
    rp_ns now_ns;
};

static void open_node(struct node *node)
{
    memset(node, 0, sizeof(*node));
    node->kubelet.transition_ns = 5 * MIN;
    node->kubelet.max_pod_grace_ns = 5 * S;
    node->now_ns = START;
}

static void add(struct node *node, enum rp_signal signal, int64_t amount, rp_ns grace_ns, int64_t reclaim)
{
    node->kubelet.thresholds[node->kubelet.thresholds_n++] = (struct rp_threshold){
        .signal = (uint8_t)signal, .quantity_floor = amount, .grace_ns = grace_ns, .reclaim_floor = reclaim};
}

static void see(struct node *node, enum rp_signal signal, int64_t available)
{
    node->seen[signal] =
        (struct rp_kubelet_observation){.known = true, .t_ns = node->now_ns, .available = available, .capacity = GI(4)};
}

/* A look after so long, with everything observed anew. */
static void look(struct node *node, rp_ns after_ns)
{
    node->now_ns += after_ns;
    for (int signal = 0; signal < RP_SIGNAL_MAX; signal++)
        node->seen[signal].t_ns = node->now_ns;
    rp_kubelet_synchronize(&node->manager, &node->kubelet, node->now_ns, node->seen, &node->decision);
}

static void look_at_memory(struct node *node, rp_ns after_ns, int64_t available)
{
    see(node, RP_SIGNAL_MEMORY, available);
    look(node, after_ns);
}

static void b1_and_b2_memory_pressure(void **state)
{
    (void)state;
    static const struct {
        const char *about;
        rp_ns after_ns;
        int64_t available;
        uint32_t conditions, first;
    } rows[] = {
        {"B1: 2Gi", 0, GI(2), NOTHING, 0},
        {"B1: soft, in its grace: pressure and no kill", 1 * MIN, MI(1500), MEMORY, 0},
        {"B1: past its grace", 3 * MIN, MI(1500), MEMORY, 2},
        {"B2: well again, and the transition period is over", 20 * MIN, GI(3), NOTHING, 0},
        {"B2: hard and soft, the soft one in its grace", 1 * MIN, MI(500), MEMORY, 1},
        {"B2: back, but in the transition period", 1 * MIN, GI(3), MEMORY, 0},
        {"B2: and after it", 5 * MIN, GI(3), NOTHING, 0},
    };
    struct node node;
    open_node(&node);
    add(&node, RP_SIGNAL_MEMORY, GI(1), 0, 0);
    add(&node, RP_SIGNAL_MEMORY, GI(2), 2 * MIN, 0);
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        look_at_memory(&node, rows[i].after_ns, rows[i].available);
        rp_expect_u64(rows[i].about, node.manager.conditions, rows[i].conditions);
        rp_expect_u64(rows[i].about, node.decision.first, rows[i].first);
    }
    const struct rp_kubelet_manager *manager = &node.manager;
    rp_expect_u64("looks", manager->looks, RP_ROWS(rows));
}

static void graces_of_victims(void **state)
{
    (void)state;
    static const struct {
        const char *about;
        uint8_t minor;
        rp_ns threshold_grace_ns, max_ns, pod_ns, expected_ns;
    } rows[] = {
        {"B2: hard: a second", 36, 0, 5 * S, 30 * S, 1 * S},
        {"B1: soft: the most that is allowed", 36, 2 * MIN, 5 * S, 30 * S, 5 * S},
        {"soft: the pod's own if it is less", 36, 2 * MIN, 50 * S, 30 * S, 30 * S},
        {"soft: a pod that says nothing", 36, 2 * MIN, 50 * S, RP_NS_FOREVER, 50 * S},
        {"soft: nothing allowed is a second", 36, 2 * MIN, 0, 30 * S, 1 * S},
        {"soft: a pod that wants none", 36, 2 * MIN, 50 * S, 0, 1 * S},
        {"before 1.32 also longer than the pod's own", 31, 2 * MIN, 50 * S, 30 * S, 50 * S},
        {"1.32", 32, 2 * MIN, 50 * S, 30 * S, 30 * S},
        {"version not known", 0, 2 * MIN, 50 * S, 30 * S, 30 * S},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        const struct rp_fact_kubelet kubelet = {.minor = rows[i].minor, .max_pod_grace_ns = rows[i].max_ns};
        const struct rp_threshold threshold = {.grace_ns = rows[i].threshold_grace_ns};
        rp_expect_u64(rows[i].about, rp_kubelet_kill_grace(&kubelet, &threshold, rows[i].pod_ns), rows[i].expected_ns);
    }
}

static void b4_admission(void **state)
{
    (void)state;
    static const struct {
        const char *about;
        uint32_t conditions;
        bool critical, best_effort, tolerates, admits;
    } rows[] = {
        {"B4: nothing is wrong", NOTHING, false, true, false, true},
        {"B4: best effort under memory pressure", MEMORY, false, true, false, false},
        {"B4: burstable under memory pressure", MEMORY, false, false, false, true},
        {"unless it tolerates the taint", MEMORY, false, true, true, true},
        {"any other condition", DISK, false, false, true, false},
        {"also beside memory", MEMORY | PID, false, false, false, false},
        {"critical ones always", MEMORY | DISK | PID, true, true, false, true},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++)
        rp_expect_u64(rows[i].about,
                      rp_kubelet_admits(rows[i].conditions, rows[i].critical, rows[i].best_effort, rows[i].tolerates),
                      rows[i].admits);
}

static void b6_grace(void **state)
{
    (void)state;
    struct node node;
    open_node(&node);
    add(&node, RP_SIGNAL_MEMORY, GI(2), 1 * MIN, 0);
    look_at_memory(&node, 0, GI(1));
    rp_expect_u64("B6: seen now", node.decision.due, 0);
    look_at_memory(&node, 2 * MIN, GI(1));
    rp_expect_u64("B6: seen two minutes ago", node.decision.due, 1);
    look_at_memory(&node, 10 * S, GI(3));
    look_at_memory(&node, 10 * S, GI(1));
    rp_expect_u64("a break starts the clock anew", node.decision.due, 0);
    look_at_memory(&node, 1 * MIN - 1, GI(1));
    rp_expect_u64("a moment too early", node.decision.due, 0);
    look_at_memory(&node, 1, GI(1));
    rp_expect_u64("and now", node.decision.due, 1);
}

static void b7_transition(void **state)
{
    (void)state;
    static const struct {
        const char *about;
        rp_ns period_ns;
        uint32_t conditions;
    } rows[] = {{"B7: two minutes", 2 * MIN, MEMORY}, {"B7: thirty seconds", 30 * S, NOTHING}, {"B7: equal", MIN, 0}};
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct node node;
        open_node(&node);
        node.kubelet.transition_ns = rows[i].period_ns;
        add(&node, RP_SIGNAL_MEMORY, GI(2), 0, 0);
        look_at_memory(&node, 0, GI(1));
        look_at_memory(&node, 1 * MIN, GI(3));
        rp_expect_u64(rows[i].about, node.manager.conditions, rows[i].conditions);
    }
}

static void b8_freshness(void **state)
{
    (void)state;
    static const struct {
        const char *about;
        rp_ns last_ns, now_ns;
        uint32_t due;
    } rows[] = {
        {"B8: newer", 5, 6, 1},      {"B8: the same", 5, 5, 0},      {"B8: older", 5, 4, 0},
        {"without a time", 5, 0, 1}, {"the last had none", 0, 5, 1},
    };
    struct node node;
    open_node(&node);
    add(&node, RP_SIGNAL_MEMORY, GI(2), 0, 0);
    look_at_memory(&node, 0, GI(1));
    rp_expect_u64("B8: no observation before", node.decision.due, 1);
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        node.seen[RP_SIGNAL_MEMORY].t_ns = rows[i].last_ns;
        rp_kubelet_synchronize(&node.manager, &node.kubelet, ++node.now_ns, node.seen, &node.decision);
        node.seen[RP_SIGNAL_MEMORY].t_ns = rows[i].now_ns;
        rp_kubelet_synchronize(&node.manager, &node.kubelet, ++node.now_ns, node.seen, &node.decision);
        rp_expect_u64(rows[i].about, node.decision.due, rows[i].due);
        rp_expect_u64("it is met all the same", node.decision.met, 1);
    }
    node.seen[RP_SIGNAL_MEMORY].known = false;
    rp_kubelet_synchronize(&node.manager, &node.kubelet, ++node.now_ns, node.seen, &node.decision);
    rp_expect_u64("without an observation nothing is met", node.decision.met, 0);
    rp_expect_u64("but the condition outlasts it", node.manager.conditions, MEMORY);
}

static void b9_pids(void **state)
{
    (void)state;
    static const struct {
        const char *about;
        int64_t used;
        uint32_t conditions, first;
    } rows[] = {{"B9: 300 of 2000", 300, NOTHING, 0}, {"B9: 700: soft", 700, PID, 0}, {"B9: 1200: hard", 1200, PID, 1}};
    struct node node;
    open_node(&node);
    add(&node, RP_SIGNAL_PID, 1200, 0, 0);
    add(&node, RP_SIGNAL_PID, 1500, 2 * MIN, 0);
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        see(&node, RP_SIGNAL_PID, 2000 - rows[i].used);
        look(&node, 10 * S);
        rp_expect_u64(rows[i].about, node.manager.conditions, rows[i].conditions);
        rp_expect_u64(rows[i].about, node.decision.first, rows[i].first);
    }
}

/* Acted upon, a threshold holds until its min-reclaim is back; in its grace it does not. */
static void min_reclaim_holds_what_was_acted_upon(void **state)
{
    (void)state;
    static const struct {
        const char *about;
        rp_ns grace_ns;
        int64_t available;
        uint32_t met;
    } rows[] = {
        {"not met before", 0, MI(1100), 0},           {"met", 0, MI(1000), 1},
        {"between the two it holds", 0, MI(1100), 1}, {"still", 0, MI(1523), 1},
        {"reached: equal is enough", 0, MI(1524), 0}, {"and it is over", 0, MI(1100), 0},
    };
    struct node node;
    open_node(&node);
    add(&node, RP_SIGNAL_MEMORY, MI(1024), 0, MI(500));
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        look_at_memory(&node, 10 * S, rows[i].available);
        rp_expect_u64(rows[i].about, node.decision.met, rows[i].met);
    }
    open_node(&node);
    add(&node, RP_SIGNAL_MEMORY, MI(1024), 1 * MIN, MI(500));
    look_at_memory(&node, 0, MI(1000));
    look_at_memory(&node, 10 * S, MI(1100));
    rp_expect_u64("in its grace it holds nothing", node.decision.met, 0);
}

static void memory_comes_first(void **state)
{
    (void)state;
    struct node node;
    open_node(&node);
    add(&node, RP_SIGNAL_NODEFS, 100, 0, 0);
    add(&node, RP_SIGNAL_MEMORY, 100, 0, 0);
    add(&node, RP_SIGNAL_PID, 100, 0, 0);
    add(&node, RP_SIGNAL_ALLOCATABLE, 100, 0, 0);
    for (int signal = 0; signal < RP_SIGNAL_MAX; signal++)
        see(&node, (enum rp_signal)signal, 99);
    look(&node, 10 * S);
    rp_expect_u64("all", node.decision.due, 0xf);
    rp_expect_u64("either of memory's", node.decision.first, 0xa);
    see(&node, RP_SIGNAL_MEMORY, 100);
    see(&node, RP_SIGNAL_ALLOCATABLE, 100);
    look(&node, 10 * S);
    rp_expect_u64("else any", node.decision.first, 0x5);
    rp_expect_u64("all three conditions", node.manager.conditions, MEMORY | DISK | PID);
}

/* The list of the first look is the one before derivation: a variable of the same name hides the new one there. */
static void derived_thresholds_count_from_the_second_look(void **state)
{
    (void)state;
    struct node node;
    open_node(&node);
    add(&node, RP_SIGNAL_CONTAINERFS, 100, 0, 0);
    see(&node, RP_SIGNAL_CONTAINERFS, 99);
    look(&node, 0);
    rp_expect_u64("first", node.decision.met, 0);
    look(&node, 10 * S);
    rp_expect_u64("second", node.decision.met, 1);
}

static void the_node_is_cleaned_before_a_pod_is_taken(void **state)
{
    (void)state;
    static const struct {
        enum rp_signal signal;
        bool single, dedicated, split;
    } rows[] = {
        {RP_SIGNAL_MEMORY, false, false, false},      {RP_SIGNAL_ALLOCATABLE, false, false, false},
        {RP_SIGNAL_PID, false, false, false},         {RP_SIGNAL_NODEFS, true, false, true},
        {RP_SIGNAL_NODEFS_INODES, true, false, true}, {RP_SIGNAL_IMAGEFS, true, true, true},
        {RP_SIGNAL_CONTAINERFS, true, true, true},
    };
    struct node node;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        rp_expect_u64("single", rp_kubelet_may_reclaim(rows[i].signal, RP_LAYOUT_SINGLE), rows[i].single);
        rp_expect_u64("dedicated", rp_kubelet_may_reclaim(rows[i].signal, RP_LAYOUT_DEDICATED), rows[i].dedicated);
        rp_expect_u64("split", rp_kubelet_may_reclaim(rows[i].signal, RP_LAYOUT_SPLIT), rows[i].split);
    }
    open_node(&node);
    add(&node, RP_SIGNAL_NODEFS, 100, 0, 20);
    add(&node, RP_SIGNAL_MEMORY, 100, 1 * MIN, 0);
    see(&node, RP_SIGNAL_NODEFS, 119);
    see(&node, RP_SIGNAL_MEMORY, 100);
    assert_false(rp_kubelet_is_satisfied(&node.kubelet, node.seen)); /* min-reclaim is not back */
    see(&node, RP_SIGNAL_NODEFS, 120);
    assert_true(rp_kubelet_is_satisfied(&node.kubelet, node.seen));
    see(&node, RP_SIGNAL_MEMORY, 99);
    assert_false(rp_kubelet_is_satisfied(&node.kubelet, node.seen)); /* of any signal, and whatever its grace */
}

static void looks_after_a_kill(void **state)
{
    (void)state;
    static const struct {
        const char *about;
        rp_ns grace_ns, dead_ns, clean_ns, look_ns;
    } rows[] = {
        {"dead and clean at once: the first question", S, 0, 0, 1 * S},
        {"dead after two seconds", S, 2 * S, 2 * S, 3 * S},
        {"cleaned up later, asked each second", S, 2 * S, 4 * S + 1, 5 * S},
        {"never cleaned up", S, 2 * S, RP_NS_FOREVER, 32 * S},
        {"never dead", S, RP_NS_FOREVER, RP_NS_FOREVER, 40 * S},
        {"a long grace is waited for", 60 * S, RP_NS_FOREVER, RP_NS_FOREVER, 120 * S},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        const rp_ns dead_ns = rows[i].dead_ns == RP_NS_FOREVER ? RP_NS_FOREVER : START + rows[i].dead_ns;
        const rp_ns clean_ns = rows[i].clean_ns == RP_NS_FOREVER ? RP_NS_FOREVER : START + rows[i].clean_ns;
        rp_expect_u64(rows[i].about, rp_kubelet_look_after_kill(START, rows[i].grace_ns, dead_ns, clean_ns),
                      START + rows[i].look_ns);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(b1_and_b2_memory_pressure),
        cmocka_unit_test(graces_of_victims),
        cmocka_unit_test(b4_admission),
        cmocka_unit_test(b6_grace),
        cmocka_unit_test(b7_transition),
        cmocka_unit_test(b8_freshness),
        cmocka_unit_test(b9_pids),
        cmocka_unit_test(min_reclaim_holds_what_was_acted_upon),
        cmocka_unit_test(memory_comes_first),
        cmocka_unit_test(derived_thresholds_count_from_the_second_look),
        cmocka_unit_test(the_node_is_cleaned_before_a_pod_is_taken),
        cmocka_unit_test(looks_after_a_kill),
    };
    return RP_RUN(tests);
}
