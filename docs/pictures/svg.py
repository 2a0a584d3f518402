"""Draws as plain SVG text: a light sheet, bars of graded time and maps in metres, legible without colour.

Every grade has a pattern of its own besides its colour. Coordinates are rounded to a tenth of a pixel, so that the
same facts give the same file.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from app.tracks.intervals import Interval

Points = Sequence[tuple[float, float]]

_STROKES = {
    "verified": 'stroke="#1d5c34" stroke-width="4"',
    "probable": 'stroke="#a85f00" stroke-width="3" stroke-dasharray="8 4"',
    "unverified": 'stroke="#444" stroke-width="2.5" stroke-dasharray="1.5 5" stroke-linecap="round"',
    "outside": 'stroke="#777" stroke-width="1.4"',
}
_DEFINITIONS = (
    '<defs><pattern id="probable" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="7" height="7" fill="#f7e7c4"/><rect width="2.6" height="7" fill="#a85f00"/></pattern>'
    '<pattern id="unverified" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" '
    'fill="#fff"/><circle cx="3" cy="3" r="1.2" fill="#444"/></pattern>'
    '<pattern id="declared" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" '
    'fill="#dfe9f5"/><rect width="6" height="1.8" fill="#2a5b91"/></pattern></defs>'
)
_FILLS = {
    "verified": "#1d5c34",
    "probable": "url(#probable)",
    "unverified": "url(#unverified)",
    "outside": "#e4e4e4",
    "declared": "url(#declared)",
}


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a place stands on the sheet: `left`, `top` in pixels is (`west`, `north`) in metres."""

    left: float
    top: float
    west: float
    north: float
    pixels_per_metre: float

    def __call__(self, x: float, y: float) -> tuple[float, float]:
        return (
            self.left + (x - self.west) * self.pixels_per_metre,
            self.top + (self.north - y) * self.pixels_per_metre,
        )


@dataclass(frozen=True, slots=True)
class Clock:
    """Where an instant stands on the sheet: `left` is `opens_ms`, `left + width` is `closes_ms`."""

    left: float
    width: float
    opens_ms: int
    closes_ms: int

    def __call__(self, ms: float) -> float:
        return self.left + self.width * (ms - self.opens_ms) / (self.closes_ms - self.opens_ms)


@dataclass(slots=True)
class Sheet:
    """One picture being drawn; `svg()` is the file's text."""

    width: int
    height: int
    title: str
    parts: list[str] = field(default_factory=list)

    def svg(self) -> str:
        drawn = "\n".join(self.parts)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" '
            f'viewBox="0 0 {self.width} {self.height}" font-family="Arial, Helvetica, sans-serif" font-size="13" '
            f'role="img"><title>{escape(self.title)}</title>\n{_DEFINITIONS}\n'
            f'<rect width="{self.width}" height="{self.height}" fill="#fff"/>\n{drawn}\n</svg>\n'
        )

    def text(
        self, x: float, y: float, words: str, *, anchor: str = "start", size: int = 13, bold: bool = False
    ) -> None:
        weight = ' font-weight="bold"' if bold else ""
        self.parts.append(
            f'<text x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}" font-size="{size}"{weight} fill="#111">'
            f"{escape(words)}</text>"
        )

    def line(self, points: Points, style: str) -> None:
        placed = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
        self.parts.append(f'<polyline points="{placed}" fill="none" {style}/>')

    def path(self, points: Points, grade: str) -> None:
        """A stretch of a track, in the stroke of its grade."""
        if len(points) > 1:
            self.line(points, _STROKES[grade])

    def area(self, points: Points, fill: str = "#f1f1ea", stroke: str = "#222") -> None:
        placed = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
        self.parts.append(f'<polygon points="{placed}" fill="{fill}" stroke="{stroke}" stroke-width="1.6"/>')

    def fix(self, x: float, y: float, used: bool = True) -> None:
        """A fix that is used as a dot, one that is set aside as a cross."""
        if used:
            self.parts.append(
                f'<circle cx="{_n(x)}" cy="{_n(y)}" r="2.2" fill="#fff" stroke="#111" stroke-width="1.1"/>'
            )
            return
        self.line([(x - 5, y - 5), (x + 5, y + 5)], 'stroke="#a00000" stroke-width="2.2"')
        self.line([(x - 5, y + 5), (x + 5, y - 5)], 'stroke="#a00000" stroke-width="2.2"')

    def diamond(self, x: float, y: float) -> None:
        self.area([(x - 5, y), (x, y - 5), (x + 5, y), (x, y + 5)], fill="#111", stroke="#111")

    def bar(
        self,
        clock: Clock,
        y: float,
        graded: Mapping[str, Iterable[Interval]],
        name: str = "",
        height: float = 22,
    ) -> None:
        """A bar of time, each grade in its pattern, with a name to its left."""
        if name:
            self.text(clock.left - 10, y + height / 2 + 4.5, name, anchor="end")
        for grade, intervals in graded.items():
            for start, end in intervals:
                self.parts.append(
                    f'<rect x="{_n(clock(start))}" y="{_n(y)}" width="{_n(clock(end) - clock(start))}" '
                    f'height="{_n(height)}" fill="{_FILLS[grade]}" stroke="#222" stroke-width="1"/>'
                )

    def axis(self, clock: Clock, y: float, every_ms: int, words: Sequence[str]) -> None:
        """A scale of time below bars: a tick and a word each `every_ms`."""
        self.line([(clock.left, y), (clock.left + clock.width, y)], 'stroke="#222" stroke-width="1"')
        for number, word in enumerate(words):
            x = clock(clock.opens_ms + number * every_ms)
            self.line([(x, y), (x, y + 5)], 'stroke="#222" stroke-width="1"')
            self.text(x, y + 18, word, anchor="middle", size=12)

    def legend(
        self, x: float, y: float, grades: Sequence[str], *, fixes: bool = True, aside: bool = False
    ) -> None:
        """What the patterns mean, in one line; `fixes` adds the dot, `aside` the cross."""
        for grade in grades:
            self.parts.append(
                f'<rect x="{_n(x)}" y="{_n(y - 11)}" width="22" height="13" fill="{_FILLS[grade]}" stroke="#222"/>'
            )
            self.text(x + 28, y, grade, size=12)
            x += 44 + 7 * len(grade)
        if not fixes:
            return
        self.fix(x + 6, y - 4)
        self.text(x + 16, y, "fix used", size=12)
        if aside:
            self.fix(x + 88, y - 4, used=False)
            self.text(x + 100, y, "fix set aside", size=12)


def _n(value: float) -> str:
    return f"{round(value, 1) + 0.0:g}"
