// SPDX-License-Identifier: Apache-2.0
#include "core/view/words.h"

#include "base/line.h"
#include "base/str.h"
#include "base/units.h"

#define WORD(list, i) ((i) < sizeof(list) / sizeof((list)[0]) && (list)[i] ? (list)[i] : "?")

const char *rp_danger_word(unsigned danger)
{
    return danger == RP_DANGER_NONE ? "none" : rp_danger_info(danger)->word;
}

const char *rp_unit_word(unsigned unit)
{
    static const char *const words[] = {
        [RP_UNIT_BYTES] = "bytes", [RP_UNIT_INODES] = "inodes", [RP_UNIT_TASKS] = "tasks"};
    return WORD(words, unit);
}

const char *rp_condition_word(unsigned condition)
{
    static const char *const words[] = {[RP_CONDITION_MEMORY] = "MemoryPressure",
                                        [RP_CONDITION_DISK] = "DiskPressure",
                                        [RP_CONDITION_PID] = "PIDPressure"};
    return WORD(words, condition);
}

const char *rp_layout_word(unsigned layout)
{
    static const char *const words[] = {
        [RP_LAYOUT_SINGLE] = "single", [RP_LAYOUT_DEDICATED] = "dedicated", [RP_LAYOUT_SPLIT] = "split"};
    return WORD(words, layout);
}

const char *rp_excess_word(unsigned excess)
{
    static const char *const words[] = {[RP_EXCESS_NONE] = "none",
                                        [RP_EXCESS_VOLUME] = "volume",
                                        [RP_EXCESS_POD] = "pod",
                                        [RP_EXCESS_CONTAINER] = "container"};
    return WORD(words, excess);
}

const char *rp_forecast_word(unsigned state)
{
    static const char *const words[] = {
        [RP_FORECAST_ABSTAIN] = "abstain",
        [RP_FORECAST_CALM] = "calm",
        [RP_FORECAST_CROSSING] = "crossing",
        [RP_FORECAST_CROSSED] = "crossed",
    };
    return WORD(words, state);
}

const char *rp_phase_word(unsigned phase)
{
    static const char *const words[] = {[RP_PHASE_CALM] = "calm", [RP_PHASE_WATCH] = "watch", [RP_PHASE_ACT] = "act"};
    return WORD(words, phase);
}

const char *rp_mode_word(unsigned mode)
{
    static const char *const words[] = {[RP_MODE_OBSERVE] = "observe", [RP_MODE_ENFORCE] = "enforce"};
    return WORD(words, mode);
}

const char *rp_outcome_word(unsigned state)
{
    static const char *const words[] = {
        [RP_OUTCOME_DONE] = "done",       [RP_OUTCOME_OBSERVED] = "observed",  [RP_OUTCOME_REFUSED] = "refused",
        [RP_OUTCOME_FAILED] = "failed",   [RP_OUTCOME_PENDING] = "pending",    [RP_OUTCOME_UNDONE] = "undone",
        [RP_OUTCOME_LEFT] = "left-alone", [RP_OUTCOME_ACKED] = "acknowledged", [RP_OUTCOME_TIMED_OUT] = "timed-out",
    };
    return WORD(words, state);
}

const char *rp_checkpoint_word(unsigned state)
{
    static const char *const words[] = {
        [RP_CHECKPOINT_IDLE] = "idle",     [RP_CHECKPOINT_REQUESTED] = "requested", [RP_CHECKPOINT_ACKED] = "acked",
        [RP_CHECKPOINT_FAILED] = "failed", [RP_CHECKPOINT_TIMED_OUT] = "timed-out",
    };
    return WORD(words, state);
}

const char *rp_qos_word(unsigned qos)
{
    static const char *const words[] = {
        [RP_QOS_UNKNOWN] = "unknown",
        [RP_QOS_GUARANTEED] = "Guaranteed",
        [RP_QOS_BURSTABLE] = "Burstable",
        [RP_QOS_BEST_EFFORT] = "BestEffort",
    };
    return WORD(words, qos);
}

const char *rp_source_word(unsigned source)
{
    static const char *const words[RP_SOURCE_MAX] = {
        [RP_SOURCE_PODS] = "pods", [RP_SOURCE_CONFIGZ] = "configz", [RP_SOURCE_SUMMARY] = "stats-summary"};
    return WORD(words, source);
}

const char *rp_hook_word(unsigned state)
{
    static const char *const words[] = {[RP_HOOK_MISSING] = "missing",
                                        [RP_HOOK_REFUSED] = "refused",
                                        [RP_HOOK_ATTACHED] = "attached",
                                        [RP_HOOK_OFF] = "off",
                                        [RP_HOOK_SPARE] = "spare"};
    return WORD(words, state);
}

const char *rp_warning_word(unsigned kind)
{
    static const char *const words[RP_WARNING_MAX] = {
        [RP_HARDWARE_MEMORY_CORRECTED] = "memory-corrected", [RP_HARDWARE_MEMORY_UNCORRECTED] = "memory-uncorrected",
        [RP_HARDWARE_MACHINE_CHECK] = "machine-check",       [RP_HARDWARE_PAGE_LOST] = "page-lost",
        [RP_HARDWARE_BLOCK_ERROR] = "block-error",           [RP_WARNING_EDAC_CORRECTED] = "edac-corrected",
        [RP_WARNING_EDAC_UNCORRECTED] = "edac-uncorrected",
    };
    return WORD(words, kind);
}

const char *rp_role_word(unsigned bit)
{
    static const char *const words[] = {"nodefs", "imagefs", "containerfs", "logs"};
    return WORD(words, bit);
}

const char *rp_oom_wall_word(unsigned wall)
{
    static const char *const words[RP_OOM_COUNTS] = {
        [RP_OOM_NODE] = "node", [RP_OOM_PODS] = "pods", [RP_OOM_OWN] = "own-limit"};
    return WORD(words, wall);
}

const char *rp_oom_dies_word(unsigned dies)
{
    static const char *const words[] = {
        [RP_OOM_DIES_UNKNOWN] = "unknown", [RP_OOM_DIES_PROCESS] = "process", [RP_OOM_DIES_GROUP] = "group"};
    return WORD(words, dies);
}

const char *rp_oom_evidence_word(unsigned evidence)
{
    static const char *const words[] = {
        [RP_OOM_WEIGHED] = "weighed", [RP_OOM_COMPUTED] = "computed", [RP_OOM_GUESSED] = "guessed"};
    return WORD(words, evidence);
}

void rp_pod_label(const struct rp_pod *pod, char *dst, size_t size)
{
    struct rp_line line;
    rp_line_init(&line, dst, size);
    if (pod->namespace_[0]) {
        rp_line_add(&line, pod->namespace_);
        rp_line_add(&line, "/");
    }
    rp_line_add(&line, pod->name[0] ? pod->name : pod->uid);
    rp_sanitize(dst);
}

static void add_duration(struct rp_line *line, rp_ns duration_ns)
{
    char text[RP_UNITS_MAX];
    rp_line_add(line, rp_format_duration(text, sizeof(text), duration_ns));
}

static void add_percent(struct rp_line *line, unsigned permille)
{
    rp_line_add_u64(line, (permille + 5) / 10);
    rp_line_add(line, " %");
}

bool rp_danger_shown(const struct rp_arena *arena, unsigned danger)
{
    const bool kubelets = rp_danger_info(danger)->memory && danger != RP_DANGER_PODS_OOM;
    return kubelets || !(arena->forecasts[danger].missing & (RP_MISSING_READING | RP_MISSING_THRESHOLD));
}

static unsigned leading(const struct rp_arena *arena)
{
    if (arena->ladder.danger < RP_DANGER_MAX)
        return arena->ladder.danger;
    unsigned best = RP_DANGER_KUBELET_MEMORY;
    for (unsigned d = 0; d < RP_DANGER_MAX; d++)
        if (rp_danger_info(d)->memory && arena->forecasts[d].state == RP_FORECAST_CROSSING &&
            arena->forecasts[d].median_ns < arena->forecasts[best].median_ns)
            best = d;
    return best;
}

void rp_headline(const struct rp_arena *arena, char *dst, size_t size)
{
    unsigned danger = leading(arena);
    const struct rp_forecast *f = &arena->forecasts[danger];
    bool kernel = rp_danger_of_kernel(danger);
    struct rp_line line;
    rp_line_init(&line, dst, size);
    switch (f->state) {
    case RP_FORECAST_CROSSED:
        rp_line_add(&line, kernel ? "the kernel is out of memory now" : "over the threshold: the next look evicts");
        break;
    case RP_FORECAST_CROSSING:
        rp_line_add(&line, kernel ? "kernel OOM in about " : "evicts in about ");
        add_duration(&line, f->median_ns);
        rp_line_add(&line, " (");
        add_duration(&line, f->early_ns);
        rp_line_add(&line, " - ");
        add_duration(&line, f->late_ns);
        rp_line_add(&line, "), ");
        add_percent(&line, f->within_60s_permille);
        rp_line_add(&line, " within 60 s");
        break;
    case RP_FORECAST_CALM:
        rp_line_add(&line, "calm: no eviction foreseen");
        return;
    default:
        rp_line_add(&line, "no forecast: ");
        rp_missing_text(f->missing, dst + line.len, size - line.len);
        return;
    }
    rp_line_add(&line, ", ");
    rp_line_add(&line, rp_danger_word(danger));
}

void rp_roles_text(uint32_t roles, char *dst, size_t size)
{
    struct rp_line line;
    rp_line_init(&line, dst, size);
    for (unsigned bit = 0; bit < RP_FILESYSTEMS_MAX; bit++) {
        if (!(roles & (1u << bit)))
            continue;
        rp_line_add(&line, line.len ? ", " : "");
        rp_line_add(&line, rp_role_word(bit));
    }
}

void rp_missing_text(uint32_t missing, char *dst, size_t size)
{
    static const struct {
        uint32_t bit;
        const char *text;
    } words[] = {
        {RP_MISSING_READING, "the signal cannot be read"},    {RP_MISSING_HISTORY, "too few readings yet"},
        {RP_MISSING_THRESHOLD, "no threshold is configured"}, {RP_MISSING_FACTS, "pod facts are unknown"},
        {RP_MISSING_FRESH, "the last reading is old"},
    };
    struct rp_line line;
    rp_line_init(&line, dst, size);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (!(missing & words[i].bit))
            continue;
        rp_line_add(&line, line.len ? ", " : "");
        rp_line_add(&line, words[i].text);
    }
}
