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
RP_VERB(probe, "probe", "[--json]", "what this machine offers and what will serve instead of what is missing",
        "Run as root it tries every BPF program by itself and detaches it again; nothing on the machine is changed.")
RP_VERB(check_config, "check-config", "FILE", "check a configuration file and say every mistake with its line",
        "Exit code 0: valid; 2: mistakes were found.")
RP_VERB(revert, "revert", "", "undo every change and hold the guard in observe mode until `reprieve resume`",
        "Without a running guard the changes that an earlier one left behind are undone from its log.\n"
        "A knob that somebody else has changed meanwhile is left alone and reported.")
RP_VERB(resume, "resume", "", "let the guard act again after `reprieve revert`", "")
