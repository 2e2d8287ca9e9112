// SPDX-License-Identifier: Apache-2.0
#include "node/act/request_file.h"

#include <poll.h>

#include "node/act/clock.h"
#include "reprieve/request.h"
#include "unit/node/act/place.h"

static struct rp_job_result put(struct place *place, const char *name, uint64_t id)
{
    struct rp_job_result result = {0};
    int pidfd = 5;
    place_name(place, name);
    place->job.kind = RP_JOB_REQUEST;
    place->job.request = (struct rp_job_request){
        .id = id, .due_ns = rp_clock_ns() + 41 * RP_NS_PER_S, .reason = RP_REASON_CHECKPOINT_LATE, .is_critical = true};
    rp_request_file_run(&place->fixture.roots, &place->job, &result, &pidfd);
    assert_int_equal(pidfd, -1);
    return result;
}

static struct rp_request_line parsed(struct place *place, const char *path)
{
    char text[RP_REQUEST_BYTES + 1];
    struct rp_request_line line = {0};
    rp_tree_read(&place->fixture.tree, path, text, sizeof(text));
    assert_int_equal(strlen(text), RP_REQUEST_BYTES);
    assert_int_equal(rp_request_line_parse(text, RP_REQUEST_BYTES, &line), 0);
    return line;
}

static struct stat stat_of(struct place *place, const char *path)
{
    struct stat st;
    char full[1024];
    (void)snprintf(full, sizeof(full), "%s/%s", place->fixture.tree.root, path);
    assert_int_equal(lstat(full, &st), 0);
    return st;
}

static void made_first_and_overwritten_in_place(void **state)
{
    struct place place;
    (void)state;
    place_make(&place);
    struct rp_job_result result = put(&place, "REQUEST", 0);
    assert_int_equal(result.error, 0);
    assert_int_equal(result.touched, 1);
    assert_int_equal(result.pid, getpid());
    assert_int_equal(parsed(&place, "data/REQUEST").id, 0);
    const struct stat before = stat_of(&place, "data/REQUEST");
    assert_int_equal(before.st_mode & 0777, 0644);
    assert_int_equal(put(&place, "REQUEST", 77).error, 0);
    struct rp_request_line line = parsed(&place, "data/REQUEST");
    assert_int_equal(line.id, 77);
    assert_string_equal(line.reason, "checkpoint-late");
    assert_string_equal(line.severity, "critical");
    assert_true(line.seconds >= 40 && line.seconds <= 41);
    assert_true(line.deadline_unix_s >= (uint64_t)before.st_mtim.tv_sec + line.seconds);
    const struct stat after = stat_of(&place, "data/REQUEST");
    assert_true(after.st_ino == before.st_ino && after.st_size == before.st_size);
    /* Made ready once more, as after a restart: what it says stays. */
    assert_int_equal(put(&place, "REQUEST", 0).error, 0);
    assert_int_equal(parsed(&place, "data/REQUEST").id, 77);
    /* The program has made the file itself. */
    rp_tree_write(&place.fixture.tree, "data/own", "");
    assert_int_equal(put(&place, "own", 78).error, 0);
    assert_int_equal(parsed(&place, "data/own").id, 78);
    fixture_drop(&place.fixture);
}

static void refuses_what_is_no_request_file(void **state)
{
    static const struct {
        const char *name;
        int error;
    } rows[] = {
        {"notes", -EEXIST},     {"longer", -EEXIST}, {"link", -EINVAL},       {"dangling", -EINVAL},
        {"directory", -EINVAL}, {"fifo", -EINVAL},   {"none/below", -ENOENT}, {"notes/below", -ENOTDIR},
    };
    struct place place;
    char text[RP_REQUEST_BYTES + 2];
    (void)state;
    place_make(&place);
    const int data = fixture_open(&place.fixture, "data");
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    rp_tree_write(&place.fixture.tree, "data/notes", "dear diary\n");
    rp_tree_write(&place.fixture.tree, "data/longer", text);
    rp_tree_write(&place.fixture.tree, "data/empty", "");
    rp_tree_mkdir(&place.fixture.tree, "data/directory");
    assert_int_equal(mkfifoat(data, "fifo", 0600), 0);
    assert_int_equal(symlinkat("empty", data, "link"), 0);
    assert_int_equal(symlinkat("nothing", data, "dangling"), 0);
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        rp_expect_i64(rows[i].name, put(&place, rows[i].name, 0).error, rows[i].error);
        const struct rp_job_result result = put(&place, rows[i].name, 9);
        rp_expect_i64(rows[i].name, result.error, rows[i].error);
        rp_expect_i64(rows[i].name, result.touched, 0);
    }
    assert_int_equal(stat_of(&place, "data/empty").st_size, 0);
    assert_int_equal(faccessat(data, "nothing", F_OK, 0), -1);
    rp_tree_read(&place.fixture.tree, "data/notes", text, sizeof(text));
    assert_string_equal(text, "dear diary\n");
    assert_int_equal(put(&place, "../../../../../../../../proc/self/root/tmp/x", 9).error, -ELOOP); /* a magic link */
    close(data);
    fixture_drop(&place.fixture);
}

static void writes_nothing_for_who_left_the_cgroup(void **state)
{
    struct place place;
    char line[32];
    (void)state;
    place_make(&place);
    (void)snprintf(line, sizeof(line), "%d\n", (int)getpid());
    place.job.cgroup = fixture_cgroup(&place.fixture, "somewhere/else");
    fixture_set(&place.fixture, "somewhere/else", "cgroup.procs", line);
    (void)snprintf(place.job.path, sizeof(place.job.path), "somewhere/else");
    assert_int_equal(put(&place, "REQUEST", 5).error, -ESRCH);
    char full[1024];
    (void)snprintf(full, sizeof(full), "%s/data/REQUEST", place.fixture.tree.root);
    assert_int_equal(access(full, F_OK), -1);
    fixture_drop(&place.fixture);
}

/* `checkpoint-ack: exit` waits for the container's own process. */
static void gives_a_descriptor_of_whom_it_asked(void **state)
{
    struct place place;
    struct rp_job_result result = {0};
    int pidfd = -1;
    (void)state;
    place_make(&place);
    place_name(&place, "REQUEST");
    place.job.request.id = 3;
    place.job.target.want_pidfd = true;
    rp_request_file_run(&place.fixture.roots, &place.job, &result, &pidfd);
    assert_int_equal(result.error, 0);
    struct pollfd ended = {.fd = pidfd, .events = POLLIN};
    assert_true(pidfd >= 0);
    assert_int_equal(poll(&ended, 1, 0), 0); /* we still run */
    close(pidfd);
    fixture_drop(&place.fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_first_and_overwritten_in_place),
        cmocka_unit_test(refuses_what_is_no_request_file),
        cmocka_unit_test(writes_nothing_for_who_left_the_cgroup),
        cmocka_unit_test(gives_a_descriptor_of_whom_it_asked),
    };
    return RP_RUN(tests);
}
