// SPDX-License-Identifier: Apache-2.0
/* The signals that may ask a workload for a checkpoint. */
#include "core/parse/unix_signal.h"

#include <errno.h>
#include <signal.h>

#include "base/num.h"

#define RT_FIRST 34u
#define RT_LAST  64u

static const struct {
    const char *name;
    uint8_t number;
} named[] = {
    {"HUP", SIGHUP}, {"INT", SIGINT}, {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"TERM", SIGTERM},
};

int rp_parse_unix_signal(struct rp_text name, uint8_t *ret)
{
    uint64_t offset = 0;
    rp_text_skip(&name, "SIG");
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
        if (rp_text_is(name, named[i].name)) {
            *ret = named[i].number;
            return 0;
        }
    }
    if (!rp_text_skip(&name, "RTMIN"))
        return -EINVAL;
    if (name.len > 0 && (!rp_text_skip(&name, "+") || rp_parse_u64(name.at, name.len, &offset) < 0))
        return -EINVAL;
    if (offset > RT_LAST - RT_FIRST)
        return -EINVAL;
    *ret = (uint8_t)(RT_FIRST + offset);
    return 0;
}

bool rp_unix_signal_allowed(unsigned int signal)
{
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
        if (named[i].number == signal)
            return true;
    }
    return signal >= RT_FIRST && signal <= RT_LAST;
}

void rp_unix_signal_add(struct rp_line *line, unsigned int signal)
{
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
        if (named[i].number == signal) {
            rp_line_add(line, named[i].name);
            return;
        }
    }
    if (rp_unix_signal_allowed(signal)) {
        rp_line_add(line, "RTMIN+");
        signal -= RT_FIRST;
    }
    rp_line_add_u64(line, signal);
}
