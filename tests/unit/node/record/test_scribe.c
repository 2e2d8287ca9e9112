// SPDX-License-Identifier: Apache-2.0
/* The process that writes is killed at any moment, and disks are full: what is on disk can be read, and somebody goes on. */
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness/harness.h"
#include "unit/node/record/recorded.h"

#define KILLS      100
#define SEED_START 4711u

static struct rp_play play;
static uint64_t seed = SEED_START;

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* A hand that writes all the time. */
static pid_t start_hand(const char *directory)
{
    const pid_t pid = fork();
    if (pid != 0)
        return pid;
    struct rp_scribe scribe;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    rp_play_scribe(&play, directory, RECORDED_SIZE, &scribe);
    for (;;)
        rp_discard(rp_scribe_run(&scribe, soon()));
}

static void nap(uint64_t us)
{
    const struct timespec time = {.tv_nsec = (long)(us * 1000)};
    (void)nanosleep(&time, NULL);
}

/*
 * The guard plays on while its hands are killed at random moments. Frames stay in the ring until they are on disk, so another
 * hand finds them, and in the end none is missing.
 */
static void a_killed_hand_loses_nothing(void **state)
{
    struct rp_scribe scribe;
    struct rp_tree tree;
    struct reread reread;
    int status;
    (void)state;
    rp_tree_make(&tree);
    rp_play_open(&play, story_named("leak-observe"));
    for (uint32_t i = 0; i < KILLS; i++) {
        const pid_t hand = start_hand(tree.root);
        for (uint32_t n = 0; n < 1 + play.story->seconds / KILLS && rp_play_wait(&play); n++) {
            rp_play_look(&play);
            nap(next_random() % 300);
        }
        nap(next_random() % 4000);
        assert_int_equal(kill(hand, SIGKILL), 0);
        assert_int_equal(waitpid(hand, &status, 0), hand);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    }
    rp_play_scribe(&play, tree.root, RECORDED_SIZE, &scribe);
    play_on(&play, &scribe, 50);
    reread_all(tree.root, &reread);
    rp_expect_u64("damages", reread.damages, 0);
    rp_expect_u64("missing", reread.replayer.missing, 0);
    rp_expect_u64("dropped", play.ring->dropped, 0);
    rp_expect_u64("samples", reread.replayer.samples, play.number);
    reread_drop(&reread);
    record_end(&play, &tree, &scribe);
}

/* Everybody is killed: what is on disk is read up to the last block, and that one is whole or said to be torn. */
static void whatever_is_killed_leaves_a_recording(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 20; i++) {
        struct rp_tree tree;
        struct reread reread;
        int status;
        rp_tree_make(&tree);
        const pid_t all = fork();
        if (all == 0) {
            (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
            play_into(&play, story_named("leak-observe"), tree.root, 2);
            _exit(0);
        }
        nap(20000 + next_random() % 60000);
        (void)kill(all, SIGKILL);
        assert_int_equal(waitpid(all, &status, 0), all);
        if (reread_try(tree.root, NULL, &reread) == 0) {
            assert_true(reread.damages <= 1);
            rp_expect_u64("missing", reread.replayer.missing, 0);
        }
        reread_drop(&reread);
        rp_tree_drop(&tree);
    }
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* No room at the start: nothing is recorded, which is said; then there is room, and it begins. */
static void a_disk_without_room(void **state)
{
    struct rp_scribe scribe;
    struct rp_tree tree;
    struct reread reread;
    (void)state;
    record_begin(&play, "leak-enforce", &tree, &scribe);
    limit_files(100000);
    for (uint32_t i = 0; i < 50 && rp_play_wait(&play); i++) {
        rp_play_look(&play);
        rp_expect_i64("no room", rp_scribe_run(&scribe, soon()), -EFBIG);
    }
    rp_expect_i64("no room", play.ring->state.error, -EFBIG);
    rp_expect_u64("failures", play.ring->state.failures, 50);
    limit_files(RLIM_INFINITY);
    play_on(&play, &scribe, 10);
    rp_expect_i64("room", play.ring->state.error, 0);
    reread_all(tree.root, &reread);
    rp_expect_u64("missing", reread.replayer.missing, play.ring->dropped + play.ring->state.skipped);
    rp_expect_u64("samples", reread.replayer.samples, play.number - reread.replayer.missing);
    reread_drop(&reread);
    record_end(&play, &tree, &scribe);
}

/* The room was there and writing fails anyway, in the middle of a block: tried again at the same place. */
static void a_disk_that_fails_under_way(void **state)
{
    struct rp_scribe scribe;
    struct rp_tree tree;
    struct reread reread;
    (void)state;
    record_begin(&play, "leak-enforce", &tree, &scribe);
    rp_play_look(&play);
    assert_int_equal(rp_scribe_run(&scribe, soon()), 0);
    for (uint32_t i = 0; i < 60 && rp_play_wait(&play); i++) {
        rp_play_look(&play);
        limit_files(play.ring->state.offset + 300); /* a header and a bit */
        assert_true(rp_scribe_run(&scribe, soon()) < 0);
        limit_files(RLIM_INFINITY);
        if (i % 3 == 0)
            assert_int_equal(rp_scribe_run(&scribe, soon()), 0);
    }
    play_on(&play, &scribe, 10);
    reread_all(tree.root, &reread);
    rp_expect_u64("damages", reread.damages, 0);
    rp_expect_u64("missing", reread.replayer.missing, 0);
    rp_expect_u64("samples", reread.replayer.samples, play.number);
    reread_drop(&reread);
    record_end(&play, &tree, &scribe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_hand_loses_nothing),
        cmocka_unit_test(whatever_is_killed_leaves_a_recording),
        cmocka_unit_test(a_disk_without_room),
        cmocka_unit_test(a_disk_that_fails_under_way),
    };
    return RP_RUN(tests);
}
