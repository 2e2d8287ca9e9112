# SPDX-License-Identifier: Apache-2.0
"""Every house rule can fail: each is shown a tree that keeps it and trees that break it in one place."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE / "lib"))

import rules_build  # noqa: E402
import rules_text   # noqa: E402
import source       # noqa: E402

SPDX = "// SPDX-License-Identifier: Apache-2.0\n"
DUAL = "/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */\n"
WIRE = DUAL + """#ifndef __bpf__
#include <linux/types.h>
#endif
struct rp_event {
    __u64 t_ns; /* when */
    __u32 kind;
    char name[4];
};
"""


class Tree(unittest.TestCase):
    def setUp(self) -> None:
        self.place = tempfile.TemporaryDirectory()
        self.root = Path(self.place.name)
        self.files: list[str] = []

    def tearDown(self) -> None:
        self.place.cleanup()

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        target.chmod(mode)
        if path not in self.files:
            self.files.append(path)

    def good(self, rule) -> None:
        self.assertEqual(rule(self.root, self.files), [])

    def bad(self, rule, *said: str) -> None:
        violations = rule(self.root, self.files)
        self.assertEqual(len(violations), len(said), violations)
        for violation, words in zip(violations, said):
            self.assertIn(words, violation)


class Layers(Tree):
    def test_downwards(self) -> None:
        self.write("userspace/base/a.c", '#include "base/a.h"\n#include "reprieve/types.h"\n#include <unistd.h>\n')
        self.write("userspace/core/parse/a.c",
                   '#include "base/a.h"\n#include "reprieve/sample.h"\n#include <string.h>\n')
        self.write("userspace/core/decide/a.c", '#include "core/model/a.h"\n#include "core/forecast/a.h"\n')
        self.write("userspace/core/core.c", '#include "core/decide/a.h"\n')
        self.write("userspace/app/main.c", '#include "cli/a.h"\n#include "node/a.h"\n')
        self.write("bpf/a.bpf.c", '#include "lib/maps.h"\n#include "reprieve/wire.h"\n#include <bpf/bpf_helpers.h>\n')
        self.write("include/reprieve/a.h", '#include "reprieve/types.h"\n#include <stdint.h>\n')
        self.good(rules_text.layers)

    def test_upwards(self) -> None:
        for path, include in [
                ("userspace/base/a.c", '"core/parse/text.h"'),
                ("userspace/base/a.c", '"reprieve/model.h"'),
                ("userspace/core/parse/a.c", '"core/model/a.h"'),
                ("userspace/core/model/a.c", '"core/decide/a.h"'),
                ("userspace/core/forecast/a.c", '"core/view/a.h"'),
                ("userspace/core/decide/a.c", '"node/a.h"'),
                ("userspace/core/model/a.c", "<stdio.h>"),
                ("userspace/core/view/a.c", "<time.h>"),
                ("userspace/config/a.c", '"node/a.h"'),
                ("userspace/node/a.c", '"link/a.h"'),
                ("userspace/link/a.c", '"node/act/a.h"'),
                ("userspace/cli/a.c", '"link/a.h"'),
                ("userspace/cli/a.c", '"app/a.h"'),
                ("userspace/attic/a.c", '"base/a.h"'),
                ("bpf/a.bpf.c", '"base/num.h"'),
                ("include/reprieve/a.h", '"base/num.h"'),
                ("userspace/node/a.c", '"harness/harness.h"'),
        ]:
            with self.subTest(path=path, include=include):
                self.files = []
                self.write(path, f"{SPDX}#  include {include}\n")
                self.bad(rules_text.layers, f"{path}:2: may not include")


class BannedCalls(Tree):
    def test_words_that_are_no_calls(self) -> None:
        self.write("userspace/node/a.c", '/* sprintf( */ // strcpy(\nchar *s = "system(x)"; my_atoi(3);\n'
                                         "x.system(1); p->gets(2); int system_ok(void); snprintf(a, b, c);\n")
        self.write("tests/unit/a.c", "float x = strtof(s, 0);\n")
        self.good(rules_text.banned_calls)

    def test_calls(self) -> None:
        for path, call in [
                ("userspace/node/a.c", "sprintf"),
                ("userspace/cli/a.c", "strcpy"),
                ("tests/unit/a.c", "strcat"),
                ("userspace/link/a.c", "strtol"),
                ("userspace/base/a.c", "alloca"),
                ("userspace/app/a.c", "system"),
                ("userspace/core/model/a.c", "malloc"),
                ("userspace/core/view/a.c", "snprintf"),
        ]:
            with self.subTest(call=call):
                self.files = []
                self.write(path, f"int f(void)\n{{\n    return {call} (x);\n}}\n")
                self.bad(rules_text.banned_calls, f"{path}:3: {call}() is banned")


class Sizes(Tree):
    def function(self, body_lines: int, parameters: str = "void") -> str:
        return f"static int\nf({parameters})\n{{\n" + "    x++;\n" * body_lines + "}\n"

    def test_limits(self) -> None:
        self.write("userspace/base/a.c", self.function(56, "int a, int (*b)(int, int), int c, int d, int e"))
        self.write("tests/unit/a.c", self.function(96))
        self.write("userspace/base/b.c", "int x;\n" * 600)
        self.write("userspace/base/c.h", "struct s {\n    int a;\n};\n" + "int x[] = {\n" + "    1,\n" * 80 + "};\n")
        self.good(rules_text.sizes)

    def test_over(self) -> None:
        self.write("userspace/base/a.c", self.function(57))
        self.bad(rules_text.sizes, "a.c:1: f() has 61 lines")
        self.write("userspace/base/a.c", self.function(1, "int a, int b, int c, int d, int e, int f"))
        self.bad(rules_text.sizes, "f() has 6 parameters")
        self.write("userspace/base/a.c", "int x;\n" * 601)
        self.bad(rules_text.sizes, "601 lines")
        self.write("userspace/base/a.c", "")
        self.write("tests/unit/a.c", self.function(97))
        self.bad(rules_text.sizes, "f() has 101 lines")

    def test_functions_are_found(self) -> None:
        text = "struct s {\n    int a;\n};\n\nint rp_f(struct s *s,\n         int n)\n{\n    if (n) {\n    }\n}\n" \
               "RP_MUST int g(void) __attribute__((cold));\nstatic void h(void)\n{\n}\n"
        found = [(f.name, f.line, f.lines, f.parameters) for f in source.functions(text)]
        self.assertEqual(found, [("rp_f", 5, 6, 2), ("h", 12, 3, 0)])


class Licences(Tree):
    def test_present(self) -> None:
        self.write("userspace/base/a.c", SPDX)
        self.write("tests/a", "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n")
        self.write("bpf/a.bpf.c", DUAL)
        self.write(rules_text.WIRE, DUAL)
        self.write("README.md", "no line needed\n")
        self.good(rules_text.licences)

    def test_missing(self) -> None:
        for path, text in [
                ("userspace/base/a.c", "int x;\n"),
                ("userspace/base/a.c", "\n" + SPDX),
                ("userspace/base/a.c", ""),
                ("tests/a", "#!/bin/sh\ntrue\n"),
                ("tests/a.py", '"""Words."""\n'),
                ("bpf/a.bpf.c", SPDX),
                ("tests/a.bpf.c", SPDX),
                (rules_text.WIRE, SPDX),
                ("Makefile", "all:\n"),
        ]:
            with self.subTest(path=path, text=text):
                self.files = []
                self.write(path, text)
                self.bad(rules_text.licences, f"{path}: lacks")


class Names(Tree):
    def test_harmless(self) -> None:
        self.write("a.md", "http://127.0.0.1:9750/metrics https://reprieve.dev/x http://%s/ http://localhost%s\n"
                           "http://example.com http://service-%d:80/ /workload/x\n")
        self.write("LICENSE", "http://somewhere.org/\n")
        self.good(rules_text.names)

    def test_traces_of_a_machine(self) -> None:
        for words in (("see ", "work", "x"), ("in ", "home", "me/src"), ("from http:/", "some.where", "x")):
            text = "/".join(words)  # put together here, so that this file names nothing itself
            with self.subTest(text=text):
                self.write("a.md", f"\n{text}\n")
                self.bad(rules_text.names, "a.md:2: names")

    def test_mirror(self) -> None:
        mirrors, rules_text._mirror_hosts = rules_text._mirror_hosts, lambda: {"mirror.of.this.machine"}
        try:
            self.write("a.txt", "deb mirror.of.this.machine\n")
            self.bad(rules_text.names, "names the package mirror")
        finally:
            rules_text._mirror_hosts = mirrors


class HeadersAlone(Tree):
    def test_alone(self) -> None:
        self.write("include/reprieve/a.h", "#include <stdint.h>\nuint64_t f(void);\n")
        self.write("userspace/base/a.h", '#include "reprieve/a.h"\n')
        self.write("include/reprieve/tbl/rows.h", "ROW(a)\n")
        self.good(rules_build.headers_alone)

    def test_not_alone(self) -> None:
        self.write("userspace/base/a.h", "uint64_t f(void);\n")
        self.assertTrue(rules_build.headers_alone(self.root, self.files))

    def test_extension(self) -> None:
        self.write("userspace/base/a.h", "struct a { int n; struct {}; };\n")
        self.assertTrue(rules_build.headers_alone(self.root, self.files))


class Scripts(Tree):
    def test_sound(self) -> None:
        self.write("a", "#!/bin/sh\ntrue\n", 0o755)
        self.write("b.py", "x = 1\n")
        self.write("c", "#!/usr/bin/env python3\nx = 1\n", 0o755)
        self.good(rules_build.scripts)

    def test_broken(self) -> None:
        for path, text, mode, said in [
                ("a", "#!/bin/sh\nif true\n", 0o755, "yntax error"),
                ("a", "#!/bin/sh\n", 0o644, "executable"),
                ("a.py", "x = (\n", 0o644, "a.py:1"),
                ("a", "#!/usr/bin/env python3\nx =\n", 0o755, "a:2"),
        ]:
            with self.subTest(path=path, text=text):
                self.files = []
                self.write(path, text, mode)
                self.bad(rules_build.scripts, said)


class WireLayout(Tree):
    def setUp(self) -> None:
        super().setUp()
        self.write("bpf/lib/kernel.h", "typedef unsigned int __u32;\ntypedef unsigned long long __u64;\n")

    def test_alike(self) -> None:
        self.write(rules_text.WIRE, WIRE)
        self.assertEqual(len(rules_build._layout_expressions(WIRE)), 4)
        self.good(rules_build.wire_layout)

    def test_different(self) -> None:
        forked = "#ifdef __bpf__\n    __u32 kind;\n#else\n    __u64 kind;\n#endif\n"
        self.write(rules_text.WIRE, WIRE.replace("    __u32 kind;\n", forked))
        self.bad(rules_build.wire_layout, "sizeof(struct rp_event) is 16 in BPF and 24 on the host",
                 "offsetof(struct rp_event, name) is 12 in BPF and 16 on the host")

    def test_no_c(self) -> None:
        self.write(rules_text.WIRE, WIRE + "struct rp_x {\n    nothing y;\n};\n")
        self.assertTrue(rules_build.wire_layout(self.root, self.files))


class Purity(Tree):
    def check(self, text: str) -> subprocess.CompletedProcess:
        self.write("a.c", text)
        subprocess.run(["gcc", "-O1", "-c", "a.c", "-o", "a.o"], cwd=self.root, check=True)
        (self.root / "core.a").unlink(missing_ok=True)
        subprocess.run(["ar", "rc", "core.a", "a.o"], cwd=self.root, check=True)
        self.write("base.c", "int rp_base(int x) { return x + 1; }\n")
        subprocess.run(["gcc", "-O1", "-c", "base.c", "-o", "base.o"], cwd=self.root, check=True)
        return subprocess.run([HERE / "purity", "core.a", "base.o"], cwd=self.root, capture_output=True, text=True,
                              check=False)

    def test_pure(self) -> None:
        done = self.check("#include <string.h>\nint rp_base(int x);\n"
                          "int f(const char *s) { return rp_base((int)strlen(s)); }\n")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_impure(self) -> None:
        done = self.check("#include <time.h>\n#include <stdlib.h>\n"
                          "long f(void) { return time(0) + (getenv(\"X\") != 0); }\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("must not call getenv (used by a.o)", done.stderr)
        self.assertIn("must not call time", done.stderr)

    def test_unknown_part_of_base(self) -> None:
        done = self.check("int rp_pread_all(int fd);\nint f(void) { return rp_pread_all(0); }\n")
        self.assertIn("must not call rp_pread_all", done.stderr)

    def test_empty(self) -> None:
        done = self.check("int x;\n")
        self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    unittest.main()
