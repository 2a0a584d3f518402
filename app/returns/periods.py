"""A scheme's periods, and how far it has come: pro rata, run rate, forecast. Pure.

Everything is computed from the figure for the whole scheme and by London days, never from rounded quarters: of 33,323
hours in 365 days the 91 days to the end of June are 8,307.9, not 8,331.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

HOUR_MS = 3_600_000
_DAY = timedelta(days=1)


class Cadence(StrEnum):
    """How often a scheme is returned."""

    MONTH = "month"
    QUARTER = "quarter"


@dataclass(frozen=True, slots=True)
class Span:
    """London days, both ends included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has: 1 to 3 April are 3; none when it ends before it begins."""
        return max(0, (self.last - self.first).days + 1)

    @property
    def key(self) -> str:
        """A period's name: the month it begins in, `2026-04`."""
        return self.first.isoformat()[:7]


def month_of(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)


def after_months(day: date, months: int) -> date:
    """The first day of the month so many months later: three after 15 November 2026 is 1 February 2027."""
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def periods(scheme: Span, cadence: Cadence) -> list[Span]:
    """The months or quarters of a scheme, quarters counted from its first month; the ends are cut to the scheme.

    1 April 2026 to 31 March 2027 by the quarter: 1 April to 30 June, … 1 January to 31 March.
    """
    return list(_periods(scheme, 1 if cadence is Cadence.MONTH else 3))


def _periods(scheme: Span, months: int) -> Iterator[Span]:
    first = scheme.first
    while first <= scheme.last:
        following = after_months(first, months)
        yield Span(first, min(following - _DAY, scheme.last))
        first = following


def due_by(target_ms: int, scheme: Span, day: date) -> int:
    """The target pro rata up to and including a day, floored to a millisecond; nothing before the scheme begins.

    Of 33,323 hours in 365 days, 91 days are 29,908,533,698 ms.
    """
    gone = Span(scheme.first, min(day, scheme.last)).days
    return target_ms * gone // scheme.days


def due_in(target_ms: int, scheme: Span, part: Span) -> int:
    """The target of a part of the scheme; the parts of a scheme add up to its target to the millisecond."""
    return due_by(target_ms, scheme, part.last) - due_by(target_ms, scheme, part.first - _DAY)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a scheme has come by the end of a day, in milliseconds and days; rates are of what is sure.

    `rate_ms` is what was added a day over the last `rate_days`; None before there was any. `needed_ms` is what a day is
    needed from now on to reach the target; None when no day is left.
    """

    target_ms: int
    due_ms: int
    counted_ms: int
    days_gone: int
    days_left: int
    rate_days: int
    rate_ms: int | None
    forecast_ms: int | None
    needed_ms: int | None

    @property
    def ahead_ms(self) -> int:
        """What is counted beyond what is due; negative when short."""
        return self.counted_ms - self.due_ms


def progress(
    target_ms: int, scheme: Span, until: date, counted_ms: int, lately_ms: int, lately: int
) -> Progress:
    """Where a scheme stands at the end of `until`, with `lately_ms` counted in the last `lately` days.

    Target 100 hours in 10 days, 30 counted after 4, 16 of them in the last 2: 40 due, 10 short, 8 a day, a forecast of
    78, and 11.66… a day needed.
    """
    gone = Span(scheme.first, min(until, scheme.last)).days
    left = scheme.days - gone
    rate_days = min(lately, gone)
    forecast = counted_ms + lately_ms * left // rate_days if rate_days else None
    missing = max(0, target_ms - counted_ms)
    return Progress(
        target_ms=target_ms,
        due_ms=due_by(target_ms, scheme, until),
        counted_ms=counted_ms,
        days_gone=gone,
        days_left=left,
        rate_days=rate_days,
        rate_ms=lately_ms // rate_days if rate_days else None,
        forecast_ms=forecast,
        needed_ms=-(-missing // left) if left else None,
    )


def hours_said(ms: int) -> str:
    """Hours in words, whole and floored toward zero, with commas: 29,908,533,698 ms are `8,307`."""
    return f"{abs(ms) // HOUR_MS:,}"


def said(name: str, until: date, most_ms: int, made: Progress, *, person: bool) -> str:
    """One sentence or three that a commander can read out."""
    day = f"{until.day} {until:%B %Y}"
    if not made.days_gone:
        return f"{name}: it has not begun. {hours_said(made.target_ms)} hours are asked for in {made.days_left} days."
    unit = "officer hours" if person else "patrol hours"
    short = "short of" if made.ahead_ms < 0 else "above"
    found = (
        f"{name}: at least {hours_said(made.counted_ms)} and at most {hours_said(most_ms)} {unit} by "
        f"{day}, {hours_said(made.ahead_ms)} {short} the {hours_said(made.due_ms)} due by then."
    )
    if made.rate_ms is not None and made.forecast_ms is not None and made.days_left:
        lately = "day" if made.rate_days == 1 else f"{made.rate_days} days"
        found += (
            f" If the {made.rate_ms / HOUR_MS:,.1f} hours a day of the last {lately} go on, it ends at "
            f"{hours_said(made.forecast_ms)} of {hours_said(made.target_ms)}"
        )
        needed = made.needed_ms or 0
        found += (
            f"; {needed / HOUR_MS:,.1f} a day are needed from now on."
            if needed
            else "; the target is reached."
        )
    return found
