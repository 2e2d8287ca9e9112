// SPDX-License-Identifier: Apache-2.0
/* The guard's end of the link: whole lists come out, anything else is thrown away whole and counted. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/facts.h"
#include "harness/harness.h"

#define PODS 3 /* room for 11 facts */

static struct rp_fact frame(enum rp_fact_kind kind)
{
    struct rp_fact fact;
    memset(&fact, 0, sizeof(fact));
    fact.version = RP_LINK_VERSION;
    fact.kind = (uint32_t)kind;
    if (kind == RP_FACT_POD) {
        (void)snprintf(fact.pod.uid, sizeof(fact.pod.uid), "u");
        fact.pod.memory_limit_bytes = -1;
        rp_contract_init(&fact.pod.contract);
    } else if (kind == RP_FACT_POD_STATS) {
        (void)snprintf(fact.pod_stats.uid, sizeof(fact.pod_stats.uid), "u");
    }
    return fact;
}

static struct rp_fact edge(enum rp_fact_kind kind, enum rp_list list, uint64_t generation, uint32_t count)
{
    struct rp_fact fact = frame(kind);
    fact.list = (struct rp_fact_list){.list = (uint32_t)list, .generation = generation, .count = count};
    return fact;
}

static bool push(struct rp_inbox *inbox, struct rp_fact fact)
{
    return rp_inbox_push(inbox, &fact, sizeof(fact));
}

/*
 * A history of frames as letters: B begin and C commit of pods (their digits: generation, then the count of C), p a pod,
 * s statistics of a pod, n of the node, k the kubelet, o a source, x garbage, y a frame cut short. Upper-case second
 * letters name another list: BK, BS, BO.
 */
static struct rp_fact spelled(const char **text)
{
    static const struct {
        char letter;
        enum rp_fact_kind kind;
    } items[] = {
        {'p', RP_FACT_POD},     {'s', RP_FACT_POD_STATS}, {'n', RP_FACT_NODE_STATS},
        {'k', RP_FACT_KUBELET}, {'o', RP_FACT_SOURCE},    {'x', RP_FACT_NONE},
    };
    const char c = *(*text)++;
    for (size_t i = 0; i < RP_ROWS(items); i++)
        if (items[i].letter == c)
            return frame(items[i].kind);
    assert_true(c == 'B' || c == 'C');
    enum rp_list list = RP_LIST_PODS;
    if (strchr("KSO", **text)) {
        list = **text == 'K' ? RP_LIST_KUBELET : **text == 'S' ? RP_LIST_STATS : RP_LIST_SOURCES;
        (*text)++;
    }
    const uint64_t generation = (uint64_t)(*(*text)++ - '0');
    return edge(c == 'B' ? RP_FACT_BEGIN : RP_FACT_COMMIT, list, generation,
                c == 'C' ? (uint32_t)(*(*text)++ - '0') : 0);
}

static void histories(void **state)
{
    (void)state;
    static const struct {
        const char *frames;
        uint32_t lists, rejected, bad, last_n;
    } rows[] = {
        {"", 0, 0, 0, 0},
        {"B1C10", 1, 0, 0, 2},
        {"B1ppC12", 1, 0, 0, 4},
        {"BK1kCK11", 1, 0, 0, 3},
        {"BS1nssCS13", 1, 0, 0, 5},
        {"BO1oooCO13", 1, 0, 0, 5},
        {"B1pC11B2ppC22", 2, 0, 0, 4},
        {"B2pC21B1pC11", 2, 0, 0, 3},    /* a new link counts anew */
        {"B1pppppppppC19", 1, 0, 0, 11}, /* exactly full */
        {"B1ppppppppppC1:", 0, 1, 0, 0}, /* one too many; the commit belongs to nothing */
        {"B1pppppppppppB2C20", 1, 1, 0, 2},
        {"pC11", 0, 0, 0, 0}, /* nothing was begun */
        {"C10", 0, 0, 0, 0},
        {"B1pC12", 0, 1, 0, 0}, /* a frame was lost */
        {"B1ppC11", 0, 1, 0, 0},
        {"B1pC21", 0, 1, 0, 0},    /* of another generation */
        {"B1pCK11", 0, 1, 0, 0},   /* of another list */
        {"B1pB2pC21", 1, 1, 0, 3}, /* torn, then whole */
        {"B1B2B3C30", 1, 2, 0, 2},
        {"B1xC10", 0, 1, 1, 0},
        {"B1pxpC12", 0, 1, 1, 0},
        {"xB1C10", 1, 0, 1, 2},
        {"B1pyC11", 0, 1, 1, 0},
        {"B1pyB2C20", 1, 1, 1, 2},
        {"B1sC11", 0, 1, 0, 0}, /* statistics are no part of a list of pods */
        {"BK1pCK11", 0, 1, 0, 0},
        {"BS1oCS11", 0, 1, 0, 0},
        {"BO1kCO11", 0, 1, 0, 0},
        {"BS1pCS11", 0, 1, 0, 0},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_inbox inbox;
        uint32_t lists = 0, last_n = 0;
        assert_int_equal(rp_inbox_init(&inbox, PODS), 0);
        for (const char *c = rows[i].frames; *c;) {
            const bool cut = *c == 'y';
            const struct rp_fact fact = cut ? frame(RP_FACT_POD) : spelled(&c);
            c += cut;
            const bool complete = rp_inbox_push(&inbox, &fact, sizeof(fact) - cut);
            rp_expect_i64(rows[i].frames, complete, inbox.complete);
            if (!complete)
                continue;
            lists++;
            last_n = inbox.n;
            rp_inbox_clear(&inbox);
        }
        rp_expect_u64(rows[i].frames, lists, rows[i].lists);
        rp_expect_u64(rows[i].frames, inbox.rejected, rows[i].rejected);
        rp_expect_u64(rows[i].frames, inbox.bad_frames, rows[i].bad);
        rp_expect_u64(rows[i].frames, last_n, rows[i].last_n);
        rp_inbox_deinit(&inbox);
    }
}

static void a_complete_list_waits_to_be_taken(void **state)
{
    (void)state;
    struct rp_inbox inbox;
    assert_int_equal(rp_inbox_init(&inbox, PODS), 0);
    assert_false(push(&inbox, edge(RP_FACT_BEGIN, RP_LIST_PODS, 5, 0)));
    assert_false(push(&inbox, frame(RP_FACT_POD)));
    assert_true(push(&inbox, edge(RP_FACT_COMMIT, RP_LIST_PODS, 5, 1)));
    assert_true(push(&inbox, frame(RP_FACT_NONE))); /* not even looked at */
    assert_int_equal(inbox.n, 3);
    assert_int_equal(inbox.bad_frames, 0);
    assert_int_equal(inbox.facts[0].kind, RP_FACT_BEGIN);
    assert_int_equal(inbox.facts[1].kind, RP_FACT_POD);
    assert_int_equal(inbox.facts[2].kind, RP_FACT_COMMIT);
    assert_int_equal(inbox.facts[2].list.generation, 5);
    rp_inbox_deinit(&inbox);
}

/* ---- through a socket */

struct ends {
    int guard, link;
    struct rp_inbox inbox;
};

static void make_ends(struct ends *ends)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    *ends = (struct ends){.guard = pair[0], .link = pair[1]};
    assert_int_equal(rp_inbox_init(&ends->inbox, PODS), 0);
}

static void drop_ends(struct ends *ends)
{
    rp_inbox_deinit(&ends->inbox);
    close(ends->guard);
    if (ends->link >= 0)
        close(ends->link);
}

static void put(struct ends *ends, struct rp_fact fact, size_t len)
{
    unsigned char bytes[sizeof(fact) + 64] = {0};
    memcpy(bytes, &fact, sizeof(fact));
    assert_int_equal(send(ends->link, bytes, len, 0), (ssize_t)len);
}

static void frames_from_a_socket(void **state)
{
    (void)state;
    struct ends ends;
    const size_t whole = sizeof(struct rp_fact);
    make_ends(&ends);
    assert_int_equal(rp_inbox_receive(&ends.inbox, ends.guard), 0); /* nothing there: returns at once */
    put(&ends, edge(RP_FACT_BEGIN, RP_LIST_PODS, 1, 0), whole);
    assert_int_equal(rp_inbox_receive(&ends.inbox, ends.guard), 0);
    assert_true(ends.inbox.open && !ends.inbox.complete);
    put(&ends, frame(RP_FACT_POD), whole);
    put(&ends, edge(RP_FACT_COMMIT, RP_LIST_PODS, 1, 1), whole);
    put(&ends, edge(RP_FACT_BEGIN, RP_LIST_KUBELET, 2, 0), whole);
    assert_int_equal(rp_inbox_receive(&ends.inbox, ends.guard), 0);
    assert_true(ends.inbox.complete && ends.inbox.n == 3);
    rp_inbox_clear(&ends.inbox);
    assert_int_equal(rp_inbox_receive(&ends.inbox, ends.guard), 0);
    assert_true(ends.inbox.open && ends.inbox.head.list == RP_LIST_KUBELET); /* the next list was left in the socket */
    /* longer and shorter frames are garbage, whatever their beginning says */
    put(&ends, edge(RP_FACT_COMMIT, RP_LIST_KUBELET, 2, 0), whole + 1);
    assert_int_equal(rp_inbox_receive(&ends.inbox, ends.guard), 0);
    assert_int_equal(ends.inbox.bad_frames, 1);
    put(&ends, edge(RP_FACT_BEGIN, RP_LIST_KUBELET, 3, 0), whole - 1);
    put(&ends, frame(RP_FACT_NONE), 1);
    assert_int_equal(rp_inbox_receive(&ends.inbox, ends.guard), 0);
    assert_int_equal(ends.inbox.bad_frames, 3);
    assert_int_equal(ends.inbox.rejected, 1);
    drop_ends(&ends);
}

static void the_link_dies(void **state)
{
    (void)state;
    struct ends ends;
    make_ends(&ends);
    put(&ends, edge(RP_FACT_BEGIN, RP_LIST_PODS, 1, 0), sizeof(struct rp_fact));
    put(&ends, frame(RP_FACT_POD), sizeof(struct rp_fact));
    close(ends.link);
    ends.link = -1;
    assert_int_equal(rp_inbox_receive(&ends.inbox, ends.guard), -EPIPE);
    assert_false(ends.inbox.complete);
    assert_int_equal(rp_inbox_receive(&ends.inbox, ends.guard), -EPIPE);
    drop_ends(&ends);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(histories),
        cmocka_unit_test(a_complete_list_waits_to_be_taken),
        cmocka_unit_test(frames_from_a_socket),
        cmocka_unit_test(the_link_dies),
    };
    return RP_RUN(tests);
}
