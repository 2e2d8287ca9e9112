// SPDX-License-Identifier: Apache-2.0
/*
 * Every metric: one source for the exposition, its HELP and TYPE lines, and the reference.
 * RP_METRIC(ID, name without the reprieve_ prefix, type, help). Base units; counters end in _total; labels are bounded:
 * pods appear only if they are protected or among the kubelet's likely victims (for what they do also the five fastest
 * writers), as namespace, pod and id (the UID, or the cgroup of a configured workload: names alone come twice while a
 * StatefulSet replaces a pod).
 */
RP_METRIC(BUILD_INFO, "build_info", "gauge", "Version of the agent and of the kernel it runs on; always 1.")
RP_METRIC(MODE, "mode_info", "gauge", "Effective mode (observe or enforce); 1 for the one in force.")
RP_METRIC(AVAILABLE, "node_available_bytes", "gauge",
          "What the danger counts as available: the kubelet's number for its signals, the kernel's for node-oom.")
RP_METRIC(THRESHOLD, "node_threshold_bytes", "gauge", "The danger is met when available falls below this.")
RP_METRIC(GROWTH, "node_growth_bytes_per_second", "gauge", "Rate at which available falls; negative while it recovers.")
RP_METRIC(AVAILABLE_INODES, "node_available_inodes", "gauge", "The same of dangers that count inodes.")
RP_METRIC(THRESHOLD_INODES, "node_threshold_inodes", "gauge", "The same of dangers that count inodes.")
RP_METRIC(GROWTH_INODES, "node_growth_inodes_per_second", "gauge", "The same of dangers that count inodes.")
RP_METRIC(AVAILABLE_TASKS, "node_available_tasks", "gauge", "The same of dangers that count tasks.")
RP_METRIC(THRESHOLD_TASKS, "node_threshold_tasks", "gauge", "The same of dangers that count tasks.")
RP_METRIC(GROWTH_TASKS, "node_growth_tasks_per_second", "gauge", "The same of dangers that count tasks.")
RP_METRIC(CROSSING, "node_time_to_crossing_seconds", "gauge",
          "Median time to the crossing; +Inf when none is foreseen, absent while the forecast abstains.")
RP_METRIC(CROSSING_LOWER, "node_time_to_crossing_seconds_lower", "gauge",
          "10th percentile of the time to the crossing.")
RP_METRIC(CROSSING_UPPER, "node_time_to_crossing_seconds_upper", "gauge",
          "90th percentile of the time to the crossing.")
RP_METRIC(PROBABILITY, "node_crossing_probability_ratio", "gauge",
          "Probability that the threshold is crossed within the horizon.")
RP_METRIC(ABSTAINS, "node_forecast_abstains", "gauge", "1 while there is too little evidence for a forecast.")
RP_METRIC(
    CONDITION, "kubelet_condition", "gauge",
    "1 while the kubelet has probably raised the condition, by its rules and our readings; absent without a kubelet.")
RP_METRIC(ABOVE_LIMITS, "kubelet_pods_above_storage_limits", "gauge",
          "Pods that the kubelet takes at its next look because they are above a limit of local storage.")
RP_METRIC(PHASE, "phase_info", "gauge", "Phase of the ladder (calm, watch, act); 1 for the present one.")
RP_METRIC(ACTIONS, "actions", "gauge", "Changes in force by kind of action.")
RP_METRIC(UNDONE, "changes_undone_total", "counter", "Changes that were restored.")
RP_METRIC(LEFT, "changes_left_alone_total", "counter",
          "Changes that could not be restored because somebody else had changed them or the cgroup was gone.")
RP_METRIC(OOM_KILLS, "node_oom_kills_total", "counter", "Tasks that the kernel marked as OOM victims.")
RP_METRIC(PODS, "pods", "gauge", "Pods seen, by what is known of them.")
RP_METRIC(POD_WORKING_SET, "pod_working_set_bytes", "gauge", "Working set of protected pods and likely victims.")
RP_METRIC(POD_RANK, "pod_eviction_rank", "gauge", "Place in the kubelet's eviction order, 1 goes first.")
RP_METRIC(
    POD_OOM_POINTS, "pod_oom_points_ratio", "gauge",
    "What the kernel weighs when it chooses whom to kill, as a share of what is full (wall: node, pods); the largest "
    "goes first.")
RP_METRIC(
    POD_LIMIT, "pod_own_limit_bytes", "gauge",
    "The memory limit of its own that a pod is nearest to; of protected pods, likely victims and the five nearest.")
RP_METRIC(POD_LIMIT_ROOM, "pod_own_limit_available_bytes", "gauge",
          "What the same pods may still use of it, page cache not counted as used.")
RP_METRIC(POD_LIMIT_CROSSING, "pod_own_limit_time_to_crossing_seconds", "gauge",
          "Median time until it is used up; +Inf when that is not foreseen, absent while the forecast abstains.")
RP_METRIC(OOM_CHOICES, "oom_choices_total", "counter",
          "Victims that the kernel chose, by what was full (node, pods, own-limit) and whether they were expected "
          "(first, among several, other, no candidate).")
RP_METRIC(CHECKPOINT_AGE, "checkpoint_age_seconds", "gauge",
          "Time since the last acknowledged checkpoint of a protected pod.")
RP_METRIC(CHECKPOINT_DURATION, "checkpoint_duration_seconds", "gauge",
          "Longest measured time from request to acknowledgement.")
RP_METRIC(CHECKPOINT_REQUESTS, "checkpoint_requests_total", "counter", "Checkpoints that were asked of a pod.")
RP_METRIC(CHECKPOINT_ACKS, "checkpoint_acknowledged_total", "counter", "Checkpoints that a pod acknowledged in time.")
RP_METRIC(CHECKPOINT_FAILURES, "checkpoint_failed_total", "counter",
          "Checkpoints that could not be asked for or were not acknowledged in time.")
RP_METRIC(SOURCE_UP, "source_up", "gauge", "1 if the last read of the source was whole and valid.")
RP_METRIC(PROGRAM, "bpf_program_attached", "gauge", "1 if the BPF program is attached.")
RP_METRIC(SKIPPED, "bpf_program_skipped_runs_total", "counter",
          "Runs that the kernel left out because it had preempted the program: they are in no count.")
RP_METRIC(LOST, "bpf_events_lost_total", "counter", "Kernel events and counters that found no room, by cause.")
RP_METRIC(TICKS, "ticks_total", "counter", "Rounds of the rescue thread.")
RP_METRIC(LATE, "late_ticks_total", "counter", "Rounds that started later than planned by more than their period.")
RP_METRIC(TICK_SECONDS, "tick_duration_seconds_max", "gauge", "Longest round since start.")
RP_METRIC(HANDS_LOST, "hands_lost_total", "counter",
          "Helper processes that were abandoned in a call that did not return.")
RP_METRIC(OVERFLOW, "table_overflow_total", "counter", "Things that did not fit into a table of fixed size.")
RP_METRIC(RECORDER_UP, "recorder_up", "gauge",
          "1 if what was seen could be written when it was last tried; absent if nothing is to be recorded.")
RP_METRIC(RECORDER_BYTES, "recorder_written_bytes_total", "counter", "Bytes written into the recording.")
RP_METRIC(RECORDER_FRAMES, "recorder_frames_total", "counter", "Samples and policies written into the recording.")
RP_METRIC(RECORDER_LOST, "recorder_lost_total", "counter",
          "Samples and policies that are in no recording, because nobody wrote in time or could.")
RP_METRIC(RECORDER_FAILURES, "recorder_failures_total", "counter", "Attempts to write that ended with an error.")
RP_METRIC(HEARTBEAT, "heartbeat_timestamp_seconds", "gauge", "When the rescue thread last finished a round.")
RP_METRIC(FS_AVAILABLE, "filesystem_available_bytes", "gauge",
          "Room for ordinary users on the file system in that role (nodefs, imagefs, containerfs, logs), from statfs.")
RP_METRIC(FS_SIZE, "filesystem_size_bytes", "gauge", "Size of that file system.")
RP_METRIC(FS_INODES_FREE, "filesystem_inodes_free", "gauge", "Free inodes; absent where they are made as needed.")
RP_METRIC(FS_GROWTH, "filesystem_growth_bytes_per_second", "gauge",
          "Allocated less freed by all writers, counted as they write; absent without BPF's counts.")
RP_METRIC(FS_INODE_GROWTH, "filesystem_growth_inodes_per_second", "gauge", "The same for inodes.")
RP_METRIC(FS_FALL, "filesystem_fall_bytes_per_second", "gauge",
          "Rate at which available falls between looks with statfs, to hold the growth against.")
RP_METRIC(TASKS, "node_tasks", "gauge", "Threads on the node, as the kubelet counts PIDs.")
RP_METRIC(TASKS_AVAILABLE, "node_tasks_available", "gauge", "The kubelet's pid.available; negative above the limit.")
RP_METRIC(TASKS_MAX, "node_tasks_max", "gauge", "The lower one of pid_max and threads-max.")
RP_METRIC(TASKS_RUNNING, "node_tasks_running", "gauge", "Threads that run or want to.")
RP_METRIC(FORK_FAILURES, "node_fork_failures_total", "counter",
          "Forks that failed for want of something of the node and not by a pids.max.")
RP_METRIC(IO_STALL, "node_io_stall_ratio", "gauge", "Share of the time in which some task waited for a disk.")
RP_METRIC(IO_STALL_FULL, "node_io_stall_full_ratio", "gauge",
          "Share of the time in which all that had something to do waited for a disk.")
RP_METRIC(HARDWARE, "hardware_errors_total", "counter",
          "What the hardware reported, by kind; edac is counted by memory controllers since boot, the rest by BPF.")
RP_METRIC(POD_TASKS, "pod_tasks", "gauge", "Tasks of protected pods, likely victims and the fastest writers.")
RP_METRIC(POD_FORKS, "pod_forks_per_second", "gauge", "Tasks that the same pods make.")
RP_METRIC(POD_GROWTH, "pod_disk_growth_bytes_per_second", "gauge",
          "Room that the same pods take on the kubelet's file systems; what they free is not taken off.")
RP_METRIC(POD_WRITES, "pod_block_write_bytes_per_second", "gauge", "Handed to block devices for the same pods.")
RP_METRIC(POD_LOGS, "pod_log_bytes", "gauge", "Room of the same pods' logs, which the container runtime writes.")
RP_METRIC(POD_DELETED, "pod_deleted_open_bytes", "gauge",
          "Room of files that the same pods deleted and still hold open.")
