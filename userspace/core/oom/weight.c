// SPDX-License-Identifier: Apache-2.0
/*
 * The kernel weighs processes, and what is read here is cgroups. A look at the processes tells the weight of the heaviest at
 * that moment; what the cgroup has gained since may be that one's, or another's, or page cache. Without such a look all that
 * is known is that no process is larger than what the cgroup holds (beyond what it shares with others), and that the
 * largest of n has at least an n-th of it. So a weight has bounds, and where those of two cgroups overlap nobody can tell.
 */
#include "core/oom/weight.h"

#include "base/num.h"
#include "core/oom/adj.h"

#define LOOK_OLD_NS (10 * 60 * RP_NS_PER_S) /* by then processes may have come and gone */
#define GRAIN_PART  64                      /* of its memory: counters of the kernel lag, some pages are others' */
#define DYING_NS    (60 * RP_NS_PER_S)      /* a new life in the same cgroup is rare, and seldom begins before */
#define PAGE_BYTES  4096

/* Without memory.stat what is not inactive cache may still be active cache or the kernel's: seldom more than a quarter. */
#define SURE_PARTS 3
#define OF_PARTS   4

bool rp_oom_is_candidate(const struct rp_cgroup *cgroup)
{
    if (!cgroup->live)
        return false;
    if (cgroup->kind == RP_CGROUP_CONTAINER)
        return true;
    /* No process of a pod lives above its containers. */
    return (cgroup->kind == RP_CGROUP_POD || cgroup->kind == RP_CGROUP_SYSTEM) && cgroup->children == 0;
}

int64_t rp_oom_unit(const struct rp_arena *arena, int64_t total_bytes)
{
    const int64_t page_bytes = arena->agent.page_bytes ? arena->agent.page_bytes : PAGE_BYTES;
    return total_bytes / page_bytes / 1000 * page_bytes;
}

/* ---- oom_score_adj */

struct range {
    int16_t low, likely, high;
    uint8_t evidence;
};

static struct range exactly(int16_t adj, enum rp_oom_evidence evidence)
{
    return (struct range){adj, adj, adj, (uint8_t)evidence};
}

static const struct rp_fact_container *facts_of(const struct rp_pod *pod, uint64_t container)
{
    for (uint32_t i = 0; container && i < pod->containers_n && i < RP_CONTAINERS_MAX; i++)
        if (pod->containers[i].id == container)
            return &pod->containers[i];
    return NULL;
}

/* Were all containers that run told? Then one that was not told is the sandbox. */
static bool all_told(const struct rp_pod *pod)
{
    bool any = false;
    for (uint32_t i = 0; i < pod->containers_n && i < RP_CONTAINERS_MAX; i++)
        any = any || pod->containers[i].id != 0;
    return any && !pod->containers_cut;
}

/* Anything that a container of this pod may have. */
static struct range of_pod(const struct rp_pod *pod, uint64_t memory_bytes)
{
    struct range range = {RP_OOM_ADJ_SANDBOX, RP_OOM_ADJ_SANDBOX, RP_OOM_ADJ_SANDBOX, RP_OOM_GUESSED};
    for (uint32_t i = 0; i < pod->containers_n && i < RP_CONTAINERS_MAX; i++) {
        const struct rp_oom_standing standing = {pod->qos, pod->node_critical, pod->containers[i].oom_request_bytes};
        int16_t adj = 0;
        if (rp_oom_adj(&standing, memory_bytes, &adj) && adj > range.high)
            range.likely = range.high = adj;
    }
    return range;
}

static struct range of_path(const struct rp_cgroup *cgroup)
{
    switch (cgroup->qos) {
    case RP_QOS_GUARANTEED:
        return (struct range){RP_OOM_ADJ_SANDBOX, RP_OOM_ADJ_GUARANTEED, RP_OOM_ADJ_GUARANTEED, RP_OOM_COMPUTED};
    case RP_QOS_BEST_EFFORT:
        return exactly(RP_OOM_ADJ_BEST_EFFORT, RP_OOM_COMPUTED);
    case RP_QOS_BURSTABLE:
        return (struct range){RP_OOM_ADJ_BURSTABLE, RP_OOM_ADJ_BEST_EFFORT - 1, RP_OOM_ADJ_BEST_EFFORT - 1,
                              RP_OOM_GUESSED};
    default:
        return exactly(0, RP_OOM_GUESSED); /* a service keeps what init has, unless its unit says otherwise */
    }
}

static struct range computed(struct rp_arena *arena, const struct rp_cgroup *cgroup, const struct rp_pod *pod)
{
    const uint64_t memory_bytes = arena->node.now.mem_total_bytes;
    const struct rp_fact_container *container = pod ? facts_of(pod, cgroup->container) : NULL;
    int16_t adj = 0;
    if (!pod || pod->from_rule || !pod->has_facts || cgroup->kind != RP_CGROUP_CONTAINER)
        return of_path(cgroup);
    if (!container)
        return all_told(pod) ? exactly(RP_OOM_ADJ_SANDBOX, RP_OOM_COMPUTED) : of_pod(pod, memory_bytes);
    const struct rp_oom_standing standing = {pod->qos, pod->node_critical, container->oom_request_bytes};
    return rp_oom_adj(&standing, memory_bytes, &adj) ? exactly(adj, RP_OOM_COMPUTED) : of_pod(pod, memory_bytes);
}

/* What Reprieve itself has set, and when; NULL: nothing. */
static const struct rp_brake *shield_of(const struct rp_pod *pod)
{
    for (uint32_t i = 0; pod && i < RP_BRAKES_MAX; i++)
        if (pod->brakes[i].kind == RP_ACTION_SHIELD)
            return &pod->brakes[i];
    return NULL;
}

static struct range adj_of(struct rp_arena *arena, const struct rp_cgroup *cgroup, bool looked)
{
    const struct rp_pod *pod = rp_pod_at(arena, cgroup->pod);
    const struct rp_processes *look = &cgroup->now.processes;
    const struct rp_brake *shield = shield_of(pod);
    const int64_t shown = rp_clamp_i64(look->first_adj, RP_OOM_ADJ_EXEMPT, RP_OOM_ADJ_BEST_EFFORT);
    const bool shielded = shield && shield->state == RP_OUTCOME_DONE;
    if (shielded && (!looked || look->t_ns <= shield->since_ns))
        return exactly((int16_t)shield->value, looked ? RP_OOM_WEIGHED : RP_OOM_COMPUTED);
    /* A value that was ours when it was looked at, and is not in force any more, has been put back. */
    if (looked && (!shield || shielded || shown != shield->value))
        return exactly((int16_t)shown, RP_OOM_WEIGHED);
    return computed(arena, cgroup, pod);
}

/* ---- memory of its largest process */

struct bytes {
    int64_t low, likely, high;
};

static struct bytes bytes_looked(const struct rp_cgroup_reading *now)
{
    const struct rp_processes *look = &now->processes;
    const int64_t first = rp_i64_of_u64(look->first_bytes);
    const int64_t usage = rp_i64_of_u64(now->usage_bytes);
    const int64_t gained = rp_sub_sat_i64(usage, rp_i64_of_u64(look->charged_bytes));
    const int64_t likely = rp_max_i64(0, rp_add_sat_i64(first, gained));
    const int64_t grain = rp_max_i64(RP_MIB, likely / GRAIN_PART);
    struct bytes bytes = {rp_min_i64(first, likely) - grain, likely, rp_max_i64(first, likely) + grain};
    if (look->partial)
        bytes.high = rp_max_i64(bytes.high, usage);
    return bytes;
}

static struct bytes bytes_as_a_whole(const struct rp_cgroup_reading *now)
{
    const bool split = now->known & RP_CG_ANON_FILE;
    const uint64_t cache = split ? now->file_bytes : now->known & RP_CG_INACTIVE_FILE ? now->inactive_file_bytes : 0;
    const uint64_t swap = now->known & RP_CG_SWAP ? now->swap_bytes : 0;
    const int64_t held = rp_i64_of_u64(rp_add_sat_u64(rp_sub_sat_u64(now->usage_bytes, cache), swap));
    const int64_t sure = split ? rp_min_i64(held, rp_i64_of_u64(now->anon_bytes)) : held / OF_PARTS * SURE_PARTS;
    const int64_t tasks = now->known & RP_CG_PIDS ? rp_max_i64(1, rp_i64_of_u64(now->pids)) : INT64_MAX;
    return (struct bytes){sure / tasks, held, rp_add_sat_i64(held, rp_max_i64(RP_MIB, held / GRAIN_PART))};
}

/* ---- both */

/*
 * A process is chosen once: the kernel waits for it, then takes its memory and passes over it (MMF_OOM_SKIP), however long
 * it takes to die. Of a group that is everybody; of others nobody knows who is left until they were read again.
 */
static bool is_dying(const struct rp_arena *arena, const struct rp_cgroup *cgroup)
{
    const struct rp_cgroup_reading *now = &cgroup->now;
    const bool group = (now->known & RP_CG_OOM_GROUP) && now->oom_group;
    if (!cgroup->chosen_ns)
        return false;
    return cgroup->chosen_ns > now->t_ns || (group && rp_sub_sat_u64(arena->t_ns, cgroup->chosen_ns) < DYING_NS);
}

bool rp_oom_weigh(struct rp_arena *arena, const struct rp_cgroup *cgroup, int64_t total_bytes,
                  struct rp_oom_weight *ret)
{
    const struct rp_cgroup_reading *now = &cgroup->now;
    const bool looked =
        (now->known & RP_CG_PROCESSES) && rp_sub_sat_u64(arena->t_ns, now->processes.t_ns) <= LOOK_OLD_NS;
    if (is_dying(arena, cgroup))
        return false;
    if (!rp_oom_is_candidate(cgroup) || !(now->known & RP_CG_USAGE) || (looked && now->processes.n == 0) ||
        ((now->known & RP_CG_PIDS) && now->pids == 0))
        return false;
    const int64_t unit = rp_oom_unit(arena, total_bytes);
    const struct bytes bytes = looked ? bytes_looked(now) : bytes_as_a_whole(now);
    const struct range adj = adj_of(arena, cgroup, looked);
    *ret = (struct rp_oom_weight){
        .low = rp_add_sat_i64(bytes.low, adj.low * unit),
        .likely = rp_add_sat_i64(bytes.likely, adj.likely * unit),
        .high = rp_add_sat_i64(bytes.high, adj.high * unit),
        .bytes = bytes.likely,
        .adj = adj.likely,
        .evidence = looked || adj.evidence == RP_OOM_GUESSED ? adj.evidence : (uint8_t)RP_OOM_COMPUTED,
        .exempt = looked ? now->processes.exempt >= now->processes.n : adj.high <= RP_OOM_ADJ_EXEMPT,
    };
    return true;
}
