// SPDX-License-Identifier: Apache-2.0
/*
 * What can end a pod's life on this node: the kubelet's signals against its thresholds, and the kernel's own walls.
 * RP_DANGER(ID, word, unit of its numbers, the kubelet's signal or RP_SIGNAL_MAX, is about memory)
 * Words of the kubelet's dangers are the names of their signals.
 */
RP_DANGER(KUBELET_MEMORY, "memory.available", BYTES, RP_SIGNAL_MEMORY, true)
RP_DANGER(KUBELET_ALLOCATABLE, "allocatableMemory.available", BYTES, RP_SIGNAL_ALLOCATABLE, true)
RP_DANGER(KUBELET_NODEFS, "nodefs.available", BYTES, RP_SIGNAL_NODEFS, false)
RP_DANGER(KUBELET_NODEFS_INODES, "nodefs.inodesFree", INODES, RP_SIGNAL_NODEFS_INODES, false)
RP_DANGER(KUBELET_IMAGEFS, "imagefs.available", BYTES, RP_SIGNAL_IMAGEFS, false)
RP_DANGER(KUBELET_IMAGEFS_INODES, "imagefs.inodesFree", INODES, RP_SIGNAL_IMAGEFS_INODES, false)
RP_DANGER(KUBELET_CONTAINERFS, "containerfs.available", BYTES, RP_SIGNAL_CONTAINERFS, false)
RP_DANGER(KUBELET_CONTAINERFS_INODES, "containerfs.inodesFree", INODES, RP_SIGNAL_CONTAINERFS_INODES, false)
RP_DANGER(KUBELET_PIDS, "pid.available", TASKS, RP_SIGNAL_PID, false)
RP_DANGER(NODE_OOM, "node-oom", BYTES, RP_SIGNAL_MAX, true) /* MemAvailable and free swap against zero */
RP_DANGER(PODS_OOM, "pods-oom", BYTES, RP_SIGNAL_MAX, true) /* what kubepods may still use of its memory.max */
