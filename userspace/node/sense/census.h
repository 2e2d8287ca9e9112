// SPDX-License-Identifier: Apache-2.0
/*
 * The live cgroups, as far as they fit: who they are, whose child each is, and the kept descriptors of those worth reading.
 *
 * Directories are the truth. BPF's lifecycle events, a snapshot that shows a stranger, a file that answers -ENODEV are all
 * only hints that a directory be listed again soon; without any hint each is listed again within seconds. (inotify would
 * need a path walk for each new cgroup that cannot be confined beneath a descriptor.) Nothing is allocated after open.
 *
 * A tenant can make as many cgroups as it likes inside its own. So those below containers and outside of the pods may take
 * half of the table at most, a listing has an end, and what was left out is counted.
 */
#ifndef RP_NODE_SENSE_CENSUS_H
#define RP_NODE_SENSE_CENSUS_H

#include "node/sense/files.h"
#include "reprieve/model.h"
#include "reprieve/policy.h"
#include "reprieve/sample.h"

#define RP_CENSUS_LEVELS_MAX 24
#define RP_CENSUS_BIRTHS_MAX 1024 /* per sample; more follow with the next one */

struct rp_census_node {
    rp_cgroup_id id;        /* RP_CGROUP_NONE: a free slot */
    uint32_t parent, child; /* indices; child: the first one */
    uint32_t sibling;       /* next child of the same parent, next free slot */
    uint32_t chain;         /* next in the hash bucket */
    uint8_t kind;           /* enum rp_cgroup_kind; POD also for a workload that a rule names */
    uint16_t level;
    uint8_t looks;      /* listings that are owed to a hint and come before those by the clock */
    bool starved;       /* wants files for which there was no descriptor left */
    rp_ns scan_ns;      /* list its directory when this time has come */
    uint64_t seen;      /* number of the listing that saw it last */
    uint32_t left_out;  /* children that did not fit when it was listed last */
    uint32_t reading;   /* for the sensor: its place in the present sample, RP_INDEX_NONE */
    rp_ns costly_ns;    /* for the sensor: not read whole again before; 0: never was */
    rp_ns limits_ns;    /* for the sensor: the same of its limits */
    rp_ns stat_ns;      /* for the sensor: the same of a container's memory.stat */
    uint64_t max_bytes; /* for the sensor: its memory.max as far as it is known, else 0; UINT64_MAX: none */
    struct rp_files files;
    char path[RP_PATH_MAX];
};

struct rp_census {
    int root_fd; /* borrowed */
    const struct rp_policy *policy;
    const char *self; /* own cgroup's path, "" unknown */
    bool hinted;      /* lifecycle events arrive: list less often */
    struct rp_census_node *nodes;
    uint32_t capacity, used, live,
        spare; /* used: slots ever touched; spare: live ones outside of the pods' own levels */
    uint32_t free, cursor;
    uint32_t *buckets, buckets_n;
    uint32_t pods_root; /* index or RP_INDEX_NONE */
    struct rp_cgroup_birth *births;
    struct rp_cgroup_death *deaths;
    rp_cgroup_id *heirs; /* of each death: its parent */
    uint32_t births_n, births_max, deaths_n;
    uint32_t files_max, files_open, pod_files_open;
    rp_ns due_ns; /* earliest scan_ns of all, or earlier */
    uint64_t listing, scans, scans_failed, dropped;
    char entries[32768]; /* of one getdents64 */
};

struct rp_census_options {
    int root_fd;                    /* the cgroup root, may be O_PATH; must outlive the census */
    const struct rp_policy *policy; /* must outlive the census; after a change in place call rp_census_judge */
    const char *self;               /* must outlive the census */
    uint32_t files_max;             /* descriptors that the census may keep */
    bool hinted;
};

/* Allocate and take in the root alone. 0 or -errno; the census may then be deinited in either case. */
int rp_census_init(struct rp_census *census, const struct rp_census_options *options) RP_MUST_CHECK;
void rp_census_deinit(struct rp_census *census);

/* Forget the births and deaths that were reported. */
void rp_census_clear_news(struct rp_census *census);

/* List the directories that are due, at most `scans` of them; adds to births (parents first) and deaths (children first). */
void rp_census_step(struct rp_census *census, rp_ns now, uint32_t scans);

/* Something happened to a child of that cgroup, or to itself: list it at the next step. An unknown id is no news. */
void rp_census_hint(struct rp_census *census, rp_cgroup_id id);

/* The same by index. */
void rp_census_look(struct rp_census *census, uint32_t index);

/* Find the pods root again and decide anew what each cgroup is and which of its files are kept. */
void rp_census_judge(struct rp_census *census);

/* Index of that cgroup or RP_INDEX_NONE. */
uint32_t rp_census_find(const struct rp_census *census, rp_cgroup_id id);

/* Files that a cgroup of this kind is worth. */
uint32_t rp_census_wants(uint8_t kind);

/* ---- between census.c, scan.c and watch.c */

/* What a cgroup of that path is. */
uint8_t rp_census_kind(const struct rp_census *census, const char *path);

/* Neither pods root, QoS level, pod nor container: kept for attribution only, and bounded. */
bool rp_census_is_spare(uint8_t kind);

bool rp_census_room(const struct rp_census *census, uint8_t kind);

struct rp_census_entry {
    rp_cgroup_id id;
    uint32_t parent;
    uint8_t kind;
    const char *path;
};

/* There must be room. */
uint32_t rp_census_add(struct rp_census *census, const struct rp_census_entry *entry, rp_ns now);

/* Remove it and everything below. */
void rp_census_remove(struct rp_census *census, uint32_t index, rp_ns now);

/* Open the files that it wants and has not, as far as descriptors go; close those not in `keep` (RP_READ bits). */
void rp_census_open_files(struct rp_census *census, uint32_t index, int dirfd);
void rp_census_close_files(struct rp_census *census, uint32_t index, uint32_t keep);

bool rp_census_is_better_pods_root(const struct rp_census *census, uint32_t index);

#endif
