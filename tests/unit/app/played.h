// SPDX-License-Identifier: Apache-2.0
/* Two hands that are the test itself: it sees what they are given and answers as it likes. */
#ifndef RP_TEST_APP_PLAYED_H
#define RP_TEST_APP_PLAYED_H

#include <sys/socket.h>
#include <unistd.h>

#include "base/fdio.h"
#include "harness/harness.h"
#include "node/act/hands.h"

struct played {
    struct rp_hands hands;
    int far[2];
};

static inline void played_make(struct played *played)
{
    rp_hands_init(&played->hands, 2);
    for (uint32_t i = 0; i < 2; i++) {
        int ends[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
        assert_int_equal(rp_hands_adopt(&played->hands, i, ends[0]), 0);
        played->far[i] = ends[1];
    }
}

static inline void played_drop(struct played *played)
{
    rp_hands_deinit(&played->hands);
    close(played->far[0]);
    close(played->far[1]);
}

/* The job that one of them was given, answered with `error`, and the result as the guard takes it. False: there is none. */
static inline bool played_answer(struct played *played, int error, struct rp_job *ret_job, struct rp_job_result *ret)
{
    *ret_job = (struct rp_job){.kind = RP_JOB_NONE};
    for (int i = 0; i < 2; i++) {
        struct rp_fds none = {.n = 0};
        size_t len = 0;
        int fd = -1;
        if (rp_recv_fds(played->far[i], ret_job, sizeof(*ret_job), &len, &none) != 0)
            continue;
        const struct rp_job_result answer = {.id = ret_job->id, .kind = ret_job->kind, .error = error};
        assert_int_equal(rp_send_fds(played->far[i], &answer, sizeof(answer), NULL), 0);
        assert_int_equal(rp_hands_take(&played->hands, 0, ret, &fd), 1);
        return true;
    }
    return false;
}

#endif
