# SPDX-License-Identifier: Apache-2.0
"""The numbers of the benchmark by cases that can be counted by hand, its series, and what of it stands in the repository."""

import json
import math
import sys
import tempfile
import unittest
from array import array
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "lib"))

import methods  # noqa: E402
import scores   # noqa: E402
import series   # noqa: E402
import shapes   # noqa: E402
import table    # noqa: E402

MIB = series.MIB


def line(values: list[int], which: str = "held-out", traits: tuple[str, ...] = (), family: str = "line") -> series.Series:
    """A reading a second, in MiB above the threshold."""
    times = array("q", (round((1000 + t) * 1e9) for t in range(len(values))))
    return series.Series("one", family, which, 8192 * MIB, 100 * MIB, frozenset(traits), times,
                         array("q", (100 * MIB + value * MIB for value in values)), array("q", [0] * len(values)), 1000.0)


def forecast(p: float, left_s: float | None, known_s: float = 400.0, median_s: float = methods.NEVER) -> methods.Forecast:
    return methods.Forecast(int(1100e9), left_s, known_s, (p, p, p), (p >= 0.5,) * 3, median_s)


class Outcomes(unittest.TestCase):
    def test_crossed_within_or_later_or_not(self):
        self.assertIs(forecast(0, 60.0).outcome(60), True)
        self.assertIs(forecast(0, 60.1).outcome(60), False)
        self.assertIs(forecast(0, None, 60.0).outcome(60), False)

    def test_a_series_that_ends_before_says_nothing(self):
        self.assertIsNone(forecast(0, None, 59.9).outcome(60))
        self.assertIs(forecast(0, 200.0, 10.0).outcome(60), False)  # it is known to cross, and later

    def test_scored_until_the_crossing(self):
        falling = line([5, 4, 3, 2, 1, 0, -1, -2])
        self.assertEqual(falling.crossing_ns, int(1006e9))
        self.assertEqual(methods.instants(falling), [0, 2, 4])
        self.assertEqual([f.left_s for f in methods.blank(falling)], [6, 4, 2])


class Numbers(unittest.TestCase):
    def test_brier(self):
        runs = [(line([1]), [forecast(0.8, 30.0), forecast(0.2, None), forecast(0.5, None, 10.0)])]
        self.assertAlmostEqual(scores.brier(runs, 60), (0.2 ** 2 + 0.2 ** 2) / 2)

    def test_alarms_count_what_abstained_as_silent(self):
        silent = methods.Forecast(0, 30.0, 400.0)
        runs = [(line([1]), [forecast(0.9, 30.0), forecast(0.9, None), forecast(0.1, 30.0), silent])]
        self.assertEqual(scores.alarms(runs), {"precision": 1 / 2, "recall": 1 / 3})
        self.assertEqual(scores.abstained(runs), 1 / 4)

    def test_calibration_leaves_small_bins_out(self):
        full = [forecast(0.25, 30.0 if i < 40 else None) for i in range(100)]
        runs = [(line([1]), full + [forecast(0.95, None)] * 99)]
        bins = scores.reliability(runs, 60)
        self.assertEqual([(b["from"], b["n"], b["came"]) for b in bins], [(0.2, 100, 0.4), (0.9, 99, 0.0)])
        self.assertAlmostEqual(scores.calibration(bins)["expected"], 0.15)
        self.assertAlmostEqual(scores.calibration(bins)["worst"], 0.15)

    def test_time_left_of_leaks_only(self):
        each = [forecast(1, 100.0, 0, 80.0), forecast(1, 100.0, 0, 110.0), forecast(1, 100.0, 0)]
        found = scores.time_left_errors([(line([1] * 200, traits=("leak",)), each), (line([1] * 200), each)])
        self.assertEqual((found["n"], found["median"]), (3, 0.2))

    def test_lead_is_of_the_last_unbroken_warning(self):
        falling = line([300 - i for i in range(310)], traits=("ramp",))
        each = [forecast(p, float(left)) for p, left in ((0.9, 250), (0.1, 200), (0.9, 180), (0.9, 20))]
        found = scores.lead([(falling, each)])
        self.assertEqual((found["median_s"], found["median_of_wanted"]), (180.0, 1.5))
        self.assertEqual(found["met"], 1)

    def test_warned_ten_seconds_before(self):
        falling = line([2, 1, 0, -1])
        self.assertEqual(scores.warned([(falling, [forecast(0.9, 9.0)])]), 0)
        self.assertEqual(scores.warned([(falling, [forecast(0.9, 10.0)])]), 1)


class SimpleRules(unittest.TestCase):
    def test_slopes(self):
        falling = line([100 - 2 * i for i in range(60)])
        self.assertEqual(methods.last_slope(falling)[1], 48.0)  # 96 MiB at 2 MiB/s
        share = 1 - math.exp(-40 / 15)  # of the slope, after forty seconds of it
        self.assertAlmostEqual(methods.last_slope(falling)[20] / methods.ewma_slope(falling)[20], share)

    def test_learned_on_the_tuning_set_alone(self):
        tuning = [line([1000] * 400, "tuning"), line([100 - 2 * i for i in range(60)], "tuning")]
        forecasts, rules = methods.simple("last slope", tuning, [line([1000] * 400)])
        self.assertGreater(rules[1].alarm, 0.9)
        self.assertLess(rules[1].silence, 0.1)
        self.assertEqual({f.alarm for f in forecasts[0]}, {(False, False, False)})


class Shapes(unittest.TestCase):
    def test_each_keeps_its_promise(self):
        for name, (_which, traits, _make) in shapes.FAMILIES.items():
            for index in range(3):
                one = shapes.sample(name, index)
                with self.subTest(one.name):
                    self.assertEqual(one.crossing_ns is None, "harmless" in traits)

    def test_the_same_ones_for_everybody(self):
        self.assertEqual(series.write(shapes.sample("leak", 0)), series.write(shapes.sample("leak", 0)))
        self.assertNotEqual(series.write(shapes.sample("leak", 0)), series.write(shapes.sample("leak", 1)))

    def test_many_traps_in_both_sets(self):
        for which in series.SETS:
            mine = [traits for place, traits, _make in shapes.FAMILIES.values() if place == which]
            self.assertGreaterEqual(sum("harmless" in traits for traits in mine), 0.4 * len(mine))


class Text(unittest.TestCase):
    def test_there_and_back(self):
        with tempfile.TemporaryDirectory() as place:
            one = shapes.sample("ramp", 0)
            (Path(place) / "a.series").write_text(series.write(one), encoding="utf-8")
            again = series.read_below(Path(place))[0]
        self.assertEqual(series.write(again), series.write(one))

    def test_what_is_no_series(self):
        good = series.write(line([3, 2, 1]))
        for damage in (lambda text: text[1:], lambda text: text.replace("set held-out", "set both"),
                       lambda text: text + "1001.000 5 0\n", lambda text: text + "1009.000 -5 0\n",
                       lambda text: text + "1009.000 5\n", lambda text: text + "1009.000 nan 0\n",
                       lambda text: text.replace("traits", "traits odd"), lambda text: text.replace("# capacity", "#")):
            with self.assertRaises(series.Damaged):
                series.read(damage(good))
        self.assertEqual(len(series.read(good).times_ns), 3)

    def test_a_family_is_in_one_set(self):
        with self.assertRaises(series.Damaged):
            series.check_split([line([1], "tuning"), line([1], "held-out")])


class Stored(unittest.TestCase):
    def test_table_and_numbers_belong_together(self):
        result = json.loads((HERE / "results/score.json").read_text(encoding="utf-8"))
        self.assertEqual((HERE / "results/score.md").read_text(encoding="utf-8"), table.markdown(result))
        self.assertNotIn("dirty", result["commit"], "numbers of a tree that nobody can have again")
        self.assertIn("synthetic", table.markdown(result))
        self.assertIn(result["commit"], (HERE / "results/reliability.svg").read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main()
