// SPDX-License-Identifier: Apache-2.0
/* The eviction part of a KubeletConfiguration. */
#include "core/parse/kubelet_config.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/line.h"
#include "base/num.h"
#include "base/str.h"
#include "core/parse/go_duration.h"
#include "core/parse/threshold.h"

static_assert(2 * RP_SIGNAL_MAX + 2 <= RP_THRESHOLDS_MAX, "hard, soft, and the two copies of memory.available fit");

#define MINOR_MIN 25
#define MINOR_MAX 255

/* Linux defaults of evictionHard (kubelet, eviction/defaults_linux.go; the same from 1.32 to 1.36). */
static const char *const default_hard[RP_SIGNAL_MAX] = {
    [RP_SIGNAL_MEMORY] = "100Mi", [RP_SIGNAL_NODEFS] = "10%",        [RP_SIGNAL_NODEFS_INODES] = "5%",
    [RP_SIGNAL_IMAGEFS] = "15%",  [RP_SIGNAL_IMAGEFS_INODES] = "5%",
};

static int complain(struct rp_complaint *why, const char *a, const char *b, const char *c)
{
    struct rp_line line;
    rp_line_init(&line, why->text, sizeof(why->text));
    rp_line_add(&line, a);
    rp_line_add(&line, b);
    rp_line_add(&line, c);
    return -EINVAL;
}

void rp_kubelet_config_begin(struct rp_kubelet_config *config)
{
    memset(config, 0, sizeof(*config));
    config->enforce_pods = true;
    config->transition_ns = 300 * RP_NS_PER_S;
}

void rp_kubelet_config_give(struct rp_kubelet_config *config, enum rp_kubelet_map map)
{
    config->told = true;
    config->hard_given = config->hard_given || map == RP_KUBELET_HARD;
}

/* Would the kubelet take this entry? Each map is tried with harmless partners in place of the other maps' entries. */
static int entry_check(enum rp_kubelet_map map, enum rp_signal signal, const char *value, struct rp_complaint *why)
{
    struct rp_threshold threshold;
    int64_t grace_ns = 0;
    switch (map) {
    case RP_KUBELET_HARD:
    case RP_KUBELET_SOFT:
        if (rp_parse_threshold(signal, value, NULL, NULL, &threshold) < 0)
            return complain(why, "must be a quantity above 0 such as \"100Mi\", or 0% to 100%, not \"", value, "\"");
        return 0;
    case RP_KUBELET_GRACE:
        if (rp_parse_go_duration(value, strlen(value), &grace_ns) < 0 || grace_ns < 0)
            return complain(why, "must be a duration such as \"1m30s\", not \"", value, "\"");
        return 0;
    case RP_KUBELET_RECLAIM:
        if (rp_parse_threshold(signal, "1", NULL, value, &threshold) < 0)
            return complain(why, "must be a quantity such as \"500Mi\" or a percentage, not \"", value, "\"");
        return 0;
    case RP_KUBELET_MAPS:
        break;
    }
    return complain(why, "is in no map of the kubelet", "", "");
}

int rp_kubelet_config_set(struct rp_kubelet_config *config, enum rp_kubelet_map map, const char *signal,
                          const char *value, struct rp_complaint *why)
{
    const enum rp_signal which = rp_signal_by_name(signal, strlen(signal));
    if (which == RP_SIGNAL_MAX)
        return complain(why, "\"", signal, "\" is no eviction signal");
    if (strnlen(value, RP_KUBELET_VALUE_MAX) == RP_KUBELET_VALUE_MAX)
        return complain(why, "is too long for a quantity, a percentage or a duration", "", "");
    const int r = entry_check(map, which, value, why);
    if (r < 0)
        return r;
    rp_kubelet_config_give(config, map);
    return rp_copy(config->value[map][which], RP_KUBELET_VALUE_MAX, value);
}

int rp_kubelet_config_transition(struct rp_kubelet_config *config, const char *value, struct rp_complaint *why)
{
    rp_ns transition_ns = 0;
    if (rp_parse_duration_ns(value, strlen(value), &transition_ns) < 0)
        return complain(why, "must be a duration such as \"5m\", not \"", value, "\"");
    config->told = true;
    config->transition_ns = transition_ns;
    return 0;
}

void rp_kubelet_config_max_pod_grace(struct rp_kubelet_config *config, int32_t seconds)
{
    config->told = true;
    config->max_pod_grace_ns = seconds > 0 ? (rp_ns)seconds * RP_NS_PER_S : 0;
}

void rp_kubelet_config_merge(struct rp_kubelet_config *config, bool merge)
{
    config->told = true;
    config->merge_defaults = merge;
}

void rp_kubelet_config_isolation(struct rp_kubelet_config *config, bool isolates)
{
    config->told = true;
    config->no_local_isolation = !isolates;
}

int rp_kubelet_config_version(struct rp_kubelet_config *config, const char *value, struct rp_complaint *why)
{
    const char *const number = value + (value[0] == 'v');
    size_t end = 2;
    uint64_t minor = 0;
    if (!value[0]) {
        config->minor = 0;
        return 0;
    }
    while (rp_starts_with(number, "1.") && number[end] >= '0' && number[end] <= '9')
        end++;
    const char next = end > 2 ? number[end] : 'x';
    const bool ends = next == '\0' || next == '.' || next == '+' || next == '-'; /* 1.31, .4, +k3s1, -rc.1 */
    if (!ends || rp_parse_u64(number + 2, end - 2, &minor) < 0 || minor < MINOR_MIN || minor > MINOR_MAX)
        return complain(why, "must be a version from 1.25 on, such as \"1.31\", not \"", value, "\"");
    config->minor = (uint8_t)minor;
    return 0;
}

void rp_kubelet_config_enforce_pods(struct rp_kubelet_config *config, bool pods)
{
    config->told = true;
    config->enforce_pods = pods;
}

static const char *entry(const struct rp_kubelet_config *config, enum rp_kubelet_map map, uint32_t signal)
{
    const char *const value = config->value[map][signal];
    if (value[0])
        return value;
    if (map == RP_KUBELET_HARD && (!config->hard_given || config->merge_defaults))
        return default_hard[signal];
    return NULL;
}

/* Member by member into zeroed memory, so that the same settings give the same bytes, padding included. */
static void append(struct rp_fact_kubelet *fact, const struct rp_threshold *from, uint8_t signal)
{
    struct rp_threshold *const to = &fact->thresholds[fact->thresholds_n++];
    to->signal = signal;
    to->is_percent = from->is_percent;
    to->reclaim_is_percent = from->reclaim_is_percent;
    to->percent = from->percent;
    to->reclaim_percent = from->reclaim_percent;
    to->quantity_floor = from->quantity_floor;
    to->quantity_nano = from->quantity_nano;
    to->reclaim_floor = from->reclaim_floor;
    to->reclaim_nano = from->reclaim_nano;
    to->grace_ns = from->grace_ns;
}

static int finish_map(const struct rp_kubelet_config *config, enum rp_kubelet_map map, struct rp_fact_kubelet *fact,
                      struct rp_complaint *why)
{
    for (uint32_t signal = 0; signal < RP_SIGNAL_MAX; signal++) {
        const char *const value = entry(config, map, signal);
        if (!value)
            continue;
        const char *const grace = entry(config, RP_KUBELET_GRACE, signal);
        const char *const soft_grace = map == RP_KUBELET_SOFT ? (grace ? grace : "") : NULL;
        struct rp_threshold threshold = {0};
        const int r = rp_parse_threshold((enum rp_signal)signal, value, soft_grace,
                                         entry(config, RP_KUBELET_RECLAIM, signal), &threshold);
        if (r == RP_THRESHOLD_DROPPED)
            continue;
        if (r < 0)
            return complain(why, "evictionSoft.", rp_signal_name((enum rp_signal)signal),
                            ": needs an entry in evictionSoftGracePeriod");
        append(fact, &threshold, (uint8_t)signal);
        if (signal == RP_SIGNAL_MEMORY && threshold.grace_ns == 0 && config->enforce_pods)
            append(fact, &threshold, RP_SIGNAL_ALLOCATABLE);
    }
    return 0;
}

int rp_kubelet_config_finish(const struct rp_kubelet_config *config, struct rp_fact_kubelet *ret,
                             struct rp_complaint *why)
{
    struct rp_fact_kubelet fact;
    memset(&fact, 0, sizeof(fact)); /* padding too: the policy that holds it is compared and hashed as bytes */
    fact.enforce_pods = config->enforce_pods;
    fact.from_defaults = !config->told;
    fact.no_local_isolation = config->no_local_isolation;
    fact.minor = config->minor;
    fact.transition_ns = config->transition_ns;
    fact.max_pod_grace_ns = config->max_pod_grace_ns;
    int r = finish_map(config, RP_KUBELET_HARD, &fact, why);
    if (r == 0)
        r = finish_map(config, RP_KUBELET_SOFT, &fact, why);
    if (r < 0)
        return r;
    memcpy(ret, &fact, sizeof(fact));
    return 0;
}
