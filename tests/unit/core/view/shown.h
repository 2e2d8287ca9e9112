// SPDX-License-Identifier: Apache-2.0
/* An arena in the middle of an incident, with something of everything that is shown: for tests of every view. */
#ifndef RP_TEST_CORE_VIEW_SHOWN_H
#define RP_TEST_CORE_VIEW_SHOWN_H

#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "harness/scene.h"

#define RP_SHOWN_T_NS (500 * RP_NS_PER_S) /* 10:08:20 UTC */

enum { RP_SHOWN_ASSEMBLY, RP_SHOWN_BATCH, RP_SHOWN_UNKNOWN };

static inline void rp_shown_text(char *dst, size_t size, const char *text)
{
    assert_int_equal(rp_copy(dst, size, text), 0);
}

static inline void rp_shown_agent(struct rp_arena *arena)
{
    struct rp_agent *a = &arena->agent;
    *a = (struct rp_agent){.guard_pid = 4711,
                           .guard_starts = 1,
                           .mode = RP_MODE_OBSERVE,
                           .mode_reason = RP_REASON_OPERATOR,
                           .bpf = true,
                           .started_ns = 100 * RP_NS_PER_S,
                           .heartbeat_ns = RP_SHOWN_T_NS,
                           .realtime_offset_ns = INT64_C(1795428000) * (int64_t)RP_NS_PER_S, /* 2026-11-23 10:00 */
                           .ticks = 4000,
                           .sweeps = 900,
                           .late_ticks = 2,
                           .period_ns = 100 * RP_NS_PER_MS,
                           .tick_max_ns = 1500000,
                           .hands_lost = 1,
                           .undo_active = 1,
                           .undo_reverted = 5,
                           .undo_left = 1,
                           .hooks_n = 2};
    rp_shown_text(a->kernel, sizeof(a->kernel), "6.1.0-test");
    rp_shown_text(a->version, sizeof(a->version), "v0.1");
    rp_shown_text(a->hooks[0].program, sizeof(a->hooks[0].program), "reclaim_begin");
    a->hooks[0].state = RP_HOOK_ATTACHED;
    a->hooks[0].skipped = 7;
    rp_shown_text(a->hooks[1].program, sizeof(a->hooks[1].program), "near_oom");
    rp_shown_text(a->hooks[1].fallback, sizeof(a->hooks[1].fallback), "memory.events at the next look");
    a->hooks[1].state = RP_HOOK_REFUSED;
    a->hooks[1].error = -ENOENT;
    rp_shown_text(a->complaints[0].text, sizeof(a->complaints[0].text), "no wake-up on memory pressure");
    a->complaints_n = 1;
}

static inline void rp_shown_pods(struct rp_scene *scene)
{
    const struct rp_scene_pod pods[] = {
        [RP_SHOWN_ASSEMBLY] = {"assembly-0", 900, true, 1500, 3, 512},
        [RP_SHOWN_BATCH] = {"batch-7f9c", 100, false, 900, 40, 1600},
        [RP_SHOWN_UNKNOWN] = {"", 0, false, 10, 0, 0},
    };
    for (size_t i = 0; i < RP_ROWS(pods); i++) {
        const uint32_t index = rp_scene_pod(scene, &pods[i]);
        struct rp_pod *pod = rp_scene_at(scene, index);
        assert_int_equal(index, i);
        rp_shown_text(pod->namespace_, sizeof(pod->namespace_), i == RP_SHOWN_UNKNOWN ? "" : "team");
        pod->has_facts = i != RP_SHOWN_UNKNOWN;
        pod->qos = pod->has_facts ? RP_QOS_BURSTABLE : RP_QOS_UNKNOWN;
        pod->rank = i == RP_SHOWN_UNKNOWN ? 0 : i == RP_SHOWN_ASSEMBLY ? 1 : 2;
    }
    struct rp_pod *assembly = rp_scene_at(scene, RP_SHOWN_ASSEMBLY), *batch = rp_scene_at(scene, RP_SHOWN_BATCH);
    assembly->contract.trigger = RP_TRIGGER_SIGNAL;
    assembly->believed_known = true;
    assembly->believed_bytes = 1400 * RP_MIB;
    assembly->checkpoint = (struct rp_checkpoint){.state = RP_CHECKPOINT_ACKED,
                                                  .requests = 2,
                                                  .acks = 1,
                                                  .failures = 1,
                                                  .acked_ns = RP_SHOWN_T_NS - 42 * RP_NS_PER_S,
                                                  .durations_ns = {20 * RP_NS_PER_S, 3 * RP_NS_PER_S},
                                                  .durations_n = 2};
    batch->brakes[0] = (struct rp_brake){.action_id = 1,
                                         .kind = RP_ACTION_BRACE,
                                         .state = RP_OUTCOME_DONE,
                                         .reason = RP_REASON_GROWING,
                                         .since_ns = 490 * RP_NS_PER_S,
                                         .value = 950 * RP_MIB};
    batch->brakes[1] = (struct rp_brake){.kind = RP_ACTION_FREEZE, .state = RP_OUTCOME_OBSERVED};
    batch->brakes[2] = (struct rp_brake){.kind = RP_ACTION_SLOW, .state = RP_OUTCOME_PENDING};
}

/* A file system that is nodefs and imagefs at once, filled by batch; another one without inodes and without counts. */
static inline void rp_shown_senses(struct rp_scene *scene)
{
    struct rp_arena *arena = scene->arena;
    struct rp_pod *batch = rp_scene_at(scene, RP_SHOWN_BATCH), *assembly = rp_scene_at(scene, RP_SHOWN_ASSEMBLY);
    arena->fs[0].now = (struct rp_fs_reading){.dev = 0x800001,
                                              .roles = RP_FS_NODEFS | RP_FS_IMAGEFS,
                                              .t_ns = 499 * RP_NS_PER_S,
                                              .capacity_bytes = UINT64_C(100) << 30,
                                              .available_bytes = UINT64_C(20) << 30,
                                              .inodes = 6000000,
                                              .inodes_free = 5000000};
    rp_shown_text(arena->fs[0].now.path, RP_PATH_MAX, "/var/lib/kubelet");
    arena->fs[0].counted_ns = 100 * RP_NS_PER_S;
    arena->fs[0].no_space_ns = 450 * RP_NS_PER_S;
    arena->fs[0].bytes.growth.per_s = 30 * RP_MIB;
    arena->fs[0].bytes.fall_per_s = 32 * RP_MIB;
    arena->fs[0].bytes.fell = 1000 * RP_MIB;
    arena->fs[0].bytes.explained = 930 * RP_MIB;
    arena->fs[0].bytes.level.n = arena->fs[0].bytes.growth_then.n = 2;
    arena->fs[0].bytes.level.at = arena->fs[0].bytes.growth_then.at = 1;
    arena->fs[0].inodes.growth.per_s = 12;
    arena->fs[2].now = (struct rp_fs_reading){.dev = 0x2a,
                                              .roles = RP_FS_LOGS,
                                              .t_ns = 499 * RP_NS_PER_S,
                                              .capacity_bytes = 1 << 30,
                                              .available_bytes = 1 << 29};
    rp_shown_text(arena->fs[2].now.path, RP_PATH_MAX, "/var/log/pods");
    batch->activity.disk[0].allocated_bytes = (struct rp_flow){.total = 3000 * RP_MIB, .per_s = 29 * RP_MIB};
    batch->activity.disk[0].inodes_made = (struct rp_flow){.total = 4000, .per_s = 11};
    batch->activity.forks = (struct rp_flow){.total = 900, .per_s = 40};
    batch->activity.exits.per_s = 39;
    batch->activity.write_bytes.per_s = 25 * RP_MIB;
    batch->activity.troubles[RP_TROUBLE_PIDS] = (struct rp_trouble){.count = 17, .t_ns = 480 * RP_NS_PER_S};
    batch->activity.pids_owner = rp_scene_slice(scene, RP_SHOWN_BATCH)->id;
    batch->activity.pids_limit = 100;
    batch->activity.troubles[RP_TROUBLE_SPACE].count = 2;
    assembly->logs = (struct rp_amount){.bytes = 4 * RP_MIB, .t_ns = 490 * RP_NS_PER_S};
    batch->deleted = (struct rp_amount){.bytes = 700 * RP_MIB, .t_ns = 495 * RP_NS_PER_S, .at_least = true};
    batch->deleted_files = 3;
    rp_scene_slice(scene, RP_SHOWN_BATCH)->now.known |= RP_CG_PIDS;
    rp_scene_slice(scene, RP_SHOWN_BATCH)->now.pids = 99;
    struct rp_node *node = &arena->node;
    node->now.known |= RP_NODE_TASKS | RP_NODE_HARDWARE | RP_NODE_PSI_IO;
    node->now.tasks = 30000;
    node->now.tasks_max = node->now.pid_max = 32768;
    node->now.threads_max = 60000;
    node->now.tasks_running = 7;
    node->io_some_us.per_s = 250000;
    node->io_full_us.per_s = 100000;
    node->counts_ns = 100 * RP_NS_PER_S;
    node->fork_failures = 5;
    node->fork_failed_ns = 470 * RP_NS_PER_S;
    node->warnings[RP_HARDWARE_PAGE_LOST] = (struct rp_warning){.total = 2, .t_ns = 460 * RP_NS_PER_S};
}

static inline void rp_shown_history(struct rp_scene *scene)
{
    struct rp_arena *arena = scene->arena;
    const struct rp_pod *assembly = rp_scene_at(scene, RP_SHOWN_ASSEMBLY), *batch = rp_scene_at(scene, RP_SHOWN_BATCH);
    arena->log_n = 0;
    rp_log_add(arena, (struct rp_log_entry){.kind = RP_LOG_PODS, .a = 1}, batch);
    rp_log_add(arena,
               (struct rp_log_entry){.kind = RP_LOG_PHASE, .a = RP_PHASE_ACT, .b = 0, .value = 21 * 1000000000LL},
               NULL);
    rp_log_add(arena,
               (struct rp_log_entry){
                   .kind = RP_LOG_ACTION, .a = RP_ACTION_BRACE, .b = RP_OUTCOME_DONE, .c = RP_REASON_GROWING},
               batch);
    rp_log_add(arena, (struct rp_log_entry){.kind = RP_LOG_CHECKPOINT, .a = RP_CHECKPOINT_ACKED, .value = 3000000000},
               assembly);
    arena->ledger_n = 1;
    arena->ledger[0] = (struct rp_ledger){
        .action = {.id = 1, .kind = RP_ACTION_BRACE, .reason = RP_REASON_GROWING, .expected_bytes = 200 * RP_MIB},
        .state = RP_OUTCOME_DONE,
        .reason = RP_REASON_NONE,
        .done_ns = 490 * RP_NS_PER_S,
        .usage_before_bytes = 900 * RP_MIB,
        .usage_after_bytes = -1,
        .bought_ns = RP_NS_FOREVER,
        .cost_ns = 10 * RP_NS_PER_S};
    rp_shown_text(arena->ledger[0].pod, sizeof(arena->ledger[0].pod), "batch-7f9c");
}

/* The kernel would kill batch, or something outside of the pods; batch is also near its own limit. */
static inline void rp_shown_oom(struct rp_scene *scene)
{
    struct rp_arena *arena = scene->arena;
    struct rp_pod *batch = rp_scene_at(scene, RP_SHOWN_BATCH);
    const struct rp_oom_victim batch_dies = {.cgroup = batch->cgroup,
                                             .pod = RP_SHOWN_BATCH,
                                             .group = 1,
                                             .points = 5000 * RP_MIB,
                                             .points_low = 4900 * RP_MIB,
                                             .points_high = 5100 * RP_MIB,
                                             .bytes = 900 * RP_MIB,
                                             .frees_bytes = 950 * RP_MIB,
                                             .adj = 999,
                                             .dies = RP_OOM_DIES_GROUP};
    struct rp_oom_victim service_dies = batch_dies;
    service_dies.pod = RP_INDEX_NONE;
    service_dies.cgroup = arena->node.pods_root;
    service_dies.dies = RP_OOM_DIES_PROCESS;
    service_dies.evidence = RP_OOM_GUESSED;
    arena->oom_victims[RP_OOM_NODE] = (struct rp_oom_victims){.total_bytes = INT64_C(4000) * RP_MIB,
                                                              .list = {batch_dies, service_dies},
                                                              .n = 2,
                                                              .first_n = 5,
                                                              .candidates = 12,
                                                              .exempt = 1,
                                                              .guessed = 4};
    arena->oom_tally[RP_OOM_OWN] = (struct rp_oom_tally){.kills = 10, .first = 6, .among = 2, .others = 1};
    struct rp_cgroup *slice = rp_scene_slice(scene, RP_SHOWN_BATCH);
    slice->now.known |= RP_CG_MAX;
    slice->now.max_bytes = 1000 * (uint64_t)RP_MIB;
    batch->own_limit = (struct rp_own_limit){.cgroup_id = slice->id,
                                             .forecast = {.state = RP_FORECAST_CROSSING,
                                                          .available = 100 * RP_MIB,
                                                          .capacity = 1000 * RP_MIB,
                                                          .growth_per_s = 5 * RP_MIB,
                                                          .early_ns = 15 * RP_NS_PER_S,
                                                          .median_ns = 20 * RP_NS_PER_S,
                                                          .late_ns = RP_NS_FOREVER,
                                                          .within_60s_permille = 800},
                                             .reclaim_ns = RP_SHOWN_T_NS - 3 * RP_NS_PER_S};
}

static inline void rp_shown_make(struct rp_scene *scene)
{
    rp_scene_make(scene);
    struct rp_arena *arena = scene->arena;
    arena->t_ns = RP_SHOWN_T_NS;
    rp_shown_text(arena->policy.node_name, sizeof(arena->policy.node_name), "n1");
    rp_shown_agent(arena);
    rp_shown_pods(scene);
    rp_shown_senses(scene);
    rp_shown_oom(scene);
    rp_shown_history(scene);
    rp_scene_forecast(scene, 700, 43, 21);
    arena->forecasts[RP_DANGER_KUBELET_ALLOCATABLE].missing = RP_MISSING_THRESHOLD;
    rp_scene_victim(scene, RP_SHOWN_ASSEMBLY);
    arena->victims.list[0].over_request = 988 * RP_MIB;
    arena->ladder.phase = RP_PHASE_ACT;
    arena->ladder.danger = RP_DANGER_KUBELET_MEMORY;
    arena->node.oom_kills = 3;
    arena->node.lost[RP_LOST_EVENT] = 7;
    arena->node.sources[RP_SOURCE_PODS] =
        (struct rp_fact_source){.source = RP_SOURCE_PODS, .configured = true, .ok = true};
    arena->node.sources[RP_SOURCE_SUMMARY] =
        (struct rp_fact_source){.source = RP_SOURCE_SUMMARY, .configured = true, .failures = 3};
    rp_shown_text(arena->node.sources[RP_SOURCE_SUMMARY].error, sizeof(arena->node.sources[0].error),
                  "HTTP status 403");
    assert_int_equal(rp_arena_check(arena, arena->total_bytes), 0);
}

#endif
