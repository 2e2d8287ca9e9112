# SPDX-License-Identifier: Apache-2.0
"""The preload library sees every way to allocate, in the process that locked its memory and in no other."""

import os
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent

PROGRAM = r"""
#define _GNU_SOURCE
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void *volatile sink;

static void allocate(const char *how)
{
    void *aligned = NULL;
    if (!strcmp(how, "malloc")) sink = malloc(10);
    if (!strcmp(how, "calloc")) sink = calloc(2, 5);
    if (!strcmp(how, "realloc")) sink = realloc(NULL, 10);
    if (!strcmp(how, "reallocarray")) sink = reallocarray(NULL, 2, 5);
    if (!strcmp(how, "memalign")) sink = memalign(16, 10);
    if (!strcmp(how, "aligned_alloc")) sink = aligned_alloc(16, 16);
    if (!strcmp(how, "posix_memalign") && posix_memalign(&aligned, 16, 10) == 0) sink = aligned;
    if (!strcmp(how, "strdup")) sink = strdup("text");
    if (!strcmp(how, "fopen")) sink = fopen("/dev/null", "r");
}

int main(int argc, char **argv)
{
    void *before = malloc(100);
    if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0)
        return 77;
    free(before);
    if (argc > 2 && !strcmp(argv[2], "child")) {
        int status = 0;
        pid_t child = fork();
        if (child == 0) {
            allocate(argv[1]);
            _exit(0);
        }
        waitpid(child, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    }
    if (argc > 2 && !strcmp(argv[2], "unlocked"))
        munlockall();
    if (argc > 1)
        allocate(argv[1]);
    return write(1, "alive\n", 6) == 6 ? 0 : 1;
}
"""

WAYS = ("malloc", "calloc", "realloc", "reallocarray", "memalign", "aligned_alloc", "posix_memalign", "strdup", "fopen")


class NoMalloc(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.place = tempfile.TemporaryDirectory()
        root = Path(cls.place.name)
        cls.library, cls.program = root / "nomalloc.so", root / "program"
        (root / "program.c").write_text(PROGRAM, encoding="ascii")
        subprocess.run([HERE / "build", cls.library], check=True)
        subprocess.run(["gcc", "-O0", "-fno-builtin", "-o", cls.program, root / "program.c"], check=True)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.place.cleanup()

    def run_program(self, *words: str) -> subprocess.CompletedProcess:
        done = subprocess.run([self.program, *words], env=os.environ | {"LD_PRELOAD": str(self.library)},
                              capture_output=True, text=True, check=False)
        if done.returncode == 77:
            self.skipTest("mlockall() is not allowed here (needs root or a larger RLIMIT_MEMLOCK)")
        return done

    def test_every_way_to_allocate(self) -> None:
        for way in WAYS:
            with self.subTest(way=way):
                done = self.run_program(way)
                self.assertEqual(done.returncode, -signal.SIGABRT)
                self.assertIn("nomalloc: ", done.stderr)
                self.assertIn("bytes after mlockall(), from ", done.stderr)
                self.assertEqual(done.stdout, "")

    def test_quiet_process(self) -> None:
        done = self.run_program()
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "alive\n", ""))

    def test_child_has_not_locked(self) -> None:
        self.assertEqual(self.run_program("malloc", "child").returncode, 0)

    def test_unlocked_again(self) -> None:
        self.assertEqual(self.run_program("malloc", "unlocked").returncode, 0)


if __name__ == "__main__":
    unittest.main()
