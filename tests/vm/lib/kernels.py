# SPDX-License-Identifier: Apache-2.0
"""Debian's cloud kernels, each as vmlinuz + a tiny initramfs + a disk with all its modules."""

import json
import lzma
import os
import shutil
import subprocess
from pathlib import Path

import cache
from apt import Apt
from host import HERE, read_list, run

# The modules that reach the root disk; a kernel that has one of them built in simply has no such file.
BOOT_MODULES = ["virtio_pci", "virtio_blk", "ext4"]
APPLETS = ["cat", "echo", "insmod", "mkdir", "mount", "sh", "sleep", "switch_root", "tar", "uname"]


def table() -> dict[str, list[str]]:
    rows = (line.split() for line in read_list(HERE / "kernels.txt"))
    return {row[0]: row[1:] for row in rows}


def directory_name(name: str) -> str:
    suites = " ".join(table()[name])
    return f"{name}-{cache.key(suites, Path(__file__), HERE / 'boot' / 'initramfs')}"


def find(name: str) -> Path | None:
    path = cache.root() / "kernels" / directory_name(name)
    return path if path.is_dir() else None


def prepare(name: str, refresh: bool = False) -> Path:
    if name not in table():
        raise cache.Failure(f"no kernel {name}; known: {' '.join(table())} (tests/vm/kernels.txt)")
    return cache.cached("kernels", directory_name(name), lambda work: build(name, work), refresh)


def release(directory: Path) -> str:
    return json.loads((directory / "manifest.json").read_text(encoding="utf-8"))["release"]


def choose(name: str) -> tuple[Apt, list[str], str]:
    """The suite that has this kernel, its packages, and the kernel's release name."""
    seen = []
    for suite in table()[name]:
        apt = Apt(suite)
        with cache.locked(f"apt-{suite}"):
            apt.update()
            closure = apt.closure(["linux-image-cloud-amd64"])
        for package in closure:
            version = package.removeprefix("linux-image-")
            if version != package and version.startswith(f"{name}."):
                parts = [f"linux-{part}-{version}" for part in ("image", "base", "binary", "modules")]
                return apt, [part for part in parts if part in closure], version
            if version != package and version != "cloud-amd64":
                seen.append(f"{suite} has {version}")
    raise cache.Failure(f"no suite carries a {name} cloud kernel any more ({', '.join(seen)}): "
                        "edit tests/vm/kernels.txt")


def build(name: str, work: Path) -> None:
    apt, packages, version = choose(name)
    scratch = work / "scratch"
    debs = apt.download(packages, scratch / "debs", f"downloading kernel {version}")
    tree = scratch / "tree"
    for deb in debs:
        run(["dpkg-deb", "-x", str(deb), str(tree)])
    modules = merge_modules(tree, version, scratch / "modules")
    vmlinuz = next(path for path in (tree / "boot" / f"vmlinuz-{version}", modules / "vmlinuz") if path.is_file())
    shutil.move(vmlinuz, work / "vmlinuz")
    run(["depmod", "-b", str(scratch / "base"), version])
    make_initramfs(modules, scratch / "initramfs", work / "initramfs")
    make_modules_disk(scratch / "modules", work / "modules.img")
    manifest = {"name": name, "release": version, "suite": apt.suite, "packages": [deb.name for deb in debs]}
    (work / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    shutil.rmtree(scratch)


def merge_modules(tree: Path, version: str, into: Path) -> Path:
    """Older packages ship /lib/modules, newer ones /usr/lib/modules; depmod wants BASE/lib/modules."""
    found = [path for path in (tree / "lib/modules", tree / "usr/lib/modules") if (path / version).is_dir()]
    shutil.move(found[0], into)
    base = into.parent / "base" / "lib"
    base.mkdir(parents=True)
    (base / "modules").symlink_to(into)
    return into / version


def boot_modules(modules: Path) -> list[Path]:
    """BOOT_MODULES with what they need, in the order of loading."""
    needs: dict[str, list[str]] = {}
    for line in (modules / "modules.dep").read_text(encoding="ascii").splitlines():
        path, rest = line.split(":", 1)
        needs[path] = rest.split()
    order: list[str] = []
    for name in BOOT_MODULES:
        for path in needs:
            if Path(path).name.split(".", 1)[0] == name:
                order += [part for part in [*reversed(needs[path]), path] if part not in order]
    return [modules / path for path in order]


def make_initramfs(modules: Path, tree: Path, out: Path) -> None:
    for name in ("bin", "dev", "modules", "proc", "root", "sys"):
        (tree / name).mkdir(parents=True)
    shutil.copy("/bin/busybox", tree / "bin" / "busybox")
    for applet in APPLETS:
        (tree / "bin" / applet).symlink_to("busybox")
    shutil.copy(HERE / "boot" / "initramfs", tree / "init")
    (tree / "init").chmod(0o755)
    order = []
    for path in boot_modules(modules):
        data = lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()
        order.append(path.name.removesuffix(".xz"))
        (tree / "modules" / order[-1]).write_bytes(data)
    (tree / "modules" / "order").write_text("\n".join(order) + "\n", encoding="ascii")
    names = "\n".join(str(path.relative_to(tree)) for path in sorted(tree.rglob("*")))
    with open(out, "wb") as archive:
        subprocess.run(["cpio", "-o", "-H", "newc", "-R", "0:0", "--quiet"], cwd=tree, input=names.encode(),
                       stdout=archive, check=True)


def make_modules_disk(tree: Path, out: Path) -> None:
    used = sum(path.lstat().st_size for path in tree.rglob("*")) + 4096 * sum(1 for _ in tree.rglob("*"))
    run(["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-m", "0", "-d", str(tree), str(out),
         f"{used * 5 // 4 // 1024 + 8192}k"], env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"})
