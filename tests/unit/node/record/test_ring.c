// SPDX-License-Identifier: Apache-2.0
/* What is pushed comes out again, in order and whole; what finds no room is dropped and counted, and nobody waits. */
#include <stdlib.h>

#include "harness/harness.h"
#include "node/record/ring.h"

#define SMALL 60000

static struct rp_policy policy;
static struct rp_start start;

struct stand {
    struct rp_ring *ring;
    struct rp_ring_room room;
    uint64_t at;
};

static void set_up(struct stand *stand, size_t bytes)
{
    *stand = (struct stand){.ring = calloc(1, bytes)};
    rp_ring_init(stand->ring, bytes);
    stand->room.births = calloc(rp_ring_births_max(stand->ring), sizeof(struct rp_cgroup_birth));
    stand->room.facts = calloc(rp_ring_facts_max(stand->ring), sizeof(struct rp_fact));
    rp_policy_init(&policy);
}

static void tear_down(struct stand *stand)
{
    free(stand->ring);
    free(stand->room.births);
    free(stand->room.facts);
}

/* A sample whose every array has about n elements, recognisable by its number. */
struct seen {
    struct rp_cgroup_birth births[20];
    struct rp_cgroup_death deaths[20];
    struct rp_cgroup_reading cgroups[20];
    struct rp_fs_reading filesystems[4];
    struct rp_disk_reading disks[20];
    struct rp_pod_disk_reading pod_disks[20];
    struct rp_event events[20];
    struct rp_fact facts[20];
    struct rp_outcome outcomes[20];
    struct rp_habit habits[2];
    struct rp_sample sample;
    struct rp_plan plan;
};

static void make(struct seen *seen, uint64_t number, uint32_t n)
{
    memset(seen, 0, sizeof(*seen));
    for (uint32_t i = 0; i < n; i++) {
        const uint64_t id = number * 100 + i;
        seen->births[i] = (struct rp_cgroup_birth){.id = id, .parent = 1, .t_ns = number};
        memset(seen->births[i].path, 'a' + (int)(i % 26), (size_t)(id * 37 % (RP_PATH_MAX - 1)));
        seen->deaths[i] = (struct rp_cgroup_death){.id = id, .t_ns = number};
        seen->cgroups[i] = (struct rp_cgroup_reading){.id = id, .usage_bytes = id * 4096, .populated = true};
        seen->disks[i] = (struct rp_disk_reading){.cgroup = id, .dev = 3};
        seen->pod_disks[i] = (struct rp_pod_disk_reading){.cgroup = id, .deleted_files = i};
        seen->events[i] = (struct rp_event){.cgroup = id, .type = 1};
        seen->facts[i] = (struct rp_fact){.version = RP_LINK_VERSION, .kind = RP_FACT_POD, .pod = {.uid = "u"}};
        if (i % 3 == 1)
            seen->facts[i] = (struct rp_fact){.version = RP_LINK_VERSION, .kind = RP_FACT_BEGIN, .list = {.count = i}};
        seen->habits[i / 10] = (struct rp_habit){.name = "a/b", .durations_n = (uint32_t)id, .bytes = -1};
        seen->outcomes[i] = (struct rp_outcome){.action = {.id = id}, .seen = -1};
    }
    seen->filesystems[0] = (struct rp_fs_reading){.dev = number, .path = "/"};
    const uint32_t few = n < RP_PLAN_MAX ? n : RP_PLAN_MAX;
    seen->plan = (struct rp_plan){.sample_number = number, .t_ns = number, .actions_n = few, .dropped = n};
    for (uint32_t i = 0; i < few; i++)
        seen->plan.actions[i] = (struct rp_action){.id = number * 100 + i, .value = -5};
    seen->sample = (struct rp_sample){.number = number,
                                      .t_ns = number,
                                      .node = {.mem_total_bytes = number},
                                      .lost = {number},
                                      .births = seen->births,
                                      .deaths = seen->deaths,
                                      .cgroups = seen->cgroups,
                                      .filesystems = seen->filesystems,
                                      .disks = seen->disks,
                                      .pod_disks = seen->pod_disks,
                                      .events = seen->events,
                                      .facts = seen->facts,
                                      .outcomes = seen->outcomes,
                                      .habits = seen->habits,
                                      .births_n = n,
                                      .deaths_n = n,
                                      .cgroups_n = n,
                                      .filesystems_n = n > 0,
                                      .disks_n = n,
                                      .pod_disks_n = n,
                                      .events_n = n,
                                      .facts_n = n,
                                      .outcomes_n = n,
                                      .habits_n = n / 5};
}

static bool push(struct stand *stand, struct seen *seen, uint64_t number, uint32_t n)
{
    const struct rp_ring_stamp stamp = {.realtime_ns = (int64_t)number, .epoch = 7};
    make(seen, number, n);
    const struct rp_frame frame = {.kind = RP_FRAME_SAMPLE,
                                   .input = number,
                                   .t_ns = number,
                                   .digest = ~number,
                                   .sample = &seen->sample,
                                   .plan = &seen->plan};
    return rp_ring_push(stand->ring, &frame, &stamp);
}

#define SAME(list)                                                                                                     \
    do {                                                                                                               \
        rp_expect_u64(#list, got->list##_n, want->list##_n);                                                           \
        if (want->list##_n)                                                                                            \
            assert_memory_equal(got->list, want->list, want->list##_n * sizeof(want->list[0]));                        \
    } while (0)

static void expect_sample(struct stand *stand, uint64_t number, uint32_t n)
{
    static struct seen seen;
    struct rp_frame frame;
    struct rp_ring_stamp stamp;
    make(&seen, number, n);
    assert_true(rp_ring_look(stand->ring, &stand->at, &stand->room, &frame, &stamp));
    const struct rp_sample *want = &seen.sample, *got = frame.sample;
    rp_expect_u64("kind", frame.kind, RP_FRAME_SAMPLE);
    rp_expect_u64("input", frame.input, number);
    rp_expect_u64("digest", frame.digest, ~number);
    rp_expect_u64("epoch", stamp.epoch, 7);
    rp_expect_i64("realtime", stamp.realtime_ns, number);
    assert_memory_equal(&got->node, &want->node, sizeof(want->node));
    assert_memory_equal(got->lost, want->lost, sizeof(want->lost));
    SAME(births);
    SAME(deaths);
    SAME(cgroups);
    SAME(filesystems);
    SAME(disks);
    SAME(pod_disks);
    SAME(events);
    SAME(facts);
    SAME(outcomes);
    SAME(habits);
    assert_memory_equal(frame.plan, &seen.plan, sizeof(seen.plan));
}

static void frames_come_out_as_they_went_in(void **state)
{
    static struct seen seen;
    struct stand stand;
    struct rp_frame frame;
    struct rp_ring_stamp stamp;
    uint64_t pushed = 0, taken = 0;
    (void)state;
    set_up(&stand, SMALL);
    for (uint32_t round = 0; round < 2000; round++) {
        const uint32_t n = round * 7919 % 11;
        if (push(&stand, &seen, pushed + 1, (uint32_t)((pushed + 1) % 11)))
            pushed++;
        for (uint32_t i = 0; i < n % 3 && taken < pushed; i++) {
            taken++;
            expect_sample(&stand, taken, (uint32_t)(taken % 11));
            rp_ring_release(stand.ring, stand.at);
        }
    }
    while (taken < pushed) {
        taken++;
        expect_sample(&stand, taken, (uint32_t)(taken % 11));
        rp_ring_release(stand.ring, stand.at);
    }
    assert_false(rp_ring_look(stand.ring, &stand.at, &stand.room, &frame, &stamp));
    assert_true(stand.ring->head > 20 * stand.ring->bytes); /* it went round */
    assert_true(stand.ring->dropped > 0);
    rp_expect_u64("all", pushed + stand.ring->dropped, 2000);
    rp_expect_u64("empty", rp_ring_used(stand.ring), 0);
    tear_down(&stand);
}

static void starts_and_policies(void **state)
{
    struct stand stand;
    struct rp_frame frame;
    struct rp_ring_stamp stamp = {.epoch = 3};
    (void)state;
    set_up(&stand, 4 * sizeof(policy));
    start.self_path[0] = 'x';
    policy.mode = RP_MODE_ENFORCE;
    const struct rp_frame first = {.kind = RP_FRAME_START, .input = 1, .start = &start, .policy = &policy};
    const struct rp_frame second = {.kind = RP_FRAME_POLICY, .input = 2, .policy = &policy};
    assert_true(rp_ring_push(stand.ring, &first, &stamp));
    assert_true(rp_ring_push(stand.ring, &second, &stamp));
    assert_true(rp_ring_look(stand.ring, &stand.at, &stand.room, &frame, &stamp));
    assert_memory_equal(frame.start, &start, sizeof(start));
    assert_memory_equal(frame.policy, &policy, sizeof(policy));
    assert_true(rp_ring_look(stand.ring, &stand.at, &stand.room, &frame, &stamp));
    rp_expect_u64("kind", frame.kind, RP_FRAME_POLICY);
    assert_memory_equal(frame.policy, &policy, sizeof(policy));
    tear_down(&stand);
}

/* What the largest sample takes is there from the beginning. */
static void the_usual_size_holds_a_whole_node(void **state)
{
    const uint32_t cgroups = 2048, pods = 256;
    struct stand stand;
    struct rp_sample sample = {.births_n = cgroups, .cgroups_n = cgroups, .facts_n = pods + 2};
    struct rp_cgroup_birth *births = calloc(cgroups, sizeof(*births));
    struct rp_cgroup_reading *readings = calloc(cgroups, sizeof(*readings));
    struct rp_fact *facts = calloc(pods + 2, sizeof(*facts));
    struct rp_plan plan = {0};
    struct rp_ring_stamp stamp = {0};
    (void)state;
    set_up(&stand, rp_ring_size(cgroups, pods));
    for (uint32_t i = 0; i < cgroups; i++)
        memset(births[i].path, 'x', 150);
    for (uint32_t i = 0; i < pods + 2; i++)
        facts[i] = (struct rp_fact){.version = RP_LINK_VERSION, .kind = RP_FACT_POD};
    sample.births = births;
    sample.cgroups = readings;
    sample.facts = facts;
    const struct rp_frame frame = {.kind = RP_FRAME_SAMPLE, .sample = &sample, .plan = &plan};
    assert_true(rp_ring_push(stand.ring, &frame, &stamp));
    assert_false(rp_ring_push(stand.ring, &frame, &stamp));
    rp_expect_u64("dropped", stand.ring->dropped, 1);
    free(births);
    free(readings);
    free(facts);
    tear_down(&stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_out_as_they_went_in),
        cmocka_unit_test(starts_and_policies),
        cmocka_unit_test(the_usual_size_holds_a_whole_node),
    };
    return RP_RUN(tests);
}
