// SPDX-License-Identifier: Apache-2.0
/*
 * When, who, and how sure. Dangers stand side by side and are never mixed: the kubelet's numbers (its arithmetic, its
 * thresholds) and the kernel's (what is left before reclaim fails and the OOM killer runs); tbl/dangers.h lists them.
 */
#ifndef RP_FORECAST_H
#define RP_FORECAST_H

#include "reprieve/tables.h"
#include "reprieve/types.h"

enum rp_danger {
#define RP_DANGER(id, word, unit, signal, memory) RP_DANGER_##id,
#include "reprieve/tbl/dangers.h"
#undef RP_DANGER
    RP_DANGER_MAX,
    RP_DANGER_NONE = 255,
};

/* What a danger's available, capacity, threshold and growth are counted in. */
enum rp_unit { RP_UNIT_BYTES, RP_UNIT_INODES, RP_UNIT_TASKS, RP_UNIT_MAX };

struct rp_danger_info {
    const char *word;
    uint8_t unit;   /* enum rp_unit */
    uint8_t signal; /* enum rp_signal, RP_SIGNAL_MAX: the kernel's, not the kubelet's */
    bool memory;
};

/* Of a value out of range: the word "?", and nothing else that is true of it. */
const struct rp_danger_info *rp_danger_info(unsigned danger);

static inline bool rp_danger_of_kernel(unsigned danger)
{
    return rp_danger_info(danger)->signal == RP_SIGNAL_MAX;
}

enum rp_forecast_state {
    RP_FORECAST_ABSTAIN,  /* too little or too old evidence; `missing` says what */
    RP_FORECAST_CALM,     /* no crossing within the longest horizon is likely */
    RP_FORECAST_CROSSING, /* it is coming; the times below say when */
    RP_FORECAST_CROSSED,  /* available < threshold now */
};

/* Bits of rp_forecast.missing. */
#define RP_MISSING_READING   (1u << 0) /* the signal itself is unknown */
#define RP_MISSING_HISTORY   (1u << 1) /* too few samples for a trend */
#define RP_MISSING_THRESHOLD (1u << 2) /* no threshold configured: no danger from this signal */
#define RP_MISSING_FACTS     (1u << 3) /* pod facts unknown: the victim set is a guess */
#define RP_MISSING_FRESH     (1u << 4) /* the last reading is stale */

struct rp_forecast {
    uint8_t state; /* enum rp_forecast_state */
    uint32_t missing;
    rp_ns t_ns;                         /* of the reading that it starts from */
    int64_t available, capacity;        /* in the danger's unit, like the next two */
    int64_t threshold;                  /* met when available is strictly below; fractions are rounded up */
    int64_t growth_per_s;               /* central rate at which `available` falls; negative: it recovers */
    rp_ns early_ns, median_ns, late_ns; /* time from t_ns to the crossing at the 10th, 50th, 90th percentile */
    uint16_t within_10s_permille, within_60s_permille, within_5min_permille;
    bool burst; /* the latest readings left the trend; the faster rate is used */
};

#define RP_VICTIMS_MAX 8

/*
 * Whom the kubelet would take for one signal, best guess first; equal `group` is a tie that it breaks at random. It evicts
 * one pod and looks again, so the next victim is one of the first group, or one that is marked stale_only (group 0).
 */
struct rp_victim {
    uint32_t pod; /* index into the arena's pods */
    uint32_t group;
    int64_t over_request; /* in the signal's unit, by the numbers that put it here; for pids all processes */
    bool exceeds_request;
    bool stale_only; /* not first now, but first by the older numbers that the kubelet still believes */
};

struct rp_victims {
    uint64_t epoch; /* state of the pods that they were ranked by */
    struct rp_victim list[RP_VICTIMS_MAX];
    uint32_t n;
    uint32_t candidates; /* how many pods were ranked */
    uint32_t unknown;    /* how many of them by their use alone, because their facts are not known */
};

#endif
