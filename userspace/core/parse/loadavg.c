// SPDX-License-Identifier: Apache-2.0
/* "0.20 0.18 0.12 1/80 11206": running and existing scheduling entities stand in the fourth field. */
#include "core/parse/loadavg.h"

#include <errno.h>

#include "base/num.h"
#include "core/parse/text.h"

int rp_parse_loadavg_tasks(const char *text, size_t len, uint64_t *ret_tasks)
{
    struct rp_text rest, line = rp_text(text, len), field, running;
    uint64_t ignored = 0;
    rest = line;
    if (!rp_text_line(&rest, &line))
        return -EBADMSG;
    for (int i = 0; i < 4; i++) {
        if (!rp_text_word(&line, &field))
            return -EBADMSG;
    }
    if (!rp_text_until(&field, '/', &running) || rp_parse_u64(running.at, running.len, &ignored) < 0)
        return -EBADMSG;
    return rp_parse_u64(field.at, field.len, ret_tasks) < 0 ? -EBADMSG : 0;
}
