// SPDX-License-Identifier: Apache-2.0
/*
 * What outlives the loader: descriptors of maps and links, and what became of each hook. A link lives as long as somebody
 * holds its descriptor, so whoever holds these keeps the programs attached.
 */
#ifndef RP_NODE_SENSE_BPF_HANDLES_H
#define RP_NODE_SENSE_BPF_HANDLES_H

#include "reprieve/model.h"
#include "reprieve/types.h"

enum rp_bpf_hook {
    RP_BPF_HOOK_none = -1,
#define RP_HOOK(object, program, kind, hook, least, most, other, since, gives, fallback) RP_BPF_HOOK_##program,
#include "reprieve/tbl/hooks.h"
#undef RP_HOOK
    RP_BPF_HOOK_MAX
};

/* Maps that userspace reads come first; the others are kept alive by the programs. */
enum rp_bpf_map {
    RP_BPF_MAP_EVENTS,
    RP_BPF_MAP_COUNTS,
    RP_BPF_MAP_LOST,
    RP_BPF_MAP_SNAPS,
    RP_BPF_MAP_SNAP_HEAD,
    RP_BPF_MAP_DISK,
    RP_BPF_MAP_HARDWARE,
    RP_BPF_MAP_KEPT,
    RP_BPF_MAP_STALLS = RP_BPF_MAP_KEPT,
    RP_BPF_MAP_OOM_OWNER,
    RP_BPF_MAP_REFUSALS,
    RP_BPF_MAP_MAX
};

/* Kernel memory is as the kernel tells it: keys and values only before 6.4, all of it since; 0 if it does not tell. */
struct rp_bpf_map_size {
    uint32_t entries; /* of a ring: bytes */
    uint64_t bytes;
};

struct rp_bpf_handles {
    int maps[RP_BPF_MAP_KEPT];     /* -1: nothing was loaded */
    int links[RP_BPF_HOOK_MAX];    /* -1: not attached */
    int programs[RP_BPF_HOOK_MAX]; /* likewise; for the kernel's statistics of each */
    struct rp_hook hooks[RP_BPF_HOOK_MAX];
    struct rp_bpf_map_size sizes[RP_BPF_MAP_MAX];
    uint32_t snaps_max; /* records that the snapshot has room for */
    bool btf;           /* the kernel describes its types */
    int error;          /* why nothing at all could be loaded, -errno, or 0 */
    char log[2048];     /* the end of what libbpf and the verifier had to say, for people */
};

/* No descriptors, every hook OFF, texts filled in. */
void rp_bpf_handles_init(struct rp_bpf_handles *handles);

/* Close every descriptor: detaches what nobody else holds. Keeps the hooks' states for the report. */
void rp_bpf_handles_close(struct rp_bpf_handles *handles);

/* The map's name in the kernel. */
const char *rp_bpf_map_name(enum rp_bpf_map map);

/* Is there anything to read? */
static inline bool rp_bpf_handles_live(const struct rp_bpf_handles *handles)
{
    return handles->maps[RP_BPF_MAP_EVENTS] >= 0;
}

/* The iterator's link for rp_bpf_walk(), -1 if this kernel has none. */
static inline int rp_bpf_handles_walk_fd(const struct rp_bpf_handles *handles)
{
    return handles->links[RP_BPF_HOOK_rp_snapshot];
}

/* The link whose run sums up all cgroups' statistics, -1 if this kernel has none. */
static inline int rp_bpf_handles_flush_fd(const struct rp_bpf_handles *handles)
{
    const int flush = handles->links[RP_BPF_HOOK_rp_flush];
    return flush >= 0 ? flush : handles->links[RP_BPF_HOOK_rp_flush_memory];
}

/* One message over a SOCK_SEQPACKET socket between processes of the same binary. 0 or -errno. */
int rp_bpf_handles_send(int sock, const struct rp_bpf_handles *handles) RP_MUST_CHECK;

/*
 * Receive one such message; the descriptors are new ones, close-on-exec. 0 or -errno: -ECONNRESET if the sender died
 * first, -EBADMSG if it is not such a message. On failure nothing stays open and *ret is untouched.
 */
int rp_bpf_handles_receive(int sock, struct rp_bpf_handles *ret) RP_MUST_CHECK;

#endif
