// SPDX-License-Identifier: Apache-2.0
/* Processes weighed as the kernel would, on a small node of plain files. */
#include "node/act/weigh.h"

#include "unit/node/act/fixture.h"

#define INNER POD_PATH "/c1"

struct place {
    struct fixture fixture;
    struct rp_job job;
};

static void make(struct place *place)
{
    *place = (struct place){0};
    fixture_make(&place->fixture);
    place->job = (struct rp_job){
        .cgroup = fixture_cgroup(&place->fixture, POD_PATH), .deadline_ns = RP_NS_FOREVER, .path = POD_PATH};
    (void)fixture_cgroup(&place->fixture, INNER);
}

/* A process with that much memory; a negative one is a kernel thread or dead. */
static void process(const struct place *place, int32_t pid, int64_t rss_kb, int64_t swap_kb, int adj)
{
    char directory[64], text[256];
    fixture_process(&place->fixture, &(struct fixture_process){.pid = pid, .adj = adj, .comm = "sh", .cgroup = INNER});
    (void)snprintf(directory, sizeof(directory), "proc/%d", pid);
    (void)snprintf(text, sizeof(text), "Name:\tsh\nPid:\t%d\nVmRSS:\t%lld kB\nVmPTE:\t40 kB\nVmSwap:\t%lld kB\n", pid,
                   (long long)rss_kb, (long long)swap_kb);
    if (rss_kb >= 0)
        fixture_write(&place->fixture, directory, "status", text);
}

static struct rp_processes look(struct place *place, int want)
{
    struct rp_job_result result = {0};
    rp_weigh_run(&place->fixture.roots, &place->job, &result);
    rp_expect_i64("result", result.error, want);
    rp_expect_u64("whose", result.weighing.cgroup, place->job.cgroup);
    return result.weighing.processes;
}

static void the_heaviest_of_all_below_is_found(void **state)
{
    struct place place;
    (void)state;
    make(&place);
    process(&place, 11, 5000, 0, 500);
    process(&place, 12, 4000, 2000, 500); /* swap counts */
    process(&place, 13, 100, 0, 500);
    process(&place, 14, -1, 0, 500); /* no memory of its own */
    fixture_set(&place.fixture, POD_PATH, "cgroup.procs", "11\n");
    fixture_set(&place.fixture, INNER, "cgroup.procs", "12\n13\n14\n15\n"); /* 15 is gone */
    const struct rp_processes found = look(&place, 0);
    assert_int_equal(found.n, 3);
    assert_int_equal(found.exempt, 0);
    assert_int_equal(found.first_bytes, (4000 + 2000 + 40) * 1024);
    assert_int_equal(found.first_adj, 500);
    assert_int_equal(found.charged_bytes, 1048576);
    assert_true(found.t_ns > 0 && !found.partial);
    fixture_drop(&place.fixture);
}

static void a_higher_adj_outweighs_memory(void **state)
{
    struct place place;
    (void)state;
    make(&place);
    process(&place, 11, 500000, 0, -900);
    process(&place, 12, 10, 0, 900);
    process(&place, 13, 900000, 0, -1000);
    fixture_set(&place.fixture, INNER, "cgroup.procs", "13\n11\n12\n");
    const struct rp_processes found = look(&place, 0);
    assert_int_equal(found.n, 3);
    assert_int_equal(found.exempt, 1);
    assert_int_equal(found.first_adj, 900);
    assert_int_equal(found.first_bytes, 50 * 1024);
    fixture_drop(&place.fixture);
}

static void who_is_all_exempt_or_empty_says_so(void **state)
{
    struct place place;
    (void)state;
    make(&place);
    assert_int_equal(look(&place, 0).n, 0);
    process(&place, 13, 900, 0, -1000);
    fixture_set(&place.fixture, INNER, "cgroup.procs", "13\n");
    const struct rp_processes found = look(&place, 0);
    assert_int_equal(found.n, 1);
    assert_int_equal(found.exempt, 1);
    assert_int_equal(found.first_bytes, 0);
    fixture_drop(&place.fixture);
}

static void too_many_are_partial(void **state)
{
    struct place place;
    char text[16000] = "";
    size_t at = 0;
    (void)state;
    make(&place);
    for (int i = 0; i < 1100; i++)
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%d\n", 20000 + i);
    fixture_set(&place.fixture, INNER, "cgroup.procs", text);
    assert_true(look(&place, 0).partial);
    place.job.deadline_ns = 1; /* long over */
    fixture_set(&place.fixture, INNER, "cgroup.procs", "11\n");
    assert_true(look(&place, 0).partial);
    fixture_drop(&place.fixture);
}

static void another_cgroup_of_that_name_is_not_it(void **state)
{
    struct place place;
    (void)state;
    make(&place);
    place.job.cgroup++;
    (void)look(&place, -ENOENT);
    fixture_drop(&place.fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_heaviest_of_all_below_is_found),    cmocka_unit_test(a_higher_adj_outweighs_memory),
        cmocka_unit_test(who_is_all_exempt_or_empty_says_so),    cmocka_unit_test(too_many_are_partial),
        cmocka_unit_test(another_cgroup_of_that_name_is_not_it),
    };
    return RP_RUN(tests);
}
