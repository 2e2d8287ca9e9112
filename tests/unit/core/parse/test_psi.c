// SPDX-License-Identifier: Apache-2.0
#include "core/parse/psi.h"

#include <stdlib.h>

#include "harness/hostile.h"

RP_PARSER(parser, rp_parse_psi, struct rp_psi)
RP_PARSER(node_parser, rp_parse_psi_node, struct rp_node_reading)

static void reads_kernels(void **state)
{
    static const struct {
        const char *path;
        uint32_t known;
        struct rp_psi_line some, full;
    } rows[] = {
        {"tests/fuzz/corpus/psi/5.10-memory", 3, {130238909, 964}, {129404610, 950}},
        {"tests/fuzz/corpus/psi/5.10-cpu", RP_PSI_SOME, {5718090, 164}, {0, 0}},
        {"tests/fuzz/corpus/psi/6.1-memory", 3, {103802918, 877}, {103720567, 877}},
        {"tests/fuzz/corpus/psi/7.2-cpu", 3, {12608489, 240}, {0, 0}},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_psi psi = {0};
        size_t len = 0;
        char *text = rp_fixture(rows[i].path, &len);
        rp_expect_i64(rows[i].path, rp_parse_psi(text, len, &psi), 0);
        rp_expect_u64(rows[i].path, psi.known, rows[i].known);
        rp_expect_u64(rows[i].path, psi.some.total_us, rows[i].some.total_us);
        rp_expect_u64(rows[i].path, psi.some.avg10_permille, rows[i].some.avg10_permille);
        rp_expect_u64(rows[i].path, psi.full.total_us, rows[i].full.total_us);
        rp_expect_u64(rows[i].path, psi.full.avg10_permille, rows[i].full.avg10_permille);
        free(text);
    }
}

static void needs_whole_lines(void **state)
{
    static const struct {
        const char *text;
        int r;
        uint32_t known;
    } rows[] = {
        {"some avg10=100.00 total=1\n", 0, RP_PSI_SOME},
        {"full total=1 avg10=0.00 new=7\n", 0, RP_PSI_FULL},
        {"some avg10=0.00 avg60=0.00 avg300=0.00 total=1", -EBADMSG, 0},
        {"some avg10=0.00\nfull total=1\n", -EBADMSG, 0},
        {"some avg10=0.0 total=1\n", -EBADMSG, 0},
        {"some avg10=-1.00 total=1\n", -EBADMSG, 0},
        {"some avg10=101.00 total=1\n", -EBADMSG, 0},
        {"some avg10=.00 total=1\n", -EBADMSG, 0},
        {"some avg10=1.00 total=\n", -EBADMSG, 0},
        {"some avg10=1.00 total=18446744073709551616\n", -EBADMSG, 0},
        {"most avg10=1.00 total=1\n\n", -EBADMSG, 0},
        {"", -EBADMSG, 0},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_psi psi = {0};
        rp_expect_i64(rows[i].text, rp_parse_psi(rows[i].text, strlen(rows[i].text), &psi), rows[i].r);
        rp_expect_u64(rows[i].text, psi.known, rows[i].known);
    }
}

static void readings_need_both(void **state)
{
    static const char both[] = "some avg10=1.00 total=11\nfull avg10=1.00 total=7\n";
    static const char some[] = "some avg10=1.00 total=11\n";
    struct rp_node_reading node = {0}, io = {0};
    struct rp_cgroup_reading cgroup = {0};
    (void)state;
    assert_int_equal(rp_parse_psi_node(some, sizeof(some) - 1, &node), -EBADMSG);
    assert_int_equal(rp_parse_psi_node_io(some, sizeof(some) - 1, &io), -EBADMSG);
    assert_int_equal(rp_parse_psi_cgroup(some, sizeof(some) - 1, &cgroup), -EBADMSG);
    assert_int_equal(node.known | io.known | cgroup.known, 0);
    assert_int_equal(rp_parse_psi_node(both, sizeof(both) - 1, &node), 0);
    assert_int_equal(rp_parse_psi_node_io(both, sizeof(both) - 1, &io), 0);
    assert_int_equal(rp_parse_psi_cgroup(both, sizeof(both) - 1, &cgroup), 0);
    assert_true(node.known == RP_NODE_PSI && node.psi_some_us == 11 && node.psi_full_us == 7);
    assert_true(io.known == RP_NODE_PSI_IO && io.psi_io_some_us == 11 && io.psi_io_full_us == 7);
    assert_true(cgroup.known == RP_CG_PSI && cgroup.psi_some_us == 11 && cgroup.psi_full_us == 7);
}

static void survives_damage(void **state)
{
    size_t len = 0;
    char *text = rp_fixture("tests/fuzz/corpus/psi/6.1-memory", &len);
    (void)state;
    rp_hostile(parser, sizeof(struct rp_psi), text, len);
    rp_hostile(node_parser, sizeof(struct rp_node_reading), text, len);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_kernels), cmocka_unit_test(needs_whole_lines),
                                       cmocka_unit_test(readings_need_both), cmocka_unit_test(survives_damage)};
    return RP_RUN(tests);
}
