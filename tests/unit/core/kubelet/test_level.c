// SPDX-License-Identifier: Apache-2.0
/*
 * The kubelet's arithmetic. The numbers are those of Kubernetes' own tests (eviction/helpers_test.go, v1.36) where it has
 * one for the case, else derived by hand from its source; each row says what it is about.
 */
#include "core/kubelet/level.h"

#include "harness/harness.h"

#define MIB UINT64_C(1048576)
#define GIB (1024 * MIB)

#define ANON_FILE ((struct rp_kubelet_formula){.usage_meminfo = false})
#define MEMINFO   ((struct rp_kubelet_formula){.usage_meminfo = true})

static void the_root(void **state)
{
    (void)state;
    struct rp_node_reading node = {
        .known = RP_NODE_MEM_TOTAL | RP_NODE_ROOT_STAT | RP_NODE_MEM_FREE,
        .mem_total_bytes = 16786681856,
        .mem_free_bytes = 9000000000,
        .anon_bytes = 633847808,
        .file_bytes = 5332332544,
        .inactive_file_bytes = 4634497024,
    };
    struct rp_kubelet_level level;
    assert_true(rp_kubelet_root_level(&node, ANON_FILE, &level));
    rp_expect_u64("anon + file - inactive_file", level.working_set_bytes, 1331683328);
    rp_expect_i64("available", level.available_bytes, 15454998528);
    rp_expect_i64("capacity", level.capacity_bytes, 16786681856);
    assert_true(rp_kubelet_root_level(&node, MEMINFO, &level));
    rp_expect_u64("total - free - inactive_file", level.working_set_bytes, 16786681856 - 9000000000 - 4634497024);
    node.known &= ~RP_NODE_MEM_FREE;
    assert_false(rp_kubelet_root_level(&node, MEMINFO, &level));
    assert_true(rp_kubelet_root_level(&node, ANON_FILE, &level));
    node.known = RP_NODE_MEM_TOTAL;
    assert_false(rp_kubelet_root_level(&node, ANON_FILE, &level));
}

static void a_working_set_is_never_negative(void **state)
{
    (void)state;
    rp_expect_u64("plain", rp_kubelet_working_set(10, 3), 7);
    rp_expect_u64("equal", rp_kubelet_working_set(3, 3), 0);
    rp_expect_u64("more inactive than used", rp_kubelet_working_set(3, 10), 0);
}

static void kubepods(void **state)
{
    (void)state;
    static const struct {
        const char *about;
        uint64_t known, usage, inactive, max;
        bool there;
        int64_t available, capacity;
    } rows[] = {
        {"plain", RP_CG_USAGE | RP_CG_INACTIVE_FILE | RP_CG_MAX, 3 * GIB, 2 * GIB, 5 * GIB, true, 4 * GIB, 5 * GIB},
        {"above its limit it wraps", RP_CG_USAGE | RP_CG_INACTIVE_FILE | RP_CG_MAX, 3 * GIB, 0, 2 * GIB, true,
         -(int64_t)GIB, 2 * GIB},
        {"no limit: no number", RP_CG_USAGE | RP_CG_INACTIVE_FILE | RP_CG_MAX, GIB, 0, UINT64_MAX, false, 0, 0},
        {"2^62 is still a limit", RP_CG_USAGE | RP_CG_INACTIVE_FILE | RP_CG_MAX, 0, 0, UINT64_C(1) << 62, true,
         INT64_C(1) << 62, INT64_C(1) << 62},
        {"limit not read", RP_CG_USAGE | RP_CG_INACTIVE_FILE, GIB, 0, 2 * GIB, false, 0, 0},
        {"inactive_file not read", RP_CG_USAGE | RP_CG_MAX, GIB, 0, 2 * GIB, false, 0, 0},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        const struct rp_cgroup_reading reading = {.known = rows[i].known,
                                                  .usage_bytes = rows[i].usage,
                                                  .inactive_file_bytes = rows[i].inactive,
                                                  .max_bytes = rows[i].max};
        struct rp_kubelet_level level = {0, 0, 0};
        rp_expect_i64(rows[i].about, rp_kubelet_pods_level(&reading, &level), rows[i].there);
        rp_expect_i64(rows[i].about, level.available_bytes, rows[i].available);
        rp_expect_i64(rows[i].about, level.capacity_bytes, rows[i].capacity);
    }
}

/* HugepageAwareEviction, 1.37: the whole pool is not available, and capacity shrinks with it. */
static void huge_pages_are_taken_off(void **state)
{
    (void)state;
    static const struct {
        const char *about;
        uint64_t huge;
        int64_t available, capacity;
    } rows[] = {
        {"none", 0, 10000, 10000 + 4 * (int64_t)GIB},
        {"a part", 4000, 6000, 6000 + 4 * (int64_t)GIB},
        {"A22: more than is available", 4 * GIB, 0, 4 * (int64_t)GIB},
    };
    const struct rp_node_reading node = {
        .known = RP_NODE_MEM_TOTAL | RP_NODE_ROOT_STAT, .mem_total_bytes = 4 * GIB + 10000, .anon_bytes = 4 * GIB};
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        const struct rp_kubelet_formula formula = {.huge_bytes = rows[i].huge};
        struct rp_kubelet_level level = {0, 0, 0};
        assert_true(rp_kubelet_root_level(&node, formula, &level));
        rp_expect_i64(rows[i].about, level.available_bytes, rows[i].available);
        rp_expect_i64(rows[i].about, level.capacity_bytes, rows[i].capacity);
        rp_expect_u64(rows[i].about, level.working_set_bytes, 4 * GIB);
    }
}

static void pids(void **state)
{
    (void)state;
    struct rp_node_reading node = {.known = RP_NODE_TASKS, .tasks = 3518, .tasks_max = 127000};
    int64_t available = 0, capacity = 0;
    assert_true(rp_kubelet_pids_level(&node, &available, &capacity));
    rp_expect_i64("A21", available, 123482);
    rp_expect_i64("A21", capacity, 127000);
    node.tasks = 130000;
    assert_true(rp_kubelet_pids_level(&node, &available, &capacity));
    rp_expect_i64("threads-max was lowered below what runs", available, -3000);
    node.known = 0;
    assert_false(rp_kubelet_pids_level(&node, &available, &capacity));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_root), cmocka_unit_test(a_working_set_is_never_negative),
        cmocka_unit_test(kubepods), cmocka_unit_test(huge_pages_are_taken_off),
        cmocka_unit_test(pids),
    };
    return RP_RUN(tests);
}
