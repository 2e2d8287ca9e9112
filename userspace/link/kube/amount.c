// SPDX-License-Identifier: Apache-2.0
#include "link/kube/amount.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/parse/quantity.h"

#define NANO 1000000000u

int rp_amount_read(const json_t *holder, const char *path, struct rp_exact *ret, struct rp_complaint *why)
{
    struct rp_quantity quantity = {0};
    const json_t *value = rp_json_at(holder, path);
    const char *text = rp_json_string(value);
    bool good = true;
    if (text)
        good = rp_parse_quantity(text, strlen(text), &quantity) == 0;
    else if (value)
        good = rp_json_integer(holder, path, &quantity.floor) == 0;
    if (!good || quantity.floor < 0) {
        (void)snprintf(why->text, sizeof(why->text), "%s: %.60s", path, text ? text : "is not a quantity");
        return -EINVAL;
    }
    *ret = (struct rp_exact){value != NULL, (rp_u128)(uint64_t)quantity.floor * NANO + quantity.nano};
    return 0;
}

struct rp_exact rp_amount_plus(struct rp_exact a, struct rp_exact b)
{
    return (struct rp_exact){a.there || b.there, a.nano + b.nano};
}

static struct rp_exact larger(struct rp_exact a, struct rp_exact b)
{
    return (struct rp_exact){a.there || b.there, a.nano > b.nano ? a.nano : b.nano};
}

struct rp_exact rp_amount_add_init(struct rp_amount_sum *sum, struct rp_exact own, bool sidecar)
{
    const struct rp_exact together = rp_amount_plus(sum->sidecars, own);
    if (sidecar)
        sum->sidecars = together;
    sum->peak = larger(sum->peak, together);
    return together;
}

struct rp_exact rp_amount_total(const struct rp_amount_sum *sum)
{
    return larger(rp_amount_plus(sum->running, sum->sidecars), sum->peak);
}

struct rp_exact rp_amount_with_overhead(struct rp_exact amount, struct rp_exact overhead)
{
    return amount.nano > 0 ? rp_amount_plus(amount, overhead) : amount;
}

int64_t rp_amount_floor(struct rp_exact amount)
{
    const rp_u128 whole = amount.nano / NANO;
    return whole > (rp_u128)INT64_MAX ? INT64_MAX : (int64_t)whole;
}

int64_t rp_amount_value(struct rp_exact amount)
{
    return rp_add_sat_i64(rp_amount_floor(amount), amount.nano % NANO > 0);
}

uint32_t rp_amount_cut_nano(struct rp_exact amount)
{
    const uint32_t part = (uint32_t)(amount.nano % NANO);
    return part ? NANO - part : 0;
}
