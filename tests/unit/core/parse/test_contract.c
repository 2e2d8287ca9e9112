// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <stdio.h>

#include "harness/harness.h"
#include "reprieve/contract.h"

#define PATH_191                                                                                                       \
    "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"                  \
    "/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static struct rp_contract set(const char *key, const char *value)
{
    struct rp_contract c;
    struct rp_complaint why = {""};
    rp_contract_init(&c);
    rp_expect_i64(value, rp_contract_set(&c, key, value, &why), 0);
    rp_expect_text(value, why.text, "");
    return c;
}

static void defaults(void **state)
{
    struct rp_contract c;
    struct rp_complaint why;
    (void)state;
    memset(&c, 0xff, sizeof(c));
    rp_contract_init(&c);
    assert_true(c.set == 0 && !c.protect && c.floor == RP_ACTION_KILL && c.trigger == RP_TRIGGER_NONE);
    assert_true(c.exit_codes[0] == 1 && c.duration_ns == 30 * RP_NS_PER_S && c.timeout_ns == 300 * RP_NS_PER_S &&
                c.min_interval_ns == 600 * RP_NS_PER_S);
    assert_int_equal(rp_contract_check(&c, &why), 0);
}

static void every_key(void **state)
{
    (void)state;
    assert_true(set("protect", "true").protect && !set("protect", "false").protect);
    assert_true(set("value", "0").value == 0 && set("value", "1000").value == 1000);
    assert_true(set("value", "0").set == RP_CONTRACT_VALUE);
    assert_true(set("floor", "none").floor == RP_ACTION_NONE && set("floor", "slow").floor == RP_ACTION_SLOW);
    assert_true(set("floor", "freeze").floor == RP_ACTION_FREEZE && set("floor", "kill").floor == RP_ACTION_KILL);
    assert_true(set("checkpoint", "signal:USR1").signal == SIGUSR1);
    assert_true(set("checkpoint", "signal:SIGRTMIN+2").trigger == RP_TRIGGER_SIGNAL);
    assert_true(set("checkpoint", "none").trigger == RP_TRIGGER_NONE);
    assert_true(set("checkpoint-effect", "ends").effect == RP_EFFECT_ENDS);
    assert_true(set("checkpoint-effect", "continues").effect == RP_EFFECT_CONTINUES);
    assert_true(set("checkpoint-target", "pid1").target == RP_TARGET_PID1);
    assert_true(set("checkpoint-target", "all").target == RP_TARGET_ALL);
    const struct rp_contract comm = set("checkpoint-target", "comm=megahit_core_no");
    assert_true(comm.target == RP_TARGET_COMM);
    assert_string_equal(comm.comm, "megahit_core_no");
    const struct rp_contract ack = set("checkpoint-ack", "file:/ckpt/done");
    assert_true(ack.ack == RP_ACK_FILE);
    assert_string_equal(ack.ack_path, "/ckpt/done");
    assert_int_equal(strlen(set("checkpoint-ack", "file:" PATH_191).ack_path), RP_CONTRACT_PATH_MAX - 1);
    assert_true(set("checkpoint-ack", "exit").ack == RP_ACK_EXIT && set("checkpoint-ack", "none").ack == RP_ACK_NONE);
    const struct rp_contract file = set("checkpoint", "file:/ckpt/REQUEST");
    assert_true(file.trigger == RP_TRIGGER_FILE && file.signal == 0);
    assert_string_equal(file.request_path, "/ckpt/REQUEST");
    const struct rp_contract wrap = set("checkpoint", "wrap");
    assert_true(wrap.trigger == RP_TRIGGER_FILE && wrap.ack == RP_ACK_WRAP);
    assert_string_equal(wrap.request_path, "/ckpt/REQUEST");
    assert_string_equal(wrap.ack_path, "/ckpt/ACK");
    const struct rp_contract pidfile = set("checkpoint-target", "pidfile=/run/job.pid");
    assert_true(pidfile.target == RP_TARGET_PIDFILE);
    assert_string_equal(pidfile.pidfile, "/run/job.pid");
    const struct rp_contract mtime = set("checkpoint-ack", "mtime:/ckpt/**/*.ckpt");
    assert_true(mtime.ack == RP_ACK_MTIME);
    assert_string_equal(mtime.ack_path, "/ckpt/**/*.ckpt");
    const struct rp_contract codes = set("checkpoint-exit-codes", "2,75,127");
    assert_true(codes.exit_codes[0] == 4 && codes.exit_codes[1] == 0 && codes.exit_codes[2] == 1u << 11 &&
                codes.exit_codes[3] == 1u << 31);
    assert_true(set("checkpoint-duration", "1m30s").duration_ns == 90 * RP_NS_PER_S);
    assert_true(set("checkpoint-timeout", "2h").timeout_ns == 7200 * RP_NS_PER_S);
    assert_true(set("checkpoint-min-interval", "0").min_interval_ns == 0);
    assert_true(set("checkpoint-handler", "signalfd").signalfd && !set("checkpoint-handler", "sigaction").signalfd);
}

static void refuses_with_a_sentence(void **state)
{
    static const struct {
        const char *key, *value;
        int r;
        const char *says; /* what to write instead */
    } rows[] = {
        {"protect", "yes", -EINVAL, "true or false"},
        {"protect", "", -EINVAL, "true or false"},
        {"value", "1001", -EINVAL, "0 to 1000"},
        {"value", "-1", -EINVAL, "0 to 1000"},
        {"floor", "evict", -EOPNOTSUPP, "not supported yet"},
        {"floor", "brace", -EINVAL, "none, slow, freeze or kill"},
        {"floor", "?", -EINVAL, "none, slow, freeze or kill"},
        {"checkpoint", "file:ckpt/REQUEST", -EINVAL, "/dir/name"},
        {"checkpoint", "file:", -EINVAL, "/dir/name"},
        {"checkpoint", "file:/ckpt/", -EINVAL, "/dir/name"},
        {"checkpoint", "http::8080/ckpt", -EOPNOTSUPP, "not supported yet"},
        {"checkpoint", "USR1", -EINVAL, "signal:USR1"},
        {"checkpoint", "signal:KILL", -EINVAL, "USR1"},
        {"checkpoint", "signal:STOP", -EINVAL, "RTMIN+0"},
        {"checkpoint-effect", "dies", -EINVAL, "continues"},
        {"checkpoint-target", "pidfile=x.pid", -EINVAL, "/dir/name"},
        {"checkpoint-target", "main", -EINVAL, "comm=NAME"},
        {"checkpoint-target", "comm=", -EINVAL, "1 to 15"},
        {"checkpoint-target", "comm=sixteen_letters_", -EINVAL, "1 to 15"},
        {"checkpoint-ack", "mtime:*.ckpt", -EINVAL, "/dir/name"},
        {"checkpoint-ack", "http", -EOPNOTSUPP, "not supported yet"},
        {"checkpoint-ack", "file:ckpt/done", -EINVAL, "/dir/name"},
        {"checkpoint-ack", "file:/", -EINVAL, "/dir/name"},
        {"checkpoint-ack", "file:/ckpt/", -EINVAL, "/dir/name"},
        {"checkpoint-ack", "file:" PATH_191 "c", -EINVAL, "191"},
        {"checkpoint-ack", "yes", -EINVAL, "file:PATH"},
        {"checkpoint-exit-codes", "128", -EINVAL, "0 to 127"},
        {"checkpoint-exit-codes", "", -EINVAL, "0,75"},
        {"checkpoint-exit-codes", "1,,2", -EINVAL, "0,75"},
        {"checkpoint-exit-codes", "1, 2", -EINVAL, "0,75"},
        {"checkpoint-duration", "30", -EINVAL, "30s"},
        {"checkpoint-duration", "0s", -EINVAL, "30s"},
        {"checkpoint-timeout", "25h", -EINVAL, "24h"},
        {"checkpoint-min-interval", "-1s", -EINVAL, "30s"},
        {"checkpoint-handler", "polling", -EINVAL, "signalfd"},
        {"chekpoint", "signal:USR1", -ENOENT, "checkpoint"},
        {"reprieve.dev/protect", "true", -ENOENT, "protect"},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_contract c, before;
        struct rp_complaint why = {""};
        memset(&c, 0, sizeof(c));
        rp_contract_init(&c);
        before = c;
        rp_expect_i64(rows[i].value, rp_contract_set(&c, rows[i].key, rows[i].value, &why), rows[i].r);
        rp_expect_i64(rows[i].value, memcmp(&c, &before, sizeof(c)), 0);
        if (!strstr(why.text, rows[i].says))
            fail_msg("%s: %s: \"%s\" does not say \"%s\"", rows[i].key, rows[i].value, why.text, rows[i].says);
        assert_true(strlen(why.text) < sizeof(why.text) - 1); /* not cut */
    }
}

/* In whatever order the keys come: an answer that was declared stands, and none is left over from another trigger. */
static void wrap_answers_unless_told_otherwise(void **state)
{
    struct rp_contract a, b;
    struct rp_complaint why = {""};
    (void)state;
    rp_contract_init(&a);
    rp_contract_init(&b);
    assert_int_equal(rp_contract_set(&a, "checkpoint", "wrap", &why), 0);
    assert_int_equal(rp_contract_set(&a, "checkpoint-ack", "mtime:/data/*.cpt", &why), 0);
    assert_int_equal(rp_contract_set(&b, "checkpoint-ack", "mtime:/data/*.cpt", &why), 0);
    assert_int_equal(rp_contract_set(&b, "checkpoint", "wrap", &why), 0);
    assert_true(a.ack == RP_ACK_MTIME && b.ack == RP_ACK_MTIME);
    assert_string_equal(a.ack_path, b.ack_path);
    assert_int_equal(rp_contract_check(&b, &why), 0);
    rp_contract_init(&a);
    assert_int_equal(rp_contract_set(&a, "checkpoint", "wrap", &why), 0);
    assert_int_equal(rp_contract_set(&a, "checkpoint", "signal:USR1", &why), 0);
    assert_true(a.ack == RP_ACK_NONE && a.ack_path[0] == '\0' && a.request_path[0] == '\0');
}

/* The sentence goes to a terminal and into an Event. */
static void sentences_are_clean(void **state)
{
    struct rp_contract c;
    struct rp_complaint why;
    (void)state;
    rp_contract_init(&c);
    assert_int_equal(rp_contract_set(&c, "value", "\x1b[31m\xff", &why), -EINVAL);
    assert_non_null(strstr(why.text, "'?[31m?'"));
    char endless[1000];
    memset(endless, 'x', sizeof(endless));
    endless[sizeof(endless) - 1] = '\0';
    assert_int_equal(rp_contract_set(&c, "value", endless, &why), -EINVAL);
    assert_non_null(strstr(why.text, "write a whole number"));
}

struct pair {
    const char *key, *value;
};

static void rules_between_keys(void **state)
{
    /* clang-format off */
    static const struct {
        struct pair set[4];
        const char *says; /* NULL: fine */
    } rows[] = {
        {{{"protect", "true"}, {"value", "900"}, {"floor", "none"}}, NULL},
        {{{"checkpoint", "signal:USR1"}, {"checkpoint-ack", "file:/a"}}, NULL},
        {{{"checkpoint", "signal:TERM"}, {"checkpoint-effect", "ends"}, {"checkpoint-ack", "exit"}}, NULL},
        {{{"checkpoint", "signal:INT"}, {"checkpoint-effect", "ends"}}, NULL},
        {{{"checkpoint", "signal:RTMIN+1"}, {"checkpoint-timeout", "30s"}}, NULL},
        {{{"checkpoint", "none"}}, NULL},
        {{{"checkpoint", "file:/r"}, {"checkpoint-ack", "mtime:/**/*.ckpt"}, {"checkpoint-target", "all"}}, NULL},
        {{{"checkpoint", "signal:USR1"}, {"checkpoint-target", "pidfile=/run/x.pid"}}, NULL},
        {{{"checkpoint", "file:/r"}, {"checkpoint-target", "pidfile=/run/x.pid"}}, "needs checkpoint signal"},
        {{{"checkpoint", "file:/c/r"}, {"checkpoint-ack", "file:/c/r"}}, "must be another file"},
        {{{"checkpoint", "file:/c/r"}, {"checkpoint-ack", "mtime:/c/*"}}, "must be another file"},
        {{{"checkpoint", "file:/c/r"}, {"checkpoint-ack", "mtime:/**"}}, "must be another file"},
        {{{"checkpoint-ack", "file:/a"}}, "checkpoint-ack"},
        {{{"checkpoint", "none"}, {"checkpoint-duration", "1m"}}, "checkpoint-duration"},
        {{{"checkpoint", "signal:TERM"}}, "checkpoint-effect ends"},
        {{{"checkpoint", "signal:INT"}}, "checkpoint-effect ends"},
        {{{"checkpoint", "signal:USR1"}, {"checkpoint-ack", "exit"}}, "checkpoint-effect ends"},
        {{{"checkpoint", "signal:USR1"}, {"checkpoint-exit-codes", "0"}}, "checkpoint-ack exit"},
        {{{"checkpoint", "signal:USR1"}, {"checkpoint-duration", "10m"}}, "checkpoint-timeout"},
        {{{"checkpoint", "signal:USR1"}, {"checkpoint-timeout", "29s"}}, "shorter"},
    };
    /* clang-format on */
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_contract c;
        struct rp_complaint why = {""};
        char row[16];
        snprintf(row, sizeof(row), "row %zu", i);
        rp_contract_init(&c);
        for (size_t k = 0; k < 4 && rows[i].set[k].key; k++)
            rp_expect_i64(row, rp_contract_set(&c, rows[i].set[k].key, rows[i].set[k].value, &why), 0);
        rp_expect_i64(row, rp_contract_check(&c, &why), rows[i].says ? -EINVAL : 0);
        if (rows[i].says && !strstr(why.text, rows[i].says))
            fail_msg("%s: \"%s\" does not say \"%s\"", row, why.text, rows[i].says);
        assert_true(strlen(why.text) < sizeof(why.text) - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(every_key),
        cmocka_unit_test(refuses_with_a_sentence),
        cmocka_unit_test(wrap_answers_unless_told_otherwise),
        cmocka_unit_test(sentences_are_clean),
        cmocka_unit_test(rules_between_keys),
    };
    return RP_RUN(tests);
}
