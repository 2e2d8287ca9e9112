// SPDX-License-Identifier: Apache-2.0
/*
 * "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue": after the sixth field come optional
 * ones until a single hyphen, then type, source and the file system's own options. Blanks, backslashes and, in options,
 * commas are written as octal escapes (fs/proc_namespace.c: show_mountinfo, fs/overlayfs/super.c: ovl_show_options).
 */
#include "core/parse/mountinfo.h"

#include <errno.h>
#include <string.h>

#include "base/num.h"
#include "core/parse/text.h"

#define MINOR_BITS 20u

static bool parse_dev(struct rp_text text, uint64_t *ret)
{
    struct rp_text major;
    uint64_t high = 0, low = 0;
    if (!rp_text_until(&text, ':', &major) || rp_parse_u64(major.at, major.len, &high) < 0 ||
        rp_parse_u64(text.at, text.len, &low) < 0)
        return false;
    if (high >> 12 || low >> MINOR_BITS) /* all that a dev_t holds */
        return false;
    *ret = high << MINOR_BITS | low;
    return true;
}

static bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

static char take_byte(struct rp_text *text)
{
    const char *at = text->at;
    const bool escape = text->len > 3 && at[0] == '\\' && is_octal(at[1]) && is_octal(at[2]) && is_octal(at[3]);
    *text = rp_text(at + (escape ? 4 : 1), text->len - (escape ? 4 : 1));
    if (!escape)
        return at[0];
    const unsigned char byte = (unsigned char)((at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0'));
    return (char)byte;
}

/* A path without its escapes, or "" if it does not fit or is none. */
static void unescape(struct rp_text text, char ret[RP_PATH_MAX])
{
    size_t n = 0;
    while (text.len > 0 && n < RP_PATH_MAX - 1)
        ret[n++] = take_byte(&text);
    const bool whole = text.len == 0 && n > 0 && ret[0] == '/' && !memchr(ret, '\0', n);
    ret[whole ? n : 0] = '\0';
}

static void find_upper(struct rp_text options, char ret[RP_PATH_MAX])
{
    struct rp_text rest = options, option;
    while (rest.len > 0) {
        if (!rp_text_until(&rest, ',', &option)) {
            option = rest;
            rest.len = 0;
        }
        if (rp_text_skip(&option, "upperdir=")) {
            unescape(option, ret);
            return;
        }
    }
}

int rp_parse_mount(const char *line, size_t len, struct rp_mount *ret)
{
    struct rp_text rest = rp_text(line, len), id, parent, dev, word, type, source, options;
    struct rp_mount found = {0};
    if (!rp_text_word(&rest, &id) || !rp_text_word(&rest, &parent) || !rp_text_word(&rest, &dev))
        return -EBADMSG;
    if (rp_parse_u64(id.at, id.len, &found.id) < 0 || !parse_dev(dev, &found.dev))
        return -EBADMSG;
    do {
        if (!rp_text_word(&rest, &word))
            return -EBADMSG;
    } while (!rp_text_is(word, "-"));
    if (!rp_text_word(&rest, &type) || !rp_text_word(&rest, &source) || !rp_text_word(&rest, &options))
        return -EBADMSG;
    found.overlay = rp_text_is(type, "overlay");
    if (found.overlay)
        find_upper(options, found.upper);
    *ret = found;
    return 0;
}
