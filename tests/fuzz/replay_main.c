// SPDX-License-Identifier: Apache-2.0
/*
 * The main() of a fuzz target that only replays: every file named on the command line, or every file of a directory
 * named, is fed to it once. Prints how many; a crash names the file, as its name is printed before.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

#define INPUT_MAX (1 << 20)

static unsigned int replayed;

static int replay_file(int dirfd, const char *name)
{
    static uint8_t input[INPUT_MAX];
    const int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        fprintf(stderr, "%s: %s\n", name, strerror(errno));
        return 1;
    }
    const ssize_t n = read(fd, input, sizeof(input));
    close(fd);
    if (n < 0 || n == INPUT_MAX) {
        fprintf(stderr, "%s: %s\n", name, n < 0 ? strerror(errno) : "larger than 1 MiB");
        return 1;
    }
    printf("%s\n", name);
    fflush(stdout);
    /* In a block of exactly its size, so that the sanitizer sees one byte too many. */
    uint8_t *exact = malloc(n ? (size_t)n : 1);
    if (!exact)
        return 1;
    memcpy(exact, input, (size_t)n);
    LLVMFuzzerTestOneInput(exact, (size_t)n);
    free(exact);
    replayed++;
    return 0;
}

static int replay_directory(const char *path)
{
    int failed = 0;
    DIR *dir = opendir(path);
    if (!dir) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return 1;
    }
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        if (entry->d_name[0] != '.')
            failed |= replay_file(dirfd(dir), entry->d_name);
    }
    closedir(dir);
    return failed;
}

int main(int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc; i++) {
        struct stat stat_;
        const bool directory = stat(argv[i], &stat_) == 0 && S_ISDIR(stat_.st_mode);
        failed |= directory ? replay_directory(argv[i]) : replay_file(AT_FDCWD, argv[i]);
    }
    printf("%u inputs\n", replayed);
    if (replayed == 0)
        fprintf(stderr, "nothing was replayed; name files or directories\n");
    return failed || replayed == 0;
}
