// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/num.h"
#include "base/str.h"
#include "base/units.h"
#include "cli/replay.h"
#include "core/view/words.h"

#define DIFFERENCES_TOLD 20
#define TIME_MAX         40

#define ONLY_WHAT_WAS_SEEN                                                                                             \
    "Only what was seen is replayed: what other actions would have changed cannot be known, so what really happened "  \
    "goes "                                                                                                            \
    "on as it did."

void rp_tale_init(struct rp_tale *tale, FILE *out)
{
    memset(tale, 0, sizeof(*tale));
    tale->out = out;
    tale->events = out ? NULL : json_array();
}

void rp_tale_deinit(struct rp_tale *tale)
{
    json_decref(tale->events);
    tale->events = NULL;
}

/* UTC, so that a recording reads alike everywhere. */
static const char *time_text(int64_t realtime_ns, char dst[static TIME_MAX])
{
    const int64_t second_ns = (int64_t)RP_NS_PER_S;
    const int64_t rest_ns = ((realtime_ns % second_ns) + second_ns) % second_ns;
    const time_t wall = (time_t)((realtime_ns - rest_ns) / second_ns);
    struct tm tm;
    char text[TIME_MAX - 8];
    if (!gmtime_r(&wall, &tm) || strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
        text[0] = '\0';
    (void)snprintf(dst, TIME_MAX, "%s.%03lldZ", text, (long long)(rest_ns / (int64_t)RP_NS_PER_MS));
    return dst;
}

static void event(struct rp_tale *tale, const struct rp_entry *entry, int64_t realtime_ns, const char *kind,
                  const char *text)
{
    char when[TIME_MAX], clean[512];
    const uint64_t sample = entry->frame.sample ? entry->frame.sample->number : 0;
    rp_cut(clean, sizeof(clean), text);
    rp_sanitize(clean);
    if (tale->out && sample)
        fprintf(tale->out, "%s #%-7llu %-9s %s\n", time_text(realtime_ns, when), (unsigned long long)sample, kind,
                clean);
    else if (tale->out)
        fprintf(tale->out, "%s %8s %-9s %s\n", realtime_ns ? time_text(realtime_ns, when) : "-", "", kind, clean);
    else
        (void)json_array_append_new(tale->events,
                                    json_pack("{ss so ss ss}", "time", time_text(realtime_ns, when), "sample",
                                              sample ? json_integer((json_int_t)sample) : json_null(), "kind", kind,
                                              "text", clean));
}

/* ---- what the core says of itself */

static void tell_log(struct rp_tale *tale, const struct rp_arena *arena, const struct rp_entry *entry)
{
    const uint64_t from = rp_max_u64(tale->log_n, rp_sub_sat_u64(arena->log_n, RP_LOG_MAX));
    for (uint64_t i = from; i < arena->log_n; i++) {
        const struct rp_log_entry *line = &arena->log[i % RP_LOG_MAX];
        char text[400];
        rp_log_text(line, text, sizeof(text));
        const int64_t ago_ns = rp_i64_of_u64(rp_sub_sat_u64(entry->frame.t_ns, line->t_ns));
        event(tale, entry, entry->realtime_ns - ago_ns, "log", text);
    }
    tale->log_n = arena->log_n;
}

/* ---- decisions */

static void pod_of(struct rp_arena *arena, const struct rp_action *action, char dst[static RP_NAME_MAX])
{
    char label[RP_POD_NAME_MAX + RP_NS_MAX + 1] = "?";
    const struct rp_pod *pod = rp_pod_at(arena, action->pod);
    if (pod)
        rp_pod_label(pod, label, sizeof(label));
    rp_cut(dst, RP_NAME_MAX, label);
}

static void action_text(struct rp_arena *arena, const struct rp_action *action, char *dst, size_t size)
{
    char pod[RP_NAME_MAX], bytes[RP_UNITS_MAX], gain[RP_UNITS_MAX + 20] = "";
    pod_of(arena, action, pod);
    if (action->expected_bytes > 0)
        (void)snprintf(gain, sizeof(gain), ", expects %s",
                       rp_format_bytes(bytes, sizeof(bytes), action->expected_bytes));
    (void)snprintf(dst, size, "%s%s %s: %s%s", action->undo ? "undo " : "",
                   rp_action_info((enum rp_action_kind)action->kind)->word, pod,
                   rp_reason_sentence((enum rp_reason)action->reason), gain);
}

static struct rp_tally *tally_of(struct rp_tale *tale, struct rp_arena *arena, const struct rp_action *action)
{
    for (uint32_t i = 0; i < tale->tallies_n; i++)
        if (tale->tallies[i].cgroup == action->cgroup && tale->tallies[i].kind == action->kind)
            return &tale->tallies[i];
    if (tale->tallies_n == RP_TALLIES_MAX) {
        tale->tallies_left_out++;
        return NULL;
    }
    struct rp_tally *tally = &tale->tallies[tale->tallies_n++];
    *tally = (struct rp_tally){.cgroup = action->cgroup, .kind = action->kind};
    pod_of(arena, action, tally->pod);
    return tally;
}

static void count(struct rp_tale *tale, struct rp_arena *arena, const struct rp_plan *plan, int64_t realtime_ns,
                  bool other)
{
    for (uint32_t i = 0; i < plan->actions_n; i++) {
        struct rp_tally *tally = plan->actions[i].undo ? NULL : tally_of(tale, arena, &plan->actions[i]);
        if (!tally)
            continue;
        int64_t *first = other ? &tally->other_first_ns : &tally->first_ns;
        *first = *first ? *first : realtime_ns;
        *(other ? &tally->other_times : &tally->times) += 1;
    }
}

static bool has(const struct rp_plan *plan, const struct rp_action *action)
{
    for (uint32_t i = 0; i < plan->actions_n; i++)
        if (plan->actions[i].cgroup == action->cgroup && plan->actions[i].kind == action->kind &&
            plan->actions[i].undo == action->undo)
            return true;
    return false;
}

static void tell_plan(struct rp_tale *tale, struct rp_arena *arena, const struct rp_plan *plan,
                      const struct rp_entry *entry, const char *kind)
{
    char text[400];
    for (uint32_t i = 0; i < plan->actions_n; i++) {
        action_text(arena, &plan->actions[i], text, sizeof(text));
        event(tale, entry, entry->realtime_ns, kind, text);
    }
}

/* Only what one of the two decides, with a sign in front. */
static void tell_both(struct rp_tale *tale, const struct rp_replayer *replayer, const struct rp_entry *entry)
{
    char text[400];
    for (uint32_t i = 0; i < replayer->plan.actions_n; i++) {
        const struct rp_action *action = &replayer->plan.actions[i];
        action_text(replayer->arena, action, text, sizeof(text));
        event(tale, entry, entry->realtime_ns, has(&replayer->other_plan, action) ? "both" : "- was", text);
    }
    for (uint32_t i = 0; i < replayer->other_plan.actions_n; i++) {
        const struct rp_action *action = &replayer->other_plan.actions[i];
        action_text(replayer->other, action, text, sizeof(text));
        if (!has(&replayer->plan, action))
            event(tale, entry, entry->realtime_ns, "+ would", text);
    }
    count(tale, replayer->arena, &replayer->plan, entry->realtime_ns, false);
    count(tale, replayer->other, &replayer->other_plan, entry->realtime_ns, true);
}

/* What was decided then, beside what this program decides: the finding that a replay is for. */
static void tell_difference(struct rp_tale *tale, const struct rp_replayer *replayer, const struct rp_entry *entry,
                            const struct rp_replayed *replayed)
{
    char text[200];
    if (tale->differences_told++ >= DIFFERENCES_TOLD)
        return;
    (void)snprintf(text, sizeof(text), "%s not as recorded (%s, block at %llu)",
                   replayed->plan_differs ? "the decision is" : "what is foreseen is", entry->file,
                   (unsigned long long)entry->offset);
    event(tale, entry, entry->realtime_ns, "DIFFERS", text);
    if (replayed->plan_differs)
        tell_plan(tale, replayer->arena, entry->frame.plan, entry, "recorded");
}

static void tell_sample(struct rp_tale *tale, const struct rp_replayer *replayer, const struct rp_entry *entry,
                        const struct rp_replayed *replayed)
{
    tell_log(tale, replayer->arena, entry);
    if (replayer->other)
        tell_both(tale, replayer, entry);
    else
        tell_plan(tale, replayer->arena, &replayer->plan, entry, "decides");
    if (replayed->plan_differs || replayed->state_differs)
        tell_difference(tale, replayer, entry, replayed);
}

/* ---- beginnings, gaps, damage */

static void tell_missing(struct rp_tale *tale, const struct rp_entry *entry, const struct rp_replayed *replayed)
{
    char text[120];
    (void)snprintf(text, sizeof(text), "%llu inputs before this are missing%s", (unsigned long long)replayed->missing,
                   replayed->step == RP_REPLAY_RESUMED ? "" : "; the replay goes on at the next keyframe");
    event(tale, entry, entry->realtime_ns, "GAP", text);
}

static void tell_beginning(struct rp_tale *tale, const struct rp_replayer *replayer, const struct rp_entry *entry,
                           bool start)
{
    char text[500];
    const struct rp_arena *arena = replayer->arena;
    (void)snprintf(text, sizeof(text), "%s %s, version %.48s, kernel %.60s, %s mode",
                   start ? "a guard starts on" : "goes on from the state of", arena->policy.node_name,
                   arena->agent.version, arena->agent.kernel, rp_mode_word(arena->policy.mode));
    event(tale, entry, entry->realtime_ns, start ? "start" : "keyframe", text);
    tale->log_n = start ? 0 : arena->log_n;
}

void rp_tale_tell(struct rp_tale *tale, const struct rp_replayer *replayer, const struct rp_entry *entry,
                  const struct rp_replayed *replayed)
{
    char text[400];
    if (entry->kind == RP_ENTRY_DAMAGE || entry->kind == RP_ENTRY_FOREIGN) {
        tale->damages++;
        (void)snprintf(text, sizeof(text), "%.200s at %llu: %s", entry->file, (unsigned long long)entry->offset,
                       entry->text);
        event(tale, entry, entry->realtime_ns, entry->kind == RP_ENTRY_DAMAGE ? "DAMAGE" : "FOREIGN", text);
    }
    if (replayed->missing > 0)
        tell_missing(tale, entry, replayed);
    if (replayed->step == RP_REPLAY_BEGUN || replayed->step == RP_REPLAY_RESUMED)
        tell_beginning(tale, replayer, entry, replayed->step == RP_REPLAY_BEGUN);
    else if (replayed->step == RP_REPLAY_SAMPLE)
        tell_sample(tale, replayer, entry, replayed);
    else if (replayed->state_differs)
        event(tale, entry, entry->realtime_ns, "DIFFERS", "the state reached here is not that of the keyframe");
}

/* ---- the end */

static void print_tallies(const struct rp_tale *tale, FILE *out)
{
    char first[TIME_MAX], other[TIME_MAX];
    fprintf(out, "\n%-10s %-36s %5s %-24s %5s %s\n", "ACTION", "POD", "WAS", "FIRST", "WOULD", "FIRST");
    for (uint32_t i = 0; i < tale->tallies_n; i++) {
        const struct rp_tally *tally = &tale->tallies[i];
        fprintf(out, "%-10s %-36.36s %5u %-24s %5u %s\n", rp_action_info((enum rp_action_kind)tally->kind)->word,
                tally->pod, tally->times, tally->first_ns ? time_text(tally->first_ns, first) : "-", tally->other_times,
                tally->other_first_ns ? time_text(tally->other_first_ns, other) : "-");
    }
    if (tale->tallies_left_out)
        fprintf(out, "and %u more that found no room here\n", tale->tallies_left_out);
    fprintf(out, "%s\n", ONLY_WHAT_WAS_SEEN);
}

static void print_end(const struct rp_tale *tale, FILE *out, const struct rp_replayer *replayer,
                      const struct rp_recording_info *info)
{
    char duration[RP_UNITS_MAX];
    const int64_t ns = info->last_realtime_ns - info->first_realtime_ns;
    if (replayer->other)
        print_tallies(tale, out);
    fprintf(out, "\n%llu samples over %s, %llu actions decided upon; %llu keyframes met\n",
            (unsigned long long)replayer->samples,
            rp_format_duration(duration, sizeof(duration), ns > 0 ? (rp_ns)ns : 0),
            (unsigned long long)replayer->planned, (unsigned long long)replayer->keyframes);
    if (tale->damages || replayer->missing || replayer->unreplayed || info->lost)
        fprintf(out,
                "incomplete: %llu damaged places, %llu inputs missing (%llu dropped by the recorder), %llu samples "
                "without the state before them\n",
                (unsigned long long)tale->damages, (unsigned long long)replayer->missing,
                (unsigned long long)info->lost, (unsigned long long)replayer->unreplayed);
    if (replayer->plans_differ || replayer->states_differ)
        fprintf(out, "NOT AS RECORDED: %llu decisions and %llu forecasts differ, the first at sample %llu\n",
                (unsigned long long)replayer->plans_differ, (unsigned long long)replayer->states_differ,
                (unsigned long long)replayer->first_differing);
    else if (replayer->samples > replayer->unreplayed)
        fprintf(out, "every decision is the recorded one\n");
    else
        fprintf(out, "nothing could be replayed: there is neither a start nor a keyframe before any sample\n");
}

static json_t *tallies_json(const struct rp_tale *tale)
{
    char text[TIME_MAX];
    json_t *list = json_array();
    for (uint32_t i = 0; i < tale->tallies_n; i++) {
        const struct rp_tally *tally = &tale->tallies[i];
        json_t *row = json_pack("{ss ss si si}", "action", rp_action_info((enum rp_action_kind)tally->kind)->word,
                                "pod", tally->pod, "was", (int)tally->times, "would", (int)tally->other_times);
        if (tally->first_ns)
            (void)json_object_set_new(row, "was_first", json_string(time_text(tally->first_ns, text)));
        if (tally->other_first_ns)
            (void)json_object_set_new(row, "would_first", json_string(time_text(tally->other_first_ns, text)));
        (void)json_array_append_new(list, row);
    }
    return list;
}

static int print_json(struct rp_tale *tale, FILE *out, const struct rp_replayer *replayer,
                      const struct rp_recording_info *info)
{
    char first[TIME_MAX], last[TIME_MAX];
    json_t *root = json_pack(
        "{s:{ss ss si si sI sI sI} sO s:{sI sI sI sI sI sI sI sI sI}}", "recording", "from",
        time_text(info->first_realtime_ns, first), "to", time_text(info->last_realtime_ns, last), "files",
        (int)info->files, "blocks", (int)info->blocks, "file_bytes", (json_int_t)info->file_bytes, "frame_bytes",
        (json_int_t)info->packed_bytes, "keyframe_bytes", (json_int_t)info->keyframe_bytes, "events", tale->events,
        "summary", "samples", (json_int_t)replayer->samples, "actions", (json_int_t)replayer->planned, "keyframes",
        (json_int_t)replayer->keyframes, "damages", (json_int_t)tale->damages, "missing", (json_int_t)replayer->missing,
        "dropped", (json_int_t)info->lost, "unreplayed", (json_int_t)replayer->unreplayed, "decisions_differ",
        (json_int_t)replayer->plans_differ, "forecasts_differ", (json_int_t)replayer->states_differ);
    if (!root)
        return -EIO;
    if (replayer->other)
        (void)json_object_set_new(root, "what_if",
                                  json_pack("{so ss}", "actions", tallies_json(tale), "note", ONLY_WHAT_WAS_SEEN));
    const int rc = json_dumpf(root, out, JSON_INDENT(2) | JSON_ENSURE_ASCII) == 0 ? 0 : -EIO;
    fputc('\n', out);
    json_decref(root);
    return rc;
}

int rp_tale_end(struct rp_tale *tale, FILE *out, const struct rp_replayer *replayer,
                const struct rp_recording *recording)
{
    struct rp_recording_info info;
    rp_recording_info(recording, &info);
    if (!tale->out)
        return print_json(tale, out, replayer, &info);
    print_end(tale, out, replayer, &info);
    return ferror(out) ? -EIO : 0;
}
