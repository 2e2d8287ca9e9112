// SPDX-License-Identifier: Apache-2.0
/* Every kind of mount at the cgroup root: accepted, or refused with a sentence that says what it is. */
#include "unit/node/sense/fixture.h"

#include "node/sense/hierarchy.h"

static int check(const struct fixture *fx, const char *root, struct rp_complaint *why)
{
    char full[1024];
    fx_path(fx, root, full);
    int fd = open(full, O_PATH | O_DIRECTORY);
    assert_true(fd >= 0);
    int r = rp_hierarchy_check(fd, why);
    close(fd);
    return r;
}

static void unified_is_accepted(void **state)
{
    (void)state;
    struct fixture *fx = fx_new();
    struct rp_complaint why = {"untouched"};
    assert_int_equal(check(fx, "cgroup", &why), 0);
    assert_string_equal(why.text, "untouched");
    fx_free(fx);
}

static void hybrid_is_refused(void **state)
{
    (void)state;
    struct fixture *fx = fx_new();
    struct rp_complaint why;
    fx_mkdir(fx, "hybrid/memory");
    fx_write(fx, "hybrid/memory/tasks", "1\n");
    fx_mkdir(fx, "hybrid/unified");
    fx_write(fx, "hybrid/unified/cgroup.controllers", "hugetlb\n");
    assert_int_equal(check(fx, "hybrid", &why), -EOPNOTSUPP);
    assert_non_null(strstr(why.text, "hybrid"));
    /* pointed at the v2 half of a hybrid system */
    assert_int_equal(check(fx, "hybrid/unified", &why), -EOPNOTSUPP);
    assert_non_null(strstr(why.text, "no memory controller"));
    fx_free(fx);
}

static void v1_is_refused(void **state)
{
    (void)state;
    struct fixture *fx = fx_new();
    struct rp_complaint why;
    fx_mkdir(fx, "v1/cpu");
    fx_write(fx, "v1/cpu/tasks", "1\n");
    assert_int_equal(check(fx, "v1", &why), -EOPNOTSUPP);
    assert_non_null(strstr(why.text, "cgroups v1"));
    fx_mkdir(fx, "v1/cpu/deeper");
    assert_int_equal(check(fx, "v1/cpu", &why), -EOPNOTSUPP);
    assert_non_null(strstr(why.text, "cgroups v1"));
    assert_non_null(strstr(why.text, "boot with systemd.unified_cgroup_hierarchy=1"));
    fx_free(fx);
}

static void something_else_is_refused(void **state)
{
    (void)state;
    struct fixture *fx = fx_new();
    struct rp_complaint why;
    assert_int_equal(check(fx, "proc", &why), -EOPNOTSUPP);
    assert_non_null(strstr(why.text, "no cgroup hierarchy"));
    fx_free(fx);
}

static void a_hierarchy_without_memory_is_refused(void **state)
{
    (void)state;
    static const char *const lists[] = {"", "\n", "cpuset cpu io pids\n", "memoryx xmemory\n"};
    for (size_t i = 0; i < RP_ROWS(lists); i++) {
        struct fixture *fx = fx_new();
        struct rp_complaint why;
        fx_write(fx, "cgroup/cgroup.controllers", lists[i]);
        assert_int_equal(check(fx, "cgroup", &why), -EOPNOTSUPP);
        assert_non_null(strstr(why.text, "no memory controller"));
        fx_free(fx);
    }
}

static void room_follows_the_number_of_cgroups(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t room;
    } rows[] = {
        {NULL, RP_CGROUPS_LEAST},
        {"", RP_CGROUPS_LEAST},
        {"nr_descendants x\n", RP_CGROUPS_LEAST},
        {"nr_descendants 60\nnr_dying_descendants 9000\n", RP_CGROUPS_LEAST},
        {"nr_dying_descendants 3\nnr_descendants 2000\n", 5024},
        {"nr_descendants 18446744073709551615\n", RP_CGROUPS_MOST},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct fixture *fx = fx_new();
        char full[1024];
        if (rows[i].text)
            fx_write(fx, "cgroup/cgroup.stat", rows[i].text);
        fx_path(fx, "cgroup", full);
        int fd = open(full, O_PATH | O_DIRECTORY);
        assert_true(fd >= 0);
        rp_expect_u64(rows[i].text ? rows[i].text : "no file", rp_hierarchy_room(fd), rows[i].room);
        close(fd);
        fx_free(fx);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unified_is_accepted),
        cmocka_unit_test(hybrid_is_refused),
        cmocka_unit_test(v1_is_refused),
        cmocka_unit_test(something_else_is_refused),
        cmocka_unit_test(a_hierarchy_without_memory_is_refused),
        cmocka_unit_test(room_follows_the_number_of_cgroups),
    };
    return RP_RUN(tests);
}
