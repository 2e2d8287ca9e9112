// SPDX-License-Identifier: Apache-2.0
/*
 * memory.stat. The three numbers are in bytes on every kernel, whatever the page size. They are all that the kubelet's
 * arithmetic uses: on the v2 root usage is anon + file, and a working set is usage without inactive_file.
 */
#include "core/parse/memory_stat.h"

#include <errno.h>

#include "core/parse/flat_keyed.h"

#define ANON          (UINT64_C(1) << 0)
#define FILE_         (UINT64_C(1) << 1)
#define INACTIVE_FILE (UINT64_C(1) << 2)

struct stat {
    uint64_t anon, file, inactive_file;
};

static uint64_t parse(const char *text, size_t len, struct stat *ret)
{
    const struct rp_flat_key keys[] = {
        {"anon",          &ret->anon         },
        {"file",          &ret->file         },
        {"inactive_file", &ret->inactive_file}
    };
    return rp_parse_flat_keyed(text, len, keys, 3);
}

int rp_parse_memory_stat_node(const char *text, size_t len, struct rp_node_reading *ret)
{
    struct stat stat = {0};
    if (parse(text, len, &stat) != (ANON | FILE_ | INACTIVE_FILE))
        return -EBADMSG;
    ret->anon_bytes = stat.anon;
    ret->file_bytes = stat.file;
    ret->inactive_file_bytes = stat.inactive_file;
    ret->known |= RP_NODE_ROOT_STAT;
    return 0;
}

int rp_parse_memory_stat_cgroup(const char *text, size_t len, struct rp_cgroup_reading *ret)
{
    struct stat stat = {0};
    const uint64_t found = parse(text, len, &stat);
    const bool both = (found & (ANON | FILE_)) == (ANON | FILE_);
    if (both) {
        ret->anon_bytes = stat.anon;
        ret->file_bytes = stat.file;
        ret->known |= RP_CG_ANON_FILE;
    }
    if (found & INACTIVE_FILE) {
        ret->inactive_file_bytes = stat.inactive_file;
        ret->known |= RP_CG_INACTIVE_FILE;
    }
    return both || (found & INACTIVE_FILE) ? 0 : -EBADMSG;
}
