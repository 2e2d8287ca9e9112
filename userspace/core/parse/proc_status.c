// SPDX-License-Identifier: Apache-2.0
/*
 * /proc/PID/status. Every line is "Key:<tab>value". The kernel escapes newlines in Name (fs/proc/array.c:
 * proc_task_name), so a program cannot forge a line by its name. NSpid exists since 4.1, with CONFIG_PID_NS.
 */
#include "core/parse/proc_status.h"

#include <errno.h>

#include "base/num.h"
#include "core/parse/text.h"

static bool take_pid(struct rp_text *rest, int32_t *ret)
{
    struct rp_text word;
    uint64_t pid = 0;
    if (!rp_text_word(rest, &word) || rp_parse_u64(word.at, word.len, &pid) < 0 || pid > INT32_MAX)
        return false;
    *ret = (int32_t)pid;
    return true;
}

static bool take_u32(struct rp_text *rest, uint32_t *ret)
{
    struct rp_text word;
    uint64_t x = 0;
    if (!rp_text_word(rest, &word) || rp_parse_u64(word.at, word.len, &x) < 0 || x > UINT32_MAX)
        return false;
    *ret = (uint32_t)x;
    return true;
}

static bool take_state(struct rp_text rest, struct rp_proc_status *status)
{
    struct rp_text word;
    if (!rp_text_word(&rest, &word) || word.len != 1)
        return false;
    status->state = word.at[0];
    return true;
}

static bool take_tgid(struct rp_text rest, struct rp_proc_status *status)
{
    return take_pid(&rest, &status->tgid);
}

static bool take_own_pid(struct rp_text rest, struct rp_proc_status *status)
{
    return take_pid(&rest, &status->pid);
}

static bool take_nspid(struct rp_text rest, struct rp_proc_status *status)
{
    struct rp_text word, left = rest;
    uint32_t n = 0;
    while (rp_text_word(&left, &word)) {
        if (n == RP_NSPID_LEVELS || !take_pid(&rest, &status->nspid[n]))
            return false;
        n++;
    }
    status->nspid_n = n;
    return n > 0;
}

static bool take_ids(struct rp_text rest, struct rp_ids *ret)
{
    return take_u32(&rest, &ret->real) && take_u32(&rest, &ret->effective) && take_u32(&rest, &ret->saved) &&
           take_u32(&rest, &ret->fs);
}

static bool take_uid(struct rp_text rest, struct rp_proc_status *status)
{
    return take_ids(rest, &status->uid);
}

static bool take_gid(struct rp_text rest, struct rp_proc_status *status)
{
    return take_ids(rest, &status->gid);
}

static bool take_threads(struct rp_text rest, struct rp_proc_status *status)
{
    return take_u32(&rest, &status->threads);
}

/* "1234 kB", as a page size of 4 kB or more makes it; whole pages. */
static bool take_kb(struct rp_text *rest, uint64_t *ret)
{
    struct rp_text word;
    uint64_t kb = 0;
    if (!rp_text_word(rest, &word) || rp_parse_u64(word.at, word.len, &kb) < 0)
        return false;
    *ret = rp_mul_sat_u64(kb, 1024);
    return true;
}

static bool take_rss(struct rp_text rest, struct rp_proc_status *status)
{
    return take_kb(&rest, &status->rss_bytes);
}

static bool take_swap(struct rp_text rest, struct rp_proc_status *status)
{
    return take_kb(&rest, &status->swap_bytes);
}

static bool take_tables(struct rp_text rest, struct rp_proc_status *status)
{
    return take_kb(&rest, &status->tables_bytes);
}

static bool take_mask(struct rp_text rest, uint64_t *ret)
{
    struct rp_text word;
    return rp_text_word(&rest, &word) && rp_parse_hex_u64(word.at, word.len, ret) == 0;
}

static bool take_blocked(struct rp_text rest, struct rp_proc_status *status)
{
    return take_mask(rest, &status->sig_blocked);
}

static bool take_ignored(struct rp_text rest, struct rp_proc_status *status)
{
    return take_mask(rest, &status->sig_ignored);
}

static bool take_caught(struct rp_text rest, struct rp_proc_status *status)
{
    return take_mask(rest, &status->sig_caught);
}

static const struct {
    const char *key;
    uint32_t bit;
    bool (*take)(struct rp_text rest, struct rp_proc_status *status);
} fields[] = {
    {"State", RP_STATUS_STATE, take_state},
    {"Tgid", RP_STATUS_TGID, take_tgid},
    {"Pid", RP_STATUS_PID, take_own_pid},
    {"NSpid", RP_STATUS_NSPID, take_nspid},
    {"Uid", RP_STATUS_UID, take_uid},
    {"Gid", RP_STATUS_GID, take_gid},
    {"Threads", RP_STATUS_THREADS, take_threads},
    {"VmRSS", RP_STATUS_RSS, take_rss},
    {"VmSwap", RP_STATUS_SWAP, take_swap},
    {"VmPTE", RP_STATUS_TABLES, take_tables},
    {"SigBlk", RP_STATUS_SIG_BLOCKED, take_blocked},
    {"SigIgn", RP_STATUS_SIG_IGNORED, take_ignored},
    {"SigCgt", RP_STATUS_SIG_CAUGHT, take_caught},
};

static void take_line(struct rp_text line, struct rp_proc_status *status)
{
    struct rp_text key;
    if (!rp_text_until(&line, ':', &key))
        return;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (!(status->known & fields[i].bit) && rp_text_is(key, fields[i].key) && fields[i].take(line, status))
            status->known |= fields[i].bit;
    }
}

int rp_parse_proc_status(const char *text, size_t len, struct rp_proc_status *ret)
{
    struct rp_text rest = rp_text(text, len), line;
    struct rp_proc_status status = {0};
    while (rp_text_line(&rest, &line))
        take_line(line, &status);
    if (!status.known)
        return -EBADMSG;
    *ret = status;
    return 0;
}
