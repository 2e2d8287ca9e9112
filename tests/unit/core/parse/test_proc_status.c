// SPDX-License-Identifier: Apache-2.0
#include "core/parse/proc_status.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness/hostile.h"

#define ALL ((1u << 13) - 1)

RP_PARSER(parser, rp_parse_proc_status, struct rp_proc_status)

static struct rp_proc_status parse_file(const char *path)
{
    struct rp_proc_status status = {0};
    size_t len = 0;
    char *text = rp_fixture(path, &len);
    rp_expect_i64(path, rp_parse_proc_status(text, len, &status), 0);
    free(text);
    return status;
}

static void reads_kernels(void **state)
{
    static const char *const paths[] = {"tests/fuzz/corpus/proc_status/5.10", "tests/fuzz/corpus/proc_status/6.1",
                                        "tests/fuzz/corpus/proc_status/6.12", "tests/fuzz/corpus/proc_status/7.2"};
    (void)state;
    for (size_t i = 0; i < RP_ROWS(paths); i++) {
        const struct rp_proc_status s = parse_file(paths[i]);
        rp_expect_u64(paths[i], s.known, ALL);
        rp_expect_i64(paths[i], s.tgid, s.pid);
        rp_expect_u64(paths[i], s.nspid_n, 1);
        rp_expect_i64(paths[i], s.nspid[0], s.pid);
        rp_expect_u64(paths[i], s.threads, 1);
        rp_expect_u64(paths[i], s.uid.fs, 0);
    }
}

/* A Python program that handles USR1, blocks USR2 and ignores HUP. */
static void reads_signals(void **state)
{
    const struct rp_proc_status s = parse_file("tests/fuzz/corpus/proc_status/6.18-python");
    (void)state;
    assert_true(rp_signal_in(s.sig_caught, SIGUSR1) && !rp_signal_in(s.sig_caught, SIGUSR2));
    assert_true(rp_signal_in(s.sig_blocked, SIGUSR2) && !rp_signal_in(s.sig_blocked, SIGUSR1));
    assert_true(rp_signal_in(s.sig_ignored, SIGHUP) && !rp_signal_in(s.sig_ignored, SIGTERM));
    assert_true(!rp_signal_in(UINT64_MAX, 0) && !rp_signal_in(UINT64_MAX, 65) && rp_signal_in(UINT64_MAX, 64));
}

static void reads_memory(void **state)
{
    const struct rp_proc_status python = parse_file("tests/fuzz/corpus/proc_status/6.18-python");
    static const struct {
        const char *text;
        uint32_t known;
        uint64_t rss, swap, tables;
    } rows[] = {
        {"VmRSS:\t  12 kB\nVmPTE:\t 3 kB\nVmSwap:\t   5 kB\n", RP_STATUS_RSS | RP_STATUS_SWAP | RP_STATUS_TABLES, 12288,
         5120, 3072},
        {"VmRSS:\t  18446744073709551615 kB\n", RP_STATUS_RSS, UINT64_MAX, 0, 0},
        {"VmRSS:\t  -1 kB\nVmPTE: x\nPid:\t1\n", RP_STATUS_PID, 0, 0, 0},
        {"VmHWM:\t 9 kB\nPid:\t1\n", RP_STATUS_PID, 0, 0, 0},
    };
    (void)state;
    assert_int_equal(python.rss_bytes, 13572 * 1024);
    assert_int_equal(python.tables_bytes, 72 * 1024);
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_proc_status s = {0};
        rp_expect_i64(rows[i].text, rp_parse_proc_status(rows[i].text, strlen(rows[i].text), &s), 0);
        rp_expect_u64(rows[i].text, s.known, rows[i].known);
        rp_expect_u64(rows[i].text, s.rss_bytes, rows[i].rss);
        rp_expect_u64(rows[i].text, s.swap_bytes, rows[i].swap);
        rp_expect_u64(rows[i].text, s.tables_bytes, rows[i].tables);
    }
}

static void reads_this_process(void **state)
{
    char text[8192];
    struct rp_proc_status s = {0};
    FILE *file = fopen("/proc/self/status", "re");
    (void)state;
    signal(SIGUSR2, SIG_IGN);
    const size_t len = fread(text, 1, sizeof(text), file);
    fclose(file);
    assert_int_equal(rp_parse_proc_status(text, len, &s), 0);
    assert_int_equal(s.pid, getpid());
    assert_int_equal(s.uid.effective, geteuid());
    assert_int_equal(s.gid.real, getgid());
    assert_int_equal(s.state, 'R');
    assert_true(rp_signal_in(s.sig_ignored, SIGUSR2));
}

static void says_what_was_there(void **state)
{
    static const struct {
        const char *text;
        int r;
        uint32_t known;
    } rows[] = {
        {"State:\tZ (zombie)\n", 0, RP_STATUS_STATE},
        {"NSpid:\t4711\t12\t1\n", 0, RP_STATUS_NSPID},
        {"NSpid:\t1\t2\t3\t4\t5\t6\t7\t8\t9\t10\t11\t12\t13\t14\t15\t16\n", 0, RP_STATUS_NSPID},
        {"NSpid:\t1\t2\t3\t4\t5\t6\t7\t8\t9\t10\t11\t12\t13\t14\t15\t16\t17\n", -EBADMSG, 0},
        {"NSpid:\t1\tx\n", -EBADMSG, 0},
        {"Uid:\t1\t2\t3\nGid:\t1\t2\t3\t4294967296\n", -EBADMSG, 0},
        {"Uid:\t1\t2\t3\t4294967295\n", 0, RP_STATUS_UID},
        {"Pid:\t2147483648\nTgid:\t-1\n", -EBADMSG, 0},
        {"SigCgt:\t0000000000000202", -EBADMSG, 0},
        {"SigCgt:\t10000000000000000\n", -EBADMSG, 0},
        {"Threads:\t3\nThreads:\t5\n", 0, RP_STATUS_THREADS},
        {"", -EBADMSG, 0},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_proc_status s = {0};
        rp_expect_i64(rows[i].text, rp_parse_proc_status(rows[i].text, strlen(rows[i].text), &s), rows[i].r);
        rp_expect_u64(rows[i].text, s.known, rows[i].known);
    }
}

static void knows_the_innermost_pid(void **state)
{
    static const char text[] = "NSpid:\t4711\t12\t1\n";
    struct rp_proc_status s = {0};
    (void)state;
    assert_int_equal(rp_parse_proc_status(text, sizeof(text) - 1, &s), 0);
    assert_int_equal(s.nspid_n, 3);
    assert_int_equal(s.nspid[2], 1);
}

static void survives_damage(void **state)
{
    size_t len = 0;
    char *text = rp_fixture("tests/fuzz/corpus/proc_status/6.18-python", &len);
    (void)state;
    rp_hostile(parser, sizeof(struct rp_proc_status), text, len);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_kernels),       cmocka_unit_test(reads_signals),
        cmocka_unit_test(reads_memory),        cmocka_unit_test(reads_this_process),
        cmocka_unit_test(says_what_was_there), cmocka_unit_test(knows_the_innermost_pid),
        cmocka_unit_test(survives_damage),
    };
    return RP_RUN(tests);
}
