// SPDX-License-Identifier: Apache-2.0
/* The log's entries as sentences. */
#include "core/view/words.h"

#include "base/line.h"
#include "base/str.h"
#include "base/units.h"

#include <errno.h>

#define WORD(list, i) ((i) < sizeof(list) / sizeof((list)[0]) && (list)[i] ? (list)[i] : "?")

static void add_duration(struct rp_line *line, rp_ns duration_ns)
{
    char text[RP_UNITS_MAX];
    rp_line_add(line, rp_format_duration(text, sizeof(text), duration_ns));
}

static void add_reason(struct rp_line *line, unsigned reason)
{
    if (reason == RP_REASON_NONE)
        return;
    rp_line_add(line, ", ");
    rp_line_add(line, rp_reason_sentence((enum rp_reason)reason));
}

static void phase_text(struct rp_line *line, const struct rp_log_entry *entry)
{
    rp_line_add(line, "phase ");
    rp_line_add(line, rp_phase_word(entry->a));
    if (entry->b == RP_DANGER_NONE)
        return;
    rp_line_add(line, ": ");
    rp_line_add(line, rp_danger_word(entry->b));
    if (entry->value >= 0) {
        rp_line_add(line, ", crossing in ");
        add_duration(line, (rp_ns)entry->value);
    }
}

static void action_text(struct rp_line *line, const struct rp_log_entry *entry)
{
    rp_line_add(line, rp_action_info((enum rp_action_kind)entry->a)->word);
    rp_line_add(line, " ");
    rp_line_add(line, entry->pod);
    rp_line_add(line, ": ");
    rp_line_add(line, rp_outcome_word(entry->b));
    add_reason(line, entry->c);
}

static void checkpoint_text(struct rp_line *line, const struct rp_log_entry *entry)
{
    rp_line_add(line, "checkpoint of ");
    rp_line_add(line, entry->pod);
    rp_line_add(line, ": ");
    rp_line_add(line, rp_checkpoint_word(entry->a));
    if (entry->value > 0) {
        rp_line_add(line, " after ");
        add_duration(line, (rp_ns)entry->value);
    }
    add_reason(line, entry->c);
}

static void oom_text(struct rp_line *line, const struct rp_log_entry *entry)
{
    static const char *const what[] = {"?", "the kernel starts an OOM kill", "the kernel chose an OOM victim",
                                       "the kernel kills a process"};
    rp_line_add(line, WORD(what, entry->a));
    if (entry->pod[0]) {
        rp_line_add(line, " in ");
        rp_line_add(line, entry->pod);
    }
    if (entry->value > 0) {
        rp_line_add(line, ", pid ");
        rp_line_add_i64(line, entry->value);
    }
}

/* What the kernel chose, against what was expected. */
static void oom_rank_text(struct rp_line *line, const struct rp_log_entry *entry)
{
    static const char *const walls[RP_OOM_COUNTS] = {
        [RP_OOM_NODE] = "the node's memory", [RP_OOM_PODS] = "the limit of all pods", [RP_OOM_OWN] = "its own limit"};
    rp_line_add(line, "the kernel's choice at ");
    rp_line_add(line, WORD(walls, entry->a));
    rp_line_add(line, ", ");
    rp_line_add(line, entry->pod[0] ? entry->pod : "a process outside of the pods");
    if (entry->b == 0) {
        rp_line_add(line, ", was not among the candidates");
        return;
    }
    rp_line_add(line, entry->c == 1 ? ", was expected" : entry->c > 1 ? ", was one of " : ", was not expected: rank ");
    if (entry->c != 1)
        rp_line_add_u64(line, entry->c ? entry->c : entry->b);
    rp_line_add(line, entry->c > 1 ? " that were expected" : "");
}

static void pod_text(struct rp_line *line, const struct rp_log_entry *entry)
{
    static const char *const what[] = {"?", " appeared", " is gone", " asks for protection beyond the budget"};
    rp_line_add(line, "pod ");
    rp_line_add(line, entry->pod);
    rp_line_add(line, WORD(what, entry->a));
}

/* ---- troubles */

static void pids_text(struct rp_line *line, const struct rp_log_entry *entry)
{
    const bool pods = entry->a == RP_CGROUP_POD,
               containers = entry->a == RP_CGROUP_CONTAINER || entry->a == RP_CGROUP_INSIDE;
    rp_line_add(line, "fork refused in ");
    rp_line_add(line, entry->pod);
    rp_line_add(line, pods         ? " by its own pids.max"
                      : containers ? " by its container's pids.max"
                                   : " by a pids.max above it");
    if (entry->value > 0) {
        rp_line_add(line, " of ");
        rp_line_add_i64(line, entry->value);
    }
}

static void fork_text(struct rp_line *line, const struct rp_log_entry *entry)
{
    rp_line_add(line, "fork failed in ");
    rp_line_add(line, entry->pod);
    if (entry->a == EAGAIN)
        rp_line_add(line, ": the node allows no more tasks");
    else if (entry->a == ENOMEM)
        rp_line_add(line, ": the node has no memory for it");
    else
        rp_line_add(line, ": the node is short of something");
}

static void space_text(struct rp_line *line, const struct rp_log_entry *entry)
{
    char roles[64];
    rp_roles_text(entry->a, roles, sizeof(roles));
    rp_line_add(line, "no space for a write of ");
    rp_line_add(line, entry->pod);
    rp_line_add(line, roles[0] ? " on " : "");
    rp_line_add(line, roles);
}

static void hardware_text(struct rp_line *line, const struct rp_log_entry *entry)
{
    static const char *const texts[RP_WARNING_MAX] = {
        [RP_HARDWARE_MEMORY_CORRECTED] = "a memory error was corrected",
        [RP_HARDWARE_MEMORY_UNCORRECTED] = "a memory error could not be corrected",
        [RP_HARDWARE_MACHINE_CHECK] = "machine check",
        [RP_HARDWARE_PAGE_LOST] = "the kernel took a page out of use",
        [RP_HARDWARE_BLOCK_ERROR] = "a request to a block device failed",
        [RP_WARNING_EDAC_CORRECTED] = "a memory controller counts a corrected error",
        [RP_WARNING_EDAC_UNCORRECTED] = "a memory controller counts an uncorrected error",
    };
    rp_line_add(line, "hardware: ");
    rp_line_add(line, WORD(texts, entry->a));
}

static bool trouble_text(struct rp_line *line, const struct rp_log_entry *entry)
{
    switch (entry->kind) {
    case RP_LOG_PIDS:
        pids_text(line, entry);
        return true;
    case RP_LOG_FORK:
        fork_text(line, entry);
        return true;
    case RP_LOG_SPACE:
        space_text(line, entry);
        return true;
    case RP_LOG_HARDWARE:
        hardware_text(line, entry);
        return true;
    default:
        return false;
    }
}

void rp_log_text(const struct rp_log_entry *entry, char *dst, size_t size)
{
    struct rp_line line;
    rp_line_init(&line, dst, size);
    switch (entry->kind) {
    case RP_LOG_PHASE:
        phase_text(&line, entry);
        break;
    case RP_LOG_ACTION:
        action_text(&line, entry);
        break;
    case RP_LOG_OOM:
        oom_text(&line, entry);
        break;
    case RP_LOG_OOM_RANK:
        oom_rank_text(&line, entry);
        break;
    case RP_LOG_CHECKPOINT:
        checkpoint_text(&line, entry);
        break;
    case RP_LOG_MODE:
        rp_line_add(&line, "mode ");
        rp_line_add(&line, rp_mode_word(entry->a));
        add_reason(&line, entry->c);
        break;
    case RP_LOG_LOST:
        rp_line_add_i64(&line, entry->value);
        rp_line_add(&line, " kernel events lost");
        break;
    case RP_LOG_PODS:
        pod_text(&line, entry);
        break;
    case RP_LOG_SOURCE:
        rp_line_add(&line, "source ");
        rp_line_add(&line, rp_source_word(entry->a));
        rp_line_add(&line, entry->b ? " works" : " failed");
        break;
    case RP_LOG_POLICY:
        rp_line_add(&line, "configuration reloaded");
        break;
    default:
        if (!trouble_text(&line, entry))
            rp_line_add(&line, "?");
        break;
    }
    rp_sanitize(dst);
}
