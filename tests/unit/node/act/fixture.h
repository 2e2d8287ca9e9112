// SPDX-License-Identifier: Apache-2.0
/* A small node made of plain files: cgroups with knobs, processes under a proc, and a run directory with an undo log. */
#ifndef RP_TEST_ACT_FIXTURE_H
#define RP_TEST_ACT_FIXTURE_H

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "base/str.h"
#include "harness/tree.h"
#include "node/act/revert.h"

#define BOOT_ID  "01234567-89ab-cdef-0123-456789abcdef"
#define POD_PATH "kubepods/podA"

struct fixture {
    struct rp_tree tree;
    int run_fd;
    struct rp_undo_roots roots;
    struct rp_undo undo;
};

/* A file or directory below the root of the fixture, for reading. */
static inline int fixture_open(const struct fixture *fixture, const char *path)
{
    char full[1024];
    (void)snprintf(full, sizeof(full), "%s/%s", fixture->tree.root, path);
    const int fd = open(full, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static inline void fixture_open_undo(struct fixture *fixture)
{
    enum rp_undo_damage damage = RP_UNDO_FOREIGN;
    assert_int_equal(rp_undo_open(fixture->run_fd, BOOT_ID, &fixture->undo, &damage), 0);
    assert_int_equal(damage, RP_UNDO_SOUND);
}

static inline void fixture_make(struct fixture *fixture)
{
    *fixture = (struct fixture){0};
    rp_tree_make(&fixture->tree);
    rp_tree_mkdir(&fixture->tree, "run");
    rp_tree_mkdir(&fixture->tree, "cgroup");
    rp_tree_mkdir(&fixture->tree, "proc");
    fixture->run_fd = fixture_open(fixture, "run");
    fixture->roots.cgroup_fd = fixture_open(fixture, "cgroup");
    fixture->roots.proc_fd = fixture_open(fixture, "proc");
    fixture_open_undo(fixture);
}

static inline void fixture_drop(struct fixture *fixture)
{
    rp_undo_close(&fixture->undo);
    close(fixture->run_fd);
    close(fixture->roots.cgroup_fd);
    close(fixture->roots.proc_fd);
    rp_tree_drop(&fixture->tree);
}

static inline void fixture_write(const struct fixture *fixture, const char *directory, const char *file,
                                 const char *text)
{
    char path[1024];
    (void)snprintf(path, sizeof(path), "%s/%s", directory, file);
    rp_tree_write(&fixture->tree, path, text);
}

static inline rp_cgroup_id fixture_inode(const struct fixture *fixture, const char *path)
{
    struct stat st;
    char full[1024];
    (void)snprintf(full, sizeof(full), "%s/%s", fixture->tree.root, path);
    assert_int_equal(stat(full, &st), 0);
    return st.st_ino;
}

/* A cgroup that nobody has touched: 1 MiB used, no limits. `path` is relative to the cgroup root. */
static inline rp_cgroup_id fixture_cgroup(const struct fixture *fixture, const char *path)
{
    char directory[RP_PATH_MAX + 16];
    (void)snprintf(directory, sizeof(directory), "cgroup/%s", path);
    fixture_write(fixture, directory, "memory.high", "max\n");
    fixture_write(fixture, directory, "memory.current", "1048576\n");
    fixture_write(fixture, directory, "memory.events", "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n");
    fixture_write(fixture, directory, "cpu.max", "max 100000\n");
    fixture_write(fixture, directory, "cgroup.freeze", "0\n");
    fixture_write(fixture, directory, "cgroup.kill", "");
    fixture_write(fixture, directory, "cgroup.events", "populated 1\nfrozen 0\n");
    fixture_write(fixture, directory, "cgroup.procs", "");
    return fixture_inode(fixture, directory);
}

static inline void fixture_set(const struct fixture *fixture, const char *cgroup, const char *file, const char *text)
{
    char directory[RP_PATH_MAX + 16];
    (void)snprintf(directory, sizeof(directory), "cgroup/%s", cgroup);
    fixture_write(fixture, directory, file, text);
}

/* The first line of a file below the root of the fixture. */
static inline const char *fixture_line(const struct fixture *fixture, const char *path)
{
    static char text[256];
    rp_tree_read(&fixture->tree, path, text, sizeof(text));
    text[strcspn(text, "\n")] = '\0';
    return text;
}

struct fixture_process {
    int32_t pid, parent;
    uint64_t starttime;
    int adj;
    const char *comm;
    const char *cgroup; /* relative to the cgroup root */
    const char *nspid;  /* "812 1"; NULL: the pid alone */
    uint64_t caught, blocked;
};

/* /proc/PID as far as it is read; cgroup.procs is the caller's to write. */
static inline void fixture_process(const struct fixture *fixture, const struct fixture_process *process)
{
    char directory[64], text[512], own[16];
    (void)snprintf(directory, sizeof(directory), "proc/%d", process->pid);
    (void)snprintf(own, sizeof(own), "%d", process->pid);
    (void)snprintf(text, sizeof(text), "%d (%s) S %d 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 %llu 1000 10 0 0 0\n",
                   process->pid, process->comm, process->parent, (unsigned long long)process->starttime);
    fixture_write(fixture, directory, "stat", text);
    (void)snprintf(text, sizeof(text),
                   "Name:\t%s\nState:\tS (sleeping)\nTgid:\t%d\nPid:\t%d\nUid:\t%d\t%d\t%d\t%d\nGid:\t%d\t%d\t%d\t%d\n"
                   "NSpid:\t%s\nThreads:\t1\nSigBlk:\t%016llx\nSigIgn:\t0000000000000000\nSigCgt:\t%016llx\n",
                   process->comm, process->pid, process->pid, (int)getuid(), (int)getuid(), (int)getuid(),
                   (int)getuid(), (int)getgid(), (int)getgid(), (int)getgid(), (int)getgid(),
                   process->nspid ? process->nspid : own, (unsigned long long)process->blocked,
                   (unsigned long long)process->caught);
    fixture_write(fixture, directory, "status", text);
    (void)snprintf(text, sizeof(text), "%s\n", process->comm);
    fixture_write(fixture, directory, "comm", text);
    (void)snprintf(text, sizeof(text), "0::/%s\n", process->cgroup);
    fixture_write(fixture, directory, "cgroup", text);
    (void)snprintf(text, sizeof(text), "%d\n", process->adj);
    fixture_write(fixture, directory, "oom_score_adj", text);
}

static inline int fixture_adj(const struct fixture *fixture, int32_t pid)
{
    char path[64];
    int64_t adj = 0;
    (void)snprintf(path, sizeof(path), "proc/%d/oom_score_adj", pid);
    const char *line = fixture_line(fixture, path);
    assert_int_equal(rp_parse_i64(line, strlen(line), &adj), 0);
    return (int)adj;
}

static inline struct rp_knob_text text_of(const char *s)
{
    struct rp_knob_text text = {0};
    assert_true(strlen(s) < sizeof(text.s));
    memcpy(text.s, s, strlen(s));
    return text;
}

#define ARROW " -> "

/* A record, armed; `texts` are the knob's, before and after: "max -> 8192". */
static inline struct rp_undo_change *fixture_arm(struct fixture *fixture, const char *path, rp_cgroup_id id,
                                                 enum rp_action_kind kind, const char *texts)
{
    const struct rp_action action = {
        .id = 7, .cgroup = id, .kind = (uint8_t)kind, .reason = RP_REASON_GROWING, .expires_ns = RP_NS_FOREVER};
    const char *arrow = strstr(texts, ARROW);
    assert_non_null(arrow);
    struct rp_undo_entry entry = {
        .action = &action, .path = path, .knob = rp_knob_of_action(kind), .intended = text_of(arrow + strlen(ARROW))};
    assert_int_equal(rp_copy_n(entry.old.s, sizeof(entry.old.s), texts, (size_t)(arrow - texts)), 0);
    struct rp_undo_change *change = NULL;
    assert_int_equal(rp_undo_begin(&fixture->undo, &entry, &change), 0);
    return change;
}

#endif
