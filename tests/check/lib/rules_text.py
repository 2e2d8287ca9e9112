# SPDX-License-Identifier: Apache-2.0
"""House rules that need only the text of the files."""

import re
import subprocess
from pathlib import Path

import source

# What a room of userspace/ may include, besides system headers: the arrow of the design, base <- core <- ... <- app.
# A longer path allows that part of a room only.
ROOMS = {
    "base": ["base", "reprieve/types.h"],
    "core/parse": ["base", "reprieve", "core/parse"],
    "core/kubelet": ["base", "reprieve", "core/parse", "core/kubelet"],
    "core/model": ["base", "reprieve", "core/parse", "core/kubelet", "core/model"],
    "core/forecast": ["base", "reprieve", "core/parse", "core/kubelet", "core/model", "core/forecast"],
    "core/oom": ["base", "reprieve", "core/parse", "core/kubelet", "core/model", "core/forecast", "core/oom"],
    "core/decide": ["base", "reprieve", "core/parse", "core/kubelet", "core/model", "core/forecast", "core/oom",
                    "core/decide"],
    "core/view": ["base", "reprieve", "core"],
    "core": ["base", "reprieve", "core"],
    "config": ["base", "reprieve", "core", "config"],
    "node": ["base", "reprieve", "core", "node"],
    "link": ["base", "reprieve", "core", "node/show", "link"],
    "cli": ["base", "reprieve", "core", "config", "node", "cli"],
    "wrap": ["base", "reprieve", "core/parse", "wrap"],
    "app": ["base", "reprieve", "core", "config", "node", "link", "cli", "app"],
}
CORE_HEADERS = {"assert.h", "errno.h", "float.h", "inttypes.h", "limits.h", "signal.h", "stdbool.h", "stddef.h",
                "stdint.h", "string.h"}
BPF_INCLUDES = ("lib/", "reprieve/wire.h", "vmlinux.h")

# Unbounded, stateful or silently wrong; what to use instead is in userspace/base.
BANNED = ("sprintf vsprintf strcpy stpcpy strcat strncat strncpy strtok atoi atol atoll sscanf gets system popen "
          "mktemp tmpnam alloca setjmp longjmp").split()
BANNED_NUMBERS = "strtol strtoul strtoll strtoull strtof strtod strtold strtoimax strtoumax".split()
BANNED_IN_CORE = "malloc calloc realloc free printf fprintf snprintf getenv time clock_gettime".split()

FUNCTION_LINES, TEST_FUNCTION_LINES = 60, 100
FILE_LINES = 600
PARAMETERS = 5

BPF_LICENCE = "SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)"
LICENCE = "SPDX-License-Identifier: Apache-2.0"
WIRE = "include/reprieve/wire.h"
URL_HOSTS = re.compile(r"localhost|127\.0\.0\.1|\[::1\]|reprieve\.dev|[\w.-]*\.?example(\.\w+)?|"
                       r"[\w.-]*\.(test|invalid|local|svc)|www\.apache\.org|www\.w3\.org|"
                       r"www\.w3\.org|"  # names SVG's vocabulary; nobody asks it anything
                       r"[%{$<\"'].*|")


def read(root: Path, path: str) -> str:
    return (root / path).read_text(encoding="utf-8", errors="replace")


def is_c(path: str) -> bool:
    return path.endswith((".c", ".h"))


def room_of(path: str) -> str | None:
    """userspace/core/parse/x.c belongs to core/parse."""
    parts = path.split("/")
    if parts[0] != "userspace" or len(parts) < 3:
        return None
    longer = "/".join(parts[1:3])
    return longer if longer in ROOMS else parts[1]


def _inside(include: str, allowed: list[str]) -> bool:
    return any(include == place or include.startswith(place + "/") for place in allowed)


def layers(root: Path, files: list[str]) -> list[str]:
    """#include only downwards."""
    bad = []
    for path in filter(is_c, files):
        if not path.startswith(("userspace/", "bpf/", "include/")):
            continue
        for number, line in enumerate(read(root, path).splitlines(), 1):
            found = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if found and not _may_include(path, found[1] == "<", found[2]):
                bad.append(f"{path}:{number}: may not include {found[2]}")
    return bad


def _may_include(path: str, is_system: bool, include: str) -> bool:
    if path.startswith("include/"):
        return is_system or include.startswith("reprieve/")
    if path.startswith("bpf/"):
        return is_system or include.startswith(BPF_INCLUDES)
    room = room_of(path)
    if room not in ROOMS:
        return False
    if is_system:
        return not room.startswith("core") or include in CORE_HEADERS
    return _inside(include, ROOMS[room])


def banned_calls(root: Path, files: list[str]) -> list[str]:
    """No call that can overflow, lose an error or keep state; the core neither allocates nor asks for the time."""
    bad = []
    for path in filter(is_c, files):
        words = list(BANNED)
        if not path.startswith("tests/"):
            words += BANNED_NUMBERS
        if path.startswith("userspace/core/"):
            words += BANNED_IN_CORE
        call = re.compile(rf"(?<![\w.>])({'|'.join(words)})\s*\(")
        for number, line in enumerate(source.bare(read(root, path)).splitlines(), 1):
            found = call.search(line)
            if found:
                bad.append(f"{path}:{number}: {found[1]}() is banned")
    return bad


def sizes(root: Path, files: list[str]) -> list[str]:
    """Functions and files that fit into a head."""
    bad = []
    for path in files:
        if path.endswith((".c", ".h", ".py")):
            lines = read(root, path).count("\n")
            if lines > FILE_LINES:
                bad.append(f"{path}: {lines} lines, at most {FILE_LINES}")
        if is_c(path):
            longest = TEST_FUNCTION_LINES if path.startswith("tests/") else FUNCTION_LINES
            for function in source.functions(read(root, path)):
                if function.lines > longest:
                    bad.append(f"{path}:{function.line}: {function.name}() has {function.lines} lines, "
                               f"at most {longest}")
                if function.parameters > PARAMETERS:
                    bad.append(f"{path}:{function.line}: {function.name}() has {function.parameters} parameters, "
                               f"at most {PARAMETERS}")
    return bad


def licences(root: Path, files: list[str]) -> list[str]:
    """An SPDX line first (after #!); dual for what is compiled into the kernel."""
    bad = []
    for path in files:
        head = read(root, path)[:400].splitlines()[:2]
        script = head and head[0].startswith("#!")
        if not (path.endswith((".c", ".h", ".py", ".S", ".mk")) or script or Path(path).name == "Makefile"):
            continue
        wanted = BPF_LICENCE if path.startswith("bpf/") or path.endswith(".bpf.c") or path == WIRE else LICENCE
        line = head[1] if script and len(head) > 1 else head[0] if head and not script else ""
        if wanted not in line:
            bad.append(f"{path}: lacks \"{wanted}\" in line {2 if script else 1}")
    return bad


def _mirror_hosts() -> set[str]:
    """The package mirror is the machine's affair; its name belongs into no file."""
    try:
        sites = subprocess.run(["apt-get", "indextargets", "--format", "$(SITE)"], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return set()
    return set(re.findall(r"//(?:[^/@]*@)?([^/:\s]+)", sites))


def names(root: Path, files: list[str]) -> list[str]:
    """No host name and no path of the machine where something was written."""
    bad = []
    mirrors = _mirror_hosts()
    place = re.compile(r"(?<![\w.])/(?:work|home)/\w+")
    for path in files:
        if path.startswith(("LICENSE", "tests/fuzz/corpus/", "tests/fixtures/", "tests/check/")):
            continue
        for number, line in enumerate(read(root, path).splitlines(), 1):
            for found in place.findall(line):
                bad.append(f"{path}:{number}: names the machine's path {found}")
            for host in re.findall(r"https?://([^/\s:\"'`)>,%]+)", line):
                if "." in host and not URL_HOSTS.fullmatch(host):  # without a dot it is a name inside some cluster
                    bad.append(f"{path}:{number}: names the host {host}")
            bad += [f"{path}:{number}: names the package mirror {host}" for host in mirrors if host in line]
    return bad


RULES = [layers, banned_calls, sizes, licences, names]
