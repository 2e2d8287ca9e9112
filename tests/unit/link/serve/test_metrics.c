// SPDX-License-Identifier: Apache-2.0
/* The metrics of an incident: right numbers, and a text that every scraper takes, whatever pods are called. */
#include <math.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exposition.h"
#include "link/serve/metrics.h"
#include "unit/core/view/shown.h"

/* clang-format off */
enum {
    FAMILIES_N = 0
#define RP_METRIC(id, name, type, help) +1
#include "reprieve/tbl/metrics.h"
#undef RP_METRIC
};
/* clang-format on */

#define NOW_NS (RP_SHOWN_T_NS + RP_NS_PER_S)

static char *metrics(struct rp_arena *arena)
{
    struct evbuffer *out = evbuffer_new();
    rp_metrics_write(out, arena, NOW_NS);
    const size_t len = evbuffer_get_length(out);
    char *text = malloc(len + 1);
    assert_int_equal(evbuffer_remove(out, text, len), (int)len);
    text[len] = '\0';
    assert_int_equal(strlen(text), len);
    evbuffer_free(out);
    return text;
}

static void read_metrics(struct rp_arena *arena, struct rp_exposition *found)
{
    char *text = metrics(arena);
    rp_exposition_read(found, text);
    free(text);
    assert_int_equal(found->families, FAMILIES_N);
}

#define POD(name) "{namespace=\"team\",pod=\"" name "\",id=\""

static int64_t ten_thousandths(double x)
{
    return (int64_t)(x * 1e4 + 0.5);
}

static void of_an_incident(void **state)
{
    (void)state;
    static const struct {
        const char *series;
        double value;
    } rows[] = {
        {"reprieve_build_info{version=\"v0.1\",kernel=\"6.1.0-test\"}", 1},
        {"reprieve_mode_info{mode=\"observe\"}", 1},
        {"reprieve_phase_info{phase=\"act\"}", 1},
        {"reprieve_node_available_bytes{danger=\"memory.available\"}", 838860800},
        {"reprieve_node_threshold_bytes{danger=\"memory.available\"}", 104857600},
        {"reprieve_node_growth_bytes_per_second{danger=\"memory.available\"}", 45088768},
        {"reprieve_node_time_to_crossing_seconds{danger=\"memory.available\"}", 21},
        {"reprieve_node_time_to_crossing_seconds_lower{danger=\"memory.available\"}", 16.8},
        {"reprieve_node_time_to_crossing_seconds_upper{danger=\"memory.available\"}", 25.2},
        {"reprieve_node_crossing_probability_ratio{danger=\"memory.available\",horizon=\"10s\"}", 0},
        {"reprieve_node_crossing_probability_ratio{danger=\"memory.available\",horizon=\"60s\"}", 0.95},
        {"reprieve_node_crossing_probability_ratio{danger=\"memory.available\",horizon=\"5m\"}", 0.95},
        {"reprieve_node_forecast_abstains{danger=\"memory.available\"}", 0},
        {"reprieve_node_forecast_abstains{danger=\"node-oom\"}", 1},
        {"reprieve_actions{action=\"brace\"}", 1},
        {"reprieve_actions{action=\"freeze\"}", 0},
        {"reprieve_changes_undone_total", 5},
        {"reprieve_changes_left_alone_total", 1},
        {"reprieve_node_oom_kills_total", 3},
        {"reprieve_pods{state=\"known\"}", 2},
        {"reprieve_pods{state=\"unknown\"}", 1},
        {"reprieve_pods{state=\"protected\"}", 1},
        {"reprieve_source_up{source=\"pods\"}", 1},
        {"reprieve_source_up{source=\"stats-summary\"}", 0},
        {"reprieve_bpf_program_attached{program=\"reclaim_begin\"}", 1},
        {"reprieve_bpf_program_attached{program=\"near_oom\"}", 0},
        {"reprieve_bpf_program_skipped_runs_total{program=\"reclaim_begin\"}", 7},
        {"reprieve_bpf_events_lost_total{cause=\"event\"}", 7},
        {"reprieve_ticks_total", 4000},
        {"reprieve_late_ticks_total", 2},
        {"reprieve_tick_duration_seconds_max", 0.0015},
        {"reprieve_hands_lost_total", 1},
        {"reprieve_table_overflow_total{table=\"pods\"}", 0},
        {"reprieve_heartbeat_timestamp_seconds", 1795428500},
    };
    struct rp_scene scene;
    struct rp_exposition found;
    rp_shown_make(&scene);
    read_metrics(scene.arena, &found);
    for (size_t i = 0; i < RP_ROWS(rows); i++)
        rp_expect_i64(rows[i].series, ten_thousandths(rp_exposition_value(&found, rows[i].series)),
                      ten_thousandths(rows[i].value));
    /* a forecast that abstains says nothing of the future, a signal that cannot be read nothing at all */
    assert_false(rp_exposition_has(&found, "reprieve_node_time_to_crossing_seconds{danger=\"node-oom\"}"));
    assert_false(rp_exposition_has(&found, "reprieve_node_available_bytes{danger=\"allocatableMemory.available\"}"));
    assert_false(rp_exposition_has(&found, "reprieve_source_up{source=\"configz\"}"));
    rp_exposition_drop(&found);
    rp_scene_drop(&scene);
}

static void of_the_kernels_choices(void **state)
{
    (void)state;
    static const struct {
        const char *series;
        double value;
    } rows[] = {
        {"reprieve_oom_choices_total{wall=\"own-limit\",expected=\"first\"}", 6},
        {"reprieve_oom_choices_total{wall=\"own-limit\",expected=\"among\"}", 2},
        {"reprieve_oom_choices_total{wall=\"own-limit\",expected=\"other\"}", 1},
        {"reprieve_oom_choices_total{wall=\"own-limit\",expected=\"none\"}", 1},
        {"reprieve_oom_choices_total{wall=\"node\",expected=\"first\"}", 0},
    };
    struct rp_scene scene;
    rp_shown_make(&scene);
    struct rp_exposition found;
    read_metrics(scene.arena, &found);
    for (size_t i = 0; i < RP_ROWS(rows); i++)
        rp_expect_i64(rows[i].series, ten_thousandths(rp_exposition_value(&found, rows[i].series)),
                      ten_thousandths(rows[i].value));
    rp_exposition_drop(&found);
    char *text = metrics(scene.arena);
    assert_non_null(strstr(text, "reprieve_pod_oom_points_ratio{wall=\"node\",namespace=\"team\",pod=\"batch-7f9c\""));
    assert_non_null(strstr(text, "\"} 1.25\n"));
    assert_non_null(strstr(text, "reprieve_pod_own_limit_bytes" POD("batch-7f9c")));
    assert_non_null(strstr(text, "reprieve_pod_own_limit_time_to_crossing_seconds" POD("batch-7f9c")));
    assert_null(strstr(text, "reprieve_pod_own_limit_bytes" POD("assembly-0"))); /* it has none */
    free(text);
    scene.arena->pods.used = RP_SHOWN_BATCH + 1;
    rp_scene_at(&scene, RP_SHOWN_BATCH)->own_limit.forecast.state = RP_FORECAST_ABSTAIN;
    text = metrics(scene.arena);
    assert_null(strstr(text, "reprieve_pod_own_limit_time_to_crossing_seconds" POD("batch-7f9c")));
    free(text);
    rp_scene_drop(&scene);
}

static void of_disks_tasks_and_hardware(void **state)
{
    (void)state;
    static const struct {
        const char *series;
        double value;
    } rows[] = {
        {"reprieve_filesystem_available_bytes{role=\"nodefs\"}", 21474836480},
        {"reprieve_filesystem_available_bytes{role=\"imagefs\"}", 21474836480},
        {"reprieve_filesystem_size_bytes{role=\"logs\"}", 1073741824},
        {"reprieve_filesystem_inodes_free{role=\"nodefs\"}", 5000000},
        {"reprieve_filesystem_growth_bytes_per_second{role=\"nodefs\"}", 31457280},
        {"reprieve_filesystem_growth_inodes_per_second{role=\"nodefs\"}", 12},
        {"reprieve_filesystem_fall_bytes_per_second{role=\"nodefs\"}", 33554432},
        {"reprieve_node_tasks", 30000},
        {"reprieve_node_tasks_available", 2768},
        {"reprieve_node_tasks_max", 32768},
        {"reprieve_node_tasks_running", 7},
        {"reprieve_node_fork_failures_total", 5},
        {"reprieve_node_io_stall_ratio", 0.25},
        {"reprieve_node_io_stall_full_ratio", 0.1},
        {"reprieve_hardware_errors_total{kind=\"page-lost\"}", 2},
        {"reprieve_hardware_errors_total{kind=\"block-error\"}", 0},
    };
    /* not known: no inodes, no counts, one look only, no memory controller that counts */
    static const char *const absent[] = {"reprieve_filesystem_inodes_free{role=\"logs\"}",
                                         "reprieve_filesystem_growth_bytes_per_second{role=\"logs\"}",
                                         "reprieve_filesystem_fall_bytes_per_second{role=\"logs\"}",
                                         "reprieve_filesystem_size_bytes{role=\"containerfs\"}",
                                         "reprieve_hardware_errors_total{kind=\"edac-corrected\"}",
                                         "reprieve_pod_log_bytes" POD("batch-7f9c"),
                                         "reprieve_pod_tasks" POD("assembly-0")};
    static const char *const present[] = {"reprieve_pod_tasks" POD("batch-7f9c"),
                                          "reprieve_pod_forks_per_second" POD("batch-7f9c"),
                                          "reprieve_pod_disk_growth_bytes_per_second" POD("batch-7f9c"),
                                          "reprieve_pod_block_write_bytes_per_second" POD("batch-7f9c"),
                                          "reprieve_pod_log_bytes" POD("assembly-0"),
                                          "reprieve_pod_deleted_open_bytes" POD("batch-7f9c")};
    struct rp_scene scene;
    struct rp_exposition found;
    rp_shown_make(&scene);
    read_metrics(scene.arena, &found);
    for (size_t i = 0; i < RP_ROWS(rows); i++)
        rp_expect_i64(rows[i].series, ten_thousandths(rp_exposition_value(&found, rows[i].series)),
                      ten_thousandths(rows[i].value));
    for (size_t i = 0; i < RP_ROWS(absent); i++)
        rp_expect_i64(absent[i], rp_exposition_has(&found, absent[i]), false);
    for (size_t i = 0; i < RP_ROWS(present); i++)
        rp_expect_i64(present[i], rp_exposition_has(&found, present[i]), true);
    rp_exposition_drop(&found);
    rp_scene_drop(&scene);
}

/* Of many pods that nothing else makes worth showing, the five that write fastest; of equal ones not one more. */
static void five_writers_at_most(void **state)
{
    (void)state;
    struct rp_scene scene;
    struct rp_exposition found;
    rp_shown_make(&scene);
    for (int i = 0; i < 20; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "writer-%d", i);
        struct rp_pod *pod = rp_scene_at(&scene, rp_scene_pod(&scene, &(struct rp_scene_pod){.name = name}));
        rp_shown_text(pod->namespace_, sizeof(pod->namespace_), "team");
        pod->activity.disk[2].allocated_bytes.per_s = i < 12 ? (100 + i / 3) * RP_MIB : 0;
    }
    read_metrics(scene.arena, &found);
    for (int i = 0; i < 20; i++) {
        char series[128];
        (void)snprintf(series, sizeof(series),
                       "reprieve_pod_disk_growth_bytes_per_second{namespace=\"team\",pod=\"writer-%d\"", i);
        rp_expect_i64(series, rp_exposition_has(&found, series), i >= 6 && i < 12 && i != 8);
    }
    rp_exposition_drop(&found);
    rp_scene_drop(&scene);
}

static void of_pods(void **state)
{
    (void)state;
    struct rp_scene scene;
    struct rp_exposition found;
    rp_shown_make(&scene);
    const char *uid = rp_scene_at(&scene, RP_SHOWN_ASSEMBLY)->uid;
    const struct {
        const char *name;
        double value;
    } rows[] = {
        {"pod_working_set_bytes", 1500 * 1048576.0}, {"pod_eviction_rank", 1},       {"checkpoint_requests_total", 2},
        {"checkpoint_acknowledged_total", 1},        {"checkpoint_failed_total", 1}, {"checkpoint_age_seconds", 43},
        {"checkpoint_duration_seconds", 20},
    };
    read_metrics(scene.arena, &found);
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        char series[256];
        (void)snprintf(series, sizeof(series), "reprieve_%s" POD("assembly-0") "%s\"}", rows[i].name, uid);
        rp_expect_i64(series, ten_thousandths(rp_exposition_value(&found, series)), ten_thousandths(rows[i].value));
    }
    assert_true(rp_exposition_has(&found, "reprieve_pod_eviction_rank" POD("batch-7f9c")));
    assert_false(rp_exposition_has(&found, "reprieve_checkpoint_requests_total" POD("batch-7f9c")));
    assert_false(
        rp_exposition_has(&found, "reprieve_pod_working_set_bytes{namespace=\"\"")); /* neither protected nor near */
    rp_exposition_drop(&found);
    rp_scene_drop(&scene);
}

static void nothing_foreseen_is_infinite(void **state)
{
    (void)state;
    struct rp_scene scene;
    struct rp_exposition found;
    rp_shown_make(&scene);
    rp_scene_forecast(&scene, 2000, -3, -1);
    read_metrics(scene.arena, &found);
    assert_true(
        isinf(rp_exposition_value(&found, "reprieve_node_time_to_crossing_seconds{danger=\"memory.available\"}")));
    rp_exposition_drop(&found);
    rp_scene_drop(&scene);
}

/* Two pods of one name (a StatefulSet replaces one), two cgroups of one rule, names with anything in them. */
static void names_that_hurt(void **state)
{
    (void)state;
    static const char *const names[] = {
        "same", "same", "a\"b\\c\nd", "\xff\xfe\x80", "\x1b[2J\xc2\x9b", "", "gr\xc3\xbc\xc3\x9f"};
    struct rp_scene scene;
    struct rp_exposition found;
    rp_scene_make(&scene);
    for (size_t i = 0; i < RP_ROWS(names); i++) {
        const uint32_t index = rp_scene_pod(&scene, &(struct rp_scene_pod){.name = names[i], .protected_ = true});
        struct rp_pod *pod = rp_scene_at(&scene, index);
        pod->contract.trigger = RP_TRIGGER_SIGNAL;
        if (i < 2 || i == 5) { /* of rules: no UID, told apart by their cgroups */
            pod->uid[0] = '\0';
            pod->from_rule = true;
        }
        rp_shown_text(pod->namespace_, sizeof(pod->namespace_), i == 3 ? "\xc0\xaf" : "");
    }
    rp_shown_text(scene.arena->agent.version, sizeof(scene.arena->agent.version), "v\"\n\xff");
    read_metrics(scene.arena, &found);
    assert_true(
        rp_exposition_has(&found, "reprieve_pod_working_set_bytes{namespace=\"\",pod=\"same\",id=\"kubepods.slice/"));
    assert_true(rp_exposition_has(&found, "reprieve_pod_working_set_bytes{namespace=\"\",pod=\"a\\\"b\\\\c?d\",id=\""));
    assert_true(rp_exposition_has(&found, "reprieve_pod_working_set_bytes{namespace=\"??\",pod=\"???\",id=\""));
    assert_true(
        rp_exposition_has(&found, "reprieve_pod_working_set_bytes{namespace=\"\",pod=\"gr\xc3\xbc\xc3\x9f\",id=\""));
    rp_exposition_drop(&found);
    rp_scene_drop(&scene);
}

/* The longest of everything that an arena can hold. */
static void names_of_full_length(void **state)
{
    (void)state;
    struct rp_scene scene;
    struct rp_exposition found;
    rp_scene_make(&scene);
    const uint32_t index = rp_scene_pod(&scene, &(struct rp_scene_pod){.name = "x", .protected_ = true});
    struct rp_pod *pod = rp_scene_at(&scene, index);
    struct rp_cgroup *slice = rp_scene_slice(&scene, index);
    struct rp_agent *agent = &scene.arena->agent;
    memset(pod->namespace_, '"', sizeof(pod->namespace_) - 1);
    memset(pod->name, '\\', sizeof(pod->name) - 1);
    memset(slice->path, '"', sizeof(slice->path) - 1);
    memset(agent->version, '"', sizeof(agent->version) - 1);
    memset(agent->kernel, '"', sizeof(agent->kernel) - 1);
    memset(agent->hooks[0].program, '"', sizeof(agent->hooks[0].program) - 1);
    agent->hooks_n = 1;
    pod->uid[0] = '\0';
    read_metrics(scene.arena, &found);
    assert_true(rp_exposition_has(&found, "reprieve_pod_working_set_bytes{namespace=\"\\\"\\\""));
    rp_exposition_drop(&found);
    rp_scene_drop(&scene);
}

/* ---- promtool, the format's own judge */

static int promtool(const char *text, char *said, size_t size)
{
    int in[2], out[2], status;
    assert_int_equal(pipe(in) | pipe(out), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        (void)dup2(in[0], STDIN_FILENO);
        (void)dup2(out[1], STDOUT_FILENO);
        (void)dup2(out[1], STDERR_FILENO);
        (void)close_range(3, UINT32_MAX, 0);
        (void)execlp("promtool", "promtool", "check", "metrics", (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    const size_t len = strlen(text);
    for (size_t n = 0; n < len;) {
        const ssize_t wrote = write(in[1], text + n, len - n);
        if (wrote <= 0)
            break; /* it is not there; the exit code says so */
        n += (size_t)wrote;
    }
    close(in[1]);
    size_t have = 0;
    for (ssize_t n = 1; n > 0 && have < size - 1; have += (size_t)(n > 0 ? n : 0))
        n = read(out[0], said + have, size - 1 - have);
    said[have] = '\0';
    close(out[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void promtool_has_nothing_to_say(void **state)
{
    (void)state;
    struct rp_scene scene;
    char said[4096];
    rp_shown_make(&scene);
    char *text = metrics(scene.arena);
    (void)signal(SIGPIPE, SIG_IGN);
    const int code = promtool(text, said, sizeof(said));
    free(text);
    rp_scene_drop(&scene);
    if (code == 127) {
        print_message("SKIP: promtool is not installed (Debian package prometheus)\n");
        skip();
    }
    rp_expect_text("promtool check metrics", said, "");
    assert_int_equal(code, 0);
    assert_int_not_equal(promtool("x{\n", said, sizeof(said)), 0); /* it does judge */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_an_incident),
        cmocka_unit_test(of_pods),
        cmocka_unit_test(of_the_kernels_choices),
        cmocka_unit_test(of_disks_tasks_and_hardware),
        cmocka_unit_test(five_writers_at_most),
        cmocka_unit_test(nothing_foreseen_is_infinite),
        cmocka_unit_test(names_that_hurt),
        cmocka_unit_test(names_of_full_length),
        cmocka_unit_test(promtool_has_nothing_to_say),
    };
    return RP_RUN(tests);
}
