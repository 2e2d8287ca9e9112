// SPDX-License-Identifier: Apache-2.0
/* Files that hold one number. */
#include "core/parse/single_value.h"

#include "base/num.h"
#include "core/parse/text.h"

int rp_parse_single_value(const char *text, size_t len, uint64_t *ret)
{
    struct rp_text value = rp_text(text, len);
    rp_text_drop_end(&value, "\n");
    if (!rp_text_is(value, "max"))
        return rp_parse_u64(value.at, value.len, ret);
    *ret = UINT64_MAX;
    return 0;
}

int rp_parse_single_signed(const char *text, size_t len, int64_t *ret)
{
    struct rp_text value = rp_text(text, len);
    rp_text_drop_end(&value, "\n");
    return rp_parse_i64(value.at, value.len, ret);
}
