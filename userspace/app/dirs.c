// SPDX-License-Identifier: Apache-2.0
#include "app/dirs.h"

#include <errno.h>
#include <unistd.h>

#include "node/act/cgroup_dir.h"

void rp_dirs_init(struct rp_dirs *dirs, int root_fd)
{
    *dirs = (struct rp_dirs){.root_fd = root_fd};
    for (int i = 0; i < RP_DIRS_MAX; i++)
        dirs->list[i].fd = -1;
}

static void clear(struct rp_dir *dir)
{
    if (dir->fd >= 0)
        (void)close(dir->fd);
    *dir = (struct rp_dir){.fd = -1};
}

int rp_dirs_get(struct rp_dirs *dirs, struct rp_arena *arena, rp_cgroup_id id)
{
    struct rp_dir *oldest = &dirs->list[0];
    for (int i = 0; i < RP_DIRS_MAX; i++) {
        struct rp_dir *dir = &dirs->list[i];
        if (dir->id == id && dir->fd >= 0) {
            dir->used = ++dirs->clock;
            return dir->fd;
        }
        if (dir->used < oldest->used)
            oldest = dir;
    }
    const struct rp_cgroup *cgroup = rp_cgroup_find(arena, id);
    int fd = cgroup ? rp_cgroup_dir_open(dirs->root_fd, cgroup->path, id) : -ENOENT;
    if (fd < 0)
        return fd;
    clear(oldest);
    *oldest = (struct rp_dir){.id = id, .fd = fd, .used = ++dirs->clock};
    return fd;
}

void rp_dirs_forget(struct rp_dirs *dirs, rp_cgroup_id id)
{
    for (int i = 0; i < RP_DIRS_MAX; i++)
        if (dirs->list[i].id == id)
            clear(&dirs->list[i]);
}
