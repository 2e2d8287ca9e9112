// SPDX-License-Identifier: Apache-2.0
/* memory.stat of cgroup v2: of the root (what the kubelet adds up) and of a cgroup. */
#ifndef RP_PARSE_MEMORY_STAT_H
#define RP_PARSE_MEMORY_STAT_H

#include "reprieve/sample.h"

/* Sets anon, file, inactive_file and RP_NODE_ROOT_STAT. 0, or -EBADMSG if one of the three is missing. */
int rp_parse_memory_stat_node(const char *text, size_t len, struct rp_node_reading *ret) RP_MUST_CHECK;

/* Sets inactive_file (RP_CG_INACTIVE_FILE) and anon, file (RP_CG_ANON_FILE; shmem is anon). 0, or -EBADMSG if neither was there. */
int rp_parse_memory_stat_cgroup(const char *text, size_t len, struct rp_cgroup_reading *ret) RP_MUST_CHECK;

#endif
