// SPDX-License-Identifier: Apache-2.0
/* What is mounted at the cgroup root: told by the files that each kind of hierarchy has, so that a copy will do in tests. */
#include "node/sense/hierarchy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "base/line.h"
#include "base/num.h"
#include "core/parse/flat_keyed.h"
#include "core/parse/text.h"

static bool exists(int dirfd, const char *path)
{
    struct stat st;
    return fstatat(dirfd, path, &st, 0) == 0;
}

static int unsupported(struct rp_complaint *why, const char *sentence)
{
    struct rp_line line;
    rp_line_init(&line, why->text, sizeof(why->text));
    rp_line_add(&line, sentence);
    return -EOPNOTSUPP;
}

static bool has_word(const char *text, size_t len, const char *wanted)
{
    struct rp_text rest = rp_text(text, len), row, word;
    while (rp_text_line(&rest, &row))
        while (rp_text_word(&row, &word))
            if (rp_text_is(word, wanted))
                return true;
    return false;
}

int rp_hierarchy_check(int cgroup_fd, struct rp_complaint *why)
{
    char text[1024];
    size_t len = 0;
    RP_CLEANUP_FD int fd = rp_openat2(cgroup_fd, "cgroup.controllers", O_RDONLY, RESOLVE_BENEATH);
    if (fd == -ENOENT && exists(cgroup_fd, "unified/cgroup.controllers"))
        return unsupported(why, "cgroups v1 and v2 are mounted side by side (hybrid) and v1 manages memory; "
                                "boot with systemd.unified_cgroup_hierarchy=1");
    if (fd == -ENOENT &&
        (exists(cgroup_fd, "memory/tasks") || exists(cgroup_fd, "cpu/tasks") || exists(cgroup_fd, "tasks")))
        return unsupported(why, "cgroups v1 are mounted, a unified hierarchy (v2) is needed; "
                                "boot with systemd.unified_cgroup_hierarchy=1");
    if (fd == -ENOENT)
        return unsupported(why, "no cgroup hierarchy is mounted at the configured cgroup root");
    if (fd < 0)
        return fd;
    int r = rp_pread_all(fd, text, sizeof(text), &len);
    if (r)
        return r;
    if (!has_word(text, len, "memory"))
        return unsupported(
            why, "the unified cgroup hierarchy has no memory controller: it was switched off at boot "
                 "(cgroup_disable=memory), or v1 manages memory (boot with systemd.unified_cgroup_hierarchy=1)");
    return 0;
}

uint32_t rp_hierarchy_room(int cgroup_fd)
{
    char text[1024];
    size_t len = 0;
    uint64_t descendants = 0;
    const struct rp_flat_key key = {"nr_descendants", &descendants};
    RP_CLEANUP_FD int fd = rp_openat2(cgroup_fd, "cgroup.stat", O_RDONLY, RESOLVE_BENEATH);
    if (fd >= 0 && rp_pread_all(fd, text, sizeof(text), &len) == 0)
        (void)rp_parse_flat_keyed(text, len, &key, 1);
    return (uint32_t)rp_clamp_u64(rp_add_sat_u64(rp_mul_sat_u64(descendants, 2), 1024), RP_CGROUPS_LEAST,
                                  RP_CGROUPS_MOST);
}
