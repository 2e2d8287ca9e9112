# SPDX-License-Identifier: Apache-2.0
"""An apt of our own: other suites, other state, but the machine's mirror, proxy and signature checks.

Everything apt writes stays in the cache. The machine's configuration is read first, so a proxy or a private
mirror works here as it does for the machine itself; then our file takes its place.
"""

import os
import re
from pathlib import Path

import cache
from host import run, run_counted

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SUITES = re.compile(r"^(bullseye|bookworm|trixie|forky|sid|oldstable|stable|testing|unstable)(-security)?$")
CONFIG = """\
#clear APT::Update;
#clear DPkg;
APT::Architecture "amd64";
#clear APT::Architectures;
APT::Architectures {{ "amd64"; }};
APT::Get::Assume-Yes "true";
APT::Install-Recommends "false";
APT::Sandbox::User "";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "3";
Dir::Etc::sourcelist "{base}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "{base}";
Dir::State::lists "{base}/lists";
Dir::State::status "{base}/status";
Dir::Cache "{base}";
Dir::Cache::archives "{base}/archives";
Dir::Log "{base}";
"""


def archives() -> tuple[str, str | None]:
    """The addresses of the Debian archive and of its security archive, as this machine's apt has them."""
    given = os.environ.get("REPRIEVE_DEBIAN_MIRROR")
    if given:
        return given, os.environ.get("REPRIEVE_DEBIAN_SECURITY_MIRROR")
    found: dict[bool, str] = {}
    for line in run(["apt-get", "indextargets", "--format", "$(RELEASE) $(COMPONENT) $(REPO_URI)"]).splitlines():
        release, component, uri = line.split(" ", 2)
        match = SUITES.match(release)
        if match and component == "main":
            found.setdefault(bool(match.group(2)), uri)
    if False not in found:
        raise cache.Failure("apt on this machine has no Debian archive; "
                            "set REPRIEVE_DEBIAN_MIRROR=URL (and REPRIEVE_DEBIAN_SECURITY_MIRROR=URL)")
    return found[False], found.get(True)


class Apt:
    """One suite (with its security updates), with no package installed."""

    def __init__(self, suite: str):
        self.suite = suite
        self.base = cache.root() / "apt" / suite
        self.config = self.base / "apt.conf"

    def update(self) -> None:
        """Write the configuration and fetch the indexes, signatures checked by apt."""
        for part in ("lists/partial", "archives/partial"):
            (self.base / part).mkdir(parents=True, exist_ok=True)
        main, security = archives()
        lines = [f"deb [signed-by={KEYRING}] {main} {self.suite} main"]
        if security and self.suite != "sid":
            lines.append(f"deb [signed-by={KEYRING}] {security} {self.suite}-security main")
        (self.base / "sources.list").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (self.base / "status").write_text("", encoding="utf-8")
        self.config.write_text(CONFIG.format(base=self.base), encoding="utf-8")
        cache.say(f"reading the package index of {self.suite}")
        run(["apt-get", "-c", str(self.config), "update", "-q"])

    def closure(self, packages: list[str]) -> list[str]:
        """These packages and all they depend on, by name."""
        shown = run(["apt-get", "-c", str(self.config), "install", "-qq", "--print-uris", *packages])
        return sorted(re.findall(r"^'\S+' ([a-z0-9][a-z0-9+.-]*)_\S+\.deb ", shown, re.MULTILINE))

    def download(self, packages: list[str], into: Path, label: str) -> list[Path]:
        """Fetch these packages, hashes checked by apt against the signed index."""
        into.mkdir(parents=True, exist_ok=True)
        command = ["apt-get", "-c", str(self.config), "download", "-q", *packages]
        here = os.getcwd()
        os.chdir(into)
        try:
            run_counted(command, label, len(packages), lambda line: line.startswith("Get:"))
        finally:
            os.chdir(here)
        return sorted(into.glob("*.deb"))
