// SPDX-License-Identifier: Apache-2.0
#include "link/serve/health.h"

#include "core/view/words.h"

#define HEARTBEAT_MAX_NS (15 * RP_NS_PER_S) /* the slowest configurable period is 10 s */

enum verdict { OK, DEGRADED, FAILED };

static bool say(struct evbuffer *out, enum verdict verdict, const char *name, const char *text)
{
    static const char *const marks[] = {[OK] = "+", [DEGRADED] = "~", [FAILED] = "-"};
    static const char *const words[] = {[OK] = "ok", [DEGRADED] = "degraded", [FAILED] = "failed"};
    (void)evbuffer_add_printf(out, "[%s]%s %s%s%s\n", marks[verdict], name, words[verdict], text[0] ? ": " : "", text);
    return verdict != FAILED;
}

bool rp_livez_write(struct evbuffer *out, const struct rp_arena *arena, rp_ns now)
{
    if (!arena)
        return say(out, FAILED, "guard", "its state cannot be read");
    bool beats = now - arena->agent.heartbeat_ns < HEARTBEAT_MAX_NS || arena->agent.heartbeat_ns > now;
    return say(out, beats ? OK : FAILED, "guard", beats ? "" : "the rescue thread stands still");
}

static bool hooks(struct evbuffer *out, const struct rp_arena *arena)
{
    bool all = true;
    for (uint32_t i = 0; i < arena->agent.hooks_n; i++) {
        const struct rp_hook *hook = &arena->agent.hooks[i];
        char name[64];
        if (hook->state == RP_HOOK_ATTACHED || hook->state == RP_HOOK_SPARE)
            continue;
        (void)evutil_snprintf(name, sizeof(name), "bpf:%s", hook->program);
        (void)say(out, DEGRADED, name, hook->fallback);
        all = false;
    }
    return all ? say(out, OK, "bpf", "") : true;
}

static void complaints(struct evbuffer *out, const struct rp_arena *arena)
{
    for (uint32_t i = 0; i < arena->agent.complaints_n && i < RP_COMPLAINTS_MAX; i++)
        (void)say(out, DEGRADED, "senses", arena->agent.complaints[i].text);
    if (arena->agent.complaints_n == 0)
        (void)say(out, OK, "senses", "");
}

static bool sources(struct evbuffer *out, const struct rp_arena *arena)
{
    for (unsigned i = 0; i < RP_SOURCE_MAX; i++) {
        const struct rp_fact_source *source = &arena->node.sources[i];
        char name[64];
        if (!source->configured)
            continue;
        (void)evutil_snprintf(name, sizeof(name), "source:%s", rp_source_word(i));
        (void)say(out, source->ok ? OK : DEGRADED, name, source->error);
    }
    return true;
}

bool rp_readyz_write(struct evbuffer *out, const struct rp_arena *arena, rp_ns now)
{
    bool ready = rp_livez_write(out, arena, now);
    if (!arena)
        return false;
    bool reads = arena->node.now.known & RP_NODE_MEM_TOTAL;
    ready = say(out, reads ? OK : FAILED, "node", reads ? "" : "/proc/meminfo cannot be read") && ready;
    bool held = arena->agent.mode != arena->policy.mode;
    (void)say(out, held ? DEGRADED : OK, "mode",
              held ? rp_reason_sentence((enum rp_reason)arena->agent.mode_reason) : "");
    (void)say(out, arena->agent.psi ? OK : DEGRADED, "psi", arena->agent.psi ? "" : "the kernel has no PSI (psi=1)");
    (void)say(out, arena->agent.hands_lost ? DEGRADED : OK, "hands",
              arena->agent.hands_lost ? "at least one was abandoned in a call that did not return" : "");
    complaints(out, arena);
    return hooks(out, arena) && sources(out, arena) && ready;
}
