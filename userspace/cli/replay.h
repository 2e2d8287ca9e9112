// SPDX-License-Identifier: Apache-2.0
/* What a replay has to tell, as text at once or as JSON at the end. */
#ifndef RP_CLI_REPLAY_H
#define RP_CLI_REPLAY_H

#include <jansson.h>
#include <stdio.h>

#include "node/record/replayer.h"

#define RP_TALLIES_MAX 128

/* One kind of action against one pod, and how often and when first each of the two cores decided upon it. */
struct rp_tally {
    uint64_t cgroup;
    uint8_t kind;
    char pod[RP_NAME_MAX];
    uint32_t times, other_times;
    int64_t first_ns, other_first_ns; /* wall clock; 0: never */
};

struct rp_tale {
    FILE *out;      /* text goes here; NULL: into `events` */
    json_t *events; /* owned */
    uint64_t log_n; /* lines of the arena's log that have been told */
    uint64_t differences_told;
    struct rp_tally tallies[RP_TALLIES_MAX];
    uint32_t tallies_n, tallies_left_out;
    uint64_t damages;
};

/* out: NULL for JSON. */
void rp_tale_init(struct rp_tale *tale, FILE *out);
void rp_tale_deinit(struct rp_tale *tale);

/* What came of one entry. */
void rp_tale_tell(struct rp_tale *tale, const struct rp_replayer *replayer, const struct rp_entry *entry,
                  const struct rp_replayed *replayed);

/* Everything together. 0 or -EIO. */
int rp_tale_end(struct rp_tale *tale, FILE *out, const struct rp_replayer *replayer,
                const struct rp_recording *recording) RP_MUST_CHECK;

#endif
