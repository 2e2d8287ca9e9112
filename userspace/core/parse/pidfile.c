// SPDX-License-Identifier: Apache-2.0
/* A file with a process number; some programs write their port or directory on the lines below. */
#include "core/parse/pidfile.h"

#include <errno.h>

#include "base/num.h"
#include "core/parse/text.h"

int rp_parse_pidfile(const char *text, size_t len, int32_t *ret)
{
    struct rp_text line = rp_text(text, len), rest = line, word, more;
    uint64_t pid = 0;
    if (rp_text_until(&rest, '\n', &line))
        rest = line;
    if (!rp_text_word(&rest, &word) || rp_text_word(&rest, &more))
        return -EBADMSG;
    if (rp_parse_u64(word.at, word.len, &pid) < 0 || pid == 0 || pid > INT32_MAX)
        return -EBADMSG;
    *ret = (int32_t)pid;
    return 0;
}
