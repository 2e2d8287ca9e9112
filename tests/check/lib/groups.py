# SPDX-License-Identifier: Apache-2.0
"""
The groups of tests. A group is a generator: it yields a list of jobs that may run at the same time, is sent whether all
of them went well, and yields the next list. So a build comes before the programs that it makes.
"""

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Generator
from pathlib import Path

import jobs
from jobs import TOP, Job

Group = Generator[list[Job] | str, bool, None]  # a string instead of jobs: why the group is skipped

WORKERS = max(os.cpu_count() or 1, 1)
BUILD_TIMEOUT_S = 1200


def _wanted(variable: str, name: str) -> bool:
    """Does the environment's filter, if there is one, choose this name?"""
    return os.environ.get(variable, "") in ("", name)


def _make(group: str, name: str, *words: str) -> Job:
    return Job(group, name, ["make", "--no-print-directory", f"-j{WORKERS}", *words], jobs.none, BUILD_TIMEOUT_S)


def _tracked(*patterns: str) -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", *patterns], cwd=TOP, check=True,
                            stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return sorted({path for path in listed if (TOP / path).is_file()})


def rules() -> Group:
    yield [Job("rules", "house rules", ["tests/check/rules"], jobs.tap)]


def purity() -> Group:
    yield [Job("purity", "what the core calls", ["make", "--no-print-directory", "purity"], jobs.one, BUILD_TIMEOUT_S)]


def formatting() -> Group:
    yield [Job("format", "clang-format", ["tests/check/format"], jobs.tap)]


def build() -> Group:
    """Objects of their own, so that warnings are seen even in files that are up to date elsewhere."""
    for compiler in ("gcc", "clang"):
        place = f"build/check-{compiler}"
        if (yield [_make("build", f"release, {compiler}, no warnings", "all", f"CC={compiler}", f"B={place}", "WERROR=1")]):
            yield [Job("build", f"{compiler} built all programs",
                       ["test", "-x", f"{place}/reprieved", "-a", "-x", f"{place}/reprieve", "-a",
                        "-x", f"{place}/reprieve-wrap"])]


def unit() -> Group:
    sources = [path for path in _tracked("tests/unit/*.c", "tests/property/*.c")
               if Path(path).name.startswith("test_") and _wanted("F", Path(path).stem.removeprefix("test_"))]
    binaries = [f"build/asan/{path.removesuffix('.c')}" for path in sources]
    if not (yield [_make("unit", "build with sanitizers", "VARIANT=asan", *binaries)]):
        return
    yield [Job("unit", path.removeprefix("build/asan/tests/"), [path], jobs.tap, 120) for path in binaries]


def python() -> Group:
    places = sorted({str(Path(path).parent) for path in _tracked("tests/*.py") if Path(path).name.startswith("test_")})
    discover = ["python3", "-m", "unittest", "discover", "-v", "-s"]
    yield [Job("python", place, [*discover, place, "-t", place], jobs.unittest, 600) for place in places]


def score() -> Group:
    """Scores of the forecast over a few series of each shape must not get worse than the bounds; series of recordings."""
    program, extract = "build/asan/tests/score/foresee", "build/asan/tests/corpus/extract"
    if (yield [_make("score", "build with sanitizers", "VARIANT=asan", program, extract)]):
        yield [Job("score", "bounds", ["tests/score/score", "--check", "--program", program], jobs.tap, 120),
               Job("score", "series of recordings", ["tests/corpus/extracts", extract], jobs.tap, 120)]


def agree() -> Group:
    """What the core makes of generated nodes, held against the stand-in kubelet's exact fractions."""
    program = "build/asan/tests/agree/nodes_main"
    if (yield [_make("agree", "build with sanitizers", "VARIANT=asan", program)]):
        yield [Job("agree", "arithmetic and rankings of generated nodes", ["tests/agree/agree", "--program", program],
                   jobs.tap, 300)]


def golden() -> Group:
    """Recordings replayed, and what they decide held against what is written down."""
    if not (yield [_make("golden", "the operator's tool", "VARIANT=asan", "build/asan/reprieve")]):
        return
    yield [Job("golden", "recordings lead to the decisions written down", ["tests/golden/golden"], jobs.tap, 300)]


def _targets() -> list[str]:
    names = [Path(path).stem.removeprefix("fuzz_") for path in _tracked("tests/fuzz/fuzz_*.c")]
    return [name for name in names if _wanted("F", name)]


def corpus() -> Group:
    targets = _targets()
    binaries = {name: f"build/asan/tests/fuzz/fuzz_{name}" for name in targets}
    if not (yield [_make("corpus", "build with sanitizers", "VARIANT=asan", *binaries.values())]):
        return
    yield [Job("corpus", name, [path, f"tests/fuzz/corpus/{name}"], jobs.inputs, 120)
           for name, path in binaries.items()]


def _fuzz(seconds: int) -> Group:
    targets = _targets()
    binaries = {name: f"build/fuzz/tests/fuzz/fuzz_{name}" for name in targets}
    if not (yield [_make("fuzz", "build for libFuzzer", "VARIANT=fuzz", *binaries.values())]):
        return
    found = TOP / "build/fuzz/found"
    batch = []
    for name, path in binaries.items():
        (found / name).mkdir(parents=True, exist_ok=True)
        # New inputs go to the first directory; the committed corpus is only read.
        batch.append(Job("fuzz", name, [path, f"-max_total_time={seconds}", "-max_len=8192", "-timeout=10",
                                        "-print_final_stats=1", f"-artifact_prefix={found}/crash-{name}-",
                                        str(found / name), f"tests/fuzz/corpus/{name}"], jobs.one, seconds + 120))
    yield batch


def fuzz_short() -> Group:
    yield from _fuzz(int(os.environ.get("T", "5")))


def fuzz_long() -> Group:
    yield from _fuzz(int(os.environ.get("T", "20")))


def deploy() -> Group:
    if not (yield [_make("deploy", "the operator's tool", "VARIANT=asan", "build/asan/reprieve")]):
        return
    yield [Job("deploy", "reprieve.yaml is a valid configuration",
               ["build/asan/reprieve", "check-config", "deploy/reprieve.yaml"])]
    manifests = [path for path in _tracked("deploy/*.yaml", "deploy/*.yml")]
    yield [Job("deploy", "every YAML file parses", ["tests/check/yaml", *manifests], jobs.tap)]


def _slice() -> list[tuple[str, str, list[str], list[str]]]:
    """The rows of tests/vm/slice.txt, which says what is in them; the last list begins with "--" if it is not empty."""
    rows = []
    for line in (TOP / "tests/vm/slice.txt").read_text(encoding="utf-8").splitlines():
        words = shlex.split(line, comments=True)
        if not words:
            continue
        scenario, kernel, *rest = words
        split = rest.index("--") if "--" in rest else len(rest)
        if _wanted("S", scenario) and _wanted("K", kernel):
            rows.append((scenario, kernel, rest[:split], rest[split:]))
    return rows


def _checks(job: Job, _output: str, good: bool) -> jobs.Counts:
    """A scenario in Python leaves its checks in result.json."""
    try:
        checks = json.loads((job.out / "result.json").read_text(encoding="utf-8"))["checks"]
    except (OSError, ValueError, KeyError):
        return jobs.one(job, "", good)
    failed = sum(not check["ok"] for check in checks.values())
    return jobs.Counts(len(checks) - failed, failed or (0 if good else 1))


def vm() -> Group:
    rows = _slice()
    if not rows:
        yield "no row of tests/vm/slice.txt matches S and K"
        return
    built = {word.split(":")[0] for _s, _k, options, _a in rows for word in options if word.startswith("build/")}
    if not (yield [_make("vm", "build", "all", *sorted(built))]):
        return
    for scenario, kernel, options, arguments in rows:
        out = TOP / f"build/vm/{scenario}-{kernel}"
        shutil.rmtree(out, ignore_errors=True)
        yield [Job("vm", f"{scenario} on {kernel}",
                   ["tests/vm/vm", "run", "-k", kernel, "--out", str(out), *options, scenario, *arguments],
                   _checks, 1800, stream=True, out=out)]


ALL = {
    "rules": rules,
    "purity": purity,
    "format": formatting,
    "build": build,
    "unit": unit,
    "python": python,
    "agree": agree,
    "score": score,
    "golden": golden,
    "corpus": corpus,
    "fuzz-short": fuzz_short,
    "deploy": deploy,
    "vm": vm,
}
SETS = {
    "check": list(ALL),
    "quick": ["rules", "purity", "format", "unit", "python", "agree", "score", "golden", "corpus", "deploy"],
    "fuzz": ["fuzz-long"],
}
ALL_AND_LONG = ALL | {"fuzz-long": fuzz_long}
