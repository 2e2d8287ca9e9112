// SPDX-License-Identifier: Apache-2.0
/*
 * "some avg10=1.23 avg60=0.80 avg300=0.21 total=123456" and the same for "full". Averages have two decimals, totals are
 * microseconds (kernel/sched/psi.c: psi_show).
 */
#include "core/parse/psi.h"

#include <errno.h>

#include "base/num.h"
#include "core/parse/text.h"

/* "12.34" (per cent) to 123 (per mille). */
static bool parse_average(struct rp_text text, uint16_t *ret_permille)
{
    struct rp_text whole;
    uint64_t percent = 0, hundredths = 0;
    if (!rp_text_until(&text, '.', &whole) || text.len != 2)
        return false;
    if (rp_parse_u64(whole.at, whole.len, &percent) < 0 || rp_parse_u64(text.at, text.len, &hundredths) < 0)
        return false;
    if (percent > 100)
        return false;
    *ret_permille = (uint16_t)(percent * 10 + hundredths / 10);
    return true;
}

static bool parse_fields(struct rp_text line, struct rp_psi_line *ret)
{
    struct rp_psi_line found = {0};
    struct rp_text word;
    bool total = false, average = false;
    while (rp_text_word(&line, &word)) {
        if (rp_text_skip(&word, "avg10="))
            average = parse_average(word, &found.avg10_permille);
        else if (rp_text_skip(&word, "total="))
            total = rp_parse_u64(word.at, word.len, &found.total_us) == 0;
    }
    if (!total || !average)
        return false;
    *ret = found;
    return true;
}

int rp_parse_psi(const char *text, size_t len, struct rp_psi *ret)
{
    struct rp_text rest = rp_text(text, len), line, word;
    struct rp_psi psi = {0};
    while (rp_text_line(&rest, &line)) {
        if (!rp_text_word(&line, &word))
            continue;
        if (rp_text_is(word, "some") && parse_fields(line, &psi.some))
            psi.known |= RP_PSI_SOME;
        else if (rp_text_is(word, "full") && parse_fields(line, &psi.full))
            psi.known |= RP_PSI_FULL;
    }
    if (!psi.known)
        return -EBADMSG;
    *ret = psi;
    return 0;
}

/* The totals of a file that has both lines. */
static int parse_totals(const char *text, size_t len, uint64_t *some_us, uint64_t *full_us)
{
    struct rp_psi psi;
    const int r = rp_parse_psi(text, len, &psi);
    if (r < 0)
        return r;
    if (psi.known != (RP_PSI_SOME | RP_PSI_FULL))
        return -EBADMSG;
    *some_us = psi.some.total_us;
    *full_us = psi.full.total_us;
    return 0;
}

int rp_parse_psi_node(const char *text, size_t len, struct rp_node_reading *ret)
{
    const int r = parse_totals(text, len, &ret->psi_some_us, &ret->psi_full_us);
    ret->known |= r == 0 ? RP_NODE_PSI : 0;
    return r;
}

int rp_parse_psi_node_io(const char *text, size_t len, struct rp_node_reading *ret)
{
    const int r = parse_totals(text, len, &ret->psi_io_some_us, &ret->psi_io_full_us);
    ret->known |= r == 0 ? RP_NODE_PSI_IO : 0;
    return r;
}

int rp_parse_psi_cgroup(const char *text, size_t len, struct rp_cgroup_reading *ret)
{
    const int r = parse_totals(text, len, &ret->psi_some_us, &ret->psi_full_us);
    ret->known |= r == 0 ? RP_CG_PSI : 0;
    return r;
}
