# SPDX-License-Identifier: Apache-2.0
"""The JSON-lines service, through a pipe as a C test uses it."""

import json
import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
GI = 1024**3
MEMINFO = "MemTotal: 16393244 kB\nMemFree: 1000 kB\n"
STAT = "anon 633847808\nfile 5332332544\ninactive_file 4634497024\n"
POD = {
    "metadata": {"name": "p", "uid": "a-b"},
    "spec": {"containers": [{"name": "c", "resources": {"requests": {"memory": "2Gi"}}}]},
}
HARD = {"evictionHard": {"memory.available": "1Gi"}}

# question: what the answer must contain
CASES = [
    ({"op": "quantity", "text": "1.05Gi"}, {"exact": "5637144576/5", "value": 1127428916}),
    ({"op": "duration", "text": "1m30s"}, {"ns": 90 * 10**9}),
    ({"op": "percentage", "text": "25%"}, {"fraction": "1/4"}),
    (
        {"op": "threshold", "value": "10%", "capacity": 10 * GI, "available": 1073741840},
        {"quantity": "1073741840/1", "met": False},
    ),
    (
        {
            "op": "threshold",
            "value": "1Gi",
            "capacity": 4 * GI,
            "available": GI,
            "min_reclaim": "1",
            "enforce_min_reclaim": True,
        },
        {"met": True},
    ),
    ({"op": "threshold", "value": "0%", "capacity": 1, "available": 1}, {"dropped": True}),
    (
        {"op": "thresholds", "config": HARD},
        {
            "thresholds": [
                ["allocatableMemory.available", "quantity 1073741824/1", 0, None],
                ["memory.available", "quantity 1073741824/1", 0, None],
            ]
        },
    ),
    (
        {"op": "pods_limit", "config": {"kubeReserved": {"memory": "1Gi"}}, "resource": "memory", "capacity": 4 * GI},
        {"exact": f"{3 * GI}/1"},
    ),
    (
        {
            "op": "rank_memory",
            "pods": [{"uid": "x", "working_set": 5}, {"uid": "y", "working_set": 5}, {"uid": "z", "stats": False}],
        },
        {"groups": [["z"], ["x", "y"]]},
    ),
    (
        {"op": "rank_memory", "pods": [{"pod": POD, "working_set": 2 * GI + 1}, {"uid": "y", "working_set": 2}]},
        {"groups": [["y"], ["a-b"]]},
    ),
    (
        {"op": "rank_pid", "pods": [{"uid": "x", "processes": 5}, {"uid": "y", "processes": 6}]},
        {"groups": [["y"], ["x"]]},
    ),
    ({"op": "rank_inodes", "pods": [{"uid": "x", "inodes": 5}, {"uid": "y", "inodes": 6}]}, {"groups": [["y"], ["x"]]}),
    (
        {"op": "node_available", "meminfo": MEMINFO, "memory_stat": STAT},
        {"working_set": 1331683328, "available": 15454998528, "capacity": 16786681856},
    ),
    (
        {"op": "node_available", "meminfo": MEMINFO, "memory_stat": STAT, "huge_page_pool": 16 * GI},
        {"available": 0, "capacity": 1331683328},
    ),
    (
        {"op": "cgroup_available", "current": 2 * GI, "inactive_file": 0, "limit": GI},
        {"available": -GI, "capacity": GI, "available_bytes": 2**64 - GI},
    ),
    (
        {"op": "pid_available", "pid_max": "4194304", "threads_max": "127000", "loadavg": "0 0 0 2/3518 99"},
        {"available": 123482},
    ),
    ({"op": "oom_score_adj", "pod": POD, "node_memory_bytes": 16786681856}, {"oom_score_adj": 873}),
    (
        {"op": "pod", "pod": POD},
        {"qos": "Burstable", "cgroup": "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-poda_b.slice"},
    ),
    (
        {
            "op": "synchronize",
            "config": HARD,
            "pods": [{"uid": "x", "working_set": 5}],
            "steps": [
                {"now_ns": 1, "signals": {"memory.available": [GI, 4 * GI, 1]}},
                {"now_ns": 2, "signals": {"memory.available": [GI - 1, 4 * GI, 2]}},
            ],
        },
        {
            "steps": [
                {"conditions": []},
                {
                    "conditions": ["MemoryPressure"],
                    "resource": "memory",
                    "hard": True,
                    "grace_seconds": 1,
                    "victim": "x",
                    "message": "The node was low on resource: memory. Threshold quantity: 1Gi, available: 1073741823. ",
                },
            ]
        },
    ),
]
REFUSED = [
    "nonsense",
    "[]",
    "{}",
    '{"op":"quantity","text":"1gi"}',
    '{"op":"quantity"}',
    '{"op":"threshold","value":"150%","capacity":1,"available":1}',
]


class Service(unittest.TestCase):
    def ask(self, lines: list[str]) -> list[dict]:
        run = subprocess.run(
            [sys.executable, "-m", "standin.reference"],
            cwd=HERE,
            input="\n".join(lines) + "\n",
            text=True,
            capture_output=True,
            check=True,
        )
        return [json.loads(line) for line in run.stdout.splitlines()]

    def test_answers(self):
        answers = self.ask([json.dumps(question) for question, _ in CASES])
        for (question, expected), answer in zip(CASES, answers, strict=True):
            with self.subTest(question):
                self.assertEqual({key: answer.get(key) for key in expected}, expected, answer)

    def test_errors_are_answers(self):
        answers = self.ask(REFUSED)
        self.assertEqual([set(answer) for answer in answers], [{"error"}] * len(REFUSED))


if __name__ == "__main__":
    unittest.main()
