// SPDX-License-Identifier: Apache-2.0
#include "core/parse/memory_stat.h"

#include <stdlib.h>

#include "harness/hostile.h"

RP_PARSER(node_parser, rp_parse_memory_stat_node, struct rp_node_reading)
RP_PARSER(cgroup_parser, rp_parse_memory_stat_cgroup, struct rp_cgroup_reading)

static const struct {
    const char *path;
    uint64_t anon, file, inactive_file, shmem;
} captured[] = {
    {"tests/fuzz/corpus/memory_stat/5.10-root", 405504, 50147328, 4595712, 41902080},
    {"tests/fuzz/corpus/memory_stat/5.10-cgroup", 0, 42037248, 0, 41902080},
    {"tests/fuzz/corpus/memory_stat/6.1-root", 524288, 50319360, 4829184, 41943040},
    {"tests/fuzz/corpus/memory_stat/6.1-cgroup", 86016, 41951232, 0, 41943040},
    {"tests/fuzz/corpus/memory_stat/6.12-root", 552960, 50655232, 1339392, 41943040},
    {"tests/fuzz/corpus/memory_stat/6.12-cgroup", 110592, 41951232, 0, 41943040},
    {"tests/fuzz/corpus/memory_stat/7.2-root", 462848, 54706176, 12759040, 41943040},
    {"tests/fuzz/corpus/memory_stat/7.2-cgroup", 73728, 42000384, 53248, 41943040},
};

static void reads_kernels(void **state)
{
    (void)state;
    for (size_t i = 0; i < RP_ROWS(captured); i++) {
        struct rp_node_reading node = {.known = RP_NODE_PSI};
        struct rp_cgroup_reading cgroup = {.known = RP_CG_PIDS};
        size_t len = 0;
        char *text = rp_fixture(captured[i].path, &len);
        rp_expect_i64(captured[i].path, rp_parse_memory_stat_node(text, len, &node), 0);
        rp_expect_u64(captured[i].path, node.known, RP_NODE_PSI | RP_NODE_ROOT_STAT);
        rp_expect_u64(captured[i].path, node.anon_bytes, captured[i].anon);
        rp_expect_u64(captured[i].path, node.file_bytes, captured[i].file);
        rp_expect_u64(captured[i].path, node.inactive_file_bytes, captured[i].inactive_file);
        rp_expect_i64(captured[i].path, rp_parse_memory_stat_cgroup(text, len, &cgroup), 0);
        rp_expect_u64(captured[i].path, cgroup.known, RP_CG_PIDS | RP_CG_ANON_FILE | RP_CG_INACTIVE_FILE);
        rp_expect_u64(captured[i].path, cgroup.anon_bytes, captured[i].anon + captured[i].shmem);
        rp_expect_u64(captured[i].path, cgroup.file_bytes, captured[i].file - captured[i].shmem);
        rp_expect_u64(captured[i].path, cgroup.inactive_file_bytes, captured[i].inactive_file);
        free(text);
    }
}

static void says_what_was_there(void **state)
{
    static const struct {
        const char *text;
        int node, cgroup;
        uint64_t known; /* of the cgroup */
    } rows[] = {
        {"anon 1\nfile 2\nshmem 0\ninactive_file 3\n", 0, 0, RP_CG_ANON_FILE | RP_CG_INACTIVE_FILE},
        {"anon 1\nfile 2\ninactive_file 3\n", 0, 0, RP_CG_INACTIVE_FILE},
        {"anon 1\nfile 2\nshmem 2\n", -EBADMSG, 0, RP_CG_ANON_FILE},
        {"inactive_file 3\n", -EBADMSG, 0, RP_CG_INACTIVE_FILE},
        {"anon 1\ninactive_file 3\n", -EBADMSG, 0, RP_CG_INACTIVE_FILE},
        {"anon 1\nfile 2\nshmem 9\ninactive_file 3", -EBADMSG, 0, RP_CG_ANON_FILE},
        {"anon -1\nfile 2\nshmem 0\n", -EBADMSG, -EBADMSG, 0},
        {"anon_thp 1\nfile_mapped 2\nshmem_thp 3\n", -EBADMSG, -EBADMSG, 0},
        {"", -EBADMSG, -EBADMSG, 0},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_node_reading node = {0};
        struct rp_cgroup_reading cgroup = {0};
        const size_t len = strlen(rows[i].text);
        rp_expect_i64(rows[i].text, rp_parse_memory_stat_node(rows[i].text, len, &node), rows[i].node);
        rp_expect_u64(rows[i].text, node.known, rows[i].node ? 0 : RP_NODE_ROOT_STAT);
        rp_expect_i64(rows[i].text, rp_parse_memory_stat_cgroup(rows[i].text, len, &cgroup), rows[i].cgroup);
        rp_expect_u64(rows[i].text, cgroup.known, rows[i].known);
    }
}

static void survives_damage(void **state)
{
    size_t len = 0;
    char *text = rp_fixture("tests/fuzz/corpus/memory_stat/7.2-root", &len);
    (void)state;
    rp_hostile(node_parser, sizeof(struct rp_node_reading), text, len);
    rp_hostile(cgroup_parser, sizeof(struct rp_cgroup_reading), text, len);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_kernels), cmocka_unit_test(says_what_was_there),
                                       cmocka_unit_test(survives_damage)};
    return RP_RUN(tests);
}
