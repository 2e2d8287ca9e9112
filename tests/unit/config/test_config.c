// SPDX-License-Identifier: Apache-2.0
/* What a good file means. */
#include "config/config.h"

#include <stdio.h>
#include <stdlib.h>

#include "config/schema.h"
#include "harness/harness.h"

#define SAMPLE "deploy/reprieve.yaml"

static struct rp_config_errors errors;
static struct rp_policy policy, defaults;

static void parse(const char *text)
{
    const int r = rp_config_parse(text, strlen(text), "-", &policy, &errors);
    if (r < 0)
        print_error("%u:%u: %s: %s\n", errors.list[0].line, errors.list[0].column, errors.list[0].field,
                    errors.list[0].text);
    rp_expect_i64(text, r, 0);
    rp_expect_u64(text, errors.n, 0);
}

static void expect_defaults(const char *row)
{
    rp_policy_init(&defaults);
    rp_expect_i64(row, memcmp(&policy, &defaults, sizeof(policy)), 0);
}

static void nothing_means_defaults(void **state)
{
    static const char *const texts[] = {"",
                                        "\n\n",
                                        "# only a comment\n",
                                        "---\n",
                                        "---\n...\n",
                                        "{}",
                                        "~",
                                        "\xef\xbb\xbf",
                                        "\xef\xbb\xbfversion: 1\n",
                                        "act:\nkubelet:\nworkloads:\n",
                                        "act: {}\nkubelet: {}\n",
                                        "workloads: []\n",
                                        "version: 1\r\nmode: observe\r\n",
                                        "%YAML 1.1\n---\nversion: '1'\n"};
    (void)state;
    for (size_t i = 0; i < RP_ROWS(texts); i++) {
        parse(texts[i]);
        expect_defaults(texts[i]);
    }
}

static void sample_equals_the_defaults(void **state)
{
    (void)state;
    assert_int_equal(rp_config_load(SAMPLE, &policy, &errors), 0);
    expect_defaults(SAMPLE);
}

/* The sample with the settings that it leaves out: what `sed 's/^#  /  /'` makes of it. */
static char *uncommented_sample(size_t *ret_len)
{
    size_t len = 0;
    char *const text = rp_fixture(SAMPLE, &len);
    for (size_t i = 0; i + 2 < len; i++) {
        if ((i == 0 || text[i - 1] == '\n') && memcmp(text + i, "#  ", 3) == 0)
            text[i] = ' ';
    }
    *ret_len = len;
    return text;
}

static void sample_is_right_where_it_is_commented_out(void **state)
{
    size_t len = 0;
    char *const text = uncommented_sample(&len);
    (void)state;
    const int r = rp_config_parse(text, len, SAMPLE, &policy, &errors);
    free(text);
    rp_expect_text("first mistake", errors.list[0].text, "");
    assert_int_equal(r, 0);
    rp_policy_init(&defaults);
    assert_false(policy.kubelet.from_defaults);
    policy.kubelet.from_defaults = true; /* the one thing that spelling the defaults out changes */
    assert_memory_equal(&policy.kubelet, &defaults.kubelet, sizeof(policy.kubelet));
    assert_int_equal(policy.rules_n, 2);
    assert_string_equal(policy.rules[0].glob, "**/assembly.service");
    assert_true(policy.rules[0].contract.protect);
    assert_string_equal(policy.rules[1].glob, "batch.slice/*");
}

static void sample_names_every_setting(void **state)
{
    size_t len = 0;
    char *const file = rp_fixture(SAMPLE, &len);
    char *const text = calloc(1, len + 1);
    (void)state;
    assert_non_null(text);
    memcpy(text, file, len);
    free(file);
    for (uint32_t i = 0; i < rp_settings_n; i++) {
        const enum rp_map in = (enum rp_map)rp_settings[i].in;
        char key[64];
        if (in == RP_MAP_HARD || in == RP_MAP_SOFT || in == RP_MAP_GRACE || in == RP_MAP_RECLAIM)
            continue; /* the kubelet's signals; its documentation lists them */
        snprintf(key, sizeof(key), "%s:", rp_settings[i].key);
        rp_expect_i64(key, strstr(text, key) != NULL, true);
    }
    free(text);
}

static void the_same_text_gives_the_same_bytes(void **state)
{
    static struct rp_policy first;
    size_t len = 0;
    char *const text = uncommented_sample(&len);
    (void)state;
    memset(&first, 0x11, sizeof(first));
    memset(&policy, 0xee, sizeof(policy));
    assert_int_equal(rp_config_parse(text, len, "a", &first, &errors), 0);
    assert_int_equal(rp_config_parse(text, len, "b", &policy, &errors), 0);
    assert_memory_equal(&first, &policy, sizeof(first));
    free(text);
}

static void every_setting_arrives(void **state)
{
    (void)state;
    parse("version: 1\n"
          "mode: enforce\n"
          "enforce: [shield, checkpoint]\n"
          "node-name: worker-7.example.org\n"
          "paths: {cgroup-root: /host/cgroup, proc-root: /host/proc, run-dir: /tmp/r, host-root: /host,\n"
          "  kubelet-root: /data/kubelet, image-store: /data/images, layer-store: \"\", pod-logs: /data/logs}\n"
          "kubernetes:\n"
          "  pods: /var/lib/pods.json\n"
          "  configz: unix:/run/kubelet.sock:/configz\n"
          "  stats-summary: unix:/run/kubelet.sock:/stats/summary\n"
          "  interval: 1m\n"
          "  pods-root: outer.slice/kubepods.slice\n"
          "  allowed-namespaces: [default, \"*\"]\n"
          "serve: {listen: \"[::1]:1\"}\n"
          "act: {probability: 12.5%, horizon: 1m30s, calm-hold: 1h, freeze-max: 1s, brake-max: 24h, escape: 1.5s, "
          "kills: 0,\n"
          "  kills-window: 10s, slow-cpu: 0.25}\n"
          "checkpoint: {probability: 0.001, ends-probability: 1, margin: 0s}\n"
          "protect: {budget: 100%}\n"
          "sampling: {calm: 10s, fast: 10ms}\n"
          "limits: {cgroups: 65536, pods: 4096}\n"
          "record: {directory: \"\", size: 1.5Gi}\n");
    assert_int_equal(policy.mode, RP_MODE_ENFORCE);
    assert_int_equal(policy.enabled, 1u << RP_ACTION_SHIELD | 1u << RP_ACTION_CHECKPOINT);
    assert_string_equal(policy.node_name, "worker-7.example.org");
    assert_string_equal(policy.cgroup_root, "/host/cgroup");
    assert_string_equal(policy.proc_root, "/host/proc");
    assert_string_equal(policy.run_dir, "/tmp/r");
    assert_string_equal(policy.host_root, "/host");
    assert_string_equal(policy.kubelet_root, "/data/kubelet");
    assert_string_equal(policy.image_store, "/data/images");
    assert_string_equal(policy.layer_store, "");
    assert_string_equal(policy.pod_logs, "/data/logs");
    assert_string_equal(policy.record_dir, "");
    assert_int_equal(policy.record_bytes, INT64_C(1536) << 20);
    assert_string_equal(policy.source[RP_SOURCE_PODS], "/var/lib/pods.json");
    assert_string_equal(policy.source[RP_SOURCE_CONFIGZ], "unix:/run/kubelet.sock:/configz");
    assert_string_equal(policy.source[RP_SOURCE_SUMMARY], "unix:/run/kubelet.sock:/stats/summary");
    assert_int_equal(policy.source_interval_ns, 60 * RP_NS_PER_S);
    assert_string_equal(policy.pods_root, "outer.slice/kubepods.slice");
    assert_int_equal(policy.allowed_namespaces_n, 2);
    assert_string_equal(policy.allowed_namespaces[0], "default");
    assert_string_equal(policy.allowed_namespaces[1], "*");
    assert_string_equal(policy.listen, "[::1]:1");
    assert_int_equal(policy.act_permille, 125);
    assert_int_equal(policy.act_horizon_ns, 90 * RP_NS_PER_S);
    assert_int_equal(policy.calm_hold_ns, 3600 * RP_NS_PER_S);
    assert_int_equal(policy.freeze_max_ns, RP_NS_PER_S);
    assert_int_equal(policy.brake_max_ns, 86400 * RP_NS_PER_S);
    assert_int_equal(policy.escape_ns, 1500 * RP_NS_PER_MS);
    assert_int_equal(policy.kills_max, 0);
    assert_int_equal(policy.kills_window_ns, 10 * RP_NS_PER_S);
    assert_int_equal(policy.slow_permille, 250);
    assert_int_equal(policy.checkpoint_permille, 1);
    assert_int_equal(policy.checkpoint_ends_permille, 1000);
    assert_int_equal(policy.checkpoint_margin_ns, 0);
    assert_int_equal(policy.protected_budget_permille, 1000);
    assert_int_equal(policy.sweep_calm_ns, 10 * RP_NS_PER_S);
    assert_int_equal(policy.sweep_fast_ns, 10 * RP_NS_PER_MS);
    assert_int_equal(policy.cgroups_max, 65536);
    assert_int_equal(policy.pods_max, 4096);
}

static void an_empty_enforce_enables_nothing(void **state)
{
    (void)state;
    parse("enforce: []\n");
    assert_int_equal(policy.enabled, 0);
}

static void every_contract_key_arrives(void **state)
{
    (void)state;
    parse("workloads:\n"
          "  - name: job\n"
          "    cgroup: jobs/*\n"
          "    protect: true\n"
          "    value: 7\n"
          "    floor: freeze\n"
          "    checkpoint: signal:TERM\n"
          "    checkpoint-effect: ends\n"
          "    checkpoint-target: comm=solver\n"
          "    checkpoint-ack: exit\n"
          "    checkpoint-exit-codes: 0,75\n"
          "    checkpoint-handler: signalfd\n"
          "    checkpoint-duration: 1m\n"
          "    checkpoint-timeout: 2m\n"
          "    checkpoint-min-interval: 3m\n"
          "  - name: other\n"
          "    unit: other.scope\n");
    assert_int_equal(policy.rules_n, 2);
    const struct rp_contract *const c = &policy.rules[0].contract;
    assert_int_equal(c->set, RP_CONTRACT_HANDLER * 2 - 1); /* HANDLER is the last bit: all keys */
    assert_true(c->protect && c->signalfd);
    assert_int_equal(c->value, 7);
    assert_int_equal(c->floor, RP_ACTION_FREEZE);
    assert_int_equal(c->signal, 15);
    assert_string_equal(c->comm, "solver");
    assert_int_equal(c->min_interval_ns, 180 * RP_NS_PER_S);
    struct rp_contract fresh;
    rp_contract_init(&fresh);
    assert_memory_equal(&policy.rules[1].contract, &fresh, sizeof(fresh));
    assert_string_equal(policy.rules[1].glob, "**/other.scope");
}

static const struct rp_threshold *threshold(enum rp_signal signal, bool hard)
{
    static const struct rp_threshold none = {.signal = RP_SIGNAL_MAX};
    for (uint32_t i = 0; i < policy.kubelet.thresholds_n; i++) {
        const struct rp_threshold *const t = &policy.kubelet.thresholds[i];
        if (t->signal == signal && (t->grace_ns == 0) == hard)
            return t;
    }
    return &none;
}

static void kubelet_settings_arrive(void **state)
{
    (void)state;
    parse("kubelet:\n"
          "  evictionHard: {memory.available: 1.05Gi}\n"
          "  evictionSoft: {memory.available: 10%}\n"
          "  evictionSoftGracePeriod: {memory.available: 1m30s}\n"
          "  evictionMinimumReclaim: {memory.available: 500Mi}\n"
          "  evictionPressureTransitionPeriod: 30s\n"
          "  evictionMaxPodGracePeriod: 60\n");
    assert_int_equal(policy.kubelet.thresholds_n, 3);
    assert_int_equal(threshold(RP_SIGNAL_MEMORY, true)->quantity_floor, 1127428915);
    assert_int_equal(threshold(RP_SIGNAL_MEMORY, true)->quantity_nano, 200000000);
    assert_int_equal(threshold(RP_SIGNAL_ALLOCATABLE, true)->reclaim_floor, 500 * RP_MIB);
    assert_int_equal(threshold(RP_SIGNAL_MEMORY, false)->grace_ns, 90 * RP_NS_PER_S);
    assert_int_equal(policy.kubelet.transition_ns, 30 * RP_NS_PER_S);
    assert_int_equal(policy.kubelet.max_pod_grace_ns, 60 * RP_NS_PER_S);
    assert_false(policy.kubelet.from_defaults);
    parse("kubelet: {evictionHard: {}}\n");
    assert_int_equal(policy.kubelet.thresholds_n, 0);
    parse("kubelet: {evictionHard: {pid.available: 5%}, mergeDefaultEvictionSettings: true, enforceNodeAllocatable: "
          "[none]}\n");
    assert_int_equal(policy.kubelet.thresholds_n, 6);
    assert_int_equal(threshold(RP_SIGNAL_ALLOCATABLE, true)->signal, RP_SIGNAL_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_means_defaults),
        cmocka_unit_test(sample_equals_the_defaults),
        cmocka_unit_test(sample_is_right_where_it_is_commented_out),
        cmocka_unit_test(sample_names_every_setting),
        cmocka_unit_test(the_same_text_gives_the_same_bytes),
        cmocka_unit_test(every_setting_arrives),
        cmocka_unit_test(an_empty_enforce_enables_nothing),
        cmocka_unit_test(every_contract_key_arrives),
        cmocka_unit_test(kubelet_settings_arrive),
    };
    return RP_RUN(tests);
}
