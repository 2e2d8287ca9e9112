// SPDX-License-Identifier: Apache-2.0
/*
 * Who goes first. Rows R1 to R13 are golden vectors: Kubernetes' own tests (eviction/helpers_test.go,
 * eviction_manager_test.go, v1.36), or derived from its source.
 */
#include <string.h>

#include "harness/harness.h"
#include "reprieve/kubelet.h"

#define MI(n) ((int64_t)(n)*1048576)
#define GI(n) ((int64_t)(n)*1073741824)
#define LOW   (-1)
#define HIGH  1
#define MAX   8

struct named {
    const char *name; /* one letter, or "" at the end of a list */
    struct rp_kubelet_pod pod;
};

/* The order as text, ties in brackets: "a(bc)d". */
static void order(const struct named *list, enum rp_signal signal, enum rp_kubelet_layout layout, char *dst)
{
    struct rp_rank_key keys[MAX];
    uint32_t n = 0, at = 0;
    for (; n < MAX && list[n].name; n++) {
        keys[n].pod = n;
        rp_kubelet_rank_key(&list[n].pod, signal, layout, &keys[n]);
    }
    for (uint32_t i = 1; i < n; i++)
        for (uint32_t k = i; k > 0 && rp_kubelet_rank_compare(&keys[k], &keys[k - 1]) < 0; k--) {
            const struct rp_rank_key swapped = keys[k];
            keys[k] = keys[k - 1];
            keys[k - 1] = swapped;
        }
    for (uint32_t i = 0; i < n; i++) {
        const bool ties_back = i > 0 && rp_kubelet_rank_compare(&keys[i - 1], &keys[i]) == 0;
        const bool ties_on = i + 1 < n && rp_kubelet_rank_compare(&keys[i], &keys[i + 1]) == 0;
        if (ties_on && !ties_back)
            dst[at++] = '(';
        dst[at++] = list[keys[i].pod].name[0];
        if (ties_back && !ties_on)
            dst[at++] = ')';
    }
    dst[at] = '\0';
}

#define EXPECT(about, list, signal, layout, expected)                                                                  \
    do {                                                                                                               \
        char found[3 * MAX];                                                                                           \
        order(list, signal, layout, found);                                                                            \
        rp_expect_text(about, found, expected);                                                                        \
    } while (0)

#define MEM(name_, priority_, request_, use_)                                                                          \
    {                                                                                                                  \
        name_,                                                                                                         \
        {                                                                                                              \
            .priority = (priority_), .stats = true, .memory_bytes = (use_), .memory_request_bytes = (request_)         \
        }                                                                                                              \
    }

static void memory(void **state)
{
    (void)state;
    const struct named r1[MAX] = {MEM("b", LOW, MI(200), MI(199)), MEM("e", HIGH, MI(100), MI(101))};
    EXPECT("R1: exceeds before priority", r1, RP_SIGNAL_MEMORY, RP_LAYOUT_SINGLE, "eb");
    const struct named r2[MAX] = {MEM("b", 0, 0, MI(500)),       MEM("c", 0, 0, MI(300)),
                                  MEM("a", 0, MI(100), MI(800)), MEM("d", 0, MI(100), MI(300)),
                                  MEM("e", 0, GI(1), MI(800)),   MEM("f", 0, GI(1), MI(200))};
    EXPECT("R2: by what is over, whatever the class", r2, RP_SIGNAL_MEMORY, RP_LAYOUT_SINGLE, "abcdef");
    EXPECT("and for allocatable the same", r2, RP_SIGNAL_ALLOCATABLE, RP_LAYOUT_SINGLE, "abcdef");
    const struct named r3[MAX] = {MEM("h", HIGH, GI(1), MI(100)),   MEM("f", LOW, GI(1), MI(100)),
                                  MEM("d", HIGH, MI(100), MI(150)), MEM("b", LOW, MI(100), MI(150)),
                                  MEM("g", HIGH, GI(1), MI(900)),   MEM("e", LOW, GI(1), MI(900)),
                                  MEM("c", HIGH, MI(100), MI(600)), MEM("a", LOW, MI(100), MI(600))};
    EXPECT("R3: above, then priority, then amount", r3, RP_SIGNAL_MEMORY, RP_LAYOUT_SINGLE, "abcdefgh");
    const struct named r5[MAX] = {MEM("c", 12534, 0, 0), MEM("a", -134, 0, 0), MEM("b", 1, 0, 0)};
    EXPECT("R5: priority", r5, RP_SIGNAL_MEMORY, RP_LAYOUT_SINGLE, "abc");
    const struct named r12[MAX] = {MEM("a", 0, 0, 5), MEM("b", 0, 0, 5), MEM("c", 0, 0, 6)};
    EXPECT("R12: equal in everything is chance", r12, RP_SIGNAL_MEMORY, RP_LAYOUT_SINGLE, "c(ab)");
    const struct named r13[MAX] = {MEM("o", 0, 0, MI(1)), MEM("c", 0, 0, MI(2))};
    EXPECT("R13: being critical is no criterion of the ranking", r13, RP_SIGNAL_MEMORY, RP_LAYOUT_SINGLE, "co");
}

static void missing_statistics(void **state)
{
    (void)state;
    const struct named r10[MAX] = {{"a", {.priority = 0}}, {"b", {.priority = 0}}};
    const struct named r11[MAX] = {MEM("h", LOW, 0, GI(5)), {"n", {.priority = 1000000}}};
    const struct named both[MAX] = {{"h", {.priority = HIGH}}, {"l", {.priority = LOW, .memory_request_bytes = GI(9)}}};
    for (int signal = 0; signal < RP_SIGNAL_MAX; signal++)
        EXPECT("R10: two without tie", r10, (enum rp_signal)signal, RP_LAYOUT_SINGLE, "(ab)");
    EXPECT("R11: without before the hog", r11, RP_SIGNAL_MEMORY, RP_LAYOUT_SINGLE, "nh");
    EXPECT("R11: for disks too", r11, RP_SIGNAL_IMAGEFS, RP_LAYOUT_SINGLE, "nh");
    EXPECT("for pids priority is first", r11, RP_SIGNAL_PID, RP_LAYOUT_SINGLE, "hn");
    EXPECT("two without: by priority, requests do not count", both, RP_SIGNAL_MEMORY, RP_LAYOUT_SINGLE, "lh");
}

/* "0.3Ki" is 307.2: 308 exceed it and 307 do not; of two that use the same the one with less of a request goes first. */
static void requests_in_fractions(void **state)
{
    (void)state;
    struct named list[MAX] = {MEM("b", 0, 308, 307), MEM("a", 0, 308, 308)};
    list[0].pod.memory_request_cut_nano = list[1].pod.memory_request_cut_nano = 800000000;
    EXPECT("307.2", list, RP_SIGNAL_MEMORY, RP_LAYOUT_SINGLE, "ab");
    list[0].pod.priority = LOW;
    EXPECT("307 does not exceed", list, RP_SIGNAL_MEMORY, RP_LAYOUT_SINGLE, "ab");
    list[0].pod.priority = 0;
    list[0].pod.memory_bytes = 308;
    list[0].pod.memory_request_cut_nano = 700000000;
    EXPECT("307.2 before 307.3", list, RP_SIGNAL_MEMORY, RP_LAYOUT_SINGLE, "ab");
    list[0].pod.memory_bytes = list[1].pod.memory_bytes = 308;
    list[0].pod.memory_request_cut_nano = list[1].pod.memory_request_cut_nano = 0;
    list[1].pod.priority = HIGH;
    EXPECT("equal does not exceed", list, RP_SIGNAL_MEMORY, RP_LAYOUT_SINGLE, "ba");
}

#define PIDS(name_, priority_, n)                                                                                      \
    {                                                                                                                  \
        name_,                                                                                                         \
        {                                                                                                              \
            .priority = (priority_), .stats = true, .processes = (n)                                                   \
        }                                                                                                              \
    }

static void pids(void **state)
{
    (void)state;
    const struct named r6[MAX] = {PIDS("b", LOW, 6), PIDS("d", HIGH, 5), PIDS("a", LOW, 20), PIDS("c", HIGH, 20)};
    EXPECT("R6: priority, then processes", r6, RP_SIGNAL_PID, RP_LAYOUT_SINGLE, "abcd");
    const struct named r7[MAX] = {PIDS("e", HIGH, 900), PIDS("d", 0, 100), PIDS("c", 0, 400), PIDS("a", LOW, 600),
                                  PIDS("b", LOW, 50)};
    EXPECT("R7: the victim is the first", r7, RP_SIGNAL_PID, RP_LAYOUT_SINGLE, "abcde");
}

static void inodes(void **state)
{
    (void)state;
    const struct named r9[MAX] = {{"c", {.stats = true, .volumes_inodes = 200000}},
                                  {"b", {.stats = true, .logs_inodes = 300000}},
                                  {"a", {.stats = true, .rootfs_inodes = 400000}}};
    EXPECT("R9", r9, RP_SIGNAL_NODEFS_INODES, RP_LAYOUT_SINGLE, "abc");
    const struct named request[MAX] = {{"m", {.stats = true, .rootfs_inodes = 500000, .storage_request_bytes = GI(1)}},
                                       {"f", {.stats = true, .rootfs_inodes = 1}}};
    EXPECT("set off against a request in bytes", request, RP_SIGNAL_NODEFS_INODES, RP_LAYOUT_SINGLE, "fm");
    const struct named none[MAX] = {{"n", {.priority = LOW, .stats = true}},
                                    {"s", {.priority = HIGH, .stats = true, .rootfs_inodes = 1}}};
    EXPECT("any use exceeds the request that cannot be", none, RP_SIGNAL_NODEFS_INODES, RP_LAYOUT_SINGLE, "sn");
}

/* One pod has most in its writable layers, one in its logs, one in its volumes. */
static void disks_by_layout(void **state)
{
    (void)state;
    const struct named list[MAX] = {
        {"r", {.stats = true, .rootfs_bytes = 9, .logs_bytes = 1, .volumes_bytes = 1}},
        {"l", {.stats = true, .rootfs_bytes = 2, .logs_bytes = 5, .volumes_bytes = 1}},
        {"v", {.stats = true, .rootfs_bytes = 2, .logs_bytes = 1, .volumes_bytes = 6}},
    };
    static const struct {
        const char *about;
        enum rp_signal signal;
        enum rp_kubelet_layout layout;
        const char *order;
    } rows[] = {
        {"single: all of it", RP_SIGNAL_NODEFS, RP_LAYOUT_SINGLE, "rvl"},
        {"single: for images too", RP_SIGNAL_IMAGEFS, RP_LAYOUT_SINGLE, "rvl"},
        {"dedicated: logs and volumes", RP_SIGNAL_NODEFS, RP_LAYOUT_DEDICATED, "vlr"},
        {"dedicated: writable layers", RP_SIGNAL_IMAGEFS, RP_LAYOUT_DEDICATED, "r(lv)"},
        {"dedicated: containerfs as imagefs", RP_SIGNAL_CONTAINERFS, RP_LAYOUT_DEDICATED, "r(lv)"},
        {"split: all of it", RP_SIGNAL_NODEFS, RP_LAYOUT_SPLIT, "rvl"},
        {"split: containerfs as nodefs", RP_SIGNAL_CONTAINERFS, RP_LAYOUT_SPLIT, "rvl"},
        {"split: images are nobody's", RP_SIGNAL_IMAGEFS, RP_LAYOUT_SPLIT, "(rlv)"},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++)
        EXPECT(rows[i].about, list, rows[i].signal, rows[i].layout, rows[i].order);
    const struct named exceeds[MAX] = {
        {"w", {.priority = LOW, .stats = true, .rootfs_bytes = MI(900), .storage_request_bytes = GI(1)}},
        {"o", {.priority = HIGH, .stats = true, .rootfs_bytes = MI(1)}}};
    EXPECT("above its request before priority", exceeds, RP_SIGNAL_NODEFS, RP_LAYOUT_SINGLE, "ow");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory),
        cmocka_unit_test(missing_statistics),
        cmocka_unit_test(requests_in_fractions),
        cmocka_unit_test(pids),
        cmocka_unit_test(inodes),
        cmocka_unit_test(disks_by_layout),
    };
    return RP_RUN(tests);
}
