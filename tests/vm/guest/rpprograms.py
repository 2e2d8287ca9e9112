# SPDX-License-Identifier: Apache-2.0
"""What a scenario found out about BPF programs, in the one shape from which the matrix is made (README.md has it)."""

import rpvm

_programs: dict[str, dict] = {}


def _entry(name: str) -> dict:
    return _programs.setdefault(name, {"state": "unknown", "error": 0, "fired": None, "compared": []})


def loaded(hooks: dict[str, list]) -> None:
    """The loader's word: {program: [state, negative errno]}, as bpf_probe's `hooks` gives it."""
    for name, (state, error) in hooks.items():
        _entry(name).update(state=state, error=error)
    rpvm.record(programs=_programs)


def fired(runs: dict[str, int]) -> None:
    """How often the kernel ran each attached program while this scenario's workload provoked it."""
    for name, number in runs.items():
        _entry(name)["fired"] = number
    rpvm.record(programs=_programs)


def compared(name: str, against: str, seen: int, expected: int, holds: bool | None = None) -> bool:
    """
    One number of the program beside the same number from a source that owes nothing to BPF. `holds` is for numbers that
    the facts do not call exact: whether it lies within the bounds that the scenario states. Returns whether all is well.
    """
    good = seen == expected if holds is None else bool(holds)
    _entry(name)["compared"].append({"against": against, "seen": seen, "expected": expected, "exact": seen == expected,
                                     "holds": good})
    rpvm.record(programs=_programs)
    return good
