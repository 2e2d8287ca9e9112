// SPDX-License-Identifier: Apache-2.0
/* Defaults, and the check of a policy that a stranger wrote: every way of damaging one is found and named. */
#include "reprieve/policy.h"

#include "harness/harness.h"

static struct rp_policy policy;

static void reset(void)
{
    rp_policy_init(&policy);
    policy.rules_n = 2;
    for (uint32_t i = 0; i < 2; i++) {
        memcpy(policy.rules[i].name, i ? "b" : "a", 2);
        memcpy(policy.rules[i].glob, i ? "b/*" : "a", i ? 4 : 2);
        rp_contract_init(&policy.rules[i].contract);
    }
}

static void expect(const char *row, const char *complaint)
{
    struct rp_complaint why = {""};
    rp_expect_i64(row, rp_policy_check(&policy, &why), complaint[0] ? -EINVAL : 0);
    rp_expect_text(row, why.text, complaint);
}

static void defaults_are_valid(void **state)
{
    (void)state;
    memset(&policy, 0xff, sizeof(policy));
    rp_policy_init(&policy);
    expect("defaults", "");
    assert_int_equal(policy.mode, RP_MODE_OBSERVE);
    assert_int_equal(policy.enabled, (1u << RP_ACTION_MAX) - 2);
    assert_true(policy.kubelet.from_defaults);
    assert_int_equal(policy.kubelet.thresholds_n, 6);
    assert_int_equal(policy.kubelet.thresholds[0].quantity_floor, 100 * RP_MIB);
    assert_string_equal(policy.cgroup_root, "/sys/fs/cgroup");
    reset();
    expect("with workloads", "");
}

static void initialised_bytes_do_not_depend_on_the_memory(void **state)
{
    static struct rp_policy other;
    (void)state;
    memset(&policy, 0xff, sizeof(policy));
    memset(&other, 0x33, sizeof(other));
    rp_policy_init(&policy);
    rp_policy_init(&other);
    assert_memory_equal(&policy, &other, sizeof(policy));
}

/* One damage each: a member set to bytes that no configuration gives. */
static void damage_is_found(void **state)
{
    static const uint32_t many = 1000000, three = 3;
    static const uint64_t forever = UINT64_MAX;
    static const int64_t negative = -1;
    static const float not_a_number = __builtin_nanf(""), large = 1.5f;
    static const unsigned char two = 2;
    static const struct {
        void *member;
        const void *bytes;
        size_t size;
        const char *complaint;
    } rows[] = {
        {&policy.magic, &forever, 8, "policy: these bytes are none"},
        {&policy.bytes, &many, 4, "policy: these bytes are none"},
        {&policy.version, &many, 4, "version: is another one than this program's"},
        {&policy.mode, &three, 4, "mode: must be observe or enforce"},
        {&policy.enabled, &forever, 4, "enforce: has an unknown kind of action"},
        {&policy.enabled, &three, 4, "enforce: has an unknown kind of action"}, /* bit 0 is RP_ACTION_NONE */
        {&policy.node_name, "Node", 5, "node-name: must be a node name: lower-case letters, digits, '-' and '.'"},
        {&policy.run_dir, "run", 4, "paths.run-dir: must be an absolute path, without control characters"},
        {&policy.source[1], "x", 2, "kubernetes.configz: must be a file, or a socket as unix:/path/of.sock:/url-path"},
        {&policy.listen, "::", 3, "serve.listen: must be HOST:PORT with a port of 1 to 65535"},
        {&policy.act_permille, &many, 4, "act.probability: is out of range"},
        {&policy.act_horizon_ns, &forever, 8, "act.horizon: is out of range"},
        {&policy.sweep_fast_ns, "\0\0\0\0\0\0\0", 8, "sampling.fast: is out of range"},
        {&policy.cgroups_max, &forever, 4, "limits.cgroups: is out of range"},
        {&policy.allowed_namespaces_n, &many, 4, "kubernetes.allowed-namespaces: too many"},
        {&policy.allowed_namespaces_n, &three, 4,
         "kubernetes.allowed-namespaces: must be a namespace, or \"*\" for all"},
        {&policy.rules_n, &many, 4, "workloads: too many"},
        {&policy.rules_n, &three, 4, "workloads: one has no proper name"},
        {&policy.rules[1].name, "a", 2, "workloads.a: two have this name"},
        {&policy.rules[0].glob, "/a", 3, "workloads.a: has no proper cgroup"},
        {&policy.rules[0].contract.protect, &two, 1, "workloads.a: its contract is out of range"},
        {&policy.rules[0].contract.floor, &many, 1, "workloads.a: its contract is out of range"},
        {&policy.rules[1].contract.timeout_ns, "\0\0\0\0\0\0\0", 8,
         "workloads.b: checkpoint-timeout is shorter than checkpoint-duration, so no request could succeed; the "
         "defaults "
         "are 5m and 30s"},
        {&policy.kubelet.thresholds_n, &many, 4, "kubelet: is out of range"},
        {&policy.kubelet.from_defaults, &two, 1, "kubelet: is out of range"},
        {&policy.kubelet.thresholds[0].signal, &many, 1, "kubelet: is out of range"},
        {&policy.kubelet.thresholds[2].percent, &not_a_number, 4, "kubelet: is out of range"},
        {&policy.kubelet.thresholds[2].percent, &large, 4, "kubelet: is out of range"},
        {&policy.kubelet.thresholds[0].quantity_floor, &negative, 8, "kubelet: is out of range"},
        {&policy.checkpoint_ends_permille, &three, 4,
         "checkpoint.ends-probability: must not be below checkpoint.probability"},
        {&policy.cgroups_max, "\x10\0\0", 4, "limits.cgroups: must not be below limits.pods: every pod is a cgroup"},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        reset();
        memcpy(rows[i].member, rows[i].bytes, rows[i].size);
        expect(rows[i].complaint, rows[i].complaint);
    }
}

static void strings_without_an_end_are_found(void **state)
{
    static const struct {
        char *member;
        size_t size;
        const char *complaint;
    } rows[] = {
        {policy.node_name, sizeof(policy.node_name), "node-name: does not end"},
        {policy.cgroup_root, sizeof(policy.cgroup_root), "paths.cgroup-root: does not end"},
        {policy.source[2], sizeof(policy.source[2]), "kubernetes.stats-summary: does not end"},
        {policy.pods_root, sizeof(policy.pods_root), "kubernetes.pods-root: does not end"},
        {policy.listen, sizeof(policy.listen), "serve.listen: does not end"},
        {policy.rules[0].name, sizeof(policy.rules[0].name), "workloads: one has no proper name"},
        {policy.rules[0].glob, sizeof(policy.rules[0].glob), "workloads.a: has no proper cgroup"},
        {policy.rules[0].contract.comm, sizeof(policy.rules[0].contract.comm),
         "workloads.a: its contract is out of range"},
        {policy.rules[0].contract.ack_path, sizeof(policy.rules[0].contract.ack_path),
         "workloads.a: its contract is out of range"},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        reset();
        memset(rows[i].member, 'x', rows[i].size);
        expect(rows[i].complaint, rows[i].complaint);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_valid),
        cmocka_unit_test(initialised_bytes_do_not_depend_on_the_memory),
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(strings_without_an_end_are_found),
    };
    return RP_RUN(tests);
}
