// SPDX-License-Identifier: Apache-2.0
/* A new policy for an arena that is in use. */
#include "unit/core/model/world.h"

static struct rp_pod *pod_of(struct world *world, rp_cgroup_id id)
{
    const struct rp_cgroup *cgroup = rp_cgroup_find(world->arena, id);
    assert_non_null(cgroup);
    struct rp_pod *pod = rp_pod_at(world->arena, cgroup->pod);
    assert_non_null(pod);
    return pod;
}

static void set_mode(struct world *world, enum rp_mode mode)
{
    world->policy.mode = mode;
    rp_model_set_policy(world->arena, &world->policy);
}

/* An incident that began in observe mode is acted upon as soon as the operator allows it. */
static void enforcing_forgets_what_was_imagined(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    world_tree(&world);
    struct rp_pod *pod = pod_of(&world, ID_A);
    pod->brakes[0] = (struct rp_brake){.kind = RP_ACTION_FREEZE, .state = RP_OUTCOME_OBSERVED};
    pod->brakes[1] = (struct rp_brake){.kind = RP_ACTION_SLOW, .state = RP_OUTCOME_LEFT};
    pod->checkpoint.requested_ns = world.t_ns;
    set_mode(&world, RP_MODE_OBSERVE);
    assert_int_equal(pod->brakes[0].kind, RP_ACTION_FREEZE);
    set_mode(&world, RP_MODE_ENFORCE);
    assert_int_equal(pod->brakes[0].kind, RP_ACTION_NONE);
    assert_int_equal(pod->brakes[1].kind, RP_ACTION_SLOW);
    assert_int_equal(pod->checkpoint.requested_ns, 0);
    world_close(&world);
}

/* Reading the same configuration again changes nothing of what is in force. */
static void a_reload_keeps_what_is_in_force(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 8);
    world_tree(&world);
    set_mode(&world, RP_MODE_ENFORCE);
    struct rp_pod *pod = pod_of(&world, ID_A);
    pod->brakes[0] = (struct rp_brake){.kind = RP_ACTION_FREEZE, .state = RP_OUTCOME_DONE};
    pod->checkpoint.state = RP_CHECKPOINT_REQUESTED;
    pod->checkpoint.requested_ns = world.t_ns;
    set_mode(&world, RP_MODE_ENFORCE);
    set_mode(&world, RP_MODE_OBSERVE);
    set_mode(&world, RP_MODE_ENFORCE);
    assert_int_equal(pod->brakes[0].kind, RP_ACTION_FREEZE);
    assert_int_equal(pod->checkpoint.requested_ns, world.t_ns);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enforcing_forgets_what_was_imagined),
        cmocka_unit_test(a_reload_keeps_what_is_in_force),
    };
    return RP_RUN(tests);
}
