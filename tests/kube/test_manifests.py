# SPDX-License-Identifier: Apache-2.0
import json
import os
import tempfile
import unittest
from types import SimpleNamespace

from standin.loop import Loop
from standin.manifests import Manifests
from standin.node import PodRefused


class FakeNode:
    def __init__(self):
        self.loop = Loop()
        self.workers, self.events = {}, []
        self.journal = SimpleNamespace(event=lambda kind, pod, reason, message: self.events.append((kind, reason)))

    def create(self, pod: dict):
        if "spec" not in pod:
            raise PodRefused("no spec")
        uid = pod["metadata"]["uid"]
        self.workers[uid] = SimpleNamespace(uid=uid)
        return self.workers[uid]

    def delete(self, worker) -> None:
        del self.workers[worker.uid]


def pod(uid: str) -> dict:
    return {"metadata": {"name": uid, "uid": uid}, "spec": {}}


class Sources(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.TemporaryDirectory()
        self.addCleanup(self.home.cleanup)
        self.node = FakeNode()

    def write(self, name: str, content) -> str:
        path = os.path.join(self.home.name, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content if isinstance(content, str) else json.dumps(content))
        return path

    def test_list_and_single_pod(self):
        Manifests(self.node, self.write("list", {"kind": "PodList", "items": [pod("a"), pod("b")]})).start()
        Manifests(self.node, self.write("one", pod("c"))).start()
        self.assertEqual(set(self.node.workers), {"a", "b", "c"})

    def test_a_bad_list_is_an_error(self):
        for content in ({}, "{"):
            with self.assertRaises(ValueError):
                Manifests(self.node, self.write("list", content)).start()

    def test_directory_is_followed(self):
        first = self.write("a.json", pod("a"))
        self.write("bad.json", "{")
        self.write("note.txt", "not a pod")
        Manifests(self.node, self.home.name).start()
        self.assertEqual((set(self.node.workers), self.node.events), ({"a"}, [("PodRefused", "bad.json")]))
        self.write("b.json", pod("b"))
        os.unlink(first)
        self.node.loop.run(until=lambda: set(self.node.workers) == {"b"})
        self.assertEqual(len(self.node.events), 1)


if __name__ == "__main__":
    unittest.main()
