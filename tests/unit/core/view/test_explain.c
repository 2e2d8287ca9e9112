// SPDX-License-Identifier: Apache-2.0
/* Explanations of pods and incidents, word for word. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/view/explain.h"
#include "unit/core/view/shown.h"

static void pods_are_found_as_people_name_them(void **state)
{
    struct rp_scene scene;
    (void)state;
    rp_shown_make(&scene);
    static const struct {
        const char *meant;
        int found;
    } rows[] = {
        {"team/assembly-0", RP_SHOWN_ASSEMBLY},
        {"assembly-0", RP_SHOWN_ASSEMBLY},
        {"batch-7f9c", RP_SHOWN_BATCH},
        {"other/assembly-0", -ENOENT},
        {"team/assembly", -ENOENT},
        {"tea/assembly-0", -ENOENT},
        {"", -ENOENT},
        {"/", -ENOENT},
        {"team/", -ENOENT},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++)
        rp_expect_i64(rows[i].meant, rp_explain_find(scene.arena, rows[i].meant), rows[i].found);
    rp_expect_i64("by uid", rp_explain_find(scene.arena, rp_scene_at(&scene, RP_SHOWN_UNKNOWN)->uid), RP_SHOWN_UNKNOWN);
    rp_shown_text(rp_scene_at(&scene, RP_SHOWN_BATCH)->name, RP_POD_NAME_MAX, "assembly-0");
    rp_expect_i64("twice", rp_explain_find(scene.arena, "assembly-0"), -ENOTUNIQ);
    rp_scene_drop(&scene);
}

/* The scene, with a pod's deed, victims as the kubelet would count them, and times that lie apart. */
static void make(struct rp_scene *scene)
{
    rp_shown_make(scene);
    struct rp_arena *arena = scene->arena;
    arena->victims.candidates = 3;
    rp_scene_at(scene, RP_SHOWN_UNKNOWN)->rank = 2;
    rp_scene_at(scene, RP_SHOWN_BATCH)->rank = 3;
    arena->ledger[0].action.pod = RP_SHOWN_BATCH;
    for (uint64_t i = 0; i < arena->log_n; i++)
        arena->log[i].t_ns = RP_SHOWN_T_NS - (arena->log_n - i) * 10 * RP_NS_PER_S;
    arena->ledger[0].done_ns = arena->log[2].t_ns;
}

static void pods(void **state)
{
    static const struct {
        const char *row;
        uint32_t pod;
        const char *text;
    } rows[] = {
        {"next", RP_SHOWN_ASSEMBLY,
         "team/assembly-0, Burstable\n"
         "When the node is low on memory this pod would be taken next (rank 1 of 3).\n"
         "  Why: it uses 1.4 GiB and requests 512 MiB: above its request by 988 MiB; priority 0.\n"
         "  Runner-up is 00000014-0000-0000-0000-000000000000. This one goes first, as it is further above its "
         "request, "
         "or less below.\n"
         "  For the runner-up to go first instead, by the numbers of this moment:\n"
         "    a request of at least 1491Mi (now 512 MiB)\n"
         "    a priority of at least 1\n"
         "It is not among those whom the kernel would kill first.\n"
         "To Reprieve it is protected: never touched, and others give way for it; value 900.\n"
         "Checkpoint: acked; asked for 2 times, acknowledged 1 times, last 42 s ago.\n"
         "Nothing was done to it or for it.\n"},
        {"behind", RP_SHOWN_BATCH,
         "team/batch-7f9c, Burstable\n"
         "When the node is low on memory this pod is not next (rank 3 of 3).\n"
         "  Why: it uses 900 MiB and requests 1.5 GiB: within its request by 700 MiB; priority 0.\n"
         "  First goes team/assembly-0, as it is above its request and the other is not.\n"
         "When the kernel itself runs out of memory a process of this pod is among the first to be killed "
         "(oom_score_adj 999, 900 MiB; its whole container dies with it).\n"
         "To Reprieve it is expendable: it may be braked for the sake of protected ones; value 100.\n"
         "What was done:\n"
         "  20 s ago  brace batch-7f9c: done, because this pod causes the growth; expected to free or keep 200 MiB; "
         "it was in force for 10 s\n"},
    };
    struct rp_scene scene;
    static char text[RP_EXPLAIN_MAX];
    (void)state;
    make(&scene);
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        rp_explain_pod(scene.arena, rows[i].pod, RP_SIGNAL_MEMORY, text, sizeof(text));
        rp_expect_text(rows[i].row, text, rows[i].text);
    }
    rp_scene_drop(&scene);
}

static void the_present_incident(void **state)
{
    struct rp_scene scene;
    static char text[RP_EXPLAIN_MAX];
    (void)state;
    make(&scene);
    rp_explain_incident(scene.arena, text, sizeof(text));
    assert_string_equal(
        text,
        "The incident began 30 s ago and goes on: evicts in about 21 s (16 s - 25 s), 95 % within 60 s, "
        "memory.available.\n"
        "How it went:\n"
        "  30 s ago  phase act: memory.available, crossing in 21 s\n"
        "  10 s ago  checkpoint of assembly-0: acked after 3.0 s\n"
        "What was done:\n"
        "  20 s ago  brace batch-7f9c: done, because this pod causes the growth; expected to free or keep 200 MiB; "
        "it was in force for 10 s\n"
        "Left alone:\n"
        "  team/assembly-0: protected: never touched, and others give way for it\n"
        "  00000014-0000-0000-0000-000000000000: unknown, so never touched: nobody told its name, requests and "
        "priority\n");
    rp_scene_drop(&scene);
}

static void the_last_incident(void **state)
{
    struct rp_scene scene;
    static char text[RP_EXPLAIN_MAX];
    (void)state;
    make(&scene);
    rp_log_add(scene.arena, (struct rp_log_entry){.kind = RP_LOG_PHASE, .a = RP_PHASE_CALM, .b = RP_DANGER_NONE}, NULL);
    scene.arena->log[4].t_ns = RP_SHOWN_T_NS - 5 * RP_NS_PER_S;
    rp_explain_incident(scene.arena, text, sizeof(text));
    assert_non_null(strstr(text, "The incident began 30 s ago and lasted 25 s.\n"));
    assert_non_null(strstr(text, "What was done:\n"));
    scene.arena->log_n = 1; /* the pod that appeared */
    rp_explain_incident(scene.arena, text, sizeof(text));
    assert_string_equal(text, "There was no incident, as far back as the guard remembers.\n");
    rp_scene_drop(&scene);
}

/* Whatever the arena holds, the text ends within its array. */
static void a_small_array_is_enough(void **state)
{
    struct rp_scene scene;
    (void)state;
    make(&scene);
    for (size_t size = 1; size < 700; size += 7) {
        char *const text = malloc(size);
        assert_non_null(text);
        rp_explain_pod(scene.arena, RP_SHOWN_ASSEMBLY, RP_SIGNAL_NODEFS_INODES, text, size);
        assert_true(strlen(text) < size);
        rp_explain_incident(scene.arena, text, size);
        assert_true(strlen(text) < size);
        free(text);
    }
    rp_scene_drop(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pods_are_found_as_people_name_them),
        cmocka_unit_test(pods),
        cmocka_unit_test(the_present_incident),
        cmocka_unit_test(the_last_incident),
        cmocka_unit_test(a_small_array_is_enough),
    };
    return RP_RUN(tests);
}
