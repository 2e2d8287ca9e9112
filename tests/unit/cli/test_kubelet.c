// SPDX-License-Identifier: Apache-2.0
/* What the operator's tool shows of the kubelet: what it has met, since when, when it looks, and whom it would take. */
#include "view.h"

/* Memory is short by a soft threshold that still waits, disks by a hard one, and one pod is above a limit. */
static void make(struct view *view)
{
    rp_shown_make(&view->scene);
    struct rp_arena *arena = view->scene.arena;
    struct rp_kubelet *kubelet = &arena->kubelet;
    memset(kubelet, 0, sizeof(*kubelet));
    arena->node.kubelet.minor = 33;
    kubelet->effective.thresholds_n = 2;
    kubelet->effective.thresholds[0] = (struct rp_threshold){
        .signal = RP_SIGNAL_MEMORY, .quantity_floor = 300 * RP_MIB, .grace_ns = 90 * RP_NS_PER_S, .reclaim_floor = 7};
    kubelet->effective.thresholds[1] = (struct rp_threshold){.signal = RP_SIGNAL_NODEFS, .quantity_floor = 1};
    kubelet->layout = RP_LAYOUT_DEDICATED;
    kubelet->manager.looks = 9;
    kubelet->manager.conditions = 1u << RP_CONDITION_MEMORY | 1u << RP_CONDITION_DISK;
    kubelet->manager.since_ns[RP_CONDITION_MEMORY] = arena->t_ns - 30 * RP_NS_PER_S;
    kubelet->manager.since_ns[RP_CONDITION_DISK] = arena->t_ns - 70 * RP_NS_PER_S;
    kubelet->manager.met_ns[0] = arena->t_ns - 30 * RP_NS_PER_S;
    kubelet->manager.met_ns[1] = arena->t_ns - 70 * RP_NS_PER_S;
    kubelet->manager.acts = 2;
    kubelet->decision = (struct rp_kubelet_decision){.met = 3, .due = 2, .first = 2};
    kubelet->excess_n = 1;
    rp_pod_at(arena, 1)->excess = RP_EXCESS_VOLUME;
    rp_kubelet_saw_look(&kubelet->phase, arena->t_ns - 8 * RP_NS_PER_S, arena->t_ns - 8 * RP_NS_PER_S);
    arena->victims_by[RP_SIGNAL_NODEFS].n = 1;
    arena->victims_by[RP_SIGNAL_NODEFS].list[0] = (struct rp_victim){.pod = 1, .group = 1, .over_request = 4096};
}

static void json_says_what_is_met(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int64_t value;
    } rows[] = {
        {"kubelet.minor", 33},
        {"kubelet.thresholds.0.amount", 300 * RP_MIB},
        {"kubelet.thresholds.0.with_min_reclaim", 300 * RP_MIB + 7},
        {"kubelet.thresholds.0.grace_s", 90},
        {"kubelet.looks.traces", 1},
    };
    static const struct {
        const char *path, *word;
    } words[] = {
        {"kubelet.layout", "dedicated"},
        {"kubelet.root_usage", "anon+file"},
        {"kubelet.conditions.0.condition", "MemoryPressure"},
        {"kubelet.conditions.1.condition", "DiskPressure"},
        {"kubelet.thresholds.1.signal", "nodefs.available"},
        {"kubelet.above_limits.0.limit_of", "volume"},
    };
    struct view view;
    make(&view);
    show(&view);
    for (size_t i = 0; i < RP_ROWS(rows); i++)
        rp_expect_i64(rows[i].path, (int64_t)json_number_value(at(&view, rows[i].path)), rows[i].value);
    for (size_t i = 0; i < RP_ROWS(words); i++)
        rp_expect_text(words[i].path, json_string_value(at(&view, words[i].path)), words[i].word);
    const json_t *list = json_object_get(at(&view, "kubelet.victims"), "nodefs.available"); /* a key with a point */
    rp_expect_i64("nodefs", json_integer_value(json_object_get(json_array_get(list, 0), "over_request_bytes")), 4096);
    assert_true(json_is_null(at(&view, "kubelet.thresholds.1.amount"))); /* capacity is not known */
    assert_true(json_is_false(at(&view, "kubelet.thresholds.0.acts")));
    assert_true(json_is_true(at(&view, "kubelet.thresholds.1.acts")));
    drop(&view);
}

static void text_says_it_in_a_line(void **state)
{
    (void)state;
    struct view view;
    make(&view);
    show(&view);
    expect_line(&view, "the kubelet, probably       MemoryPressure since 30 s, DiskPressure since 1 min 10 s; "
                       "memory.available evicts in 1 min; 1 above a limit of local storage; looks within 2.2 s\n");
    drop(&view);
    rp_shown_make(&view.scene);
    memset(&view.scene.arena->kubelet, 0, sizeof(view.scene.arena->kubelet));
    show(&view);
    assert_null(strstr(view.text, "the kubelet, probably"));
    drop(&view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_says_what_is_met),
        cmocka_unit_test(text_says_it_in_a_line),
    };
    return RP_RUN(tests);
}
