// SPDX-License-Identifier: Apache-2.0
/*
 * The operator's verbs. RP_VERB(id, word, arguments, one line, longer text): dispatch, --help, and later the manual page
 * and the completions come from here. A verb is listed only once it works.
 */
RP_VERB(status, "status", "[--json] [--save FILE | --load FILE]", "what the guard sees, foresees and does, once",
        "Reads the state of the running guard from its shared memory, so asking costs it nothing.\n"
        "--save writes that whole state into FILE, for a ticket; --load shows such a file, on any machine.\n"
        "Exit code 0: calm; 10: pressure is watched; 11: the guard is acting; 4: no guard is running.")
RP_VERB(top, "top", "[-d SECONDS] [-n COUNT] [-b]", "the same, live",
        "Keys: q quits, p pauses, up and down scroll. -b prints plain text instead of taking over the terminal,\n"
        "-n stops after that many updates, -d sets the seconds between them (default 1).")
RP_VERB(explain, "explain", "POD | incident [--signal NAME] [--load FILE]", "why this pod, why this incident",
        "POD is NAMESPACE/NAME, a name that only one pod has, or the beginning of its UID: its place in the kubelet's\n"
        "ranking and in the kernel's, who goes before or after it, what would have to be different for it not to be\n"
        "next, and what was done to or for it. `incident` is the present one or the last: how it went, what was done,\n"
        "what that bought, and who was left alone and why.\n"
        "--signal ranks for another signal of the kubelet's, e.g. nodefs.available (default: memory.available);\n"
        "--load reads a state that `reprieve status --save` wrote.")
RP_VERB(probe, "probe", "[--json]", "what this machine offers and what will serve instead of what is missing",
        "Run as root it tries every BPF program by itself and detaches it again; nothing on the machine is changed.")
RP_VERB(check_config, "check-config", "FILE", "check a configuration file and say every mistake with its line",
        "Exit code 0: valid; 2: mistakes were found.")
RP_VERB(revert, "revert", "", "undo every change and hold the guard in observe mode until `reprieve resume`",
        "Without a running guard the changes that an earlier one left behind are undone from its log.\n"
        "A knob that somebody else has changed meanwhile is left alone and reported.")
RP_VERB(resume, "resume", "", "let the guard act again after `reprieve revert`", "")
RP_VERB(
    replay, "replay", "FILE|DIRECTORY [--policy FILE] [--kubelet-config FILE] [--speed N | --at MOMENT] [--json]",
    "run a recording through the same core and say what it decides",
    "The guard records into record.directory of its configuration (/var/lib/reprieve/recordings); copy that "
    "directory,\n"
    "or one file of it, to wherever you like. Names of pods are in it.\n"
    "The same recording gives the same decisions; one that is not as recorded is reported, with exit code 12. Damaged\n"
    "places are named and skipped, and the replay goes on at the next keyframe.\n"
    "--policy and --kubelet-config show what would have been decided under another reprieve.yaml, or another\n"
    "KubeletConfiguration (YAML, JSON, or the answer of /configz). What its actions would have changed is not known.\n"
    "--speed 1 is as fast as it was, 10 ten times as fast; without it the replay does not wait.\n"
    "--at shows the whole state at one moment: 90s or 1h5m after the beginning, #1234 (a sample), "
    "2026-11-24T12:03:10Z.")
