# SPDX-License-Identifier: Apache-2.0
"""
reprieve-wrap with real processes: exit codes, signals, orphans, requests and answers, hung commands, full disks, damaged
requests, resuming. Nothing here measures time; what takes long is waited for.
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import textwrap
import time
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]
WRAP = TOP / "build/asan/reprieve-wrap"
REQUEST_BYTES, ANSWER_BYTES = 256, 512
PATIENCE_S = 60
NAMESPACES = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount", "--mount-proc"]

# Says when it is ready, counts signals in its directory, writes `done` on USR1, ends with 3 on TERM.
PROGRAM = textwrap.dedent("""
    import os, signal, sys
    from pathlib import Path
    place = Path(sys.argv[1])
    counts = {}
    def count(number, _frame):
        counts[number] = counts.get(number, 0) + 1
        (place / f"signal.{number}").write_text(str(counts[number]))
        if number == signal.SIGUSR1:
            (place / "done.new").write_text("state")
            os.replace(place / "done.new", place / "done")
        if number == signal.SIGTERM:
            sys.exit(int(os.environ.get("END", "3")))
    for number in (signal.SIGUSR1, signal.SIGTERM, signal.SIGHUP, signal.SIGRTMIN + 1):
        signal.signal(number, count)
    (place / "ready").touch()
    while True:
        signal.pause()
""")


def setUpModule() -> None:
    subprocess.run(["make", "--no-print-directory", "VARIANT=asan", "build/asan/reprieve-wrap"], cwd=TOP, check=True,
                   stdout=subprocess.DEVNULL)


def environment(**more: str) -> dict[str, str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("REPRIEVE_")}
    # LeakSanitizer stops the process with ptrace, which PID 1 of a namespace does not survive.
    return {**clean, "ASAN_OPTIONS": "detect_leaks=0", **more}


def run(*words, **more: str) -> subprocess.CompletedProcess:
    return subprocess.run([WRAP, *map(str, words)], env=environment(**more), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False, timeout=PATIENCE_S)


class Wrapped:
    """A wrap around PROGRAM (or `words`), with its files in a directory of its own."""

    def __init__(self, place: Path, *options: str, words: list[str] | None = None, before: tuple[str, ...] = (),
                 **more: str) -> None:
        self.place = place
        self.log = open(place / "log", "w+b")
        program = words if words is not None else ["python3", "-c", PROGRAM, str(place)]
        self.process = subprocess.Popen(
            [*before, WRAP, "--request", place / "REQUEST", "--ack", place / "ACK", *options, "--", *program],
            env=environment(**more), stdout=self.log, stderr=self.log)

    def wait_for(self, what, why: str):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            found = what()
            if found:
                return found
            time.sleep(0.01)
        raise AssertionError(f"{why}\n{self.said()}")

    def said(self) -> str:
        return (self.place / "log").read_text(encoding="utf-8", errors="replace")

    def ready(self) -> "Wrapped":
        self.wait_for((self.place / "ready").exists, "the program never began")
        self.wait_for((self.place / "REQUEST").exists, "there is no request file")
        return self

    def ask(self, number: int) -> None:
        line = json.dumps({"id": number, "reason": "checkpoint-time", "severity": "warning", "seconds": 41,
                           "deadline": 1764000041})
        with open(self.place / "REQUEST", "r+b") as handle:
            handle.write(line.ljust(REQUEST_BYTES - 1).encode() + b"\n")

    def answer(self, number: int) -> dict:
        def look():
            try:
                text = (self.place / "ACK").read_bytes()
            except FileNotFoundError:
                return None
            assert len(text) == ANSWER_BYTES and text.endswith(b"\n"), text
            found = json.loads(text)
            return found if found["id"] == number else None
        return self.wait_for(look, f"request {number} was never answered")

    def end(self) -> int:
        if self.process.poll() is None:
            self.process.kill()
        code = self.process.wait(PATIENCE_S)
        self.log.close()
        return code


class WrapCase(unittest.TestCase):
    def setUp(self) -> None:
        self.place = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.place)

    def wrap(self, *options: str, **more) -> Wrapped:
        wrapped = Wrapped(self.place, *options, **more)
        self.addCleanup(wrapped.end)
        return wrapped

    def in_namespaces(self) -> None:
        if subprocess.run([*NAMESPACES, "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
            self.skipTest("no namespaces may be made here")


class Running(WrapCase):
    def test_exit_codes(self):
        for words, code in ((["sh", "-c", "exit 0"], 0), (["sh", "-c", "exit 77"], 77), (["--", "sh", "-c", "exit 3"], 3),
                            (["sh", "-c", "kill -KILL $$"], 137), (["sh", "-c", "kill -TERM $$"], 143),
                            ([self.place / "nobody"], 127), ([self.place], 126)):
            with self.subTest(words):
                self.assertEqual(run("--request", self.place / "R", "--ack", self.place / "A", *words).returncode, code)

    def test_nonsense_is_refused_with_a_sentence(self):
        for words, says in (([], "which PROGRAM"), (["--what", "true"], "unknown option --what"),
                            (["--request"], "needs a value"), (["--request", "R", "true"], "absolute"),
                            (["--signal", "KILL", "--exits", "true"], "not one of"),
                            (["--signal", "USR1", "true"], "--done FILE or --exits"),
                            (["--done", "/x", "true"], "belong to --signal"),
                            (["--signal=USR1", "--checkpoint-cmd=true", "--exits", "true"], "not both"),
                            (["--timeout", "5", "true"], "no duration"), (["--resume-if", "/x", "true"], "need each other"),
                            (["--request", "/x", "--ack", "/x", "true"], "another file")):
            with self.subTest(words):
                done = run(*words)
                self.assertEqual(done.returncode, 125)
                self.assertIn(says, done.stderr)
        self.assertEqual(run("--help").returncode, 0)
        self.assertIn("--checkpoint-cmd", run("--help").stdout)
        self.assertIn("--done FILE or --exits", run("true", REPRIEVE_SIGNAL="USR1").stderr)  # from the environment, too

    def test_signals_are_passed_on(self):
        wrapped = self.wrap().ready()
        for number in (signal.SIGHUP, signal.SIGRTMIN + 1):
            wrapped.process.send_signal(number)
            wrapped.wait_for((self.place / f"signal.{number}").exists, "a signal was lost")
        wrapped.process.terminate()
        self.assertEqual(wrapped.process.wait(PATIENCE_S), 3)

    def test_no_signal_of_a_storm_is_lost(self):
        # Signals of one number that wait are one for the kernel, but not real-time ones; and Python's own handlers would
        # not count them one by one.
        wrapped = self.wrap(words=["python3", "-c", textwrap.dedent(f"""
            import pathlib, signal
            storm = {{signal.SIGRTMIN + 1, signal.SIGHUP}}
            signal.pthread_sigmask(signal.SIG_BLOCK, storm)
            pathlib.Path("{self.place}/ready").touch()
            seen = 0
            while seen < 300:
                seen += signal.sigwait(storm) == signal.SIGRTMIN + 1
            raise SystemExit(6)
        """)]).ready()
        for _ in range(300):
            wrapped.process.send_signal(signal.SIGRTMIN + 1)
            wrapped.process.send_signal(signal.SIGHUP)
        self.assertEqual(wrapped.process.wait(PATIENCE_S), 6)

    def orphans(self, before: tuple[str, ...]) -> None:
        # Each inner shell is left by its parent; then nobody may be a zombie, and none of them still somebody's child.
        script = (f"for i in $(seq 40); do sh -c '(sleep 0.01; echo x >> {self.place}/ended; exit 5) &'; done; "
                  f"while test $(wc -l < {self.place}/ended) -lt 40; do sleep 0.05; done; sleep 0.5; "
                  "grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | while read f; do "
                  f"grep -q \"^PPid:.$PPID$\" $f && echo zombie; done > {self.place}/zombies; exit 4")
        wrapped = self.wrap(words=["sh", "-c", script], before=before)
        self.assertEqual(wrapped.process.wait(PATIENCE_S), 4)
        self.assertEqual((self.place / "zombies").read_text(), "")

    def test_reaps_orphans(self):
        self.orphans(())

    def test_reaps_orphans_as_first_process(self):
        self.in_namespaces()
        self.orphans(tuple(NAMESPACES))

    def test_resumes(self):
        state, options = self.place / "state", ["--resume-if", str(self.place / "state"), "--resume-cmd",
                                                f"cat {self.place}/state; exit 9"]
        files = ["--request", self.place / "R", "--ack", self.place / "A"]
        self.assertEqual(run(*files, *options, "sh", "-c", "exit 8").returncode, 8)
        state.touch()  # begun and never written
        self.assertEqual(run(*files, *options, "sh", "-c", "exit 8").returncode, 8)
        state.write_text("step 40")
        done = run(*files, *options, "sh", "-c", "exit 8")
        self.assertEqual((done.returncode, done.stdout), (9, "step 40"))


class Answering(WrapCase):
    def test_a_command_writes_the_checkpoint(self):
        wrapped = self.wrap("--checkpoint-cmd", f"env > {self.place}/env; printf state > {self.place}/c; echo working; "
                                                f"echo {self.place}/c").ready()
        wrapped.ask(7)
        answer = wrapped.answer(7)
        self.assertEqual((answer["result"], answer["path"], answer["bytes"]), ("ok", str(self.place / "c"), 5))
        told = dict(line.split("=", 1) for line in (self.place / "env").read_text().splitlines() if "=" in line)
        self.assertEqual([told[f"REPRIEVE_{key}"] for key in ("ID", "REASON", "SEVERITY", "SECONDS", "DEADLINE")],
                         ["7", "checkpoint-time", "warning", "41", "1764000041"])
        self.assertTrue(told["REPRIEVE_PID"].isdigit())
        wrapped.ask(8)
        self.assertEqual(wrapped.answer(8)["result"], "ok")
        self.assertIsNone(wrapped.process.poll())

    def test_a_command_that_fails_is_said(self):
        wrapped = self.wrap("--checkpoint-cmd", "echo no/path; exit 6").ready()
        wrapped.ask(7)
        answer = wrapped.answer(7)
        self.assertEqual(answer["result"], "failed")
        self.assertIn("exit code 6", answer["why"])
        self.assertNotIn("path", answer)

    def test_a_command_that_hangs_is_ended_with_its_children(self):
        wrapped = self.wrap("--timeout", "500ms", "--checkpoint-cmd",
                            f"sleep 1000 & echo $! > {self.place}/child; wait").ready()
        wrapped.ask(7)
        self.assertEqual(wrapped.answer(7)["result"], "timeout")
        child = int((self.place / "child").read_text())
        wrapped.wait_for(lambda: not Path(f"/proc/{child}").exists(), "its child lives on")
        self.assertIsNone(wrapped.process.poll())
        wrapped.ask(8)
        self.assertEqual(wrapped.answer(8)["result"], "timeout")

    def test_a_signal_and_a_file(self):
        wrapped = self.wrap("--signal", "USR1", "--done", str(self.place / "done")).ready()
        for number in (7, 8):
            wrapped.ask(number)
            answer = wrapped.answer(number)
            self.assertEqual((answer["result"], answer["bytes"]), ("ok", 5))
            self.assertEqual((self.place / f"signal.{signal.SIGUSR1}").read_text(), str(number - 6))

    def test_a_signal_that_ends_the_program(self):
        for code, result in (("0", "ok"), ("5", "failed")):
            with self.subTest(code):
                wrapped = Wrapped(self.place, "--signal", "TERM", "--exits", END=code).ready()
                self.addCleanup(wrapped.end)
                wrapped.ask(7)
                self.assertEqual(wrapped.process.wait(PATIENCE_S), int(code))
                self.assertEqual(wrapped.answer(7)["result"], result)
                for name in ("ACK", "REQUEST", "ready"):
                    (self.place / name).unlink()

    def test_who_does_not_handle_the_signal_lives(self):
        for handler in ("SIG_DFL", "SIG_IGN"):
            with self.subTest(handler):
                program = (f"import signal,pathlib; signal.signal(signal.SIGUSR1, signal.{handler}); "
                           f"pathlib.Path('{self.place}/ready').touch(); signal.pause()")
                wrapped = Wrapped(self.place, "--signal", "USR1", "--done", str(self.place / "done"),
                                  words=["python3", "-c", program]).ready()
                self.addCleanup(wrapped.end)
                wrapped.ask(7)
                answer = wrapped.answer(7)
                self.assertEqual(answer["result"], "failed")
                self.assertIn("does not handle", answer["why"])
                self.assertIsNone(wrapped.process.poll())
                wrapped.end()
                for name in ("ACK", "REQUEST", "ready"):
                    (self.place / name).unlink()

    def test_who_handles_it_and_writes_nothing_times_out(self):
        wrapped = self.wrap("--signal", "HUP", "--done", str(self.place / "never"), "--timeout", "300ms").ready()
        wrapped.ask(7)
        self.assertEqual(wrapped.answer(7)["result"], "timeout")

    def test_damaged_requests_are_no_requests(self):
        wrapped = self.wrap("--checkpoint-cmd", f"echo x >> {self.place}/asked").ready()
        request = self.place / "REQUEST"
        for text in (b"", b"{}", b"\xff" * REQUEST_BYTES, b'{"id":7'.ljust(REQUEST_BYTES - 1) + b"\n", b" " * 100000,
                     b'{"id":-1}'.ljust(REQUEST_BYTES - 1) + b"\n", b'{"id":99999999999999999999}'.ljust(255) + b"\n"):
            request.write_bytes(text)
            time.sleep(0.05)
        wrapped.wait_for(lambda: "is no request" in wrapped.said(), "nothing was said")
        request.unlink()
        request.symlink_to("log")
        time.sleep(0.05)
        request.unlink()
        request.write_bytes(b" " * REQUEST_BYTES)
        self.assertFalse((self.place / "asked").exists())
        wrapped.ask(9)
        self.assertEqual(wrapped.answer(9)["result"], "ok")
        self.assertEqual((self.place / "asked").read_text(), "x\n")

    def test_an_old_request_is_not_for_a_new_program(self):
        (self.place / "REQUEST").write_bytes(b'{"id":7}'.ljust(REQUEST_BYTES - 1) + b"\n")
        wrapped = self.wrap("--checkpoint-cmd", f"echo $REPRIEVE_ID >> {self.place}/asked").ready()
        wrapped.ask(8)
        self.assertEqual(wrapped.answer(8)["result"], "ok")
        self.assertEqual((self.place / "asked").read_text(), "8\n")

    def test_a_directory_that_comes_later(self):
        late = self.place / "late"
        wrapped = self.wrap("--request", str(late / "REQUEST"), "--ack", str(late / "ACK"), "--checkpoint-cmd", "true")
        wrapped.wait_for((self.place / "ready").exists, "the program never began")
        late.mkdir()
        (late / "REQUEST").write_bytes(b'{"id":7}'.ljust(REQUEST_BYTES - 1) + b"\n")
        wrapped.wait_for((late / "ACK").exists, "never answered")

    def test_a_full_disk_does_not_keep_the_answer_back(self):
        self.in_namespaces()
        disk = self.place / "disk"
        disk.mkdir()
        fill = f"head -c 1M /dev/zero > {disk}/ballast 2>/dev/null; touch {self.place}/ready"
        copy = f"cp {disk}/ACK {self.place}/copy.new && mv {self.place}/copy.new {self.place}/ACK"
        inner = f"{fill}; while :; do sleep 0.1; cat {self.place}/ask > {disk}/x 2>/dev/null; {copy}; done"
        script = textwrap.dedent(f"""
            mount -t tmpfs -o size=64k,nr_inodes=8 tmpfs {disk} || exit 99
            {WRAP} --request {disk}/REQUEST --ack {disk}/ACK --checkpoint-cmd true -- sh -c '{inner}' &
            while ! test -e {self.place}/ready; do sleep 0.1; done
            for id in 7 8 9; do
                printf '%-255s\\n' "{{\\"id\\":$id}}" | dd of={disk}/REQUEST conv=notrunc 2>/dev/null
                while ! grep -q "\\"id\\":$id," {disk}/ACK 2>/dev/null; do sleep 0.1; done
                cp {disk}/ACK {self.place}/answer.$id
            done
            df --output=avail {disk} | tail -1 > {self.place}/left
        """)
        done = subprocess.run([*NAMESPACES, "sh", "-c", script], env=environment(), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, timeout=PATIENCE_S)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual((self.place / "left").read_text().strip(), "0")
        for number in (7, 8, 9):
            self.assertEqual(json.loads((self.place / f"answer.{number}").read_text())["result"], "ok")


if __name__ == "__main__":
    unittest.main()
