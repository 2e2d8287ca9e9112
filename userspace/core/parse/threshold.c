// SPDX-License-Identifier: Apache-2.0
/*
 * Eviction thresholds, with the kubelet's own rules for what is a threshold, what is none, and what stops it from starting
 * (pkg/kubelet/eviction/helpers.go: ParseThresholdConfig and what it calls).
 */
#include "core/parse/threshold.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "core/parse/go_duration.h"
#include "core/parse/quantity.h"

static int parse_value(const char *value, struct rp_threshold *t)
{
    struct rp_quantity quantity;
    if (rp_ends_with(value, "%")) {
        t->is_percent = true;
        if (rp_parse_percentage(value, strlen(value), &t->percent) < 0)
            return -EINVAL;
        return t->percent < 0.0f || t->percent > 1.0f ? -EINVAL : 0;
    }
    if (rp_parse_quantity(value, strlen(value), &quantity) < 0 || quantity.value <= 0)
        return -EINVAL;
    t->quantity_floor = quantity.floor;
    t->quantity_nano = quantity.nano;
    return 0;
}

/* Other than a threshold, a minimum reclaim may be 0 as a quantity, may not be 0 %, and may be more than 100 %. */
static int parse_reclaim(const char *reclaim, struct rp_threshold *t)
{
    struct rp_quantity quantity;
    if (rp_ends_with(reclaim, "%")) {
        t->reclaim_is_percent = true;
        if (rp_parse_percentage(reclaim, strlen(reclaim), &t->reclaim_percent) < 0)
            return -EINVAL;
        return t->reclaim_percent <= 0.0f ? -EINVAL : 0;
    }
    if (rp_parse_quantity(reclaim, strlen(reclaim), &quantity) < 0 || quantity.value < 0)
        return -EINVAL;
    t->reclaim_floor = quantity.floor;
    t->reclaim_nano = quantity.nano;
    return 0;
}

int rp_parse_threshold(enum rp_signal signal, const char *value, const char *grace, const char *reclaim,
                       struct rp_threshold *ret)
{
    struct rp_threshold found = {.signal = (uint8_t)signal};
    if ((unsigned int)signal >= RP_SIGNAL_MAX)
        return -EINVAL;
    /* The kubelet reads both maps whole before it looks at a threshold, so they must be right even if it is dropped. */
    if (grace && grace[0] && rp_parse_duration_ns(grace, strlen(grace), &found.grace_ns) < 0)
        return -EINVAL;
    if (reclaim && parse_reclaim(reclaim, &found) < 0)
        return -EINVAL;
    if (strcmp(value, "0%") == 0 || strcmp(value, "100%") == 0)
        return RP_THRESHOLD_DROPPED;
    if (parse_value(value, &found) < 0 || (grace && !grace[0]))
        return -EINVAL;
    *ret = found;
    return 0;
}
