// SPDX-License-Identifier: Apache-2.0
/*
 * The eviction part of a KubeletConfiguration, from texts as its maps hold them to the thresholds that the kubelet would
 * act on. Whoever has the maps (reprieve.yaml, configz) hands over one entry at a time; the rules of the kubelet are here:
 *
 *  - evictionHard, once given, replaces the whole default map, unless mergeDefaultEvictionSettings is true;
 *  - "0%" and "100%" mean no threshold; a soft threshold needs a grace period, and with grace 0s it counts as hard;
 *  - every hard memory.available is copied to allocatableMemory.available if enforceNodeAllocatable has "pods".
 *
 * configz shows the effective configuration and leaves out empty maps, so its reader calls rp_kubelet_config_give for
 * evictionHard whether it is there or not: a kubelet that shows none has none.
 */
#ifndef RP_PARSE_KUBELET_CONFIG_H
#define RP_PARSE_KUBELET_CONFIG_H

#include "reprieve/link.h"

#define RP_KUBELET_VALUE_MAX 40

enum rp_kubelet_map {
    RP_KUBELET_HARD,    /* evictionHard */
    RP_KUBELET_SOFT,    /* evictionSoft */
    RP_KUBELET_GRACE,   /* evictionSoftGracePeriod */
    RP_KUBELET_RECLAIM, /* evictionMinimumReclaim */
    RP_KUBELET_MAPS
};

struct rp_kubelet_config {
    char value[RP_KUBELET_MAPS][RP_SIGNAL_MAX][RP_KUBELET_VALUE_MAX]; /* "": no entry */
    bool hard_given, merge_defaults, enforce_pods;
    bool told; /* anything at all was given */
    bool no_local_isolation;
    uint8_t minor; /* of Kubernetes 1.minor, 0: not told */
    rp_ns transition_ns, max_pod_grace_ns;
};

/* The kubelet's documented defaults. */
void rp_kubelet_config_begin(struct rp_kubelet_config *config);

/* The map is there, with or without entries. */
void rp_kubelet_config_give(struct rp_kubelet_config *config, enum rp_kubelet_map map);

/* One entry. 0, or -EINVAL where the kubelet would refuse to start; then nothing changes and `why` says what is wrong. */
int rp_kubelet_config_set(struct rp_kubelet_config *config, enum rp_kubelet_map map, const char *signal,
                          const char *value, struct rp_complaint *why) RP_MUST_CHECK;

/* evictionPressureTransitionPeriod, a Go duration. 0 or -EINVAL and why. */
int rp_kubelet_config_transition(struct rp_kubelet_config *config, const char *value,
                                 struct rp_complaint *why) RP_MUST_CHECK;

/* evictionMaxPodGracePeriod, in seconds as the kubelet has it; a negative one works out as 0. */
void rp_kubelet_config_max_pod_grace(struct rp_kubelet_config *config, int32_t seconds);

/* mergeDefaultEvictionSettings. */
void rp_kubelet_config_merge(struct rp_kubelet_config *config, bool merge);

/* localStorageCapacityIsolation. */
void rp_kubelet_config_isolation(struct rp_kubelet_config *config, bool isolates);

/* Of the kubelet itself, "1.31" or as it says it, "v1.31.4", "": not known; it decides on details alone. 0 or -EINVAL and why. */
int rp_kubelet_config_version(struct rp_kubelet_config *config, const char *value,
                              struct rp_complaint *why) RP_MUST_CHECK;

/* enforceNodeAllocatable was given, and "pods" is in it or not. */
void rp_kubelet_config_enforce_pods(struct rp_kubelet_config *config, bool pods);

/*
 * The thresholds that follow. 0; -EINVAL if a soft threshold has no grace period, and `why` starts with the entry's name
 * and a colon.
 */
int rp_kubelet_config_finish(const struct rp_kubelet_config *config, struct rp_fact_kubelet *ret,
                             struct rp_complaint *why) RP_MUST_CHECK;

#endif
