// SPDX-License-Identifier: Apache-2.0
/*
 * What the path of a cgroup says: pods root, QoS level, pod, container, and whose. Understands the kubelet's systemd
 * and cgroupfs drivers, containerd and CRI-O names, and roots nested under other cgroups (kind, k3s in a container,
 * --cgroup-root).
 */
#ifndef RP_PARSE_CGROUP_PATH_H
#define RP_PARSE_CGROUP_PATH_H

#include "reprieve/model.h"

#define RP_CONTAINER_ID_MAX 80

enum rp_runtime { RP_RUNTIME_UNKNOWN, RP_RUNTIME_CONTAINERD, RP_RUNTIME_CRIO, RP_RUNTIME_DOCKER };

struct rp_cgroup_name {
    uint8_t kind;                        /* enum rp_cgroup_kind; conmon is INSIDE its pod, not a CONTAINER */
    uint8_t qos;                         /* enum rp_qos, of QOS, POD and below */
    uint8_t runtime;                     /* enum rp_runtime, of CONTAINER and below */
    bool conmon;                         /* CRI-O's monitor of a container */
    uint16_t pods_root_len;              /* how many bytes of the path name the pods root; 0 outside of one */
    uint16_t pod_len;                    /* and how many name the pod slice; 0 above one */
    char uid[RP_UID_MAX];                /* of the pod, with dashes */
    char container[RP_CONTAINER_ID_MAX]; /* id, "" if the name holds none */
};

/*
 * `path` is relative to the cgroup root, no leading slash, "" the root. The leftmost component that is named like a
 * pods root is taken for it. Whoever may make cgroups outside the pods can therefore forge one: find the root once, by
 * pods_root_len of a path that is the kubelet's, and judge the others with rp_parse_cgroup_path_under. 0 (kind OTHER
 * or SYSTEM if not understood); -EINVAL no such path; -ENAMETOOLONG the pod's UID does not fit.
 */
int rp_parse_cgroup_path(const char *path, struct rp_cgroup_name *ret) RP_MUST_CHECK;

/* The same under a known pods root; "" finds it as above. Ancestors of the pods root are OTHER. */
int rp_parse_cgroup_path_under(const char *pods_root, const char *path, struct rp_cgroup_name *ret) RP_MUST_CHECK;

#endif
