// SPDX-License-Identifier: Apache-2.0
/* Words: every value of every enumeration has one of its own, and nothing else has; events read like sentences. */
#include "core/view/words.h"
#include "shown.h"

#include <errno.h>

struct words {
    const char *name;
    const char *(*word)(unsigned int value);
    unsigned int first, n;
};

static const struct words enumerations[] = {
    {"danger", rp_danger_word, 0, RP_DANGER_MAX},
    {"forecast", rp_forecast_word, 0, RP_FORECAST_CROSSED + 1},
    {"phase", rp_phase_word, 0, RP_PHASE_ACT + 1},
    {"mode", rp_mode_word, 0, RP_MODE_ENFORCE + 1},
    {"outcome", rp_outcome_word, 0, RP_OUTCOME_TIMED_OUT + 1},
    {"checkpoint", rp_checkpoint_word, 0, RP_CHECKPOINT_TIMED_OUT + 1},
    {"qos", rp_qos_word, 0, RP_QOS_BEST_EFFORT + 1},
    {"source", rp_source_word, 0, RP_SOURCE_MAX},
    {"warning", rp_warning_word, 0, RP_WARNING_MAX},
    {"role", rp_role_word, 0, RP_FILESYSTEMS_MAX},
    {"hook", rp_hook_word, 0, RP_HOOK_SPARE + 1},
    {"unit", rp_unit_word, 0, RP_UNIT_MAX},
    {"condition", rp_condition_word, 0, RP_CONDITION_MAX},
    {"layout", rp_layout_word, 0, RP_LAYOUT_SPLIT + 1},
    {"excess", rp_excess_word, 0, RP_EXCESS_MAX},
};

/* A word may stand in a label, a JSON key, a shell script. */
static bool is_word(const char *word)
{
    return word[0] && strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-") == strlen(word);
}

static void every_value_has_a_word(void **state)
{
    (void)state;
    for (size_t e = 0; e < RP_ROWS(enumerations); e++) {
        const struct words *words = &enumerations[e];
        for (unsigned int i = words->first; i < words->n; i++) {
            if (!is_word(words->word(i)))
                rp_expect_text(words->name, words->word(i), "a word");
            for (unsigned int k = words->first; k < i; k++)
                assert_string_not_equal(words->word(i), words->word(k));
        }
        const unsigned int beyond[] = {words->n, words->n + 1, 254, UINT32_MAX};
        for (size_t i = 0; i < RP_ROWS(beyond); i++)
            rp_expect_text(words->name, words->word(beyond[i]), "?");
    }
    assert_string_equal(rp_danger_word(RP_DANGER_NONE), "none");
    for (unsigned int k = 0; k < RP_ACTION_MAX; k++)
        assert_true(is_word(rp_action_info((enum rp_action_kind)k)->word));
}

/* ---- events */

static void events_are_sentences(void **state)
{
    (void)state;
    static const struct {
        struct rp_log_entry entry;
        const char *text;
    } rows[] = {
        {{.kind = RP_LOG_PHASE, .a = RP_PHASE_CALM, .b = RP_DANGER_NONE, .value = -1}, "phase calm"},
        {{.kind = RP_LOG_PHASE, .a = RP_PHASE_ACT, .b = RP_DANGER_NODE_OOM, .value = -1}, "phase act: node-oom"},
        {{.kind = RP_LOG_PHASE, .a = RP_PHASE_WATCH, .b = RP_DANGER_KUBELET_MEMORY, .value = 42000000000},
         "phase watch: memory.available, crossing in 42 s"},
        {{.kind = RP_LOG_ACTION, .a = RP_ACTION_FREEZE, .b = RP_OUTCOME_DONE, .c = RP_REASON_NONE, .pod = "p"},
         "freeze p: done"},
        {{.kind = RP_LOG_ACTION,
          .a = RP_ACTION_KILL,
          .b = RP_OUTCOME_REFUSED,
          .c = RP_REASON_E3_VICTIM_BUDGET,
          .pod = "p"},
         "kill p: refused, the number of victims per window is used up"},
        {{.kind = RP_LOG_OOM, .a = 1}, "the kernel starts an OOM kill"},
        {{.kind = RP_LOG_OOM, .a = 2, .value = 7, .pod = "p"}, "the kernel chose an OOM victim in p, pid 7"},
        {{.kind = RP_LOG_OOM, .a = 3, .value = 7}, "the kernel kills a process, pid 7"},
        {{.kind = RP_LOG_OOM_RANK, .a = RP_OOM_NODE, .b = 1, .c = 1, .pod = "p"},
         "the kernel's choice at the node's memory, p, was expected"},
        {{.kind = RP_LOG_OOM_RANK, .a = RP_OOM_PODS, .b = 2, .c = 3, .pod = "p"},
         "the kernel's choice at the limit of all pods, p, was one of 3 that were expected"},
        {{.kind = RP_LOG_OOM_RANK, .a = RP_OOM_OWN, .b = 5, .c = 0, .pod = "p"},
         "the kernel's choice at its own limit, p, was not expected: rank 5"},
        {{.kind = RP_LOG_OOM_RANK, .a = RP_OOM_NODE},
         "the kernel's choice at the node's memory, a process outside of the pods, was not among the candidates"},
        {{.kind = RP_LOG_OOM_RANK, .a = 99, .b = 1, .c = 1, .pod = "p"}, "the kernel's choice at ?, p, was expected"},
        {{.kind = RP_LOG_CHECKPOINT, .a = RP_CHECKPOINT_REQUESTED, .pod = "p"}, "checkpoint of p: requested"},
        {{.kind = RP_LOG_CHECKPOINT, .a = RP_CHECKPOINT_ACKED, .value = 3000000000, .pod = "p"},
         "checkpoint of p: acked after 3.0 s"},
        {{.kind = RP_LOG_CHECKPOINT, .a = RP_CHECKPOINT_FAILED, .c = RP_REASON_E7_NO_HANDLER, .pod = "p"},
         "checkpoint of p: failed, the process does not handle the declared signal"},
        {{.kind = RP_LOG_MODE, .a = RP_MODE_ENFORCE}, "mode enforce"},
        {{.kind = RP_LOG_MODE, .a = RP_MODE_OBSERVE, .c = RP_REASON_OPERATOR},
         "mode observe, asked for by an operator"},
        {{.kind = RP_LOG_MODE, .a = RP_MODE_OBSERVE, .c = RP_REASON_CRASH},
         "mode observe, the guard died; the supervisor cleaned up"},
        {{.kind = RP_LOG_LOST, .value = 17}, "17 kernel events lost"},
        {{.kind = RP_LOG_PODS, .a = 1, .pod = "p"}, "pod p appeared"},
        {{.kind = RP_LOG_PODS, .a = 2, .pod = "p"}, "pod p is gone"},
        {{.kind = RP_LOG_PODS, .a = 3, .pod = "p"}, "pod p asks for protection beyond the budget"},
        {{.kind = RP_LOG_SOURCE, .a = RP_SOURCE_CONFIGZ, .b = true}, "source configz works"},
        {{.kind = RP_LOG_SOURCE, .a = RP_SOURCE_SUMMARY, .b = false}, "source stats-summary failed"},
        {{.kind = RP_LOG_POLICY}, "configuration reloaded"},
        {{.kind = RP_LOG_PIDS, .a = RP_CGROUP_POD, .value = 100, .pod = "p"},
         "fork refused in p by its own pids.max of 100"},
        {{.kind = RP_LOG_PIDS, .a = RP_CGROUP_CONTAINER, .pod = "p"}, "fork refused in p by its container's pids.max"},
        {{.kind = RP_LOG_PIDS, .a = RP_CGROUP_PODS_ROOT, .value = 9, .pod = "p"},
         "fork refused in p by a pids.max above it of 9"},
        {{.kind = RP_LOG_FORK, .a = EAGAIN, .pod = "p"}, "fork failed in p: the node allows no more tasks"},
        {{.kind = RP_LOG_FORK, .a = ENOMEM, .pod = "p"}, "fork failed in p: the node has no memory for it"},
        {{.kind = RP_LOG_FORK, .pod = "p"}, "fork failed in p: the node is short of something"},
        {{.kind = RP_LOG_SPACE, .a = RP_FS_NODEFS | RP_FS_LOGS, .pod = "p"},
         "no space for a write of p on nodefs, logs"},
        {{.kind = RP_LOG_SPACE, .pod = "p"}, "no space for a write of p"},
        {{.kind = RP_LOG_HARDWARE, .a = RP_HARDWARE_BLOCK_ERROR}, "hardware: a request to a block device failed"},
        {{.kind = RP_LOG_HARDWARE, .a = RP_WARNING_EDAC_UNCORRECTED},
         "hardware: a memory controller counts an uncorrected error"},
        {{.kind = RP_LOG_HARDWARE, .a = RP_WARNING_MAX}, "hardware: ?"},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        char text[400];
        rp_log_text(&rows[i].entry, text, sizeof(text));
        rp_expect_text(rows[i].text, text, rows[i].text);
    }
}

/* Of a damaged recording, or of a newer version: no crash, and no terminal is harmed. */
static void any_entry_can_be_shown(void **state)
{
    (void)state;
    for (unsigned int kind = 0; kind < 256; kind++) {
        struct rp_log_entry entry;
        char text[400], small[16];
        memset(&entry, (int)(kind * 7 % 255 + 1), sizeof(entry));
        entry.kind = (uint8_t)kind;
        entry.pod[sizeof(entry.pod) - 1] = '\0';
        memset(text, 'x', sizeof(text));
        rp_log_text(&entry, text, sizeof(text));
        assert_non_null(memchr(text, '\0', sizeof(text)));
        assert_true(text[0] != '\0');
        for (const char *c = text; *c; c++)
            assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
        rp_log_text(&entry, small, sizeof(small));
        assert_true(strlen(small) < sizeof(small));
        if (kind == RP_LOG_NONE || kind >= RP_LOG_KINDS)
            assert_string_equal(text, "?");
    }
}

static void names_are_cleaned(void **state)
{
    (void)state;
    static const struct {
        const char *namespace_, *name, *uid, *label;
    } rows[] = {
        {"ns", "p", "u", "ns/p"},
        {"", "workload", "", "workload"},
        {"ns", "", "1234", "ns/1234"},
        {"", "", "", ""},
        {"\x1b[31m", "a\nb", "u", "?[31m/a?b"},
        {"", "\xff\xfe", "u", "??"},
        {"",
         "\xc2\x9b"
         "2J",
         "u", "??2J"},
        {"", "gr\xc3\xbc\xc3\x9f", "u", "gr\xc3\xbc\xc3\x9f"},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_pod pod = {0};
        char label[RP_NS_MAX + RP_POD_NAME_MAX + 1];
        rp_shown_text(pod.namespace_, sizeof(pod.namespace_), rows[i].namespace_);
        rp_shown_text(pod.name, sizeof(pod.name), rows[i].name);
        rp_shown_text(pod.uid, sizeof(pod.uid), rows[i].uid);
        rp_pod_label(&pod, label, sizeof(label));
        rp_expect_text(rows[i].label, label, rows[i].label);
        struct rp_log_entry entry = {.kind = RP_LOG_PODS, .a = 1};
        char text[400], want[400];
        rp_shown_text(entry.pod, sizeof(entry.pod), rows[i].name);
        rp_log_text(&entry, text, sizeof(text));
        const char *clean = strrchr(rows[i].label, '/') ? strrchr(rows[i].label, '/') + 1 : rows[i].label;
        (void)snprintf(want, sizeof(want), "pod %s appeared", rows[i].name[0] ? clean : "");
        rp_expect_text(rows[i].label, text, want);
    }
}

/* ---- what is missing, and the headline */

static void what_is_missing(void **state)
{
    (void)state;
    static const struct {
        uint32_t bits;
        const char *text;
    } rows[] = {
        {0, ""},
        {RP_MISSING_READING, "the signal cannot be read"},
        {RP_MISSING_HISTORY, "too few readings yet"},
        {RP_MISSING_THRESHOLD, "no threshold is configured"},
        {RP_MISSING_FACTS, "pod facts are unknown"},
        {RP_MISSING_FRESH, "the last reading is old"},
        {RP_MISSING_HISTORY | RP_MISSING_FACTS, "too few readings yet, pod facts are unknown"},
        {UINT32_C(0x80000000), ""},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        char text[200];
        rp_missing_text(rows[i].bits, text, sizeof(text));
        rp_expect_text(rows[i].text, text, rows[i].text);
    }
    char all[160];
    rp_missing_text(UINT32_MAX, all, sizeof(all));
    assert_true(strlen(all) < sizeof(all) - 1); /* callers' arrays hold every sentence at once */
}

static void the_headline(void **state)
{
    (void)state;
    struct rp_scene scene;
    char text[256];
    rp_shown_make(&scene);
    struct rp_forecast *kubelet = &scene.arena->forecasts[RP_DANGER_KUBELET_MEMORY],
                       *oom = &scene.arena->forecasts[RP_DANGER_NODE_OOM];
    rp_headline(scene.arena, text, sizeof(text));
    assert_string_equal(text, "evicts in about 21 s (16 s - 25 s), 95 % within 60 s, memory.available");
    kubelet->state = RP_FORECAST_CROSSED;
    rp_headline(scene.arena, text, sizeof(text));
    assert_string_equal(text, "over the threshold: the next look evicts, memory.available");
    scene.arena->ladder.danger = RP_DANGER_NODE_OOM;
    *oom = (struct rp_forecast){.state = RP_FORECAST_CROSSING,
                                .early_ns = RP_NS_PER_S,
                                .median_ns = 90 * RP_NS_PER_S,
                                .late_ns = RP_NS_FOREVER,
                                .within_60s_permille = 4};
    rp_headline(scene.arena, text, sizeof(text));
    assert_string_equal(text, "kernel OOM in about 1 min 30 s (1.0 s - never), 0 % within 60 s, node-oom");
    oom->state = RP_FORECAST_CROSSED;
    rp_headline(scene.arena, text, sizeof(text));
    assert_string_equal(text, "the kernel is out of memory now, node-oom");
    /* in calm the earliest crossing leads, else the kubelet's signal */
    scene.arena->ladder.danger = RP_DANGER_NONE;
    kubelet->state = RP_FORECAST_CALM;
    kubelet->median_ns = RP_NS_FOREVER;
    oom->state = RP_FORECAST_CROSSING;
    rp_headline(scene.arena, text, sizeof(text));
    assert_int_equal(strncmp(text, "kernel OOM in about 1 min 30 s", 30), 0);
    oom->state = RP_FORECAST_CALM;
    rp_headline(scene.arena, text, sizeof(text));
    assert_string_equal(text, "calm: no eviction foreseen");
    kubelet->state = RP_FORECAST_ABSTAIN;
    kubelet->missing = RP_MISSING_HISTORY;
    rp_headline(scene.arena, text, sizeof(text));
    assert_string_equal(text, "no forecast: too few readings yet");
    for (size_t size = 1; size < 40; size++) { /* any array is enough */
        memset(text, 'x', sizeof(text));
        rp_headline(scene.arena, text, size);
        assert_true(strlen(text) < size);
    }
    rp_scene_drop(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_has_a_word), cmocka_unit_test(events_are_sentences),
        cmocka_unit_test(any_entry_can_be_shown), cmocka_unit_test(names_are_cleaned),
        cmocka_unit_test(what_is_missing),        cmocka_unit_test(the_headline),
    };
    return RP_RUN(tests);
}
