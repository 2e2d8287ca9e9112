// SPDX-License-Identifier: Apache-2.0
/*
 * Test program: what the guard sees of disks. It loads BPF, opens a sensor, and does the hands' jobs itself.
 * tests/vm/scenarios/disk-sense drives it by lines on stdin, and gets one line of JSON for each:
 *
 *   look CGROUP UID   both jobs and a sweep: file systems, every cgroup's counts on every device, that pod's disk, node
 *   cost N            nanoseconds of a sweep, the mean of N; under --icount these are instructions
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/act/clock.h"
#include "node/act/filesystems.h"
#include "node/act/pod_disk.h"
#include "node/sense/bpf_hooks.h"
#include "node/sense/bpf_loader.h"
#include "node/sense/bpf_walk.h"
#include "node/sense/sensor.h"

static struct rp_policy policy;
static struct rp_bpf_handles handles;
static struct rp_undo_roots roots;
static struct rp_sensor *sensor;
static struct rp_sample sample;

/* How long it took, without the walk before it, which a hand would make. */
static rp_ns sweep(void)
{
    rp_ns now = rp_clock_ns();
    if (rp_sensor_wants_walk(sensor, now))
        rp_sensor_walk_done(sensor, now,
                            rp_bpf_walk(rp_bpf_handles_walk_fd(&handles), rp_bpf_handles_flush_fd(&handles)) == 0);
    now = rp_clock_ns();
    rp_sensor_sweep(sensor, now, &sample);
    return rp_clock_ns() - now;
}

static void print_filesystems(void)
{
    printf("\"filesystems\":[");
    for (uint32_t i = 0; i < sample.filesystems_n; i++) {
        const struct rp_fs_reading *fs = &sample.filesystems[i];
        printf("%s{\"path\":\"%s\",\"dev\":%llu,\"roles\":%u,\"capacity\":%llu,\"available\":%llu,\"inodes\":%llu,"
               "\"inodes_free\":%llu}",
               i ? "," : "", fs->path, (unsigned long long)fs->dev, fs->roles, (unsigned long long)fs->capacity_bytes,
               (unsigned long long)fs->available_bytes, (unsigned long long)fs->inodes,
               (unsigned long long)fs->inodes_free);
    }
    printf("]");
}

static void print_disks(void)
{
    printf(",\"disks\":[");
    for (uint32_t i = 0; i < sample.disks_n; i++) {
        const struct rp_disk_reading *disk = &sample.disks[i];
        printf("%s{\"cgroup\":%llu,\"dev\":%llu,\"allocated\":%llu,\"freed\":%llu,\"inodes_made\":%llu}", i ? "," : "",
               (unsigned long long)disk->cgroup, (unsigned long long)disk->dev, disk->counts.allocated_bytes,
               disk->counts.freed_bytes, disk->counts.inodes_made);
    }
    printf("]");
}

static void print_pod(void)
{
    printf(",\"pods\":[");
    for (uint32_t i = 0; i < sample.pod_disks_n; i++) {
        const struct rp_pod_disk_reading *pod = &sample.pod_disks[i];
        printf("%s{\"cgroup\":%llu,\"known\":%llu,\"log_bytes\":%llu,\"deleted_bytes\":%llu,\"deleted_files\":%u}",
               i ? "," : "", (unsigned long long)pod->cgroup, (unsigned long long)pod->known,
               (unsigned long long)pod->log_bytes, (unsigned long long)pod->deleted_bytes, pod->deleted_files);
    }
    printf("]");
}

static void print_node(void)
{
    const struct rp_node_reading *node = &sample.node;
    printf(",\"node\":{\"known\":%llu,\"tasks\":%llu,\"running\":%llu,\"pid_max\":%llu,\"threads_max\":%llu,"
           "\"io_some_us\":%llu,\"hardware\":[",
           (unsigned long long)node->known, (unsigned long long)node->tasks, (unsigned long long)node->tasks_running,
           (unsigned long long)node->pid_max, (unsigned long long)node->threads_max,
           (unsigned long long)node->psi_io_some_us);
    for (int i = 0; i < RP_HARDWARE_MAX; i++)
        printf("%s%llu", i ? "," : "", (unsigned long long)node->hardware[i]);
    printf("]}");
}

static void look(const char *path, const char *uid)
{
    struct rp_job job = {.kind = RP_JOB_POD_DISK, .deadline_ns = rp_clock_ns() + 10 * RP_NS_PER_S};
    struct rp_job_result filesystems = {.kind = RP_JOB_FILESYSTEMS}, pod = {.kind = RP_JOB_POD_DISK};
    struct stat st = {0};
    (void)snprintf(job.path, sizeof(job.path), "%s", path);
    (void)snprintf(job.pod_uid, sizeof(job.pod_uid), "%s", uid);
    if (fstatat(roots.cgroup_fd, path, &st, 0) == 0)
        job.cgroup = st.st_ino;
    const rp_ns begin = rp_clock_ns();
    rp_filesystems_run(&policy, &roots, &filesystems);
    const rp_ns middle = rp_clock_ns();
    rp_pod_disk_run(&policy, &roots, &job, &pod);
    const rp_ns end = rp_clock_ns();
    rp_sensor_take_filesystems(sensor, filesystems.filesystems.list, filesystems.filesystems.n);
    rp_sensor_take_pod_disk(sensor, &pod.pod_disk);
    (void)sweep();
    printf("{\"errors\":[%d,%d],\"ns\":[%llu,%llu],", filesystems.error, pod.error,
           (unsigned long long)(middle - begin), (unsigned long long)(end - middle));
    print_filesystems();
    print_disks();
    print_pod();
    print_node();
    printf("}\n");
}

static void cost(unsigned int n)
{
    rp_ns sum = 0;
    for (unsigned int i = 0; i < n; i++) {
        (void)usleep(1000000);
        sum += sweep();
    }
    printf("{\"sweep_ns\":%llu,\"readings\":%u}\n", (unsigned long long)(n ? sum / n : 0), sample.cgroups_n);
}

/* Can BPF say who takes room? */
static bool hears_disk(void)
{
    bool any = false;
    for (int h = 0; h < RP_BPF_HOOK_MAX; h++)
        any = any || (handles.links[h] >= 0 && strcmp(rp_bpf_objects[rp_bpf_rows[h].object].name, "disk") == 0);
    return any;
}

static int start(void)
{
    struct rp_complaint why;
    rp_policy_init(&policy);
    roots = (struct rp_undo_roots){.cgroup_fd = open(policy.cgroup_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                                   .proc_fd = open(policy.proc_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    const struct rlimit locked = {RLIM_INFINITY, RLIM_INFINITY}; /* BPF maps before 5.11 */
    (void)setrlimit(RLIMIT_MEMLOCK, &locked);
    const struct rp_bpf_options bpf = {
        .enabled = true, .cgroup_fd = roots.cgroup_fd, .cgroups_max = policy.cgroups_max};
    int r = rp_bpf_load(&bpf, &handles);
    const struct rp_sensor_options options = {.policy = &policy,
                                              .handles = rp_bpf_handles_live(&handles) ? &handles : NULL,
                                              .self = "",
                                              .files_reserved = 64};
    if (r == 0)
        r = rp_sensor_open(&options, &why, &sensor);
    printf("{\"error\":%d,\"disk\":%s}\n", r, hears_disk() ? "true" : "false");
    return r;
}

/* The next word of the line, "" at its end. */
static const char *next_word(char **save)
{
    const char *word = strtok_r(NULL, " \n", save);
    return word ? word : "";
}

int main(void)
{
    char line[1024];
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (start() != 0)
        return 1;
    while (fgets(line, sizeof(line), stdin)) {
        char *save = NULL;
        const char *word = strtok_r(line, " \n", &save);
        if (word && strcmp(word, "look") == 0) {
            const char *path = next_word(&save);
            look(path, next_word(&save));
        } else if (word && strcmp(word, "cost") == 0) {
            cost((unsigned int)strtoul(next_word(&save), NULL, 10));
        } else {
            break;
        }
    }
    rp_sensor_close(&sensor);
    return 0;
}
