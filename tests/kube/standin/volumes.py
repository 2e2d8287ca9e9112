# SPDX-License-Identifier: Apache-2.0
"""A pod's volumes: emptyDir (on disk, or a tmpfs with `medium: Memory`) and hostPath."""

import os
import shutil

from standin import pods, quantity, system
from standin.launch import Bind


class Volumes:
    def __init__(self, root_dir: str, pod: dict):
        self._home = os.path.join(root_dir, "pods", pods.uid(pod))
        self._sources: dict[str, str] = {}
        self._mounted: list[str] = []
        self._volumes = pod["spec"].get("volumes") or []

    def set_up(self) -> None:
        for volume in self._volumes:
            if "hostPath" in volume:
                self._sources[volume["name"]] = volume["hostPath"]["path"]
                continue
            path = os.path.join(self._home, "volumes", "kubernetes.io~empty-dir", volume["name"])
            os.makedirs(path, exist_ok=True)
            declared = volume["emptyDir"] or {}
            if declared.get("medium") == "Memory":
                self._mount_tmpfs(path, declared.get("sizeLimit"))
            # Every container of the pod may write here, whoever it runs as.
            os.chmod(path, 0o777)
            self._sources[volume["name"]] = path

    def _mount_tmpfs(self, path: str, size_limit: str | None) -> None:
        size = f"size={quantity.parse(size_limit).value()}" if size_limit else ""
        system.mount("tmpfs", path, "tmpfs", 0, size)
        self._mounted.append(path)

    def binds(self, container: dict) -> list[Bind]:
        return [
            Bind(self._sources[mount["name"]], mount["mountPath"], bool(mount.get("readOnly")))
            for mount in container.get("volumeMounts") or []
        ]

    def tear_down(self) -> None:
        """What an emptyDir held ends with the pod, evicted or not."""
        for path in self._mounted:
            system.unmount(path)
        self._mounted.clear()
        shutil.rmtree(self._home, ignore_errors=True)

    def disk_usage(self) -> tuple[int, int]:
        """(bytes, inodes) of the volumes that live on the node's disk."""
        on_disk = [path for path in self._sources.values() if path.startswith(self._home) and path not in self._mounted]
        sizes = [disk_usage(path) for path in on_disk]
        return sum(size for size, _ in sizes), sum(count for _, count in sizes)


def disk_usage(path: str) -> tuple[int, int]:
    size, count = 0, 0
    for found, _, names in os.walk(path):
        for name in ["", *names]:
            try:
                status = os.lstat(os.path.join(found, name))
            except FileNotFoundError:
                continue
            size, count = size + status.st_blocks * 512, count + 1
    return size, count
