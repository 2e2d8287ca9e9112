// SPDX-License-Identifier: Apache-2.0
/*
 * Test program: makes storms, and takes one in as the guard does. tests/vm/scenarios/bpf-storm runs it; it answers in JSON.
 *
 *   storm maps                             ids of the BPF maps of this machine, by name, oldest first
 *   storm keys ID                          how many entries that map has
 *   storm inject ID ID RATE SECONDS        events into rp_events over rp_lost, by storm.bpf.o; RATE 0: SECONDS is a number
 *                                          of events, all at once
 *   storm read                             loads the BPF programs and takes events until stdin ends
 *   storm bomb SECONDS                     forks as often as it can
 *   storm churn DIRECTORY N GAP_US         makes and removes cgroups, each with a task that lives for a moment
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "node/sense/bpf_loader.h"
#include "node/sense/bpf_source.h"

#define NS_PER_S    1000000000LL
#define SLICE_NS    1000000LL
#define EVENTS_MAX  512 /* per read, as in the guard */
#define SAMPLES_MAX 2000000
#define OBJECT      "/payload/storm.bpf.o"

static long long now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static void sleep_until(long long ns)
{
    const struct timespec t = {.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void must(int good, const char *what)
{
    if (good)
        return;
    perror(what);
    exit(1);
}

/* ---- maps */

static int list_maps(void)
{
    printf("[");
    for (uint32_t id = 0, n = 0; bpf_map_get_next_id(id, &id) == 0; n++) {
        struct bpf_map_info info = {0};
        uint32_t len = sizeof(info);
        const int fd = bpf_map_get_fd_by_id(id);
        must(fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &len) == 0, "map");
        printf("%s[\"%s\",%u,%u]", n ? "," : "", info.name, id, info.max_entries);
        close(fd);
    }
    printf("]\n");
    return 0;
}

static int count_keys(uint32_t id)
{
    char key[64];
    int n = 0;
    const int fd = bpf_map_get_fd_by_id(id);

    must(fd >= 0, "map");
    for (const char *from = NULL; bpf_map_get_next_key(fd, from, key) == 0; from = key)
        n++;
    printf("%d\n", n);
    return 0;
}

static unsigned long long lost_events(int fd)
{
    const uint32_t key = RP_LOST_EVENT;
    uint64_t value = 0;

    must(bpf_map_lookup_elem(fd, &key, &value) == 0, "rp_lost");
    return value;
}

/* ---- injecting */

/* The test-only program over the maps that somebody else's programs use. */
static int load_storm(int events_fd, int lost_fd)
{
    struct bpf_object *object = bpf_object__open_file(OBJECT, NULL);

    must(object != NULL, OBJECT);
    must(bpf_map__reuse_fd(bpf_object__find_map_by_name(object, "rp_events"), events_fd) == 0 &&
             bpf_map__reuse_fd(bpf_object__find_map_by_name(object, "rp_lost"), lost_fd) == 0,
         "maps");
    must(bpf_object__load(object) == 0, "load");
    return bpf_program__fd(bpf_object__find_program_by_name(object, "rp_storm"));
}

static void send_events(int program, unsigned n)
{
    char packet[64] = {0};
    LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet), .repeat = (int)n);

    must(n == 0 || bpf_prog_test_run_opts(program, &opts) == 0, "run");
}

static int inject(int events_fd, int lost_fd, long long rate, long long seconds)
{
    const int program = load_storm(events_fd, lost_fd);
    const unsigned long long before = lost_events(lost_fd);
    const long long begun = now_ns(), end = begun + seconds * NS_PER_S;
    long long sent = 0;

    if (rate == 0) {
        sent = seconds;
        send_events(program, (unsigned)sent);
    }
    for (long long due = begun; rate > 0 && due < end; due += SLICE_NS) {
        const long long n = rate * SLICE_NS / NS_PER_S;
        send_events(program, (unsigned)n);
        sent += n;
        sleep_until(due + SLICE_NS);
    }
    printf("{\"sent\":%lld,\"lost\":%llu,\"ns\":%lld}\n", sent, lost_events(lost_fd) - before, now_ns() - begun);
    return 0;
}

/* ---- reading */

static struct rp_bpf_handles handles;
static struct rp_event events[EVENTS_MAX];
static long long latencies[SAMPLES_MAX]; /* of the events of the storm, from the kernel to the return of the read */
static unsigned long long received;
static unsigned long reads;

static int compare(const void *a, const void *b)
{
    const long long x = *(const long long *)a, y = *(const long long *)b;
    return x < y ? -1 : x > y;
}

static void take(struct rp_bpf_source *source)
{
    const uint32_t n = rp_bpf_source_events(source, events, EVENTS_MAX);
    const long long now = now_ns();

    reads += n > 0;
    for (uint32_t i = 0; i < n; i++)
        if (events[i].type == RP_EVENT_OOM_VICTIM && received < SAMPLES_MAX)
            latencies[received++] = now - (long long)events[i].t_ns;
}

static uint32_t id_of(int fd)
{
    struct bpf_map_info info = {0};
    uint32_t len = sizeof(info);

    must(bpf_obj_get_info_by_fd(fd, &info, &len) == 0, "map");
    return info.id;
}

static void print_latencies(const struct rp_bpf_source *source)
{
    uint64_t lost[RP_LOST_MAX];

    rp_bpf_source_lost(source, lost);
    qsort(latencies, received, sizeof(latencies[0]), compare);
    printf("{\"received\":%llu,\"lost\":%llu,\"reads\":%lu", received, (unsigned long long)lost[RP_LOST_EVENT], reads);
    if (received > 0)
        printf(",\"p50_ns\":%lld,\"p99_ns\":%lld,\"max_ns\":%lld", latencies[received / 2],
               latencies[received - 1 - received / 100], latencies[received - 1]);
    printf("}\n");
}

static int read_events(void)
{
    const struct rp_bpf_options options = {.enabled = true,
                                           .cgroup_fd = open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY)};
    struct rp_bpf_source *source = NULL;

    rp_bpf_handles_init(&handles);
    must(rp_bpf_load(&options, &handles) == 0 && rp_bpf_source_open(&handles, &source) == 0, "load");
    printf("[%u,%u]\n", id_of(handles.maps[RP_BPF_MAP_EVENTS]), id_of(handles.maps[RP_BPF_MAP_LOST]));
    fflush(stdout);
    struct pollfd wait[] = {{.fd = rp_bpf_source_fd(source), .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
    while (poll(wait, 2, -1) >= 0 && !(wait[1].revents & (POLLIN | POLLHUP)))
        take(source);
    for (unsigned long long before = received - 1; before != received;) { /* what is left */
        before = received;
        take(source);
    }
    print_latencies(source);
    return 0;
}

/* ---- what tenants do */

static int bomb(long long seconds)
{
    const long long end = now_ns() + seconds * NS_PER_S;

    while (now_ns() < end)
        if (fork() < 0 && errno != EAGAIN)
            return 1;
    return 0;
}

static void enter_and_end(const char *directory)
{
    char path[600];

    snprintf(path, sizeof(path), "%s/cgroup.procs", directory);
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "0", 1) != 1)
        _exit(1);
    const pid_t child = fork(); /* made in there, so it counts */
    if (child == 0)
        _exit(0);
    _exit(child < 0 || waitpid(child, NULL, 0) != child);
}

static int churn(const char *parent, long n, long gap_us)
{
    char path[512];
    long long due = now_ns();

    for (long i = 0; i < n; i++) {
        int status = 1;
        snprintf(path, sizeof(path), "%s/churn%ld", parent, i);
        must(mkdir(path, 0755) == 0, path);
        const pid_t child = fork();
        if (child == 0)
            enter_and_end(path);
        must(child > 0 && waitpid(child, &status, 0) == child && status == 0, "task");
        while (rmdir(path) < 0) /* the dead leave in their own time */
            must(errno == EBUSY && usleep(1000) == 0, "rmdir");
        due += gap_us * 1000;
        sleep_until(due);
    }
    printf("{\"cgroups\":%ld}\n", n);
    return 0;
}

static long number(const char *text)
{
    return strtol(text, NULL, 10);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    if (strcmp(what, "maps") == 0 && argc == 2)
        return list_maps();
    if (strcmp(what, "keys") == 0 && argc == 3)
        return count_keys((uint32_t)number(argv[2]));
    if (strcmp(what, "inject") == 0 && argc == 6)
        return inject(bpf_map_get_fd_by_id((uint32_t)number(argv[2])), bpf_map_get_fd_by_id((uint32_t)number(argv[3])),
                      number(argv[4]), number(argv[5]));
    if (strcmp(what, "read") == 0 && argc == 2)
        return read_events();
    if (strcmp(what, "bomb") == 0 && argc == 3)
        return bomb(number(argv[2]));
    if (strcmp(what, "churn") == 0 && argc == 5)
        return churn(argv[2], number(argv[3]), number(argv[4]));
    return 2;
}
