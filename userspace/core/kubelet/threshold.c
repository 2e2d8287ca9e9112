// SPDX-License-Identifier: Apache-2.0
/* pkg/kubelet/eviction/api/types.go: GetThresholdQuantity; helpers.go: thresholdsMet, UpdateContainerFsThresholds. */
#include "core/kubelet/threshold.h"

#include "base/num.h"
#include "core/kubelet/profile.h"

#define NANO 1000000000u

/* Parsed as float32, multiplied as float64, truncated: "10%" of 10Gi is 1073741840. A min-reclaim may be over 100%. */
static int64_t share_of(int64_t capacity, float share)
{
    const double amount = (double)capacity * (double)share;
    return amount < 9.2e18 ? (int64_t)amount : INT64_MAX;
}

int64_t rp_kubelet_amount(const struct rp_threshold *threshold, int64_t capacity, bool with_reclaim)
{
    int64_t whole = threshold->is_percent ? share_of(capacity, threshold->percent) : threshold->quantity_floor;
    uint32_t nano = threshold->is_percent ? 0 : threshold->quantity_nano;
    if (with_reclaim && threshold->reclaim_is_percent)
        whole = rp_add_sat_i64(whole, share_of(capacity, threshold->reclaim_percent));
    if (with_reclaim && !threshold->reclaim_is_percent) {
        whole = rp_add_sat_i64(whole, threshold->reclaim_floor);
        nano += threshold->reclaim_nano;
    }
    /* The kubelet compares exact decimals: with a fraction the next whole number is the first that does not meet it. */
    return rp_add_sat_i64(whole, (int64_t)((nano + NANO - 1) / NANO));
}

bool rp_kubelet_hard_threshold(const struct rp_fact_kubelet *kubelet, enum rp_signal signal, int64_t capacity,
                               int64_t *ret)
{
    bool found = false;
    int64_t first = 0;
    for (uint32_t i = 0; i < kubelet->thresholds_n; i++) {
        const struct rp_threshold *threshold = &kubelet->thresholds[i];
        if (threshold->signal != signal || threshold->grace_ns > 0)
            continue;
        const int64_t amount = rp_kubelet_amount(threshold, capacity, false);
        if (!found || amount > first)
            first = amount;
        found = true;
    }
    if (found)
        *ret = first;
    return found;
}

/* The last one counts, as the kubelet goes through all and keeps what it saw last; NULL: there is none. */
static const struct rp_threshold *last_of(const struct rp_fact_kubelet *kubelet, enum rp_signal signal, bool hard)
{
    const struct rp_threshold *found = NULL;
    for (uint32_t i = 0; i < kubelet->thresholds_n; i++) {
        const struct rp_threshold *threshold = &kubelet->thresholds[i];
        if (threshold->signal == signal && (threshold->grace_ns == 0) == hard)
            found = threshold;
    }
    return found;
}

static bool of_containerfs(const struct rp_threshold *threshold)
{
    return threshold->signal == RP_SIGNAL_CONTAINERFS || threshold->signal == RP_SIGNAL_CONTAINERFS_INODES;
}

void rp_kubelet_derive(const struct rp_fact_kubelet *configured, enum rp_kubelet_layout layout,
                       struct rp_fact_kubelet *ret)
{
    const bool images = layout == RP_LAYOUT_DEDICATED;
    const struct {
        enum rp_signal from, to;
    } rows[] = {
        {images ? RP_SIGNAL_IMAGEFS : RP_SIGNAL_NODEFS, RP_SIGNAL_CONTAINERFS},
        {images ? RP_SIGNAL_IMAGEFS_INODES : RP_SIGNAL_NODEFS_INODES, RP_SIGNAL_CONTAINERFS_INODES},
    };
    *ret = *configured;
    ret->thresholds_n = 0;
    for (uint32_t i = 0; i < configured->thresholds_n && i < RP_THRESHOLDS_MAX; i++)
        if (!of_containerfs(&configured->thresholds[i]))
            ret->thresholds[ret->thresholds_n++] = configured->thresholds[i];
    for (uint32_t row = 0; row < 2 && rp_kubelet_profile(configured->minor).containerfs; row++) {
        for (int hard = 1; hard >= 0; hard--) {
            const struct rp_threshold *source = last_of(configured, rows[row].from, hard);
            if (!source || ret->thresholds_n == RP_THRESHOLDS_MAX)
                continue; /* where there is none the kubelet appends one that is never met */
            ret->thresholds[ret->thresholds_n] = *source;
            ret->thresholds[ret->thresholds_n++].signal = (uint8_t)rows[row].to;
        }
    }
}
