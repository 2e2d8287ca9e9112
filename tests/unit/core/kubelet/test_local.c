// SPDX-License-Identifier: Apache-2.0
/* Limits of local storage: the first that fits counts, and equal is not above. */
#include "harness/harness.h"
#include "reprieve/kubelet.h"

enum { SCRATCH = 1, CACHE, MAIN, HELPER };

static void limits(void **state)
{
    (void)state;
    static const struct {
        const char *about;
        int64_t scratch, ephemeral, rootfs, logs; /* used */
        enum rp_kubelet_excess single, dedicated;
    } rows[] = {
        {"nothing used", 0, 0, 0, 0, RP_EXCESS_NONE, RP_EXCESS_NONE},
        {"exactly all limits", 100, 500, 100, 100, RP_EXCESS_NONE, RP_EXCESS_NONE},
        {"a volume", 101, 0, 0, 0, RP_EXCESS_VOLUME, RP_EXCESS_VOLUME},
        {"the pod", 100, 501, 0, 0, RP_EXCESS_POD, RP_EXCESS_POD},
        {"a volume before the pod", 101, 501, 0, 0, RP_EXCESS_VOLUME, RP_EXCESS_VOLUME},
        {"a container's logs", 0, 0, 0, 201, RP_EXCESS_CONTAINER, RP_EXCESS_CONTAINER},
        {"and its layer, unless that lies apart", 0, 0, 101, 100, RP_EXCESS_CONTAINER, RP_EXCESS_NONE},
    };
    const struct rp_storage_limits limit = {
        .limit_bytes = 500,
        .volumes_n = 2,
        .volumes = {{.name = CACHE, .local = true}, {.name = SCRATCH, .limit_bytes = 100, .local = true}},
        .containers_n = 1,
        .containers = {{.name = MAIN, .limit_bytes = 200}},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        const struct rp_storage_use use = {
            .ephemeral_bytes = rows[i].ephemeral,
            .volumes_n = 2,
            .volumes = {{.name = SCRATCH, .bytes = rows[i].scratch}, {.name = CACHE, .bytes = 1000000}},
            .containers_n = 2,
            .containers = {{.name = HELPER, .logs_bytes = 1000000},
                           {.name = MAIN, .rootfs_bytes = rows[i].rootfs, .logs_bytes = rows[i].logs}},
        };
        rp_expect_u64(rows[i].about, rp_kubelet_excess(&limit, &use, RP_LAYOUT_SINGLE), rows[i].single);
        rp_expect_u64(rows[i].about, rp_kubelet_excess(&limit, &use, RP_LAYOUT_DEDICATED), rows[i].dedicated);
        rp_expect_u64(rows[i].about, rp_kubelet_excess(&limit, &use, RP_LAYOUT_SPLIT), rows[i].dedicated);
    }
}

static void a_limit_of_nothing(void **state)
{
    (void)state;
    const struct rp_storage_use use = {.ephemeral_bytes = 1};
    struct rp_storage_limits limit = {.limit_bytes = -1};
    rp_expect_u64("no limit", rp_kubelet_excess(&limit, &use, RP_LAYOUT_SINGLE), RP_EXCESS_NONE);
    limit.limit_bytes = 0;
    rp_expect_u64("a limit of 0 is one", rp_kubelet_excess(&limit, &use, RP_LAYOUT_SINGLE), RP_EXCESS_POD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits),
        cmocka_unit_test(a_limit_of_nothing),
    };
    return RP_RUN(tests);
}
