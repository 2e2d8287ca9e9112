# SPDX-License-Identifier: Apache-2.0
"""House rules that ask a compiler or an interpreter."""

import ast
import os
import re
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rules_text import WIRE, read

FLAGS = ["-std=gnu17", "-D_GNU_SOURCE", "-Iinclude", "-Iuserspace", "-pedantic-errors", "-Wall", "-Wextra", "-Werror"]


class Unavailable(Exception):
    """A rule that cannot be checked here, and why."""


def _run(root: Path, command: list[str], text: str = "") -> tuple[bool, str]:
    """Whether it went well, and what it said."""
    done = subprocess.run(command, cwd=root, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    return done.returncode == 0, done.stdout


def _compile(root: Path, command: list[str], text: str) -> str:
    """What the compiler complains of."""
    good, said = _run(root, [*command, "-x", "c", "-"], text)
    return "" if good else said


def headers_alone(root: Path, files: list[str]) -> list[str]:
    """Every header compiles by itself with gcc, and with the others of its room with clang, in strict gnu17."""
    headers = [path for path in files if path.endswith(".h") and path.startswith(("include/", "userspace/"))
               and "/tbl/" not in path]  # the tables are no headers but rows for a macro of the includer
    rooms: dict[str, list[str]] = {}
    for path in headers:
        rooms.setdefault("/".join(path.split("/")[:2]), []).append(path)
    # Whether a header stands alone does not depend on the compiler, so the slower one takes a room at once.
    tasks = [("gcc", [path], path) for path in headers] + [("clang", paths, room) for room, paths in rooms.items()]
    for compiler in ("gcc", "clang"):
        if not shutil.which(compiler):
            raise Unavailable(f"{compiler} is not installed")

    def one(task: tuple[str, list[str], str]) -> list[str]:
        compiler, paths, name = task
        includes = [path.removeprefix("include/").removeprefix("userspace/") for path in paths]
        said = _compile(root, [compiler, *FLAGS, "-fsyntax-only"], "".join(f'#include "{path}"\n' for path in includes))
        errors = [line for line in said.splitlines() if "error" in line]
        return [f"{name}: {compiler}: {errors[0] if errors else said}"] if said else []

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return sum(pool.map(one, tasks), [])


def scripts(root: Path, files: list[str]) -> list[str]:
    """Shell scripts and Python programs parse, and what starts with #! can be started."""
    bad = []
    for path in files:
        text = read(root, path)
        shebang = text.splitlines()[0] if text.startswith("#!") else ""
        if shebang and not os.access(root / path, os.X_OK):
            bad.append(f"{path}: has a #! line but is not executable")
        if re.search(r"\bsh$", shebang):
            good, said = _run(root, ["sh", "-n", path])
            bad += [] if good else [f"{path}: {said.strip()}"]
        elif path.endswith(".py") or "python" in shebang:
            try:
                ast.parse(text, path)
            except SyntaxError as error:
                bad.append(f"{path}:{error.lineno}: {error.msg}")
    return bad


def _layout_expressions(text: str) -> list[str]:
    """sizeof every struct of the header and offsetof every member."""
    found = []
    for name, body in re.findall(r"struct (\w+) \{(.*?)\n\};", text, re.DOTALL):
        found.append(f"sizeof(struct {name})")
        members = re.findall(r"\b(\w+)(?:\[[^\]]*\])*;", re.sub(r"/\*.*?\*/", "", body, flags=re.DOTALL))
        found += [f"__builtin_offsetof(struct {name}, {member})" for member in dict.fromkeys(members)]
    return found


def wire_layout(root: Path, files: list[str]) -> list[str]:
    """The structures that BPF programs and userspace share lie in memory alike for both."""
    if WIRE not in files:
        return [f"{WIRE} is missing"]
    for tool in ("gcc", "clang"):
        if not shutil.which(tool):
            raise Unavailable(f"{tool} is not installed")
    expressions = _layout_expressions(read(root, WIRE))
    rows = ",\n".join(f"    (unsigned long)({expression})" for expression in expressions)
    # BPF programs take the fixed-width types from their own description of the kernel.
    types = "#ifdef __bpf__\n#include \"lib/kernel.h\"\n#endif\n"
    text = f'{types}#include "reprieve/wire.h"\nconst unsigned long layout[] = {{\n{rows}\n}};\n'
    bpf = ["clang", "-target", "bpf", "-Iinclude", "-Ibpf", "-O2", "-S", "-emit-llvm", "-o", "-", "-x", "c", "-"]
    said = _run(root, bpf, text)[1]
    array = re.search(r"@layout = .*? \[(i64 .*?)\]", said)
    if not array:
        errors = [line for line in said.splitlines() if "error" in line] or ["no layout"]
        return [f"{WIRE}: not for BPF: {line}" for line in errors]
    for_bpf = [int(number) for number in re.findall(r"i64 (\d+)", array[1])]
    for_host = _host_layout(root, text, len(expressions))
    return [f"{WIRE}: {expression} is {kernel} in BPF and {host} on the host"
            for expression, kernel, host in zip(expressions, for_bpf, for_host) if kernel != host]


def _host_layout(root: Path, text: str, n: int) -> list[int]:
    loop = f'for (int i = 0; i < {n}; i++) printf("%lu\\n", layout[i]);'
    program = f"{text}#include <stdio.h>\nint main(void) {{ {loop} }}\n"
    with tempfile.TemporaryDirectory() as place:
        binary = str(Path(place) / "layout")
        said = _compile(root, ["gcc", "-Iinclude", "-o", binary], program)
        if said:
            return [-1] * n
        return [int(word) for word in _run(root, [binary])[1].split()]


RULES = [headers_alone, scripts, wire_layout]
