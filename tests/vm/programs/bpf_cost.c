// SPDX-License-Identifier: Apache-2.0
/*
 * Test program: attaches and detaches the daemon's BPF programs, says what memory they take, and reads all cgroups as the
 * daemon does, by the snapshot and by kept-open files. tests/vm/scenarios/bpf-cost drives it through stdin; each command is
 * answered by a line of JSON.
 *
 *   attach CGROUPS_MAX | detach | memory | watch FILE (a directory a line) | sweep snapshot|files|pread
 *
 * Times are of this process's CPU: under -icount a nanosecond is an instruction.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "node/sense/bpf_loader.h"
#include "node/sense/bpf_source.h"
#include "node/sense/bpf_walk.h"
#include "node/sense/sensor_private.h"

#define CGROUPS_MAX 4096

/* The files that hold what a snapshot's record holds. */
#define SAME_FIELDS                                                                                                    \
    (RP_READ(RP_FILE_CURRENT) | RP_READ(RP_FILE_EVENTS) | RP_READ(RP_FILE_STAT) | RP_READ(RP_FILE_PRESSURE) |          \
     RP_READ(RP_FILE_PIDS) | RP_READ(RP_FILE_SWAP))

static struct rp_bpf_handles handles;
static struct rp_bpf_source *source;
static struct rp_files files[CGROUPS_MAX];
static struct rp_cgroup_reading readings[CGROUPS_MAX];
static uint32_t watched;
static struct rp_scratch scratch;

static long long cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void attach(uint32_t cgroups_max)
{
    const struct rp_bpf_options options = {
        .enabled = true,
        .cgroup_fd = open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
        .cgroups_max = cgroups_max,
    };
    int attached = 0, r = rp_bpf_load(&options, &handles);

    close(options.cgroup_fd);
    if (r == 0)
        r = rp_bpf_source_open(&handles, &source);
    for (int i = 0; i < RP_BPF_HOOK_MAX; i++)
        attached += handles.hooks[i].state == RP_HOOK_ATTACHED;
    printf("{\"r\":%d,\"attached\":%d,\"walks\":%s}\n", r, attached,
           rp_bpf_handles_walk_fd(&handles) >= 0 ? "true" : "false");
}

static void detach(void)
{
    rp_bpf_source_close(&source);
    rp_bpf_handles_close(&handles);
    printf("{\"r\":0}\n");
}

/* What the kernel says that a map or program takes: "memlock:" in its fdinfo. */
static unsigned long long memlock(int fd)
{
    char path[64], line[128];
    unsigned long long bytes = 0;

    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
    FILE *info = fopen(path, "re");
    while (info && fgets(line, sizeof(line), info))
        if (strncmp(line, "memlock:", 8) == 0)
            bytes = strtoull(line + 8, NULL, 10);
    if (info)
        fclose(info);
    return bytes;
}

/* Of the whole machine, on which there are no others. */
static void memory(void)
{
    unsigned long long maps = 0, programs = 0;
    int maps_n = 0, programs_n = 0;

    for (uint32_t id = 0; bpf_map_get_next_id(id, &id) == 0; maps_n++) {
        const int fd = bpf_map_get_fd_by_id(id);
        maps += memlock(fd);
        close(fd);
    }
    for (uint32_t id = 0; bpf_prog_get_next_id(id, &id) == 0; programs_n++) {
        const int fd = bpf_prog_get_fd_by_id(id);
        programs += memlock(fd);
        close(fd);
    }
    printf("{\"maps\":%d,\"maps_bytes\":%llu,\"programs\":%d,\"programs_bytes\":%llu}\n", maps_n, maps, programs_n,
           programs);
}

static void watch(const char *list)
{
    char line[512];
    uint32_t opened = 0;
    FILE *in = fopen(list, "re");

    for (uint32_t i = 0; i < watched; i++)
        rp_files_close(&files[i], 0);
    watched = 0;
    while (in && watched < CGROUPS_MAX && fgets(line, sizeof(line), in)) {
        line[strcspn(line, "\n")] = '\0';
        const int dir = open(line, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        rp_files_init(&files[watched]);
        opened += rp_files_open(&files[watched++], dir, SAME_FIELDS, RP_FILE_MAX);
        close(dir);
    }
    if (in)
        fclose(in);
    printf("{\"cgroups\":%u,\"files\":%u}\n", watched, opened);
}

/* Into readings, as a sweep of the daemon has it; returns how many cgroups there were. */
static uint64_t by_snapshot(void)
{
    struct rp_snap_head head = {0};
    const struct rp_snap *snaps = rp_bpf_walk(rp_bpf_handles_walk_fd(&handles), rp_bpf_handles_flush_fd(&handles)) == 0
                                      ? rp_bpf_source_snaps(source, &head)
                                      : NULL;

    for (uint64_t i = 0; snaps && i < head.used && i < CGROUPS_MAX; i++)
        rp_snap_to_reading(&snaps[i], (uint64_t)sysconf(_SC_PAGESIZE), &readings[i]);
    return snaps ? head.used : 0;
}

static void by_files(void)
{
    for (uint32_t i = 0; i < watched; i++)
        rp_files_read(&files[i], SAME_FIELDS, &scratch, &readings[i]);
}

static void by_pread(void)
{
    size_t len;

    for (uint32_t i = 0; i < watched; i++)
        for (int f = 0; f < RP_FILE_MAX; f++)
            if (files[i].fd[f] >= 0 && rp_scratch_read(&scratch, files[i].fd[f], &len) < 0)
                abort();
}

/* The one that reads first pays for gathering the statistics, so the scenario lets the tasks work before each command. */
static void sweep(const char *how)
{
    uint64_t n = watched;
    const long long start = cpu_ns();

    if (strcmp(how, "snapshot") == 0)
        n = by_snapshot();
    else if (strcmp(how, "files") == 0)
        by_files();
    else
        by_pread();
    printf("{\"cgroups\":%llu,\"ns\":%lld}\n", (unsigned long long)n, cpu_ns() - start);
}

int main(void)
{
    const struct rlimit many = {65536, 65536};
    char line[512], *argument;

    rp_bpf_handles_init(&handles);
    if (setrlimit(RLIMIT_NOFILE, &many) < 0)
        return 1;
    while (fgets(line, sizeof(line), stdin)) {
        line[strcspn(line, "\n")] = '\0';
        argument = strchr(line, ' ');
        if (argument)
            *argument++ = '\0';
        if (strcmp(line, "attach") == 0)
            attach((uint32_t)strtoul(argument ? argument : "0", NULL, 10));
        else if (strcmp(line, "detach") == 0)
            detach();
        else if (strcmp(line, "memory") == 0)
            memory();
        else if (strcmp(line, "watch") == 0 && argument)
            watch(argument);
        else if (strcmp(line, "sweep") == 0 && argument)
            sweep(argument);
        else
            return 2;
        fflush(stdout);
    }
    return 0;
}
