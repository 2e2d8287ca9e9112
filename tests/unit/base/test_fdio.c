// SPDX-License-Identifier: Apache-2.0
#include "base/fdio.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "harness/tree.h"

static void reads_whole_files(void **state)
{
    struct rp_tree tree;
    char path[512], buf[16];
    size_t len = 99;
    (void)state;
    rp_tree_make(&tree);
    rp_tree_write(&tree, "f", "0123456789");
    snprintf(path, sizeof(path), "%s/f", tree.root);
    RP_CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(rp_pread_all(fd, buf, sizeof(buf), &len), 0);
    assert_int_equal(len, 10);
    assert_memory_equal(buf, "0123456789", 10);
    assert_int_equal(rp_pread_all(fd, buf, 10, &len), 0); /* fits exactly */
    assert_int_equal(len, 10);
    len = 99;
    assert_int_equal(rp_pread_all(fd, buf, 9, &len), -E2BIG);
    assert_int_equal(len, 99);
    assert_int_equal(rp_pread_all(-1, buf, 9, &len), -EBADF);
    assert_int_equal(len, 99);
    rp_tree_drop(&tree);
}

/* A kernel file says 0 bytes in stat() and is longer than a page. */
static void reads_kernel_files(void **state)
{
    static char buf[1 << 20];
    size_t len = 0;
    (void)state;
    RP_CLEANUP_FD int fd = open("/proc/self/smaps", O_RDONLY | O_CLOEXEC);
    assert_int_equal(rp_pread_all(fd, buf, sizeof(buf), &len), 0);
    assert_true(len > 4096);
    assert_int_equal(buf[len - 1], '\n');
}

static void writes_all(void **state)
{
    struct rp_tree tree;
    char path[512], text[32];
    int ends[2];
    (void)state;
    rp_tree_make(&tree);
    rp_tree_write(&tree, "f", "");
    snprintf(path, sizeof(path), "%s/f", tree.root);
    RP_CLEANUP_FD int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(rp_write_all(fd, "ab", 2), 0);
    assert_int_equal(rp_write_all(fd, "", 0), 0);
    assert_int_equal(rp_write_all(fd, "cd", 2), 0);
    rp_tree_read(&tree, "f", text, sizeof(text));
    assert_string_equal(text, "abcd");
    assert_int_equal(rp_write_all(-1, "x", 1), -EBADF);
    rp_tree_drop(&tree);

    /* More than a pipe holds, to a reader that is slow: write() comes back short. */
    static char large[1 << 18];
    assert_int_equal(pipe(ends), 0);
    const pid_t reader = fork();
    if (reader == 0) {
        size_t got = 0;
        ssize_t n = 0;
        close(ends[1]);
        while ((n = read(ends[0], text, sizeof(text))) > 0)
            got += (size_t)n;
        _exit(got == sizeof(large) ? 0 : 1);
    }
    close(ends[0]);
    assert_int_equal(rp_write_all(ends[1], large, sizeof(large)), 0);
    close(ends[1]);
    int status = -1;
    waitpid(reader, &status, 0);
    assert_int_equal(status, 0);
}

static void openat2_stays_inside(void **state)
{
    struct rp_tree tree;
    struct stat stat;
    char text[16];
    (void)state;
    rp_tree_make(&tree);
    rp_tree_write(&tree, "root/etc/secret", "inside");
    rp_tree_write(&tree, "etc/secret", "outside");
    RP_CLEANUP_FD int top = open(tree.root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    RP_CLEANUP_FD int root = openat(top, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(symlinkat("/etc/secret", root, "link"), 0);
    assert_int_equal(symlinkat("../../etc/secret", root, "up"), 0);
    const char *const inside[] = {"etc/secret", "/etc/secret", "../../etc/secret", "link", "up"};
    for (size_t i = 0; i < RP_ROWS(inside); i++) {
        RP_CLEANUP_FD int fd = rp_openat2(root, inside[i], O_RDONLY, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
        if (fd < 0)
            fail_msg("%s: %s", inside[i], strerror(-fd));
        memset(text, 0, sizeof(text));
        assert_true(read(fd, text, sizeof(text) - 1) > 0);
        rp_expect_text(inside[i], text, "inside");
        assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    }
    assert_int_equal(rp_openat2(root, "../etc/secret", O_RDONLY, RESOLVE_BENEATH), -EXDEV);
    assert_int_equal(rp_openat2(root, "link", O_RDONLY | O_NOFOLLOW, RESOLVE_IN_ROOT), -ELOOP);
    assert_int_equal(rp_openat2(root, "none", O_RDONLY, RESOLVE_IN_ROOT), -ENOENT);
    RP_CLEANUP_FD int made = rp_openat2(root, "made", O_WRONLY | O_CREAT | O_EXCL, RESOLVE_IN_ROOT);
    assert_true(made >= 0);
    assert_int_equal(fstat(made, &stat), 0);
    assert_int_equal(stat.st_mode & 0777, 0600);
    rp_tree_drop(&tree);
}

static void signals_by_descriptor(void **state)
{
    int status = 0;
    (void)state;
    const pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    RP_CLEANUP_FD int fd = rp_pidfd_open(child);
    assert_true(fd >= 0);
    assert_int_equal(rp_pidfd_send_signal(fd, 0), 0);
    assert_int_equal(rp_pidfd_send_signal(fd, SIGKILL), 0);
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_int_equal(rp_pidfd_send_signal(fd, 0), -ESRCH);
    assert_int_equal(rp_pidfd_open(-1), -EINVAL);
}

struct pair {
    int a, b;
};

static struct pair make_pair(void)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    return (struct pair){ends[0], ends[1]};
}

static void descriptors_travel(void **state)
{
    struct pair pair = make_pair();
    struct rp_fds out = {.n = 2}, in;
    char buf[16];
    size_t len = 0;
    (void)state;
    for (size_t i = 0; i < out.n; i++)
        out.fd[i] = open("/dev/null", O_RDONLY);
    assert_int_equal(rp_send_fds(pair.a, "hello", 5, &out), 0);
    assert_int_equal(rp_send_fds(pair.a, "bare", 4, NULL), 0);
    assert_int_equal(rp_recv_fds(pair.b, buf, sizeof(buf), &len, &in), 0);
    assert_int_equal(len, 5);
    assert_memory_equal(buf, "hello", 5);
    assert_int_equal(in.n, 2);
    for (size_t i = 0; i < in.n; i++) {
        assert_int_equal(fcntl(in.fd[i], F_GETFD), FD_CLOEXEC);
        assert_int_not_equal(in.fd[i], out.fd[i]);
        rp_close_fd(&in.fd[i]);
        rp_close_fd(&out.fd[i]);
    }
    assert_int_equal(rp_recv_fds(pair.b, buf, sizeof(buf), &len, &in), 0);
    assert_int_equal(len, 4);
    assert_int_equal(in.n, 0);
    out.n = RP_FDS_MAX + 1;
    assert_int_equal(rp_send_fds(pair.a, "x", 1, &out), -EINVAL);
    rp_close_fd(&pair.a);
    assert_int_equal(rp_recv_fds(pair.b, buf, sizeof(buf), &len, &in), 0); /* the other end is closed */
    assert_int_equal(len, 0);
    assert_int_equal(rp_send_fds(pair.b, "x", 1, NULL), -EPIPE); /* and no SIGPIPE */
    rp_close_fd(&pair.b);
}

static int lowest_free_fd(void)
{
    const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    close(fd);
    return fd;
}

static void oversized_messages_leave_nothing_open(void **state)
{
    struct pair pair = make_pair();
    struct rp_fds out = {.fd = {0}, .n = 1}, in = {.n = 77};
    char buf[4];
    size_t len = 99;
    (void)state;
    const int before = lowest_free_fd();
    assert_int_equal(rp_send_fds(pair.a, "too long", 8, &out), 0);
    assert_int_equal(rp_recv_fds(pair.b, buf, sizeof(buf), &len, &in), -EMSGSIZE);
    assert_int_equal(len, 99);
    assert_int_equal(in.n, 77);
    assert_int_equal(lowest_free_fd(), before);

    /* More descriptors than the receiver has room for: the kernel cuts the list and says so. */
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int) * (RP_FDS_MAX + 4))];
    } control = {0};
    char byte = 'x';
    struct iovec part = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof(int) * (RP_FDS_MAX + 4));
    assert_int_equal(sendmsg(pair.a, &message, 0), 1);
    assert_int_equal(rp_recv_fds(pair.b, buf, sizeof(buf), &len, &in), -EMSGSIZE);
    assert_int_equal(lowest_free_fd(), before);
    rp_close_fd(&pair.a);
    rp_close_fd(&pair.b);
}

static void a_lock_is_waited_for(void **state)
{
    char path[] = "/tmp/rp-lock-XXXXXX";
    (void)state;
    const int mine = mkstemp(path), other = open(path, O_RDWR | O_CLOEXEC);
    assert_true(mine >= 0 && other >= 0);
    assert_int_equal(rp_lock_within(mine, 0), 0);
    assert_int_equal(rp_lock_within(other, 60), -EWOULDBLOCK);
    const pid_t child = fork();
    if (child == 0) { /* holds it, as the file is the same open one, until it is dead */
        usleep(200000);
        _exit(0);
    }
    close(mine);
    assert_int_equal(rp_lock_within(other, 20000), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(rp_lock_within(-1, 20000), -EBADF);
    close(other);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_whole_files),    cmocka_unit_test(reads_kernel_files),
        cmocka_unit_test(writes_all),           cmocka_unit_test(openat2_stays_inside),
        cmocka_unit_test(a_lock_is_waited_for), cmocka_unit_test(signals_by_descriptor),
        cmocka_unit_test(descriptors_travel),   cmocka_unit_test(oversized_messages_leave_nothing_open),
    };
    return RP_RUN(tests);
}
