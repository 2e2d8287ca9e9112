// SPDX-License-Identifier: Apache-2.0
/* Keyframes: what was written is read back byte for byte, and nothing that was touched since is believed. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/harness.h"
#include "node/record/keyframe.h"

#define REALTIME INT64_C(1700000000123456789)

/* An arena that has seen a root, a pods root and a pod. The caller frees. */
static struct rp_arena *make_arena(void)
{
    static const struct rp_cgroup_birth births[] = {
        {.id = 1, .parent = RP_CGROUP_NONE, .path = ""},
        {.id = 2, .parent = 1, .path = "kubepods"},
        {.id = 3, .parent = 2, .path = "kubepods/pod11111111-2222-3333-4444-555555555555"},
    };
    struct rp_policy *policy = calloc(1, sizeof(*policy));
    rp_policy_init(policy);
    policy->cgroups_max = 16;
    policy->pods_max = 4;
    const size_t size = rp_arena_size(policy);
    struct rp_arena *arena = calloc(1, size);
    assert_int_equal(rp_arena_init(arena, size, policy), 0);
    free(policy);
    const struct rp_sample sample = {.number = 7, .t_ns = 1000, .births = births, .births_n = RP_ROWS(births)};
    rp_model_step(arena, &sample);
    arena->sample_number = sample.number;
    return arena;
}

static int memory_file(void)
{
    int fd = memfd_create("keyframe", MFD_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

/* A written keyframe in a heap block of exactly its size. */
static unsigned char *make_keyframe(size_t *ret_len)
{
    struct rp_arena *arena = make_arena();
    int fd = memory_file();
    assert_int_equal(rp_keyframe_write(fd, arena, REALTIME), 0);
    *ret_len = (size_t)lseek(fd, 0, SEEK_CUR);
    assert_int_equal(*ret_len, sizeof(struct rp_keyframe_header) + arena->total_bytes);
    unsigned char *bytes = malloc(*ret_len);
    assert_int_equal(pread(fd, bytes, *ret_len, 0), (ssize_t)*ret_len);
    close(fd);
    free(arena);
    return bytes;
}

static void what_was_written_is_read_back(void **state)
{
    (void)state;
    struct rp_arena *arena = make_arena();
    struct rp_keyframe keyframe = {0};
    int fd = memory_file();
    assert_int_equal(write(fd, "before", 6), 6);
    assert_int_equal(rp_keyframe_write(fd, arena, REALTIME), 0);
    assert_int_equal(write(fd, "behind", 6), 6);
    assert_int_equal(lseek(fd, 6, SEEK_SET), 6);
    assert_int_equal(rp_keyframe_read(fd, &keyframe), 0);
    assert_int_equal(keyframe.header.realtime_ns, REALTIME);
    assert_int_equal(keyframe.header.sample_number, 7);
    assert_memory_equal(keyframe.arena, arena, arena->total_bytes);
    assert_non_null(rp_cgroup_find(keyframe.arena, 3));
    char behind[6];
    assert_int_equal(read(fd, behind, 6), 6); /* the frames that follow start exactly here */
    assert_memory_equal(behind, "behind", 6);
    rp_keyframe_deinit(&keyframe);
    assert_null(keyframe.arena);
    rp_keyframe_deinit(&keyframe);
    close(fd);
    free(arena);
}

static void it_is_used_in_place(void **state)
{
    (void)state;
    size_t len = 0;
    unsigned char *bytes = make_keyframe(&len);
    const struct rp_arena *arena = NULL;
    assert_int_equal(rp_keyframe_check(bytes, len, &arena), 0);
    assert_ptr_equal(arena, bytes + sizeof(struct rp_keyframe_header));
    assert_int_equal(arena->cgroups.live, 3);
    free(bytes);
}

static void every_changed_byte_is_noticed(void **state)
{
    (void)state;
    size_t len = 0;
    unsigned char *bytes = make_keyframe(&len);
    const size_t realtime = offsetof(struct rp_keyframe_header, realtime_ns);
    const size_t version = offsetof(struct rp_keyframe_header, version);
    for (size_t i = 0; i < len; i += i < 4096 ? 1 : 997) {
        const struct rp_arena *arena = NULL;
        if (i >= realtime && i < realtime + 8)
            continue; /* any time is a time */
        bytes[i] ^= 0x10;
        int want = i >= version && i < version + 4 ? -EPROTONOSUPPORT : -EBADMSG;
        assert_int_equal(rp_keyframe_check(bytes, len, &arena), want);
        assert_null(arena);
        bytes[i] ^= 0x10;
    }
    free(bytes);
}

static void every_torn_one_is_noticed(void **state)
{
    (void)state;
    size_t len = 0;
    unsigned char *bytes = make_keyframe(&len);
    for (size_t cut = 0; cut < len; cut += cut < 100 ? 1 : len / 13) {
        unsigned char *torn = malloc(cut + 1);
        const struct rp_arena *arena = NULL;
        struct rp_keyframe keyframe = {0};
        int fd = memory_file();
        memcpy(torn, bytes, cut);
        assert_int_equal(rp_keyframe_check(torn, cut, &arena), -EBADMSG);
        assert_int_equal(write(fd, bytes, cut), (ssize_t)cut);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        assert_int_equal(rp_keyframe_read(fd, &keyframe), -EBADMSG);
        assert_null(keyframe.arena);
        close(fd);
        free(torn);
    }
    free(bytes);
}

static void a_header_may_not_claim_anything(void **state)
{
    (void)state;
    static const uint64_t claims[] = {0, 1, sizeof(struct rp_arena) - 1, RP_KEYFRAME_BYTES_MAX + 1, UINT64_MAX};
    size_t len = 0;
    unsigned char *bytes = make_keyframe(&len);
    for (size_t i = 0; i < RP_ROWS(claims); i++) {
        const struct rp_arena *arena = NULL;
        memcpy(bytes + offsetof(struct rp_keyframe_header, arena_bytes), &claims[i], sizeof(claims[i]));
        rp_expect_i64("claimed size", rp_keyframe_check(bytes, len, &arena), -EBADMSG);
    }
    free(bytes);
}

static void an_arena_in_the_middle_of_a_step_is_refused(void **state)
{
    (void)state;
    struct rp_arena *arena = make_arena();
    int fd = memory_file();
    arena->sequence = 5;
    assert_int_equal(rp_keyframe_write(fd, arena, 0), -EAGAIN);
    assert_int_equal(lseek(fd, 0, SEEK_END), 0);
    close(fd);
    free(arena);
}

static void a_full_disk_is_reported(void **state)
{
    (void)state;
    struct rp_arena *arena = make_arena();
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(rp_keyframe_write(fd, arena, 0), -ENOSPC);
    close(fd);
    free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read_back),
        cmocka_unit_test(it_is_used_in_place),
        cmocka_unit_test(every_changed_byte_is_noticed),
        cmocka_unit_test(every_torn_one_is_noticed),
        cmocka_unit_test(a_header_may_not_claim_anything),
        cmocka_unit_test(an_arena_in_the_middle_of_a_step_is_refused),
        cmocka_unit_test(a_full_disk_is_reported),
    };
    return RP_RUN(tests);
}
