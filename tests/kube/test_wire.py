# SPDX-License-Identifier: Apache-2.0
"""The wire formats, of pods and samples made up here."""

import json
import unittest
from types import SimpleNamespace

from standin import wire
from standin.container import RUNNING, TERMINATED, WAITING, Ended
from standin.layout import Layout
from standin.worker import Verdict

ID, OLD = "ab" * 32, "cd" * 32
LAYOUT = Layout("systemd", "containerd")


def box(state: str, **more):
    known = {
        "name": "main",
        "state": state,
        "waiting_reason": "CrashLoopBackOff",
        "container_id": ID,
        "started_s": 100.0,
        "ended": None,
        "restarts": 0,
    }
    return SimpleNamespace(**(known | more))


def worker(*boxes, phase: str = "Running", verdict: Verdict | None = None, deleted_s: float | None = None):
    pod = {
        "metadata": {"name": "p", "namespace": "ns", "uid": "u"},
        "spec": {"containers": [{"name": item.name} for item in boxes], "terminationGracePeriodSeconds": 30},
    }
    return SimpleNamespace(
        pod=pod,
        uid="u",
        qos="Burstable",
        containers=list(boxes),
        phase=phase,
        verdict=verdict,
        deleted_s=deleted_s,
        finished=False,
        created_s=50.0,
        sample_key=lambda item: f"container/{item.name}",
    )


def sample(working_set: int, limit: int | None = None, **more) -> dict:
    return {
        "time_ns": 1,
        "wall_s": 1000.0,
        "usage": working_set + 10,
        "working_set": working_set,
        "limit": limit,
        "rss": 5,
        "faults": 7,
        "major_faults": 8,
        "cpu_us": 9,
        "psi": None,
        "processes": 3,
    } | more


class Pods(unittest.TestCase):
    def status(self, *boxes, **more) -> dict:
        return wire.pod_object(worker(*boxes, **more), LAYOUT)["status"]

    def test_running(self):
        status = self.status(box(RUNNING))
        self.assertEqual(status["qosClass"], "Burstable")
        self.assertEqual(status["containerStatuses"][0]["containerID"], f"containerd://{ID}")
        self.assertEqual(status["containerStatuses"][0]["state"], {"running": {"startedAt": "1970-01-01T00:01:40Z"}})
        self.assertIn(
            {"type": "Ready", "status": "True"},
            [{key: item[key] for key in ("type", "status")} for item in status["conditions"]],
        )

    def test_crashed_and_waiting(self):
        ended = Ended(137, "OOMKilled", "", 100.0, 160.0, OLD)
        found = self.status(box(WAITING, ended=ended, restarts=1))["containerStatuses"][0]
        self.assertEqual(found["state"], {"waiting": {"reason": "CrashLoopBackOff"}})
        self.assertEqual(found["lastState"]["terminated"]["reason"], "OOMKilled")
        self.assertEqual(
            (found["containerID"], found["restartCount"], found["ready"]), (f"containerd://{OLD}", 1, False)
        )

    def test_evicted(self):
        disruption = wire.condition("DisruptionTarget", True, "TerminationByKubelet", "why")
        status = self.status(
            box(TERMINATED, ended=Ended(137, "Error", "", 1.0, 2.0, ID)),
            phase="Failed",
            verdict=Verdict("Evicted", "why", [disruption]),
        )
        self.assertEqual((status["phase"], status["reason"], status["message"]), ("Failed", "Evicted", "why"))
        self.assertEqual(status["conditions"][0]["type"], "DisruptionTarget")
        self.assertEqual(status["containerStatuses"][0]["state"]["terminated"]["exitCode"], 137)

    def test_deleting(self):
        metadata = wire.pod_object(worker(box(RUNNING), deleted_s=60.0), LAYOUT)["metadata"]
        self.assertEqual(
            (metadata["deletionTimestamp"], metadata["deletionGracePeriodSeconds"]), ("1970-01-01T00:01:00Z", 30)
        )

    def test_list(self):
        text = json.dumps(wire.pod_object(worker(box(RUNNING)), LAYOUT))
        found = json.loads(wire.pod_list([text, text]))
        self.assertEqual(
            (found["kind"], found["apiVersion"], found["items"][1]["metadata"]["uid"]), ("PodList", "v1", "u")
        )
        self.assertEqual(json.loads(wire.pod_list([]))["items"], [])


class Summary(unittest.TestCase):
    def body(self, samples: dict, *workers, summary: wire.Summary | None = None) -> dict:
        summary = summary or wire.Summary("n1")
        for item in workers:
            summary.update(item, samples.get)
        return json.loads(summary.body(samples.get, 32768, 150))

    def test_node(self):
        disk = {"wall_s": 1000.0, "available": 60, "capacity": 100, "used": 35, "inodes_free": 7, "inodes": 10}
        psi = {"some": {"total": 1, "avg10": 0.5}}
        found = self.body({"node": sample(30, 100, psi=psi), "kubepods": sample(20, 80), "nodefs": disk})["node"]
        self.assertEqual(
            found["memory"],
            {
                "time": "1970-01-01T00:16:40Z",
                "availableBytes": 70,
                "usageBytes": 40,
                "workingSetBytes": 30,
                "rssBytes": 5,
                "pageFaults": 7,
                "majorPageFaults": 8,
                "psi": psi,
            },
        )
        self.assertEqual(found["systemContainers"][0]["name"], "pods")
        self.assertEqual(found["systemContainers"][0]["memory"]["availableBytes"], 60)
        self.assertEqual((found["rlimit"]["maxpid"], found["rlimit"]["curproc"]), (32768, 150))
        self.assertEqual((found["fs"]["availableBytes"], found["fs"]["inodesUsed"]), (60, 3))
        self.assertEqual(found["runtime"]["imageFs"], found["fs"])

    def test_over_the_limit_wraps(self):
        found = self.body({"kubepods": sample(101, 100)})["node"]["systemContainers"][0]["memory"]
        self.assertEqual(found["availableBytes"], 2**64 - 1)

    def test_huge_pages_are_not_taken_off_twice(self):
        found = self.body({"node": sample(30, 100, huge_page_pool=50)})["node"]["memory"]
        self.assertEqual((found["availableBytes"], found["workingSetBytes"]), (20, 30))

    def test_pod(self):
        found = self.body({"pod/u": sample(30), "container/main": sample(20)}, worker(box(RUNNING)))["pods"][0]
        self.assertEqual(found["podRef"], {"name": "p", "namespace": "ns", "uid": "u"})
        self.assertEqual(
            (found["memory"]["workingSetBytes"], found["containers"][0]["memory"]["workingSetBytes"]), (30, 20)
        )
        self.assertNotIn("availableBytes", found["memory"])
        self.assertEqual(found["process_stats"], {"process_count": 3})

    def test_pod_without_a_sampled_container_has_no_entry(self):
        self.assertEqual(self.body({"pod/u": sample(30)}, worker(box(RUNNING)))["pods"], [])

    def test_kept_until_updated_or_forgotten(self):
        summary, samples, item = (
            wire.Summary("n1"),
            {"pod/u": sample(30), "container/main": sample(20)},
            worker(box(RUNNING)),
        )
        self.body(samples, item, summary=summary)
        samples["pod/u"] = sample(31)
        self.assertEqual(self.body(samples, summary=summary)["pods"][0]["memory"]["workingSetBytes"], 30)
        self.assertEqual(self.body(samples, item, summary=summary)["pods"][0]["memory"]["workingSetBytes"], 31)
        del samples["container/main"]
        self.assertEqual(self.body(samples, item, summary=summary)["pods"], [])


if __name__ == "__main__":
    unittest.main()
