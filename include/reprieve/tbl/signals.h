// SPDX-License-Identifier: Apache-2.0
/*
 * The kubelet's eviction signals, by the names that its configuration uses.
 * RP_SIGNAL(ID, kubelet name, resource word of the eviction message, is_memory)
 * allocatableMemory.available is internal to the kubelet: it cannot be configured, it copies the hard memory threshold.
 */
RP_SIGNAL(MEMORY, "memory.available", "memory", true)
RP_SIGNAL(ALLOCATABLE, "allocatableMemory.available", "memory", true)
RP_SIGNAL(NODEFS, "nodefs.available", "ephemeral-storage", false)
RP_SIGNAL(NODEFS_INODES, "nodefs.inodesFree", "inodes", false)
RP_SIGNAL(IMAGEFS, "imagefs.available", "ephemeral-storage", false)
RP_SIGNAL(IMAGEFS_INODES, "imagefs.inodesFree", "inodes", false)
RP_SIGNAL(CONTAINERFS, "containerfs.available", "ephemeral-storage", false)
RP_SIGNAL(CONTAINERFS_INODES, "containerfs.inodesFree", "inodes", false)
RP_SIGNAL(PID, "pid.available", "pids", false)
