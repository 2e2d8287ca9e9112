# SPDX-License-Identifier: Apache-2.0
"""Which cells run again, and what the tables say; and that the tables in the repository are those of its results."""

import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "lib"))

import cells    # noqa: E402
import kernels  # noqa: E402
import sheets   # noqa: E402

ROWS = """# words
matrix one --mem 512 --payload build/p:/payload/p
matrix one:locked --append lockdown=x -- part   # a variant
cost two
"""


def result(kernel: str = "6.1", **changes) -> dict:
    return {"scenario": "one", "variant": "", "kernel": kernel, "release": kernel + ".0", "accelerator": "tcg",
            "date": "2026-01-01", "commit": "abc", "duration_s": 9, "exit_code": 0, "outcome": "ended", "sources": "x",
            "result": {}} | changes


def program(state: str = "attached", fired: int | None = 3, error: int = 0, **compared) -> dict:
    rows = [{"against": against, "seen": seen, "expected": expected, "exact": seen == expected, "holds": holds}
            for against, (seen, expected, holds) in compared.items()]
    return {"state": state, "error": error, "fired": fired, "compared": rows}


class Rows(unittest.TestCase):
    def test_parse(self):
        one, locked, two = cells.parse(ROWS)
        self.assertEqual((one.sheet, one.name, one.arguments), ("matrix", "one", ()))
        self.assertEqual((locked.scenario, locked.name, locked.arguments), ("one", "one-locked", ("part",)))
        self.assertEqual(locked.options, ("--append", "lockdown=x"))
        self.assertEqual((two.sheet, two.options), ("cost", ()))
        self.assertEqual(cells.built([one, locked, two]), ["build/p"])

    def test_the_file_in_the_repository(self):
        rows = cells.parse((HERE / "matrix.txt").read_text(encoding="utf-8"))
        self.assertEqual({row.sheet for row in rows}, set(sheets.RENDER))
        self.assertEqual(len({row.name for row in rows}), len(rows))
        self.assertTrue(all((HERE / "scenarios" / row.scenario).is_file() for row in rows))


class Resumption(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.top = Path(place.name)
        for name in ("bpf/a.bpf.c", "bpf/lib/b.h", "include/reprieve/wire.h", "include/reprieve/tbl/hooks.h",
                     "include/reprieve/tbl/objects.h", "userspace/c.c", "tests/vm/scenarios/one", "tests/vm/scenarios/two"):
            (self.top / name).parent.mkdir(parents=True, exist_ok=True)
            (self.top / name).write_text("first", encoding="ascii")
        self.row, self.locked, self.two = cells.parse(ROWS)
        self.store = cells.Store(self.top / "results")
        self.cell = cells.Cell(self.row, "6.1")

    def change(self, name: str) -> None:
        (self.top / name).write_text("second", encoding="ascii")

    def test_what_the_hash_depends_on(self):
        for name, differs in (("bpf/a.bpf.c", True), ("bpf/lib/b.h", True), ("include/reprieve/wire.h", True),
                              ("include/reprieve/tbl/hooks.h", True), ("tests/vm/scenarios/one", True),
                              ("tests/vm/scenarios/two", False), ("userspace/c.c", False)):
            with self.subTest(name=name):
                before = cells.sources(self.top, self.row)
                self.change(name)
                self.assertEqual(cells.sources(self.top, self.row) != before, differs)

    def test_and_on_the_options(self):
        self.assertNotEqual(cells.sources(self.top, self.row), cells.sources(self.top, self.locked))

    def test_a_cell_is_done_once(self):
        now = cells.sources(self.top, self.row)
        self.assertFalse(self.store.is_done(self.cell, now))
        self.store.save(self.cell, result(sources=now), "log")
        self.assertTrue(self.store.is_done(self.cell, now))
        self.assertFalse(self.store.is_done(cells.Cell(self.row, "7.2"), now))
        self.assertFalse(self.store.is_done(cells.Cell(self.locked, "6.1"), now))
        self.change("bpf/a.bpf.c")
        self.assertFalse(self.store.is_done(self.cell, cells.sources(self.top, self.row)))

    def test_a_failed_cell_is_kept_with_its_log(self):
        self.store.save(self.cell, result(exit_code=1), "what it said")
        self.assertTrue(self.store.is_done(self.cell, "x"))
        self.assertEqual((self.store.directory / "one-6.1.log").read_text(encoding="utf-8"), "what it said")
        self.store.save(self.cell, result(), "better")
        self.assertFalse((self.store.directory / "one-6.1.log").exists())

    def test_what_the_harness_ended_is_no_result(self):
        for code in (cells.HARNESS_ENDED, 201, 203):
            self.store.save(self.cell, result(exit_code=code), "")
            self.assertFalse(self.store.is_done(self.cell, "x"))

    def test_a_torn_file_is_no_result(self):
        self.store.save(self.cell, result(), "")
        (self.store.directory / "one-6.1.json").write_text('{"sou', encoding="utf-8")
        self.assertFalse(self.store.is_done(self.cell, "x"))


class Matrix(unittest.TestCase):
    def line(self, text: str, start: str) -> str:
        return next(line for line in text.splitlines() if line.startswith(start))

    def render(self, *programs: dict, **more) -> str:
        return sheets.matrix([result(kernel, result={"programs": said, "checks": more.get("checks", {})})
                              for kernel, said in zip(("5.10", "6.1"), programs)])

    def test_exact_within_bounds_and_wrong(self):
        text = self.render({"rp_a": program(stat=(5, 5, True))}, {"rp_a": program(stat=(5, 7, True))})
        self.assertEqual(self.line(text, "| `rp_a`"), "| `rp_a` | stat | 5 = 5; 3 runs | 5 ~ 7; 3 runs |")
        text = self.render({"rp_a": program(stat=(5, 5, True))}, {"rp_a": program(stat=(5, 9, False))})
        self.assertIn("**5 ! 9**", self.line(text, "| `rp_a`"))

    def test_states(self):
        text = self.render({"rp_a": program("missing", None, -2)}, {"rp_a": program("refused", None, -1)})
        self.assertEqual(self.line(text, "| `rp_a`"), "| `rp_a` | – | missing | refused (EPERM) |")

    def test_a_second_source_has_a_line_of_its_own(self):
        text = self.render({"rp_a": program(stat=(5, 5, True), log=(1, 1, True))}, {"rp_a": program(log=(2, 2, True))})
        self.assertIn("| `rp_a` | stat | 5 = 5; 3 runs | 3 runs |\n|  | log | 1 = 1 | 2 = 2 |", text)

    def test_scenarios_add_up(self):
        merged = sheets._merge([result(result={"programs": {"rp_a": program("missing", None, -2)}}),
                                result(result={"programs": {"rp_a": program(fired=4, stat=(1, 1, True))}}),
                                result(result={"programs": {"rp_a": program(fired=2)}})])["rp_a"]["6.1"]
        self.assertEqual((merged["state"], merged["fired"], list(merged["compared"])), ("attached", 6, ["stat"]))

    def test_failed_checks_are_listed(self):
        text = sheets.matrix([result(exit_code=1, result={"checks": {"good": {"ok": True, "detail": ""},
                                                                     "bad one": {"ok": False, "detail": "17"}}})])
        self.assertIn("1 checks held, **1 failed**; 9 s", text)
        self.assertIn("* `one` on 6.1: bad one: 17", text)

    def test_a_run_that_broke_off_is_seen(self):
        self.assertIn("timeout", sheets.matrix([result(exit_code=201, outcome="timeout")]))


class Stored(unittest.TestCase):
    def test_tables_are_those_of_the_results(self):
        rows = cells.parse((HERE / "matrix.txt").read_text(encoding="utf-8"))
        tables = sorted((HERE / "results").glob("*.md"))
        self.assertTrue(tables)
        for table in tables:
            with self.subTest(table=table.name):
                store = cells.Store(HERE / "results" / table.stem)
                results = store.all([row for row in rows if row.sheet == table.stem], list(kernels.table()))
                self.assertTrue(results)
                self.assertEqual(table.read_text(encoding="utf-8"), sheets.RENDER[table.stem](results))


if __name__ == "__main__":
    unittest.main()
