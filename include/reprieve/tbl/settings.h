// SPDX-License-Identifier: Apache-2.0
/*
 * The settings of reprieve.yaml: name, meaning, default and range of each, once. The policy's defaults and checks, the
 * schema of the YAML reader and the reference come from these rows. Define the macros that you want; the others vanish,
 * and all of them are undefined at the end.
 *
 * RP_SECTION(ID, "key", "what it holds")
 * RP_NUMBER(SECTION, "key", kind, member of rp_policy, default, min, max, "what it does")
 *     kind DURATION: ns, SHARE: permille, CPU: permille of one CPU, COUNT, SIZE: bytes
 * RP_STRING(SECTION, "key", kind, member of rp_policy, "default", "what it does")
 *     kind: enum rp_policy_text, see userspace/core/model/policy_text.h
 * RP_CONTRACT_KEY("key", "what it says"), of a workload; parsed by rp_contract_set
 */
#ifndef RP_SECTION
#define RP_SECTION(id, key, text)
#endif
#ifndef RP_NUMBER
#define RP_NUMBER(section, key, kind, member, initial, min, max, text)
#endif
#ifndef RP_STRING
#define RP_STRING(section, key, kind, member, initial, text)
#endif
#ifndef RP_CONTRACT_KEY
#define RP_CONTRACT_KEY(key, text)
#endif

RP_STRING(ROOT, "node-name", NODE_NAME, node_name, "", "this node's name; empty: the host name")

RP_SECTION(PATHS, "paths", "where things are")
RP_STRING(PATHS, "cgroup-root", PATH, cgroup_root, "/sys/fs/cgroup", "mount point of the cgroup v2 hierarchy")
RP_STRING(PATHS, "proc-root", PATH, proc_root, "/proc", "mount point of procfs, of the host's pid namespace")
RP_STRING(PATHS, "run-dir", PATH, run_dir, "/run/reprieve",
          "socket and undo log; on tmpfs, because knobs do not survive a reboot either")
RP_STRING(PATHS, "host-root", PATH, host_root, "/",
          "root directory of the node, if that is mounted elsewhere; the paths below are inside of it")
RP_STRING(PATHS, "kubelet-root", PATH, kubelet_root, "/var/lib/kubelet",
          "the kubelet's root directory; its file system is nodefs. Without such a directory it is that of the root")
RP_STRING(PATHS, "image-store", PLACE, image_store, "",
          "where the container runtime keeps images; its file system is imagefs; empty: find it")
RP_STRING(PATHS, "layer-store", PLACE, layer_store, "",
          "where it keeps writable layers, if apart from images; its file system is containerfs; empty: with images")
RP_STRING(PATHS, "pod-logs", PATH, pod_logs, "/var/log/pods", "logs of containers")

RP_SECTION(KUBERNETES, "kubernetes", "what the kubelet says about its pods")
RP_STRING(KUBERNETES, "pods", SOURCE, source[RP_SOURCE_PODS], "", "source of the PodList")
RP_STRING(KUBERNETES, "configz", SOURCE, source[RP_SOURCE_CONFIGZ], "",
          "source of the kubelet's effective configuration")
RP_STRING(KUBERNETES, "stats-summary", SOURCE, source[RP_SOURCE_SUMMARY], "", "source of stats/summary")
RP_NUMBER(KUBERNETES, "interval", DURATION, source_interval_ns, 10 * RP_NS_PER_S, 1 * RP_NS_PER_S, 600 * RP_NS_PER_S,
          "how often each source is read")
RP_STRING(KUBERNETES, "pods-root", CGROUP, pods_root, "",
          "cgroup above all pods, relative to cgroup-root; empty: find it")

RP_SECTION(SERVE, "serve", "what others may ask")
RP_STRING(SERVE, "listen", LISTEN, listen, "127.0.0.1:9750", "address of /metrics, /livez and /readyz; empty: none")

RP_SECTION(ACT, "act", "when to act, and how much")
RP_NUMBER(ACT, "probability", SHARE, act_permille, 700, 1, 1000,
          "act when a crossing within the horizon is at least this likely")
RP_NUMBER(ACT, "horizon", DURATION, act_horizon_ns, 30 * RP_NS_PER_S, 1 * RP_NS_PER_S, 600 * RP_NS_PER_S,
          "how far ahead that crossing may be")
RP_NUMBER(ACT, "calm-hold", DURATION, calm_hold_ns, 30 * RP_NS_PER_S, 1 * RP_NS_PER_S, 3600 * RP_NS_PER_S,
          "how long pressure must be over before a brake is lifted")
RP_NUMBER(ACT, "freeze-max", DURATION, freeze_max_ns, 120 * RP_NS_PER_S, 1 * RP_NS_PER_S, 3600 * RP_NS_PER_S,
          "longest time for which a pod is frozen")
RP_NUMBER(ACT, "brake-max", DURATION, brake_max_ns, 300 * RP_NS_PER_S, 10 * RP_NS_PER_S, 86400 * RP_NS_PER_S,
          "longest time for which any other brake holds; then it is undone and tried anew later")
RP_NUMBER(ACT, "escape", DURATION, escape_ns, 10 * RP_NS_PER_S, 1 * RP_NS_PER_S, 600 * RP_NS_PER_S,
          "a memory.high that only throttles is lifted after this")
RP_NUMBER(ACT, "kills", COUNT, kills_max, 2, 0, 8, "victims per kills-window; then stop and alert")
RP_NUMBER(ACT, "kills-window", DURATION, kills_window_ns, 300 * RP_NS_PER_S, 10 * RP_NS_PER_S, 86400 * RP_NS_PER_S,
          "window in which the victims are counted")
RP_NUMBER(ACT, "slow-cpu", CPU, slow_permille, 50, 10, 1000, "CPU time left to a slowed pod")

RP_SECTION(CHECKPOINT, "checkpoint", "when to ask protected workloads for a checkpoint")
RP_NUMBER(CHECKPOINT, "probability", SHARE, checkpoint_permille, 500, 1, 1000,
          "ask when a crossing within the checkpoint's own time is at least this likely")
RP_NUMBER(CHECKPOINT, "ends-probability", SHARE, checkpoint_ends_permille, 900, 1, 1000,
          "the same for workloads whose checkpoint ends them")
RP_NUMBER(CHECKPOINT, "margin", DURATION, checkpoint_margin_ns, 10 * RP_NS_PER_S, 0, 3600 * RP_NS_PER_S,
          "added to the measured time that a checkpoint takes")

RP_SECTION(PROTECT, "protect", "how much may be protected")
RP_NUMBER(PROTECT, "budget", SHARE, protected_budget_permille, 600, 0, 1000,
          "memory requests of protected pods over the node's allocatable; what exceeds it is shown and not protected")

RP_SECTION(SAMPLING, "sampling", "how often to look")
RP_NUMBER(SAMPLING, "calm", DURATION, sweep_calm_ns, 2 * RP_NS_PER_S, 100 * RP_NS_PER_MS, 10 * RP_NS_PER_S,
          "period of the sweeps while headroom is ample")
RP_NUMBER(SAMPLING, "fast", DURATION, sweep_fast_ns, 100 * RP_NS_PER_MS, 10 * RP_NS_PER_MS, 10 * RP_NS_PER_S,
          "shortest period, close to a threshold")

RP_SECTION(LIMITS, "limits", "sizes of the state, fixed at start; what does not fit is counted and shown")
RP_NUMBER(LIMITS, "cgroups", COUNT, cgroups_max, 0, 0, 65536,
          "cgroups on the node; 0: twice as many as there are at start and 1024, at least 2048")
RP_NUMBER(LIMITS, "pods", COUNT, pods_max, 256, 1, 4096, "pods and configured workloads")

RP_SECTION(RECORD, "record", "the recording that `reprieve replay` reads; fixed at start")
RP_STRING(RECORD, "directory", PLACE, record_dir, "/var/lib/reprieve/recordings",
          "where it is; created for root alone; empty: nothing is recorded")
RP_NUMBER(RECORD, "size", SIZE, record_bytes, UINT64_C(64) << 20, UINT64_C(8) << 20, UINT64_C(64) << 30,
          "room on the disk that is taken at once and then used over and over")

RP_CONTRACT_KEY("protect", "true: this workload must not die")
RP_CONTRACT_KEY("value", "0..1000; the lowest values give way first")
RP_CONTRACT_KEY("floor", "strongest action allowed against it")
RP_CONTRACT_KEY("checkpoint", "how to ask it for a checkpoint")
RP_CONTRACT_KEY("checkpoint-effect", "whether it continues afterwards or ends")
RP_CONTRACT_KEY("checkpoint-target", "which process is asked")
RP_CONTRACT_KEY("checkpoint-ack", "how it says that the checkpoint is written")
RP_CONTRACT_KEY("checkpoint-exit-codes", "with ack exit: codes that mean success")
RP_CONTRACT_KEY("checkpoint-handler", "signalfd: a blocked signal counts as handled")
RP_CONTRACT_KEY("checkpoint-duration", "first estimate of its duration, until one was measured")
RP_CONTRACT_KEY("checkpoint-timeout", "after this it counts as failed")
RP_CONTRACT_KEY("checkpoint-min-interval", "shortest time between two requests")

#undef RP_SECTION
#undef RP_NUMBER
#undef RP_STRING
#undef RP_CONTRACT_KEY
