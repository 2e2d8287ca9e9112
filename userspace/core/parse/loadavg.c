// SPDX-License-Identifier: Apache-2.0
/* "0.20 0.18 0.12 1/80 11206": running and existing scheduling entities stand in the fourth field. */
#include "core/parse/loadavg.h"

#include <errno.h>

#include "base/num.h"
#include "core/parse/text.h"

int rp_parse_loadavg(const char *text, size_t len, struct rp_loadavg *ret)
{
    struct rp_text rest = rp_text(text, len), line, field, running;
    struct rp_loadavg found = {0};
    if (!rp_text_line(&rest, &line))
        return -EBADMSG;
    for (int i = 0; i < 4; i++) {
        if (!rp_text_word(&line, &field))
            return -EBADMSG;
    }
    if (!rp_text_until(&field, '/', &running) || rp_parse_u64(running.at, running.len, &found.running) < 0 ||
        rp_parse_u64(field.at, field.len, &found.tasks) < 0)
        return -EBADMSG;
    *ret = found;
    return 0;
}
