// SPDX-License-Identifier: Apache-2.0
/* A PodList of one pod, written as its parts; single quotes stand for double ones. */
#ifndef RP_TEST_LINK_KUBE_ONE_POD_H
#define RP_TEST_LINK_KUBE_ONE_POD_H

#include <stdio.h>

#include "reading.h"

static inline void pod_text(char *dst, size_t size, const char *metadata, const char *spec, const char *status)
{
    const int n = snprintf(dst, size,
                           "{'kind':'PodList','items':[{'metadata':{'namespace':'ns','name':'p','uid':'u'%s},"
                           "'spec':{%s},'status':{%s}}]}",
                           metadata, spec, status);
    assert_true(n > 0 && (size_t)n < size);
}

static inline void read_one(const char *metadata, const char *spec, const char *status, struct rp_batch *batch)
{
    char text[4096];
    pod_text(text, sizeof(text), metadata, spec, status);
    assert_int_equal(rp_reading_quoted(rp_read_pod_list, text, batch), 0);
}

#define M(req)       "{'resources':{'requests':{'memory':" req "}}}"
#define L(lim)       "{'resources':{'limits':{'memory':" lim "}}}"
#define RL(req, lim) "{'resources':{'requests':{'memory':" req "},'limits':{'memory':" lim "}}}"
#define SIDECAR(req)                                                                                                   \
    "{'restartPolicy':'Always','resources':{'requests':{'memory':" req "},'limits':{'memory':" req "}}}"

#endif
