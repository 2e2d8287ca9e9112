// SPDX-License-Identifier: Apache-2.0
/*
 * memory.stat. The numbers are in bytes on every kernel, whatever the page size. Anon, file and inactive_file are all that
 * the kubelet's arithmetic uses: on the v2 root usage is anon + file, and a working set is usage without inactive_file.
 *
 * `file` also counts shmem (tmpfs, /dev/shm, the buffers of a database), which lies on the anonymous lists (mm/shmem.c:
 * shmem_get_folio_gfp) and can only be swapped. Of a cgroup we ask what reclaim could take, so there it counts as anon.
 */
#include "core/parse/memory_stat.h"

#include <errno.h>

#include "base/num.h"
#include "core/parse/flat_keyed.h"

#define ANON          (UINT64_C(1) << 0)
#define FILE_         (UINT64_C(1) << 1)
#define INACTIVE_FILE (UINT64_C(1) << 2)
#define SHMEM         (UINT64_C(1) << 3)

struct stat {
    uint64_t anon, file, inactive_file, shmem;
};

static uint64_t parse(const char *text, size_t len, struct stat *ret)
{
    const struct rp_flat_key keys[] = {
        {"anon", &ret->anon},
        {"file", &ret->file},
        {"inactive_file", &ret->inactive_file},
        {"shmem", &ret->shmem},
    };
    return rp_parse_flat_keyed(text, len, keys, 4);
}

int rp_parse_memory_stat_node(const char *text, size_t len, struct rp_node_reading *ret)
{
    struct stat stat = {0};
    const uint64_t needed = ANON | FILE_ | INACTIVE_FILE;
    if ((parse(text, len, &stat) & needed) != needed)
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
    const bool all = (found & (ANON | FILE_ | SHMEM)) == (ANON | FILE_ | SHMEM);
    if (all) {
        ret->anon_bytes = rp_add_sat_u64(stat.anon, stat.shmem);
        ret->file_bytes = rp_sub_sat_u64(stat.file, stat.shmem);
        ret->known |= RP_CG_ANON_FILE;
    }
    if (found & INACTIVE_FILE) {
        ret->inactive_file_bytes = stat.inactive_file;
        ret->known |= RP_CG_INACTIVE_FILE;
    }
    return all || (found & INACTIVE_FILE) ? 0 : -EBADMSG;
}
