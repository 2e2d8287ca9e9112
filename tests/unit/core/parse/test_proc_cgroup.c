// SPDX-License-Identifier: Apache-2.0
#include "core/parse/proc_cgroup.h"

#include <stdlib.h>

#include "harness/hostile.h"

RP_PARSER(parser, rp_parse_proc_cgroup, struct rp_proc_cgroup)

static void reads(void **state)
{
    static const struct {
        const char *text;
        int r;
        enum rp_hierarchy hierarchy;
        bool deleted;
        const char *path;
    } rows[] = {
        {"0::/\n", 0, RP_HIERARCHY_V2, false, ""},
        {"0::/kubepods.slice/a:b/c\n", 0, RP_HIERARCHY_V2, false, "kubepods.slice/a:b/c"},
        {"0::/t (deleted)\n", 0, RP_HIERARCHY_V2, true, "t"},
        {"0::/../../outside\n", 0, RP_HIERARCHY_V2, false, "../../outside"},
        {"4:memory:/a\n1:name=systemd:/b\n0::/c\n", 0, RP_HIERARCHY_HYBRID, false, "c"},
        {"0::/c\n4:memory:/a\n", 0, RP_HIERARCHY_HYBRID, false, "c"},
        {"4:memory:/a (deleted)\n", 0, RP_HIERARCHY_V1, false, ""},
        {"0::/c", -EBADMSG, 0, false, ""}, /* cut off */
        {"0:memory:/c\n", -EBADMSG, 0, false, ""},
        {"0::c\n", -EBADMSG, 0, false, ""},
        {"x::/c\n::/c\n0:/c\n", -EBADMSG, 0, false, ""},
        {"", -EBADMSG, 0, false, ""},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_proc_cgroup found = {0};
        rp_expect_i64(rows[i].text, rp_parse_proc_cgroup(rows[i].text, strlen(rows[i].text), &found), rows[i].r);
        rp_expect_u64(rows[i].text, found.hierarchy, rows[i].hierarchy);
        rp_expect_u64(rows[i].text, found.deleted, rows[i].deleted);
        rp_expect_text(rows[i].text, found.path, rows[i].path);
    }
}

static void refuses_what_does_not_fit(void **state)
{
    char text[RP_PATH_MAX + 16] = "0::/";
    struct rp_proc_cgroup found = {0};
    (void)state;
    memset(text + 4, 'a', RP_PATH_MAX);
    text[4 + RP_PATH_MAX] = '\n';
    assert_int_equal(rp_parse_proc_cgroup(text, 5 + RP_PATH_MAX, &found), -ENAMETOOLONG);
    text[4 + RP_PATH_MAX - 1] = '\n';
    assert_int_equal(rp_parse_proc_cgroup(text, 4 + RP_PATH_MAX, &found), 0);
    assert_int_equal(strlen(found.path), RP_PATH_MAX - 1);
    assert_int_equal(rp_parse_proc_cgroup("0::/a\0b\n", 8, &found), -EBADMSG);
}

static void survives_damage(void **state)
{
    size_t len = 0;
    char *text = rp_fixture("tests/fuzz/corpus/proc_cgroup/hybrid-host", &len);
    struct rp_proc_cgroup found = {0};
    (void)state;
    assert_int_equal(rp_parse_proc_cgroup(text, len, &found), 0);
    assert_int_equal(found.hierarchy, RP_HIERARCHY_HYBRID);
    rp_hostile(parser, sizeof(struct rp_proc_cgroup), text, len);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads), cmocka_unit_test(refuses_what_does_not_fit),
                                       cmocka_unit_test(survives_damage)};
    return RP_RUN(tests);
}
