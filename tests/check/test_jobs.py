# SPDX-License-Identifier: Apache-2.0
"""The runner of the tests does not call a failure a success."""

import contextlib
import io
import sys
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))

import jobs  # noqa: E402
from jobs import Counts, Job  # noqa: E402

CMOCKA = "1..3\nok 1 - a\nnot ok 2 - b\n# test.c:7: error\nok 3 - c # SKIP no root\n# not ok - tests\n"


class Counting(unittest.TestCase):
    def test_tap(self) -> None:
        self.assertEqual(jobs.tap(None, CMOCKA, False), Counts(1, 1, 1, ["3 - c # SKIP no root"]))
        self.assertEqual(jobs.tap(None, "1..1\nok 1 - a\n", True), Counts(passed=1))

    def test_tap_that_ends_early(self) -> None:
        self.assertEqual(jobs.tap(None, "1..2\nok 1 - a\n==1==ERROR: AddressSanitizer\n", False), Counts(1, 1))
        self.assertEqual(jobs.tap(None, "", True), Counts(failed=1))

    def test_unittest(self) -> None:
        self.assertEqual(jobs.unittest(None, "Ran 5 tests in 0.1s\n\nOK\n", True), Counts(passed=5))
        mixed = "x ... skipped 'no root'\nRan 5 tests in 0.1s\n\nFAILED (failures=1, errors=1, skipped=1)\n"
        self.assertEqual(jobs.unittest(None, mixed, False), Counts(2, 2, 1, ["no root"]))

    def test_unittest_without_tests(self) -> None:
        self.assertEqual(jobs.unittest(None, "Ran 0 tests in 0.0s\n\nOK\n", True).failed, 1)
        self.assertEqual(jobs.unittest(None, "ImportError\n", False).failed, 1)

    def test_inputs(self) -> None:
        self.assertEqual(jobs.inputs(None, "a\nb\n2 inputs\n", True), Counts(passed=2))
        self.assertEqual(jobs.inputs(None, "a\n", False), Counts(failed=1))

    def test_preparation(self) -> None:
        self.assertEqual(jobs.none(None, "", True), Counts())
        self.assertEqual(jobs.none(None, "", False), Counts(failed=1))


class Running(unittest.TestCase):
    def run_jobs(self, *wanted: Job) -> tuple[bool, str, int]:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            runner = jobs.Runner(2)
            good = runner.run(list(wanted))
            status = jobs.report(runner.totals, 0)
        return good, said.getvalue(), status

    def shell(self, script: str, **more) -> Job:
        return Job("group", "name", ["sh", "-c", script], **more)

    def test_success(self) -> None:
        good, said, status = self.run_jobs(self.shell("true"), self.shell("echo ok 1; echo ok 2", count=jobs.tap))
        self.assertTrue(good)
        self.assertEqual((status, said.splitlines()[-1]), (0, "3 passed, 0 failed, 0 skipped"))

    def test_failure(self) -> None:
        good, said, status = self.run_jobs(self.shell("true"), self.shell("echo the reason; exit 3"))
        self.assertFalse(good)
        self.assertEqual((status, said.splitlines()[-1]), (1, "1 passed, 1 failed, 0 skipped"))
        self.assertIn("exit code 3", said)
        self.assertIn("     the reason", said)
        self.assertIn("again: sh -c 'echo the reason; exit 3'", said)

    def test_crash(self) -> None:
        _good, said, status = self.run_jobs(self.shell("kill -SEGV $$"))
        self.assertIn("signal SIGSEGV", said)
        self.assertEqual(status, 1)

    def test_no_such_program(self) -> None:
        good, said, _status = self.run_jobs(Job("group", "name", ["./no-such-program"]))
        self.assertFalse(good)
        self.assertIn("cannot start", said)

    def test_timeout_takes_the_children_along(self) -> None:
        start = time.monotonic()
        good, said, _status = self.run_jobs(self.shell("sleep 60 & sleep 60", timeout_s=0.5))
        self.assertFalse(good)
        self.assertIn("not done after", said)
        self.assertLess(time.monotonic() - start, 30)

    def test_skip_says_why(self) -> None:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            runner = jobs.Runner(1)
            runner.skip("vm", "no machine")
            runner.run([self.shell("echo 'ok 1 - x # SKIP no root'", count=jobs.tap)])
            status = jobs.report(runner.totals, 0)
        self.assertEqual((status, said.getvalue().splitlines()[-1]), (0, "0 passed, 0 failed, 2 skipped"))
        self.assertIn("vm: no machine", said.getvalue())
        self.assertIn("SKIP no root", said.getvalue())


if __name__ == "__main__":
    unittest.main()
