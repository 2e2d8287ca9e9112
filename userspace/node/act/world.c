// SPDX-License-Identifier: Apache-2.0
/* Finding a cgroup among those that the sensor keeps open. */
#include "node/act/world.h"

#include <errno.h>

#include "node/act/cgroup_dir.h"

int rp_world_find(const struct rp_actor_world *world, rp_cgroup_id id, const char **ret_path)
{
    const int dirfd = world->dirfd_of(world->ctx, id);
    const char *path = world->path_of(world->ctx, id);
    if (dirfd < 0 || !path || !rp_cgroup_dir_is(dirfd, id))
        return -ENOENT;
    *ret_path = path;
    return dirfd;
}
