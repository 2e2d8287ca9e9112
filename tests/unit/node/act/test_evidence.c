// SPDX-License-Identifier: Apache-2.0
#include "node/act/evidence.h"

#include <time.h>

#include "reprieve/answer.h"
#include "unit/node/act/place.h"

/* ---- what counts as newer */

#define FILE_AT(m, c, i, b)                                                                                            \
    {                                                                                                                  \
        .leaf = 7, .state = RP_EVIDENCE_PRESENT, .device = 1, .inode = (i), .bytes = (b), .mtime_ns = (m),             \
        .ctime_ns = (c)                                                                                                \
    }

static void only_what_is_newer_than_itself_counts(void **state)
{
    const struct rp_evidence_file absent = {.leaf = 7, .state = RP_EVIDENCE_ABSENT};
    const struct rp_evidence_file unknown = {.leaf = 7, .state = RP_EVIDENCE_UNKNOWN, .error = -EACCES};
    const struct rp_evidence_file file = FILE_AT(100, 100, 5, 10);
    const struct {
        const char *row;
        struct rp_evidence_file before, now;
        bool fresh;
    } rows[] = {
        {"appeared", absent, file, true},
        {"still not there", absent, absent, false},
        {"the same as before", file, file, false},
        {"written again", file, FILE_AT(101, 101, 5, 10), true},
        {"touched back in time", file, FILE_AT(50, 101, 5, 10), true}, /* ctime cannot be set by a program */
        {"another file by rename", file, FILE_AT(100, 100, 6, 10), true},
        {"longer within one clock tick", file, FILE_AT(100, 100, 5, 11), true},
        {"older than before", file, FILE_AT(99, 99, 5, 10), false},
        {"removed", file, absent, false},
        {"cannot be seen any more", file, unknown, false},
        {"could not be seen before", unknown, file, false},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_evidence baseline = {.n = 1, .file = {rows[i].before}};
        const struct rp_evidence now = {.n = 1, .file = {rows[i].now}};
        rp_expect_i64(rows[i].row, rp_evidence_fresh(&baseline, &now) != NULL, rows[i].fresh);
    }
}

/* What the baseline did not know is taken into it, and counts only from then on. */
static void the_unknown_becomes_the_baseline(void **state)
{
    struct rp_evidence baseline = {0};
    struct rp_evidence now = {.n = 1, .file = {FILE_AT(100, 100, 5, 10)}};
    (void)state;
    assert_null(rp_evidence_fresh(&baseline, &now)); /* never looked at before */
    assert_null(rp_evidence_fresh(&baseline, &now));
    now.file[0].mtime_ns = 200;
    assert_non_null(rp_evidence_fresh(&baseline, &now));
    /* The container was restarted: its file may be an old one on a volume. */
    now.file[0].leaf = 8;
    assert_null(rp_evidence_fresh(&baseline, &now));
    now.file[0].ctime_ns = 300;
    assert_non_null(rp_evidence_fresh(&baseline, &now));
    /* Removed and written again, as programs do that do not trust their disk. */
    now.file[0].state = RP_EVIDENCE_ABSENT;
    assert_null(rp_evidence_fresh(&baseline, &now));
    now.file[0] = (struct rp_evidence_file){.leaf = 8, .state = RP_EVIDENCE_PRESENT};
    assert_non_null(rp_evidence_fresh(&baseline, &now));
    /* More containers than it has room for are never evidence. */
    for (uint32_t leaf = 20; leaf < 30; leaf++) {
        now.file[0].leaf = leaf;
        assert_null(rp_evidence_fresh(&baseline, &now));
    }
}

/* ---- looking */

static struct rp_evidence_file look(struct place *place, const char *name)
{
    struct rp_job_result result = {0};
    place_name(place, name);
    rp_evidence_run(&place->fixture.roots, &place->job, &result);
    assert_int_equal(result.error, 0);
    assert_int_equal(result.evidence.n, 1);
    return result.evidence.file[0];
}

static void looks_at_regular_files_only(void **state)
{
    struct place place;
    (void)state;
    place_make(&place);
    const int data = fixture_open(&place.fixture, "data");
    rp_tree_write(&place.fixture.tree, "data/ack", "step 4000\n");
    rp_tree_mkdir(&place.fixture.tree, "data/directory");
    assert_int_equal(mkfifoat(data, "fifo", 0600), 0);
    assert_int_equal(symlinkat("ack", data, "link"), 0);
    assert_int_equal(symlinkat("directory", data, "linked"), 0);
    rp_tree_write(&place.fixture.tree, "data/directory/ack", "x");
    static const struct {
        const char *name;
        enum rp_evidence_state want;
        int error;
    } rows[] = {
        {"ack", RP_EVIDENCE_PRESENT, 0},
        {"none", RP_EVIDENCE_ABSENT, 0},
        {"ack/below", RP_EVIDENCE_ABSENT, 0},
        {"linked/ack", RP_EVIDENCE_PRESENT, 0}, /* a link on the way stays inside the container's root */
        {"link", RP_EVIDENCE_UNKNOWN, -EINVAL},
        {"fifo", RP_EVIDENCE_UNKNOWN, -EINVAL},
        {"directory", RP_EVIDENCE_UNKNOWN, -EINVAL},
        {"../../../../../../../../proc/self/root/etc/passwd", RP_EVIDENCE_UNKNOWN, -ELOOP}, /* a magic link */
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        const struct rp_evidence_file file = look(&place, rows[i].name);
        rp_expect_i64(rows[i].name, file.state, rows[i].want);
        rp_expect_i64(rows[i].name, file.error, rows[i].error);
    }
    const struct rp_evidence_file ack = look(&place, "ack");
    assert_int_equal(ack.bytes, strlen("step 4000\n"));
    assert_true(ack.inode != 0 && ack.mtime_ns > 0 && ack.ctime_ns > 0);
    close(data);
    fixture_drop(&place.fixture);
}

/* From end to end: an old file, a request, nothing, and then the program writes it again. */
static void a_stale_file_never_counts(void **state)
{
    struct place place;
    const struct timespec tick = {.tv_nsec = 20000000};
    (void)state;
    place_make(&place);
    rp_tree_write(&place.fixture.tree, "data/ack", "old\n");
    struct rp_evidence baseline = {.n = 1, .file = {look(&place, "ack")}};
    struct rp_evidence now = {.n = 1, .file = {look(&place, "ack")}};
    assert_null(rp_evidence_fresh(&baseline, &now));
    (void)nanosleep(&tick, NULL);
    now.file[0] = look(&place, "ack");
    assert_null(rp_evidence_fresh(&baseline, &now));
    rp_tree_write(&place.fixture.tree, "data/ack", "new\n"); /* the same length */
    now.file[0] = look(&place, "ack");
    assert_non_null(rp_evidence_fresh(&baseline, &now));
    fixture_drop(&place.fixture);
}

/* ---- the newest of many */

static void the_newest_counts_when_it_stays_as_it_is(void **state)
{
    struct rp_evidence baseline = {.n = 1, .file = {FILE_AT(100, 100, 5, 10)}}, last = {0};
    struct rp_evidence now = baseline;
    (void)state;
    assert_null(rp_evidence_settled(&baseline, &last, &now));
    assert_null(rp_evidence_settled(&baseline, &last, &now)); /* unchanged, but from before */
    const struct {
        const char *row;
        struct rp_evidence_file file;
        bool settled;
    } rows[] = {
        {"begun", FILE_AT(200, 200, 6, 0), false},     {"still empty", FILE_AT(200, 200, 6, 0), false},
        {"grows", FILE_AT(201, 201, 6, 10), false},    {"grows on", FILE_AT(202, 202, 6, 20), false},
        {"as it was", FILE_AT(202, 202, 6, 20), true}, {"an older one takes its place", FILE_AT(90, 300, 7, 20), false},
        {"and stays", FILE_AT(90, 300, 7, 20), false},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        now.file[0] = rows[i].file;
        rp_expect_i64(rows[i].row, rp_evidence_settled(&baseline, &last, &now) != NULL, rows[i].settled);
    }
}

static void looks_at_the_newest_that_the_pattern_names(void **state)
{
    struct place place;
    (void)state;
    place_make(&place);
    place.job.target.ack = RP_ACK_MTIME;
    assert_int_equal(look(&place, "*.ckpt").state, RP_EVIDENCE_ABSENT);
    rp_tree_write(&place.fixture.tree, "data/a.ckpt", "12345");
    const struct rp_evidence_file file = look(&place, "*.ckpt");
    assert_int_equal(file.state, RP_EVIDENCE_PRESENT);
    assert_int_equal(file.bytes, 5);
    rp_tree_mkdir(&place.fixture.tree, "data/d");
    assert_int_equal(look(&place, "*/../a.ckpt").state, RP_EVIDENCE_UNKNOWN); /* no way upwards behind a wildcard */
    fixture_drop(&place.fixture);
}

/* ---- what reprieve-wrap says */

static void an_answer_is_read_and_known_by_its_number(void **state)
{
    const struct rp_answer_line answer = {.id = 77, .result = RP_ANSWER_FAILED, .bytes = 5000};
    char line[RP_ANSWER_BYTES + 1] = "";
    struct place place;
    (void)state;
    place_make(&place);
    place.job.target.ack = RP_ACK_WRAP;
    assert_int_equal(look(&place, "ACK").state, RP_EVIDENCE_ABSENT);
    rp_tree_write(&place.fixture.tree, "data/ACK", "all is well");
    assert_int_equal(look(&place, "ACK").state, RP_EVIDENCE_UNKNOWN);
    assert_int_equal(look(&place, "ACK").error, -EBADMSG);
    rp_answer_line_make(&answer, line);
    rp_tree_write(&place.fixture.tree, "data/ACK", line);
    const struct rp_evidence now = {.n = 1, .file = {look(&place, "ACK")}};
    assert_int_equal(now.file[0].state, RP_EVIDENCE_PRESENT);
    assert_null(rp_evidence_answer(&now, 76));
    const struct rp_evidence_file *file = rp_evidence_answer(&now, 77);
    assert_non_null(file);
    assert_int_equal(file->result, RP_ANSWER_FAILED);
    assert_int_equal(file->checkpoint_bytes, 5000);
    line[RP_ANSWER_BYTES - 1] = 'x';
    rp_tree_write(&place.fixture.tree, "data/ACK", line);
    assert_int_equal(look(&place, "ACK").state, RP_EVIDENCE_UNKNOWN);
    fixture_drop(&place.fixture);
}

static void a_process_elsewhere_is_not_asked(void **state)
{
    struct place place;
    char line[32];
    (void)state;
    place_make(&place);
    rp_tree_write(&place.fixture.tree, "data/ack", "x");
    (void)snprintf(line, sizeof(line), "%d\n", (int)getpid());
    place.job.cgroup = fixture_cgroup(&place.fixture, "somewhere/else");
    fixture_set(&place.fixture, "somewhere/else", "cgroup.procs", line);
    (void)snprintf(place.job.path, sizeof(place.job.path), "somewhere/else");
    const struct rp_evidence_file file = look(&place, "ack");
    assert_int_equal(file.state, RP_EVIDENCE_UNKNOWN);
    assert_int_equal(file.error, -ESRCH);
    fixture_drop(&place.fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_newer_than_itself_counts),
        cmocka_unit_test(the_unknown_becomes_the_baseline),
        cmocka_unit_test(looks_at_regular_files_only),
        cmocka_unit_test(a_stale_file_never_counts),
        cmocka_unit_test(a_process_elsewhere_is_not_asked),
        cmocka_unit_test(an_answer_is_read_and_known_by_its_number),
        cmocka_unit_test(the_newest_counts_when_it_stays_as_it_is),
        cmocka_unit_test(looks_at_the_newest_that_the_pattern_names),
    };
    return RP_RUN(tests);
}
