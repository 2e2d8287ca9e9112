# SPDX-License-Identifier: Apache-2.0
"""The command line, and the order in which everything is started and stopped."""

import argparse
import gc
import json
import os
import signal
import sys

from standin import layout, pods, signals, system
from standin.config import Config, ConfigError
from standin.housekeeping import BASE_NS
from standin.loop import NS
from standin.manifests import Manifests
from standin.node import Node, Options
from standin.server import Server


def _seconds(text: str) -> int:
    return int(float(text) * NS)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kubelet", description="A stand-in for the kubelet, for tests in a VM.")
    add = parser.add_argument
    add("--config", help="KubeletConfiguration v1beta1 as JSON; without it, the kubelet's defaults")
    add("--pods", help="a PodList (or Pod) JSON file, or a directory of Pod files to watch")
    add(
        "--out-dir",
        default="/run/standin-kubelet",
        help="pods.json configz.json summary.json events.jsonl observations.jsonl",
    )
    add("--socket", help="serve /pods /configz /stats/summary /healthz and /standin/... on this unix socket")
    add("--runtime", choices=layout.RUNTIMES, default="containerd")
    add(
        "--crun-child",
        action="store_true",
        help="put processes in a child cgroup `container` of the scope, as crun does",
    )
    add("--sandbox", action="store_true", help="give each pod a pause process in a scope of its own")
    add("--root-usage", choices=signals.ROOT_USAGES, default=signals.ROOT_USAGES[0], help="how usage of / is made up")
    add("--huge-page-aware", action="store_true", help="take the huge page pool off memory.available (1.37)")
    add("--period", type=_seconds, default=10 * NS, metavar="S", help="eviction loop period (10)")
    add("--phase", type=_seconds, default=0, metavar="S", help="delay of the first pass (0)")
    add("--housekeeping", type=_seconds, default=BASE_NS, metavar="S", help="base age of pod samples (10)")
    add("--restart-backoff", type=_seconds, default=NS, metavar="S", help="first delay before a restart (1)")
    add("--seed", type=int, default=1, help="of sample jitter and of ties in rankings")
    add("--node-name", default="node")
    add("--root-dir", default="/var/lib/kubelet", help="volumes live here; also the nodefs that is measured")
    add("--log-dir", default="/var/log/pods")
    add("--cgroup-mount", default="/sys/fs/cgroup")
    add("--unprotected", action="store_true", help="do not lock memory or change the own OOM score")
    return parser


def _load_config(path: str | None) -> Config:
    if path is None:
        return Config({})
    with open(path, "rb") as file:
        return Config(json.load(file))


def _protect() -> None:
    """A kubelet that the shortage kills or swaps out is no hazard any more."""
    with open("/proc/self/oom_score_adj", "wb", buffering=0) as file:
        file.write(str(pods.KUBELET_OOM_SCORE).encode())
    gc.collect()
    gc.freeze()
    system.lock_memory()


def _prepare_mounts(root_dir: str) -> None:
    """Containers are slaves of a shared root, as under systemd; then an unmount reaches them too."""
    os.makedirs(root_dir, exist_ok=True)
    system.mount("none", "/", "", system.MS_REC | system.MS_SHARED)


def _options(given: argparse.Namespace) -> Options:
    return Options(
        out_dir=given.out_dir,
        root_dir=given.root_dir,
        log_dir=given.log_dir,
        cgroup_mount=given.cgroup_mount,
        runtime=given.runtime,
        root_usage=given.root_usage,
        node_name=given.node_name,
        seed=given.seed,
        period_ns=given.period,
        phase_ns=given.phase,
        housekeeping_ns=given.housekeeping,
        restart_backoff_ns=given.restart_backoff,
        sandbox=given.sandbox,
        crun_child=given.crun_child,
        huge_page_aware=given.huge_page_aware,
    )


def _failed(what: str, error: Exception, status: int = 1) -> int:
    print(f"kubelet: {what}: {error}", file=sys.stderr)
    return status


def run(arguments: list[str]) -> int:
    given = _parser().parse_args(arguments)
    try:
        config = _load_config(given.config)
    except (ConfigError, ValueError, OSError) as error:
        return _failed(given.config, error, 2)
    try:
        _prepare_mounts(given.root_dir)
        system.adopt_orphans()
        node = Node(config, _options(given))
        server = Server(node, given.socket) if given.socket else None
        if not given.unprotected:
            _protect()
        node.start()
    except OSError as error:
        return _failed("cannot start", error)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: node.loop.stop())
    status = 0
    try:
        if given.pods:
            Manifests(node, given.pods).start()
    except (OSError, ValueError) as error:
        status = _failed(given.pods, error)
    else:
        node.loop.run()
    if server:
        server.close()
    node.shut_down()
    return status


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
