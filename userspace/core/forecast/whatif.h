// SPDX-License-Identifier: Apache-2.0
/* What would have to be different for a pod not to be the next one that the kubelet takes. */
#ifndef RP_FORECAST_WHATIF_H
#define RP_FORECAST_WHATIF_H

#include "reprieve/model.h"

enum rp_standing {
    RP_STANDING_UNKNOWN,     /* the kubelet does not know it, or it has ended: no candidate */
    RP_STANDING_PASSED_OVER, /* critical or static: ranked, but never taken */
    RP_STANDING_NEXT,        /* taken next: nobody goes before it */
    RP_STANDING_TIED,        /* or one of those that tie with it: chance decides */
    RP_STANDING_BEHIND,      /* somebody goes before it */
};

/* The smallest change of one number, all others as they are, after which somebody else goes first. */
struct rp_remedy {
    bool helps;
    int64_t value;
};

struct rp_whatif {
    uint8_t standing;            /* enum rp_standing */
    uint32_t rival;              /* the first of the others that can be taken, RP_INDEX_NONE: there is none */
    struct rp_rank_key own;      /* as the kubelet compares it */
    struct rp_rank_key rivals;   /* and its rival, if there is one */
    int64_t use, request;        /* of what the signal ranks by, in its unit; request -1: it has none */
    struct rp_remedy by_request; /* with NEXT and TIED */
    struct rp_remedy by_priority;
};

/* By the numbers of memory now, of everything else as the kubelet believes them. `pod` is an index of a live pod. */
void rp_whatif(struct rp_arena *arena, uint32_t pod, enum rp_signal signal, struct rp_whatif *ret);

#endif
