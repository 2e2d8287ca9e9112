// SPDX-License-Identifier: Apache-2.0
/* Why this pod: the ranking, what would change it, and what was done. */
#include "core/view/explain.h"

#include <errno.h>
#include <string.h>

#include "base/line.h"
#include "base/str.h"
#include "base/units.h"
#include "core/forecast/whatif.h"
#include "core/model/table.h"
#include "core/view/explain_parts.h"
#include "core/view/words.h"

/* ---- finding it */

static bool is_meant(const struct rp_pod *pod, const char *meant)
{
    const char *slash = memchr(meant, '/', strlen(meant));
    if (slash)
        return slash > meant && slash[1] && strncmp(pod->namespace_, meant, (size_t)(slash - meant)) == 0 &&
               pod->namespace_[slash - meant] == '\0' && strcmp(pod->name, slash + 1) == 0;
    return strcmp(pod->name, meant) == 0 || rp_starts_with(pod->uid, meant);
}

int rp_explain_find(struct rp_arena *arena, const char *meant)
{
    int found = -ENOENT;
    for (uint32_t i = 0; meant[0] && i < arena->pods.used; i++) {
        const struct rp_pod *pod = rp_pod_in(arena, i);
        if (!pod->live || !is_meant(pod, meant))
            continue;
        if (found >= 0)
            return -ENOTUNIQ;
        found = (int)i;
    }
    return found;
}

/* ---- its place */

static bool in_bytes(enum rp_signal signal)
{
    const char *resource = rp_signal_resource(signal);
    return strcmp(resource, "memory") == 0 || strcmp(resource, "ephemeral-storage") == 0;
}

static void add_amount(struct rp_line *line, enum rp_signal signal, int64_t amount)
{
    char text[RP_UNITS_MAX];
    if (in_bytes(signal))
        rp_line_add(line, rp_format_bytes(text, sizeof(text), amount));
    else
        rp_line_add_i64(line, amount);
}

static void add_use(struct rp_line *line, enum rp_signal signal, const struct rp_whatif *whatif)
{
    if (whatif->own.missing) {
        rp_line_add(line, "nothing is known of its use, and pods without statistics go first");
        return;
    }
    rp_line_add(line, "it uses ");
    add_amount(line, signal, whatif->use);
    if (!in_bytes(signal))
        return;
    rp_line_add(line, " and requests ");
    add_amount(line, signal, whatif->request);
    rp_line_add(line, whatif->own.exceeds ? ": above its request by " : ": within its request by ");
    add_amount(line, signal, whatif->own.exceeds ? whatif->own.over : -whatif->own.over);
}

static void say_place(struct rp_line *line, struct rp_arena *arena, const struct rp_pod *pod, enum rp_signal signal,
                      const struct rp_whatif *whatif)
{
    static const char *const standings[] = {
        [RP_STANDING_UNKNOWN] = "is no candidate for the kubelet: it has ended, or is not a pod of this node",
        [RP_STANDING_PASSED_OVER] = "is critical or static: the kubelet ranks it, and passes it over",
        [RP_STANDING_NEXT] = "would be taken next",
        [RP_STANDING_TIED] = "would be taken next, or another that ties with it: chance decides",
        [RP_STANDING_BEHIND] = "is not next",
    };
    rp_line_add(line, "When the node is low on ");
    rp_line_add(line, rp_signal_resource(signal));
    rp_line_add(line, " this pod ");
    rp_line_add(line, standings[whatif->standing]);
    if (pod->rank > 0 && signal == RP_SIGNAL_MEMORY) {
        rp_line_add(line, " (rank ");
        rp_line_add_u64(line, pod->rank);
        rp_line_add(line, " of ");
        rp_line_add_u64(line, arena->victims.candidates);
        rp_line_add(line, ")");
    }
    rp_line_add(line, ".\n");
    if (whatif->standing == RP_STANDING_UNKNOWN)
        return;
    rp_line_add(line, "  Why: ");
    add_use(line, signal, whatif);
    rp_line_add(line, "; priority ");
    rp_line_add_i64(line, pod->priority);
    rp_line_add(line, ".\n");
    if (pod->rank_believed > 0 && pod->rank_believed != pod->rank && signal == RP_SIGNAL_MEMORY) {
        rp_line_add(line, "  By the older numbers that the kubelet still believes its rank is ");
        rp_line_add_u64(line, pod->rank_believed);
        rp_line_add(line, ".\n");
    }
}

/* The first step of the comparison in which the two differ. */
static const char *difference(const struct rp_rank_key *before, const struct rp_rank_key *after)
{
    if (before->by_priority && before->priority != after->priority)
        return "its priority is lower";
    if (before->missing != after->missing)
        return "nothing is known of its use";
    if (before->exceeds != after->exceeds)
        return "it is above its request and the other is not";
    if (before->priority != after->priority)
        return "its priority is lower";
    return before->over != after->over || before->over_nano != after->over_nano
               ? "it is further above its request, or less below"
               : "chance: they are equal in everything that is compared";
}

static void say_rival(struct rp_line *line, struct rp_arena *arena, const struct rp_whatif *whatif)
{
    char label[RP_NAME_MAX];
    if (whatif->standing < RP_STANDING_NEXT)
        return;
    if (whatif->rival == RP_INDEX_NONE) {
        rp_line_add(line, "  There is no other pod that the kubelet could take.\n");
        return;
    }
    const bool behind = whatif->standing == RP_STANDING_BEHIND;
    rp_pod_label(rp_pod_in(arena, whatif->rival), label, sizeof(label));
    rp_line_add(line, behind ? "  First goes " : "  Runner-up is ");
    rp_line_add(line, label);
    rp_line_add(line, behind ? ", as " : ". This one goes first, as ");
    rp_line_add(line, behind ? difference(&whatif->rivals, &whatif->own) : difference(&whatif->own, &whatif->rivals));
    rp_line_add(line, ".\n");
}

/* As one would write it into the pod's manifest: whole MiB, rounded up. */
static void add_quantity(struct rp_line *line, enum rp_signal signal, int64_t value)
{
    if (!in_bytes(signal)) {
        rp_line_add_i64(line, value);
        return;
    }
    rp_line_add_i64(line, value / RP_MIB + (value % RP_MIB > 0));
    rp_line_add(line, "Mi");
}

static void say_remedies(struct rp_line *line, enum rp_signal signal, const struct rp_whatif *whatif)
{
    if (whatif->rival == RP_INDEX_NONE ||
        (whatif->standing != RP_STANDING_NEXT && whatif->standing != RP_STANDING_TIED))
        return;
    rp_line_add(line, "  For the runner-up to go first instead, by the numbers of this moment:\n");
    if (whatif->by_request.helps) {
        rp_line_add(line, "    a request of at least ");
        add_quantity(line, signal, whatif->by_request.value);
        rp_line_add(line, " (now ");
        add_amount(line, signal, whatif->request);
        rp_line_add(line, ")\n");
    } else if (whatif->request >= 0) {
        rp_line_add(line, "    no request would do\n");
    }
    if (whatif->by_priority.helps) {
        rp_line_add(line, "    a priority of at least ");
        rp_line_add_i64(line, whatif->by_priority.value);
        rp_line_add(line, "\n");
    } else {
        rp_line_add(line, "    no priority would do that a PriorityClass can give\n");
    }
}

/* ---- the kernel's view */

static void say_kernel(struct rp_line *line, struct rp_arena *arena, uint32_t pod)
{
    const struct rp_oom_victims *victims = &arena->oom_victims[RP_OOM_NODE];
    char text[RP_UNITS_MAX];
    for (uint32_t i = 0; i < victims->n; i++) {
        const struct rp_oom_victim *victim = &victims->list[i];
        if (victim->pod != pod)
            continue;
        rp_line_add(line, "When the kernel itself runs out of memory a process of this pod ");
        rp_line_add(line, victim->group == 1 ? "is among the first to be killed" : "may be killed");
        rp_line_add(line, " (oom_score_adj ");
        rp_line_add_i64(line, victim->adj);
        rp_line_add(line, ", ");
        rp_line_add(line, rp_format_bytes(text, sizeof(text), victim->bytes));
        rp_line_add(line, victim->dies == RP_OOM_DIES_GROUP ? "; its whole container dies with it).\n" : ").\n");
        return;
    }
    rp_line_add(line, "It is not among those whom the kernel would kill first.\n");
}

/* ---- what was done */

static void say_standing(struct rp_line *line, const struct rp_pod *pod)
{
    rp_line_add(line, "To Reprieve it is ");
    rp_line_add(line, rp_standing_phrase(pod));
    rp_line_add(line, "; value ");
    rp_line_add_u64(line, pod->value);
    rp_line_add(line, ".\n");
}

static void say_checkpoint(struct rp_line *line, const struct rp_arena *arena, const struct rp_pod *pod)
{
    const struct rp_checkpoint *checkpoint = &pod->checkpoint;
    if (pod->contract.trigger == RP_TRIGGER_NONE)
        return;
    rp_line_add(line, "Checkpoint: ");
    rp_line_add(line, rp_checkpoint_word(checkpoint->state));
    rp_line_add(line, "; asked for ");
    rp_line_add_u64(line, checkpoint->requests);
    rp_line_add(line, " times, acknowledged ");
    rp_line_add_u64(line, checkpoint->acks);
    if (checkpoint->acked_ns) {
        rp_line_add(line, " times, last ");
        rp_explain_ago(line, arena, checkpoint->acked_ns);
    }
    rp_line_add(line, ".\n");
}

static void say_deeds(struct rp_line *line, struct rp_arena *arena, const struct rp_pod *pod)
{
    const uint64_t n = arena->ledger_n < RP_LEDGER_MAX ? arena->ledger_n : RP_LEDGER_MAX;
    const uint32_t index = rp_pod_index(arena, pod);
    uint32_t shown = 0;
    for (uint64_t i = arena->ledger_n - n; i < arena->ledger_n; i++) {
        const struct rp_ledger *deed = &arena->ledger[i % RP_LEDGER_MAX];
        if (deed->action.pod != index || deed->action.id <= pod->made_after_action)
            continue;
        if (shown++ == 0)
            rp_line_add(line, "What was done:\n");
        rp_explain_deed(line, arena, deed);
    }
    if (shown == 0)
        rp_line_add(line, "Nothing was done to it or for it.\n");
}

void rp_explain_pod(struct rp_arena *arena, uint32_t i, enum rp_signal signal, char *dst, size_t size)
{
    const struct rp_pod *pod = rp_pod_in(arena, i);
    char label[RP_NAME_MAX];
    struct rp_whatif whatif;
    struct rp_line line;
    rp_line_init(&line, dst, size);
    rp_pod_label(pod, label, sizeof(label));
    rp_line_add(&line, label);
    rp_line_add(&line, ", ");
    rp_line_add(&line, rp_qos_word(pod->qos));
    rp_line_add(&line, "\n");
    if (!pod->from_rule) {
        rp_whatif(arena, i, signal, &whatif);
        say_place(&line, arena, pod, signal, &whatif);
        say_rival(&line, arena, &whatif);
        say_remedies(&line, signal, &whatif);
    }
    say_kernel(&line, arena, i);
    say_standing(&line, pod);
    say_checkpoint(&line, arena, pod);
    say_deeds(&line, arena, pod);
}
