// SPDX-License-Identifier: Apache-2.0
/* Facts: lists count whole or not at all, and join cgroups and rules in whatever order they come. */
#include "core/model/facts.h"
#include "core/model/pods.h"
#include "unit/core/model/world.h"

static void facts_and_cgroups_join_in_both_orders(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    world_fact(&world, UID_A, 5, GIB);
    world_fact(&world, UID_STATIC, 0, 2 * GIB);
    world_commit(&world, RP_LIST_PODS);
    const struct rp_pod *pod = world_pod(&world, UID_A);
    assert_non_null(pod);
    assert_int_equal(pod->cgroup, RP_INDEX_NONE);

    world_tree(&world);
    assert_ptr_equal(world_pod(&world, UID_A), pod);
    assert_ptr_equal(rp_cgroup_at(world.arena, pod->cgroup), world_cgroup(&world, ID_A));
    assert_true(pod->has_facts);
    assert_int_equal(pod->priority, 5);
    assert_int_equal(pod->request_bytes, GIB);

    assert_false(world_pod(&world, UID_B)->has_facts);
    world_fact(&world, UID_A, 5, GIB);
    world_fact(&world, UID_B, 7, 3 * GIB);
    world_commit(&world, RP_LIST_PODS);
    assert_true(world_pod(&world, UID_B)->has_facts);
    assert_int_equal(world_pod(&world, UID_B)->request_bytes, 3 * GIB);
    assert_ptr_equal(rp_cgroup_at(world.arena, world_pod(&world, UID_B)->cgroup), world_cgroup(&world, ID_B));

    world_born(&world, ID_FREE, ID_PODS, "kubepods.slice/kubepods-pod" UID_STATIC ".slice");
    assert_false(world_pod(&world, UID_STATIC)->has_facts); /* the second list did not name it */
    world_close(&world);
}

static void who_is_not_listed_any_more_is_unknown(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    world_tree(&world);
    assert_false(world.arena->node.pods_listed);
    world_fact(&world, UID_A, 0, GIB);
    world_fact(&world, "44444444-4444-4444-4444-444444444444", 0, GIB); /* pending: no cgroup yet */
    world_commit(&world, RP_LIST_PODS);
    assert_true(world.arena->node.pods_listed);
    assert_int_equal(world_pod(&world, UID_A)->value, 100);
    assert_int_equal(world.arena->pods.live, 4);

    world_commit(&world, RP_LIST_PODS);
    assert_false(world_pod(&world, UID_A)->has_facts);
    assert_int_equal(world_pod(&world, UID_A)->value, 1000);
    assert_int_equal(world.arena->pods.live, 3);
    assert_int_equal(world.arena->node.generations[RP_LIST_PODS], world.generation);
    world_close(&world);
}

static void give_list(struct world *world, uint32_t n)
{
    struct rp_sample sample = world_sample(world);
    sample.facts = world->facts;
    sample.facts_n = n;
    world->facts_n = 0;
    world_step(world, &sample);
}

static struct rp_fact head(enum rp_fact_kind kind, uint32_t list, uint32_t count, uint64_t generation)
{
    return (struct rp_fact){
        .version = RP_LINK_VERSION, .kind = kind, .list = {.list = list, .count = count, .generation = generation}};
}

static void torn_lists_change_nothing(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    world_tree(&world);
    world_fact(&world, UID_A, 3, GIB);
    world_commit(&world, RP_LIST_PODS);

    world_fact(&world, UID_B, 3, GIB);
    world.facts[0] = head(RP_FACT_BEGIN, RP_LIST_PODS, 0, 50);
    give_list(&world, 2); /* no COMMIT */
    world_fact(&world, UID_B, 3, GIB);
    world.facts[2] = head(RP_FACT_COMMIT, RP_LIST_PODS, 2, 50);
    give_list(&world, 3); /* one item is missing */
    world_fact(&world, UID_B, 3, GIB);
    world.facts[2] = head(RP_FACT_COMMIT, RP_LIST_PODS, 1, 51);
    give_list(&world, 3); /* another generation */
    world_fact(&world, UID_B, 3, GIB);
    world.facts[2] = head(RP_FACT_COMMIT, RP_LIST_STATS, 1, 50);
    give_list(&world, 3); /* another list */
    world.facts[0] = head(RP_FACT_BEGIN, RP_LIST_MAX, 0, 50);
    world.facts[1] = head(RP_FACT_COMMIT, RP_LIST_MAX, 0, 50);
    give_list(&world, 2); /* no such list */
    assert_true(world_pod(&world, UID_A)->has_facts);
    assert_false(world_pod(&world, UID_B)->has_facts);
    assert_int_equal(world.arena->node.generations[RP_LIST_PODS], 1);

    /* A torn list before a whole one: the whole one counts. */
    world.facts[0] = head(RP_FACT_BEGIN, RP_LIST_PODS, 0, 60);
    world_fact(&world, UID_A, 9, GIB);
    world.facts[2] = head(RP_FACT_BEGIN, RP_LIST_PODS, 0, 61);
    world.facts[3] = world.facts[1];
    rp_cut(world.facts[3].pod.uid, sizeof(world.facts[3].pod.uid), UID_B);
    world.facts[4] = head(RP_FACT_COMMIT, RP_LIST_PODS, 1, 61);
    give_list(&world, 5);
    assert_false(world_pod(&world, UID_A)->has_facts);
    assert_int_equal(world_pod(&world, UID_B)->priority, 9);
    world_close(&world);
}

static void statistics_are_believed_until_the_next_list(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    world_tree(&world);
    world_fact_stats(&world, UID_A, 5 * GIB);
    world_fact_stats(&world, UID_B, -1);
    world_fact_stats(&world, "nobody", 1);
    world_commit(&world, RP_LIST_STATS);
    assert_true(world_pod(&world, UID_A)->believed_known);
    assert_int_equal(world_pod(&world, UID_A)->believed_bytes, 5 * GIB);
    assert_int_equal(world_pod(&world, UID_A)->believed_ns, world.t_ns);
    assert_false(world_pod(&world, UID_B)->believed_known); /* listed, but without a number */
    assert_false(world_pod(&world, UID_C)->believed_known);
    world_fact_stats(&world, UID_B, GIB);
    world_commit(&world, RP_LIST_STATS);
    assert_false(world_pod(&world, UID_A)->believed_known);
    assert_true(world_pod(&world, UID_B)->believed_known);
    world_close(&world);
}

static void kubelet_node_and_sources(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    assert_true(world.arena->node.kubelet.from_defaults);
    world.facts[1] = (struct rp_fact){.kind = RP_FACT_KUBELET, .kubelet = {.thresholds_n = 3}};
    world.facts_n = 1;
    world_commit(&world, RP_LIST_KUBELET);
    assert_int_equal(world.arena->node.kubelet.thresholds_n, 3);
    assert_false(world.arena->node.kubelet.from_defaults);
    rp_model_set_policy(world.arena, &world.policy); /* what the kubelet said outranks what the policy assumes */
    assert_int_equal(world.arena->node.kubelet.thresholds_n, 3);

    world.facts[1] = (struct rp_fact){.kind = RP_FACT_NODE_STATS, .node_stats = {.available_bytes = 77}};
    world.facts_n = 1;
    world_commit(&world, RP_LIST_STATS);
    assert_int_equal(world.arena->node.believed.available_bytes, 77);

    const uint64_t logged = world.arena->log_n;
    for (int round = 0; round < 3; round++) {
        world.facts[1] = (struct rp_fact){.kind = RP_FACT_SOURCE,
                                          .source = {.source = RP_SOURCE_CONFIGZ, .configured = true, .ok = round < 2}};
        world.facts[2] =
            (struct rp_fact){.kind = RP_FACT_SOURCE, .source = {.source = RP_SOURCE_MAX, .configured = true}};
        world.facts_n = 2;
        world_commit(&world, RP_LIST_SOURCES);
    }
    assert_int_equal(world.arena->log_n, logged + 2); /* first word from it, and its failure */
    assert_int_equal(world.arena->log[logged + 1].kind, RP_LOG_SOURCE);
    assert_int_equal(world.arena->log[logged + 1].a, RP_SOURCE_CONFIGZ);
    assert_int_equal(world.arena->log[logged + 1].b, 0);
    assert_false(world.arena->node.sources[RP_SOURCE_CONFIGZ].ok);
    world_close(&world);
}

static void values_rise_with_priority_and_stay_in_range(void **state)
{
    (void)state;
    static const struct {
        const char *about;
        int32_t priority;
        uint32_t value;
    } rows[] = {
        {"default", 0, 100},
        {"one", 1, 190},
        {"nine", 9, 190},
        {"ten", 10, 280},
        {"a thousand", 1000, 460},
        {"highest of users", 1000000000, 1000},
        {"system-node-critical", 2000001000, 1000},
        {"minus one", -1, 90},
        {"lowest", INT32_MIN, 0},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++)
        rp_expect_u64(rows[i].about, rp_value_of_priority(rows[i].priority), rows[i].value);
    uint32_t last = 0;
    for (int64_t priority = INT32_MIN; priority <= INT32_MAX; priority += 999983) {
        const uint32_t value = rp_value_of_priority((int32_t)priority);
        assert_in_range(value, last, 1000);
        last = value;
    }
}

/* ---- contracts */

static struct rp_contract contract_of(const char *key, const char *value)
{
    struct rp_contract contract;
    struct rp_complaint why;
    rp_contract_init(&contract);
    assert_int_equal(rp_contract_set(&contract, key, value, &why), 0);
    return contract;
}

static void annotations_count_only_from_allowed_namespaces(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    world_tree(&world);
    for (int allowed = 0; allowed < 3; allowed++) {
        world.policy.allowed_namespaces_n = allowed > 0;
        rp_cut(world.policy.allowed_namespaces[0], RP_NS_MAX, allowed == 1 ? "default" : "*");
        rp_model_set_policy(world.arena, &world.policy);
        struct rp_fact_pod *fact = world_fact(&world, UID_A, 0, GIB);
        fact->contract = contract_of("value", "777");
        fact->contract_broken = true;
        struct rp_fact_pod *other = world_fact(&world, UID_B, 0, GIB);
        other->contract = contract_of("protect", "true");
        rp_cut(other->namespace_, sizeof(other->namespace_), "tenant");
        world_commit(&world, RP_LIST_PODS);
        assert_int_equal(world_pod(&world, UID_A)->value, allowed ? 777 : 100);
        assert_int_equal(world_pod(&world, UID_A)->contract_broken, allowed > 0);
        assert_int_equal(world_pod(&world, UID_B)->protected_, allowed == 2);
    }
    /* Taking the right away works without a new list. */
    world.policy.allowed_namespaces_n = 0;
    rp_model_set_policy(world.arena, &world.policy);
    assert_int_equal(world_pod(&world, UID_A)->value, 100);
    assert_false(world_pod(&world, UID_B)->protected_);
    world_close(&world);
}

static void a_rule_lies_over_the_annotations(void **state)
{
    (void)state;
    struct world world;
    struct rp_complaint why;
    world_open(&world, 16, 8);
    rp_cut(world.policy.allowed_namespaces[0], RP_NS_MAX, "*");
    world.policy.allowed_namespaces_n = 1;
    struct rp_rule *rule = &world.policy.rules[0];
    rp_cut(rule->name, sizeof(rule->name), "a");
    rp_cut(rule->glob, sizeof(rule->glob), SLICE_A);
    rule->contract = contract_of("value", "900");
    assert_int_equal(rp_contract_set(&rule->contract, "checkpoint", "signal:USR2", &why), 0);
    world.policy.rules_n = 1;
    rp_model_set_policy(world.arena, &world.policy);
    world_tree(&world);
    struct rp_fact_pod *fact = world_fact(&world, UID_A, 0, GIB);
    fact->contract = contract_of("value", "5");
    assert_int_equal(rp_contract_set(&fact->contract, "protect", "true", &why), 0);
    assert_int_equal(rp_contract_set(&fact->contract, "floor", "slow", &why), 0);
    assert_int_equal(rp_contract_set(&fact->contract, "checkpoint", "signal:USR1", &why), 0);
    assert_int_equal(rp_contract_set(&fact->contract, "checkpoint-ack", "file:/ack", &why), 0);
    world_commit(&world, RP_LIST_PODS);
    const struct rp_pod *pod = world_pod(&world, UID_A);
    assert_int_equal(pod->value, 900);
    assert_true(pod->protected_);
    assert_int_equal(pod->contract.floor, RP_ACTION_SLOW);
    assert_int_equal(pod->contract.signal, rule->contract.signal);
    assert_int_equal(pod->contract.ack, RP_ACK_NONE); /* the rule's checkpoint is not mixed with the annotation's */
    assert_int_equal(pod->declared.ack, RP_ACK_FILE);

    world.policy.rules[0].contract = contract_of("checkpoint-timeout", "7s");
    rp_model_set_policy(world.arena, &world.policy);
    assert_int_equal(pod->value, 5);
    assert_int_equal(pod->contract.ack, RP_ACK_FILE);
    assert_int_equal(pod->contract.timeout_ns, 7 * RP_NS_PER_S);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_and_cgroups_join_in_both_orders),
        cmocka_unit_test(who_is_not_listed_any_more_is_unknown),
        cmocka_unit_test(torn_lists_change_nothing),
        cmocka_unit_test(statistics_are_believed_until_the_next_list),
        cmocka_unit_test(kubelet_node_and_sources),
        cmocka_unit_test(values_rise_with_priority_and_stay_in_range),
        cmocka_unit_test(annotations_count_only_from_allowed_namespaces),
        cmocka_unit_test(a_rule_lies_over_the_annotations),
    };
    return RP_RUN(tests);
}
