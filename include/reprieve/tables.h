// SPDX-License-Identifier: Apache-2.0
/* Enumerations and names made from the tables in tbl/: one source for the parser, --help, JSON, metrics and manuals. */
#ifndef RP_TABLES_H
#define RP_TABLES_H

#include "reprieve/types.h"

enum rp_signal {
#define RP_SIGNAL(id, name, resource, memory) RP_SIGNAL_##id,
#include "reprieve/tbl/signals.h"
#undef RP_SIGNAL
    RP_SIGNAL_MAX
};

enum rp_action_kind {
    RP_ACTION_NONE,
#define RP_ACTION(id, word, knob, reversible, destructive, text) RP_ACTION_##id,
#include "reprieve/tbl/actions.h"
#undef RP_ACTION
    RP_ACTION_MAX
};

enum rp_reason {
#define RP_REASON(id, word, sentence) RP_REASON_##id,
#include "reprieve/tbl/reasons.h"
#undef RP_REASON
    RP_REASON_MAX
};

struct rp_action_info {
    const char *word, *knob, *text;
    bool reversible, destructive;
};

/* Names; an out-of-range value gives "?" so that a damaged recording can still be printed. */
const char *rp_signal_name(enum rp_signal signal);
const char *rp_signal_resource(enum rp_signal signal); /* as eviction messages say: memory, ephemeral-storage, ... */
const char *rp_reason_word(enum rp_reason reason);
const char *rp_reason_sentence(enum rp_reason reason);
const struct rp_action_info *rp_action_info(enum rp_action_kind kind);

/* The action of that word, or RP_ACTION_NONE. The signal of that kubelet name, or RP_SIGNAL_MAX. */
enum rp_action_kind rp_action_by_word(const char *word);
enum rp_signal rp_signal_by_name(const char *name, size_t len);

#endif
