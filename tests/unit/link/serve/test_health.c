// SPDX-License-Identifier: Apache-2.0
/* What /livez and /readyz say: a rescue thread that stands still fails, what merely degrades it does not. */
#include "link/serve/health.h"
#include "unit/core/view/shown.h"

#define NOW_NS (RP_SHOWN_T_NS + RP_NS_PER_S)

typedef bool (*check)(struct evbuffer *out, const struct rp_arena *arena, rp_ns now);

static bool ask(check write, const struct rp_arena *arena, rp_ns now, char *text, size_t size)
{
    struct evbuffer *out = evbuffer_new();
    const bool good = write(out, arena, now);
    const int n = evbuffer_remove(out, text, size - 1);
    assert_true(n >= 0 && evbuffer_get_length(out) == 0);
    text[n] = '\0';
    evbuffer_free(out);
    return good;
}

static void alive(void **state)
{
    (void)state;
    struct rp_scene scene;
    rp_shown_make(&scene);
    const rp_ns beat = scene.arena->agent.heartbeat_ns;
    const struct {
        rp_ns now;
        bool good;
    } rows[] = {
        {beat, true},
        {beat + 1, true},
        {beat - 5 * RP_NS_PER_S, true}, /* it beat after we looked at the clock */
        {beat + 15 * RP_NS_PER_S - 1, true},
        {beat + 15 * RP_NS_PER_S, false},
        {beat + 3600 * RP_NS_PER_S, false},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        char text[256], row[32];
        (void)snprintf(row, sizeof(row), "row %zu", i);
        rp_expect_i64(row, ask(rp_livez_write, scene.arena, rows[i].now, text, sizeof(text)), rows[i].good);
        rp_expect_text(row, text, rows[i].good ? "[+]guard ok\n" : "[-]guard failed: the rescue thread stands still\n");
    }
    rp_scene_drop(&scene);
}

static void ready_but_degraded(void **state)
{
    (void)state;
    struct rp_scene scene;
    char text[1024];
    rp_shown_make(&scene);
    assert_true(ask(rp_readyz_write, scene.arena, NOW_NS, text, sizeof(text)));
    assert_string_equal(text, "[+]guard ok\n"
                              "[+]node ok\n"
                              "[~]mode degraded: asked for by an operator\n"
                              "[~]psi degraded: the kernel has no PSI (psi=1)\n"
                              "[~]hands degraded: at least one was abandoned in a call that did not return\n"
                              "[~]senses degraded: no wake-up on memory pressure\n"
                              "[~]bpf:near_oom degraded: memory.events at the next look\n"
                              "[+]source:pods ok\n"
                              "[~]source:stats-summary degraded: HTTP status 403\n");
    rp_scene_drop(&scene);
}

static void all_is_well(void **state)
{
    (void)state;
    struct rp_scene scene;
    char text[1024];
    rp_shown_make(&scene);
    struct rp_arena *arena = scene.arena;
    arena->agent.mode = arena->policy.mode;
    arena->agent.psi = true;
    arena->agent.hands_lost = 0;
    arena->agent.hooks[1].state = RP_HOOK_ATTACHED;
    arena->agent.complaints_n = 0;
    arena->node.sources[RP_SOURCE_SUMMARY].configured = false;
    rp_shown_text(arena->node.sources[RP_SOURCE_PODS].error, sizeof(arena->node.sources[0].error), "a/b: spec: is odd");
    assert_true(ask(rp_readyz_write, arena, NOW_NS, text, sizeof(text)));
    assert_string_equal(text, "[+]guard ok\n"
                              "[+]node ok\n"
                              "[+]mode ok\n"
                              "[+]psi ok\n"
                              "[+]hands ok\n"
                              "[+]senses ok\n"
                              "[+]bpf ok\n"
                              "[+]source:pods ok: a/b: spec: is odd\n");
    rp_scene_drop(&scene);
}

static void not_ready(void **state)
{
    (void)state;
    struct rp_scene scene;
    char text[1024];
    rp_shown_make(&scene);
    assert_false(ask(rp_readyz_write, NULL, NOW_NS, text, sizeof(text)));
    assert_string_equal(text, "[-]guard failed: its state cannot be read\n");
    assert_false(ask(rp_livez_write, NULL, NOW_NS, text, sizeof(text)));
    assert_string_equal(text, "[-]guard failed: its state cannot be read\n");
    scene.arena->node.now.known = 0;
    assert_false(ask(rp_readyz_write, scene.arena, NOW_NS, text, sizeof(text)));
    assert_non_null(strstr(text, "[-]node failed: /proc/meminfo cannot be read\n"));
    scene.arena->node.now.known = RP_NODE_MEM_TOTAL;
    assert_false(ask(rp_readyz_write, scene.arena, NOW_NS + 60 * RP_NS_PER_S, text, sizeof(text)));
    assert_non_null(strstr(text, "[-]guard failed: the rescue thread stands still\n[+]node ok\n"));
    rp_scene_drop(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alive),
        cmocka_unit_test(ready_but_degraded),
        cmocka_unit_test(all_is_well),
        cmocka_unit_test(not_ready),
    };
    return RP_RUN(tests);
}
