// SPDX-License-Identifier: Apache-2.0
#include "core/parse/memory_stat.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rp_node_reading node = {0};
    struct rp_cgroup_reading cgroup = {0};
    const int of_node = rp_parse_memory_stat_node((const char *)data, size, &node);
    const int of_cgroup = rp_parse_memory_stat_cgroup((const char *)data, size, &cgroup);
    RP_MUST((of_node == 0) == (node.known == RP_NODE_ROOT_STAT));
    RP_MUST((of_cgroup == 0) == (cgroup.known != 0));
    /* The two read the same text alike. */
    /* Of a cgroup shmem is asked for as well. */
    RP_MUST(of_node == 0 || cgroup.known != (RP_CG_ANON_FILE | RP_CG_INACTIVE_FILE));
    RP_MUST(of_node != 0 || (cgroup.known & RP_CG_INACTIVE_FILE));
    if (of_node == 0)
        RP_MUST(node.inactive_file_bytes == cgroup.inactive_file_bytes);
    if (cgroup.known & RP_CG_ANON_FILE && of_node == 0) /* what is shared counts as anon there */
        RP_MUST(cgroup.anon_bytes >= node.anon_bytes && cgroup.file_bytes <= node.file_bytes);
    return 0;
}
