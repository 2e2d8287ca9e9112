// SPDX-License-Identifier: Apache-2.0
/* A node made of plain directories and files, in a temporary directory of its own: a cgroup root and a proc root. */
#ifndef RP_TESTS_NODE_SENSE_FIXTURE_H
#define RP_TESTS_NODE_SENSE_FIXTURE_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/harness.h"
#include "harness/tree.h"
#include "reprieve/policy.h"

#define UID_A  "11111111-2222-3333-4444-555555555555"
#define UID_A_ "11111111_2222_3333_4444_555555555555"
#define UID_B  "99999999-8888-7777-6666-555555555555"
#define HEX64  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

#define SYSTEMD_POD        "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_A_ ".slice"
#define SYSTEMD_CONTAINER  SYSTEMD_POD "/cri-containerd-" HEX64 ".scope"
#define CGROUPFS_POD       "kubepods/besteffort/pod" UID_A
#define CGROUPFS_CONTAINER CGROUPFS_POD "/" HEX64

#define MEMINFO                                                                                                        \
    "MemTotal:        8000000 kB\nMemFree:         1000000 kB\nMemAvailable:    3000000 kB\n"                          \
    "SwapTotal:       2000000 kB\nSwapFree:         500000 kB\n"
#define MEMORY_STAT   "anon 900\nfile 2100\nkernel 5\nshmem 100\ninactive_anon 1\ninactive_file 700\nactive_file 1300\n"
#define PRESSURE      "some avg10=0.00 avg60=0.00 avg300=0.00 total=1234\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=567\n"
#define PRESSURE_IO   "some avg10=0.00 avg60=0.00 avg300=0.00 total=99\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=44\n"
#define MEMORY_EVENTS "low 0\nhigh 3\nmax 4\noom 5\noom_kill 6\noom_group_kill 0\n"

struct fixture {
    struct rp_tree tree;
    char cgroup[RP_URL_MAX], proc[RP_URL_MAX];
    struct rp_policy policy;
};

static inline void fx_path(const struct fixture *fx, const char *path, char dst[1024])
{
    assert_true(snprintf(dst, 1024, "%s/%s", fx->tree.root, path) < 1024);
}

static inline void fx_write(const struct fixture *fx, const char *path, const char *text)
{
    rp_tree_write(&fx->tree, path, text);
}

static inline void fx_mkdir(const struct fixture *fx, const char *path)
{
    rp_tree_mkdir(&fx->tree, path);
}

static inline void fx_remove(const struct fixture *fx, const char *path)
{
    rp_tree_remove(&fx->tree, path);
}

/* A cgroup below the root, with every file that the sensor knows. */
static inline void fx_cgroup(const struct fixture *fx, const char *path, const char *current)
{
    static const char *const files[][2] = {
        {"memory.events", MEMORY_EVENTS},
        {"memory.stat", MEMORY_STAT},
        {"memory.pressure", PRESSURE},
        {"pids.current", "12\n"},
        {"memory.swap.current", "4096\n"},
        {"memory.max", "max\n"},
        {"cgroup.events", "populated 1\nfrozen 0\n"},
        {"memory.oom.group", "1\n"},
    };
    char name[1024];
    snprintf(name, sizeof(name), "cgroup/%s", path);
    fx_mkdir(fx, name);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        snprintf(name, sizeof(name), "cgroup/%s/%s", path, files[i][0]);
        fx_write(fx, name, files[i][1]);
    }
    snprintf(name, sizeof(name), "cgroup/%s/memory.current", path);
    fx_write(fx, name, current);
}

static inline uint64_t fx_id(const struct fixture *fx, const char *path)
{
    char full[1024];
    struct stat st;
    fx_path(fx, path, full);
    assert_int_equal(stat(full, &st), 0);
    return st.st_ino;
}

/* A healthy node without pods. */
static inline struct fixture *fx_new(void)
{
    struct fixture *fx = calloc(1, sizeof(*fx));
    assert_non_null(fx);
    rp_tree_make(&fx->tree);
    fx_mkdir(fx, "cgroup");
    fx_mkdir(fx, "proc/pressure");
    fx_mkdir(fx, "proc/sys/kernel");
    fx_write(fx, "cgroup/cgroup.controllers", "cpuset cpu io memory pids\n");
    fx_write(fx, "cgroup/memory.stat", "anon 5000\nfile 6000\ninactive_file 2500\n");
    fx_write(fx, "proc/meminfo", MEMINFO);
    fx_write(fx, "proc/pressure/memory", PRESSURE);
    fx_write(fx, "proc/pressure/io", PRESSURE_IO);
    fx_write(fx, "proc/loadavg", "0.10 0.20 0.30 2/345 6789\n");
    fx_write(fx, "proc/sys/kernel/pid_max", "4194304\n");
    fx_write(fx, "proc/sys/kernel/threads-max", "63455\n");
    assert_true(snprintf(fx->cgroup, sizeof(fx->cgroup), "%s/cgroup", fx->tree.root) < (int)sizeof(fx->cgroup));
    assert_true(snprintf(fx->proc, sizeof(fx->proc), "%s/proc", fx->tree.root) < (int)sizeof(fx->proc));
    memcpy(fx->policy.cgroup_root, fx->cgroup, strlen(fx->cgroup) + 1);
    memcpy(fx->policy.proc_root, fx->proc, strlen(fx->proc) + 1);
    fx->policy.cgroups_max = 64;
    fx->policy.pods_max = 4;
    return fx;
}

static inline void fx_free(struct fixture *fx)
{
    rp_tree_drop(&fx->tree);
    free(fx);
}

#endif
