// SPDX-License-Identifier: Apache-2.0
/*
 * LD_PRELOAD this library, and a process that allocates memory after it called mlockall() dies with a message and
 * SIGABRT. The guard locks its memory when its start is over, and must not need any more of it: what it would ask for in
 * an emergency may not be there, and a page fault would wait in the very reclaim that it is fighting.
 *
 *     tests/harness/preload/build nomalloc.so && LD_PRELOAD=$PWD/nomalloc.so reprieved ...
 *
 * The arming belongs to the process that called mlockall(): a child after fork() may allocate until it locks its own.
 * free() is allowed: it asks for nothing. Only glibc is served, by its __libc_ entry points.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static _Atomic pid_t armed; /* the process that must not allocate, 0: none */

static void put(char *line, size_t *at, size_t size, const char *text)
{
    while (*text && *at < size)
        line[(*at)++] = *text++;
}

static void put_hex(char *line, size_t *at, size_t size, uint64_t x)
{
    char digits[19] = {0};
    size_t i = sizeof(digits) - 1;
    do {
        digits[--i] = "0123456789abcdef"[x % 16];
        x /= 16;
    } while (x);
    digits[--i] = 'x';
    digits[--i] = '0';
    put(line, at, size, digits + i);
}

/* By hand: printf itself may allocate. */
static void judge(const char *function, size_t size, const void *caller)
{
    if (atomic_load(&armed) != (pid_t)syscall(SYS_getpid))
        return;
    char line[512];
    size_t at = 0;
    Dl_info where = {0};
    const int found = dladdr(caller, &where);
    put(line, &at, sizeof(line), "nomalloc: ");
    put(line, &at, sizeof(line), function);
    put(line, &at, sizeof(line), " of ");
    put_hex(line, &at, sizeof(line), size);
    put(line, &at, sizeof(line), " bytes after mlockall(), from ");
    put(line, &at, sizeof(line), found && where.dli_fname ? where.dli_fname : "?");
    put(line, &at, sizeof(line), "+");
    put_hex(line, &at, sizeof(line), (uintptr_t)caller - (found ? (uintptr_t)where.dli_fbase : 0));
    put(line, &at, sizeof(line), found && where.dli_sname ? " near " : "");
    put(line, &at, sizeof(line), found && where.dli_sname ? where.dli_sname : "");
    put(line, &at, sizeof(line), "\n");
    if (write(STDERR_FILENO, line, at) < 0)
        _exit(134);
    abort();
}

void *malloc(size_t size)
{
    judge("malloc", size, __builtin_return_address(0));
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    judge("calloc", n * size, __builtin_return_address(0));
    return __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
    judge("realloc", size, __builtin_return_address(0));
    return __libc_realloc(old, size);
}

void *reallocarray(void *old, size_t n, size_t size)
{
    judge("reallocarray", n * size, __builtin_return_address(0));
    if (size && n > SIZE_MAX / size) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_realloc(old, n * size);
}

void *memalign(size_t alignment, size_t size)
{
    judge("memalign", size, __builtin_return_address(0));
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    judge("aligned_alloc", size, __builtin_return_address(0));
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **ret, size_t alignment, size_t size)
{
    judge("posix_memalign", size, __builtin_return_address(0));
    void *block = __libc_memalign(alignment, size);
    if (!block)
        return ENOMEM;
    *ret = block;
    return 0;
}

int mlockall(int flags)
{
    const long r = syscall(SYS_mlockall, flags);
    if (r == 0)
        atomic_store(&armed, (pid_t)syscall(SYS_getpid));
    return (int)r;
}

int munlockall(void)
{
    atomic_store(&armed, 0);
    return (int)syscall(SYS_munlockall);
}
