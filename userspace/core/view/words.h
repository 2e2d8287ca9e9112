// SPDX-License-Identifier: Apache-2.0
/* The words for enumerations and events: one place, so that status, top, metrics and logs say the same. */
#ifndef RP_CORE_VIEW_WORDS_H
#define RP_CORE_VIEW_WORDS_H

#include "reprieve/model.h"

/* Stable single words (metrics labels, JSON); "?" for a value out of range. */
const char *rp_danger_word(unsigned danger);
const char *rp_unit_word(unsigned unit);
const char *rp_condition_word(unsigned condition); /* as the node's status has it */
const char *rp_layout_word(unsigned layout);
const char *rp_excess_word(unsigned excess);
const char *rp_forecast_word(unsigned state);
const char *rp_phase_word(unsigned phase);
const char *rp_mode_word(unsigned mode);
const char *rp_outcome_word(unsigned state);
const char *rp_checkpoint_word(unsigned state);
const char *rp_qos_word(unsigned qos);
const char *rp_source_word(unsigned source);
const char *rp_hook_word(unsigned state);
const char *rp_warning_word(unsigned kind);
const char *rp_role_word(unsigned bit); /* of a file system: bit 0 is RP_FS_NODEFS */
const char *rp_oom_wall_word(unsigned wall);
const char *rp_oom_dies_word(unsigned dies);
const char *rp_oom_evidence_word(unsigned evidence);

/* "namespace/name" of a pod, the workload's name, or its UID while nobody told its name. Sanitised for terminals. */
void rp_pod_label(const struct rp_pod *pod, char *dst, size_t size);

/* Has this danger a number to show? Those of memory always have a place, the others only where they can come. */
bool rp_danger_shown(const struct rp_arena *arena, unsigned danger);

/* The node's sentence: "evicts in about 42 s (30 s - 1 min), memory.available, 83 % within 60 s". */
void rp_headline(const struct rp_arena *arena, char *dst, size_t size);

/* One event as a sentence, without its time. */
void rp_log_text(const struct rp_log_entry *entry, char *dst, size_t size);

/* "nodefs, imagefs"; "" without roles. */
void rp_roles_text(uint32_t roles, char *dst, size_t size);

/* What evidence a forecast lacks, in words, "" if nothing. */
void rp_missing_text(uint32_t missing, char *dst, size_t size);

#endif
