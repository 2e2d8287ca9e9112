// SPDX-License-Identifier: Apache-2.0
/*
 * A node that plays a story for the recorder: pods that grow and rest, the core that watches them, an actor that obeys it, and
 * a recording of it all. Made of arithmetic and a seed alone, so the same story is the same bytes on every machine.
 */
#ifndef RP_HARNESS_PLAY_H
#define RP_HARNESS_PLAY_H

#include "node/record/ring.h"
#include "node/record/scribe.h"
#include "reprieve/model.h"

#define RP_PLAY_PODS_MAX 512

struct rp_play_pod {
    const char *name;
    int64_t usage_mib, request_mib;
    int64_t rate_kib_per_s; /* its growth, while nobody brakes it */
    uint32_t from_s, to_s;  /* during which it grows */
    uint32_t value;
    bool protect; /* it asks for protection, and for checkpoints by a signal */
};

struct rp_play_story {
    const char *name;
    bool enforce;
    uint32_t seconds;
    uint32_t quiet; /* so many more pods, which only breathe */
    const struct rp_play_pod *pods;
    uint32_t pods_n;
    int64_t node_mib;
};

struct rp_play_state {
    rp_cgroup_id slice, container;
    int64_t usage_bytes, inactive_bytes;
    uint64_t forks;
    bool braked, frozen;
};

struct rp_play {
    const struct rp_play_story *story;
    struct rp_policy policy;
    struct rp_arena *arena;
    size_t arena_bytes;
    struct rp_ring *ring;
    size_t ring_bytes;
    struct rp_plan plan;
    uint32_t epoch;
    rp_ns t_ns, begin_ns, swept_ns, checkpoint_ns;
    uint64_t number, generation, seed, next_id;
    uint32_t pods_n;
    struct rp_play_state pods[RP_PLAY_PODS_MAX];
    struct rp_action checkpoint;
    struct rp_outcome outcomes[2 * RP_PLAN_MAX];
    uint32_t outcomes_n;
    uint64_t planned; /* actions so far */
    struct rp_sample sample;
    struct rp_cgroup_birth births[2 * RP_PLAY_PODS_MAX + 8];
    struct rp_cgroup_death deaths[8];
    struct rp_cgroup_reading cgroups[2 * RP_PLAY_PODS_MAX + 8];
    struct rp_fact facts[RP_PLAY_PODS_MAX + 8];
};

/* The arena begins, and START is in the ring. */
void rp_play_open(struct rp_play *play, const struct rp_play_story *story);

/* The guard has died, and the next one begins with the same ring. */
void rp_play_again(struct rp_play *play);

void rp_play_close(struct rp_play *play);

/* One sample: seen, decided, obeyed; without a recorder it goes into no ring. */
void rp_play_look(struct rp_play *play);

/* False when the story is over; else time has passed until the next look. */
bool rp_play_wait(struct rp_play *play);

/* The policy changes while it runs. */
void rp_play_set_policy(struct rp_play *play);

/* A scribe for it that writes into the directory, with a keyframe every five minutes. */
void rp_play_scribe(struct rp_play *play, const char *directory, uint64_t bytes, struct rp_scribe *ret);

/* The stories that golden tests are made of, and how many. */
extern const struct rp_play_story rp_play_stories[];
extern const uint32_t rp_play_stories_n;

#endif
