// SPDX-License-Identifier: Apache-2.0
/* The texts of a policy: what each kind of setting may say. */
#ifndef RP_MODEL_POLICY_TEXT_H
#define RP_MODEL_POLICY_TEXT_H

#include "reprieve/types.h"

enum rp_policy_text {
    RP_TEXT_NODE_NAME, /* a DNS subdomain, as Kubernetes names nodes, or "" */
    RP_TEXT_PATH,      /* absolute */
    RP_TEXT_PLACE,     /* absolute, or "" */
    RP_TEXT_SOURCE,    /* "", an absolute path, or unix:PATH:/url-path */
    RP_TEXT_CGROUP,    /* relative to the cgroup root, or "" */
    RP_TEXT_LISTEN,    /* "" or HOST:PORT; an IPv6 host stands in brackets */
    RP_TEXT_NAMESPACE, /* a DNS label or "*" */
    RP_TEXT_NAME,      /* of a workload: letters, digits, '.', '_', '-' */
    RP_TEXT_GLOB,      /* a pattern on cgroup paths */
    RP_TEXT_UNIT,      /* NAME.service, .scope or .slice */
};

/* NULL if the text is one of that kind, else a sentence's end for people: "must be ...". */
const char *rp_policy_text_problem(enum rp_policy_text kind, const char *text);

#endif
