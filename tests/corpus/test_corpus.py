# SPDX-License-Identifier: Apache-2.0
"""The table of programs, how a recording is kept, and that what stands in the repository is whole."""

import dataclasses
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
for place in (HERE / "lib", TOP / "tests/score/lib"):
    sys.path.insert(0, str(place))

import programs   # noqa: E402
import recording  # noqa: E402
import series     # noqa: E402

ROW = "one leak tuning crosses mem=256 memory.available=9Mi pid.available=3 traits=leak,ramp -- exec python3 $P/leak.py 1"
EXTRACTED = """danger memory.available 100 40 4
1000000 90 0
1400000 80 5
3000000 30 6
4000000 50 7
danger pid.available 50 3 1
1000000 20 0
"""
RESULT = {"onset_s": 0.5, "ended": 0, "still_runs": False}
MACHINE = {"release": "6.1.0-x", "accel": "tcg", "memory_mib": 256}


def made(row: str = ROW, text: str = EXTRACTED) -> recording.Recording:
    return recording.make(HERE, programs.parse(row)[0], text, RESULT, MACHINE, "abc")


class Table(unittest.TestCase):
    def test_row(self):
        row, = programs.parse(f"# words\n\n{ROW}\n")
        self.assertEqual((row.name, row.family, row.set, row.end), ("one", "leak", "tuning", "crosses"))
        self.assertEqual((row.memory_mib, row.seconds, row.danger, row.traits), (256, 120, "memory.available", ("leak", "ramp")))
        self.assertEqual(row.command, "exec python3 $P/leak.py 1")

    def test_mistakes(self):
        for old, new in (("tuning", "both"), ("crosses", "dies"), (" -- ", " "), ("memory.available=9Mi pid.available=3", ""),
                         ("mem=", "memory=")):
            with self.subTest(new), self.assertRaises((ValueError, KeyError)):
                programs.parse(ROW.replace(old, new))
        with self.assertRaises(ValueError):
            programs.parse(f"{ROW}\n{ROW}")

    def test_what_is_there(self):
        rows = programs.read(HERE / "programs.txt")
        self.assertGreaterEqual(len(rows), 60)
        self.assertGreaterEqual(sum(row.end == "trap" for row in rows), 0.4 * len(rows))
        for row in rows:
            self.assertLessEqual(set(row.traits), set(series.TRAITS), row.name)
            self.assertIn("memory.available", dict(row.thresholds), row.name)
            self.assertRegex(dict(row.thresholds)["memory.available"], r"^[1-9][0-9]*Mi$", row.name)


class Kept(unittest.TestCase):
    def test_from_what_was_extracted(self):
        first, second = made().series
        self.assertEqual((first.danger, first.capacity, first.threshold), ("memory.available", 100, 40))
        self.assertEqual(list(first.times_ns), [1_000_000, 3_000_000, 4_000_000])  # of a millisecond the last reading
        self.assertEqual(list(first.available), [80, 30, 50])
        self.assertEqual(first.traits, {"recorded", "leak", "ramp"})
        self.assertEqual(second.danger, "pid.available")
        self.assertIn("harmless", second.traits)

    def test_the_first_is_what_it_is_about(self):
        about_tasks = made(ROW.replace("memory.available=9Mi pid.available=3", "pid.available=3 memory.available=9Mi"))
        self.assertEqual([one.danger for one in about_tasks.series], ["pid.available", "memory.available"])
        with self.assertRaises(ValueError):
            made(ROW.replace("memory.available=9Mi", "nodefs.available=9Mi memory.available=9Mi"))

    def test_written_and_read(self):
        kept = made()
        with tempfile.TemporaryDirectory() as place:
            recording.save(Path(place), kept)
            again = recording.load(Path(place), "one")
            self.assertEqual((again.facts, again.series), (kept.facts, kept.series))
            self.assertEqual(series.read_below(Path(place)), kept.series[:1])
            self.assertIsNone(recording.load(Path(place), "two"))
            path = Path(place) / "one.series.xz"
            path.write_bytes(path.read_bytes()[:-9])
            with self.assertRaises(series.Damaged):
                series.read_below(Path(place))

    def test_made_again_when_row_or_program_changes(self):
        row, = programs.parse(ROW)
        self.assertNotEqual(recording.sources(HERE, row), recording.sources(HERE, dataclasses.replace(row, seconds=9)))
        with tempfile.TemporaryDirectory() as place:
            (Path(place) / "programs").mkdir()
            (Path(place) / "programs/leak.py").write_text("pass\n", encoding="ascii")
            self.assertNotEqual(recording.sources(HERE, row), recording.sources(Path(place), row))


class Repository(unittest.TestCase):
    def test_recordings_are_of_the_table(self):
        rows = {row.name: row for row in programs.read(HERE / "programs.txt")}
        names = [path.name.removesuffix(".series.xz") for path in sorted((HERE / "recordings").iterdir())]
        self.assertEqual(set(names) - set(rows), set())
        for name in names:
            kept = recording.load(HERE / "recordings", name)
            self.assertEqual(kept.sources, recording.sources(HERE, rows[name]), name)
            for one in kept.series:
                self.assertEqual((one.name, one.family, one.set), (name, rows[name].family, rows[name].set))
                self.assertEqual("harmless" in one.traits, one.crossing_ns is None, name)
            self.assertEqual(kept.series[0].danger, rows[name].danger)

    def test_enough_of_both_kinds_and_no_family_in_both_sets(self):
        found = series.read_below(HERE / "recordings")
        series.check_split(found)
        self.assertGreaterEqual(len(found), 60)
        self.assertGreaterEqual(sum(one.crossing_ns is None for one in found), 0.4 * len(found))

    def test_the_table_is_of_the_recordings(self):
        table = recording.table(HERE / "recordings", programs.read(HERE / "programs.txt"))
        self.assertEqual((HERE / "recordings.md").read_text(encoding="utf-8"), table, "`tests/corpus/corpus --table` makes it")


if __name__ == "__main__":
    unittest.main()
