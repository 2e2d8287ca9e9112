# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 on a unix socket: the kubelet's read paths, and under /standin/ what tests steer with."""

import json
import os
import socket

from standin.journal import compact
from standin.node import Node, PodRefused

_MAX_REQUEST = 1 << 20
_REASONS = {
    200: "OK",
    201: "Created",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Content Too Large",
}


class _Refused(Exception):
    def __init__(self, status: int, message: str):
        super().__init__(message)
        self.status = status


class _Connection:
    """One request, one answer, closed: a reader that stalls holds up nobody else."""

    def __init__(self, loop, peer: socket.socket, answer):
        self._loop, self._peer, self._answer = loop, peer, answer
        self._received = b""
        self._to_send = memoryview(b"")
        peer.setblocking(False)
        loop.watch(peer.fileno(), self._read)

    def _close(self) -> None:
        self._loop.unwatch(self._peer.fileno())
        self._peer.close()

    def _read(self) -> None:
        try:
            data = self._peer.recv(65536)
        except OSError:
            data = b""
        if not data:
            self._close()
            return
        self._received += data
        try:
            request = _parse(self._received)
            if request is None:
                return
            status, kind, body = self._answer(*request)
        except _Refused as refusal:
            status, kind, body = refusal.status, "application/json", compact({"error": str(refusal)}).encode()
        head = (
            f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
            "Connection: close\r\n\r\n"
        )
        self._to_send = memoryview(head.encode() + body)
        self._loop.unwatch(self._peer.fileno())
        self._loop.watch(self._peer.fileno(), self._write, writing=True)

    def _write(self) -> None:
        try:
            self._to_send = self._to_send[self._peer.send(self._to_send) :]
        except BlockingIOError:
            return
        except OSError:
            self._to_send = memoryview(b"")
        if not self._to_send:
            self._close()


def _parse(received: bytes) -> tuple[str, str, bytes] | None:
    """(method, path, body), or None until all of it is here."""
    if len(received) > _MAX_REQUEST:
        raise _Refused(413, "the request is too large")
    head, found, body = received.partition(b"\r\n\r\n")
    if not found:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    try:
        method, target, _ = first.split(" ")
        headers = {name.strip().lower(): text.strip() for name, text in (line.split(":", 1) for line in lines)}
        length = int(headers.get("content-length", "0"))
    except ValueError as error:
        raise _Refused(400, "not an HTTP request") from error
    if length > _MAX_REQUEST:
        raise _Refused(413, "the request is too large")
    return (method, target.partition("?")[0], body[:length]) if len(body) >= length else None


class Server:
    def __init__(self, node: Node, path: str):
        self._node = node
        self._path = path
        if os.path.exists(path):
            os.unlink(path)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self._listener.bind(path)
        os.chmod(path, 0o666)
        self._listener.listen(64)
        node.loop.watch(self._listener.fileno(), self._accept)

    def close(self) -> None:
        self._node.loop.unwatch(self._listener.fileno())
        self._listener.close()
        os.unlink(self._path)

    def _accept(self) -> None:
        try:
            peer, _ = self._listener.accept()
        except OSError:
            # The peer left again, or descriptors ran out: it can ask once more.
            return
        _Connection(self._node.loop, peer, self._answer)

    def _answer(self, method: str, path: str, body: bytes) -> tuple[int, str, bytes]:
        if method == "GET":
            return self._get(path)
        if method != "POST":
            raise _Refused(405, f"{method} is not understood")
        return self._post([part for part in path.split("/") if part], body)

    def _get(self, path: str) -> tuple[int, str, bytes]:
        if path == "/healthz":
            return 200, "text/plain; charset=utf-8", b"ok"
        if path == "/standin/state":
            return 200, "application/json", compact(self._node.state()).encode()
        body = self._node.body(path.rstrip("/"))
        if body is None:
            raise _Refused(404, f"{path} is not here")
        return 200, "application/json", body

    def _post(self, parts: list[str], body: bytes) -> tuple[int, str, bytes]:
        match parts:
            case ["standin", "create"]:
                return self._create(body)
            case ["standin", "delete", namespace, name]:
                grace = _json(body).get("gracePeriodSeconds") if body else None
                self._node.delete(self._pod(namespace, name), grace)
            case ["standin", "kill-container", namespace, name, container]:
                found = self._pod(namespace, name).container(container)
                if found is None:
                    raise _Refused(404, f"{namespace}/{name} has no container {container}")
                found.kill()
            case _:
                raise _Refused(404, f"/{'/'.join(parts)} is not here")
        return 200, "application/json", b"{}"

    def _pod(self, namespace: str, name: str):
        worker = self._node.find(f"{namespace}/{name}")
        if worker is None:
            raise _Refused(404, f"{namespace}/{name} is not here")
        return worker

    def _create(self, body: bytes) -> tuple[int, str, bytes]:
        try:
            worker = self._node.create(_json(body))
        except PodRefused as error:
            raise _Refused(400, str(error)) from error
        # A pod that admission turned away exists all the same, as a Failed one.
        answer = {"admitted": worker is not None} | ({"uid": worker.uid, "cgroup": worker.path} if worker else {})
        return 201, "application/json", compact(answer).encode()


def _json(body: bytes) -> dict:
    try:
        found = json.loads(body)
    except ValueError as error:
        raise _Refused(400, f"not JSON: {error}") from error
    if not isinstance(found, dict):
        raise _Refused(400, "not a JSON object")
    return found
