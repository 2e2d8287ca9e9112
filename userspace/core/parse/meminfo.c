// SPDX-License-Identifier: Apache-2.0
/*
 * /proc/meminfo: "Name:   <number> kB". The unit is always kB, meaning KiB (fs/proc/meminfo.c: show_val_kb); a line with
 * another unit or none, like the HugePages counts, is not one of ours.
 */
#include "core/parse/meminfo.h"

#include <errno.h>

#include "base/num.h"
#include "core/parse/text.h"

enum { TOTAL, FREE, AVAILABLE, SWAP_TOTAL, SWAP_FREE, HUGE_PAGES, FIELDS };

static const char *const names[FIELDS] = {"MemTotal", "MemFree", "MemAvailable", "SwapTotal", "SwapFree", "Hugetlb"};

struct fields {
    uint64_t bytes[FIELDS];
    bool known[FIELDS];
};

static bool parse_kib(struct rp_text text, uint64_t *ret_bytes)
{
    struct rp_text number, unit;
    uint64_t kib = 0;
    if (!rp_text_word(&text, &number) || !rp_text_word(&text, &unit) || !rp_text_is(unit, "kB"))
        return false;
    if (rp_parse_u64(number.at, number.len, &kib) < 0 || kib > UINT64_MAX / 1024)
        return false;
    *ret_bytes = kib * 1024;
    return true;
}

static void take_line(struct rp_text line, struct fields *fields)
{
    struct rp_text name;
    if (!rp_text_until(&line, ':', &name))
        return;
    for (int i = 0; i < FIELDS; i++) {
        if (!fields->known[i] && rp_text_is(name, names[i]))
            fields->known[i] = parse_kib(line, &fields->bytes[i]);
    }
}

static bool all_known(const struct fields *fields)
{
    bool all = true;
    for (int i = 0; i < FIELDS; i++)
        all = all && fields->known[i];
    return all;
}

static uint64_t give(bool known, uint64_t bytes, uint64_t bit, uint64_t *ret_bytes)
{
    if (!known)
        return 0;
    *ret_bytes = bytes;
    return bit;
}

int rp_parse_meminfo(const char *text, size_t len, struct rp_node_reading *ret)
{
    struct rp_text rest = rp_text(text, len), line;
    struct fields f = {0};
    uint64_t known = 0;
    while (!all_known(&f) && rp_text_line(&rest, &line))
        take_line(line, &f);
    const bool swap = f.known[SWAP_TOTAL] && f.known[SWAP_FREE];
    known |= give(f.known[TOTAL], f.bytes[TOTAL], RP_NODE_MEM_TOTAL, &ret->mem_total_bytes);
    known |= give(f.known[FREE], f.bytes[FREE], RP_NODE_MEM_FREE, &ret->mem_free_bytes);
    known |= give(f.known[AVAILABLE], f.bytes[AVAILABLE], RP_NODE_MEM_AVAILABLE, &ret->mem_available_bytes);
    known |= give(swap, f.bytes[SWAP_TOTAL], RP_NODE_SWAP, &ret->swap_total_bytes);
    known |= give(swap, f.bytes[SWAP_FREE], RP_NODE_SWAP, &ret->swap_free_bytes);
    known |= give(f.known[HUGE_PAGES], f.bytes[HUGE_PAGES], RP_NODE_HUGE_PAGES, &ret->huge_pages_bytes);
    ret->known |= known;
    return known ? 0 : -EBADMSG;
}
