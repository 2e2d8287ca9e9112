// SPDX-License-Identifier: Apache-2.0
#include "cli/text_senses.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/num.h"
#include "base/str.h"
#include "base/units.h"
#include "core/kubelet/level.h"
#include "core/model/filesystems.h"
#include "core/view/words.h"

/* Another piece at the end of a line that was started. */
#define ADD(line, ...) add_to(line, snprintf((line)->text + (line)->len, RP_SENSE_LINE - (line)->len, __VA_ARGS__))

struct piece {
    char *text;
    size_t len;
};

static void add_to(struct piece *line, int wrote)
{
    if (wrote > 0)
        line->len = (size_t)rp_min_u64(RP_SENSE_LINE - 1, line->len + (size_t)wrote);
}

static void add_ago(struct piece *line, const struct rp_arena *arena, rp_ns t_ns)
{
    char age[RP_UNITS_MAX];
    if (t_ns)
        ADD(line, ", last %s ago", rp_format_duration(age, sizeof(age), rp_sub_sat_u64(arena->t_ns, t_ns)));
}

/* ---- the node */

bool rp_text_tasks(const struct rp_arena *arena, char line[RP_SENSE_LINE])
{
    const struct rp_node *node = &arena->node;
    struct piece out = {line, 0};
    int64_t available = 0, limit = 0;
    if (!rp_kubelet_pids_level(&node->now, &available, &limit))
        return false;
    ADD(&out, "  %-27s %9" PRId64 " free of %" PRId64 ", %" PRIu64 " running", "pid.available", available, limit,
        node->now.tasks_running);
    if (node->now.known & RP_NODE_PSI_IO)
        ADD(&out, ", disks stall %" PRId64 " %%", node->io_some_us.per_s / 10000);
    if (node->fork_failures)
        ADD(&out, "; %" PRIu64 " forks failed", node->fork_failures);
    add_ago(&out, arena, node->fork_failed_ns);
    return true;
}

bool rp_text_hardware(const struct rp_arena *arena, uint32_t kind, char line[RP_SENSE_LINE])
{
    const struct rp_warning *warning = &arena->node.warnings[kind];
    struct piece out = {line, 0};
    if (!warning->total && !warning->t_ns)
        return false;
    ADD(&out, "  hardware %-18s %9" PRIu64, rp_warning_word(kind), warning->total);
    add_ago(&out, arena, warning->t_ns);
    return true;
}

/* ---- file systems */

static void add_pace(struct piece *out, const struct rp_fs *fs)
{
    char pace[RP_UNITS_MAX];
    const struct rp_room *room = &fs->bytes;
    if (fs->counted_ns)
        ADD(out, "  grows %s/s", rp_format_bytes(pace, sizeof(pace), room->growth.per_s));
    else if (room->level.n > 1)
        ADD(out, "  falls %s/s", rp_format_bytes(pace, sizeof(pace), room->fall_per_s));
    if (fs->counted_ns && room->fell > RP_MIB)
        ADD(out, " (%" PRId64 " %% explained)",
            rp_mul_div_i64(rp_clamp_i64(room->explained, 0, room->fell), 100, room->fell));
}

static void add_inodes(struct piece *out, const struct rp_fs *fs)
{
    if (!fs->now.inodes)
        return;
    ADD(out, "  inodes %" PRIu64 " %%",
        100 - rp_mul_div_u64(rp_min_u64(fs->now.inodes_free, fs->now.inodes), 100, fs->now.inodes));
    if (fs->counted_ns)
        ADD(out, " %+" PRId64 "/s", fs->inodes.growth.per_s);
}

bool rp_text_filesystem(const struct rp_arena *arena, uint32_t i, char line[RP_SENSE_LINE])
{
    const struct rp_fs *fs = &arena->fs[i];
    struct piece out = {line, 0};
    char roles[64], available[RP_UNITS_MAX], limit[RP_UNITS_MAX];
    int64_t threshold = 0;
    if (!fs->now.roles)
        return false;
    rp_roles_text(fs->now.roles, roles, sizeof(roles));
    const bool evicts = rp_fs_threshold(arena, fs, false, &threshold);
    const int64_t shown = evicts ? threshold : rp_i64_of_u64(fs->now.capacity_bytes);
    ADD(&out, "  %-27s %9s free of %s%s", roles,
        rp_format_bytes(available, sizeof(available), rp_i64_of_u64(fs->now.available_bytes)),
        evicts ? "threshold " : "", rp_format_bytes(limit, sizeof(limit), shown));
    add_pace(&out, fs);
    add_inodes(&out, fs);
    if (fs->no_space_ns)
        ADD(&out, "  full");
    add_ago(&out, arena, fs->no_space_ns);
    return true;
}

/* ---- pods */

const char rp_text_doings_head[] =
    "  POD                    TASKS FORKS/s     DISK/s  INODES/s      LOGS   DELETED  REFUSED";

static int64_t sum_of(const struct rp_activity *activity, bool inodes)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < RP_FILESYSTEMS_MAX; i++)
        sum =
            rp_add_sat_i64(sum, inodes ? activity->disk[i].inodes_made.per_s : activity->disk[i].allocated_bytes.per_s);
    return sum;
}

static const char *amount(char text[RP_UNITS_MAX], const struct rp_amount *amount)
{
    return amount->t_ns ? rp_format_bytes(text, RP_UNITS_MAX, amount->bytes) : "?";
}

static void add_refusals(struct piece *out, const struct rp_activity *activity)
{
    static const char *const what[RP_TROUBLE_MAX] = {[RP_TROUBLE_PIDS] = "forks by pids.max",
                                                     [RP_TROUBLE_FORK] = "forks by the node",
                                                     [RP_TROUBLE_SPACE] = "writes: full"};
    const char *comma = "  ";
    for (uint32_t i = 0; i < RP_TROUBLE_MAX; i++) {
        if (!activity->troubles[i].count)
            continue;
        ADD(out, "%s%" PRIu64 " %s", comma, activity->troubles[i].count, what[i]);
        comma = ", ";
    }
}

static bool is_worth_a_line(const struct rp_pod *pod)
{
    bool refused = false;
    for (uint32_t i = 0; i < RP_TROUBLE_MAX; i++)
        refused = refused || pod->activity.troubles[i].count > 0;
    return refused || pod->activity.forks.per_s > 0 || sum_of(&pod->activity, false) > 0 ||
           sum_of(&pod->activity, true) > 0 || pod->deleted.bytes >= RP_MIB || pod->logs.bytes >= RP_MIB;
}

bool rp_text_doings(struct rp_arena *arena, const struct rp_pod *pod, char line[RP_SENSE_LINE])
{
    const struct rp_cgroup *slice = rp_cgroup_at(arena, pod->cgroup);
    char label[RP_POD_NAME_MAX + RP_NS_MAX + 1], name[22], tasks[24] = "?";
    char disk[RP_UNITS_MAX], logs[RP_UNITS_MAX], deleted[RP_UNITS_MAX];
    struct piece out = {line, 0};
    if (!is_worth_a_line(pod))
        return false;
    rp_pod_label(pod, label, sizeof(label));
    rp_cut(name, sizeof(name), label);
    if (slice && (slice->now.known & RP_CG_PIDS))
        (void)snprintf(tasks, sizeof(tasks), "%" PRIu64, slice->now.pids);
    ADD(&out, "  %-21s %6s %7" PRId64 " %10s %9" PRId64 " %9s %9s", name, tasks, pod->activity.forks.per_s,
        rp_format_bytes(disk, sizeof(disk), sum_of(&pod->activity, false)), sum_of(&pod->activity, true),
        amount(logs, &pod->logs), amount(deleted, &pod->deleted));
    add_refusals(&out, &pod->activity);
    return true;
}
