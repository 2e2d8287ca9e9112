// SPDX-License-Identifier: Apache-2.0
#include "node/act/weigh.h"

#include <errno.h>
#include <sys/sysinfo.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "node/act/cgroup_dir.h"
#include "node/act/clock.h"
#include "node/act/process.h"

#define PROCESSES_MAX 1024
#define BEFORE_END_NS (100 * RP_NS_PER_MS)
#define EXEMPT_ADJ    (-1000)
#define NEEDED        (RP_STATUS_RSS | RP_STATUS_TABLES)

struct search {
    const struct rp_undo_roots *roots;
    struct rp_processes *out;
    rp_ns end_ns;
    int64_t unit; /* what a point of oom_score_adj is worth */
    int64_t most; /* points of the first one so far */
    uint32_t looked;
};

/* As at a wall of the whole node; within one cgroup the values of oom_score_adj seldom differ. */
static int64_t unit_of_node(void)
{
    struct sysinfo info;
    if (sysinfo(&info) < 0)
        return 0;
    return rp_i64_of_u64(rp_mul_sat_u64(info.totalram + info.totalswap, info.mem_unit) / 1000);
}

static void add(struct search *search, const struct rp_proc_status *status, int16_t adj)
{
    struct rp_processes *out = search->out;
    const uint64_t held = rp_add_sat_u64(status->rss_bytes, status->swap_bytes);
    const uint64_t bytes = rp_add_sat_u64(held, status->tables_bytes);
    const int64_t points = rp_add_sat_i64(rp_i64_of_u64(bytes), adj * search->unit);
    out->n++;
    if (adj <= EXEMPT_ADJ) {
        out->exempt++;
        return;
    }
    if (out->n - out->exempt > 1 && points <= search->most)
        return;
    search->most = points;
    out->first_bytes = bytes;
    out->first_adj = adj;
}

/* One that ends while it is looked at does not count. */
static int weigh(void *ctx, int32_t pid, rp_cgroup_id leaf)
{
    struct search *search = ctx;
    struct rp_proc_status status = {0};
    int16_t adj = 0;
    (void)leaf;
    if (search->looked++ == PROCESSES_MAX || rp_clock_ns() >= search->end_ns) {
        search->out->partial = true;
        return 1;
    }
    RP_CLEANUP_FD int process = rp_process_open(search->roots->proc_fd, pid);
    if (process >= 0 && rp_process_status(process, &status) == 0 && rp_process_adj(process, &adj) == 0 &&
        (status.known & NEEDED) == NEEDED)
        add(search, &status, adj);
    return 0;
}

void rp_weigh_run(const struct rp_undo_roots *roots, const struct rp_job *job, struct rp_job_result *result)
{
    struct rp_weighing *weighing = &result->weighing;
    struct search search = {.roots = roots,
                            .out = &weighing->processes,
                            .end_ns = rp_sub_sat_u64(job->deadline_ns, BEFORE_END_NS),
                            .unit = unit_of_node()};
    RP_CLEANUP_FD int fd = rp_cgroup_dir_open(roots->cgroup_fd, job->path, job->cgroup);
    weighing->cgroup = job->cgroup;
    int r = fd < 0 ? fd : rp_cgroup_dir_usage(fd, &weighing->processes.charged_bytes);
    if (r == 0)
        r = rp_cgroup_dir_processes(fd, weigh, &search);
    if (r == -E2BIG)
        weighing->processes.partial = true;
    result->error = r == 1 || r == -E2BIG ? 0 : r;
    weighing->processes.t_ns = rp_clock_ns();
}
