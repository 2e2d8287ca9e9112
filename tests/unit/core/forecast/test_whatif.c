// SPDX-License-Identifier: Apache-2.0
/* What would have to be different: the smallest number that is enough, and the number below it that is not. */
#include "core/forecast/whatif.h"

#include "core/model/table.h"
#include "harness/harness.h"
#include "harness/scene.h"

#define PODS_MAX 4

struct pod_row {
    int64_t request_mib, working_set_mib;
    int32_t priority;
    bool critical, unmeasured, finished;
};

static void make(struct rp_scene *scene, const struct pod_row *rows, uint32_t n)
{
    rp_scene_make(scene);
    for (uint32_t i = 0; i < n; i++) {
        const struct rp_scene_pod want = {
            .name = "pod", .request_mib = rows[i].request_mib, .working_set_mib = rows[i].working_set_mib};
        struct rp_pod *pod = rp_scene_at(scene, rp_scene_pod(scene, &want));
        pod->priority = rows[i].priority;
        pod->critical = rows[i].critical;
        pod->finished = rows[i].finished;
        pod->working_set_known = !rows[i].unmeasured;
    }
}

/* Is the remedy of the first pod what makes the second one go first, and one less not? */
static void check_request(struct rp_scene *scene, const char *row, const struct rp_whatif *whatif)
{
    struct rp_pod *pod = rp_scene_at(scene, 0);
    struct rp_whatif after;
    const int64_t was = pod->request_bytes;
    pod->request_bytes = whatif->by_request.value;
    rp_whatif(scene->arena, 0, RP_SIGNAL_MEMORY, &after);
    rp_expect_i64(row, after.standing, RP_STANDING_BEHIND);
    pod->request_bytes = whatif->by_request.value - 1;
    rp_whatif(scene->arena, 0, RP_SIGNAL_MEMORY, &after);
    if (after.standing == RP_STANDING_BEHIND)
        fail_msg("%s: a smaller request would do", row);
    pod->request_bytes = was;
}

static void of_the_first_pod(void **state)
{
    static const struct {
        const char *row;
        struct pod_row pods[PODS_MAX];
        uint32_t n, standing, rival;
        int64_t request, priority; /* -1: does not help */
    } rows[] = {
        {"the only one", {{100, 200, 0, 0, 0, 0}}, 1, RP_STANDING_NEXT, RP_INDEX_NONE, -1, -1},
        {"behind", {{100, 90, 0, 0, 0, 0}, {100, 200, 0, 0, 0, 0}}, 2, RP_STANDING_BEHIND, 1, -1, -1},
        /* above its request by 100 MiB, the other by 50: 151 MiB would do already, exactly 50 MiB above still ties */
        {"above by more",
         {{100, 200, 0, 0, 0, 0}, {100, 150, 0, 0, 0, 0}},
         2,
         RP_STANDING_NEXT,
         1,
         150 * RP_MIB + 1,
         1},
        {"alone above", {{100, 200, 0, 0, 0, 0}, {100, 50, 0, 0, 0, 0}}, 2, RP_STANDING_NEXT, 1, 250 * RP_MIB + 1, -1},
        {"alone above, worth more",
         {{100, 200, 5, 0, 0, 0}, {100, 50, 0, 0, 0, 0}},
         2,
         RP_STANDING_NEXT,
         1,
         200 * RP_MIB,
         -1},
        {"both above, worth less",
         {{100, 120, 0, 0, 0, 0}, {100, 500, 7, 0, 0, 0}},
         2,
         RP_STANDING_NEXT,
         1,
         120 * RP_MIB,
         7},
        {"tied", {{100, 200, 0, 0, 0, 0}, {100, 200, 0, 0, 0, 0}}, 2, RP_STANDING_TIED, 1, 100 * RP_MIB + 1, 1},
        {"critical", {{100, 200, 0, 1, 0, 0}, {100, 50, 0, 0, 0, 0}}, 2, RP_STANDING_PASSED_OVER, 1, -1, -1},
        {"others are critical",
         {{100, 200, 0, 0, 0, 0}, {1, 900, 0, 1, 0, 0}},
         2,
         RP_STANDING_NEXT,
         RP_INDEX_NONE,
         -1,
         -1},
        {"it has ended",
         {{100, 200, 0, 0, 0, 1}, {100, 50, 0, 0, 0, 0}},
         2,
         RP_STANDING_UNKNOWN,
         RP_INDEX_NONE,
         -1,
         -1},
        {"not measured", {{100, 0, 0, 0, 1, 0}, {100, 900, 0, 0, 0, 0}}, 2, RP_STANDING_NEXT, 1, -1, -1},
        {"the first of three rivals",
         {{10, 400, 0, 0, 0, 0}, {100, 150, 0, 0, 0, 0}, {100, 300, 0, 0, 0, 0}, {100, 90, -5, 0, 0, 0}},
         4,
         RP_STANDING_NEXT,
         2,
         200 * RP_MIB + 1,
         1},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_scene scene;
        struct rp_whatif whatif;
        make(&scene, rows[i].pods, rows[i].n);
        rp_whatif(scene.arena, 0, RP_SIGNAL_MEMORY, &whatif);
        rp_expect_u64(rows[i].row, whatif.standing, rows[i].standing);
        rp_expect_u64(rows[i].row, whatif.rival, rows[i].rival);
        rp_expect_i64(rows[i].row, whatif.by_request.helps ? whatif.by_request.value : -1, rows[i].request);
        rp_expect_i64(rows[i].row, whatif.by_priority.helps ? whatif.by_priority.value : -1, rows[i].priority);
        if (whatif.by_request.helps)
            check_request(&scene, rows[i].row, &whatif);
        rp_scene_drop(&scene);
    }
}

static void pids_have_no_request(void **state)
{
    struct rp_scene scene;
    struct rp_whatif whatif;
    const struct pod_row rows[] = {{100, 200, 0, false, false, false}, {100, 50, 0, false, false, false}};
    (void)state;
    make(&scene, rows, 2);
    for (uint32_t i = 0; i < 2; i++) {
        rp_scene_at(&scene, i)->believed_known = true;
        rp_scene_at(&scene, i)->believed_processes = i == 0 ? 30 : 20;
    }
    rp_whatif(scene.arena, 0, RP_SIGNAL_PID, &whatif);
    assert_int_equal(whatif.standing, RP_STANDING_NEXT);
    assert_int_equal(whatif.use, 30);
    assert_int_equal(whatif.request, -1);
    assert_false(whatif.by_request.helps);
    assert_true(whatif.by_priority.helps);
    assert_int_equal(whatif.by_priority.value, 1);
    rp_scene_drop(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_the_first_pod),
        cmocka_unit_test(pids_have_no_request),
    };
    return RP_RUN(tests);
}
