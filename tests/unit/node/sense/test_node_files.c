// SPDX-License-Identifier: Apache-2.0
/* The node's own numbers: whole, in part, and out of garbage. */
#include "unit/node/sense/fixture.h"

#include <poll.h>

#include "node/sense/node_files.h"

static struct rp_scratch scratch;

struct node {
    int proc, cgroup;
    struct rp_node_files files;
};

static struct node open_node(const char *proc, const char *cgroup)
{
    struct node node = {.proc = open(proc, O_PATH | O_DIRECTORY), .cgroup = open(cgroup, O_PATH | O_DIRECTORY)};
    assert_true(node.proc >= 0 && node.cgroup >= 0);
    rp_node_files_init(&node.files);
    rp_node_files_open(&node.files, node.proc, node.cgroup);
    return node;
}

static void close_node(struct node *node)
{
    rp_node_files_deinit(&node->files);
    close(node->proc);
    close(node->cgroup);
}

static struct rp_node_reading read_node(const struct fixture *fx, uint32_t *garbage)
{
    struct node node = open_node(fx->proc, fx->cgroup);
    struct rp_node_reading reading = {0};
    *garbage = rp_node_files_read(&node.files, RP_NODE_READ_FULL, &scratch, &reading);
    close_node(&node);
    return reading;
}

static void everything_is_read(void **state)
{
    (void)state;
    struct fixture *fx = fx_new();
    uint32_t garbage = 0;
    struct rp_node_reading reading = read_node(fx, &garbage);
    assert_int_equal(garbage, 0);
    assert_int_equal(reading.known, RP_NODE_MEM_TOTAL | RP_NODE_MEM_FREE | RP_NODE_MEM_AVAILABLE | RP_NODE_SWAP |
                                        RP_NODE_ROOT_STAT | RP_NODE_PSI | RP_NODE_PSI_IO | RP_NODE_TASKS);
    assert_int_equal(reading.mem_total_bytes, 8000000ull * 1024);
    assert_int_equal(reading.swap_free_bytes, 500000ull * 1024);
    assert_int_equal(reading.anon_bytes, 5000);
    assert_int_equal(reading.inactive_file_bytes, 2500);
    assert_int_equal(reading.psi_some_us, 1234);
    assert_int_equal(reading.psi_io_some_us, 99);
    assert_int_equal(reading.psi_io_full_us, 44);
    assert_int_equal(reading.tasks, 345);
    assert_int_equal(reading.tasks_running, 2);
    assert_int_equal(reading.pid_max, 4194304);
    assert_int_equal(reading.threads_max, 63455);
    assert_int_equal(reading.tasks_max, 63455); /* the smaller of the two */
    fx_free(fx);
}

static void one_limit_of_tasks_is_enough(void **state)
{
    (void)state;
    struct fixture *fx = fx_new();
    uint32_t garbage = 0;
    fx_remove(fx, "proc/sys/kernel/threads-max");
    struct rp_node_reading reading = read_node(fx, &garbage);
    assert_true(reading.known & RP_NODE_TASKS);
    assert_int_equal(reading.tasks_max, 4194304);
    assert_int_equal(reading.threads_max, UINT64_MAX);
    fx_remove(fx, "proc/sys/kernel/pid_max");
    reading = read_node(fx, &garbage);
    assert_false(reading.known & RP_NODE_TASKS);
    assert_int_equal(garbage, 0);
    fx_free(fx);
}

static void missing_files_say_why(void **state)
{
    (void)state;
    struct fixture *fx = fx_new();
    fx_remove(fx, "proc/pressure");
    struct node node = open_node(fx->proc, fx->cgroup);
    assert_int_equal(node.files.fd[RP_NODE_FILE_PRESSURE], -1);
    assert_int_equal(node.files.error[RP_NODE_FILE_PRESSURE], -ENOENT);
    assert_true(node.files.fd[RP_NODE_FILE_MEMINFO] >= 0);
    rp_node_files_arm(&node.files, node.proc);
    for (int t = 0; t < RP_PSI_KIND_MAX; t++) {
        assert_int_equal(node.files.trigger_fd[t], -1);
        assert_int_equal(node.files.trigger_error[t], -ENOENT);
    }
    close_node(&node);
    fx_free(fx);
}

static void garbage_costs_only_its_own_fields(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        uint32_t file;
        uint64_t lost;
    } cases[] = {
        {"proc/meminfo", RP_NODE_FILE_MEMINFO,
         RP_NODE_MEM_TOTAL | RP_NODE_MEM_FREE | RP_NODE_MEM_AVAILABLE | RP_NODE_SWAP},
        {"cgroup/memory.stat", RP_NODE_FILE_ROOT_STAT, RP_NODE_ROOT_STAT},
        {"proc/pressure/memory", RP_NODE_FILE_PRESSURE, RP_NODE_PSI},
        {"proc/pressure/io", RP_NODE_FILE_PRESSURE_IO, RP_NODE_PSI_IO},
        {"proc/loadavg", RP_NODE_FILE_LOADAVG, RP_NODE_TASKS},
    };
    static const char *const bad[] = {
        "", "MemTotal: kB\n", "anon 99999999999999999999999\n", "some total=\n", "\x01\x02\xff\n", "1 2 3 / 4\n"};
    for (size_t c = 0; c < RP_ROWS(cases); c++)
        for (size_t b = 0; b < RP_ROWS(bad); b++) {
            struct fixture *fx = fx_new();
            uint32_t garbage = 0;
            const uint64_t whole = read_node(fx, &garbage).known;
            fx_write(fx, cases[c].path, bad[b]);
            struct rp_node_reading reading = read_node(fx, &garbage);
            assert_int_equal(garbage, 1u << cases[c].file);
            assert_int_equal(reading.known, whole & ~cases[c].lost);
            fx_free(fx);
        }
}

/* Booted with psi=0, Linux 5.10 lets the files be opened and refuses to read them; a directory does the same. */
static void a_file_that_cannot_be_read_is_not_kept(void **state)
{
    (void)state;
    struct fixture *fx = fx_new();
    uint32_t garbage = 0;
    fx_remove(fx, "proc/pressure/memory");
    fx_mkdir(fx, "proc/pressure/memory");
    struct node node = open_node(fx->proc, fx->cgroup);
    assert_int_equal(node.files.fd[RP_NODE_FILE_PRESSURE], -1);
    assert_int_equal(node.files.error[RP_NODE_FILE_PRESSURE], -EISDIR);
    close_node(&node);
    assert_false(read_node(fx, &garbage).known & RP_NODE_PSI);
    assert_int_equal(garbage, 0);
    fx_free(fx);
}

#define MC "sys/devices/system/edac/mc/"

static void errors_of_all_memory_controllers_are_added_up(void **state)
{
    (void)state;
    struct fixture *fx = fx_new();
    struct rp_node_files files;
    struct rp_node_reading reading = {0};
    const int host = open(fx->tree.root, O_PATH | O_DIRECTORY);
    fx_write(fx, MC "mc0/ce_count", "7\n");
    fx_write(fx, MC "mc0/ue_count", "1\n");
    fx_write(fx, MC "mc2/ce_count", "30\n"); /* numbers may have gaps */
    fx_write(fx, MC "mc2/ue_count", "0\n");
    fx_write(fx, MC "mc3/ce_count", "1000\n"); /* not whole */
    rp_node_files_init(&files);
    rp_node_files_open_edac(&files, host);
    assert_int_equal(files.edac_n, 2);
    assert_int_equal(rp_node_files_read(&files, RP_NODE_READ_FULL, &scratch, &reading), 0);
    assert_int_equal(reading.known, RP_NODE_EDAC);
    assert_int_equal(reading.edac_corrected, 37);
    assert_int_equal(reading.edac_uncorrected, 1);
    fx_write(fx, MC "mc2/ce_count", "many\n");
    reading = (struct rp_node_reading){0};
    assert_int_equal(rp_node_files_read(&files, RP_NODE_READ_FULL, &scratch, &reading),
                     RP_NODE_READ(RP_NODE_FILE_EDAC));
    assert_int_equal(reading.known, 0);
    rp_node_files_deinit(&files);
    close(host);
    fx_free(fx);
}

static void a_node_without_controllers_knows_of_no_errors(void **state)
{
    (void)state;
    struct fixture *fx = fx_new();
    struct rp_node_files files;
    struct rp_node_reading reading = {0};
    const int host = open(fx->tree.root, O_PATH | O_DIRECTORY);
    rp_node_files_init(&files);
    rp_node_files_open_edac(&files, -1);
    rp_node_files_open_edac(&files, host);
    assert_int_equal(rp_node_files_read(&files, RP_NODE_READ_FULL, &scratch, &reading), 0);
    assert_int_equal(reading.known, 0);
    rp_node_files_deinit(&files);
    close(host);
    fx_free(fx);
}

static void a_copy_of_proc_is_never_written_to(void **state)
{
    (void)state;
    struct fixture *fx = fx_new();
    struct node node = open_node(fx->proc, fx->cgroup);
    rp_node_files_arm(&node.files, node.proc);
    for (int t = 0; t < RP_PSI_KIND_MAX; t++) {
        assert_int_equal(node.files.trigger_fd[t], -1);
        assert_int_equal(node.files.trigger_error[t], -EMEDIUMTYPE);
    }
    struct rp_node_reading reading = {0};
    assert_int_equal(rp_node_files_read(&node.files, RP_NODE_READ_FULL, &scratch, &reading), 0);
    assert_int_equal(reading.psi_some_us, 1234);
    close_node(&node);
    fx_free(fx);
}

/* On the machine that runs the test: either armed and quiet, or refused with a reason. */
static void the_real_trigger_is_armed_or_refused(void **state)
{
    (void)state;
    if (access("/proc/pressure/memory", F_OK) < 0) {
        print_message("SKIP: this kernel has no pressure stall information\n");
        skip();
    }
    struct node node = open_node("/proc", "/sys/fs/cgroup");
    rp_node_files_arm(&node.files, node.proc);
    for (int t = 0; t < RP_PSI_KIND_MAX; t++) {
        struct pollfd pollfd = {.fd = node.files.trigger_fd[t], .events = POLLPRI};
        assert_true((pollfd.fd < 0) == (node.files.trigger_error[t] < 0));
        assert_true(poll(&pollfd, 1, 0) >= 0);
        assert_false(pollfd.revents & (POLLERR | POLLNVAL));
    }
    close_node(&node);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_read),
        cmocka_unit_test(one_limit_of_tasks_is_enough),
        cmocka_unit_test(missing_files_say_why),
        cmocka_unit_test(garbage_costs_only_its_own_fields),
        cmocka_unit_test(a_file_that_cannot_be_read_is_not_kept),
        cmocka_unit_test(errors_of_all_memory_controllers_are_added_up),
        cmocka_unit_test(a_node_without_controllers_knows_of_no_errors),
        cmocka_unit_test(a_copy_of_proc_is_never_written_to),
        cmocka_unit_test(the_real_trigger_is_armed_or_refused),
    };
    return RP_RUN(tests);
}
