# SPDX-License-Identifier: Apache-2.0
"""Starting a "container": a real process tree in its cgroup, with its own PID and mount namespaces.

Two forks, as in a real runtime.  The first child joins the cgroup and makes the namespaces, the second
is PID 1 inside and becomes the command; the first then ends and we adopt the second.  Nothing waits:
the caller gets a pipe that says the pid, an error, or - by closing - that the command is running.
"""

import os
import signal
from dataclasses import dataclass, field

from standin import system

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
FAILED = 128


@dataclass(frozen=True)
class Bind:
    source: str
    target: str
    read_only: bool = False


@dataclass(frozen=True)
class Command:
    argv: list[str]
    env: dict[str, str]
    working_dir: str
    output_path: str
    oom_score_adj: int
    binds: list[Bind] = field(default_factory=list)
    user: int | None = None
    group: int | None = None


def launch(command: Command, procs: int) -> tuple[int, int]:
    """Start it in the cgroup whose cgroup.procs is open as `procs`: (the pipe to read, the first child)."""
    reader, writer = os.pipe2(os.O_CLOEXEC)
    child = os.fork()
    if child == 0:
        _guarded(writer, lambda: _first(command, procs, writer))
    os.close(writer)
    return reader, child


def _guarded(writer: int, steps) -> None:
    """In a child: run the steps, tell an error, never return into the parent's code."""
    try:
        steps()
        os._exit(0)
    except OSError as error:
        os.write(writer, f"error {error.strerror}: {error.filename or ''}\n".encode())
    finally:
        os._exit(FAILED)


def _first(command: Command, procs: int, writer: int) -> None:
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    with open("/proc/self/oom_score_adj", "wb", buffering=0) as file:
        file.write(str(command.oom_score_adj).encode())
    os.write(procs, b"0")
    system.unshare(system.CLONE_NEWPID | system.CLONE_NEWNS)
    inner = os.fork()
    if inner == 0:
        _guarded(writer, lambda: _become(command))
    os.write(writer, f"pid {inner}\n".encode())


def _become(command: Command) -> None:
    os.setsid()
    # Slave, not private: when the host unmounts a tmpfs volume its memory must not live on in here.
    system.mount("none", "/", "", system.MS_REC | system.MS_SLAVE)
    system.mount("proc", "/proc", "proc", system.MS_NOSUID | system.MS_NODEV | system.MS_NOEXEC)
    for bind in command.binds:
        os.makedirs(bind.target, exist_ok=True)
        system.mount(bind.source, bind.target, "", system.MS_BIND | system.MS_REC)
        if bind.read_only:
            system.mount("none", bind.target, "", system.MS_BIND | system.MS_REMOUNT | system.MS_RDONLY)
    _redirect(command.output_path)
    os.chdir(command.working_dir)
    if command.group is not None:
        os.setgroups([])
        os.setgid(command.group)
    if command.user is not None:
        os.setuid(command.user)
    _execute(command.argv, {"PATH": _PATH} | command.env)


def _redirect(output_path: str) -> None:
    nothing = os.open("/dev/null", os.O_RDONLY)
    output = os.open(output_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)


def _execute(argv: list[str], env: dict[str, str]) -> None:
    if "/" in argv[0]:
        os.execve(argv[0], argv, env)
    missing = FileNotFoundError(2, "executable file not found in $PATH", argv[0])
    for directory in env["PATH"].split(":"):
        try:
            os.execve(os.path.join(directory, argv[0]), argv, env)
        except (FileNotFoundError, NotADirectoryError):
            continue
    raise missing
