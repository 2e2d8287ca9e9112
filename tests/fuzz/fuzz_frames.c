// SPDX-License-Identifier: Apache-2.0
/*
 * A link that was taken over: frames of any kind in any order, into the inbox and from there into the core. What comes out
 * of the inbox is a whole list of one kind; what the core makes of it is still an arena; and it can be shown.
 *
 * The input is a program, one letter a frame: B and C with list, generation and count behind, p s n k o for an item filled
 * with the bytes that follow, R for raw bytes as a frame.
 */
#include "app/facts.h"
#include "core/view/words.h"
#include "fuzz.h"
#include "reprieve/model.h"

#define PODS 4

struct input {
    const uint8_t *data;
    size_t size, at;
};

static uint8_t next(struct input *in)
{
    return in->at < in->size ? in->data[in->at++] : 0;
}

static void bytes(struct input *in, void *dst, size_t size)
{
    const size_t n = in->size - in->at < size ? in->size - in->at : size;
    memcpy(dst, in->data + in->at, n);
    in->at += n;
}

static void fill_item(struct input *in, struct rp_fact *fact, uint8_t letter)
{
    switch (letter) {
    case 'p':
        fact->kind = RP_FACT_POD;
        fact->pod.uid[0] = (char)('a' + next(in) % 8);
        fact->pod.name[0] = (char)next(in);
        fact->pod.memory_request_bytes = (int64_t)next(in) << (next(in) % 55);
        fact->pod.priority = (int32_t)(next(in) * 16777216u);
        fact->pod.critical = next(in) & 1;
        fact->pod.finished = next(in) & 1;
        fact->pod.contract.protect = next(in) & 1;
        fact->pod.contract.value = next(in);
        fact->pod.contract.floor = next(in) % RP_ACTION_MAX;
        break;
    case 's':
        fact->kind = RP_FACT_POD_STATS;
        fact->pod_stats.uid[0] = (char)('a' + next(in) % 8);
        bytes(in, &fact->pod_stats.working_set_bytes, sizeof(int64_t));
        break;
    case 'n':
        fact->kind = RP_FACT_NODE_STATS;
        bytes(in, &fact->node_stats, sizeof(fact->node_stats));
        break;
    case 'k':
        fact->kind = RP_FACT_KUBELET;
        fact->kubelet.thresholds_n = next(in);
        bytes(in, fact->kubelet.thresholds, 2 * sizeof(fact->kubelet.thresholds[0]));
        break;
    default:
        fact->kind = RP_FACT_SOURCE;
        fact->source.source = next(in);
        fact->source.configured = true;
        bytes(in, fact->source.error, 4);
        break;
    }
}

static size_t make_frame(struct input *in, struct rp_fact *fact)
{
    const uint8_t letter = next(in);
    memset(fact, 0, sizeof(*fact));
    fact->version = RP_LINK_VERSION;
    if (letter == 'R') {
        bytes(in, fact, sizeof(*fact));
        return sizeof(*fact) - (next(in) == 1);
    }
    if (letter != 'B' && letter != 'C') {
        fill_item(in, fact, letter);
        return sizeof(*fact);
    }
    fact->kind = letter == 'B' ? RP_FACT_BEGIN : RP_FACT_COMMIT;
    fact->list.list = next(in);
    fact->list.generation = next(in);
    fact->list.count = next(in);
    return sizeof(*fact);
}

static void check_list(const struct rp_inbox *inbox)
{
    const struct rp_fact *head = &inbox->facts[0], *tail = &inbox->facts[inbox->n - 1];
    RP_MUST(inbox->n >= 2 && inbox->n <= inbox->capacity);
    RP_MUST(head->kind == RP_FACT_BEGIN && tail->kind == RP_FACT_COMMIT);
    RP_MUST(tail->list.count == inbox->n - 2 && tail->list.generation == head->list.generation);
    RP_MUST(tail->list.list == head->list.list && head->list.list < RP_LIST_MAX);
    for (uint32_t i = 0; i < inbox->n; i++)
        RP_MUST(rp_fact_validate(&inbox->facts[i], sizeof(inbox->facts[i])) == 0);
    for (uint32_t i = 1; i + 1 < inbox->n; i++)
        RP_MUST(inbox->facts[i].kind > RP_FACT_BEGIN && inbox->facts[i].kind < RP_FACT_COMMIT);
}

static struct rp_arena *new_arena(void)
{
    static struct rp_policy policy;
    static struct rp_arena *arena;
    static size_t size;
    if (!arena) {
        rp_policy_init(&policy);
        policy.pods_max = PODS;
        policy.cgroups_max = 16;
        size = rp_arena_size(&policy);
        arena = malloc(size);
    }
    memset(arena, 0, size);
    RP_MUST(rp_arena_init(arena, size, &policy) == 0);
    return arena;
}

static void show(const struct rp_arena *arena)
{
    char text[400];
    const uint64_t n = arena->log_n < RP_LOG_MAX ? arena->log_n : RP_LOG_MAX;
    for (uint64_t i = arena->log_n - n; i < arena->log_n; i++) {
        rp_log_text(&arena->log[i % RP_LOG_MAX], text, sizeof(text));
        RP_MUST(text[0] && text[0] != '?');
        for (const char *c = text; *c; c++)
            RP_MUST((unsigned char)*c >= 0x20 && *c != 0x7f);
    }
    rp_headline(arena, text, sizeof(text));
    RP_MUST(text[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {.data = data, .size = size};
    struct rp_arena *arena = new_arena();
    struct rp_inbox inbox;
    struct rp_fact fact;
    struct rp_plan plan;
    RP_MUST(rp_inbox_init(&inbox, PODS) == 0);
    for (rp_ns t_ns = RP_NS_PER_S; in.at < in.size; t_ns += RP_NS_PER_S) {
        const size_t len = make_frame(&in, &fact);
        if (!rp_inbox_push(&inbox, &fact, len))
            continue;
        check_list(&inbox);
        const struct rp_sample sample = {.t_ns = t_ns, .facts = inbox.facts, .facts_n = inbox.n};
        rp_core_step(arena, &sample, &plan);
        RP_MUST(plan.actions_n == 0); /* without a cgroup there is nothing to act on */
        RP_MUST(rp_arena_check(arena, arena->total_bytes) == 0);
        rp_inbox_clear(&inbox);
    }
    show(arena);
    rp_inbox_deinit(&inbox);
    return 0;
}
