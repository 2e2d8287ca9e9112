// SPDX-License-Identifier: Apache-2.0
/*
 * The link process: everything that faces other machines' bytes. It reads the kubelet's documents and sends facts to the
 * guard, serves health and metrics, and prints the guard's log. It has no rights and holds nothing that could change one
 * cgroup; if it hangs or dies, the guard works on with the facts it has.
 */
#ifndef RP_LINK_LINK_H
#define RP_LINK_LINK_H

#include "reprieve/policy.h"

struct rp_link_options {
    const struct rp_policy *policy;
    int sock;     /* to the guard */
    int arena_fd; /* read-only */
    size_t arena_bytes;
    void (*print)(const char *line); /* one event of the guard's log */
};

/* Until SIGTERM or the guard's end. 0 or -errno. */
int rp_link_run(const struct rp_link_options *options) RP_MUST_CHECK;

#endif
