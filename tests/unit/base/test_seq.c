// SPDX-License-Identifier: Apache-2.0
#include "base/seq.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/harness.h"

/* Everything in it is equal whenever a reader may look: a torn copy shows. */
struct shared {
    uint64_t seq;
    uint64_t words[512];
    unsigned char tail[5];
};

static struct shared *map_shared(void)
{
    void *p = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(p != MAP_FAILED);
    return p;
}

static void fill(struct shared *s, uint64_t x)
{
    for (size_t i = 0; i < RP_ROWS(s->words); i++)
        s->words[i] = x;
    memset(s->tail, (int)(x & 0xff), sizeof(s->tail));
}

static bool is_whole(const struct shared *s)
{
    for (size_t i = 1; i < RP_ROWS(s->words); i++) {
        if (s->words[i] != s->words[0])
            return false;
    }
    return s->tail[0] == (s->words[0] & 0xff) && memcmp(s->tail, s->tail + 1, sizeof(s->tail) - 1) == 0;
}

static void write_forever(struct shared *s)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a failed test leaves no writer behind */
    for (uint64_t x = 1;; x++) {
        rp_seq_write_begin(&s->seq);
        fill(s, x);
        rp_seq_write_end(&s->seq);
        if (x % 16 == 0)
            usleep(1);
    }
}

static void copies_are_whole_while_another_process_writes(void **state)
{
    struct shared *s = map_shared(), copy;
    unsigned int moved = 0;
    uint64_t last = 0;
    (void)state;
    const pid_t writer = fork();
    assert_true(writer >= 0);
    if (writer == 0)
        write_forever(s);
    /* Until the reader met a hundred different states, however the two share the processors. */
    for (int i = 0; i < 1000000 && moved < 100; i++) {
        sched_yield();
        if (rp_seq_read(&s->seq, &copy, s, sizeof(*s)) < 0)
            continue;
        if (!is_whole(&copy) || (copy.seq & 1))
            fail_msg("torn copy at sequence %llu", (unsigned long long)copy.seq);
        moved += copy.words[0] != last;
        last = copy.words[0];
    }
    kill(writer, SIGKILL);
    waitpid(writer, NULL, 0);
    assert_int_equal(moved, 100);
    munmap(s, sizeof(*s));
}

static void gives_up_on_a_dead_writer(void **state)
{
    struct shared s = {0}, copy;
    (void)state;
    rp_seq_write_begin(&s.seq);
    assert_int_equal(s.seq, 1);
    assert_int_equal(rp_seq_read(&s.seq, &copy, &s, sizeof(s)), -EAGAIN);
    /* The next life: odd stays odd, but is another number. */
    rp_seq_write_begin(&s.seq);
    assert_int_equal(s.seq, 3);
    rp_seq_write_end(&s.seq);
    assert_int_equal(s.seq, 4);
    assert_int_equal(rp_seq_read(&s.seq, &copy, &s, sizeof(s)), 0);
}

static void copies_from_any_alignment(void **state)
{
    uint64_t seq = 0;
    char from[32] = "0123456789abcdefghijklmnopqrstu";
    (void)state;
    for (size_t offset = 0; offset < 9; offset++) {
        for (size_t n = 0; n < 20; n++) {
            char to[32] = {0};
            assert_int_equal(rp_seq_read(&seq, to, from + offset, n), 0);
            assert_memory_equal(to, from + offset, n);
            assert_int_equal(to[n], 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(copies_are_whole_while_another_process_writes),
                                       cmocka_unit_test(gives_up_on_a_dead_writer),
                                       cmocka_unit_test(copies_from_any_alignment)};
    return RP_RUN(tests);
}
