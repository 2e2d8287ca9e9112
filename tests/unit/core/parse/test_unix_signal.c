// SPDX-License-Identifier: Apache-2.0
#include "core/parse/unix_signal.h"

#include <signal.h>

#include "harness/harness.h"

static void reads(void **state)
{
    static const struct {
        const char *name;
        unsigned int number; /* 0: refused */
        const char *shown;
    } rows[] = {
        {"USR1", SIGUSR1, "USR1"},
        {"SIGUSR1", SIGUSR1, "USR1"},
        {"USR2", SIGUSR2, "USR2"},
        {"HUP", SIGHUP, "HUP"},
        {"INT", SIGINT, "INT"},
        {"SIGTERM", SIGTERM, "TERM"},
        {"RTMIN", 34, "RTMIN+0"},
        {"RTMIN+3", 37, "RTMIN+3"},
        {"SIGRTMIN+30", 64, "RTMIN+30"},
        {"RTMIN+31", 0, ""},
        {"RTMIN-1", 0, ""},
        {"RTMIN+", 0, ""},
        {"RTMIN+x", 0, ""},
        {"KILL", 0, ""},
        {"STOP", 0, ""},
        {"SEGV", 0, ""},
        {"usr1", 0, ""},
        {"10", 0, ""},
        {"", 0, ""},
        {"SIG", 0, ""},
        {"SIGSIGUSR1", 0, ""},
        {"USR1 ", 0, ""},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        uint8_t number = 0;
        char shown[32];
        struct rp_line line;
        const int r = rp_parse_unix_signal(rp_text(rows[i].name, strlen(rows[i].name)), &number);
        rp_expect_i64(rows[i].name, r, rows[i].number ? 0 : -EINVAL);
        rp_expect_u64(rows[i].name, number, rows[i].number);
        if (r < 0)
            continue;
        assert_true(rp_unix_signal_allowed(number));
        rp_line_init(&line, shown, sizeof(shown));
        rp_unix_signal_add(&line, number);
        rp_expect_text(rows[i].name, shown, rows[i].shown);
    }
}

static void allows_few(void **state)
{
    (void)state;
    assert_true(SIGRTMIN == 34 && SIGRTMAX == 64); /* as the C library of the host counts */
    assert_false(rp_unix_signal_allowed(0) || rp_unix_signal_allowed(SIGKILL) || rp_unix_signal_allowed(SIGSTOP) ||
                 rp_unix_signal_allowed(33) || rp_unix_signal_allowed(65) || rp_unix_signal_allowed(UINT32_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads), cmocka_unit_test(allows_few)};
    return RP_RUN(tests);
}
