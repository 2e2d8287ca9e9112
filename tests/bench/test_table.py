# SPDX-License-Identifier: Apache-2.0
"""Ratios, and that the numbers in the repository are what the table shows."""

import json
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "lib"))

import table  # noqa: E402


class Ratios(unittest.TestCase):
    def test_each_pair_is_its_own_ratio(self):
        self.assertEqual(table.ratio([10, 40, 90], [10, 20, 30]), "2.00 (1.00..3.00)")  # not 40:20 or the ratio of sums

    def test_of_an_even_number_one_that_was_measured(self):
        self.assertEqual(table.ratio([1, 4], [1, 1]), "1.00 (1.00..4.00)")

    def test_a_peer_that_did_nothing_gives_none(self):
        self.assertEqual(table.ratio([5, 6], [0, 3]), "2.00 (2.00..2.00)")
        self.assertEqual(table.ratio([5], [0]), "-")


class Stored(unittest.TestCase):
    def test_numbers_in_the_repository(self):
        stored = sorted((HERE / "results").glob("*.json"))
        self.assertTrue(stored)
        for file in stored:
            with self.subTest(file.name):
                results = json.loads(file.read_text(encoding="utf-8"))
                shown = table.whole(results)
                self.assertEqual(set(results["parts"]), set(table.SECTIONS))
                self.assertIn(results["commit"], shown)
                self.assertEqual("EMULATED" in shown, results["clock"] == "icount")
                self.assertEqual(json.loads(table.compact(results)), results)
                self.assertNotIn("dirty", results["commit"], "numbers of a tree that nobody can have again")


if __name__ == "__main__":
    unittest.main()
