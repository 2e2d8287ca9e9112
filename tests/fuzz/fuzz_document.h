// SPDX-License-Identifier: Apache-2.0
/*
 * What the readers of the kubelet's documents promise of any bytes: facts that the guard will take, each once, or a
 * sentence; never more of them than fit.
 */
#ifndef RP_FUZZ_DOCUMENT_H
#define RP_FUZZ_DOCUMENT_H

#include <errno.h>

#include "fuzz.h"
#include "link/kube/documents.h"

#define RP_FUZZ_CAP 8

static inline void rp_fuzz_document(int (*read)(const char *, size_t, struct rp_batch *), const uint8_t *data,
                                    size_t size)
{
    struct rp_batch batch;
    rp_batch_init(&batch, RP_LIST_PODS, RP_FUZZ_CAP);
    const int rc = read((const char *)data, size, &batch);
    RP_MUST(rc == 0 || rc == -EINVAL);
    RP_MUST((rc == 0) == (batch.error[0] == '\0'));
    RP_MUST(memchr(batch.error, 0, sizeof(batch.error)) && memchr(batch.note, 0, sizeof(batch.note)));
    RP_MUST(batch.n <= RP_FUZZ_CAP);
    for (size_t i = 0; i < batch.n; i++)
        RP_MUST(rp_fact_validate(&batch.facts[i], sizeof(batch.facts[i])) == 0);
    rp_batch_deinit(&batch);
}

#endif
