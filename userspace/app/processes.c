// SPDX-License-Identifier: Apache-2.0
/* The mains of hand and link: what each gives up first, then the room's own loop. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "app/child.h"
#include "app/keeper.h"
#include "app/rights.h"
#include "app/say.h"
#include "app/setup.h"
#include "base/cleanup.h"
#include "link/link.h"
#include "node/act/hand.h"
#include "node/sense/bpf_walk.h"

static int walk(void *ctx)
{
    const struct rp_setup *setup = ctx;
    int fd = rp_bpf_handles_walk_fd(&setup->bpf);
    return fd < 0 ? -EOPNOTSUPP : rp_bpf_walk(fd, rp_bpf_handles_flush_fd(&setup->bpf));
}

/* What the hand needs for RECORD. Without it, it does everything else. */
static struct rp_scribe *make_scribe(const struct rp_setup *setup)
{
    static struct rp_scribe scribe;
    struct rp_scribe_options options = {
        .ring = setup->ring,
        .arena_bytes = setup->arena_bytes,
        .directory = setup->record_dir,
        .record_bytes = setup->record_bytes,
    };
    void *arena =
        setup->ring ? mmap(NULL, setup->arena_bytes, PROT_READ, MAP_SHARED, setup->arena_read_fd, 0) : MAP_FAILED;
    if (arena == MAP_FAILED)
        return NULL;
    options.arena = arena;
    return rp_scribe_init(&scribe, &options) == 0 ? &scribe : NULL;
}

int rp_hand_process(void *arg)
{
    const struct rp_hand_start *start = arg;
    struct rp_setup *setup = start->setup;
    int sock = setup->hands[start->slot][1];
    struct rp_hand_context context = {.undo = &setup->undo,
                                      .roots = setup->roots,
                                      .policy = setup->policy,
                                      .walk = walk,
                                      .walk_ctx = setup,
                                      .scribe = make_scribe(setup),
                                      .keep_directory = rp_keeper_directory(setup->policy)};
    const int keep[] = {sock,
                        setup->roots.cgroup_fd,
                        setup->roots.proc_fd,
                        rp_bpf_handles_walk_fd(&setup->bpf),
                        rp_bpf_handles_flush_fd(&setup->bpf),
                        setup->bpf.maps[RP_BPF_MAP_SNAP_HEAD]};
    rp_child_keep_fds(keep, sizeof(keep) / sizeof(keep[0]));
    int rc = rp_rights_drop(RP_ROLE_HAND);
    if (rc == 0)
        rc = rp_hand_main(sock, &context);
    return rc == 0 ? 0 : 1;
}

static void print(const char *line)
{
    rp_say(RP_INFO, "%s", line);
}

/* It faces foreign bytes and can be replaced: an ordinary process, nearer to the OOM killer than the guard. */
static void be_ordinary(void)
{
    RP_CLEANUP_FD int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "0", 1) != 1 || setpriority(PRIO_PROCESS, 0, 0) != 0)
        rp_say(RP_WARN, "the link keeps the guard's priority: %s", strerror(errno));
}

int rp_link_process(void *arg)
{
    struct rp_setup *setup = arg;
    struct rp_link_options options = {
        .policy = setup->policy,
        .sock = setup->link[1],
        .arena_fd = setup->arena_read_fd,
        .arena_bytes = setup->arena_bytes,
        .print = print,
    };
    const int keep[] = {options.sock, options.arena_fd};
    rp_child_keep_fds(keep, sizeof(keep) / sizeof(keep[0]));
    be_ordinary();
    rp_undo_close(&setup->undo); /* a shared, writable mapping of what the guard would restore */
    if (setup->ring)
        (void)munmap(setup->ring, setup->ring_bytes);
    int rc = rp_rights_drop(RP_ROLE_LINK);
    if (rc == 0)
        rc = rp_rights_seal(RP_ROLE_LINK);
    if (rc == 0)
        rc = rp_link_run(&options);
    if (rc != 0)
        rp_say(RP_ERROR, "the link cannot work: %s", strerror(-rc));
    return rc == 0 ? 0 : 1;
}
