// SPDX-License-Identifier: Apache-2.0
/* A pod's logs in a tree of plain files, and this very process as the one that holds deleted files. */
#include "node/act/pod_disk.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/fdio.h"
#include "core/parse/proc_cgroup.h"
#include "node/act/clock.h"
#include "unit/node/act/fixture.h"

#define UID  "11111111-2222-3333-4444-555555555555"
#define LOGS "var/log/pods/"

struct place {
    struct fixture fixture;
    struct rp_policy policy;
    struct rp_job job;
    struct rp_job_result result;
};

static void make(struct place *place)
{
    *place = (struct place){0};
    fixture_make(&place->fixture);
    rp_policy_init(&place->policy);
    assert_int_equal(rp_copy(place->policy.host_root, sizeof(place->policy.host_root), place->fixture.tree.root), 0);
    place->job = (struct rp_job){.cgroup = fixture_cgroup(&place->fixture, POD_PATH),
                                 .deadline_ns = RP_NS_FOREVER,
                                 .path = POD_PATH,
                                 .pod_uid = UID};
}

static const struct rp_pod_disk_reading *look(struct place *place)
{
    place->result = (struct rp_job_result){0};
    rp_pod_disk_run(&place->policy, &place->fixture.roots, &place->job, &place->result);
    return &place->result.pod_disk;
}

static uint64_t allocated(const struct place *place, const char *path)
{
    char full[1024];
    struct stat st;
    (void)snprintf(full, sizeof(full), "%s/%s", place->fixture.tree.root, path);
    assert_int_equal(lstat(full, &st), 0);
    return (uint64_t)st.st_blocks * 512;
}

/* ---- logs */

static void logs_are_measured_whole(void **state)
{
    static const char *const files[] = {LOGS "science_assembly-0_" UID "/megahit/0.log",
                                        LOGS "science_assembly-0_" UID "/megahit/0.log.20261124",
                                        LOGS "science_assembly-0_" UID "/sidecar/3.log"};
    struct place place;
    char text[20000];
    uint64_t sum = 0;
    (void)state;
    make(&place);
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    for (size_t i = 0; i < RP_ROWS(files); i++) {
        rp_tree_write(&place.fixture.tree, files[i], text);
        sum += allocated(&place, files[i]);
    }
    sum += allocated(&place, LOGS "science_assembly-0_" UID "/megahit");
    sum += allocated(&place, LOGS "science_assembly-0_" UID "/sidecar");
    rp_tree_write(&place.fixture.tree, LOGS "science_assembly-1_99999999-2222-3333-4444-555555555555/c/0.log", text);
    rp_tree_write(&place.fixture.tree, LOGS "science_x" UID "/c/0.log", text); /* no pod's directory */
    const struct rp_pod_disk_reading *found = look(&place);
    assert_int_equal(place.result.error, 0);
    assert_int_equal(found->known, RP_POD_DISK_LOGS | RP_POD_DISK_DELETED);
    assert_int_equal(found->cgroup, place.job.cgroup);
    assert_int_equal(found->log_bytes, sum);
    assert_true(found->t_ns > 0);
    fixture_drop(&place.fixture);
}

static void without_a_directory_logs_are_unknown(void **state)
{
    struct place place;
    (void)state;
    make(&place);
    assert_int_equal(look(&place)->known, RP_POD_DISK_DELETED); /* no /var/log/pods */
    rp_tree_mkdir(&place.fixture.tree, LOGS "a_b_99999999-2222-3333-4444-555555555555");
    assert_int_equal(look(&place)->known, RP_POD_DISK_DELETED); /* not this pod's */
    rp_tree_mkdir(&place.fixture.tree, LOGS "a_b_" UID);
    assert_int_equal(look(&place)->known, RP_POD_DISK_DELETED | RP_POD_DISK_LOGS); /* empty is zero */
    assert_int_equal(place.result.pod_disk.log_bytes, 0);
    place.job.pod_uid[0] = '\0'; /* a workload outside of Kubernetes */
    assert_int_equal(look(&place)->known, RP_POD_DISK_DELETED);
    fixture_drop(&place.fixture);
}

/* A link in a log directory counts as itself: what it leads to may be anywhere. */
static void links_are_not_followed(void **state)
{
    struct place place;
    char link[1024];
    (void)state;
    make(&place);
    rp_tree_write(&place.fixture.tree, "elsewhere/big", "some text that takes a block");
    rp_tree_mkdir(&place.fixture.tree, LOGS "a_b_" UID "/c");
    (void)snprintf(link, sizeof(link), "%s/" LOGS "a_b_" UID "/c/0.log", place.fixture.tree.root);
    assert_int_equal(symlink("/elsewhere/big", link), 0);
    (void)snprintf(link, sizeof(link), "%s/" LOGS "a_b_" UID "/d", place.fixture.tree.root);
    assert_int_equal(symlink("/elsewhere", link), 0);
    const uint64_t sum = allocated(&place, LOGS "a_b_" UID "/c") + allocated(&place, LOGS "a_b_" UID "/c/0.log") +
                         allocated(&place, LOGS "a_b_" UID "/d");
    assert_int_equal(look(&place)->log_bytes, sum);
    fixture_drop(&place.fixture);
}

static void too_much_is_said_to_be_partial(void **state)
{
    struct place place;
    (void)state;
    make(&place);
    for (int i = 0; i < 80; i++) {
        char path[256];
        (void)snprintf(path, sizeof(path), LOGS "a_b_" UID "/container-%d", i);
        rp_tree_mkdir(&place.fixture.tree, path);
    }
    assert_int_equal(look(&place)->known, RP_POD_DISK_LOGS | RP_POD_DISK_DELETED | RP_POD_DISK_PARTIAL);
    place.job.deadline_ns = rp_clock_ns() + RP_NS_PER_S; /* no time is left for any of it */
    assert_true(look(&place)->known & RP_POD_DISK_PARTIAL);
    assert_int_equal(place.result.pod_disk.log_bytes, 0);
    fixture_drop(&place.fixture);
}

static void a_pod_that_is_gone_is_an_error(void **state)
{
    struct place place;
    (void)state;
    make(&place);
    place.job.cgroup++;
    assert_int_equal(look(&place)->known, 0);
    assert_int_equal(place.result.error, -ENOENT);
    fixture_drop(&place.fixture);
}

/* ---- deleted files: /proc is real, and so is this process */

static void make_real(struct place *place)
{
    struct rp_proc_cgroup own = {0};
    char text[4096], line[32];
    size_t len = 0;
    const int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
    assert_int_equal(rp_pread_all(fd, text, sizeof(text), &len), 0);
    close(fd);
    assert_int_equal(rp_parse_proc_cgroup(text, len, &own), 0);
    if (own.hierarchy == RP_HIERARCHY_V1) {
        print_message("SKIP: this machine has no cgroup v2 tree\n");
        skip();
    }
    make(place);
    close(place->fixture.roots.proc_fd);
    place->fixture.roots.proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    place->job.cgroup = fixture_cgroup(&place->fixture, own.path);
    (void)snprintf(place->job.path, sizeof(place->job.path), "%s", own.path);
    (void)snprintf(line, sizeof(line), "%d\n", (int)getpid());
    fixture_set(&place->fixture, own.path, "cgroup.procs", line);
}

/* A file of about that size, open. */
static int open_file(const struct place *place, const char *name, size_t bytes)
{
    char full[1024];
    char *text = calloc(1, bytes);
    assert_non_null(text);
    memset(text, 'x', bytes);
    (void)snprintf(full, sizeof(full), "%s/%s", place->fixture.tree.root, name);
    const int fd = open(full, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(rp_write_all(fd, text, bytes), 0);
    assert_int_equal(fsync(fd), 0); /* delayed allocation would count no blocks yet */
    free(text);
    return fd;
}

static void deleted_files_are_found_and_counted_once(void **state)
{
    struct place place;
    struct stat st;
    (void)state;
    make_real(&place);
    const struct rp_pod_disk_reading before = *look(&place);
    assert_int_equal(place.result.error, 0);
    const int kept = open_file(&place, "kept", 50000);
    const int deleted = open_file(&place, "deleted", 100000);
    const int again = dup(deleted), linked = open_file(&place, "linked", 70000);
    const int memory = memfd_create("memory", MFD_CLOEXEC);
    assert_int_equal(ftruncate(memory, 1 << 20), 0);
    rp_tree_remove(&place.fixture.tree, "deleted");
    char from[1024], to[1024];
    (void)snprintf(from, sizeof(from), "%s/linked", place.fixture.tree.root);
    (void)snprintf(to, sizeof(to), "%s/other-name", place.fixture.tree.root);
    assert_int_equal(link(from, to), 0);
    rp_tree_remove(&place.fixture.tree, "linked"); /* it has another name still */
    assert_int_equal(fstat(deleted, &st), 0);
    struct rp_pod_disk_reading after = *look(&place);
    assert_true(after.known & RP_POD_DISK_DELETED);
    assert_int_equal(after.deleted_files - before.deleted_files, 1);
    assert_int_equal(after.deleted_bytes - before.deleted_bytes, (uint64_t)st.st_blocks * 512);
    close(deleted);
    assert_int_equal(look(&place)->deleted_files - before.deleted_files, 1); /* the copy holds it */
    close(again);
    assert_int_equal(look(&place)->deleted_files, before.deleted_files);
    close(kept);
    close(linked);
    close(memory);
    fixture_drop(&place.fixture);
}

static void files_of_others_are_not_the_pods(void **state)
{
    struct place place;
    char line[32];
    (void)state;
    make_real(&place);
    const int deleted = open_file(&place, "deleted", 100000);
    rp_tree_remove(&place.fixture.tree, "deleted");
    place.job.cgroup = fixture_cgroup(&place.fixture, "somewhere/else");
    (void)snprintf(place.job.path, sizeof(place.job.path), "somewhere/else");
    (void)snprintf(line, sizeof(line), "%d\n", (int)getpid());
    fixture_set(&place.fixture, "somewhere/else", "cgroup.procs", line); /* listed there, but /proc knows better */
    assert_int_equal(look(&place)->deleted_files, 0);
    close(deleted);
    fixture_drop(&place.fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logs_are_measured_whole),          cmocka_unit_test(without_a_directory_logs_are_unknown),
        cmocka_unit_test(links_are_not_followed),           cmocka_unit_test(too_much_is_said_to_be_partial),
        cmocka_unit_test(a_pod_that_is_gone_is_an_error),   cmocka_unit_test(deleted_files_are_found_and_counted_once),
        cmocka_unit_test(files_of_others_are_not_the_pods),
    };
    return RP_RUN(tests);
}
