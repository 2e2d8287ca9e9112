// SPDX-License-Identifier: Apache-2.0
/* What checkpoints took outlives the pod and us. */
#include "core/decide/decide.h"

#include <stdio.h>

#include "base/str.h"
#include "harness/scene.h"

#define S RP_NS_PER_S

static const struct rp_scene_pod assembly = {
    .name = "assembly", .value = 900, .protected_ = true, .working_set_mib = 10};

static struct rp_pod *add(struct rp_scene *scene)
{
    struct rp_pod *pod = rp_scene_at(scene, rp_scene_pod(scene, &assembly));
    pod->contract.trigger = RP_TRIGGER_FILE;
    pod->contract.ack = RP_ACK_MTIME;
    pod->contract.duration_ns = 20 * S;
    pod->contract.timeout_ns = 600 * S;
    return pod;
}

/* Asked, and answered after that time. */
static void checkpoint(struct rp_scene *scene, const struct rp_pod *pod, rp_ns took, int64_t bytes)
{
    struct rp_outcome outcome = {
        .action = {.id = ++scene->arena->ladder.next_action_id,
                   .kind = RP_ACTION_CHECKPOINT,
                   .pod = rp_pod_index(scene->arena, pod),
                   .cgroup = rp_cgroup_at(scene->arena, pod->cgroup)->id},
        .t_ns = scene->arena->t_ns,
        .state = RP_OUTCOME_DONE,
    };
    struct rp_sample sample = {.t_ns = scene->arena->t_ns, .outcomes = &outcome, .outcomes_n = 1};
    outcome.action.deadline_ns = outcome.t_ns + 600 * S;
    rp_decide_outcomes(scene->arena, &sample);
    scene->arena->t_ns += took;
    outcome.t_ns += took;
    outcome.state = RP_OUTCOME_ACKED;
    outcome.seen = bytes;
    rp_decide_outcomes(scene->arena, &sample);
}

static void learned_and_recalled_by_name(void **state)
{
    struct rp_scene scene;
    (void)state;
    rp_scene_make(&scene);
    struct rp_pod *pod = add(&scene);
    rp_habits_recall(scene.arena);
    assert_int_equal(rp_checkpoint_need_ns(pod), 20 * S);
    checkpoint(&scene, pod, 45 * S, 1 << 20);
    checkpoint(&scene, pod, 90 * S, 2 << 20);
    assert_int_equal(rp_checkpoint_need_ns(pod), 90 * S);
    assert_int_equal(scene.arena->habits_learned, 2);
    const struct rp_habit kept = scene.arena->habits[0];
    char name[RP_HABIT_NAME_MAX];
    (void)snprintf(name, sizeof(name), "%s/%s", pod->namespace_, pod->name);
    assert_string_equal(kept.name, name);
    assert_int_equal(kept.durations_n, 2);
    assert_int_equal(kept.bytes, 2 << 20);
    /* Its successor, in the same life of the guard. */
    pod->checkpoint = (struct rp_checkpoint){.recalled = false};
    rp_habits_recall(scene.arena);
    assert_int_equal(rp_checkpoint_need_ns(pod), 90 * S);
    assert_int_equal(pod->checkpoint.bytes, 2 << 20);
    rp_scene_drop(&scene);

    /* After a restart it comes with a sample. */
    rp_scene_make(&scene);
    pod = add(&scene);
    const struct rp_sample sample = {.t_ns = scene.arena->t_ns, .habits = &kept, .habits_n = 1};
    rp_decide_outcomes(scene.arena, &sample);
    assert_int_equal(rp_checkpoint_need_ns(pod), 90 * S);
    assert_int_equal(scene.arena->habits_learned, kept.learned);
    checkpoint(&scene, pod, 5 * S, 7);
    assert_int_equal(scene.arena->habits[0].durations_n, 3);
    assert_int_equal(scene.arena->habits[0].learned, kept.learned + 1);
    rp_scene_drop(&scene);
}

static void nobody_takes_anothers_habits(void **state)
{
    struct rp_scene scene;
    struct rp_habit other = {.name = "other/assembly", .durations_ns = {500 * S}, .durations_n = 1, .learned = 9};
    (void)state;
    rp_scene_make(&scene);
    const struct rp_pod *pod = add(&scene);
    const struct rp_sample sample = {.t_ns = scene.arena->t_ns, .habits = &other, .habits_n = 1};
    rp_decide_outcomes(scene.arena, &sample);
    assert_int_equal(rp_checkpoint_need_ns(pod), 20 * S);
    rp_scene_drop(&scene);
}

static void the_longest_unchanged_gives_way(void **state)
{
    struct rp_scene scene;
    struct rp_habit list[RP_HABITS_MAX + 1];
    (void)state;
    rp_scene_make(&scene);
    for (uint32_t i = 0; i <= RP_HABITS_MAX; i++) {
        list[i] = (struct rp_habit){.durations_n = 1, .learned = i == 5 ? 1 : i + 100};
        (void)snprintf(list[i].name, sizeof(list[i].name), "ns/%u", i);
    }
    const struct rp_sample sample = {.t_ns = scene.arena->t_ns, .habits = list, .habits_n = RP_HABITS_MAX + 1};
    rp_decide_outcomes(scene.arena, &sample);
    assert_string_equal(scene.arena->habits[5].name, list[RP_HABITS_MAX].name);
    assert_string_equal(scene.arena->habits[6].name, "ns/6");
    rp_scene_drop(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learned_and_recalled_by_name),
        cmocka_unit_test(nobody_takes_anothers_habits),
        cmocka_unit_test(the_longest_unchanged_gives_way),
    };
    return RP_RUN(tests);
}
