// SPDX-License-Identifier: Apache-2.0
/* The names behind the enumerations of tables.h, from the same rows. */
#include "reprieve/tables.h"
#include "reprieve/forecast.h"

#include <string.h>

/* Rows become initializers, in which parentheses around a macro's argument would be wrong. */
/* NOLINTBEGIN(bugprone-macro-parentheses) */
static const char *const signals[RP_SIGNAL_MAX] = {
#define RP_SIGNAL(id, name, resource, memory) [RP_SIGNAL_##id] = name,
#include "reprieve/tbl/signals.h"
#undef RP_SIGNAL
};

static const char *const resources[RP_SIGNAL_MAX] = {
#define RP_SIGNAL(id, name, resource, memory) [RP_SIGNAL_##id] = resource,
#include "reprieve/tbl/signals.h"
#undef RP_SIGNAL
};

/* clang-format 14 crashes on an array of structures that a macro fills. */
/* clang-format off */
static const struct {
    const char *word, *sentence;
} reasons[RP_REASON_MAX] = {
#define RP_REASON(id, word, sentence) [RP_REASON_##id] = {word, sentence},
#include "reprieve/tbl/reasons.h"
#undef RP_REASON
};

static const struct rp_action_info actions[RP_ACTION_MAX] = {
    [RP_ACTION_NONE] = {.word = "none", .knob = "", .text = "does nothing", .reversible = true},
#define RP_ACTION(id, word_, knob_, reversible_, destructive_, text_)                                                   \
    [RP_ACTION_##id] = {                                                                                               \
        .word = word_, .knob = knob_, .text = text_, .reversible = reversible_, .destructive = destructive_},
#include "reprieve/tbl/actions.h"
#undef RP_ACTION
};

static const struct rp_danger_info dangers[RP_DANGER_MAX] = {
#define RP_DANGER(id, word_, unit_, signal_, memory_)                                                                  \
    [RP_DANGER_##id] = {.word = word_, .unit = RP_UNIT_##unit_, .signal = signal_, .memory = memory_},
#include "reprieve/tbl/dangers.h"
#undef RP_DANGER
};
/* clang-format on */
/* NOLINTEND(bugprone-macro-parentheses) */

const char *rp_signal_name(enum rp_signal signal)
{
    return (unsigned int)signal < RP_SIGNAL_MAX ? signals[signal] : "?";
}

const char *rp_signal_resource(enum rp_signal signal)
{
    return (unsigned)signal < RP_SIGNAL_MAX ? resources[signal] : "?";
}

const char *rp_reason_word(enum rp_reason reason)
{
    return (unsigned int)reason < RP_REASON_MAX ? reasons[reason].word : "?";
}

const char *rp_reason_sentence(enum rp_reason reason)
{
    return (unsigned int)reason < RP_REASON_MAX ? reasons[reason].sentence : "?";
}

const struct rp_action_info *rp_action_info(enum rp_action_kind kind)
{
    static const struct rp_action_info unknown = {.word = "?", .knob = "?", .text = "?"};
    return (unsigned int)kind < RP_ACTION_MAX ? &actions[kind] : &unknown;
}

enum rp_action_kind rp_action_by_word(const char *word)
{
    for (unsigned int i = 0; i < RP_ACTION_MAX; i++) {
        if (strcmp(actions[i].word, word) == 0)
            return (enum rp_action_kind)i;
    }
    return RP_ACTION_NONE;
}

enum rp_signal rp_signal_by_name(const char *name, size_t len)
{
    for (unsigned int i = 0; i < RP_SIGNAL_MAX; i++) {
        if (strlen(signals[i]) == len && memcmp(signals[i], name, len) == 0)
            return (enum rp_signal)i;
    }
    return RP_SIGNAL_MAX;
}

const struct rp_danger_info *rp_danger_info(unsigned danger)
{
    static const struct rp_danger_info unknown = {.word = "?", .unit = RP_UNIT_MAX, .signal = 0};
    return danger < RP_DANGER_MAX ? &dangers[danger] : &unknown;
}
