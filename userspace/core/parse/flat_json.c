// SPDX-License-Identifier: Apache-2.0
/* One flat JSON object. */
#include "core/parse/flat_json.h"

#include <errno.h>
#include <string.h>

#include "base/num.h"
#include "base/str.h"

static void skip_blanks(struct rp_text *rest)
{
    while (rest->len > 0 && memchr(" \t\r\n", rest->at[0], 4))
        *rest = rp_text(rest->at + 1, rest->len - 1);
}

/* What stands between two quotes. */
static bool take_text(struct rp_text *rest, struct rp_text *ret)
{
    if (!rp_text_skip(rest, "\""))
        return false;
    for (size_t i = 0; i < rest->len; i++) {
        if ((unsigned char)rest->at[i] < 0x20)
            return false;
        if (rest->at[i] == '"') {
            *ret = rp_text(rest->at, i);
            *rest = rp_text(rest->at + i + 1, rest->len - i - 1);
            return true;
        }
        i += rest->at[i] == '\\';
    }
    return false;
}

static bool is_plain(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '+' || c == '.' || c == 'E';
}

/* A number, true, false or null; which of them nobody asks who does not want it. */
static bool take_plain(struct rp_text *rest, struct rp_text *ret)
{
    size_t n = 0;
    while (n < rest->len && is_plain(rest->at[n]))
        n++;
    *ret = rp_text(rest->at, n);
    *rest = rp_text(rest->at + n, rest->len - n);
    return n > 0;
}

static bool take_member(struct rp_text *rest, struct rp_flat_json_member *ret)
{
    skip_blanks(rest);
    if (!take_text(rest, &ret->key))
        return false;
    skip_blanks(rest);
    if (!rp_text_skip(rest, ":"))
        return false;
    skip_blanks(rest);
    ret->is_text = rest->len > 0 && rest->at[0] == '"';
    return ret->is_text ? take_text(rest, &ret->value) : take_plain(rest, &ret->value);
}

int rp_flat_json_next(struct rp_flat_json *json, struct rp_flat_json_member *ret)
{
    struct rp_text *rest = &json->rest;
    const bool begins = !json->begun;
    skip_blanks(rest);
    if (begins && !rp_text_skip(rest, "{"))
        return -EBADMSG;
    json->begun = true;
    skip_blanks(rest);
    if (rp_text_skip(rest, "}")) {
        skip_blanks(rest);
        return rest->len == 0 ? 0 : -EBADMSG;
    }
    if (!begins && !rp_text_skip(rest, ","))
        return -EBADMSG;
    return take_member(rest, ret) ? 1 : -EBADMSG;
}

static char escaped(char c)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *at = memchr(from, c, sizeof(from) - 1);
    return at ? to[at - from] : '\0';
}

/* \u0001 to \u007f; the others come as UTF-8 from who writes such files. */
static bool take_code(struct rp_text *rest, char *ret)
{
    uint64_t code = 0;
    if (rest->len < 4 || rp_parse_hex_u64(rest->at, 4, &code) < 0 || code == 0 || code > 0x7f)
        return false;
    *rest = rp_text(rest->at + 4, rest->len - 4);
    *ret = (char)code;
    return true;
}

static bool take_character(struct rp_text *rest, char *ret)
{
    *ret = rest->at[0];
    *rest = rp_text(rest->at + 1, rest->len - 1);
    if (*ret != '\\')
        return *ret != '\0';
    if (rest->len == 0)
        return false;
    const char c = rest->at[0];
    *rest = rp_text(rest->at + 1, rest->len - 1);
    if (c == 'u')
        return take_code(rest, ret);
    *ret = escaped(c);
    return *ret != '\0';
}

int rp_flat_json_text(const struct rp_flat_json_member *member, char *dst, size_t size)
{
    struct rp_text rest = member->value;
    size_t n = 0;
    if (!member->is_text)
        return -EBADMSG;
    for (int pass = 0; pass < 2; pass++) { /* first whether it is sound and fits, as dst is untouched on failure */
        rest = member->value;
        for (n = 0; rest.len > 0; n++) {
            char c = '\0';
            if (!take_character(&rest, &c))
                return -EBADMSG;
            if (n + 1 >= size)
                return -ENAMETOOLONG;
            if (pass)
                dst[n] = c;
        }
    }
    memset(dst + n, 0,
           size - n); /* a key may come twice: nothing of the first one is left behind the end of the second */
    return 0;
}

int rp_flat_json_number(const struct rp_flat_json_member *member, uint64_t *ret)
{
    return !member->is_text && rp_parse_u64(member->value.at, member->value.len, ret) == 0 ? 0 : -EBADMSG;
}

void rp_flat_json_add(struct rp_line *line, const char *s)
{
    static const char digits[] = "0123456789abcdef";
    rp_line_add(line, "\"");
    for (; *s; s++) {
        const unsigned char c = (unsigned char)*s;
        const char code[] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};
        if (c == '"' || c == '\\')
            rp_line_add(line, "\\");
        if (c < 0x20 || c == 0x7f)
            rp_line_add_n(line, code, sizeof(code));
        else
            rp_line_add_n(line, s, 1);
    }
    rp_line_add(line, "\"");
}
