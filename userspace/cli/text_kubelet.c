// SPDX-License-Identifier: Apache-2.0
#include "cli/text_kubelet.h"

#include "base/line.h"
#include "base/num.h"
#include "base/units.h"
#include "core/view/words.h"

static void add_time(struct rp_line *line, rp_ns duration_ns)
{
    char text[RP_UNITS_MAX];
    rp_line_add(line, rp_format_duration(text, sizeof(text), duration_ns));
}

static void add_conditions(struct rp_line *line, const struct rp_arena *arena)
{
    const struct rp_kubelet_manager *manager = &arena->kubelet.manager;
    const char *between = "";
    for (uint32_t c = 0; c < RP_CONDITION_MAX; c++) {
        if (!(manager->conditions & (1u << c)))
            continue;
        rp_line_add(line, between);
        rp_line_add(line, rp_condition_word(c));
        rp_line_add(line, " since ");
        add_time(line, rp_sub_sat_u64(arena->t_ns, manager->since_ns[c]));
        between = ", ";
    }
}

/* Of those that wait in their grace the one that ends first. */
static void add_grace(struct rp_line *line, const struct rp_arena *arena)
{
    const struct rp_kubelet *kubelet = &arena->kubelet;
    rp_ns left_ns = RP_NS_FOREVER;
    const char *signal = "";
    for (uint32_t i = 0; i < kubelet->effective.thresholds_n; i++) {
        const struct rp_threshold *t = &kubelet->effective.thresholds[i];
        if (!(kubelet->decision.met & ~kubelet->manager.acts & (1u << i)))
            continue;
        const rp_ns ends_ns = rp_add_sat_u64(kubelet->manager.met_ns[i], t->grace_ns);
        if (rp_sub_sat_u64(ends_ns, arena->t_ns) >= left_ns)
            continue;
        left_ns = rp_sub_sat_u64(ends_ns, arena->t_ns);
        signal = rp_signal_name((enum rp_signal)t->signal);
    }
    if (left_ns == RP_NS_FOREVER)
        return;
    rp_line_add(line, "; ");
    rp_line_add(line, signal);
    rp_line_add(line, " evicts in ");
    add_time(line, left_ns);
}

static void add_look(struct rp_line *line, const struct rp_arena *arena)
{
    const struct rp_kubelet_look next = rp_kubelet_next_look(&arena->kubelet.phase, arena->t_ns);
    rp_line_add(line, "; looks within ");
    add_time(line, next.late_ns - arena->t_ns);
}

bool rp_text_kubelet(const struct rp_arena *arena, char text[RP_SENSE_LINE])
{
    const struct rp_kubelet *kubelet = &arena->kubelet;
    struct rp_line line;
    if (!kubelet->manager.conditions && !kubelet->excess_n)
        return false;
    rp_line_init(&line, text, RP_SENSE_LINE);
    rp_line_add(&line, "  the kubelet, probably       ");
    add_conditions(&line, arena);
    add_grace(&line, arena);
    if (kubelet->excess_n) {
        rp_line_add(&line, kubelet->manager.conditions ? "; " : "");
        rp_line_add_u64(&line, kubelet->excess_n);
        rp_line_add(&line, " above a limit of local storage");
    }
    add_look(&line, arena);
    return true;
}
