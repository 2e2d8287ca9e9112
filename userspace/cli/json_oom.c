// SPDX-License-Identifier: Apache-2.0
#include "cli/json_oom.h"

#include "base/num.h"
#include "base/str.h"
#include "cli/json_parts.h"
#include "core/model/index.h"
#include "core/oom/victims.h"
#include "core/view/words.h"

static json_t *path_of(struct rp_arena *arena, uint32_t i)
{
    const struct rp_cgroup *cgroup = rp_cgroup_at(arena, i);
    char path[RP_PATH_MAX] = "";
    if (cgroup)
        rp_cut(path, sizeof(path), cgroup->path);
    rp_sanitize(path);
    return json_string(path);
}

/* Points as the kernel's own /proc/PID/oom_score scale has them: a thousand is all of the wall. */
static int64_t permille(int64_t points, int64_t total_bytes)
{
    return total_bytes > 0 ? rp_mul_div_i64(points, 1000, total_bytes) : 0;
}

static json_t *victim(struct rp_arena *arena, const struct rp_oom_victims *list, const struct rp_oom_victim *v)
{
    const struct rp_pod *pod = rp_pod_at(arena, v->pod);
    return json_pack("{so so si si sI sI sI sI sI ss ss}", "uid", pod ? json_string(pod->uid) : json_null(), "cgroup",
                     path_of(arena, v->cgroup), "group", (int)v->group, "oom_score_adj", (int)v->adj, "points_permille",
                     (json_int_t)permille(v->points, list->total_bytes), "points_low_permille",
                     (json_int_t)permille(v->points_low, list->total_bytes), "points_high_permille",
                     (json_int_t)permille(v->points_high, list->total_bytes), "process_bytes", (json_int_t)v->bytes,
                     "frees_bytes", (json_int_t)v->frees_bytes, "dies", rp_oom_dies_word(v->dies), "evidence",
                     rp_oom_evidence_word(v->evidence));
}

static json_t *wall(struct rp_arena *arena, unsigned i)
{
    static const struct rp_oom_victims none;
    const struct rp_oom_victims *list = i < RP_OOM_WALLS ? &arena->oom_victims[i] : &none;
    const struct rp_oom_tally *tally = &arena->oom_tally[i];
    json_t *victims = json_array();
    for (uint32_t k = 0; k < list->n && k < RP_VICTIMS_MAX; k++)
        (void)json_array_append_new(victims, victim(arena, list, &list->list[k]));
    return json_pack("{ss sI si si si si so sI sI sI sI}", "wall", rp_oom_wall_word(i), "total_bytes",
                     (json_int_t)list->total_bytes, "candidates", (int)list->candidates, "first_n", (int)list->first_n,
                     "exempt", (int)list->exempt, "guessed", (int)list->guessed, "victims", victims, "kills",
                     (json_int_t)tally->kills, "kills_expected", (json_int_t)tally->first, "kills_among_expected",
                     (json_int_t)tally->among, "kills_unexpected", (json_int_t)tally->others);
}

json_t *rp_json_kernel_victims(struct rp_arena *arena)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < RP_OOM_COUNTS; i++)
        (void)json_array_append_new(list, wall(arena, i));
    return list;
}

json_t *rp_json_own_limit(struct rp_arena *arena, const struct rp_pod *pod)
{
    const struct rp_own_limit *own = &pod->own_limit;
    const uint32_t i = own->cgroup_id ? rp_index_find(arena, own->cgroup_id) : RP_INDEX_NONE;
    struct rp_oom_victims victims;
    if (i == RP_INDEX_NONE)
        return json_null();
    rp_oom_victims_make(arena, i, &victims);
    json_t *object = rp_json_forecast(&own->forecast);
    (void)json_object_set_new(object, "cgroup", path_of(arena, i));
    (void)json_object_set_new(object, "limit_bytes", json_integer((json_int_t)own->forecast.capacity));
    (void)json_object_set_new(object, "available_bytes", json_integer((json_int_t)own->forecast.available));
    (void)json_object_set_new(object, "growth_bytes_per_s", json_integer((json_int_t)own->forecast.growth_per_s));
    (void)json_object_set_new(object, "reclaimed_s", rp_json_when(own->reclaim_ns));
    (void)json_object_set_new(object, "victim", victims.n ? victim(arena, &victims, &victims.list[0]) : json_null());
    return object;
}
