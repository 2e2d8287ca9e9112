# SPDX-License-Identifier: Apache-2.0
"""The stand-in kubelet (tests/kube) from a scenario's side: start it, make pods, read what it did."""

import http.client
import json
import socket
from pathlib import Path

import rpvm

KUBELET = Path("/payload/kube/kubelet")


class _Unix(http.client.HTTPConnection):
    def __init__(self, path: Path):
        super().__init__("node", timeout=60)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(str(self._path))


class Kubelet:
    """What it writes lies in `out`; its pods, configz and stats/summary are there as files and at `socket`."""

    def __init__(self, config: dict, *options: str, out: str = "/run/standin"):
        self.out = Path(out)
        self.out.mkdir(parents=True, exist_ok=True)
        self.socket = self.out / "socket"
        (self.out / "config.json").write_text(json.dumps(config), encoding="utf-8")
        self.process = rpvm.spawn([KUBELET, "--config", self.out / "config.json", "--out-dir", self.out,
                                   "--socket", self.socket, *options])
        rpvm.wait_for("the stand-in kubelet to serve", self._serves, 60)
        self.out.chmod(0o755)

    def _serves(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(f"the stand-in kubelet ended with {self.process.returncode}")
        return self.socket.exists() and self.ask("GET", "/healthz")[0] == 200

    def ask(self, method: str, path: str, body: dict | None = None):
        connection = _Unix(self.socket)
        connection.request(method, path, json.dumps(body) if body is not None else None)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, json.loads(data) if data[:1] in (b"{", b"[") else data

    def create(self, pod: dict) -> dict:
        status, answer = self.ask("POST", "/standin/create", pod)
        if status != 201:
            raise RuntimeError(f"create: {status} {answer}")
        return answer

    def state(self, name: str) -> dict | None:
        pods = self.ask("GET", "/standin/state")[1]["pods"]
        return next((item for item in pods if item["pod"].rpartition("/")[2] == name), None)

    def events(self, kind: str | None = None, pod: str | None = None) -> list[dict]:
        """Kubelet events; `pod` is a pod's name without its namespace."""
        path = self.out / "events.jsonl"
        found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
        return [event for event in found if kind in (None, event["type"])
                and pod in (None, (event["pod"] or "").rpartition("/")[2])]

    def stop(self) -> int:
        return rpvm.stop(self.process, 30)


def sources(kubelet: Kubelet) -> str:
    """The lines of reprieve.yaml that point at this kubelet."""
    return (f"kubernetes:\n  pods: {kubelet.out}/pods.json\n  configz: {kubelet.out}/configz.json\n"
            f"  stats-summary: {kubelet.out}/summary.json\n  interval: 1s\n  allowed-namespaces: [science]\n")


def pod(name: str, command: list, memory: str | None = None, namespace: str = "science", annotations: dict | None = None,
        **spec) -> dict:
    """A one-container Pod; `memory` is its request."""
    resources = {"requests": {"memory": memory}} if memory else {}
    return {
        "metadata": {"name": name, "namespace": namespace,
                     "annotations": {f"reprieve.dev/{key}": value for key, value in (annotations or {}).items()}},
        "spec": {"containers": [{"name": "main", "command": [str(word) for word in command], "resources": resources}],
                 "restartPolicy": "Never"} | spec,
    }
