// SPDX-License-Identifier: Apache-2.0
/* A batch on its way to the guard: what is sent is what its inbox takes, or nothing. */
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/facts.h"
#include "harness/harness.h"
#include "link/kube/batch.h"

static void make_pair(int pair[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
}

static void fill(struct rp_batch *batch, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct rp_fact *fact = rp_batch_add(batch, RP_FACT_POD_STATS);
        assert_non_null(fact);
        (void)snprintf(fact->pod_stats.uid, sizeof(fact->pod_stats.uid), "uid-%zu", i);
    }
}

static void a_list_arrives(void **state)
{
    (void)state;
    int pair[2];
    struct rp_batch batch;
    struct rp_inbox inbox;
    make_pair(pair);
    assert_int_equal(rp_inbox_init(&inbox, 64), 0);
    for (size_t n = 0; n < 40; n += 13) {
        rp_batch_init(&batch, RP_LIST_STATS, 64);
        fill(&batch, n);
        assert_int_equal(rp_batch_send(&batch, pair[1], 100 + n), 0);
        assert_int_equal(rp_inbox_receive(&inbox, pair[0]), 0);
        assert_true(inbox.complete);
        assert_int_equal(inbox.n, n + 2);
        assert_int_equal(inbox.head.generation, 100 + n);
        assert_int_equal(inbox.head.list, RP_LIST_STATS);
        if (n)
            assert_string_equal(inbox.facts[1].pod_stats.uid, "uid-0");
        rp_inbox_clear(&inbox);
        rp_batch_deinit(&batch);
    }
    assert_int_equal(inbox.rejected + inbox.bad_frames, 0);
    rp_inbox_deinit(&inbox);
    close(pair[0]);
    close(pair[1]);
}

static void what_does_not_fit_is_not_sent(void **state)
{
    (void)state;
    int pair[2];
    char byte;
    struct rp_batch batch;
    make_pair(pair);
    rp_batch_init(&batch, RP_LIST_STATS, 2);
    fill(&batch, 2);
    assert_null(rp_batch_add(&batch, RP_FACT_POD_STATS));
    assert_int_equal(batch.dropped, 1);
    assert_int_equal(rp_batch_send(&batch, pair[1], 1), -EOVERFLOW);
    assert_int_equal(recv(pair[0], &byte, 1, MSG_DONTWAIT), -1);
    rp_batch_deinit(&batch);
    close(pair[0]);
    close(pair[1]);
}

static void nobody_listens(void **state)
{
    (void)state;
    int pair[2];
    struct rp_batch batch;
    make_pair(pair);
    rp_batch_init(&batch, RP_LIST_STATS, 2000);
    fill(&batch, 2000);
    assert_int_equal(rp_batch_send(&batch, pair[1], 1), -EAGAIN); /* a guard that hangs: given up after a second */
    close(pair[0]);
    assert_int_equal(rp_batch_send(&batch, pair[1], 2), -EPIPE);
    rp_batch_deinit(&batch);
    close(pair[1]);
}

struct slow_guard {
    int sock;
    struct rp_inbox inbox;
};

static void *read_slowly(void *arg)
{
    struct slow_guard *guard = arg;
    while (!guard->inbox.complete && rp_inbox_receive(&guard->inbox, guard->sock) == 0)
        usleep(20000);
    return NULL;
}

/* More than the socket holds at once: the sender waits for the guard's next round. */
static void a_long_list_to_a_guard_that_takes_its_time(void **state)
{
    (void)state;
    int pair[2];
    pthread_t thread;
    struct rp_batch batch;
    struct slow_guard guard;
    make_pair(pair);
    guard.sock = pair[0];
    assert_int_equal(rp_inbox_init(&guard.inbox, 2000), 0);
    rp_batch_init(&batch, RP_LIST_STATS, 2000);
    fill(&batch, 2000);
    assert_int_equal(pthread_create(&thread, NULL, read_slowly, &guard), 0);
    assert_int_equal(rp_batch_send(&batch, pair[1], 1), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(guard.inbox.complete);
    assert_int_equal(guard.inbox.n, 2002);
    assert_string_equal(guard.inbox.facts[2000].pod_stats.uid, "uid-1999");
    rp_inbox_deinit(&guard.inbox);
    rp_batch_deinit(&batch);
    close(pair[0]);
    close(pair[1]);
}

static void the_first_note_stays(void **state)
{
    (void)state;
    struct rp_batch batch;
    rp_batch_init(&batch, RP_LIST_PODS, 1);
    rp_batch_note(&batch, "a/b", "spec.priority", "is odd");
    rp_batch_note(&batch, "c/d", "", "too late");
    assert_string_equal(batch.note, "a/b: spec.priority: is odd");
    rp_batch_deinit(&batch);
    rp_batch_init(&batch, RP_LIST_PODS, 1);
    rp_batch_note(&batch, "items[3]", "", "is odd");
    assert_string_equal(batch.note, "items[3]: is odd");
    assert_int_equal(rp_batch_refuse(&batch, "no"), -EINVAL);
    assert_string_equal(batch.error, "no");
    rp_batch_deinit(&batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_arrives),       cmocka_unit_test(what_does_not_fit_is_not_sent),
        cmocka_unit_test(nobody_listens),       cmocka_unit_test(a_long_list_to_a_guard_that_takes_its_time),
        cmocka_unit_test(the_first_note_stays),
    };
    return RP_RUN(tests);
}
