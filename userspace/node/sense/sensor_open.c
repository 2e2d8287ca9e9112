// SPDX-License-Identifier: Apache-2.0
/* The sensor's start and end: everything that it will ever open, map or allocate. */
#include "node/sense/sensor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/line.h"
#include "base/str.h"
#include "node/sense/bpf_hooks.h"
#include "node/sense/hierarchy.h"
#include "node/sense/sensor_private.h"

static int complain(struct rp_complaint *why, const char *what, const char *which, int error)
{
    struct rp_line line;
    rp_line_init(&line, why->text, sizeof(why->text));
    rp_line_add(&line, what);
    rp_line_add(&line, which);
    rp_line_add(&line, ": ");
    rp_line_add(&line, strerrordesc_np(-error));
    return error;
}

static int open_directory(const char *path, struct rp_complaint *why, int *ret_fd)
{
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return complain(why, "cannot open ", path, -errno);
    *ret_fd = fd;
    return 0;
}

/* How many descriptors the census may keep once the soft limit is as high as it goes. */
static uint32_t raise_files_limit(uint32_t reserved)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return 0;
    struct rlimit raised = {limit.rlim_max, limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
        limit = raised;
    if (limit.rlim_cur <= reserved)
        return 0;
    return limit.rlim_cur - reserved > INT32_MAX ? INT32_MAX : (uint32_t)(limit.rlim_cur - reserved);
}

static bool attached(const struct rp_bpf_handles *handles, enum rp_bpf_hook hook)
{
    return handles->links[hook] >= 0;
}

static bool hinted(const struct rp_sensor *sensor)
{
    return sensor->source && attached(sensor->handles, RP_BPF_HOOK_rp_cgroup_new) &&
           attached(sensor->handles, RP_BPF_HOOK_rp_cgroup_gone);
}

/* Is a program of that object attached? */
static bool hears(const struct rp_sensor *sensor, const char *object)
{
    bool any = false;
    for (int h = 0; sensor->source && h < RP_BPF_HOOK_MAX; h++)
        any = any || (attached(sensor->handles, (enum rp_bpf_hook)h) &&
                      strcmp(rp_bpf_objects[rp_bpf_rows[h].object].name, object) == 0);
    return any;
}

static void open_source(struct rp_sensor *sensor)
{
    sensor->source_error = -ENODEV;
    if (sensor->handles)
        sensor->source_error = rp_bpf_source_open(sensor->handles, &sensor->source);
    sensor->hardware = hears(sensor, "hardware");
}

static int open_census(struct rp_sensor *sensor, uint32_t files_max, struct rp_complaint *why)
{
    const struct rp_census_options options = {
        .root_fd = sensor->cgroup_fd,
        .policy = sensor->policy,
        .self = sensor->self,
        .files_max = files_max,
        .hinted = hinted(sensor),
    };
    int r = rp_census_init(&sensor->census, &options);
    if (r)
        return complain(why, "cannot list ", sensor->policy->cgroup_root, r);
    sensor->readings = calloc(sensor->census.capacity, sizeof(*sensor->readings));
    sensor->disk.counts_max = sensor->census.capacity * 2; /* as the loader makes BPF's table */
    sensor->disk.counts = calloc(sensor->disk.counts_max, sizeof(*sensor->disk.counts));
    if (!sensor->readings || !sensor->disk.counts)
        return complain(why, "no memory for ", "readings", -ENOMEM);
    rp_census_step(&sensor->census, 0, UINT32_MAX);
    return 0;
}

static int open_all(struct rp_sensor *sensor, const struct rp_sensor_options *options, struct rp_complaint *why)
{
    const char *self = options->self[0] == '/' ? options->self + 1 : options->self;
    int r = rp_copy(sensor->self, sizeof(sensor->self), self);
    if (r)
        return complain(why, "path of our own cgroup ", self, r);
    r = open_directory(sensor->policy->cgroup_root, why, &sensor->cgroup_fd);
    if (!r)
        r = open_directory(sensor->policy->proc_root, why, &sensor->proc_fd);
    if (!r)
        r = rp_hierarchy_check(sensor->cgroup_fd, why);
    if (r)
        return r;
    uint32_t files_max = raise_files_limit(options->files_reserved);
    open_source(sensor);
    rp_node_files_open(&sensor->node_files, sensor->proc_fd, sensor->cgroup_fd);
    rp_node_files_arm(&sensor->node_files, sensor->proc_fd);
    RP_CLEANUP_FD int host_fd = open(sensor->policy->host_root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    rp_node_files_open_edac(&sensor->node_files, host_fd);
    return open_census(sensor, files_max, why);
}

int rp_sensor_open(const struct rp_sensor_options *options, struct rp_complaint *why, struct rp_sensor **ret)
{
    struct rp_sensor *sensor = calloc(1, sizeof(*sensor));
    if (!sensor)
        return complain(why, "no memory for ", "the sensor", -ENOMEM);
    sensor->policy = options->policy;
    sensor->handles = options->handles;
    sensor->cgroup_fd = sensor->proc_fd = -1;
    sensor->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    rp_node_files_init(&sensor->node_files);
    int r = open_all(sensor, options, why);
    if (r) {
        rp_sensor_close(&sensor);
        return r;
    }
    *ret = sensor;
    return 0;
}

void rp_sensor_close(struct rp_sensor **sensor)
{
    struct rp_sensor *s = *sensor;
    if (!s)
        return;
    rp_bpf_source_close(&s->source);
    rp_census_deinit(&s->census);
    rp_node_files_deinit(&s->node_files);
    rp_close_fd(&s->cgroup_fd);
    rp_close_fd(&s->proc_fd);
    free(s->readings);
    free(s->disk.counts);
    free(s);
    *sensor = NULL;
}

void rp_sensor_policy_changed(struct rp_sensor *sensor)
{
    rp_census_judge(&sensor->census);
}
