// SPDX-License-Identifier: Apache-2.0
#include "cli/render.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/num.h"
#include "base/str.h"
#include "base/units.h"
#include "cli/text_kubelet.h"
#include "cli/text_oom.h"
#include "cli/text_senses.h"
#include "core/oom/own_limit.h"
#include "core/view/words.h"

#define PODS_SHOWN   64
#define DOINGS_SHOWN 8
#define LIMITS_SHOWN 8
#define EVENTS_SHOWN 8
#define BAR_WIDTH    24

struct page {
    FILE *out;
    struct rp_arena *arena;
    int rows; /* left; negative: no limit */
};

static bool room(struct page *page)
{
    if (page->rows == 0)
        return false;
    if (page->rows > 0)
        page->rows--;
    return true;
}

/* "####|....": how much of the capacity is used, and where the threshold lies. */
static void bar(char *dst, const struct rp_forecast *f)
{
    int64_t capacity = f->capacity > 0 ? f->capacity : 1;
    int used = (int)((capacity - f->available) * BAR_WIDTH / capacity);
    int limit = (int)((capacity - f->threshold) * BAR_WIDTH / capacity);
    for (int i = 0; i < BAR_WIDTH; i++)
        dst[i] = i == limit || (i == BAR_WIDTH - 1 && limit >= BAR_WIDTH) ? '|' : i < used ? '#' : '.';
    dst[BAR_WIDTH] = '\0';
}

static const char *quantity(char dst[RP_UNITS_MAX], unsigned danger, int64_t value)
{
    if (rp_danger_info(danger)->unit == RP_UNIT_BYTES)
        return rp_format_bytes(dst, RP_UNITS_MAX, value);
    (void)snprintf(dst, RP_UNITS_MAX, "%" PRId64, value);
    return dst;
}

static void signal_line(struct page *page, unsigned danger)
{
    const struct rp_forecast *f = &page->arena->forecasts[danger];
    char cells[BAR_WIDTH + 1], available[RP_UNITS_MAX], threshold[RP_UNITS_MAX], growth[RP_UNITS_MAX];
    char times[3][RP_UNITS_MAX], missing[160];
    if (!rp_danger_shown(page->arena, danger) || !room(page))
        return;
    if (f->missing & (RP_MISSING_READING | RP_MISSING_THRESHOLD)) {
        rp_missing_text(f->missing, missing, sizeof(missing));
        fprintf(page->out, "  %-27s %s\n", rp_danger_word(danger), missing);
        return;
    }
    bar(cells, f);
    fprintf(page->out, "  %-27s [%s] %9s free of threshold %-9s %9s/s  ", rp_danger_word(danger), cells,
            quantity(available, danger, f->available), quantity(threshold, danger, f->threshold),
            quantity(growth, danger, -f->growth_per_s));
    if (f->state == RP_FORECAST_CROSSING)
        fprintf(page->out, "crosses in %s (%s - %s), %u %% within 60 s%s\n",
                rp_format_duration(times[0], RP_UNITS_MAX, f->median_ns),
                rp_format_duration(times[1], RP_UNITS_MAX, f->early_ns),
                rp_format_duration(times[2], RP_UNITS_MAX, f->late_ns), (f->within_60s_permille + 5u) / 10u,
                f->burst ? ", burst" : "");
    else
        fprintf(page->out, "%s\n", rp_forecast_word(f->state));
}

/* Tasks, file systems, and hardware that gave cause. */
static void senses(struct page *page)
{
    char line[RP_SENSE_LINE];
    if (rp_text_tasks(page->arena, line) && room(page))
        fprintf(page->out, "%s\n", line);
    for (uint32_t i = 0; i < RP_FILESYSTEMS_MAX; i++)
        if (rp_text_filesystem(page->arena, i, line) && room(page))
            fprintf(page->out, "%s\n", line);
    for (uint32_t i = 0; i < RP_WARNING_MAX; i++)
        if (rp_text_hardware(page->arena, i, line) && room(page))
            fprintf(page->out, "%s\n", line);
}

static void kernel_victims(struct page *page)
{
    char line[RP_SENSE_LINE];
    for (unsigned wall = 0; wall < RP_OOM_WALLS; wall++)
        if (rp_text_kernel_victims(page->arena, wall, line) && room(page))
            fprintf(page->out, "%s\n", line);
}

static void head(struct page *page)
{
    const struct rp_arena *arena = page->arena;
    char sentence[256], version[sizeof(arena->agent.version)], node[RP_NAME_MAX], line[RP_SENSE_LINE];
    rp_headline(arena, sentence, sizeof(sentence));
    rp_cut(version, sizeof(version), arena->agent.version);
    rp_cut(node, sizeof(node), arena->policy.node_name);
    rp_sanitize(node);
    const char *why = arena->agent.mode_reason ? rp_reason_sentence((enum rp_reason)arena->agent.mode_reason) : "";
    if (room(page))
        fprintf(page->out, "%s  %s mode%s%s%s  phase %s\n", node, rp_mode_word(arena->agent.mode), why[0] ? " (" : "",
                why, why[0] ? ")" : "", rp_phase_word(arena->ladder.phase));
    if (room(page))
        fprintf(page->out, "%s\n", sentence);
    for (unsigned d = 0; d < RP_DANGER_MAX; d++)
        signal_line(page, d);
    if (rp_text_kubelet(arena, line) && room(page))
        fprintf(page->out, "%s\n", line);
    kernel_victims(page);
    senses(page);
}

/* Only what is wrong; a source that works is not worth a line. */
static void sources(struct page *page)
{
    for (unsigned i = 0; i < RP_SOURCE_MAX; i++) {
        const struct rp_fact_source *source = &page->arena->node.sources[i];
        char error[sizeof(source->error)];
        rp_cut(error, sizeof(error), source->error);
        rp_sanitize(error);
        if (source->configured && (!source->ok || error[0]) && room(page))
            fprintf(page->out, "  source %s: %s%s\n", rp_source_word(i), source->ok ? "works, but " : "", error);
    }
}

static void complaints(struct page *page)
{
    for (uint32_t i = 0; i < page->arena->agent.complaints_n && i < RP_COMPLAINTS_MAX; i++)
        if (room(page))
            fprintf(page->out, "  not seen here: %s\n", page->arena->agent.complaints[i].text);
}

static void recorder(struct page *page)
{
    const struct rp_recorder_view *view = &page->arena->agent.recorder;
    char bytes[RP_UNITS_MAX], age[RP_UNITS_MAX];
    if (page->arena->agent.guard_pid == 0 || !room(page)) /* a replay: nobody records */
        return;
    if (!view->on)
        fprintf(page->out, "  recording off\n");
    else if (view->error)
        fprintf(page->out, "  recording FAILS: %s; %llu inputs lost\n", strerror(-view->error),
                (unsigned long long)view->dropped);
    else if (!view->written_ns)
        fprintf(page->out, "  recording on, nothing written yet\n");
    else
        fprintf(page->out, "  recording on, %s written, up to %s ago; %llu inputs lost\n",
                rp_format_bytes(bytes, sizeof(bytes), rp_i64_of_u64(view->bytes)),
                rp_format_duration(age, sizeof(age), rp_sub_sat_u64(page->arena->t_ns, view->written_ns)),
                (unsigned long long)view->dropped);
}

/* ---- pods */

static bool goes_above(const struct rp_pod *a, const struct rp_pod *b)
{
    if ((a->rank == 0) != (b->rank == 0))
        return a->rank != 0;
    return a->rank != b->rank ? a->rank < b->rank : a->working_set_bytes > b->working_set_bytes;
}

static uint32_t sort_pods(struct rp_arena *arena, struct rp_pod **order)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        struct rp_pod *pod = rp_pod_at(arena, i);
        if (!pod->live || (n == PODS_SHOWN && !goes_above(pod, order[n - 1])))
            continue;
        uint32_t at = n < PODS_SHOWN ? n++ : n - 1;
        for (; at > 0 && goes_above(pod, order[at - 1]); at--)
            order[at] = order[at - 1];
        order[at] = pod;
    }
    return n;
}

static const char *standing(const struct rp_pod *pod)
{
    if (pod->protected_)
        return "protected";
    if (pod->over_budget)
        return "over budget";
    if (pod->critical)
        return "critical";
    if (!pod->has_facts && !pod->from_rule)
        return "unknown";
    return pod->contract_broken ? "misdeclared" : "expendable";
}

static void brakes_text(const struct rp_pod *pod, char *dst, size_t size)
{
    size_t n = 0;
    dst[0] = '\0';
    for (int i = 0; i < RP_BRAKES_MAX; i++) {
        const struct rp_brake *brake = &pod->brakes[i];
        bool imagined = brake->state == RP_OUTCOME_OBSERVED;
        if (brake->kind == RP_ACTION_NONE || (brake->state != RP_OUTCOME_DONE && !imagined))
            continue;
        int wrote = snprintf(dst + n, size - n, "%s%s%s", n ? " " : "", imagined ? "would-" : "",
                             rp_action_info((enum rp_action_kind)brake->kind)->word);
        if (wrote < 0 || (size_t)wrote >= size - n)
            return;
        n += (size_t)wrote;
    }
}

static void checkpoint_text(const struct rp_arena *arena, const struct rp_pod *pod, char *dst, size_t size)
{
    char age[RP_UNITS_MAX];
    const struct rp_checkpoint *checkpoint = &pod->checkpoint;
    if (pod->contract.trigger == RP_TRIGGER_NONE)
        (void)snprintf(dst, size, "-");
    else if (checkpoint->state == RP_CHECKPOINT_ACKED)
        (void)snprintf(dst, size, "%s ago", rp_format_duration(age, sizeof(age), arena->t_ns - checkpoint->acked_ns));
    else
        (void)snprintf(dst, size, "%s", rp_checkpoint_word(checkpoint->state));
}

static void pod_line(struct page *page, const struct rp_pod *pod)
{
    char label[RP_POD_NAME_MAX + RP_NS_MAX + 1], name[27], used[RP_UNITS_MAX], request[RP_UNITS_MAX];
    char growth[RP_UNITS_MAX], brakes[80], checkpoint[40], rank[12];
    rp_pod_label(pod, label, sizeof(label));
    rp_cut(name, sizeof(name), label);
    brakes_text(pod, brakes, sizeof(brakes));
    checkpoint_text(page->arena, pod, checkpoint, sizeof(checkpoint));
    (void)snprintf(rank, sizeof(rank), pod->rank ? "%u" : "-", pod->rank);
    if (room(page))
        fprintf(page->out, "  %4s  %-26s %-11s %-11s %5u %9s %9s %9s/s  %-16s %s\n", rank, name, rp_qos_word(pod->qos),
                standing(pod), pod->value,
                pod->working_set_known ? rp_format_bytes(used, sizeof(used), pod->working_set_bytes) : "?",
                pod->has_facts ? rp_format_bytes(request, sizeof(request), pod->request_bytes) : "?",
                rp_format_bytes(growth, sizeof(growth), pod->growth_bytes_per_s), checkpoint, brakes);
}

static void doings(struct page *page, struct rp_pod **order, uint32_t n)
{
    char line[RP_SENSE_LINE];
    uint32_t shown = 0;
    for (uint32_t i = 0; i < n && shown < DOINGS_SHOWN; i++) {
        if (!rp_text_doings(page->arena, order[i], line))
            continue;
        if (shown++ == 0 && room(page))
            fprintf(page->out, "\n%s\n", rp_text_doings_head);
        if (room(page))
            fprintf(page->out, "%s\n", line);
    }
}

static void own_limits(struct page *page)
{
    char line[RP_SENSE_LINE];
    uint32_t nearest[LIMITS_SHOWN];
    const uint32_t n = rp_own_limits_nearest(page->arena, LIMITS_SHOWN, nearest);
    if (n > 0 && room(page))
        fprintf(page->out, "\n%s\n", rp_text_own_limit_head);
    for (uint32_t i = 0; i < n; i++) {
        rp_text_own_limit(page->arena, rp_pod_at(page->arena, nearest[i]), line);
        if (room(page))
            fprintf(page->out, "%s\n", line);
    }
}

static void pods(struct page *page)
{
    struct rp_pod *order[PODS_SHOWN];
    uint32_t n = sort_pods(page->arena, order);
    if (room(page))
        fprintf(page->out, "\n  RANK  %-26s %-11s %-11s VALUE %9s %9s %11s  %-16s BRAKES\n", "POD", "QOS", "STANDING",
                "USED", "REQUEST", "GROWTH", "CHECKPOINT");
    for (uint32_t i = 0; i < n; i++)
        pod_line(page, order[i]);
    if (n == 0 && room(page))
        fprintf(page->out, "  no pods and no configured workloads yet\n");
    own_limits(page);
    doings(page, order, n);
}

static void clock_text(const struct rp_arena *arena, rp_ns t_ns, char *dst, size_t size)
{
    time_t wall = (time_t)(((int64_t)t_ns + arena->agent.realtime_offset_ns) / (int64_t)RP_NS_PER_S);
    struct tm tm;
    if (!localtime_r(&wall, &tm) || strftime(dst, size, "%H:%M:%S", &tm) == 0)
        (void)snprintf(dst, size, "?");
}

static void events(struct page *page)
{
    const struct rp_arena *arena = page->arena;
    uint64_t n = arena->log_n < EVENTS_SHOWN ? arena->log_n : EVENTS_SHOWN;
    if (n && room(page))
        fprintf(page->out, "\n");
    for (uint64_t i = arena->log_n - n; i < arena->log_n; i++) {
        char when[16], text[400];
        clock_text(arena, arena->log[i % RP_LOG_MAX].t_ns, when, sizeof(when));
        rp_log_text(&arena->log[i % RP_LOG_MAX], text, sizeof(text));
        if (room(page))
            fprintf(page->out, "  %s  %s\n", when, text);
    }
}

void rp_render_text(FILE *out, struct rp_arena *arena, int rows)
{
    struct page page = {.out = out, .arena = arena, .rows = rows ? rows : -1};
    head(&page);
    sources(&page);
    recorder(&page);
    complaints(&page);
    pods(&page);
    events(&page);
}
