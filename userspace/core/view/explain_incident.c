// SPDX-License-Identifier: Apache-2.0
/* Why and how an incident went: its time line, deeds, and those who were spared. */
#include "core/view/explain.h"

#include "base/str.h"
#include "base/units.h"
#include "core/model/table.h"
#include "core/view/explain_parts.h"
#include "core/view/words.h"

#define SPARED_SHOWN  8
#define SPARED_GROWTH RP_MIB /* per second: who grows less is not worth a line */

const char *rp_standing_phrase(const struct rp_pod *pod)
{
    if (pod->self)
        return "Reprieve itself: never touched";
    if (pod->protected_)
        return "protected: never touched, and others give way for it";
    if (pod->critical)
        return "critical or static: never touched";
    if (pod->over_budget)
        return "not protected, although it asks for that: the budget for protection is used up";
    if (pod->contract_broken)
        return "misdeclared, so never touched: `reprieve status` and its annotations tell what is wrong";
    if (!pod->has_facts && !pod->from_rule)
        return "unknown, so never touched: nobody told its name, requests and priority";
    if (pod->finished || pod->terminating)
        return "ending";
    return "expendable: it may be braked for the sake of protected ones";
}

void rp_explain_ago(struct rp_line *line, const struct rp_arena *arena, rp_ns t_ns)
{
    char text[RP_UNITS_MAX];
    rp_line_add(line, rp_format_duration(text, sizeof(text), arena->t_ns > t_ns ? arena->t_ns - t_ns : 0));
    rp_line_add(line, " ago");
}

static void add_bytes(struct rp_line *line, const char *before, int64_t bytes)
{
    char text[RP_UNITS_MAX];
    rp_line_add(line, before);
    rp_line_add(line, rp_format_bytes(text, sizeof(text), bytes));
}

static void add_duration(struct rp_line *line, const char *before, rp_ns duration_ns)
{
    char text[RP_UNITS_MAX];
    rp_line_add(line, before);
    rp_line_add(line, rp_format_duration(text, sizeof(text), duration_ns));
}

static void add_effect(struct rp_line *line, const struct rp_ledger *deed)
{
    if (deed->action.expected_bytes > 0)
        add_bytes(line, "; expected to free or keep ", deed->action.expected_bytes);
    if (!deed->measured)
        return;
    if (deed->usage_before_bytes >= 0 && deed->usage_after_bytes >= 0)
        add_bytes(line, ", it gave back ", deed->usage_before_bytes - deed->usage_after_bytes);
    if (deed->bought_ns == RP_NS_FOREVER)
        rp_line_add(line, ", and after it no crossing was foreseen any more");
    else if (deed->bought_ns > 0)
        add_duration(line, ", and bought ", deed->bought_ns);
    else
        rp_line_add(line, ", and bought no time");
}

void rp_explain_deed(struct rp_line *line, const struct rp_arena *arena, const struct rp_ledger *deed)
{
    char pod[RP_NAME_MAX];
    rp_cut(pod, sizeof(pod), deed->pod);
    rp_sanitize(pod);
    rp_line_add(line, "  ");
    rp_explain_ago(line, arena, deed->done_ns);
    rp_line_add(line, "  ");
    rp_line_add(line, rp_action_info((enum rp_action_kind)deed->action.kind)->word);
    rp_line_add(line, " ");
    rp_line_add(line, pod);
    rp_line_add(line, ": ");
    rp_line_add(line, rp_outcome_word(deed->state));
    rp_line_add(line, ", because ");
    rp_line_add(line, rp_reason_sentence((enum rp_reason)deed->action.reason));
    if (deed->reason != RP_REASON_NONE) {
        rp_line_add(line, deed->state == RP_OUTCOME_UNDONE ? "; undone, as " : "; ");
        rp_line_add(line, rp_reason_sentence((enum rp_reason)deed->reason));
    }
    add_effect(line, deed);
    if (deed->cost_ns > 0)
        add_duration(line, "; it was in force for ", deed->cost_ns);
    rp_line_add(line, "\n");
}

/* ---- the incident */

struct incident {
    rp_ns from_ns, to_ns; /* to 0: it goes on */
};

static const struct rp_log_entry *entry_at(const struct rp_arena *arena, uint64_t number)
{
    return &arena->log[number % RP_LOG_MAX];
}

static uint64_t first_entry(const struct rp_arena *arena)
{
    return arena->log_n < RP_LOG_MAX ? 0 : arena->log_n - RP_LOG_MAX;
}

/* The last time that the phase left calm, as far as the log goes back. */
static bool find_incident(const struct rp_arena *arena, struct incident *ret)
{
    bool found = false, calm = true;
    for (uint64_t i = first_entry(arena); i < arena->log_n; i++) {
        const struct rp_log_entry *entry = entry_at(arena, i);
        if (entry->kind != RP_LOG_PHASE)
            continue;
        if (entry->a == RP_PHASE_CALM) {
            ret->to_ns = entry->t_ns;
        } else if (calm) {
            *ret = (struct incident){.from_ns = entry->t_ns};
            found = true;
        }
        calm = entry->a == RP_PHASE_CALM;
    }
    return found;
}

static bool within(const struct incident *incident, rp_ns t_ns)
{
    return t_ns >= incident->from_ns && (incident->to_ns == 0 || t_ns <= incident->to_ns);
}

static void say_course(struct rp_line *line, const struct rp_arena *arena, const struct incident *incident)
{
    char text[400];
    rp_line_add(line, "How it went:\n");
    for (uint64_t i = first_entry(arena); i < arena->log_n; i++) {
        const struct rp_log_entry *entry = entry_at(arena, i);
        if (!within(incident, entry->t_ns) || entry->kind == RP_LOG_ACTION)
            continue;
        rp_log_text(entry, text, sizeof(text));
        rp_line_add(line, "  ");
        rp_explain_ago(line, arena, entry->t_ns);
        rp_line_add(line, "  ");
        rp_line_add(line, text);
        rp_line_add(line, "\n");
    }
}

static void say_deeds(struct rp_line *line, const struct rp_arena *arena, const struct incident *incident)
{
    const uint64_t n = arena->ledger_n < RP_LEDGER_MAX ? arena->ledger_n : RP_LEDGER_MAX;
    uint32_t shown = 0;
    for (uint64_t i = arena->ledger_n - n; i < arena->ledger_n; i++) {
        const struct rp_ledger *deed = &arena->ledger[i % RP_LEDGER_MAX];
        if (!within(incident, deed->done_ns))
            continue;
        if (shown++ == 0)
            rp_line_add(line, "What was done:\n");
        rp_explain_deed(line, arena, deed);
    }
    if (shown == 0)
        rp_line_add(line, "Nothing was done.\n");
}

static bool was_touched(const struct rp_arena *arena, uint32_t pod, const struct incident *incident)
{
    const uint64_t n = arena->ledger_n < RP_LEDGER_MAX ? arena->ledger_n : RP_LEDGER_MAX;
    for (uint64_t i = arena->ledger_n - n; i < arena->ledger_n; i++) {
        const struct rp_ledger *deed = &arena->ledger[i % RP_LEDGER_MAX];
        if (deed->action.pod == pod && within(incident, deed->done_ns))
            return true;
    }
    return false;
}

/* Those who stood near the front or grow, and were left alone. */
static void say_spared(struct rp_line *line, struct rp_arena *arena, const struct incident *incident)
{
    uint32_t shown = 0;
    for (uint32_t i = 0; i < arena->pods.used && shown < SPARED_SHOWN; i++) {
        const struct rp_pod *pod = rp_pod_in(arena, i);
        char label[RP_NAME_MAX];
        const bool matters = (pod->rank > 0 && pod->rank <= 3) || pod->growth_bytes_per_s > SPARED_GROWTH;
        if (!pod->live || !matters || was_touched(arena, i, incident))
            continue;
        if (shown++ == 0)
            rp_line_add(line, "Left alone:\n");
        rp_pod_label(pod, label, sizeof(label));
        rp_line_add(line, "  ");
        rp_line_add(line, label);
        rp_line_add(line, ": ");
        rp_line_add(line, rp_standing_phrase(pod));
        rp_line_add(line, "\n");
    }
}

void rp_explain_incident(struct rp_arena *arena, char *dst, size_t size)
{
    struct incident incident = {0};
    struct rp_line line;
    char sentence[256];
    rp_line_init(&line, dst, size);
    if (!find_incident(arena, &incident)) {
        rp_line_add(&line, "There was no incident, as far back as the guard remembers.\n");
        return;
    }
    rp_line_add(&line, "The incident began ");
    rp_explain_ago(&line, arena, incident.from_ns);
    if (incident.to_ns) {
        add_duration(&line, " and lasted ", incident.to_ns - incident.from_ns);
        rp_line_add(&line, ".\n");
    } else {
        rp_headline(arena, sentence, sizeof(sentence));
        rp_line_add(&line, " and goes on: ");
        rp_line_add(&line, sentence);
        rp_line_add(&line, ".\n");
    }
    say_course(&line, arena, &incident);
    say_deeds(&line, arena, &incident);
    say_spared(&line, arena, &incident);
}
