# SPDX-License-Identifier: Apache-2.0
"""The socket and the loop, for real; the node behind them is made up (its cgroups need a VM)."""

import json
import os
import socket
import tempfile
import unittest

from standin.loop import NS, Loop
from standin.node import PodRefused
from standin.server import Server


class FakeNode:
    def __init__(self):
        self.loop = Loop()
        self.bodies = {"/pods": b'{"kind":"PodList"}', "/configz": b"{}"}
        self.created, self.deleted, self.killed = [], [], []

    def body(self, path: str) -> bytes | None:
        return self.bodies.get(path)

    def state(self) -> dict:
        return {"passes": 3}

    def create(self, pod: dict):
        if "spec" not in pod:
            raise PodRefused("no spec")
        self.created.append(pod)
        return None

    def find(self, full_name: str):
        return self if full_name == "ns/p" else None

    def container(self, name: str):
        return self if name == "main" else None

    def kill(self):
        self.killed.append("main")

    def delete(self, worker, grace):
        self.deleted.append(grace)


class Http(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.TemporaryDirectory()
        self.addCleanup(self.home.cleanup)
        self.node = FakeNode()
        self.path = os.path.join(self.home.name, "socket")
        self.server = Server(self.node, self.path)
        self.addCleanup(self.server.close)

    def raw(self, request: bytes, pieces: int = 1) -> bytes:
        """Ask in so many pieces and read to the end, while the loop turns."""
        peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.addCleanup(peer.close)
        peer.connect(self.path)
        peer.setblocking(False)
        step, received, done = -(-len(request) // pieces), [], []
        parts = [request[at : at + step] for at in range(0, len(request), step)]

        def tick():
            if parts:
                peer.send(parts.pop(0))
            try:
                data = peer.recv(1 << 16)
            except BlockingIOError:
                data = None
            received.append(data or b"")
            if data == b"":
                done.append(True)
            else:
                self.node.loop.call_after(NS // 1000, tick)

        self.node.loop.call_after(0, tick)
        self.node.loop.run(until=lambda: done)
        return b"".join(received)

    def ask(self, method: str, path: str, body: bytes = b"", pieces: int = 1) -> tuple[int, bytes]:
        head = f"{method} {path} HTTP/1.1\r\nHost: node\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        head, _, answer = self.raw(head + body, pieces).partition(b"\r\n\r\n")
        return int(head.split()[1]), answer

    def test_read(self):
        self.assertEqual(self.ask("GET", "/pods"), (200, b'{"kind":"PodList"}'))
        self.assertEqual(self.ask("GET", "/pods/"), (200, b'{"kind":"PodList"}'))
        self.assertEqual(self.ask("GET", "/configz?x=1"), (200, b"{}"))
        self.assertEqual(self.ask("GET", "/healthz"), (200, b"ok"))
        self.assertEqual(self.ask("GET", "/standin/state"), (200, b'{"passes":3}'))

    def test_large_body_arrives_whole(self):
        self.node.bodies["/pods"] = os.urandom(1 << 20).hex().encode()
        self.assertEqual(self.ask("GET", "/pods"), (200, self.node.bodies["/pods"]))

    def test_create_in_pieces(self):
        body = json.dumps({"spec": {}, "padding": "x" * 5000}).encode()
        status, answer = self.ask("POST", "/standin/create", body, pieces=7)
        self.assertEqual((status, json.loads(answer)), (201, {"admitted": False}))
        self.assertEqual(self.node.created, [json.loads(body)])

    def test_delete_and_kill(self):
        self.assertEqual(self.ask("POST", "/standin/delete/ns/p", b'{"gracePeriodSeconds":3}')[0], 200)
        self.assertEqual(self.ask("POST", "/standin/delete/ns/p")[0], 200)
        self.assertEqual(self.node.deleted, [3, None])
        self.assertEqual(self.ask("POST", "/standin/kill-container/ns/p/main")[0], 200)
        self.assertEqual(self.node.killed, ["main"])

    def test_refused(self):
        for method, path, body, status in (
            ("GET", "/nowhere", b"", 404),
            ("PUT", "/pods", b"", 405),
            ("POST", "/standin/create", b"{", 400),
            ("POST", "/standin/create", b"[]", 400),
            ("POST", "/standin/create", b"{}", 400),
            ("POST", "/standin/delete/ns/q", b"", 404),
            ("POST", "/standin/kill-container/ns/p/x", b"", 404),
        ):
            self.assertEqual(self.ask(method, path, body)[0], status, (method, path))
        self.assertEqual(self.raw(b"hello\r\n\r\n").split()[1], b"400")
        self.assertEqual(self.raw(b"POST /x HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n").split()[1], b"413")
        self.assertEqual(self.ask("GET", "/healthz"), (200, b"ok"))


class Turning(unittest.TestCase):
    def test_timers_in_order_and_cancelled(self):
        loop, seen = Loop(), []
        loop.call_after(2_000_000, lambda: seen.append("b"))
        loop.call_after(1_000_000, lambda: seen.append("a"))
        loop.call_after(1_500_000, lambda: seen.append("never")).cancel()
        loop.call_after(3_000_000, loop.stop)
        loop.run()
        self.assertEqual(seen, ["a", "b"])

    def test_task_sleeps(self):
        loop, seen = Loop(), []

        def inner():
            seen.append(loop.now_ns())
            yield 20_000_000
            seen.append(loop.now_ns())
            return "value"

        def task():
            seen.append((yield from inner()))
            loop.stop()

        loop.spawn(task())
        loop.run()
        self.assertEqual(seen[2], "value")
        self.assertGreaterEqual(seen[1] - seen[0], 20_000_000)

    def test_children_claimed_before_and_after_their_end(self):
        loop, seen = Loop(), []
        for code in (3, 4):
            pid = os.fork()
            if pid == 0:
                os._exit(code)
            if code == 3:
                loop.claim_child(pid, seen.append)
            else:
                loop.call_after(NS // 5, lambda pid=pid: loop.claim_child(pid, seen.append))
        loop.run(until=lambda: len(seen) == 2)
        self.assertEqual(sorted(map(os.waitstatus_to_exitcode, seen)), [3, 4])

    def test_an_exception_ends_it(self):
        loop = Loop()
        loop.call_after(0, lambda: 1 // 0)
        with self.assertRaises(ZeroDivisionError):
            loop.run()


if __name__ == "__main__":
    unittest.main()
