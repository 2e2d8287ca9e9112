# SPDX-License-Identifier: Apache-2.0
import unittest
from fractions import Fraction

from standin import layout, pods
from standin.config import Config
from standin.layout import Layout

UID = "11111111-2222-3333-4444-555555555555"
ESCAPED = UID.replace("-", "_")
ID = "ab" * 32
GI = 1024**3


def pod(requests: dict, limits: dict, *more: dict) -> dict:
    boxes = [
        {"name": f"c{index}", "resources": item}
        for index, item in enumerate(({"requests": requests, "limits": limits}, *more))
    ]
    return {"metadata": {"name": "p", "uid": UID}, "spec": {"containers": boxes}}


class Names(unittest.TestCase):
    def test_systemd(self):
        named = Layout("systemd", "containerd")
        burstable = f"kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{ESCAPED}.slice"
        self.assertEqual(named.pod(pods.BURSTABLE, UID), burstable)
        self.assertEqual(named.pod(pods.GUARANTEED, UID), f"kubepods.slice/kubepods-pod{ESCAPED}.slice")
        self.assertEqual(named.qos(pods.BEST_EFFORT), "kubepods.slice/kubepods-besteffort.slice")
        self.assertEqual(named.container(burstable, ID), f"{burstable}/cri-containerd-{ID}.scope")
        self.assertEqual(Layout("systemd", "crio").container(burstable, ID), f"{burstable}/crio-{ID}.scope")

    def test_cgroupfs(self):
        named = Layout("cgroupfs", "containerd")
        self.assertEqual(named.pod(pods.BEST_EFFORT, UID), f"kubepods/besteffort/pod{UID}")
        self.assertEqual(named.pod(pods.GUARANTEED, UID), f"kubepods/pod{UID}")
        self.assertEqual(named.container("kubepods/x", ID), f"kubepods/x/{ID}")
        self.assertEqual(Layout("cgroupfs", "crio").container("kubepods/x", ID), f"kubepods/x/crio-{ID}")

    def test_under_a_root(self):
        self.assertEqual(Layout("cgroupfs", "containerd", "/a-b/c").kubepods(), "a-b/c/kubepods")
        self.assertEqual(
            Layout("systemd", "containerd", "/a-b").qos(pods.BURSTABLE),
            "a_b.slice/a_b-kubepods.slice/a_b-kubepods-burstable.slice",
        )

    def test_status_ids(self):
        self.assertEqual(Layout("systemd", "containerd").status_id(ID), f"containerd://{ID}")
        self.assertEqual(Layout("systemd", "crio").status_id(ID), f"cri-o://{ID}")


class Settings(unittest.TestCase):
    def test_cpu(self):
        self.assertEqual(
            [layout.cpu_weight(milli) for milli in (0, 1, 1000, 2000, 256000, 10**9)], [1, 1, 39, 79, 10000, 10000]
        )
        self.assertEqual(
            [layout.cpu_max(milli, 100000) for milli in (0, 1, 500, 2000)],
            ["max 100000", "1000 100000", "50000 100000", "200000 100000"],
        )

    def test_kubepods(self):
        found = layout.kubepods_settings(
            Config({"systemReserved": {"memory": "1Gi", "cpu": "1", "pid": "1000"}}), 4 * GI, 3, 32768
        )
        self.assertEqual(found, {"memory.max": str(3 * GI), "cpu.weight": "79", "pids.max": "31768"})

    def pod_memory(self, example: dict) -> str | None:
        return layout.pod_settings(Config({}), example).get("memory.max")

    def test_pod_memory_limit(self):
        both = {"cpu": "1", "memory": "1Gi"}
        self.assertEqual(self.pod_memory(pod(both, both)), str(GI))
        self.assertEqual(self.pod_memory(pod({}, {"memory": "1Gi"}, {"limits": {"memory": "1Gi"}})), str(2 * GI))
        self.assertIsNone(self.pod_memory(pod({}, {"memory": "1Gi"}, {})))
        self.assertIsNone(self.pod_memory(pod({}, {})))
        unbounded = pod({}, {})
        unbounded["spec"]["resources"] = {"limits": {"memory": "3Gi"}}
        self.assertEqual(self.pod_memory(unbounded), str(3 * GI))

    def test_pod_pids_and_weight(self):
        found = layout.pod_settings(Config({"podPidsLimit": 64}), pod({"cpu": "1"}, {}))
        self.assertEqual((found["pids.max"], found["cpu.weight"]), ("64", "39"))
        self.assertNotIn("cpu.max", found)

    def container(self, example: dict, **given) -> dict[str, str]:
        return layout.container_settings(Config(given), example, example["spec"]["containers"][0], 4 * GI, 2 * GI)

    def test_container(self):
        found = self.container(pod({"memory": "1Gi"}, {"memory": "2Gi", "cpu": "500m"}))
        self.assertEqual(
            found,
            {
                "cpu.weight": "1",
                "cpu.max": "50000 100000",
                "memory.max": str(2 * GI),
                "memory.swap.max": "0",
                "memory.oom.group": "1",
            },
        )
        self.assertNotIn("memory.oom.group", self.container(pod({}, {}), singleProcessOOMKill=True))
        self.assertEqual(self.container(pod({}, {}))["memory.max"], "max")

    def test_swap_in_proportion_to_the_request(self):
        limited = {"memorySwap": {"swapBehavior": "LimitedSwap"}}
        self.assertEqual(self.container(pod({"memory": "1Gi"}, {}), **limited)["memory.swap.max"], str(GI // 2))
        self.assertEqual(self.container(pod({"memory": "1Gi"}, {"memory": "1Gi"}), **limited)["memory.swap.max"], "0")
        self.assertEqual(self.container(pod({}, {}), **limited)["memory.swap.max"], "0")

    def test_qos_weights(self):
        self.assertEqual(
            [layout.qos_settings(Fraction(cpus)) for cpus in ("0", "1.5", "2")],
            [{"cpu.weight": "1"}, {"cpu.weight": "59"}, {"cpu.weight": "79"}],
        )


if __name__ == "__main__":
    unittest.main()
