// SPDX-License-Identifier: Apache-2.0
/* reprieve replay: what it prints, and with which exit code it ends. */
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"
#include "harness/harness.h"
#include "harness/tree.h"
#include "unit/node/record/recorded.h"

static struct rp_tree tree;

struct said {
    int code;
    char *out, *err; /* freed by the next */
};

static char *read_back(int fd)
{
    const off_t len = lseek(fd, 0, SEEK_END);
    char *text = calloc(1, (size_t)len + 1);
    assert_int_equal(pread(fd, text, (size_t)len, 0), len);
    return text;
}

/* Run the tool with its output in files. */
static void say(struct said *said, const char *const *words)
{
    static char tool[] = "reprieve", verb[] = "replay";
    char *argv[12] = {tool, verb};
    int argc = 2;
    FILE *files[2] = {tmpfile(), tmpfile()};
    const int kept[2] = {dup(STDOUT_FILENO), dup(STDERR_FILENO)};
    for (; words[argc - 2]; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc - 2];
    fflush(stdout);
    fflush(stderr);
    for (int i = 0; i < 2; i++)
        assert_true(dup2(fileno(files[i]), STDOUT_FILENO + i) >= 0);
    said->code = rp_cli_main(argc, argv);
    fflush(stdout);
    fflush(stderr);
    for (int i = 0; i < 2; i++) {
        assert_true(dup2(kept[i], STDOUT_FILENO + i) >= 0);
        close(kept[i]);
    }
    free(said->out);
    free(said->err);
    said->out = read_back(fileno(files[0]));
    said->err = read_back(fileno(files[1]));
    (void)fclose(files[0]);
    (void)fclose(files[1]);
}

static void drop(struct said *said)
{
    free(said->out);
    free(said->err);
}

static int record(void **state)
{
    static struct rp_play play;
    (void)state;
    rp_tree_make(&tree);
    rp_tree_mkdir(&tree, "recordings");
    char path[300];
    (void)snprintf(path, sizeof(path), "%s/recordings", tree.root);
    play_into(&play, story_named("burst-enforce"), path, 10);
    rp_play_close(&play);
    (void)snprintf(path, sizeof(path), "%s", tree.root);
    assert_int_equal(chdir(path), 0);
    rp_tree_write(&tree, "other.yaml", "act: {probability: 95%, horizon: 5s}\n");
    rp_tree_write(&tree, "wrong.yaml", "act: {probability: often}\n");
    rp_tree_write(&tree, "kubelet.json", "{\"evictionHard\": {\"memory.available\": \"2Gi\"}}");
    rp_tree_write(&tree, "wrong.json", "{\"evictionHard\": {\"memory.available\": \"much\"}}");
    rp_tree_write(&tree, "none.rprec", "not a recording");
    return 0;
}

static int forget(void **state)
{
    (void)state;
    assert_int_equal(chdir("/"), 0);
    rp_tree_drop(&tree);
    return 0;
}

static void words_and_what_they_lead_to(void **state)
{
    static const struct {
        const char *words[8];
        int code;
        const char *out, *err; /* what must be in it */
    } rows[] = {
        {{"recordings"}, 0, "every decision is the recorded one", ""},
        {{"recordings"}, 0, "decides   freeze default/burst-1: ", ""},
        {{"recordings", "--speed", "1000000"}, 0, "every decision is the recorded one", ""},
        {{"recordings", "--policy", "other.yaml"}, 0, "Only what was seen is replayed", ""},
        {{"recordings", "--policy", "other.yaml"}, 0, "- was     freeze", ""},
        {{"recordings", "--kubelet-config", "kubelet.json"}, 0, "+ would", ""},
        {{"recordings", "--at", "10s"}, 0, "phase calm", ""},
        {{"recordings", "--at", "1m33s"}, 0, "phase act", ""},
        {{"recordings", "--at", "#49"}, 0, "phase act", ""},
        {{"recordings", "--at", "2023-11-14T22:14:53Z"}, 0, "phase act", ""},
        {{"recordings", "--at", "2001-01-01T00:00:00Z"}, 1, "", "neither a start nor a keyframe"},
        {{"none.rprec"}, 1, "", "none.rprec: no recording, or nothing of it is whole"},
        {{"nowhere"}, 1, "", "nowhere: there is no recording"},
        {{"recordings", "--policy", "wrong.yaml"}, 2, "", "wrong.yaml:1:"},
        {{"recordings", "--policy", "nowhere.yaml"}, 2, "", "nowhere.yaml"},
        {{"recordings", "--kubelet-config", "wrong.json"}, 2, "", "wrong.json: line 1: memory.available: "},
        {{NULL}, 2, "", "name one recording"},
        {{"recordings", "recordings"}, 2, "", "name one recording"},
        {{"recordings", "--speed", "0"}, 2, "", "name one recording"},
        {{"recordings", "--at", "soon"}, 2, "", "name one recording"},
        {{"recordings", "--at", "#0"}, 2, "", "name one recording"},
        {{"recordings", "--at", "5s", "--speed", "2"}, 2, "", "name one recording"},
    };
    struct said said = {0};
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        char row[80];
        (void)snprintf(row, sizeof(row), "%s %s %s", rows[i].words[0] ? rows[i].words[0] : "",
                       rows[i].words[1] ? rows[i].words[1] : "", rows[i].words[2] ? rows[i].words[2] : "");
        say(&said, rows[i].words);
        rp_expect_i64(row, said.code, rows[i].code);
        rp_expect_i64(row, strstr(said.out, rows[i].out) != NULL, true);
        rp_expect_i64(row, strstr(said.err, rows[i].err) != NULL, true);
        rp_expect_i64(row, rows[i].err[0] != '\0', said.err[0] != '\0');
    }
    drop(&said);
}

static void json_says_the_same(void **state)
{
    static const char *const words[] = {"recordings", "--json", "--policy", "other.yaml", NULL};
    struct said said = {0};
    json_error_t error;
    (void)state;
    say(&said, words);
    json_t *root = json_loads(said.out, 0, &error);
    assert_non_null(root);
    const json_t *summary = json_object_get(root, "summary");
    rp_expect_i64("samples", json_integer_value(json_object_get(summary, "samples")) > 100, true);
    rp_expect_i64("differ", json_integer_value(json_object_get(summary, "decisions_differ")), 0);
    assert_true(json_array_size(json_object_get(root, "events")) > 10);
    assert_true(json_array_size(json_object_get(json_object_get(root, "what_if"), "actions")) > 0);
    assert_non_null(json_object_get(json_object_get(root, "what_if"), "note"));
    json_decref(root);
    drop(&said);
}

/* The same recording twice is the same text, byte for byte. */
static void the_same_again(void **state)
{
    static const char *const words[] = {"recordings", "--policy", "other.yaml", NULL};
    struct said first = {0}, second = {0};
    (void)state;
    say(&first, words);
    say(&second, words);
    assert_string_equal(first.out, second.out);
    drop(&first);
    drop(&second);
}

/* A byte is flipped in the middle of the file: named by file and place, and the rest goes on. */
static void damage_is_named(void **state)
{
    static const char *const words[] = {"recordings", NULL};
    struct said said = {0};
    unsigned char byte;
    (void)state;
    int fd = open("recordings/segment-01.rprec", O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, 9000), 1);
    byte ^= 4;
    assert_int_equal(pwrite(fd, &byte, 1, 9000), 1);
    close(fd);
    say(&said, words);
    rp_expect_i64("code", said.code, 0);
    assert_non_null(strstr(said.out, "DAMAGE    recordings/segment-01.rprec at "));
    assert_non_null(strstr(said.out, "GAP"));
    assert_non_null(strstr(said.out, "incomplete: 1 damaged places"));
    drop(&said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_and_what_they_lead_to),
        cmocka_unit_test(json_says_the_same),
        cmocka_unit_test(the_same_again),
        cmocka_unit_test(damage_is_named),
    };
    return cmocka_run_group_tests(tests, record, forget);
}
