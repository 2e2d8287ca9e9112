// SPDX-License-Identifier: Apache-2.0
/*
 * Every kind of mistake, as an operator would read it: each tests/fixtures/config/NAME.yaml must be refused with exactly the
 * lines of NAME.expected (without the file's name), and the policy must stay what it was.
 */
#include "config/config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "harness/harness.h"

#define FIXTURES "tests/fixtures/config"

static void lines_of(const struct rp_config_errors *errors, const char *path, char *dst, size_t size)
{
    dst[0] = '\0';
    for (uint32_t i = 0; i < errors->n; i++) {
        char line[RP_CONFIG_LINE_MAX];
        rp_config_error_line(&errors->list[i], line, sizeof(line));
        assert_true(rp_starts_with(line, path));
        const size_t used = strlen(dst);
        snprintf(dst + used, size - used, "%s\n", line + strlen(path) + 1);
    }
}

static void check_fixture(const char *name)
{
    static struct rp_config_errors errors;
    static struct rp_policy policy, before;
    static char got[RP_CONFIG_ERRORS_MAX * RP_CONFIG_LINE_MAX], want[sizeof(got)];
    char path[512];
    size_t len = 0;
    memset(&policy, 0x5a, sizeof(policy));
    before = policy;
    snprintf(path, sizeof(path), FIXTURES "/%.200s.yaml", name);
    rp_expect_i64(name, rp_config_load(path, &policy, &errors), -EINVAL);
    rp_expect_i64(name, memcmp(&policy, &before, sizeof(policy)), 0);
    lines_of(&errors, path, got, sizeof(got));
    snprintf(path, sizeof(path), FIXTURES "/%.200s.expected", name);
    char *const expected = rp_fixture(path, &len);
    assert_true(len > 0 && len < sizeof(want));
    memcpy(want, expected, len);
    want[len] = '\0';
    free(expected);
    rp_expect_text(name, got, want);
}

static void every_mistake_has_its_line(void **state)
{
    struct dirent **names = NULL;
    uint32_t checked = 0;
    (void)state;
    const int n = scandir(FIXTURES, &names, NULL, alphasort);
    assert_true(n > 0);
    for (int i = 0; i < n; i++) {
        if (rp_ends_with(names[i]->d_name, ".yaml")) {
            names[i]->d_name[strlen(names[i]->d_name) - strlen(".yaml")] = '\0';
            check_fixture(names[i]->d_name);
            checked++;
        }
        free(names[i]);
    }
    free(names);
    assert_true(checked >= 35); /* the fixtures are found at all */
}

static void what_does_not_fit_is_counted(void **state)
{
    static struct rp_config_errors errors;
    static struct rp_policy policy;
    (void)state;
    assert_int_equal(rp_config_load(FIXTURES "/many.yaml", &policy, &errors), -EINVAL);
    assert_int_equal(errors.n, RP_CONFIG_ERRORS_MAX);
    assert_int_equal(errors.n + errors.more, 40);
}

static void unreadable_files_say_so(void **state)
{
    static const struct {
        const char *path;
        int error;
        const char *line;
    } rows[] = {
        {"/nonexistent/reprieve.yaml", -ENOENT,
         "/nonexistent/reprieve.yaml: cannot be read: No such file or directory"},
        {"tests", -EISDIR, "tests: cannot be read: Is a directory"},
        {"/dev/zero", -EINVAL, "/dev/zero: longer than 1048576 bytes"},
    };
    static struct rp_config_errors errors;
    static struct rp_policy policy;
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        char line[RP_CONFIG_LINE_MAX];
        rp_expect_i64(rows[i].path, rp_config_load(rows[i].path, &policy, &errors), rows[i].error);
        rp_expect_u64(rows[i].path, errors.n, 1);
        rp_config_error_line(&errors.list[0], line, sizeof(line));
        rp_expect_text(rows[i].path, line, rows[i].line);
    }
}

static void too_many_workloads_are_one_mistake(void **state)
{
    static struct rp_config_errors errors;
    static struct rp_policy policy;
    static char text[65536];
    size_t len = (size_t)snprintf(text, sizeof(text), "workloads:\n");
    (void)state;
    for (int i = 0; i < RP_RULES_MAX; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "  - {name: job%d, cgroup: jobs/%d}\n", i, i);
    assert_int_equal(rp_config_parse(text, len, "-", &policy, &errors), 0);
    assert_int_equal(policy.rules_n, RP_RULES_MAX);
    for (int i = 0; i < 3; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "  - {name: more%d, cgroup: more/%d}\n", i, i);
    assert_int_equal(rp_config_parse(text, len, "-", &policy, &errors), -EINVAL);
    assert_int_equal(errors.n, 1);
    assert_int_equal(errors.list[0].line, RP_RULES_MAX + 2);
    assert_string_equal(errors.list[0].text, "has more than 64 entries");
}

/* Files of a megabyte that are all structure: time must stay in proportion (the harness of the suite bounds it). */
static void hostile_bulk_ends(void **state)
{
    static const char *const pieces[] = {"[",  "{",      "{a: ",          "- ", "a: ", "? ", "&a ",
                                         "\"", "a: b\n", "- {name: x}\n", "!",  "%"};
    static struct rp_config_errors errors;
    static struct rp_policy policy;
    (void)state;
    for (size_t i = 0; i < RP_ROWS(pieces); i++) {
        const size_t n = strlen(pieces[i]);
        char *const text = malloc(RP_CONFIG_BYTES_MAX);
        assert_non_null(text);
        for (size_t at = 0; at < RP_CONFIG_BYTES_MAX; at++)
            text[at] = pieces[i][at % n];
        rp_expect_i64(pieces[i], rp_config_parse(text, RP_CONFIG_BYTES_MAX, "-", &policy, &errors), -EINVAL);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mistake_has_its_line), cmocka_unit_test(what_does_not_fit_is_counted),
        cmocka_unit_test(unreadable_files_say_so),    cmocka_unit_test(too_many_workloads_are_one_mistake),
        cmocka_unit_test(hostile_bulk_ends),
    };
    return RP_RUN(tests);
}
