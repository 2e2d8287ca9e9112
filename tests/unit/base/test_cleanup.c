// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"

#include <fcntl.h>

#include "harness/harness.h"

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static int opened_and_dropped(void)
{
    RP_CLEANUP_FD int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(is_open(fd));
    return fd;
}

static int opened_and_taken(void)
{
    RP_CLEANUP_FD int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return RP_TAKE_FD(fd);
}

static void closes_at_the_end_of_scope(void **state)
{
    (void)state;
    assert_false(is_open(opened_and_dropped()));
}

static void taken_survives(void **state)
{
    int fd = opened_and_taken();
    (void)state;
    assert_true(is_open(fd));
    rp_close_fd(&fd);
    assert_int_equal(fd, -1);
}

static void keeps_errno(void **state)
{
    int wrong = 12345;
    (void)state;
    errno = ENOENT;
    rp_close_fd(&wrong);
    assert_int_equal(errno, ENOENT);
}

static char *taken_pointer(void)
{
    RP_CLEANUP_FREE char *kept = strdup("kept");
    RP_CLEANUP_FREE char *dropped = strdup("dropped"); /* the leak check of the sanitizer sees it if it is not */
    RP_CLEANUP_FREE char *none = NULL;
    assert_non_null(dropped);
    assert_null(none);
    char *taken = RP_TAKE_PTR(kept);
    assert_null(kept);
    return taken;
}

static void frees_at_the_end_of_scope(void **state)
{
    char *kept = taken_pointer();
    (void)state;
    assert_string_equal(kept, "kept");
    rp_free_ptr(&kept);
    assert_null(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(closes_at_the_end_of_scope), cmocka_unit_test(taken_survives),
                                       cmocka_unit_test(keeps_errno), cmocka_unit_test(frees_at_the_end_of_scope)};
    return RP_RUN(tests);
}
