// SPDX-License-Identifier: Apache-2.0
/* Descriptors of maps and links: their table, and their way from the loader to whoever keeps them. */
#include "node/sense/bpf_handles.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"

#define FDS_MAX (RP_BPF_MAP_KEPT + 2 * RP_BPF_HOOK_MAX)
#define MAGIC   UINT32_C(0x52504250) /* "RPBP" */

/* The handles travel as they are; in the place of each open descriptor stands its position among those attached. */
struct message {
    uint32_t magic, fds;
    struct rp_bpf_handles handles;
};

union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int) * FDS_MAX)];
};

static const struct {
    const char *program, *gives, *fallback;
} texts[] = {
#define RP_HOOK(object, program, kind, hook, least, most, other, since, gives, fallback) {#program, gives, fallback},
#include "reprieve/tbl/hooks.h"
#undef RP_HOOK
};

/* A text that does not fit would be cut, so the table is measured here. */
#define ROOM(field) sizeof(((struct rp_hook *)NULL)->field)
#define RP_HOOK(object, name, kind, hook, least, most, other, since, what, instead)                                    \
    static_assert(sizeof(#name) <= ROOM(program) && sizeof(what) <= ROOM(gives) && sizeof(instead) <= ROOM(fallback),  \
                  "too long: " #name);
#include "reprieve/tbl/hooks.h"
#undef RP_HOOK
static_assert((int)RP_BPF_HOOK_MAX <= RP_HOOKS_MAX, "the model's table holds all hooks");

static const char *const map_names[RP_BPF_MAP_MAX] = {
    [RP_BPF_MAP_EVENTS] = "rp_events",       [RP_BPF_MAP_COUNTS] = "rp_counts",
    [RP_BPF_MAP_LOST] = "rp_lost",           [RP_BPF_MAP_SNAPS] = "rp_snaps",
    [RP_BPF_MAP_SNAP_HEAD] = "rp_snap_head", [RP_BPF_MAP_DISK] = "rp_disk",
    [RP_BPF_MAP_HARDWARE] = "rp_hardware",   [RP_BPF_MAP_STALLS] = "rp_stalls",
    [RP_BPF_MAP_OOM_OWNER] = "rp_oom_owner", [RP_BPF_MAP_REFUSALS] = "rp_refusals",
};

const char *rp_bpf_map_name(enum rp_bpf_map map)
{
    return map_names[map];
}

static int *fd_at(struct rp_bpf_handles *handles, uint32_t i)
{
    if (i < RP_BPF_MAP_KEPT)
        return &handles->maps[i];
    i -= RP_BPF_MAP_KEPT;
    return i < RP_BPF_HOOK_MAX ? &handles->links[i] : &handles->programs[i - RP_BPF_HOOK_MAX];
}

void rp_bpf_handles_init(struct rp_bpf_handles *handles)
{
    memset(handles, 0, sizeof(*handles));
    for (uint32_t i = 0; i < FDS_MAX; i++)
        *fd_at(handles, i) = -1;
    for (uint32_t i = 0; i < RP_BPF_HOOK_MAX; i++) {
        struct rp_hook *hook = &handles->hooks[i];
        rp_cut(hook->program, sizeof(hook->program), texts[i].program);
        rp_cut(hook->gives, sizeof(hook->gives), texts[i].gives);
        rp_cut(hook->fallback, sizeof(hook->fallback), texts[i].fallback);
        hook->state = RP_HOOK_OFF;
    }
}

void rp_bpf_handles_close(struct rp_bpf_handles *handles)
{
    for (uint32_t i = 0; i < FDS_MAX; i++)
        rp_close_fd(fd_at(handles, i));
}

int rp_bpf_handles_send(int sock, const struct rp_bpf_handles *handles)
{
    struct message message = {.magic = MAGIC, .handles = *handles};
    union control control = {0};
    int fds[FDS_MAX];

    for (uint32_t i = 0; i < FDS_MAX; i++) {
        int *fd = fd_at(&message.handles, i);
        if (*fd >= 0) {
            fds[message.fds] = *fd;
            *fd = (int)message.fds++;
        }
    }
    struct iovec part = {.iov_base = &message, .iov_len = sizeof(message)};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    if (message.fds > 0) {
        header.msg_control = &control;
        header.msg_controllen = CMSG_SPACE(sizeof(int) * message.fds);
        struct cmsghdr *carried = CMSG_FIRSTHDR(&header);
        carried->cmsg_level = SOL_SOCKET;
        carried->cmsg_type = SCM_RIGHTS;
        carried->cmsg_len = CMSG_LEN(sizeof(int) * message.fds);
        memcpy(CMSG_DATA(carried), fds, sizeof(int) * message.fds);
    }
    return sendmsg(sock, &header, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* The descriptors of a received message, all of them; the kernel has opened them whatever we think of the rest. */
static uint32_t take_fds(struct msghdr *header, int fds[FDS_MAX])
{
    uint32_t n = 0;

    for (struct cmsghdr *carried = CMSG_FIRSTHDR(header); carried; carried = CMSG_NXTHDR(header, carried)) {
        if (carried->cmsg_level != SOL_SOCKET || carried->cmsg_type != SCM_RIGHTS)
            continue;
        const size_t bytes = carried->cmsg_len - CMSG_LEN(0);
        for (size_t at = 0; at + sizeof(int) <= bytes && n < FDS_MAX; at += sizeof(int))
            memcpy(&fds[n++], CMSG_DATA(carried) + at, sizeof(int));
    }
    return n;
}

/* Put the descriptors where the message says; each must be named exactly once and in order. */
static int place_fds(struct message *message, const int fds[FDS_MAX], uint32_t n)
{
    uint32_t placed = 0;

    for (uint32_t i = 0; i < FDS_MAX; i++) {
        int *fd = fd_at(&message->handles, i);
        if (*fd == -1)
            continue;
        if (*fd != (int)placed || placed >= n)
            return -EBADMSG;
        *fd = fds[placed++];
    }
    return placed == n ? 0 : -EBADMSG;
}

static int check(const struct message *message, ssize_t got, const struct msghdr *header, uint32_t n)
{
    if (got != (ssize_t)sizeof(*message) || (header->msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
        return -EBADMSG;
    return message->magic == MAGIC && message->fds == n ? 0 : -EBADMSG;
}

int rp_bpf_handles_receive(int sock, struct rp_bpf_handles *ret)
{
    struct message message;
    union control control = {0};
    int fds[FDS_MAX];
    struct iovec part = {.iov_base = &message, .iov_len = sizeof(message)};
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    ssize_t got;

    do
        got = recvmsg(sock, &header, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return -errno;
    if (got == 0)
        return -ECONNRESET;
    const uint32_t n = take_fds(&header, fds);
    int r = check(&message, got, &header, n);
    if (r == 0)
        r = place_fds(&message, fds, n);
    if (r < 0) {
        for (uint32_t i = 0; i < n; i++)
            rp_close_fd(&fds[i]);
        return r;
    }
    *ret = message.handles;
    ret->log[sizeof(ret->log) - 1] = '\0';
    return 0;
}
