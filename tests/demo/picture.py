# SPDX-License-Identifier: Apache-2.0
"""The demo as one SVG: per run the kubelet's number, what was foreseen and what was done, over time."""

from html import escape

import story

WIDTH, PANEL, LEFT, RIGHT, TOP = 1180, 300, 70, 30, 64
ROWS, ROW = 5, 15  # of the marks above a panel
PITCH = PANEL + ROWS * ROW + 80
INK, GRID, LEVEL, LIMIT, FAN = "#222", "#e4e4e4", "#1f6fb2", "#c0392b", "#e8a33d"
TITLES = {
    ("exceeder", False): "Exceeder without Reprieve",
    ("exceeder", True): "Exceeder with Reprieve",
    ("burst", True): "Burst of 1 GiB with Reprieve",
    ("checkpoint", True): "Checkpoint in time with Reprieve",
}
PODS = {"assembly": "#2e8b57", "simulation": "#2e8b57", "filler": "#8e5ea2", "burst": "#8e5ea2"}
MARKS = ("freeze", "slow", "brace", "squeeze", "kill", "checkpoint of")


class Panel:
    def __init__(self, result: dict, top: float):
        self.result, self.top = result, top
        self.zero = result["points"][0]["t"] if result["points"] else 0
        self.span = max(1, result["points"][-1]["t"] - self.zero) if result["points"] else 1
        self.most = result["total_mib"]
        self.parts: list[str] = []

    def x(self, t: float) -> float:
        return min(WIDTH - RIGHT, max(LEFT, self.beyond_x(t)))

    def beyond_x(self, t: float) -> float:
        """Also of times after the end, which the clip of the panel cuts off."""
        return LEFT + (WIDTH - LEFT - RIGHT) * (t - self.zero) / self.span

    def y(self, mib: float) -> float:
        return self.top + PANEL - PANEL * min(1, max(0, mib / self.most))

    def text(self, x: float, y: float, words: str, color: str = INK, size: int = 12, anchor: str = "start", more: str = "") -> None:
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" fill="{color}" font-size="{size}" text-anchor="{anchor}" {more}>{escape(words)}</text>')

    def line(self, points: list[tuple[float, float]], color: str, width: float = 1.5, more: str = "") -> None:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="{width}" {more}/>')

    def frame(self, title: str) -> None:
        self.parts.append(f'<clipPath id="panel{self.top:.0f}"><rect x="{LEFT}" y="{self.top:.0f}" '
                          f'width="{WIDTH - LEFT - RIGHT}" height="{PANEL}"/></clipPath>')
        self.text(LEFT, self.top - ROWS * ROW - 16, title, size=16, more='font-weight="600"')
        for mib in range(0, int(self.most) + 1, 200):
            self.line([(LEFT, self.y(mib)), (WIDTH - RIGHT, self.y(mib))], GRID, 1)
            self.text(LEFT - 8, self.y(mib) + 4, f"{mib} MiB", "#777", 11, "end")
        for t in range(0, int(self.span) + 1, 5 if self.span < 40 else 20 if self.span < 240 else 60):
            self.text(self.x(self.zero + t), self.top + PANEL + 16, f"{t} s", "#777", 11, "middle")

    def threshold(self) -> float:
        found = [f["threshold_bytes"] for f in self.result.get("status", {}).get("forecasts", []) if f["danger"] == "memory.available"]
        return found[0] / (1 << 20) if found else self.result.get("threshold_mib", 0)

    def levels(self) -> None:
        points, limit = self.result["points"], self.threshold()
        self.line([(LEFT, self.y(limit)), (WIDTH - RIGHT, self.y(limit))], LIMIT, 1.5, 'stroke-dasharray="6 4"')
        self.text(WIDTH - RIGHT, self.y(limit) - 6, "eviction threshold", LIMIT, 12, "end")
        for name, color in PODS.items():
            use = [(self.x(p["t"]), self.y(p["pods"][name]["mib"])) for p in points if name in p["pods"]]
            if use:
                self.line(use, color, 1.5)
                self.text(use[-1][0] - 4, use[-1][1] - 6, name, color, 12, "end")
        self.line([(self.x(p["t"]), self.y(p["available_mib"])) for p in points], LEVEL, 2.5)
        if points:
            self.text(LEFT + 6, self.y(points[0]["available_mib"]) - 8, "memory.available", LEVEL)

    def fans(self) -> None:
        """Every few seconds the forecast of that moment: from the level then to where it would meet the threshold."""
        limit, shown, apart = self.y(self.threshold()), -1e9, self.span / 20
        for p in self.result["points"]:
            early, late = p.get("crossing_lower_s"), p.get("crossing_upper_s")
            if p.get("crossing_s") is None or p["t"] - shown < apart:
                continue
            shown = p["t"]
            start = (self.x(p["t"]), self.y(p["available_mib"]))
            at = [self.beyond_x(p["t"] + s) for s in (early or 0, p["crossing_s"], late if late is not None else p["crossing_s"] * 2)]
            corners = f"{start[0]:.1f},{start[1]:.1f} {at[0]:.1f},{limit:.1f} {at[2]:.1f},{limit:.1f}"
            inside = f'clip-path="url(#panel{self.top:.0f})"'
            self.parts.append(f'<polygon points="{corners}" fill="{FAN}" fill-opacity="0.16" {inside}/>')
            self.line([start, (at[1], limit)], FAN, 1, f'stroke-opacity="0.8" {inside}')

    def mark(self, t: float, words: str, color: str, row: int) -> None:
        x, y = self.x(t), self.top - 6 - ROW * (ROWS - 1 - row % ROWS)
        self.line([(x, y), (x, self.top + PANEL)], color, 1, 'stroke-dasharray="2 3"')
        anchor, shift = ("end", -4) if x > WIDTH * 0.8 else ("start", 4)
        self.text(x + shift, y, words, color, 11, anchor, 'paint-order="stroke" stroke="#fff" stroke-width="3"')

    def frozen(self) -> None:
        """A bar along the bottom while a pod stands still."""
        points = self.result["points"]
        for before, after in zip(points, points[1:]):
            if any(use["frozen"] for use in before["pods"].values()):
                x = self.x(before["t"])
                self.parts.append(f'<rect x="{x:.1f}" y="{self.top + PANEL - 6:.1f}" width="{self.x(after["t"]) - x + 0.5:.1f}" '
                                  f'height="6" fill="#6b4e9b" fill-opacity="0.55"/>')

    def marks(self) -> None:
        row = 0
        for t, sentence in story.events(self.result):
            color = LIMIT if "EVICTS" in sentence else "#555"
            if sentence.startswith("guard: ") and sentence[7:].startswith(MARKS):
                words = sentence[7:].split(",")[0]
                color = "#6b4e9b"
            elif sentence.startswith("kubelet") or sentence.startswith("pod "):
                words = sentence
            else:
                continue
            self.mark(t, words, color, row)
            row += 1

    def draw(self, title: str) -> str:
        self.frame(title)
        if self.result["points"]:
            self.fans()
            self.levels()
            self.frozen()
            self.marks()
        return "\n".join(self.parts)


def draw(results: dict) -> str:
    panels = [(key, TITLES[key]) for key in TITLES if (key[0], "with" if key[1] else "without") in results]
    height = TOP + len(panels) * PITCH
    body = []
    for i, (key, title) in enumerate(panels):
        result = results[key[0], "with" if key[1] else "without"]
        body.append(Panel(result, TOP + ROWS * ROW + 40 + i * PITCH).draw(title))
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
            f'font-family="system-ui, sans-serif"><rect width="100%" height="100%" fill="#fff"/>'
            f'<text x="{LEFT}" y="34" font-size="20" font-weight="600" fill="{INK}">Reprieve: headroom, forecast and actions</text>'
            f'<text x="{LEFT}" y="54" font-size="12" fill="#555">orange: where the forecast of that moment saw memory.available meet '
            f"the threshold (10th to 90th percentile); violet bar: a pod is frozen</text>")
    return head + "\n" + "\n".join(body) + "\n</svg>\n"
