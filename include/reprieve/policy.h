// SPDX-License-Identifier: Apache-2.0
/*
 * The configuration after parsing and validation: one flat, pointer-free value. The config child writes it into a sealed
 * memfd, supervisor, guard and link map it; it is also part of every keyframe, so a replay knows the policy of the day.
 */
#ifndef RP_POLICY_H
#define RP_POLICY_H

#include "reprieve/contract.h"
#include "reprieve/link.h"
#include "reprieve/types.h"

#define RP_POLICY_MAGIC   UINT64_C(0x3159434c4f505052) /* "RPPOLCY1" */
#define RP_POLICY_VERSION 1
#define RP_RULES_MAX      64
#define RP_NAMESPACES_MAX 32
#define RP_URL_MAX        256

enum rp_mode { RP_MODE_OBSERVE, RP_MODE_ENFORCE };

/*
 * A workload named by the configuration, by cgroup glob or by systemd unit. In a glob `*` and `?` stay within one path
 * component and `**` spans components, so "jobs/job-*" is each job's own cgroup and not what the job makes inside it. A
 * unit is "**" + "/NAME.service", wherever its slice is. The first rule that matches a cgroup counts.
 */
struct rp_rule {
    char name[RP_NAME_MAX];
    char glob[RP_PATH_MAX]; /* pattern on the path relative to the cgroup root (rp_glob_match); a unit becomes one */
    struct rp_contract contract;
};

struct rp_policy {
    uint64_t magic;
    uint32_t version, bytes;
    uint32_t mode;    /* enum rp_mode */
    uint32_t enabled; /* bit 1 << enum rp_action_kind: kinds that enforce mode may execute */

    /* where things are */
    char node_name[RP_POD_NAME_MAX];
    char cgroup_root[RP_URL_MAX], proc_root[RP_URL_MAX], run_dir[RP_URL_MAX];
    char host_root[RP_URL_MAX];                            /* the next four are paths below it */
    char kubelet_root[RP_URL_MAX], pod_logs[RP_URL_MAX];   /* of nodefs; of containers' logs */
    char image_store[RP_URL_MAX], layer_store[RP_URL_MAX]; /* of imagefs, of containerfs; "" means: find it */
    char pods_root[RP_PATH_MAX];                           /* "" means: find it */
    char source[RP_SOURCE_MAX][RP_URL_MAX];                /* "", a path, unix:PATH:/url-path */
    char listen[RP_URL_MAX];                               /* host:port of /metrics, "" none */
    rp_ns source_interval_ns;
    char record_dir[RP_URL_MAX]; /* of the recording, "" none */
    uint64_t record_bytes;       /* of all its files together */

    /* who may say what */
    char allowed_namespaces[RP_NAMESPACES_MAX][RP_NS_MAX]; /* annotations are honoured from these only; "*" all */
    uint32_t allowed_namespaces_n;
    struct rp_rule rules[RP_RULES_MAX];
    uint32_t rules_n;

    /* kubelet settings to assume while configz is not known */
    struct rp_fact_kubelet kubelet;

    /* when to act, and how much */
    uint32_t act_permille; /* act when P(crossing within act_horizon) reaches this */
    rp_ns act_horizon_ns;
    uint32_t checkpoint_permille;      /* ask for a checkpoint when P(crossing within its p95 + margin) reaches this */
    uint32_t checkpoint_ends_permille; /* the same for workloads whose checkpoint ends them */
    rp_ns checkpoint_margin_ns;
    rp_ns calm_hold_ns;                /* pressure must be over for this long before a brake is lifted */
    rp_ns freeze_max_ns, brake_max_ns; /* longest freeze, longest other brake; then it is undone and tried anew later */
    rp_ns escape_ns;                   /* a memory.high that only throttles is lifted after this */
    uint32_t kills_max;                /* E3: victims per window */
    rp_ns kills_window_ns;
    uint32_t slow_permille;             /* CPU left to a slowed pod, permille of one CPU */
    uint32_t protected_budget_permille; /* protected requests over allocatable; what exceeds it is not protected */
    rp_ns sweep_calm_ns, sweep_fast_ns; /* slowest and fastest sampling period */

    /* sizes of the arena */
    uint32_t cgroups_max, pods_max; /* cgroups 0: as the node has them; whoever makes the arena fills it in before */
};

/* The documented defaults: observe mode, everything enabled, kubelet defaults, paths of an ordinary node. */
void rp_policy_init(struct rp_policy *policy);

/*
 * Ranges and relations of a whole policy, whoever wrote it (file, recording, another process). 0, or -EINVAL and why: the
 * setting's name as in reprieve.yaml, a colon, what is wrong. After 0 every string ends and every enum is one.
 */
int rp_policy_check(const struct rp_policy *policy, struct rp_complaint *why) RP_MUST_CHECK;

/*
 * Does the pattern match the whole path? `*` stands for any text without a slash, `?` for one byte other than a slash,
 * a component `**` for any number of whole components, none included. Everything else, backslashes too, is literal:
 * systemd writes `\x2d` into names. Text of RP_PATH_MAX or longer matches nothing.
 */
bool rp_glob_match(const char *pattern, const char *path);

#endif
