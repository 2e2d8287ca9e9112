# SPDX-License-Identifier: Apache-2.0
import unittest
from fractions import Fraction

from standin import pods

MI, GI = 1024**2, 1024**3


def box(name: str = "c", requests: dict | None = None, limits: dict | None = None, **more) -> dict:
    return {
        "name": name,
        "command": ["sleep", "1"],
        "resources": {"requests": requests or {}, "limits": limits or {}},
    } | more


def pod(*containers: dict, annotations: dict | None = None, **spec) -> dict:
    return {
        "metadata": {"name": "p", "uid": "u", "annotations": annotations or {}},
        "spec": {"containers": list(containers) or [box()]} | spec,
    }


ALL = {"cpu": "1", "memory": "1Gi"}


class Qos(unittest.TestCase):
    def test_classes(self):
        cases = {
            pods.BEST_EFFORT: [
                pod(),
                pod(box(requests={"memory": "0"})),
                pod(box(requests={"ephemeral-storage": "1Gi"})),
            ],
            pods.GUARANTEED: [
                pod(box(requests=ALL, limits=ALL)),
                pod(box(limits=ALL, requests=ALL), box("d", ALL, ALL)),
                pod(box(requests={"cpu": "1000m", "memory": "1024Mi"}, limits=ALL)),
                pod(box(), resources={"requests": ALL, "limits": ALL}),
            ],
            pods.BURSTABLE: [
                pod(box(requests={"memory": "1Mi"})),
                pod(box(limits={"memory": "1Mi"}, requests={"memory": "1Mi"})),
                pod(box(requests=ALL, limits=ALL), box("d")),
                pod(box(requests={"cpu": "1", "memory": "1Mi"}, limits=ALL)),
                pod(box(requests=ALL, limits=ALL), initContainers=[box("i")]),
            ],
        }
        for expected, examples in cases.items():
            for example in examples:
                with self.subTest(example=example):
                    self.assertEqual(pods.qos_class(example), expected)

    def test_limits_become_requests(self):
        found = pods.apply_defaults(pod(box(limits=ALL, requests={"cpu": "100m"})))
        self.assertEqual(found["spec"]["containers"][0]["resources"]["requests"], {"cpu": "100m", "memory": "1Gi"})


class Requests(unittest.TestCase):
    def memory(self, example: dict) -> Fraction:
        return pods.request(example, "memory")

    def test_sum(self):
        self.assertEqual(
            self.memory(pod(box(requests={"memory": "1Gi"}), box("d", {"memory": "0.3Ki"}))), GI + Fraction("307.2")
        )

    def test_init_containers_run_one_at_a_time(self):
        self.assertEqual(
            self.memory(
                pod(
                    box(requests={"memory": "1Gi"}),
                    initContainers=[box("a", {"memory": "3Gi"}), box("b", {"memory": "2Gi"})],
                )
            ),
            3 * GI,
        )

    def test_sidecars_stay(self):
        sidecar = box("s", {"memory": "1Gi"}, restartPolicy="Always")
        first, later = box("i", {"memory": "3Gi"}), box("j", {"memory": "3Gi"})
        self.assertEqual(self.memory(pod(box(requests={"memory": "1Gi"}), initContainers=[first, sidecar])), 3 * GI)
        self.assertEqual(self.memory(pod(box(requests={"memory": "1Gi"}), initContainers=[sidecar, later])), 4 * GI)
        self.assertEqual(self.memory(pod(box(requests={"memory": "9Gi"}), initContainers=[sidecar, later])), 10 * GI)

    def test_overhead_only_on_top_of_something(self):
        self.assertEqual(self.memory(pod(box(requests={"memory": "1Gi"}), overhead={"memory": "1Mi"})), GI + MI)
        self.assertEqual(self.memory(pod(box(), overhead={"memory": "1Mi"})), 0)

    def test_pod_level_replaces_the_sum(self):
        self.assertEqual(
            self.memory(pod(box(requests={"memory": "1Gi"}), resources={"requests": {"memory": "5Gi"}})), 5 * GI
        )


class OomScore(unittest.TestCase):
    def score(self, example: dict, memory: int, container: int = 0) -> int:
        return pods.oom_score_adj(example, pods.containers(example)[container], memory)

    def test_burstable(self):
        cases = [
            ("4e9", 8_000_000_000, 500),
            ("7999999999", 8_000_000_000, 3),
            ("2Gi", 16786681856, 873),
            ("1e9", 8_000_000_000, 875),
            ("1", 8_000_000_000, 999),
            ("16e9", 8_000_000_000, 3),
        ]
        for asked, memory, expected in cases:
            self.assertEqual(self.score(pod(box(requests={"memory": asked})), memory), expected, asked)
        self.assertEqual(self.score(pod(box(requests={"cpu": "1"})), 8_000_000_000), 999)

    def test_classes(self):
        self.assertEqual(self.score(pod(), GI), 1000)
        self.assertEqual(self.score(pod(box(requests=ALL, limits=ALL)), GI), -997)
        self.assertEqual(self.score(pod(priority=2_000_000_000, priorityClassName="system-cluster-critical"), GI), 1000)
        self.assertEqual(self.score(pod(priority=2_000_001_000, priorityClassName="system-node-critical"), GI), -997)
        static = {"kubernetes.io/config.source": "file"}
        self.assertEqual(self.score(pod(annotations=static, priorityClassName="system-node-critical"), GI), -997)
        self.assertEqual(self.score(pod(priorityClassName="system-node-critical"), GI), 1000)

    def test_spare_pod_level_request_is_shared(self):
        example = pod(box(requests={"memory": "1e9"}), box("d"), resources={"requests": {"memory": "3e9"}})
        self.assertEqual([self.score(example, 8_000_000_000, index) for index in (0, 1)], [750, 875])

    def test_sidecar_is_not_above_those_it_serves(self):
        sidecar = box("s", {"memory": "1"}, restartPolicy="Always")
        example = pod(box(requests={"memory": "4e9"}), box("d", {"memory": "2e9"}), initContainers=[sidecar])
        self.assertEqual(pods.oom_score_adj(example, sidecar, 8_000_000_000), 750)


class Critical(unittest.TestCase):
    def test_who_is(self):
        self.assertTrue(pods.is_critical(pod(annotations={"kubernetes.io/config.source": "file"})))
        self.assertTrue(pods.is_critical(pod(annotations={"kubernetes.io/config.mirror": "x"})))
        self.assertTrue(pods.is_critical(pod(priority=2_000_000_000)))
        self.assertFalse(pods.is_critical(pod(priority=1_999_999_999)))
        self.assertFalse(pods.is_critical(pod(annotations={"kubernetes.io/config.source": "api"})))

    def test_class_names_give_their_priority(self):
        self.assertEqual(
            pods.apply_defaults(pod(priorityClassName="system-node-critical"))["spec"]["priority"], 2_000_001_000
        )


class Unsupported(unittest.TestCase):
    def test_numbers_are_read_at_once(self):
        pods.check_numbers(pod(box(requests={"memory": "1Gi"}), volumes=[{"name": "v", "emptyDir": None}]))
        for example in (
            pod(box(requests={"ephemeral-storage": "1gi"})),
            pod(box(limits={"cpu": "x"})),
            pod(volumes=[{"name": "v", "emptyDir": {"sizeLimit": "big"}}]),
            pod(annotations={"standin.reprieve.dev/start-delay": "soon"}),
        ):
            with self.subTest(example), self.assertRaises(ValueError):
                pods.check_numbers(example)

    def test_said_plainly(self):
        self.assertIsNone(pods.unsupported(pod(volumes=[{"name": "v", "emptyDir": {}}])))
        cases = {
            "init": pod(initContainers=[box("i")]),
            "command": pod({"name": "c"}),
            "volume v": pod(volumes=[{"name": "v", "configMap": {}}]),
            "empty": {"metadata": {}, "spec": {}},
            "mount": pod(box(volumeMounts=[{"name": "v", "mountPath": "/v"}])),
            "env": pod(box(env=[{"name": "A", "valueFrom": {}}])),
        }
        for word, example in cases.items():
            self.assertIn(word, pods.unsupported(example), example)


if __name__ == "__main__":
    unittest.main()
