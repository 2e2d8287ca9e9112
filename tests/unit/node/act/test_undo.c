// SPDX-License-Identifier: Apache-2.0
#include "node/act/undo.h"

#include <sys/wait.h>

#include "unit/node/act/fixture.h"

#define ID 4242

static void is_made_private_and_whole(void **state)
{
    struct fixture fixture;
    struct stat st;
    (void)state;
    const mode_t before = umask(0277); /* must not matter */
    fixture_make(&fixture);
    umask(before);
    assert_int_equal(fstatat(fixture.run_fd, RP_UNDO_FILE, &st, AT_SYMLINK_NOFOLLOW), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_size, fixture.undo.bytes);
    assert_true(st.st_blocks * 512 >= st.st_size); /* allocated: a full tmpfs must not fault later */
    assert_int_equal(faccessat(fixture.run_fd, RP_UNDO_FILE ".new", F_OK, 0), -1);
    assert_int_equal(rp_undo_used(&fixture.undo), 0);
    fixture_drop(&fixture);
}

static void keeps_records_over_a_restart(void **state)
{
    struct fixture fixture;
    const struct rp_knob_text shown = text_of("8192");
    (void)state;
    fixture_make(&fixture);
    rp_undo_commit(fixture_arm(&fixture, POD_PATH, ID, RP_ACTION_BRACE, "max -> 8193"), &shown);
    (void)fixture_arm(&fixture, POD_PATH, ID + 1, RP_ACTION_FREEZE, "0 -> 1");
    rp_undo_close(&fixture.undo);
    fixture_open_undo(&fixture);
    assert_int_equal(rp_undo_used(&fixture.undo), 2);

    struct rp_undo_change *brace = rp_undo_find(&fixture.undo, ID, RP_KNOB_MEMORY_HIGH);
    assert_non_null(brace);
    assert_true(rp_undo_is_in_force(brace));
    assert_string_equal(brace->path, POD_PATH);
    assert_string_equal(brace->old.s, "max");
    assert_string_equal(brace->shown.s, "8192");
    assert_int_equal(brace->action.reason, RP_REASON_GROWING);
    struct rp_undo_change *freeze = rp_undo_find(&fixture.undo, ID + 1, RP_KNOB_FREEZE);
    assert_non_null(freeze);
    assert_false(rp_undo_is_in_force(freeze));
    assert_null(rp_undo_find(&fixture.undo, ID, RP_KNOB_FREEZE));
    /* New records go on counting, or an old record could pass for a newer one. */
    assert_true(fixture_arm(&fixture, POD_PATH, ID, RP_ACTION_SLOW, "max 100000 -> 1000 100000")->sequence >
                freeze->sequence);
    fixture_drop(&fixture);
}

static void a_full_log_takes_nothing(void **state)
{
    struct fixture fixture;
    const struct rp_action action = {.id = 1, .cgroup = 1, .kind = RP_ACTION_SLOW};
    const struct rp_undo_entry entry = {.action = &action, .path = "x", .knob = RP_KNOB_CPU_MAX};
    struct rp_undo_change *change = NULL;
    (void)state;
    fixture_make(&fixture);
    for (uint32_t i = 0; i < RP_UNDO_CHANGES_MAX; i++) {
        assert_true(rp_undo_has_room(&fixture.undo));
        (void)fixture_arm(&fixture, "x", 100 + i, RP_ACTION_SLOW, "max 100000 -> 1000 100000");
    }
    assert_false(rp_undo_has_room(&fixture.undo));
    assert_int_equal(rp_undo_begin(&fixture.undo, &entry, &change), -ENOSPC);
    assert_null(change);
    assert_int_equal(rp_undo_used(&fixture.undo), RP_UNDO_CHANGES_MAX);
    rp_undo_forget(&fixture.undo.changes[77]);
    assert_int_equal(rp_undo_begin(&fixture.undo, &entry, &change), 0);
    assert_ptr_equal(change, &fixture.undo.changes[77]);
    fixture_drop(&fixture);
}

static void a_path_that_does_not_fit_is_refused(void **state)
{
    struct fixture fixture;
    const struct rp_action action = {.id = 1, .cgroup = 1, .kind = RP_ACTION_SLOW};
    char path[RP_PATH_MAX + 1];
    struct rp_undo_change *change = NULL;
    (void)state;
    fixture_make(&fixture);
    memset(path, 'x', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    const struct rp_undo_entry entry = {.action = &action, .path = path, .knob = RP_KNOB_CPU_MAX};
    assert_int_equal(rp_undo_begin(&fixture.undo, &entry, &change), -ENAMETOOLONG);
    assert_int_equal(rp_undo_used(&fixture.undo), 0);
    fixture_drop(&fixture);
}

/* A second change of a knob replaces the first record; every value that the knob can have by then counts as ours. */
static void a_change_of_a_change_replaces_its_record(void **state)
{
    struct fixture fixture;
    const struct rp_knob_text first = text_of("8192"), second = text_of("16384"), other = text_of("32768");
    const struct rp_action action = {.id = 8, .cgroup = ID, .kind = RP_ACTION_BRACE};
    const struct rp_undo_entry entry = {.action = &action,
                                        .path = POD_PATH,
                                        .knob = RP_KNOB_MEMORY_HIGH,
                                        .old = text_of("max"),
                                        .intended = second,
                                        .earlier = first};
    struct rp_undo_change *change = NULL;
    (void)state;
    fixture_make(&fixture);
    rp_undo_commit(fixture_arm(&fixture, POD_PATH, ID, RP_ACTION_BRACE, "max -> 8192"), &first);
    assert_int_equal(rp_undo_begin(&fixture.undo, &entry, &change), 0);
    assert_int_equal(rp_undo_used(&fixture.undo), 1);
    assert_ptr_equal(rp_undo_find(&fixture.undo, ID, RP_KNOB_MEMORY_HIGH), change);
    assert_true(rp_undo_is_ours(change, &first));
    assert_true(rp_undo_is_ours(change, &second));
    assert_false(rp_undo_is_ours(change, &other));
    assert_false(rp_undo_is_ours(change, &entry.old));
    fixture_drop(&fixture);
}

/* The kernel may make something of a value that we did not foresee: what it showed is then ours as well. */
static void what_the_kernel_showed_is_ours(void **state)
{
    struct fixture fixture;
    const struct rp_knob_text shown = text_of("4096");
    (void)state;
    fixture_make(&fixture);
    struct rp_undo_change *change = fixture_arm(&fixture, POD_PATH, ID, RP_ACTION_BRACE, "max -> 16384");
    assert_false(rp_undo_is_ours(change, &shown));
    rp_undo_commit(change, &shown);
    assert_true(rp_undo_is_ours(change, &shown));
    change->shown.s[0] = '9'; /* damaged: the intended value still serves */
    assert_false(rp_undo_is_ours(change, &change->shown));
    assert_int_equal(rp_undo_change_slot(&fixture.undo, 0), RP_UNDO_SLOT_USED);
    fixture_drop(&fixture);
}

/* Any single damaged byte of a record is noticed, or does not change what the record says. */
static void every_damaged_byte_is_noticed(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_make(&fixture);
    struct rp_undo_change *change = fixture_arm(&fixture, POD_PATH, ID, RP_ACTION_BRACE, "max -> 8192");
    unsigned char *bytes = (unsigned char *)change;
    const size_t body = offsetof(struct rp_undo_change, sequence);
    for (size_t i = 0; i < sizeof(*change); i++) {
        const bool in_shown =
            i >= offsetof(struct rp_undo_change, shown_checksum) &&
            (i < offsetof(struct rp_undo_change, knob) || (i >= offsetof(struct rp_undo_change, shown) && i < body));
        bytes[i] ^= 0x40;
        const enum rp_undo_slot slot = rp_undo_change_slot(&fixture.undo, 0);
        bytes[i] ^= 0x40;
        if (!in_shown && slot != RP_UNDO_SLOT_DAMAGED)
            fail_msg("byte %zu of a record was damaged unnoticed", i);
        if (in_shown && slot != RP_UNDO_SLOT_USED)
            fail_msg("byte %zu is not part of the record yet", i);
    }
    fixture_drop(&fixture);
}

static void patch(const struct fixture *fixture, off_t at, const void *bytes, size_t len)
{
    const int fd = openat(fixture->run_fd, RP_UNDO_FILE, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, len, at), len);
    close(fd);
}

static void cut(const struct fixture *fixture)
{
    const int fd = openat(fixture->run_fd, RP_UNDO_FILE, O_WRONLY | O_CLOEXEC);
    assert_int_equal(ftruncate(fd, 5000), 0);
    close(fd);
}

static void no_magic(const struct fixture *fixture)
{
    patch(fixture, 0, "X", 1);
}

static void other_version(const struct fixture *fixture)
{
    patch(fixture, 8, "\xff", 1);
}

static void bad_checksum(const struct fixture *fixture)
{
    patch(fixture, 12, "\xff\xff\xff\xff", 4);
}

static void unterminated_boot_id(const struct fixture *fixture)
{
    patch(fixture, 32, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", RP_BOOT_ID_MAX);
}

static void readable_by_others(const struct fixture *fixture)
{
    assert_int_equal(fchmodat(fixture->run_fd, RP_UNDO_FILE, 0644, 0), 0);
}

static void linked_twice(const struct fixture *fixture)
{
    assert_int_equal(linkat(fixture->run_fd, RP_UNDO_FILE, fixture->run_fd, "twin", 0), 0);
}

static void a_symlink(const struct fixture *fixture)
{
    assert_int_equal(renameat(fixture->run_fd, RP_UNDO_FILE, fixture->run_fd, "elsewhere"), 0);
    assert_int_equal(symlinkat("elsewhere", fixture->run_fd, RP_UNDO_FILE), 0);
}

static void a_fifo(const struct fixture *fixture)
{
    assert_int_equal(unlinkat(fixture->run_fd, RP_UNDO_FILE, 0), 0);
    assert_int_equal(mkfifoat(fixture->run_fd, RP_UNDO_FILE, 0600), 0);
}

static void a_directory(const struct fixture *fixture)
{
    assert_int_equal(unlinkat(fixture->run_fd, RP_UNDO_FILE, 0), 0);
    assert_int_equal(mkdirat(fixture->run_fd, RP_UNDO_FILE, 0600), 0);
}

static void damaged_files_are_set_aside(void **state)
{
    static const struct {
        const char *row;
        void (*damage)(const struct fixture *fixture);
        enum rp_undo_damage want;
    } rows[] = {
        {"cut", cut, RP_UNDO_BAD_SIZE},
        {"another version", other_version, RP_UNDO_OTHER_VERSION},
        {"boot id without end", unterminated_boot_id, RP_UNDO_BAD_HEADER},
        {"readable by others", readable_by_others, RP_UNDO_FOREIGN},
        {"a second name", linked_twice, RP_UNDO_FOREIGN},
        {"a symlink", a_symlink, RP_UNDO_FOREIGN},
        {"a fifo", a_fifo, RP_UNDO_FOREIGN},
        {"a directory", a_directory, RP_UNDO_FOREIGN},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct fixture fixture;
        struct rp_undo again = RP_UNDO_NULL;
        struct stat st;
        enum rp_undo_damage damage = RP_UNDO_SOUND;
        fixture_make(&fixture);
        (void)fixture_arm(&fixture, POD_PATH, ID, RP_ACTION_BRACE, "max -> 8192");
        rows[i].damage(&fixture);
        rp_expect_i64(rows[i].row, rp_undo_open_existing(fixture.run_fd, BOOT_ID, &again, &damage), -EBADMSG);
        rp_expect_i64(rows[i].row, damage, rows[i].want);
        assert_null(again.map);
        damage = RP_UNDO_SOUND;
        rp_expect_i64(rows[i].row, rp_undo_open(fixture.run_fd, BOOT_ID, &again, &damage), 0);
        rp_expect_i64(rows[i].row, damage, rows[i].want);
        rp_expect_u64(rows[i].row, rp_undo_used(&again), 0);
        rp_expect_i64(rows[i].row, fstatat(fixture.run_fd, RP_UNDO_FILE ".damaged", &st, AT_SYMLINK_NOFOLLOW), 0);
        assert_true(strlen(rp_undo_damage_text(damage)) > 5);
        rp_undo_close(&again);
        fixture_drop(&fixture);
    }
}

static void bad_size_of_records(const struct fixture *fixture)
{
    patch(fixture, 20, "\xff", 1);
}

static void a_log_with_whole_records_is_mended(void **state)
{
    static void (*const damages[])(const struct fixture *) = {no_magic, bad_checksum, bad_size_of_records};
    (void)state;
    for (size_t i = 0; i < RP_ROWS(damages); i++) {
        struct fixture fixture;
        struct rp_undo again = RP_UNDO_NULL;
        enum rp_undo_damage damage = RP_UNDO_SOUND;
        fixture_make(&fixture);
        const uint64_t sequence = fixture_arm(&fixture, POD_PATH, ID, RP_ACTION_BRACE, "max -> 8192")->sequence;
        *fixture.undo.sequence = 0;
        damages[i](&fixture);
        assert_int_equal(rp_undo_open_existing(fixture.run_fd, BOOT_ID, &again, &damage), 0);
        assert_int_equal(damage, RP_UNDO_MENDED);
        assert_int_equal(rp_undo_used(&again), 1);
        assert_int_equal(*again.sequence, sequence);
        assert_true(rp_undo_find(&again, ID, RP_KNOB_MEMORY_HIGH) != NULL);
        rp_undo_close(&again);
        assert_int_equal(rp_undo_open_existing(fixture.run_fd, BOOT_ID, &again, &damage), 0);
        assert_int_equal(damage, RP_UNDO_SOUND);
        rp_undo_close(&again);
        fixture_drop(&fixture);
    }
}

/* Without a whole record there is nothing to mend it for; and one whose header names another boot is of no use. */
static void a_log_without_use_is_not_mended(void **state)
{
    (void)state;
    for (int empty = 0; empty < 2; empty++) {
        struct fixture fixture;
        struct rp_undo again = RP_UNDO_NULL;
        enum rp_undo_damage damage = RP_UNDO_SOUND;
        fixture_make(&fixture);
        if (!empty)
            (void)fixture_arm(&fixture, POD_PATH, ID, RP_ACTION_BRACE, "max -> 8192");
        no_magic(&fixture);
        const char *boot = empty ? BOOT_ID : "fedcba98-7654-3210-fedc-ba9876543210";
        assert_int_equal(rp_undo_open_existing(fixture.run_fd, boot, &again, &damage), -EBADMSG);
        assert_int_equal(damage, RP_UNDO_BAD_MAGIC);
        fixture_drop(&fixture);
    }
}

/* A reboot resets every knob, so records from before it must not be acted upon. */
static void another_boot_is_discarded(void **state)
{
    struct fixture fixture;
    enum rp_undo_damage damage = RP_UNDO_SOUND;
    (void)state;
    fixture_make(&fixture);
    (void)fixture_arm(&fixture, POD_PATH, ID, RP_ACTION_BRACE, "max -> 8192");
    rp_undo_close(&fixture.undo);
    assert_int_equal(rp_undo_open(fixture.run_fd, "fedcba98-7654-3210-fedc-ba9876543210", &fixture.undo, &damage), 0);
    assert_int_equal(damage, RP_UNDO_OTHER_BOOT);
    assert_int_equal(rp_undo_used(&fixture.undo), 0);
    fixture_drop(&fixture);
}

static void opening_without_making(void **state)
{
    struct fixture fixture;
    struct rp_undo undo = RP_UNDO_NULL;
    enum rp_undo_damage damage = RP_UNDO_SOUND;
    (void)state;
    fixture_make(&fixture);
    assert_int_equal(unlinkat(fixture.run_fd, RP_UNDO_FILE, 0), 0);
    assert_int_equal(rp_undo_open_existing(fixture.run_fd, BOOT_ID, &undo, &damage), -ENOENT);
    assert_int_equal(faccessat(fixture.run_fd, RP_UNDO_FILE, F_OK, 0), -1);
    /* A boot id that does not fit is the caller's mistake and leaves nothing behind. */
    assert_int_equal(rp_undo_open(fixture.run_fd, "0123456789012345678901234567890123456789", &undo, &damage), -EINVAL);
    assert_int_equal(faccessat(fixture.run_fd, RP_UNDO_FILE, F_OK, 0), -1);
    fixture_drop(&fixture);
}

/* The mark under which a search may stop: rises with the records, and is found again whatever the file says. */
static void the_top_is_above_every_task(void **state)
{
    struct fixture fixture;
    const struct rp_undo_task task = {.group = 1, .leaf = 2, .pid = 7, .starttime = 9, .old = 0, .now = 1000};
    struct rp_undo_task *added[3];
    enum rp_undo_damage damage = RP_UNDO_SOUND;
    (void)state;
    fixture_make(&fixture);
    assert_int_equal(rp_undo_tasks_top(&fixture.undo), 0);
    for (uint32_t i = 0; i < RP_ROWS(added); i++) {
        assert_int_equal(rp_undo_add_task(&fixture.undo, &task, &added[i]), 0);
        rp_undo_commit_task(added[i]);
        assert_int_equal(rp_undo_tasks_top(&fixture.undo), i + 1);
    }
    rp_undo_forget_task(added[0]);
    assert_int_equal(rp_undo_tasks_top(&fixture.undo), 3);
    *fixture.undo.tasks_top = UINT32_MAX;
    assert_int_equal(rp_undo_tasks_top(&fixture.undo), RP_UNDO_TASKS_MAX);
    *fixture.undo.tasks_top = 0; /* as a file of before this mark was known has it */
    rp_undo_close(&fixture.undo);
    assert_int_equal(rp_undo_open(fixture.run_fd, BOOT_ID, &fixture.undo, &damage), 0);
    assert_int_equal(rp_undo_tasks_top(&fixture.undo), 3);
    fixture_drop(&fixture);
}

/* Several hands write down processes at the same time: none is lost, none is mixed with another. */
static void hands_add_tasks_at_once(void **state)
{
    enum { WRITERS = 4, EACH = 600 };
    struct fixture fixture;
    bool seen[WRITERS * EACH] = {false};
    uint32_t used = 0;
    (void)state;
    fixture_make(&fixture);
    for (int w = 0; w < WRITERS; w++) {
        if (fork() != 0)
            continue;
        for (int i = 0; i < EACH; i++) {
            const int n = w * EACH + i;
            const struct rp_undo_task task = {
                .group = 1, .leaf = 2, .pid = n + 1, .starttime = (uint64_t)n, .old = 0, .now = 1000};
            struct rp_undo_task *added = NULL;
            if (rp_undo_add_task(&fixture.undo, &task, &added) != 0)
                _exit(1);
            rp_undo_commit_task(added);
        }
        _exit(0);
    }
    for (int w = 0; w < WRITERS; w++) {
        int status = 1;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    for (uint32_t i = 0; i < RP_UNDO_TASKS_MAX; i++) {
        if (rp_undo_task_slot(&fixture.undo, i) != RP_UNDO_SLOT_USED)
            continue;
        const struct rp_undo_task *task = &fixture.undo.tasks[i];
        assert_int_equal(task->starttime, task->pid - 1);
        assert_false(seen[task->pid - 1]);
        seen[task->pid - 1] = true;
        used++;
    }
    assert_int_equal(used, WRITERS * EACH);
    struct rp_undo_task *task = NULL;
    const struct rp_undo_task more = {.pid = 1};
    while (rp_undo_add_task(&fixture.undo, &more, &task) == 0)
        used++;
    assert_int_equal(used, RP_UNDO_TASKS_MAX);
    rp_undo_forget_task(&fixture.undo.tasks[5]);
    assert_int_equal(rp_undo_add_task(&fixture.undo, &more, &task), 0);
    fixture_drop(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_made_private_and_whole),
        cmocka_unit_test(keeps_records_over_a_restart),
        cmocka_unit_test(a_full_log_takes_nothing),
        cmocka_unit_test(a_path_that_does_not_fit_is_refused),
        cmocka_unit_test(a_change_of_a_change_replaces_its_record),
        cmocka_unit_test(what_the_kernel_showed_is_ours),
        cmocka_unit_test(every_damaged_byte_is_noticed),
        cmocka_unit_test(damaged_files_are_set_aside),
        cmocka_unit_test(a_log_with_whole_records_is_mended),
        cmocka_unit_test(a_log_without_use_is_not_mended),
        cmocka_unit_test(another_boot_is_discarded),
        cmocka_unit_test(opening_without_making),
        cmocka_unit_test(the_top_is_above_every_task),
        cmocka_unit_test(hands_add_tasks_at_once),
    };
    return RP_RUN(tests);
}
