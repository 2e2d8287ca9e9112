// SPDX-License-Identifier: Apache-2.0
/*
 * Test program: loads the BPF programs as the daemon does (a child loads and hands over its descriptors), then answers
 * commands from stdin with one line of JSON each. tests/vm/scenarios/bpf-memory drives it.
 *
 *   hooks | costs | wait MS | counts ID | all | disk | hardware | lost | walk | snaps | forget ID | forget-disk ID |
 *   handover | become-nobody
 *
 * malloc is counted: what the guard may call after its start must not allocate, and every answer says whether it did.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "node/sense/bpf_loader.h"
#include "node/sense/bpf_source.h"
#include "node/sense/bpf_walk.h"

#define EVENTS_MAX 8192

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

static unsigned long allocations;

void *malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    allocations++;
    return __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
    allocations++;
    return __libc_realloc(old, size);
}

static struct rp_bpf_handles handles;
static struct rp_bpf_source *source;
static struct rp_event events[EVENTS_MAX];
static long long load_ms;

static long long now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void print_counts(const struct rp_counts *c)
{
    printf("{\"direct_reclaims\":%llu,\"direct_reclaim_ns\":%llu,\"limit_reclaims\":%llu,\"over_high\":%llu,"
           "\"near_oom\":%llu,\"oom_begins\":%llu,\"oom_victims\":%llu,",
           c->direct_reclaims, c->direct_reclaim_ns, c->limit_reclaims, c->over_high, c->near_oom, c->oom_begins,
           c->oom_victims);
    printf("\"forks\":%llu,\"exits\":%llu,\"pids_refused\":%llu,\"fork_failures\":%llu,\"no_space\":%llu,"
           "\"write_bytes\":%llu,\"writes\":%llu}",
           c->forks, c->exits, c->pids_refused, c->fork_failures, c->no_space, c->write_bytes, c->writes);
}

static void do_hooks(void)
{
    static const char *const states[] = {"missing", "refused", "attached", "off", "spare"};

    printf("{\"btf\":%s,\"error\":%d,\"load_ms\":%lld,\"hooks\":{", handles.btf ? "true" : "false", handles.error,
           load_ms);
    for (int i = 0; i < RP_BPF_HOOK_MAX; i++)
        printf("%s\"%s\":[\"%s\",%d]", i ? "," : "", handles.hooks[i].program, states[handles.hooks[i].state],
               handles.hooks[i].error);
    printf("},\"log\":\"");
    for (const char *c = handles.log; *c; c++)
        if (*c == '\n')
            printf("\\n");
        else if (*c == '"' || *c == '\\')
            printf("\\%c", *c);
        else if ((unsigned char)*c >= ' ')
            putchar(*c);
    printf("\"}\n");
}

/*
 * How often each program ran, what that took, its size, and how often the kernel skipped it because it was running on that
 * CPU already. The first two are kept while kernel.bpf_stats_enabled is 1.
 */
static void do_costs(void)
{
    bool first = true;

    putchar('{');
    for (int i = 0; i < RP_BPF_HOOK_MAX; i++) {
        struct bpf_link_info link = {0};
        struct bpf_prog_info program = {0};
        uint32_t len = sizeof(link);
        if (handles.links[i] < 0 || bpf_obj_get_info_by_fd(handles.links[i], &link, &len) < 0)
            continue;
        const int fd = bpf_prog_get_fd_by_id(link.prog_id);
        len = sizeof(program);
        if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &program, &len) == 0) {
            printf("%s\"%s\":[%llu,%llu,%u,%llu]", first ? "" : ",", handles.hooks[i].program, program.run_cnt,
                   program.run_time_ns, program.jited_prog_len, program.recursion_misses);
            first = false;
        }
        if (fd >= 0)
            close(fd);
    }
    printf("}\n");
}

static void do_wait(int ms)
{
    struct pollfd waiter = {.fd = rp_bpf_source_fd(source), .events = POLLIN};
    const int woken = poll(&waiter, 1, ms);
    const long long woke_ns = now_ns();
    const unsigned long before = allocations;
    const uint32_t n = rp_bpf_source_events(source, events, EVENTS_MAX);
    const unsigned long made = allocations - before;

    printf("{\"woken\":%s,\"woke_ns\":%lld,\"allocations\":%lu,\"events\":[", woken == 1 ? "true" : "false", woke_ns,
           made);
    for (uint32_t i = 0; i < n; i++)
        printf("%s[%u,%llu,%llu,%llu,%llu,%u]", i ? "," : "", events[i].type, events[i].t_ns, events[i].cgroup,
               events[i].owner, events[i].value, events[i].pid);
    printf("]}\n");
}

static void do_counts(rp_cgroup_id id)
{
    struct rp_counts counts;
    const int r = rp_bpf_source_counts(source, id, &counts);

    printf("{\"r\":%d,\"counts\":", r);
    if (r == 0)
        print_counts(&counts);
    else
        printf("null");
    printf("}\n");
}

struct gathered {
    uint32_t n;
    rp_cgroup_id ids[EVENTS_MAX];
    struct rp_counts counts[EVENTS_MAX];
};

static void gather(void *context, rp_cgroup_id id, const struct rp_counts *counts)
{
    struct gathered *all = context;

    if (all->n < EVENTS_MAX) {
        all->ids[all->n] = id;
        all->counts[all->n++] = *counts;
    }
}

static void do_all(void)
{
    static struct gathered all;
    const unsigned long before = allocations;

    all.n = 0;
    const int r = rp_bpf_source_visit_counts(source, gather, &all);
    printf("{\"r\":%d,\"allocations\":%lu,\"counts\":{", r, allocations - before);
    for (uint32_t i = 0; i < all.n; i++) {
        printf("%s\"%llu\":", i ? "," : "", (unsigned long long)all.ids[i]);
        print_counts(&all.counts[i]);
    }
    printf("}}\n");
}

struct disks {
    uint32_t n;
    struct rp_disk_key keys[EVENTS_MAX];
    struct rp_disk counts[EVENTS_MAX];
};

static void gather_disk(void *context, const struct rp_disk_key *key, const struct rp_disk *counts)
{
    struct disks *all = context;

    if (all->n < EVENTS_MAX) {
        all->keys[all->n] = *key;
        all->counts[all->n++] = *counts;
    }
}

/* Each line of the table: cgroup, device, bytes allocated and freed, inodes made and freed. */
static void do_disk(void)
{
    static struct disks all;
    const unsigned long before = allocations;

    all.n = 0;
    const int r = rp_bpf_source_visit_disk(source, gather_disk, &all);
    printf("{\"r\":%d,\"allocations\":%lu,\"disk\":[", r, allocations - before);
    for (uint32_t i = 0; i < all.n; i++) {
        const struct rp_disk *d = &all.counts[i];
        printf("%s[%llu,%u,%llu,%llu,%llu,%llu]", i ? "," : "", all.keys[i].cgroup, all.keys[i].dev, d->allocated_bytes,
               d->freed_bytes, d->inodes_made, d->inodes_freed);
    }
    printf("]}\n");
}

/* All entries of a cgroup; the answer is how many there were. */
static void do_forget_disk(rp_cgroup_id id)
{
    static struct disks all;
    int forgotten = 0;

    all.n = 0;
    const int r = rp_bpf_source_visit_disk(source, gather_disk, &all);
    for (uint32_t i = 0; r == 0 && i < all.n; i++)
        if (all.keys[i].cgroup == id)
            forgotten += rp_bpf_source_forget_disk(source, &all.keys[i]) == 0;
    printf("{\"r\":%d,\"forgotten\":%d}\n", r, forgotten);
}

static void do_hardware(void)
{
    uint64_t hardware[RP_HARDWARE_MAX];

    rp_bpf_source_hardware(source, hardware);
    putchar('[');
    for (int i = 0; i < RP_HARDWARE_MAX; i++)
        printf("%s%llu", i ? "," : "", (unsigned long long)hardware[i]);
    printf("]\n");
}

static void do_lost(void)
{
    uint64_t lost[RP_LOST_MAX];

    rp_bpf_source_lost(source, lost);
    printf("{\"event\":%llu,\"counts\":%llu,\"snap\":%llu,\"disk\":%llu}\n", (unsigned long long)lost[RP_LOST_EVENT],
           (unsigned long long)lost[RP_LOST_COUNTS], (unsigned long long)lost[RP_LOST_SNAP],
           (unsigned long long)lost[RP_LOST_DISK]);
}

static void walk(int flush_fd)
{
    const unsigned long before = allocations;
    const long long start = now_ns();
    const int r = rp_bpf_walk(rp_bpf_handles_walk_fd(&handles), flush_fd);

    printf("{\"r\":%d,\"ns\":%lld,\"allocations\":%lu}\n", r, now_ns() - start, allocations - before);
}

static void do_walk(void)
{
    walk(rp_bpf_handles_flush_fd(&handles));
}

static void do_walk_unflushed(void)
{
    walk(-1);
}

static void do_snaps(void)
{
    struct rp_snap_head head = {0};
    const struct rp_snap *snaps = rp_bpf_source_snaps(source, &head);

    printf("{\"whole\":%s,\"used\":%llu,\"overflow\":%llu,\"t_ns\":%llu,\"snaps\":{", snaps ? "true" : "false",
           head.used, head.overflow, head.t_ns);
    for (uint64_t i = 0; snaps && i < head.used; i++) {
        const struct rp_snap *s = &snaps[i];
        printf("%s\"%llu\":{\"parent\":%llu,\"level\":%u,\"known\":%u,\"usage\":%llu,\"inactive_file\":%llu,",
               i ? "," : "", s->id, s->parent, s->level, s->known, s->usage_pages, s->inactive_file_pages);
        printf("\"swap\":%llu,\"psi_some\":%llu,\"psi_full\":%llu,\"pids\":%llu,", s->swap_pages, s->psi_some_ns,
               s->psi_full_ns, s->pids);
        printf("\"high\":%llu,\"max\":%llu,\"oom\":%llu,\"oom_kill\":%llu}", s->events_high, s->events_max,
               s->events_oom, s->events_oom_kill);
    }
    printf("}}\n");
}

static int open_fds(void)
{
    int n = 0;

    for (int fd = 0; fd < 512; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

#define FDS_MAX 253 /* that one message can carry */

/* Send the real message, then what an attacker or a crash could make of it: `cut` bytes short, with `fds` descriptors. */
static int garbled(size_t cut, int flip, int fds)
{
    static struct rp_bpf_handles got;
    static char bytes[65536];
    char control[CMSG_SPACE(FDS_MAX * sizeof(int))];
    struct iovec part = {.iov_base = bytes, .iov_len = sizeof(bytes)};
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
    int socks[2], all[FDS_MAX];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, socks) < 0 || rp_bpf_handles_send(socks[0], &handles) < 0)
        return -1;
    part.iov_len = (size_t)recvmsg(socks[1], &header, MSG_CMSG_CLOEXEC) - cut;
    struct cmsghdr *carried = CMSG_FIRSTHDR(&header);
    const int n = carried ? (int)((carried->cmsg_len - CMSG_LEN(0)) / sizeof(int)) : 0;
    if (n > 0)
        memcpy(all, CMSG_DATA(carried), sizeof(int) * (size_t)n);
    for (int i = n; i < n + fds && i < FDS_MAX; i++)
        all[i] = STDIN_FILENO;
    bytes[0] = (char)(bytes[0] ^ flip);
    header.msg_controllen = n + fds > 0 ? CMSG_SPACE(sizeof(int) * (size_t)(n + fds)) : 0;
    if (header.msg_controllen > 0) {
        carried->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)(n + fds));
        memcpy(CMSG_DATA(carried), all, sizeof(int) * (size_t)(n + fds));
    }
    if (sendmsg(socks[0], &header, 0) < 0)
        return -1;
    for (int i = 0; i < n; i++)
        close(all[i]);
    const int before = open_fds();
    const int r = rp_bpf_handles_receive(socks[1], &got);
    const int opened = open_fds() - before;
    if (r == 0)
        rp_bpf_handles_close(&got);
    close(socks[0]);
    close(socks[1]);
    return r == 0 ? opened : r < 0 && opened == 0 ? r : -1;
}

static void do_handover(void)
{
    printf("{\"whole\":%d,\"short\":%d,\"other\":%d,\"fd_more\":%d,\"fd_less\":%d}\n", garbled(0, 0, 0),
           garbled(1, 0, 0), garbled(0, 1, 0), garbled(0, 0, 1), garbled(0, 0, -1));
}

static void answer_simple(const char *word)
{
    static const struct {
        const char *word;
        void (*answer)(void);
    } commands[] = {
        {"hooks", do_hooks},       {"costs", do_costs},
        {"all", do_all},           {"disk", do_disk},
        {"hardware", do_hardware}, {"lost", do_lost},
        {"walk", do_walk},         {"snaps", do_snaps},
        {"handover", do_handover}, {"walk-unflushed", do_walk_unflushed},
    };

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(word, commands[i].word) == 0) {
            commands[i].answer();
            return;
        }
    printf("{\"error\":\"unknown command\"}\n");
}

static void answer(const char *command)
{
    char word[32] = "";
    unsigned long long number = 0;
    char *end = strchr(command, ' ');

    if (end)
        number = strtoull(end + 1, NULL, 10);
    snprintf(word, sizeof(word), "%.*s", (int)strcspn(command, " \n"), command);
    if (strcmp(word, "wait") == 0)
        do_wait((int)number);
    else if (strcmp(word, "counts") == 0)
        do_counts(number);
    else if (strcmp(word, "forget") == 0)
        printf("{\"r\":%d}\n", rp_bpf_source_forget(source, number));
    else if (strcmp(word, "forget-disk") == 0)
        do_forget_disk(number);
    else if (strcmp(word, "become-nobody") == 0)
        printf("{\"r\":%d}\n", setresuid(65534, 65534, 65534));
    else
        answer_simple(word);
    fflush(stdout);
}

/* In the child: load, hand over, exit. The programs live on because the parent holds the descriptors. */
static int load(const struct rp_bpf_options *options, bool as_nobody, int sock)
{
    if (as_nobody && setresuid(65534, 65534, 65534) < 0)
        return 1;
    int r = rp_bpf_load(options, &handles);
    if (r == 0)
        r = rp_bpf_handles_send(sock, &handles);
    if (r < 0)
        fprintf(stderr, "bpf_probe: loader: %s\n", strerror(-r));
    return r < 0;
}

static int load_in_child(const struct rp_bpf_options *options, bool as_nobody)
{
    int socks[2], status = 0;
    const long long start = now_ns();

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) < 0)
        return -errno;
    const pid_t child = fork();
    if (child == 0)
        _exit(load(options, as_nobody, socks[1]));
    close(socks[1]);
    const int r = rp_bpf_handles_receive(socks[0], &handles);
    close(socks[0]);
    waitpid(child, &status, 0);
    load_ms = (now_ns() - start) / 1000000;
    return r;
}

int main(int argc, char **argv)
{
    struct rp_bpf_options options = {.enabled = true};
    bool as_nobody = false;
    const char *disable[16];
    char line[256];
    int option;

    options.disable = disable;
    while ((option = getopt(argc, argv, "od:c:e:n")) != -1) {
        if (option == 'o')
            options.enabled = false;
        else if (option == 'd' && options.disable_n < 16)
            disable[options.disable_n++] = optarg;
        else if (option == 'c')
            options.cgroups_max = (uint32_t)strtoul(optarg, NULL, 10);
        else if (option == 'e')
            options.events_bytes = (uint32_t)strtoul(optarg, NULL, 10);
        else if (option == 'n')
            as_nobody = true;
        else
            return 2;
    }
    options.cgroup_fd = open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = load_in_child(&options, as_nobody);
    if (r == 0 && rp_bpf_handles_live(&handles))
        r = rp_bpf_source_open(&handles, &source);
    if (r < 0) {
        fprintf(stderr, "bpf_probe: %s\n", strerror(-r));
        return 1;
    }
    while (fgets(line, sizeof(line), stdin))
        answer(line);
    rp_bpf_source_close(&source);
    rp_bpf_handles_close(&handles);
    return 0;
}
