// SPDX-License-Identifier: Apache-2.0
/* Bytes and durations for people, in integers: "1.4 GiB" must not depend on a rounding mode or a locale. */
#include "base/units.h"

#include "base/line.h"

const char *rp_format_bytes(char *dst, size_t size, int64_t bytes)
{
    static const char *const units[] = {" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};
    const uint64_t magnitude = bytes < 0 ? 0 - (uint64_t)bytes : (uint64_t)bytes;
    unsigned int power = 0;
    while (magnitude >> (10 * power) >= 1024)
        power++;
    const uint64_t whole = magnitude >> (10 * power);
    struct rp_line line;
    rp_line_init(&line, dst, size);
    if (bytes < 0)
        rp_line_add(&line, "-");
    rp_line_add_u64(&line, whole);
    if (power > 0 && whole < 100) {
        const uint64_t below = magnitude & ((UINT64_C(1) << (10 * power)) - 1); /* < 2^60: ten times it fits */
        rp_line_add(&line, ".");
        rp_line_add_u64(&line, (below * 10) >> (10 * power));
    }
    rp_line_add(&line, units[power]);
    return dst;
}

/* "3 min 10 s": `x` of the larger unit's `ratio` parts, the smaller left out when it is zero. */
static void add_pair(struct rp_line *line, uint64_t x, uint64_t ratio, const char *large, const char *small)
{
    rp_line_add_u64(line, x / ratio);
    rp_line_add(line, large);
    if (x % ratio == 0)
        return;
    rp_line_add(line, " ");
    rp_line_add_u64(line, x % ratio);
    rp_line_add(line, small);
}

static void add_below_minute(struct rp_line *line, rp_ns duration_ns)
{
    static const struct {
        rp_ns ns;
        const char *word;
    } units[] = {{RP_NS_PER_S, " s"}, {RP_NS_PER_MS, " ms"}, {1000, " us"}, {1, " ns"}};
    size_t i = 0;
    while (i < 3 && duration_ns < units[i].ns)
        i++;
    rp_line_add_u64(line, duration_ns / units[i].ns);
    if (i == 0 && duration_ns < 10 * RP_NS_PER_S) {
        rp_line_add(line, ".");
        rp_line_add_u64(line, duration_ns % RP_NS_PER_S * 10 / RP_NS_PER_S);
    }
    rp_line_add(line, units[i].word);
}

const char *rp_format_duration(char *dst, size_t size, rp_ns duration_ns)
{
    const uint64_t seconds = duration_ns / RP_NS_PER_S;
    struct rp_line line;
    rp_line_init(&line, dst, size);
    if (duration_ns == RP_NS_FOREVER)
        rp_line_add(&line, "never");
    else if (seconds < 60)
        add_below_minute(&line, duration_ns);
    else if (seconds < 3600)
        add_pair(&line, seconds, 60, " min", " s");
    else if (seconds < 86400)
        add_pair(&line, seconds / 60, 60, " h", " min");
    else
        add_pair(&line, seconds / 3600, 24, " d", " h");
    return dst;
}
