// SPDX-License-Identifier: Apache-2.0
/* What single values mean: numbers with their units, and bounded texts, each into its member of the policy. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/str.h"
#include "config/schema.h"
#include "core/model/policy_text.h"
#include "core/parse/go_duration.h"
#include "core/parse/quantity.h"

int rp_bind_refuse(struct rp_complaint *why, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(why->text, sizeof(why->text), format, args);
    va_end(args);
    return -EINVAL;
}

/* ---- ranges, shown as an operator would write them */

#define NUMBER_MAX 32

typedef void show_fn(uint64_t number, char dst[static NUMBER_MAX]);

static void show_duration(uint64_t ns, char dst[static NUMBER_MAX])
{
    static const struct {
        const char *unit;
        uint64_t ns;
    } units[] = {
        {"h", 3600 * RP_NS_PER_S}, {"m", 60 * RP_NS_PER_S}, {"s", RP_NS_PER_S}, {"ms", RP_NS_PER_MS}, {"ns", 1}};
    size_t i = 0;
    while (ns % units[i].ns != 0 || (ns == 0 && units[i].ns > RP_NS_PER_S))
        i++;
    (void)snprintf(dst, NUMBER_MAX, "%llu%s", (unsigned long long)(ns / units[i].ns), units[i].unit);
}

static void show_share(uint64_t permille, char dst[static NUMBER_MAX])
{
    if (permille % 10 == 0)
        (void)snprintf(dst, NUMBER_MAX, "%llu%%", (unsigned long long)(permille / 10));
    else
        (void)snprintf(dst, NUMBER_MAX, "%llu.%llu%%", (unsigned long long)(permille / 10),
                       (unsigned long long)(permille % 10));
}

static void show_cpu(uint64_t permille, char dst[static NUMBER_MAX])
{
    (void)snprintf(dst, NUMBER_MAX, "%llum", (unsigned long long)permille);
}

static void show_count(uint64_t count, char dst[static NUMBER_MAX])
{
    (void)snprintf(dst, NUMBER_MAX, "%llu", (unsigned long long)count);
}

static void show_size(uint64_t bytes, char dst[static NUMBER_MAX])
{
    static const char *const suffixes[] = {"", "Ki", "Mi", "Gi"};
    size_t i = 0;
    for (; i + 1 < sizeof(suffixes) / sizeof(suffixes[0]) && bytes > 0 && bytes % 1024 == 0; i++)
        bytes /= 1024;
    (void)snprintf(dst, NUMBER_MAX, "%llu%s", (unsigned long long)bytes, suffixes[i]);
}

static int store(const struct rp_binder *binder, const struct rp_setting *setting, uint64_t number, show_fn *show,
                 struct rp_complaint *why)
{
    unsigned char *const member = (unsigned char *)binder->policy + setting->offset;
    const uint32_t narrow = (uint32_t)number;
    if (number < setting->min || number > setting->max) {
        char min[NUMBER_MAX], max[NUMBER_MAX], given[NUMBER_MAX];
        show(setting->min, min);
        show(setting->max, max);
        show(number, given);
        return rp_bind_refuse(why, "must be from %s to %s, not %s", min, max, given);
    }
    if (setting->size == sizeof(narrow))
        memcpy(member, &narrow, sizeof(narrow));
    else
        memcpy(member, &number, sizeof(number));
    return 0;
}

/* ---- numbers */

int rp_bind_duration(struct rp_binder *binder, const struct rp_setting *setting, const char *text,
                     struct rp_complaint *why)
{
    rp_ns ns = 0;
    uint64_t bare = 0;
    if (rp_parse_u64(text, strlen(text), &bare) == 0 && bare > 0)
        return rp_bind_refuse(why, "needs a unit: %.*ss, %.*sms, ...", RP_BIND_SHOWN, text, RP_BIND_SHOWN, text);
    if (rp_parse_duration_ns(text, strlen(text), &ns) < 0)
        return rp_bind_refuse(why, "must be a duration such as 30s, 500ms or 1m30s, not \"%.*s\"", RP_BIND_SHOWN, text);
    return store(binder, setting, ns, show_duration, why);
}

/* A decimal number in thousandths. A quantity in "k" is one times a thousand, and what is finer it calls a fraction. */
static bool thousandths(const char *text, size_t len, uint64_t *ret)
{
    char scaled[NUMBER_MAX];
    struct rp_quantity quantity;
    if (len + 2 > sizeof(scaled))
        return false;
    const int n = snprintf(scaled, sizeof(scaled), "%.*sk", (int)len, text);
    if (rp_parse_quantity(scaled, (size_t)n, &quantity) < 0 || quantity.nano || quantity.value < 0)
        return false;
    *ret = (uint64_t)quantity.value;
    return true;
}

int rp_bind_share(struct rp_binder *binder, const struct rp_setting *setting, const char *text,
                  struct rp_complaint *why)
{
    const size_t len = strlen(text);
    const bool percent = rp_ends_with(text, "%");
    uint64_t number = 0;
    if (!thousandths(text, percent ? len - 1 : len, &number) || (percent && number % 100 != 0))
        return rp_bind_refuse(why, "must be a share such as 70%% or 0.7, in steps of 0.1%%, not \"%.*s\"",
                              RP_BIND_SHOWN, text);
    if (!percent && number > 1000)
        return rp_bind_refuse(why, "must be from 0 to 1, or carry a percent sign: %.*s%%", RP_BIND_SHOWN, text);
    return store(binder, setting, percent ? number / 100 : number, show_share, why);
}

int rp_bind_cpu(struct rp_binder *binder, const struct rp_setting *setting, const char *text, struct rp_complaint *why)
{
    const size_t len = strlen(text);
    uint64_t number = 0;
    const bool milli = rp_ends_with(text, "m") && rp_parse_u64(text, len - 1, &number) == 0;
    if (!milli && !thousandths(text, len, &number))
        return rp_bind_refuse(why, "must be CPU time such as 50m or 0.05 (of one CPU), not \"%.*s\"", RP_BIND_SHOWN,
                              text);
    return store(binder, setting, number, show_cpu, why);
}

int rp_bind_count(struct rp_binder *binder, const struct rp_setting *setting, const char *text,
                  struct rp_complaint *why)
{
    uint64_t number = 0;
    if (rp_parse_u64(text, strlen(text), &number) < 0)
        return rp_bind_refuse(why, "must be a whole number, not \"%.*s\"", RP_BIND_SHOWN, text);
    return store(binder, setting, number, show_count, why);
}

int rp_bind_size(struct rp_binder *binder, const struct rp_setting *setting, const char *text, struct rp_complaint *why)
{
    struct rp_quantity quantity;
    if (rp_parse_quantity(text, strlen(text), &quantity) < 0 || quantity.value < 0)
        return rp_bind_refuse(why, "must be a size such as 64Mi or 1Gi, not \"%.*s\"", RP_BIND_SHOWN, text);
    return store(binder, setting, (uint64_t)quantity.value, show_size, why);
}

/* ---- texts */

int rp_bind_string(struct rp_binder *binder, const struct rp_setting *setting, const char *text,
                   struct rp_complaint *why)
{
    const char *const problem = rp_policy_text_problem((enum rp_policy_text)setting->kind, text);
    if (problem)
        return rp_bind_refuse(why, "%s", problem);
    if (rp_copy((char *)binder->policy + setting->offset, setting->size, text) < 0)
        return rp_bind_refuse(why, "is longer than %zu bytes", setting->size - 1);
    return 0;
}
