# SPDX-License-Identifier: Apache-2.0
"""
The guest's root file systems: Debian 12 packages unpacked, no maintainer script run, made into one ext4 image. "base" is
what root-packages.txt says; a root of another NAME has the packages of root-packages-NAME.txt on top.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import cache
from apt import Apt
from host import HERE, read_list, run

SUITE = "bookworm"
BASE = "base"
IMAGE_SIZE = "4G"  # sparse: what is not used takes no room on the host
LEFT_OUT = ["usr/share/doc/*", "usr/share/man/*", "usr/share/info/*", "usr/share/locale/*", "usr/share/lintian/*",
            "usr/share/bash-completion/*", "usr/share/bug/*", "usr/lib/systemd/*", "lib/systemd/*", "lib/udev/*",
            "usr/lib/x86_64-linux-gnu/gconv/*", "usr/lib/python3.11/lib2to3/*", "usr/lib/python3.11/ensurepip/*",
            "usr/lib/python3.11/pydoc_data/*", "usr/share/zoneinfo/*", "usr/share/perl5/*", "etc/init.d/*",
            "usr/lib/x86_64-linux-gnu/ucx/*", "usr/lib/x86_64-linux-gnu/openmpi/lib/openmpi3/mca_mtl_psm.so"]
# Links that maintainer scripts make through update-alternatives, where the package is there.
ALTERNATIVES = {"usr/bin/awk": "mawk", "usr/lib/x86_64-linux-gnu/libblas.so.3": "blas/libblas.so.3",
                "usr/lib/x86_64-linux-gnu/liblapack.so.3": "lapack/liblapack.so.3",
                "usr/lib/x86_64-linux-gnu/libpsm_infinipath.so.1": "../libpsm1/libpsm_infinipath.so.1.16"}
LIBRARY_DIRS = ["usr/lib/x86_64-linux-gnu", "usr/lib", "usr/lib64"]
ETC = {
    "passwd": "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
    "group": "root:x:0:\nnogroup:x:65534:\n",
    "hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "fuse.conf": "user_allow_other\n",
}


def lists(name: str) -> list[Path]:
    files = [HERE / "root-packages.txt"] + ([] if name == BASE else [HERE / f"root-packages-{name}.txt"])
    if not files[-1].is_file():
        raise cache.Failure(f"no root {name}: there is no {files[-1].name}")
    return files


def directory_name(name: str) -> str:
    return f"debian12{'' if name == BASE else f'.{name}'}-{cache.key(*lists(name), Path(__file__))}"


def find(name: str = BASE) -> Path | None:
    path = cache.root() / "root" / directory_name(name)
    return path if path.is_dir() else None


def prepare(name: str = BASE, refresh: bool = False) -> Path:
    return cache.cached("root", directory_name(name), lambda work: build(name, work), refresh)


def chosen(files: list[Path]) -> tuple[list[str], set[str]]:
    """The packages wanted, and those to be left out; a later list may want what an earlier one leaves out."""
    wanted: dict[str, bool] = {}
    for file in files:
        wanted |= {name.removeprefix("-"): not name.startswith("-") for name in read_list(file)}
    return [name for name, is_in in wanted.items() if is_in], {name for name, is_in in wanted.items() if not is_in}


def build(name: str, work: Path) -> None:
    scratch = work / "scratch"
    names, left_out = chosen(lists(name))
    apt = Apt(SUITE)
    with cache.locked(f"apt-{SUITE}"):
        apt.update()
        closure = apt.closure(names)
    stale = left_out.difference(closure)
    if stale:
        raise cache.Failure(f"{lists(name)[-1].name} leaves out what nothing depends on: {' '.join(sorted(stale))}")
    keep = [name for name in closure if name not in left_out]
    debs = apt.download(keep, scratch / "debs", "downloading the root file system's packages")
    tree = scratch / "tree"
    unpack(debs, tree)
    finish(tree)
    check_libraries(tree)
    compile_python(tree)
    make_image(tree, work / "root.img")
    manifest = {"suite": SUITE, "packages": [deb.name for deb in debs]}
    (work / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    shutil.rmtree(scratch)


def unpack(debs: list[Path], tree: Path) -> None:
    """Unpack over a merged /usr: Debian 12 packages still carry files for /bin and /lib."""
    for name in ("bin", "lib", "lib64", "sbin"):
        (tree / "usr" / name).mkdir(parents=True)
        (tree / name).symlink_to(f"usr/{name}")
    cache.say(f"unpacking {len(debs)} packages")
    excludes = [f"--exclude=./{pattern}" for pattern in LEFT_OUT]
    for deb in debs:
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE) as source:
            run(["tar", "-x", "--no-same-owner", "--keep-directory-symlink", *excludes, "-C", str(tree)],
                stdin=source.stdout)
        if source.returncode != 0:
            raise cache.Failure(f"cannot read {deb.name}")


def finish(tree: Path) -> None:
    """The few things that maintainer scripts would have done, and the mount points."""
    for name, text in ETC.items():
        (tree / "etc" / name).write_text(text, encoding="ascii")
    for link, target in {"usr/bin/sh": "dash", **ALTERNATIVES}.items():
        path = tree / link
        if not path.is_symlink() and (path.parent / target).exists():
            path.symlink_to(target)
    for name in ("dev", "proc", "sys", "run", "tmp", "root", "results", "payload", "vm", "mnt", "usr/lib/modules"):
        (tree / name).mkdir(parents=True, exist_ok=True)


def elf_files(tree: Path) -> list[Path]:
    found = []
    for path in sorted(tree.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with open(path, "rb") as handle:
                if handle.read(4) == b"\x7fELF":
                    found.append(path)
    return found


def check_libraries(tree: Path) -> None:
    """Fail now, not in a scenario, when a package left out was needed after all."""
    here = {path.name for directory in LIBRARY_DIRS for path in (tree / directory).iterdir()}
    files = elf_files(tree)
    shown = run(["readelf", "-d", *map(str, files)])
    missing: dict[str, str] = {}
    current = ""
    for line in shown.splitlines():
        if line.startswith("File: "):
            current = Path(line[6:]).relative_to(tree).as_posix()
        match = re.search(r"\(NEEDED\).*\[(.+)\]", line)
        if match and match.group(1) not in here:
            missing[match.group(1)] = current
    if missing:
        listing = "\n".join(f"    {library} for {user}" for library, user in sorted(missing.items()))
        raise cache.Failure(f"the root file system lacks shared libraries:\n{listing}")


def compile_python(tree: Path) -> None:
    """Byte-compile the library with the guest's own interpreter, so that no scenario pays for it at each boot."""
    libraries = ":".join(str(tree / directory) for directory in LIBRARY_DIRS)
    loader = tree / "usr/lib64/ld-linux-x86-64.so.2"
    target = (loader.parent / os.readlink(loader)) if loader.is_symlink() else loader
    if not target.is_file():  # the link is absolute: meant for the guest
        target = tree / os.readlink(loader).lstrip("/")
    cache.say("byte-compiling the Python library")
    run([str(target), "--library-path", libraries, str(tree / "usr/bin/python3.11"), "-S", "-m", "compileall", "-q",
         "--invalidation-mode", "unchecked-hash", "-s", str(tree), "-p", "/", str(tree / "usr/lib/python3.11")],
        env={"PYTHONHOME": str(tree / "usr"), "PATH": "/usr/bin:/bin"})


def make_image(tree: Path, out: Path) -> None:
    """mke2fs copies the tree and its owners; a user who is not root gets root's ids from a user namespace."""
    command = ["mke2fs", "-q", "-t", "ext4", "-m", "0", "-N", "65536", "-J", "size=16",
               "-E", "lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0", "-d", str(tree), str(out), IMAGE_SIZE]
    if os.geteuid() != 0:
        command = ["unshare", "--user", "--map-root-user", *command]
    run(command, env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"})
