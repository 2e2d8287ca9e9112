// SPDX-License-Identifier: Apache-2.0
/* A policy through a sealed memfd, and every descriptor that must be refused instead. */
#include "node/policy_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/harness.h"

#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static struct rp_policy policy;

static void arrives_as_it_was(void **state)
{
    const struct rp_policy *mapped = NULL;
    (void)state;
    rp_policy_init(&policy);
    policy.mode = RP_MODE_ENFORCE;
    const int fd = rp_policy_seal(&policy);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_int_equal(rp_policy_map(fd, &mapped), 0);
    assert_memory_equal(mapped, &policy, sizeof(policy));
    rp_policy_unmap(&mapped);
    assert_null(mapped);
    rp_policy_unmap(&mapped);
    close(fd);
}

static void nobody_can_change_it(void **state)
{
    (void)state;
    rp_policy_init(&policy);
    const int fd = rp_policy_seal(&policy);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, "x", 1, 0), -1);
    assert_int_equal(ftruncate(fd, 0), -1);
    assert_int_equal(ftruncate(fd, sizeof(policy) + 1), -1);
    assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
    assert_ptr_equal(mmap(NULL, sizeof(policy), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
    close(fd);
}

static int memfd(const void *bytes, size_t len, int seals)
{
    const int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), (ssize_t)len);
    if (seals)
        assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
    return fd;
}

static void expect_refusal(int fd, int error)
{
    const struct rp_policy untouched = {0}, *mapped = &untouched;
    assert_int_equal(rp_policy_map(fd, &mapped), error);
    assert_ptr_equal(mapped, &untouched);
    close(fd);
}

static void others_are_refused(void **state)
{
    int pipes[2];
    (void)state;
    rp_policy_init(&policy);
    expect_refusal(memfd(&policy, sizeof(policy), 0), -EPERM);
    expect_refusal(memfd(&policy, sizeof(policy), ALL_SEALS & ~F_SEAL_WRITE), -EPERM);
    expect_refusal(memfd(&policy, sizeof(policy), ALL_SEALS & ~F_SEAL_SEAL), -EPERM);
    expect_refusal(memfd(&policy, sizeof(policy) - 1, ALL_SEALS), -EBADMSG);
    expect_refusal(memfd(&policy, 0, ALL_SEALS), -EBADMSG);
    expect_refusal(open("/proc/self/exe", O_RDONLY | O_CLOEXEC), -EPERM);
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    close(pipes[1]);
    expect_refusal(pipes[0], -EPERM);
    expect_refusal(-1, -EBADF);
    policy.sweep_fast_ns = 0;
    expect_refusal(memfd(&policy, sizeof(policy), ALL_SEALS), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrives_as_it_was),
        cmocka_unit_test(nobody_can_change_it),
        cmocka_unit_test(others_are_refused),
    };
    return RP_RUN(tests);
}
