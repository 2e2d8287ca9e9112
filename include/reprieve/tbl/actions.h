// SPDX-License-Identifier: Apache-2.0
/*
 * Everything that Reprieve can do to a workload, weakest first; the order is the ladder's order.
 * RP_ACTION(ID, word in config and output, kernel knob or "", reversible, destructive, what it does)
 * A `floor` of a pod names the strongest of these that may be used against it.
 */
RP_ACTION(SHIELD, "shield", "oom_score_adj", true, false, "moves the kernel's OOM choice away from a protected pod")
RP_ACTION(BRACE, "brace", "memory.high", true, false, "arms memory.high just above the present use")
RP_ACTION(SLOW, "slow", "cpu.max", true, false, "takes most CPU time away, so that growth slows down")
RP_ACTION(SQUEEZE, "squeeze", "memory.high", true, false,
          "sets memory.high below the present use where reclaim can succeed")
RP_ACTION(FREEZE, "freeze", "cgroup.freeze", true, false, "stops every process of the pod, for a bounded time")
RP_ACTION(KILL, "kill", "cgroup.kill", false, true, "kills every process of one container")
RP_ACTION(CHECKPOINT, "checkpoint", "", false, false, "asks a protected workload to write a checkpoint")
