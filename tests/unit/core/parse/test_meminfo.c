// SPDX-License-Identifier: Apache-2.0
#include "core/parse/meminfo.h"

#include <stdlib.h>

#include "harness/hostile.h"

#define ALL (RP_NODE_MEM_TOTAL | RP_NODE_MEM_FREE | RP_NODE_MEM_AVAILABLE | RP_NODE_SWAP | RP_NODE_HUGE_PAGES)

RP_PARSER(parser, rp_parse_meminfo, struct rp_node_reading)

static void reads_kernels(void **state)
{
    static const struct {
        const char *path;
        uint64_t total, free, available; /* KiB */
    } rows[] = {
        {"tests/fuzz/corpus/meminfo/5.10", 2033068, 1942476, 1875112},
        {"tests/fuzz/corpus/meminfo/6.1", 2027232, 1939696, 1873328},
        {"tests/fuzz/corpus/meminfo/6.12", 2021796, 1943432, 1873004},
        {"tests/fuzz/corpus/meminfo/7.2", 2018104, 1932784, 1864356},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_node_reading reading = {.known = RP_NODE_PSI, .tasks = 7};
        size_t len = 0;
        char *text = rp_fixture(rows[i].path, &len);
        rp_expect_i64(rows[i].path, rp_parse_meminfo(text, len, &reading), 0);
        rp_expect_u64(rows[i].path, reading.known, ALL | RP_NODE_PSI);
        rp_expect_u64(rows[i].path, reading.mem_total_bytes, rows[i].total * 1024);
        rp_expect_u64(rows[i].path, reading.mem_free_bytes, rows[i].free * 1024);
        rp_expect_u64(rows[i].path, reading.mem_available_bytes, rows[i].available * 1024);
        rp_expect_u64(rows[i].path, reading.tasks, 7);
        free(text);
    }
}

static void says_what_was_there(void **state)
{
    static const struct {
        const char *text;
        int r;
        uint64_t known;
    } rows[] = {
        {"MemTotal: 1 kB\n", 0, RP_NODE_MEM_TOTAL},
        {"MemFree:\t\t1 kB\nMemTotal: 1 kB", 0, RP_NODE_MEM_FREE}, /* the last line is cut off */
        {"SwapTotal: 0 kB\n", -EBADMSG, 0},                        /* swap needs both */
        {"SwapTotal: 0 kB\nSwapFree: 0 kB\n", 0, RP_NODE_SWAP},
        {"HugePages_Total: 3\nHugetlb: 6144 kB\n", 0, RP_NODE_HUGE_PAGES},
        {"MemTotal: 1 MB\nMemFree: 1\nMemAvailable: kB\n", -EBADMSG, 0},
        {"MemTotal: 18014398509481984 kB\n", -EBADMSG, 0}, /* 2^64 bytes */
        {"MemTotal: 18014398509481983 kB\n", 0, RP_NODE_MEM_TOTAL},
        {"xMemTotal: 1 kB\nMemTotalx: 1 kB\nMemTotal 1 kB\n", -EBADMSG, 0},
        {"", -EBADMSG, 0},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_node_reading reading = {0};
        rp_expect_i64(rows[i].text, rp_parse_meminfo(rows[i].text, strlen(rows[i].text), &reading), rows[i].r);
        rp_expect_u64(rows[i].text, reading.known, rows[i].known);
    }
}

static void survives_damage(void **state)
{
    size_t len = 0;
    char *text = rp_fixture("tests/fuzz/corpus/meminfo/7.2", &len);
    (void)state;
    rp_hostile(parser, sizeof(struct rp_node_reading), text, len);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_kernels), cmocka_unit_test(says_what_was_there),
                                       cmocka_unit_test(survives_damage)};
    return RP_RUN(tests);
}
