// SPDX-License-Identifier: Apache-2.0
/* A document through its reader, and the facts that came of it. */
#ifndef RP_TEST_LINK_KUBE_READING_H
#define RP_TEST_LINK_KUBE_READING_H

#include <stdlib.h>

#include "harness/harness.h"
#include "link/kube/documents.h"

typedef int (*rp_document_reader)(const char *bytes, size_t len, struct rp_batch *batch);

/* Read it from an exact heap block; a refusal must come with a sentence. The caller deinits the batch. */
static inline int rp_reading(rp_document_reader read, const char *text, size_t len, struct rp_batch *batch)
{
    char *bytes = rp_exact(text, len);
    rp_batch_init(batch, RP_LIST_PODS, 64);
    const int rc = read(bytes, len, batch);
    free(bytes);
    assert_true(rc == 0 || rc == -EINVAL);
    assert_int_equal(rc != 0, batch->error[0] != '\0');
    for (size_t i = 0; i < batch->n; i++)
        rp_expect_i64("a fact that the guard takes", rp_fact_validate(&batch->facts[i], sizeof(batch->facts[i])), 0);
    return rc;
}

/* The same for a document in which single quotes stand for double ones, so that it can be read here. */
static inline int rp_reading_quoted(rp_document_reader read, const char *text, struct rp_batch *batch)
{
    char bytes[4096];
    const size_t len = strlen(text);
    assert_true(len < sizeof(bytes));
    for (size_t i = 0; i <= len; i++)
        bytes[i] = text[i] == '\'' ? '"' : text[i];
    return rp_reading(read, bytes, len, batch);
}

/* A sentence that begins so; what follows is the parser's or another room's. */
static inline void rp_expect_start(const char *row, const char *got, const char *want)
{
    if (strncmp(got, want, strlen(want)) != 0)
        rp_expect_text(row, got, want);
}

#endif
