// SPDX-License-Identifier: Apache-2.0
#include "cli/json_parts.h"

#include "core/view/words.h"

json_t *rp_json_number(bool known, int64_t value)
{
    return known ? json_integer((json_int_t)value) : json_null();
}

json_t *rp_json_when(rp_ns t_ns)
{
    return t_ns ? json_real((double)t_ns / 1e9) : json_null();
}

json_t *rp_json_seconds(rp_ns ns)
{
    return ns == RP_NS_FOREVER ? json_null() : json_real((double)ns / 1e9);
}

json_t *rp_json_forecast(const struct rp_forecast *f)
{
    char missing[160];
    rp_missing_text(f->missing, missing, sizeof(missing));
    return json_pack("{ss ss so so so si si si sb}", "state", rp_forecast_word(f->state), "missing", missing, "early_s",
                     rp_json_seconds(f->early_ns), "median_s", rp_json_seconds(f->median_ns), "late_s",
                     rp_json_seconds(f->late_ns), "within_10s_permille", f->within_10s_permille, "within_60s_permille",
                     f->within_60s_permille, "within_5min_permille", f->within_5min_permille, "burst", f->burst);
}
