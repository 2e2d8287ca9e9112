// SPDX-License-Identifier: Apache-2.0
/*
 * Whom the kernel would kill, and what would die with it. This is not the kubelet's ranking: neither priority nor what was
 * requested count as such, only the size of a single process and its oom_score_adj (mm/oom_kill.c: oom_badness). Which
 * processes are compared depends on the wall that is hit: all of the node's, all pods', or those inside one limit.
 */
#ifndef RP_OOM_H
#define RP_OOM_H

#include "reprieve/forecast.h"
#include "reprieve/types.h"

enum rp_oom_wall {
    RP_OOM_NODE, /* the memory of the node */
    RP_OOM_PODS, /* the limit of all pods together */
    RP_OOM_WALLS,
    RP_OOM_OWN = RP_OOM_WALLS, /* a limit of a pod or a container; only in counts */
    RP_OOM_COUNTS
};

enum rp_oom_dies {
    RP_OOM_DIES_UNKNOWN,
    RP_OOM_DIES_PROCESS,
    RP_OOM_DIES_GROUP, /* everything in the cgroup: memory.oom.group of it or of one above, inside the wall */
};

/* What it rests upon, the best first. */
enum rp_oom_evidence {
    RP_OOM_WEIGHED,  /* its processes were looked at */
    RP_OOM_COMPUTED, /* from its memory as a whole, and the oom_score_adj that the kubelet must have set */
    RP_OOM_GUESSED,  /* its oom_score_adj is not known either */
};

/* Points as the kernel counts them, but in bytes: a process' memory plus a thousandth of the wall for each of its adj. */
struct rp_oom_victim {
    uint32_t cgroup; /* index: the container, or the service or workload, whose process would be chosen */
    uint32_t pod;    /* index or RP_INDEX_NONE */
    uint32_t group;  /* of whom nobody can tell who is before whom; 1: any of these may be the first */
    int64_t points, points_low, points_high;
    int64_t bytes;       /* likely, of the process */
    int64_t frees_bytes; /* of everything that dies with it */
    int16_t adj;
    uint8_t dies;     /* enum rp_oom_dies */
    uint8_t evidence; /* enum rp_oom_evidence */
};

struct rp_oom_victims {
    int64_t total_bytes; /* of the wall, swap included; 0: there is none, or it is not known */
    struct rp_oom_victim list[RP_VICTIMS_MAX];
    uint32_t n;
    uint32_t first_n; /* how many may be the first, also if the list holds less */
    uint32_t candidates;
    uint32_t exempt;  /* cgroups of which no process may be chosen */
    uint32_t guessed; /* candidates whose oom_score_adj is not known */
};

/* How the predictions came out, by the wall that was hit. */
struct rp_oom_tally {
    uint64_t kills;  /* choices of the kernel that were seen */
    uint64_t first;  /* of them, the one that was expected, alone */
    uint64_t among;  /* one of several that were expected alike */
    uint64_t others; /* somebody else; the rest of kills was no candidate at all */
};

#endif
