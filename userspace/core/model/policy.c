// SPDX-License-Identifier: Apache-2.0
/*
 * The policy as a value: its defaults, and the check that stands between foreign bytes (a recording, a descriptor from the
 * config child) and everybody who trusts them. Both come from tbl/settings.h.
 */
#include "reprieve/policy.h"

#include <errno.h>
#include <string.h>

#include "base/line.h"
#include "base/str.h"
#include "core/model/policy_text.h"
#include "core/parse/kubelet_config.h"

struct number {
    const char *name;
    size_t offset, size;
    uint64_t initial, min, max;
};

struct string {
    const char *name;
    size_t offset, size;
    enum rp_policy_text kind;
    const char *initial;
};

/* ROOT has no section row, so its prefix is made here; the others' are their keys. */
#define PREFIX_ROOT       ""
#define PREFIX_PATHS      "paths."
#define PREFIX_KUBERNETES "kubernetes."
#define PREFIX_SERVE      "serve."
#define PREFIX_ACT        "act."
#define PREFIX_CHECKPOINT "checkpoint."
#define PREFIX_PROTECT    "protect."
#define PREFIX_SAMPLING   "sampling."
#define PREFIX_LIMITS     "limits."
