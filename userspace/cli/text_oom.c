// SPDX-License-Identifier: Apache-2.0
#include "cli/text_oom.h"

#include <stdio.h>

#include "base/line.h"
#include "base/num.h"
#include "base/str.h"
#include "base/units.h"
#include "core/view/words.h"

#define NAMES_SHOWN 3u

/* The pod, or what outside of the pods would die. */
static void add_name(struct rp_line *line, struct rp_arena *arena, const struct rp_oom_victim *v)
{
    const struct rp_pod *pod = rp_pod_at(arena, v->pod);
    const struct rp_cgroup *cgroup = rp_cgroup_at(arena, v->cgroup);
    char label[RP_POD_NAME_MAX + RP_NS_MAX + 1] = "?", name[48], size[RP_UNITS_MAX];
    if (pod)
        rp_pod_label(pod, label, sizeof(label));
    else if (cgroup)
        rp_cut(label, sizeof(label), cgroup->path);
    rp_sanitize(label);
    rp_cut(name, sizeof(name), label);
    rp_line_add(line, name);
    rp_line_add(line, v->dies == RP_OOM_DIES_GROUP ? " (all of it, " : " (a process, ");
    rp_line_add(line, rp_format_bytes(size, sizeof(size), v->frees_bytes));
    rp_line_add(line, ")");
}

bool rp_text_kernel_victims(struct rp_arena *arena, unsigned wall, char text[RP_SENSE_LINE])
{
    static const char *const heads[RP_OOM_WALLS] = {
        [RP_OOM_NODE] = "  the kernel would kill       ", [RP_OOM_PODS] = "  at the limit of all pods    "};
    const struct rp_oom_victims *list = &arena->oom_victims[wall];
    struct rp_line line;
    if (list->n == 0)
        return false;
    rp_line_init(&line, text, RP_SENSE_LINE);
    rp_line_add(&line, heads[wall]);
    for (uint32_t i = 0; i < list->n && i < NAMES_SHOWN && list->list[i].group == 1; i++) {
        rp_line_add(&line, i ? " or " : "");
        add_name(&line, arena, &list->list[i]);
    }
    if (list->first_n > NAMES_SHOWN) {
        rp_line_add(&line, " or one of ");
        rp_line_add_u64(&line, list->first_n - NAMES_SHOWN);
        rp_line_add(&line, " more");
    }
    return true;
}

const char rp_text_own_limit_head[] = "  NEAR ITS OWN LIMIT         LIMIT      LEFT      GROWTH  OUTLOOK";

static void add_outlook(struct rp_line *line, const struct rp_arena *arena, const struct rp_own_limit *own)
{
    const struct rp_forecast *f = &own->forecast;
    char time[RP_UNITS_MAX], missing[160];
    if (f->state == RP_FORECAST_CROSSING) {
        rp_line_add(line, "is there in ");
        rp_line_add(line, rp_format_duration(time, sizeof(time), f->median_ns));
        rp_line_add(line, ", ");
        rp_line_add_u64(line, (f->within_60s_permille + 5u) / 10u);
        rp_line_add(line, " % within 60 s");
    } else if (f->state == RP_FORECAST_ABSTAIN) {
        rp_missing_text(f->missing, missing, sizeof(missing));
        rp_line_add(line, missing);
    } else {
        rp_line_add(line, rp_forecast_word(f->state));
    }
    if (!own->reclaim_ns)
        return;
    rp_line_add(line, ", reclaimed ");
    rp_line_add(line, rp_format_duration(time, sizeof(time), rp_sub_sat_u64(arena->t_ns, own->reclaim_ns)));
    rp_line_add(line, " ago");
}

void rp_text_own_limit(const struct rp_arena *arena, const struct rp_pod *pod, char text[RP_SENSE_LINE])
{
    const struct rp_own_limit *own = &pod->own_limit;
    char label[RP_POD_NAME_MAX + RP_NS_MAX + 1], name[23];
    char limit[RP_UNITS_MAX], left[RP_UNITS_MAX], growth[RP_UNITS_MAX];
    struct rp_line line;
    rp_pod_label(pod, label, sizeof(label));
    rp_cut(name, sizeof(name), label);
    const int wrote = snprintf(text, RP_SENSE_LINE, "  %-22s %9s %9s %9s/s  ", name,
                               rp_format_bytes(limit, sizeof(limit), own->forecast.capacity),
                               rp_format_bytes(left, sizeof(left), own->forecast.available),
                               rp_format_bytes(growth, sizeof(growth), own->forecast.growth_per_s));
    const size_t at = wrote > 0 ? rp_min_u64((uint64_t)wrote, RP_SENSE_LINE - 1) : 0;
    rp_line_init(&line, text + at, RP_SENSE_LINE - at);
    add_outlook(&line, arena, own);
}
