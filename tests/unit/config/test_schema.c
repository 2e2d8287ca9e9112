// SPDX-License-Identifier: Apache-2.0
/* What the other stages take for granted of the table of settings. */
#include "config/schema.h"

#include "harness/harness.h"

static void mappings_come_before_their_keys(void **state)
{
    bool opened[RP_MAP_MAX] = {[RP_MAP_ROOT] = true};
    (void)state;
    for (uint32_t i = 0; i < rp_settings_n; i++) {
        const struct rp_setting *const s = &rp_settings[i];
        rp_expect_i64(s->key, opened[s->in], true);
        if (s->shape == RP_SHAPE_MAP || s->shape == RP_SHAPE_MAPS) {
            rp_expect_i64(s->key, opened[s->opens], false);
            opened[s->opens] = true;
        }
    }
    for (uint32_t map = 0; map < RP_MAP_MAX; map++)
        assert_true(opened[map]);
}

static void rows_are_whole_and_unique(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < rp_settings_n; i++) {
        const struct rp_setting *const s = &rp_settings[i];
        rp_expect_u64(s->key, rp_setting_find((enum rp_map)s->in, s->key), i);
        assert_true(s->text && s->text[0]);
        if (s->shape == RP_SHAPE_SCALAR || s->shape == RP_SHAPE_LIST)
            assert_non_null(s->bind);
        if (s->shape == RP_SHAPE_LIST || s->shape == RP_SHAPE_MAPS)
            assert_true(s->max > 0);
    }
}

static void contract_knows_the_same_keys(void **state)
{
    struct rp_contract contract;
    struct rp_complaint why;
    uint32_t keys = 0;
    (void)state;
    rp_contract_init(&contract);
    for (uint32_t i = 0; i < rp_settings_n; i++) {
        if (rp_settings[i].bind != rp_bind_workload_contract)
            continue;
        keys++;
        rp_expect_i64(rp_settings[i].key, rp_contract_set(&contract, rp_settings[i].key, "nonsense", &why), -EINVAL);
    }
    assert_int_equal(1u << keys, RP_CONTRACT_HANDLER * 2); /* one key per bit of rp_contract.set */
}

static void paths(void **state)
{
    char path[RP_CONFIG_PATH_MAX];
    (void)state;
    rp_setting_path(&rp_settings[rp_setting_find(RP_MAP_ROOT, "mode")], path);
    assert_string_equal(path, "mode");
    rp_setting_path(&rp_settings[rp_setting_find(RP_MAP_ACT, "kills")], path);
    assert_string_equal(path, "act.kills");
    rp_setting_path(&rp_settings[rp_setting_find(RP_MAP_SOFT, "pid.available")], path);
    assert_string_equal(path, "kubelet.evictionSoft.pid.available");
}

static void suggestions(void **state)
{
    static const struct {
        enum rp_map in;
        const char *key, *want;
    } rows[] = {
        {RP_MAP_ROOT, "mod", "; did you mean \"mode\"?"},
        {RP_MAP_ROOT, "mdoe", "; did you mean \"mode\"?"},
        {RP_MAP_ROOT, "node_name", "; did you mean \"node-name\"?"},
        {RP_MAP_ROOT, "workload", "; did you mean \"workloads\"?"},
        {RP_MAP_KUBELET, "evictionhard", "; did you mean \"evictionHard\"?"},
        {RP_MAP_WORKLOAD, "checkpoint-min-intervall", "; did you mean \"checkpoint-min-interval\"?"},
        {RP_MAP_WORKLOAD, "reprieve.dev/value", "; here it is written without reprieve.dev/"},
        {RP_MAP_ROOT, "kills", "; there is act.kills"},
        {RP_MAP_ROOT, "protect-", "; did you mean \"protect\"?"},
        {RP_MAP_ACT, "cgroup", "; there is workloads[].cgroup"},
        {RP_MAP_ROOT, "xyzzy", ""},
        {RP_MAP_ROOT, "", ""},
        {RP_MAP_ROOT, "a-key-that-is-far-longer-than-any-that-there-is-and-matches-none", ""},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        char hint[RP_CONFIG_HINT_MAX];
        rp_setting_suggest(rows[i].in, rows[i].key, hint);
        rp_expect_text(rows[i].key, hint, rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mappings_come_before_their_keys),
        cmocka_unit_test(rows_are_whole_and_unique),
        cmocka_unit_test(contract_knows_the_same_keys),
        cmocka_unit_test(paths),
        cmocka_unit_test(suggestions),
    };
    return RP_RUN(tests);
}
