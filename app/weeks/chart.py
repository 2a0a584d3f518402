"""Bars of windows by status, as numbers for a drawing: a bar each, told apart by words, not by colour. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

LABEL_WIDTH, BAR_WIDTH, ROW = 190, 330, 18
_BAR_HEIGHT = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar in user units; `y` is its top, `text_y` where its words stand."""

    label: str
    count: int
    y: int
    text_y: int
    width: int
    height: int
    filled: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """All bars, and how large the drawing is."""

    bars: Sequence[Bar]
    width: int
    height: int
    label_width: int


def chart(counted: Sequence[tuple[str, int, bool]]) -> Chart:
    """Bars of (label, count, kept), the longest as wide as there is room; those that are nought are left out.

    Nine kept and three under 60: 330 and 110 units wide. What is kept is filled, all else is outlined.
    """
    told = [each for each in counted if each[1]]
    most = max((count for _, count, _ in told), default=1)
    bars = [
        Bar(label, count, row * ROW + 3, row * ROW + 13, count * BAR_WIDTH // most, _BAR_HEIGHT, kept)
        for row, (label, count, kept) in enumerate(told)
    ]
    return Chart(bars, LABEL_WIDTH + BAR_WIDTH + 60, max(len(bars), 1) * ROW + 4, LABEL_WIDTH)
