"""Decides what instant a tracker's local time is: on London's clocks, in the spellings a mapping names. Pure."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from app.imports.profiles import pattern_of
from app.schedule.offence_importing import Reading, read_time


@cache
def time_pattern(spelling: str) -> str:
    """How Python reads a spelling of a day and a time of day. Raises ValueError.

    >>> time_pattern("dd/mm/yyyy HH:MM")
    '%d/%m/%Y %H:%M'
    """
    found = pattern_of(spelling)
    parts = [found[at : at + 2] for at in range(len(found)) if found[at] == "%"]
    if len(set(parts)) != len(parts):
        raise ValueError("names each part once")
    given = set(parts)
    if not ({"%Y", "%y"} & given and {"%m", "%b"} & given and "%d" in given):
        raise ValueError("names a day, a month and a year")
    if not ("%H" in given or {"%I", "%p"} <= given):
        raise ValueError("names the hour: HH, or hh with AM")
    return found


def read_local(text: str, spellings: Sequence[str]) -> Reading:
    """A time by the first spelling that fits, else as `read_time` knows times. Raises ValueError.

    With `mm/dd/yyyy HH:MM`, `03/02/2026 17:00` is 2 March 2026 17:00 in London; without, 3 February.
    """
    for spelling in spellings:
        try:
            at = datetime.strptime(text, time_pattern(spelling))  # noqa: DTZ007 - London's clocks, read below
        except ValueError:
            continue
        return read_time(at.isoformat(sep=" ", timespec="seconds"))
    if spellings and "/" in text:
        # Not left to the usual reading, which might take 03/04 for another day.
        raise ValueError("must be written in one of the ways that the mapping names")
    return read_time(text)
