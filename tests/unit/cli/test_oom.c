// SPDX-License-Identifier: Apache-2.0
/* The kernel's choices and own limits as the operator's tool shows them. */
#include "view.h"

static void json_has_both_sides(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int64_t value;
    } rows[] = {
        {"kernel_victims.0.total_bytes", INT64_C(4000) * RP_MIB},
        {"kernel_victims.0.candidates", 12},
        {"kernel_victims.0.first_n", 5},
        {"kernel_victims.0.guessed", 4},
        {"kernel_victims.0.victims.0.points_permille", 1250},
        {"kernel_victims.0.victims.0.points_low_permille", 1225},
        {"kernel_victims.0.victims.0.oom_score_adj", 999},
        {"kernel_victims.0.victims.0.frees_bytes", 950 * RP_MIB},
        {"kernel_victims.2.kills", 10},
        {"kernel_victims.2.kills_expected", 6},
        {"kernel_victims.2.kills_among_expected", 2},
        {"kernel_victims.2.kills_unexpected", 1},
        {"pods.1.own_limit.limit_bytes", 1000 * RP_MIB},
        {"pods.1.own_limit.available_bytes", 100 * RP_MIB},
        {"pods.1.own_limit.median_s", 20},
        {"pods.1.own_limit.within_60s_permille", 800},
        {"pods.1.own_limit.reclaimed_s", 497},
    };
    static const struct {
        const char *path, *word;
    } words[] = {
        {"kernel_victims.0.wall", "node"},
        {"kernel_victims.1.wall", "pods"},
        {"kernel_victims.2.wall", "own-limit"},
        {"kernel_victims.0.victims.0.dies", "group"},
        {"kernel_victims.0.victims.0.evidence", "weighed"},
        {"kernel_victims.0.victims.1.dies", "process"},
        {"kernel_victims.0.victims.1.evidence", "guessed"},
        {"pods.1.own_limit.state", "crossing"},
    };
    static const char *const unknown[] = {"kernel_victims.0.victims.1.uid", "pods.0.own_limit",
                                          "pods.1.own_limit.late_s"};
    struct view view;
    rp_shown_make(&view.scene);
    show(&view);
    for (size_t i = 0; i < RP_ROWS(rows); i++)
        rp_expect_i64(rows[i].path, (int64_t)json_number_value(at(&view, rows[i].path)), rows[i].value);
    for (size_t i = 0; i < RP_ROWS(words); i++)
        rp_expect_text(words[i].path, json_string_value(at(&view, words[i].path)), words[i].word);
    for (size_t i = 0; i < RP_ROWS(unknown); i++)
        rp_expect_i64(unknown[i], json_is_null(at(&view, unknown[i])), true);
    assert_int_equal(json_array_size(at(&view, "kernel_victims.1.victims")), 0);
    drop(&view);
}

static void text_says_whom_and_what(void **state)
{
    (void)state;
    struct view view;
    rp_shown_make(&view.scene);
    show(&view);
    expect_line(
        &view,
        "  the kernel would kill       team/batch-7f9c (all of it, 950 MiB) or kubepods.slice (a process, 950 MiB)"
        " or one of 2 more\n");
    expect_line(&view, "  NEAR ITS OWN LIMIT ");
    expect_line(
        &view,
        "  team/batch-7f9c         1000 MiB   100 MiB   5.0 MiB/s  is there in 20 s, 80 % within 60 s, reclaimed 3.0 s "
        "ago\n");
    assert_null(strstr(view.text, "at the limit of all pods"));
    drop(&view);
}

static void nothing_near_is_no_heading(void **state)
{
    (void)state;
    struct view view;
    rp_shown_make(&view.scene);
    struct rp_own_limit *own = &rp_scene_at(&view.scene, RP_SHOWN_BATCH)->own_limit;
    own->forecast.state = RP_FORECAST_CALM;
    own->forecast.available = 500 * RP_MIB;
    own->reclaim_ns = RP_SHOWN_T_NS - 61 * RP_NS_PER_S;
    show(&view);
    assert_null(strstr(view.text, "NEAR ITS OWN LIMIT"));
    drop(&view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_has_both_sides),
        cmocka_unit_test(text_says_whom_and_what),
        cmocka_unit_test(nothing_near_is_no_heading),
    };
    return RP_RUN(tests);
}
