// SPDX-License-Identifier: Apache-2.0
#include "cli/json_senses.h"

#include "base/str.h"
#include "cli/json_parts.h"
#include "core/kubelet/level.h"
#include "core/model/filesystems.h"
#include "core/view/words.h"

/* ---- file systems */

static json_t *roles(uint32_t bits)
{
    json_t *list = json_array();
    for (unsigned bit = 0; bit < RP_FILESYSTEMS_MAX; bit++)
        if (bits & (1u << bit))
            (void)json_array_append_new(list, json_string(rp_role_word(bit)));
    return list;
}

/* Bytes or inodes of one file system. */
static json_t *room(const struct rp_arena *arena, const struct rp_fs *fs, bool inodes)
{
    const struct rp_room *room = inodes ? &fs->inodes : &fs->bytes;
    const bool counted = fs->counted_ns != 0, looked_twice = room->level.n > 1;
    const uint64_t size = inodes ? fs->now.inodes : fs->now.capacity_bytes;
    const uint64_t available = inodes ? fs->now.inodes_free : fs->now.available_bytes;
    int64_t threshold = 0;
    const bool has_threshold = rp_fs_threshold(arena, fs, inodes, &threshold);
    if (inodes && !fs->now.inodes)
        return json_null();
    return json_pack("{sI sI so so so so so}", "size", (json_int_t)size, "available", (json_int_t)available,
                     "threshold", rp_json_number(has_threshold, threshold), "growth_per_s",
                     rp_json_number(counted, room->growth.per_s), "fall_per_s",
                     rp_json_number(looked_twice, room->fall_per_s), "fell", rp_json_number(looked_twice, room->fell),
                     "explained", rp_json_number(looked_twice && counted, room->explained));
}

json_t *rp_json_filesystems(const struct rp_arena *arena)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < RP_FILESYSTEMS_MAX; i++) {
        const struct rp_fs *fs = &arena->fs[i];
        if (!fs->now.roles)
            continue;
        char path[RP_PATH_MAX];
        rp_cut(path, sizeof(path), fs->now.path);
        rp_sanitize(path);
        (void)json_array_append_new(list, json_pack("{so ss so so so so}", "roles", roles(fs->now.roles), "path", path,
                                                    "read_s", rp_json_when(fs->now.t_ns), "bytes",
                                                    room(arena, fs, false), "inodes", room(arena, fs, true),
                                                    "no_space_s", rp_json_when(fs->no_space_ns)));
    }
    return list;
}

/* ---- the node */

static json_t *warnings(const struct rp_node *node)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < RP_WARNING_MAX; i++) {
        const struct rp_warning *warning = &node->warnings[i];
        if (node->now.known & (i < RP_HARDWARE_MAX ? RP_NODE_HARDWARE : RP_NODE_EDAC))
            (void)json_array_append_new(list,
                                        json_pack("{ss sI so}", "kind", rp_warning_word(i), "total",
                                                  (json_int_t)warning->total, "last_s", rp_json_when(warning->t_ns)));
    }
    return list;
}

static json_t *refusals(const struct rp_activity *activity, enum rp_trouble_kind kind)
{
    const struct rp_trouble *trouble = &activity->troubles[kind];
    return json_pack("{sI so}", "total", (json_int_t)trouble->count, "last_s", rp_json_when(trouble->t_ns));
}

json_t *rp_json_node(const struct rp_arena *arena)
{
    const struct rp_node *node = &arena->node;
    const bool io = node->now.known & RP_NODE_PSI_IO, counted = node->counts_ns != 0;
    int64_t available = 0, limit = 0;
    const bool known = rp_kubelet_pids_level(&node->now, &available, &limit);
    return json_pack("{so so so so so so so so so so}", "tasks", rp_json_number(known, (int64_t)node->now.tasks),
                     "tasks_max", rp_json_number(known, limit), "tasks_available", rp_json_number(known, available),
                     "tasks_running", rp_json_number(known, (int64_t)node->now.tasks_running), "fork_failures",
                     rp_json_number(counted, (int64_t)node->fork_failures), "fork_failed_s",
                     rp_json_when(node->fork_failed_ns), "io_some_permille",
                     rp_json_number(io, node->io_some_us.per_s / 1000), "io_full_permille",
                     rp_json_number(io, node->io_full_us.per_s / 1000), "hardware", warnings(node), "system_disk",
                     rp_json_disk(arena, &node->system));
}

/* ---- pods */

json_t *rp_json_tasks(struct rp_arena *arena, const struct rp_pod *pod)
{
    const struct rp_activity *activity = &pod->activity;
    const struct rp_cgroup *slice = rp_cgroup_at(arena, pod->cgroup);
    const struct rp_cgroup *owner = activity->pids_owner ? rp_cgroup_find(arena, activity->pids_owner) : NULL;
    const bool counted = arena->node.counts_ns != 0, pids = slice && (slice->now.known & RP_CG_PIDS);
    char path[RP_PATH_MAX] = "";
    if (owner)
        rp_cut(path, sizeof(path), owner->path);
    rp_sanitize(path);
    return json_pack("{so so so so so so so}", "now", rp_json_number(pids, pids ? (int64_t)slice->now.pids : 0),
                     "forks_per_s", rp_json_number(counted, activity->forks.per_s), "exits_per_s",
                     rp_json_number(counted, activity->exits.per_s), "refused", refusals(activity, RP_TROUBLE_PIDS),
                     "refused_by", owner ? json_string(path) : json_null(), "refused_limit",
                     rp_json_number(activity->pids_limit > 0, (int64_t)activity->pids_limit), "fork_failures",
                     refusals(activity, RP_TROUBLE_FORK));
}

static json_t *writer(const struct rp_fs *fs, const struct rp_writer *writer)
{
    return json_pack("{so sI sI sI sI sI sI}", "roles", roles(fs->now.roles), "allocated_bytes",
                     (json_int_t)writer->allocated_bytes.total, "freed_bytes", (json_int_t)writer->freed_bytes,
                     "bytes_per_s", (json_int_t)writer->allocated_bytes.per_s, "inodes_made",
                     (json_int_t)writer->inodes_made.total, "inodes_freed", (json_int_t)writer->inodes_freed,
                     "inodes_per_s", (json_int_t)writer->inodes_made.per_s);
}

json_t *rp_json_disk(const struct rp_arena *arena, const struct rp_activity *activity)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < RP_FILESYSTEMS_MAX; i++)
        if (arena->fs[i].now.roles && arena->fs[i].counted_ns)
            (void)json_array_append_new(list, writer(&arena->fs[i], &activity->disk[i]));
    return json_pack("{so so so}", "filesystems", list, "block_write_bytes_per_s",
                     rp_json_number(arena->node.counts_ns != 0, activity->write_bytes.per_s), "no_space",
                     refusals(activity, RP_TROUBLE_SPACE));
}

json_t *rp_json_amount(const struct rp_amount *amount)
{
    return json_pack("{so so sb}", "bytes", rp_json_number(amount->t_ns != 0, amount->bytes), "read_s",
                     rp_json_when(amount->t_ns), "at_least", amount->at_least);
}

json_t *rp_json_deleted(const struct rp_pod *pod)
{
    json_t *amount = rp_json_amount(&pod->deleted);
    (void)json_object_set_new(amount, "files", rp_json_number(pod->deleted.t_ns != 0, pod->deleted_files));
    return amount;
}
