# SPDX-License-Identifier: Apache-2.0
"""C text as the rules see it: without comments and strings, and cut into functions."""

import re
from dataclasses import dataclass

_TOKEN = re.compile(r"""/\*.*?\*/ | //[^\n]* | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'""", re.DOTALL | re.VERBOSE)


def bare(text: str) -> str:
    """Comments become blanks and literals become empty, line for line."""
    def blank(match: re.Match) -> str:
        token = match[0]
        if token[0] == "/":
            return re.sub(r"[^\n]", " ", token)
        return token[0] + token[-1]
    return _TOKEN.sub(blank, text)


@dataclass(frozen=True)
class Function:
    name: str
    line: int       # where it begins
    lines: int      # from its first line to its closing brace
    parameters: int


def functions(text: str) -> list[Function]:
    """Function definitions of our format: the opening and the closing brace stand alone in the first column."""
    lines = bare(text).splitlines()
    found = []
    begin = None  # of the present declarator
    opened = None
    for number, line in enumerate(lines):
        if opened is not None:
            if line.rstrip() == "}":
                function = _function(lines, begin, opened, number)
                if function:
                    found.append(function)
                begin = opened = None
        elif line.rstrip() == "{" and begin is not None:
            opened = number
        elif not line.strip() or line.startswith("#") or line.rstrip().endswith((";", "};")):
            begin = None
        elif begin is None:
            begin = number
    return found


def _function(lines: list[str], begin: int, opened: int, closed: int) -> Function | None:
    head = " ".join(line.strip() for line in lines[begin:opened])
    match = re.search(r"(\w+)\s*\(", re.sub(r"__attribute__\s*\(\(.*?\)\)", "", head))
    if not match:
        return None
    inside = head[head.rindex(match[0]) + len(match[0]):] if match[0] in head else ""
    return Function(match[1], begin + 1, closed - begin + 1, _parameters(inside))


def _parameters(text: str) -> int:
    """How many, from behind the opening parenthesis to its partner; commas of inner ones do not count."""
    depth, commas, seen = 0, 0, ""
    for character in text:
        if character == ")" and depth == 0:
            break
        depth += {"(": 1, ")": -1}.get(character, 0)
        commas += character == "," and depth == 0
        seen += character
    return 0 if seen.strip() in ("", "void") else commas + 1
