// SPDX-License-Identifier: Apache-2.0
/* What if: the same rules change nothing, others do; and a core that decides otherwise than the recorded one is found out. */
#include <unistd.h>

#include "harness/harness.h"
#include "unit/node/record/recorded.h"

static struct rp_play play;
static struct rp_policy policy;

static void run(const char *story, const struct rp_what_if *what_if, uint64_t *ret_was, uint64_t *ret_would)
{
    struct rp_recording *recording = NULL;
    struct rp_replayer replayer;
    struct rp_complaint why;
    struct rp_entry entry;
    struct rp_replayed replayed;
    struct rp_tree tree;
    uint64_t apart = 0;
    rp_tree_make(&tree);
    play_into(&play, story_named(story), tree.root, 20);
    rp_replayer_init(&replayer, what_if);
    assert_int_equal(rp_recording_open(tree.root, &recording, &why), 0);
    *ret_was = *ret_would = 0;
    while (rp_recording_next(recording, &entry) == 1) {
        assert_int_equal(rp_replayer_take(&replayer, &entry, &replayed), 0);
        if (replayed.step != RP_REPLAY_SAMPLE)
            continue;
        *ret_was += replayer.plan.actions_n;
        *ret_would += replayer.other_plan.actions_n;
        apart += replayer.plan.actions_n != replayer.other_plan.actions_n;
    }
    rp_expect_u64("as recorded", replayer.plans_differ + replayer.states_differ, 0);
    if (*ret_was == *ret_would)
        rp_expect_u64("apart", apart, 0);
    rp_recording_close(&recording);
    rp_replayer_deinit(&replayer);
    rp_play_close(&play);
    rp_tree_drop(&tree);
}

static void set_policy(uint32_t permille)
{
    rp_policy_init(&policy);
    policy.allowed_namespaces_n = 1;
    policy.allowed_namespaces[0][0] = '*';
    policy.act_permille = permille;
}

static void the_same_policy_changes_nothing(void **state)
{
    const struct rp_what_if what_if = {.policy = &policy};
    uint64_t was, would;
    (void)state;
    set_policy(700);
    run("leak-observe", &what_if, &was, &would);
    assert_true(was > 10);
    rp_expect_u64("actions", would, was);
}

static void another_policy_does(void **state)
{
    const struct rp_what_if what_if = {.policy = &policy};
    uint64_t was, would;
    (void)state;
    set_policy(700);
    policy.enabled = 1u << RP_ACTION_CHECKPOINT;
    policy.kubelet.thresholds_n = 0;
    run("leak-observe", &what_if, &was, &would);
    assert_int_not_equal(was, would);
}

static void another_kubelet_does(void **state)
{
    struct rp_fact_kubelet kubelet;
    const struct rp_what_if what_if = {.kubelet = &kubelet};
    uint64_t was, would;
    (void)state;
    set_policy(700);
    kubelet = policy.kubelet;
    run("trap", &what_if, &was, &would);
    rp_expect_u64("the same kubelet", would > 0, true);
    for (uint32_t i = 0; i < kubelet.thresholds_n; i++)
        kubelet.thresholds[i].quantity_floor = INT64_C(3) << 30;
    uint64_t more;
    run("trap", &what_if, &was, &more);
    assert_true(more != would);
}

/* One number of one frame is changed: from there on it is not what was recorded. */
static void a_difference_is_found(void **state)
{
    struct rp_recording *recording = NULL;
    struct rp_replayer replayer;
    struct rp_complaint why;
    struct rp_entry entry;
    struct rp_replayed replayed;
    struct rp_tree tree;
    (void)state;
    rp_tree_make(&tree);
    play_into(&play, story_named("leak-enforce"), tree.root, 20);
    assert_int_equal(rp_recording_open(tree.root, &recording, &why), 0);
    rp_replayer_init(&replayer, NULL);
    while (rp_recording_next(recording, &entry) == 1) {
        struct rp_sample sample;
        if (entry.kind == RP_ENTRY_FRAME && entry.frame.sample && entry.frame.sample->number == 40) {
            sample = *entry.frame.sample;
            sample.node.anon_bytes += 100 << 20;
            entry.frame.sample = &sample;
        }
        assert_int_equal(rp_replayer_take(&replayer, &entry, &replayed), 0);
    }
    rp_expect_u64("first", replayer.first_differing, 40);
    assert_true(replayer.states_differ > 0);
    rp_recording_close(&recording);
    rp_replayer_deinit(&replayer);
    rp_play_close(&play);
    rp_tree_drop(&tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_policy_changes_nothing),
        cmocka_unit_test(another_policy_does),
        cmocka_unit_test(another_kubelet_does),
        cmocka_unit_test(a_difference_is_found),
    };
    return RP_RUN(tests);
}
