// SPDX-License-Identifier: Apache-2.0
/*
 * Test program: operations whose price BPF programs might raise, and tasks that fill cgroups. tests/vm/scenarios/bpf-cost
 * runs it where a nanosecond is an instruction, so that what it prints are instructions.
 *
 *   cost_work fork|fault|overwrite|append|reclaim N BATCHES   prints BATCHES numbers: ns for N operations each
 *   cost_work tasks                                           reads cgroup directories from stdin, forks a task into each,
 *                                                             says "ready"; on SIGUSR1 to its group each task does some work
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE       4096
#define FILE_PAGES 1024
#define TASK_PAGES 8
#define DATA       "/var/tmp/cost"
#define HOLES      "/var/tmp/holes" /* reading a hole fills the page cache without a disk, whose time is no instruction */

static void must(int good, const char *what)
{
    if (good)
        return;
    perror(what);
    exit(1);
}

static long long now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static char block[PAGE];
static int data_fd, holes_fd;
static char *fresh;

static void forks(long n)
{
    for (long i = 0; i < n; i++) {
        const pid_t child = fork();
        if (child == 0)
            _exit(0);
        must(child > 0 && waitpid(child, NULL, 0) == child, "fork");
    }
}

static void faults(long n)
{
    for (long i = 0; i < n; i++)
        fresh[i * PAGE] = 1;
}

static void overwrite(long n)
{
    for (long i = 0; i < n; i++)
        must(pwrite(data_fd, block, PAGE, i % FILE_PAGES * PAGE) == PAGE, "overwrite");
}

static void append(long n)
{
    for (long i = 0; i < n; i++)
        must(write(data_fd, block, PAGE) == PAGE, "append");
}

/* In a cgroup with less memory than the file has: each page read has to be reclaimed for the next. */
static void reclaim(long n)
{
    for (long i = 0; i < n; i++)
        must(read(holes_fd, block, PAGE) == PAGE, "read");
}

/* Everything that is not to be measured, before each batch. */
static void prepare(long n)
{
    if (fresh)
        munmap(fresh, (size_t)n * PAGE);
    fresh = mmap(NULL, (size_t)n * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    must(fresh != MAP_FAILED && madvise(fresh, (size_t)n * PAGE, MADV_NOHUGEPAGE) == 0, "mmap");
    must(ftruncate(data_fd, FILE_PAGES * PAGE) == 0, "truncate");
    must(fsync(data_fd) == 0 && lseek(data_fd, 0, SEEK_END) > 0 && lseek(holes_fd, 0, SEEK_SET) == 0, "fsync");
}

static int measure(const char *name, long n, long batches)
{
    static const struct {
        const char *name;
        void (*run)(long);
    } operations[] = {
        {"fork", forks}, {"fault", faults}, {"overwrite", overwrite}, {"append", append}, {"reclaim", reclaim}};
    void (*run)(long) = NULL;

    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
        if (strcmp(name, operations[i].name) == 0)
            run = operations[i].run;
    if (!run || n <= 0)
        return 2;
    data_fd = open(DATA, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    holes_fd = open(HOLES, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    must(data_fd >= 0 && holes_fd >= 0 && ftruncate(holes_fd, n * PAGE) == 0, "open");
    for (int i = 0; i < FILE_PAGES; i++)
        must(write(data_fd, block, PAGE) == PAGE, "write");
    for (long i = -1; i < batches; i++) { /* the first one only warms up */
        prepare(n);
        const long long start = now_ns();
        run(n);
        const long long took = now_ns() - start;
        if (i >= 0)
            printf("%lld\n", took);
    }
    return 0;
}

/* ---- tasks */

static char *held;

/* Memory given back and taken again: it is charged, counted and has to be gathered by whoever reads the statistics. */
static void work(int signal)
{
    const int saved = errno;
    (void)signal;
    madvise(held, TASK_PAGES * PAGE, MADV_DONTNEED);
    for (int i = 0; i < TASK_PAGES; i++)
        held[i * PAGE] = 1;
    errno = saved;
}

static void __attribute__((noreturn)) live(const char *directory)
{
    char path[600];

    snprintf(path, sizeof(path), "%s/cgroup.procs", directory);
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    must(fd >= 0 && write(fd, "0", 1) == 1, path);
    close(fd);
    held = mmap(NULL, TASK_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    must(held != MAP_FAILED, "mmap");
    work(0);
    signal(SIGUSR1, work);
    for (;;)
        pause();
}

static int tasks(void)
{
    char line[500];

    signal(SIGUSR1, SIG_IGN);
    while (fgets(line, sizeof(line), stdin)) {
        line[strcspn(line, "\n")] = '\0';
        const pid_t child = fork();
        must(child >= 0, "fork");
        if (child == 0)
            live(line);
    }
    puts("ready");
    fflush(stdout);
    for (;;)
        pause();
}

int main(int argc, char **argv)
{
    memset(block, 'x', sizeof(block));
    if (argc == 2 && strcmp(argv[1], "tasks") == 0)
        return tasks();
    if (argc == 4)
        return measure(argv[1], strtol(argv[2], NULL, 10), strtol(argv[3], NULL, 10));
    return 2;
}
