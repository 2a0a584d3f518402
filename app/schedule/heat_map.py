"""Where everything of a profile's heat map stands: days as rows, hours as columns, six steps of grey-safe blue. Pure.

The steps count against an even week, so that maps of two hotspots can be laid side by side. They differ by lightness
alone, from nearly white to nearly black: a grey print and a colour-blind reader lose nothing.
"""

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from app.schedule.offence_profile import HOURS, WEEK_MINUTES, WINDOW_MINUTES
from app.schedule.profile_words import DAYS, times_even, window_in_words

WIDTH = 960
LEFT, TOP, CELL_WIDTH, CELL_HEIGHT = 100, 104, 32, 30
# What the template places by itself.
PLACES = {
    "width": WIDTH,
    "left": LEFT,
    "top": TOP,
    "cell_width": CELL_WIDTH,
    "cell_height": CELL_HEIGHT,
}
_DAY_MINUTES = 24 * 60
_TITLE_LENGTH, _CAPTION_LENGTH, _LINE = 60, 116, 18
_CAPTION_BELOW, _FOOT = 100, 34
# Lower bound against an even week, colour, words.
STEPS = (
    (0.0, "#f5f7fb", "under ½"),
    (0.5, "#cfdcee", "½ to 1"),
    (1.0, "#9fbadb", "1 to 1½"),
    (1.5, "#6a93c6", "1½ to 2"),
    (2.0, "#35619f", "2 to 3"),
    (3.0, "#0c2a5b", "3 or more"),
)
# What no XML may hold, though it is text.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Cell:
    """One hour of the week."""

    x: int
    y: int
    colour: str
    says: str


@dataclass(frozen=True, slots=True)
class Box:
    """A frame round the best window; two when it goes on past midnight."""

    x: float
    y: int
    width: float


@dataclass(frozen=True, slots=True)
class Label:
    x: int
    y: int
    text: str


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Everything the drawing's template places."""

    cells: tuple[Cell, ...]
    best: tuple[Box, ...]
    days: tuple[Label, ...]
    hours: tuple[Label, ...]
    day_shares: tuple[Label, ...]
    hour_shares: tuple[Label, ...]
    legend: tuple[tuple[int, str, str], ...]
    heading: str
    name: str
    caption: tuple[Label, ...]
    description: str
    height: int


def draw(
    weights: Sequence[float], best: tuple[int, float] | None, name: str, period: str, caption: str
) -> HeatMap:
    """The heat map of 168 shares; `best` is the window to frame, as (minute of the week, weight)."""
    name = _NO_XML.sub("\ufffd", name)
    told = [period, caption] if best is None else [period, _best_in_words(best), caption]
    lines = [line for one in told for line in textwrap.wrap(one, _CAPTION_LENGTH)]
    return HeatMap(
        cells=tuple(_cell(hour, weight) for hour, weight in enumerate(weights)),
        best=tuple(_boxes(best[0])) if best is not None else (),
        days=tuple(Label(LEFT - 10, _row(day) + 20, name) for day, name in enumerate(DAYS)),
        hours=tuple(Label(_column(hour), TOP - 8, f"{hour:02}") for hour in range(25)),
        day_shares=tuple(
            Label(_column(24) + 12, _row(day) + 20, _share(sum(weights[day * 24 : day * 24 + 24])))
            for day in range(7)
        ),
        hour_shares=tuple(
            Label(_column(hour) + CELL_WIDTH // 2, _row(7) + 16, _share(sum(weights[hour::24])))
            for hour in range(24)
        ),
        legend=tuple((LEFT + place * 110, colour, words) for place, (_, colour, words) in enumerate(STEPS)),
        heading=textwrap.shorten(name, _TITLE_LENGTH, placeholder=" …"),
        name=name,
        caption=tuple(
            Label(LEFT, _row(7) + _CAPTION_BELOW + _LINE * place, line) for place, line in enumerate(lines)
        ),
        description=" ".join([*told, *_by_day(weights)]),
        height=_row(7) + _CAPTION_BELOW + _LINE * len(lines) + _FOOT,
    )


def colour_of(weight: float) -> str:
    """The colour of an hour: 1/168 is even, so `#9fbadb`; three times that and more is `#0c2a5b`."""
    # An even hour lies on the edge of two steps, and a sum's last bit must not decide.
    even = round(weight * HOURS, 9)
    return next(colour for least, colour, _ in reversed(STEPS) if even >= least)


def _cell(hour: int, weight: float) -> Cell:
    day, of_day = divmod(hour, 24)
    says = (
        f"{DAYS[day]} {of_day:02}:00 to {(of_day + 1) % 24:02}:00: {100 * weight:.2f} % of the week, "
        f"{weight * HOURS:.1f} times an even hour"
    )
    return Cell(_column(of_day), _row(day), colour_of(weight), says)


def _boxes(start: int) -> list[Box]:
    """The window's frames, cut at midnight.

    From Friday 23:30 (7,170) half an hour at the end of Friday's row and one and a half at the head of Saturday's.
    """
    found, minute, left = [], start % WEEK_MINUTES, WINDOW_MINUTES
    while left:
        day, of_day = divmod(minute, _DAY_MINUTES)
        length = min(left, _DAY_MINUTES - of_day)
        found.append(Box(LEFT + of_day * CELL_WIDTH / 60, _row(day), length * CELL_WIDTH / 60))
        minute, left = (minute + length) % WEEK_MINUTES, left - length
    return found


def _best_in_words(best: tuple[int, float]) -> str:
    start, weight = best
    return (
        f"Framed: the heaviest two hours, {window_in_words(start)}. They hold {100 * weight:.1f} % of the week, "
        f"{times_even(weight):.1f} times an even two hours."
    )


def _by_day(weights: Sequence[float]) -> list[str]:
    by_day = {day: sum(weights[place * 24 : place * 24 + 24]) for place, day in enumerate(DAYS)}
    return ["By day:", ", ".join(f"{day} {_share(share)}" for day, share in by_day.items()) + "."]


def _share(share: float) -> str:
    return f"{100 * share:.0f} %"


def _column(hour: int) -> int:
    return LEFT + hour * CELL_WIDTH


def _row(day: int) -> int:
    return TOP + day * CELL_HEIGHT
