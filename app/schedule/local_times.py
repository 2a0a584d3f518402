"""A window's time as it is read on London's clocks, across midnight and when the clocks change, too. Pure."""

from datetime import date, datetime, timedelta

from app.clock import LONDON, start_of_london_day


def local_span(starts_at: datetime, ends_at: datetime) -> str:
    """`19:00–21:00`; with the day it ends on when that is another, with the zones on a day the clocks change.

    `23:30–01:30 (Tue)`; `00:30 GMT–03:30 BST` on 29 March 2026, `00:30 BST–01:30 GMT` on 25 October 2026.
    """
    start, end = starts_at.astimezone(LONDON), ends_at.astimezone(LONDON)
    zoned = changes_clocks(start.date()) or start.utcoffset() != end.utcoffset()
    spelt = "%H:%M %Z" if zoned else "%H:%M"
    told = f"{start:{spelt}}–{end:{spelt}}"
    return told if start.date() == end.date() else f"{told} ({end:%a})"


def changes_clocks(day: date) -> bool:
    """Whether London's clocks change on a day: it is not 24 hours long."""
    return start_of_london_day(day + timedelta(days=1)) - start_of_london_day(day) != timedelta(days=1)


def local_rfc3339(at: datetime) -> str:
    """An instant on London's clocks with its offset, so that it says both: `2026-06-01T19:00:00+01:00`."""
    return at.astimezone(LONDON).isoformat(timespec="seconds")


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The instants at which a London day begins and ends: 23 hours apart on 29 March 2026, 25 on 25 October 2026."""
    return start_of_london_day(day), start_of_london_day(day + timedelta(days=1))


def in_words(day: date) -> str:
    """`Monday 2 March 2026`."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def short(day: date) -> str:
    """`2 Mar 2026`."""
    return f"{day.day} {day:%b %Y}"


def stamp(at: datetime) -> str:
    """An instant to print: `Mon 2 Mar 2026 18:30`."""
    local = at.astimezone(LONDON)
    return f"{local:%a} {short(local.date())} {local:%H:%M}"
