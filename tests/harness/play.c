// SPDX-License-Identifier: Apache-2.0
#include "play.h"

#include <stdio.h>
#include <sys/mman.h>

#include "base/seq.h"
#include "harness.h"
#include "node/record/digest.h"

#define BEGIN_NS    (1000 * RP_NS_PER_S)
#define REALTIME_NS (INT64_C(1700000000) * (int64_t)RP_NS_PER_S) /* at BEGIN_NS */
#define CALM_NS     (2 * RP_NS_PER_S)
#define FAST_NS     (500 * RP_NS_PER_MS)
#define LIST_LOOKS  5 /* the kubelet's documents come with every so-maniest look */
#define KEYFRAME_NS (300 * RP_NS_PER_S)
#define ACK_NS      (4 * RP_NS_PER_S)
#define SYSTEM_MIB  500 /* what everything but pods takes */
#define PODS_ROOT   "kubepods.slice"
#define BURSTABLE   PODS_ROOT "/kubepods-burstable.slice"

enum { ID_ROOT = 1, ID_SYSTEM, ID_PODS, ID_BURSTABLE, ID_FREE };

static uint64_t next_random(struct rp_play *play)
{
    play->seed ^= play->seed << 13;
    play->seed ^= play->seed >> 7;
    play->seed ^= play->seed << 17;
    return play->seed;
}

static int64_t realtime(const struct rp_play *play)
{
    return REALTIME_NS + (int64_t)(play->t_ns - BEGIN_NS);
}

/* ---- recording */

static void push(struct rp_play *play, struct rp_frame *frame)
{
    const struct rp_ring_stamp stamp = {.realtime_ns = realtime(play), .epoch = play->epoch};
    frame->input = play->arena->inputs;
    frame->t_ns = play->t_ns;
    if (play->ring)
        (void)rp_ring_push(play->ring, frame, &stamp);
}

static void push_start(struct rp_play *play)
{
    struct rp_start start = {.bpf = true, .version = "play", .realtime_offset_ns = REALTIME_NS - (int64_t)BEGIN_NS};
    struct rp_frame frame = {.kind = RP_FRAME_START, .start = &start, .policy = &play->policy};
    (void)snprintf(start.self_path, sizeof(start.self_path), "system.slice/reprieved.service");
    push(play, &frame);
}

void rp_play_set_policy(struct rp_play *play)
{
    struct rp_frame frame = {.kind = RP_FRAME_POLICY, .policy = &play->policy};
    rp_seq_write_begin(&play->arena->sequence);
    rp_model_set_policy(play->arena, &play->policy);
    rp_seq_write_end(&play->arena->sequence);
    push(play, &frame);
}

void rp_play_scribe(struct rp_play *play, const char *directory, uint64_t bytes, struct rp_scribe *ret)
{
    const struct rp_scribe_options options = {.ring = play->ring,
                                              .arena = play->arena,
                                              .arena_bytes = play->arena_bytes,
                                              .directory = directory,
                                              .record_bytes = bytes,
                                              .keyframe_ns = KEYFRAME_NS};
    assert_int_equal(rp_scribe_init(ret, &options), 0);
}

/* ---- the node */

static const struct rp_play_pod *role(const struct rp_play *play, uint32_t i)
{
    static const struct rp_play_pod quiet = {.name = "quiet", .usage_mib = 20, .request_mib = 32, .value = 500};
    return i < play->story->pods_n ? &play->story->pods[i] : &quiet;
}

static void uid_of(uint32_t i, char separator, char dst[RP_UID_MAX])
{
    (void)snprintf(dst, RP_UID_MAX, "%08u%c1111%c2222%c3333%c%012u", i, separator, separator, separator, separator, i);
}

static void born(struct rp_play *play, rp_cgroup_id id, rp_cgroup_id parent, const char *path)
{
    struct rp_cgroup_birth *birth = &play->births[play->sample.births_n++];
    *birth = (struct rp_cgroup_birth){.id = id, .parent = parent, .t_ns = play->t_ns};
    (void)snprintf(birth->path, sizeof(birth->path), "%s", path);
}

static void container_born(struct rp_play *play, uint32_t i)
{
    char uid[RP_UID_MAX], path[RP_PATH_MAX];
    uid_of(i, '_', uid);
    play->pods[i].container = play->next_id++;
    (void)snprintf(path, sizeof(path), BURSTABLE "/kubepods-burstable-pod%s.slice/cri-containerd-%064llu.scope", uid,
                   (unsigned long long)play->pods[i].container);
    born(play, play->pods[i].container, play->pods[i].slice, path);
}

static void all_born(struct rp_play *play)
{
    char uid[RP_UID_MAX], path[RP_PATH_MAX];
    born(play, ID_ROOT, RP_CGROUP_NONE, "");
    born(play, ID_SYSTEM, ID_ROOT, "system.slice");
    born(play, ID_PODS, ID_ROOT, PODS_ROOT);
    born(play, ID_BURSTABLE, ID_PODS, BURSTABLE);
    for (uint32_t i = 0; i < play->pods_n; i++) {
        play->pods[i].slice = play->next_id++;
        play->pods[i].usage_bytes = role(play, i)->usage_mib * RP_MIB;
        uid_of(i, '_', uid);
        (void)snprintf(path, sizeof(path), BURSTABLE "/kubepods-burstable-pod%s.slice", uid);
        born(play, play->pods[i].slice, ID_BURSTABLE, path);
        container_born(play, i);
    }
}

static void list_facts(struct rp_play *play, enum rp_list list, uint32_t n)
{
    play->facts[0] = (struct rp_fact){.version = RP_LINK_VERSION,
                                      .kind = RP_FACT_BEGIN,
                                      .list = {.list = (uint32_t)list, .generation = ++play->generation}};
    play->facts[n + 1] = play->facts[0];
    play->facts[n + 1].kind = RP_FACT_COMMIT;
    play->facts[n + 1].list.count = n;
    play->sample.facts_n = n + 2;
}

static void pod_facts(struct rp_play *play)
{
    for (uint32_t i = 0; i < play->pods_n; i++) {
        const struct rp_play_pod *pod = role(play, i);
        struct rp_fact *fact = &play->facts[i + 1];
        *fact = (struct rp_fact){.version = RP_LINK_VERSION, .kind = RP_FACT_POD};
        uid_of(i, '-', fact->pod.uid);
        (void)snprintf(fact->pod.namespace_, sizeof(fact->pod.namespace_), "default");
        (void)snprintf(fact->pod.name, sizeof(fact->pod.name), "%s-%u", pod->name, i);
        fact->pod.qos = RP_QOS_BURSTABLE;
        fact->pod.memory_request_bytes = pod->request_mib * RP_MIB;
        fact->pod.memory_limit_bytes = -1;
        fact->pod.liveness_window_ns = RP_NS_FOREVER;
        fact->pod.start_unix_s = REALTIME_NS / (int64_t)RP_NS_PER_S - 3600;
        rp_contract_init(&fact->pod.contract);
        fact->pod.contract.set = RP_CONTRACT_VALUE | RP_CONTRACT_PROTECT | RP_CONTRACT_CHECKPOINT;
        fact->pod.contract.value = (uint16_t)pod->value;
        fact->pod.contract.protect = pod->protect;
        fact->pod.contract.trigger = pod->protect ? RP_TRIGGER_SIGNAL : RP_TRIGGER_NONE;
        fact->pod.contract.signal = pod->protect ? 10 : 0;
    }
    list_facts(play, RP_LIST_PODS, play->pods_n);
}

static void kubelet_facts(struct rp_play *play)
{
    play->facts[1] =
        (struct rp_fact){.version = RP_LINK_VERSION, .kind = RP_FACT_KUBELET, .kubelet = play->policy.kubelet};
    list_facts(play, RP_LIST_KUBELET, 1);
}

static void stats_facts(struct rp_play *play)
{
    for (uint32_t i = 0; i < play->pods_n; i++) {
        struct rp_fact *fact = &play->facts[i + 1];
        *fact = (struct rp_fact){.version = RP_LINK_VERSION, .kind = RP_FACT_POD_STATS};
        uid_of(i, '-', fact->pod_stats.uid);
        fact->pod_stats.working_set_bytes = play->pods[i].usage_bytes - play->pods[i].inactive_bytes;
        fact->pod_stats.sampled_ns = play->t_ns - RP_NS_PER_S;
    }
    list_facts(play, RP_LIST_STATS, play->pods_n);
}

static void reading(struct rp_play *play, rp_cgroup_id id, const struct rp_play_state *pod)
{
    play->cgroups[play->sample.cgroups_n++] = (struct rp_cgroup_reading){
        .id = id,
        .t_ns = play->t_ns,
        .known = RP_CG_USAGE | RP_CG_INACTIVE_FILE | RP_CG_EVENTS | RP_CG_PSI | RP_CG_PIDS | RP_CG_COUNTS,
        .usage_bytes = (uint64_t)pod->usage_bytes,
        .inactive_file_bytes = (uint64_t)pod->inactive_bytes,
        .pids = 3,
        .counts = {.forks = pod->forks, .exits = pod->forks},
    };
}

/* A tenth of the pods does a little between two sweeps, as sleeping ones do. */
static void breathe(struct rp_play *play, struct rp_play_state *pod)
{
    const uint64_t chance = next_random(play);
    if (chance % 10 != 0)
        return;
    pod->usage_bytes += (int64_t)(chance >> 8 & 15) * 4096 - 8 * 4096;
    pod->forks += chance >> 16 & 1;
}

static void readings(struct rp_play *play, bool sweep, int64_t pods_bytes)
{
    const struct rp_play_state all = {.usage_bytes = pods_bytes};
    reading(play, ID_PODS, &all);
    if (!sweep)
        return;
    play->swept_ns = play->t_ns;
    reading(play, ID_BURSTABLE, &all);
    for (uint32_t i = 0; i < play->pods_n; i++) {
        breathe(play, &play->pods[i]);
        reading(play, play->pods[i].slice, &play->pods[i]);
        reading(play, play->pods[i].container, &play->pods[i]);
    }
}

static int64_t pods_bytes(const struct rp_play *play)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < play->pods_n; i++)
        sum += play->pods[i].usage_bytes;
    return sum;
}

static void node_reading(struct rp_play *play, int64_t pods)
{
    const int64_t total = play->story->node_mib * RP_MIB;
    const int64_t used = pods + SYSTEM_MIB * RP_MIB + (int64_t)(next_random(play) % 64) * 4096;
    const uint64_t left = used < total ? (uint64_t)(total - used) : 0;
    play->sample.node = (struct rp_node_reading){
        .t_ns = play->t_ns,
        .known = RP_NODE_MEM_TOTAL | RP_NODE_MEM_FREE | RP_NODE_MEM_AVAILABLE | RP_NODE_ROOT_STAT | RP_NODE_PSI,
        .mem_total_bytes = (uint64_t)total,
        .mem_free_bytes = left,
        .mem_available_bytes = left,
        .anon_bytes = (uint64_t)used,
    };
}

/* ---- the actor */

static struct rp_play_state *pod_of(struct rp_play *play, rp_cgroup_id id)
{
    for (uint32_t i = 0; i < play->pods_n; i++)
        if (play->pods[i].slice == id || play->pods[i].container == id)
            return &play->pods[i];
    return NULL;
}

static void outcome(struct rp_play *play, const struct rp_action *action, enum rp_outcome_state state)
{
    play->outcomes[play->outcomes_n++] = (struct rp_outcome){.action = *action,
                                                             .t_ns = play->t_ns,
                                                             .state = (uint8_t)state,
                                                             .reason = state == RP_OUTCOME_UNDONE ? action->reason : 0,
                                                             .seen = action->value};
}

static void kill_container(struct rp_play *play, struct rp_play_state *pod)
{
    play->deaths[play->sample.deaths_n++] = (struct rp_cgroup_death){.id = pod->container, .t_ns = play->t_ns};
    pod->usage_bytes = 10 * RP_MIB;
    container_born(play, (uint32_t)(pod - play->pods));
}

static void obey(struct rp_play *play, const struct rp_action *action)
{
    struct rp_play_state *pod = pod_of(play, action->cgroup);
    if (!play->story->enforce || !pod) {
        outcome(play, action, action->undo ? RP_OUTCOME_UNDONE : RP_OUTCOME_OBSERVED);
        return;
    }
    if (action->kind == RP_ACTION_FREEZE)
        pod->frozen = !action->undo;
    if (action->kind == RP_ACTION_SLOW || action->kind == RP_ACTION_SQUEEZE)
        pod->braked = !action->undo;
    if (action->kind == RP_ACTION_KILL)
        kill_container(play, pod);
    if (action->kind == RP_ACTION_CHECKPOINT) {
        play->checkpoint = *action;
        play->checkpoint_ns = play->t_ns;
    }
    outcome(play, action, action->undo ? RP_OUTCOME_UNDONE : RP_OUTCOME_DONE);
}

static void act(struct rp_play *play)
{
    play->outcomes_n = 0;
    play->sample.deaths_n = play->sample.births_n = 0; /* what a kill ends and begins is seen with the next sample */
    for (uint32_t i = 0; i < play->plan.actions_n; i++)
        obey(play, &play->plan.actions[i]);
    if (play->checkpoint_ns && play->t_ns - play->checkpoint_ns > ACK_NS) {
        play->checkpoint_ns = 0;
        outcome(play, &play->checkpoint, RP_OUTCOME_ACKED);
    }
    play->planned += play->plan.actions_n;
}

/* ---- time */

static void grow(struct rp_play *play, rp_ns passed_ns)
{
    const uint64_t now_s = (play->t_ns - play->begin_ns) / RP_NS_PER_S;
    for (uint32_t i = 0; i < play->story->pods_n; i++) {
        const struct rp_play_pod *pod = &play->story->pods[i];
        struct rp_play_state *state = &play->pods[i];
        if (now_s < pod->from_s || now_s >= pod->to_s || state->frozen)
            continue;
        const int64_t bytes = pod->rate_kib_per_s * 1024 * (int64_t)(passed_ns / RP_NS_PER_MS) / 1000;
        state->usage_bytes += state->braked ? bytes / 8 : bytes;
    }
}

bool rp_play_wait(struct rp_play *play)
{
    const rp_ns passed = play->arena->ladder.phase == RP_PHASE_CALM ? CALM_NS : FAST_NS;
    play->t_ns += passed;
    grow(play, passed);
    return play->t_ns < play->begin_ns + play->story->seconds * RP_NS_PER_S;
}

static void documents(struct rp_play *play)
{
    if (play->number == 2)
        kubelet_facts(play);
    else if (play->number % LIST_LOOKS == 3)
        pod_facts(play);
    else if (play->number % LIST_LOOKS == 0)
        stats_facts(play);
}

void rp_play_look(struct rp_play *play)
{
    struct rp_sample *sample = &play->sample;
    const int64_t pods = pods_bytes(play);
    sample->number = ++play->number;
    sample->t_ns = play->t_ns;
    sample->cgroups_n = sample->facts_n = 0;
    if (play->number == 1)
        all_born(play);
    documents(play);
    node_reading(play, pods);
    readings(play, play->number % 2 == 1, pods);
    sample->births = play->births;
    sample->deaths = play->deaths;
    sample->cgroups = play->cgroups;
    sample->facts = play->facts;
    sample->outcomes = play->outcomes;
    sample->outcomes_n = play->outcomes_n;
    rp_seq_write_begin(&play->arena->sequence);
    rp_core_step(play->arena, sample, &play->plan);
    rp_seq_write_end(&play->arena->sequence);
    struct rp_frame frame = {
        .kind = RP_FRAME_SAMPLE, .digest = rp_decision_digest(play->arena), .sample = sample, .plan = &play->plan};
    push(play, &frame);
    act(play);
}

static void make_policy(struct rp_play *play)
{
    rp_policy_init(&play->policy);
    play->policy.mode = play->story->enforce ? RP_MODE_ENFORCE : RP_MODE_OBSERVE;
    play->policy.cgroups_max = 2 * play->pods_n + 16;
    play->policy.pods_max = play->pods_n + 4;
    play->policy.allowed_namespaces_n = 1;
    play->policy.allowed_namespaces[0][0] = '*';
}

static void begin(struct rp_play *play)
{
    struct rp_agent *agent = &play->arena->agent;
    memset(play->arena, 0, play->arena_bytes);
    assert_int_equal(rp_arena_init(play->arena, play->arena_bytes, &play->policy), 0);
    agent->bpf = true;
    agent->guard_starts = ++play->epoch;
    agent->realtime_offset_ns = REALTIME_NS - (int64_t)BEGIN_NS;
    (void)snprintf(agent->self_path, sizeof(agent->self_path), "system.slice/reprieved.service");
    push_start(play);
}

void rp_play_again(struct rp_play *play)
{
    memset(play->pods, 0, sizeof(play->pods));
    play->next_id = ID_FREE;
    play->number = play->outcomes_n = play->sample.births_n = play->sample.deaths_n = 0;
    begin(play);
}

void rp_play_open(struct rp_play *play, const struct rp_play_story *story)
{
    memset(play, 0, sizeof(*play));
    play->story = story;
    play->seed = 88172645463325252;
    play->next_id = ID_FREE;
    play->begin_ns = play->t_ns = BEGIN_NS;
    play->pods_n = story->pods_n + story->quiet;
    assert_true(play->pods_n <= RP_PLAY_PODS_MAX);
    make_policy(play);
    play->arena_bytes = rp_arena_size(&play->policy);
    const size_t ring_bytes = rp_ring_size(play->policy.cgroups_max, play->policy.pods_max);
    /* Shared, so that a test may have the scribe in a process of its own. */
    play->arena = mmap(NULL, play->arena_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    play->ring = mmap(NULL, ring_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(play->arena != MAP_FAILED && play->ring != MAP_FAILED);
    play->ring_bytes = ring_bytes;
    rp_ring_init(play->ring, ring_bytes);
    begin(play);
}

void rp_play_close(struct rp_play *play)
{
    (void)munmap(play->arena, play->arena_bytes);
    (void)munmap(play->ring, play->ring_bytes);
    play->arena = NULL;
    play->ring = NULL;
}

/* ---- stories */

static const struct rp_play_pod leak[] = {
    {.name = "assembly", .usage_mib = 900, .request_mib = 1200, .value = 900, .protect = true},
    {.name = "leaky",
     .usage_mib = 300,
     .request_mib = 256,
     .rate_kib_per_s = 12 << 10,
     .from_s = 60,
     .to_s = 600,
     .value = 10},
    {.name = "steady", .usage_mib = 500, .request_mib = 600, .value = 100},
};
static const struct rp_play_pod burst[] = {
    {.name = "assembly", .usage_mib = 900, .request_mib = 700, .value = 900, .protect = true},
    {.name = "burst",
     .usage_mib = 100,
     .request_mib = 64,
     .rate_kib_per_s = 200 << 10,
     .from_s = 90,
     .to_s = 120,
     .value = 10},
};
static const struct rp_play_pod trap[] = {
    {.name = "assembly", .usage_mib = 900, .request_mib = 1200, .value = 900, .protect = true},
    {.name = "warms-up",
     .usage_mib = 300,
     .request_mib = 2000,
     .rate_kib_per_s = 40 << 10,
     .from_s = 60,
     .to_s = 75,
     .value = 10},
};

const struct rp_play_story rp_play_stories[] = {
    {.name = "leak-observe", .seconds = 360, .quiet = 4, .pods = leak, .pods_n = RP_ROWS(leak), .node_mib = 4096},
    {.name = "leak-enforce",
     .enforce = true,
     .seconds = 360,
     .quiet = 4,
     .pods = leak,
     .pods_n = RP_ROWS(leak),
     .node_mib = 4096},
    {.name = "burst-enforce",
     .enforce = true,
     .seconds = 200,
     .quiet = 2,
     .pods = burst,
     .pods_n = RP_ROWS(burst),
     .node_mib = 4096},
    {.name = "trap",
     .enforce = true,
     .seconds = 200,
     .quiet = 2,
     .pods = trap,
     .pods_n = RP_ROWS(trap),
     .node_mib = 4096},
};
const uint32_t rp_play_stories_n = RP_ROWS(rp_play_stories);
