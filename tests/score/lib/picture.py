# SPDX-License-Identifier: Apache-2.0
"""Reliability as one SVG: what was said against what came, for each horizon, and how often it was said."""

import math
from html import escape

SIDE, GAP, LEFT, TOP, COUNTS = 280, 70, 66, 78, 70
INK, SOFT, GRID, BAND, MINE, OTHER = "#222", "#777", "#e4e4e4", "#eef4ea", "#1f6fb2", "#c9832b"
HORIZONS = (("10", "within 10 s"), ("60", "within 60 s"), ("300", "within 5 min"))
PEERS = ("EWMA slope",)
FEW = 100


def _text(x: float, y: float, words: str, color: str = INK, size: int = 12, anchor: str = "middle", more: str = "") -> str:
    return (f'<text x="{x:.1f}" y="{y:.1f}" fill="{color}" font-size="{size}" text-anchor="{anchor}" {more}>'
            f"{escape(words)}</text>")


def _line(points: list[tuple[float, float]], color: str, width: float = 1.0, more: str = "") -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="{width}" {more}/>'


def _frame(left: float, title: str) -> list[str]:
    parts = [f'<polygon points="{left},{TOP + SIDE} {left},{TOP + SIDE * 0.95} {left + SIDE * 0.95},{TOP} {left + SIDE},{TOP} '
             f'{left + SIDE},{TOP + SIDE * 0.05} {left + SIDE * 0.05},{TOP + SIDE}" fill="{BAND}"/>']
    for i in range(6):
        x, y = left + SIDE * i / 5, TOP + SIDE - SIDE * i / 5
        parts += [_line([(left, y), (left + SIDE, y)], GRID), _line([(x, TOP), (x, TOP + SIDE)], GRID),
                  _text(x, TOP + SIDE + 16, f"{i * 20} %", SOFT, 11), _text(left - 6, y + 4, f"{i * 20} %", SOFT, 11, "end")]
    parts += [_line([(left, TOP + SIDE), (left + SIDE, TOP)], SOFT, 1, 'stroke-dasharray="5 4"'),
              _text(left + SIDE - 6, TOP + SIDE - 8, "said", SOFT, 11, "end"), _text(left + 6, TOP + 14, "came", SOFT, 11, "start"),
              _text(left + SIDE / 2, TOP - 14, title, INK, 14, more='font-weight="600"')]
    return parts


def _curve(left: float, bins: list[dict], color: str) -> list[str]:
    """A dot for each bin; hollow where there are too few to say anything. Only full ones are joined."""
    spots = [(left + SIDE * b["said"], TOP + SIDE - SIDE * b["came"], b["n"]) for b in bins]
    parts = [_line([(x, y) for x, y, n in spots if n >= FEW], color, 2)]
    for x, y, n in spots:
        fill = color if n >= FEW else "#fff"
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{fill}" stroke="{color}" stroke-width="1.5"/>')
    return parts


def _counts(left: float, bins: list[dict]) -> list[str]:
    """How often, on a logarithmic scale: most of the time nothing is coming."""
    base, most = TOP + SIDE + 36 + COUNTS, math.log10(max([b["n"] for b in bins], default=1) + 1)
    parts = [_line([(left, base), (left + SIDE, base)], SOFT)]
    for b in bins:
        height = COUNTS * 0.8 * math.log10(b["n"] + 1) / most
        x = left + SIDE * b["from"]
        parts += [f'<rect x="{x + 3:.1f}" y="{base - height:.1f}" width="{SIDE / 10 - 6:.1f}" height="{height:.1f}" fill="{MINE}" '
                  f'opacity="0.35"/>', _text(x + SIDE / 20, base - height - 3, _short(b["n"]), SOFT, 9)]
    return parts


def _short(n: int) -> str:
    return f"{n / 1000:.0f}k" if n >= 10000 else f"{n / 1000:.1f}k" if n >= 1000 else str(n)


def _legend(result: dict, y: float) -> list[str]:
    parts, x = [], LEFT
    for color, words in ((MINE, "Reprieve"), *((OTHER, name) for name in PEERS if name in result["methods"])):
        parts += [f'<circle cx="{x:.0f}" cy="{y - 4:.0f}" r="4.5" fill="{color}"/>', _text(x + 10, y, words, INK, 12, "start")]
        x += 40 + 8 * len(words)
    parts.append(_text(x, y, f"hollow: fewer than {FEW} forecasts · band: five points off · bars: how many forecasts, logarithmic",
                       SOFT, 12, "start"))
    return parts


def draw(result: dict) -> str:
    width, height = LEFT + 3 * SIDE + 2 * GAP + 24, TOP + SIDE + COUNTS + 92
    made = result["series"] - result["recorded"]
    title = f"Probability said, and how often it came: {result['series']} {result['set']} series"
    origin = f"{made} synthetic, {result['recorded']} recorded; commit {result.get('commit', '?')}"
    parts = [_text(LEFT, 24, title, INK, 16, "start", 'font-weight="600"'), _text(LEFT, 43, origin, SOFT, 12, "start")]
    for i, (horizon, words) in enumerate(HORIZONS):
        left = LEFT + i * (SIDE + GAP)
        parts += _frame(left, words)
        for name in PEERS:
            if name in result["methods"]:
                parts += _curve(left, result["methods"][name]["all"]["reliability"][horizon], OTHER)
        mine = result["methods"]["reprieve"]["all"]["reliability"][horizon]
        parts += _curve(left, mine, MINE) + _counts(left, mine)
    parts += _legend(result, height - 16)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
            f'font-family="sans-serif"><rect width="100%" height="100%" fill="#fff"/>\n' + "\n".join(parts) + "\n</svg>\n")
