// SPDX-License-Identifier: Apache-2.0
/* `reprieve probe --json`: every program, object and map with the keys that scripts rely on, also without any right. */
#include <jansson.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "harness/harness.h"
#include "node/sense/bpf_hooks.h"

#define NOBODY 65534

/* What the verb prints, run by a child that has no right to load anything. The caller frees it. */
static json_t *probed(const char *argument)
{
    char *argv[] = {(char[]){"probe"}, strdup(argument), NULL};
    int out = memfd_create("out", MFD_CLOEXEC), status = 0;
    assert_true(out >= 0);
    const pid_t child = fork();
    if (child == 0) {
        const struct rp_cli cli = {.run_dir = "/nonexistent"};
        if (dup2(out, STDOUT_FILENO) < 0 || (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) != 0))
            _exit(99);
        const int code = rp_cli_probe(&cli, 2, argv);
        (void)fflush(stdout);
        _exit(code);
    }
    free(argv[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), RP_EXIT_OK);
    assert_int_equal(lseek(out, 0, SEEK_SET), 0);
    json_t *root = json_loadfd(out, JSON_REJECT_DUPLICATES, NULL);
    close(out);
    return root;
}

/* A JSON object with exactly these keys, each a string unless its name starts with '#' (a number) or '?' (a boolean). */
static void has_keys(const json_t *object, const char *const *keys)
{
    size_t n = 0;
    for (; keys[n]; n++) {
        const char mark = keys[n][0];
        const json_t *value = json_object_get(object, keys[n] + (mark == '#' || mark == '?'));
        if (!(mark == '#' ? json_is_integer(value) : mark == '?' ? json_is_boolean(value) : json_is_string(value)))
            rp_expect_text("key", keys[n], "of the right type");
    }
    assert_int_equal(json_object_size(object), n);
}

static void the_report_has_its_keys(void **state)
{
    static const char *const hook_keys[] = {"program", "object", "needs",    "since",  "state",
                                            "gives",   "why",    "fallback", "#error", NULL};
    static const char *const map_keys[] = {"map", "#entries", "#bytes", NULL};
    static const char *const fact_keys[] = {"name", "?there", "text", NULL};
    (void)state;
    json_t *root = probed("--json");
    const json_t *each;
    size_t i;

    assert_non_null(root);
    assert_int_equal(json_object_size(root), 5);
    assert_true(json_is_string(json_object_get(root, "kernel")) && json_is_string(json_object_get(root, "machine")));
    assert_true(json_array_size(json_object_get(root, "facts")) > 2);
    assert_int_equal(json_array_size(json_object_get(root, "hooks")), RP_BPF_HOOK_MAX);
    assert_int_equal(json_array_size(json_object_get(root, "maps")), RP_BPF_MAP_MAX);
    json_array_foreach(json_object_get(root, "facts"), i, each) has_keys(each, fact_keys);
    json_array_foreach(json_object_get(root, "maps"), i, each) has_keys(each, map_keys);
    json_array_foreach(json_object_get(root, "hooks"), i, each)
    {
        has_keys(each, hook_keys);
        assert_string_equal(json_string_value(json_object_get(each, "program")), rp_bpf_rows[i].program);
        assert_string_equal(json_string_value(json_object_get(each, "state")), "off");
        assert_true(json_string_length(json_object_get(each, "fallback")) > 0);
    }
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_report_has_its_keys)};
    return RP_RUN(tests);
}
