// SPDX-License-Identifier: Apache-2.0
/*
 * Directories of the cgroups that the guard acts on, opened when first needed and kept: the actor finds them by id. Few
 * cgroups are ever acted on, so a small table with the longest unused replaced is enough.
 */
#ifndef RP_APP_DIRS_H
#define RP_APP_DIRS_H

#include "reprieve/model.h"

#define RP_DIRS_MAX 64

struct rp_dirs {
    int root_fd; /* the cgroup root */
    struct rp_dir {
        rp_cgroup_id id; /* RP_CGROUP_NONE: free */
        int fd;
        uint64_t used;
    } list[RP_DIRS_MAX];
    uint64_t clock;
};

void rp_dirs_init(struct rp_dirs *dirs, int root_fd);

/* The kept descriptor of that cgroup, or -ENOENT. `arena` knows its path. */
int rp_dirs_get(struct rp_dirs *dirs, struct rp_arena *arena, rp_cgroup_id id);

/* The cgroup is gone. */
void rp_dirs_forget(struct rp_dirs *dirs, rp_cgroup_id id);

#endif
