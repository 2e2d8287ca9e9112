// SPDX-License-Identifier: Apache-2.0
/* Pressure stall information: /proc/pressure/<resource> and <resource>.pressure of a cgroup. */
#ifndef RP_PARSE_PSI_H
#define RP_PARSE_PSI_H

#include "reprieve/sample.h"

#define RP_PSI_SOME (1u << 0)
#define RP_PSI_FULL (1u << 1) /* missing for cpu before 5.13, and of the root's cpu */

struct rp_psi_line {
    uint64_t total_us;
    uint16_t avg10_permille;
};

struct rp_psi {
    uint32_t known;
    struct rp_psi_line some, full;
};

/* 0, or -EBADMSG if no line was understood. */
int rp_parse_psi(const char *text, size_t len, struct rp_psi *ret) RP_MUST_CHECK;

/* Both totals into a reading, with RP_NODE_PSI, RP_NODE_PSI_IO, RP_CG_PSI. 0, or -EBADMSG if a line is missing. */
int rp_parse_psi_node(const char *text, size_t len, struct rp_node_reading *ret) RP_MUST_CHECK;
int rp_parse_psi_node_io(const char *text, size_t len, struct rp_node_reading *ret) RP_MUST_CHECK;
int rp_parse_psi_cgroup(const char *text, size_t len, struct rp_cgroup_reading *ret) RP_MUST_CHECK;

#endif
