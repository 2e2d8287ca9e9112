# SPDX-License-Identifier: Apache-2.0
"""Where pods come from: a PodList file read once, or a directory of Pod files that is watched.

In the directory a file that appears is a pod to run, one that disappears is a pod to end.
"""

import json
import os
import sys

from standin.loop import NS
from standin.node import Node, PodRefused

_POLL_NS = NS


class Manifests:
    def __init__(self, node: Node, path: str):
        self._node = node
        self._path = path
        # file name: the UID of its pod, or None if it was refused
        self._known: dict[str, str | None] = {}

    def start(self) -> None:
        if os.path.isdir(self._path):
            self._scan()
            self._node.loop.every(_POLL_NS, self._scan)
            return
        with open(self._path, "rb") as file:
            listed = json.load(file)
        for pod in listed["items"] if listed.get("kind") == "PodList" else [listed]:
            self._node.create(pod)

    def _scan(self) -> None:
        present = {name for name in os.listdir(self._path) if name.endswith(".json")}
        for name in sorted(present - set(self._known)):
            self._known[name] = self._create(name)
        for name in sorted(set(self._known) - present):
            worker = self._node.workers.get(self._known.pop(name))
            if worker is not None:
                self._node.delete(worker)

    def _create(self, name: str) -> str | None:
        """A bad file must not take the node's other pods along: it is told and passed over."""
        try:
            with open(os.path.join(self._path, name), "rb") as file:
                worker = self._node.create(json.load(file))
        except (PodRefused, ValueError) as error:
            print(f"kubelet: {name}: {error}", file=sys.stderr, flush=True)
            self._node.journal.event("PodRefused", None, name, str(error))
            return None
        return worker.uid if worker else None
