"""Decides which of two things that the tracker said of a record is the later one. Pure.

Whole numbers are compared with numbers and instants with instants, never as text. What is neither tells nothing: it is
better to take an old correction twice than to drop a new one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.wmnow.tracker_times import read_local

_NUMBER = re.compile(r"\d{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Edition:
    """How late it is what the tracker said: the number of its version, and when it was changed there; None where it
    does not say. Of what is held, each is the latest that was heard."""

    number: int | None = None
    changed_at: datetime | None = None


UNTOLD = Edition()


def edition_of(text: str, spellings: Sequence[str] = ()) -> Edition | None:
    """What a version or a time of change says; None where it is neither a whole number nor one instant. Times as
    `read_local` reads them; one in the hour that came twice could be either, and tells nothing.

    >>> edition_of("0012"), edition_of("v7"), edition_of("\u00b2"), edition_of("25/10/2026 01:30")
    (Edition(number=12, changed_at=None), None, None, None)
    >>> edition_of("05/12/2026 09:00").changed_at.isoformat()
    '2026-12-05T09:00:00+00:00'
    """
    if _NUMBER.fullmatch(text):
        return Edition(number=int(text))
    try:
        found = read_local(text, spellings)
    except ValueError:
        return None
    return None if found.doubt is not None else Edition(changed_at=found.earliest)


def order(said: Edition, held: Edition) -> int | None:
    """-1 where what was said is older than what is held, 1 where it is later, 0 where it is of the same edition; None
    where nothing tells. What is older by its number or by its time is older: each is the latest that was heard, so that
    a deletion that bore a time alone goes before the version that was held until then.

    >>> order(Edition(9), Edition(10)), order(Edition(2), Edition(2)), order(Edition(3), UNTOLD)
    (-1, 0, None)
    >>> ten, eleven = datetime(2026, 11, 21, 10), datetime(2026, 11, 21, 11)
    >>> order(Edition(8, ten), Edition(7, eleven)), order(Edition(8), Edition(7, eleven))
    (-1, 1)
    >>> order(Edition(8), Edition(None, eleven)) is None
    True
    """
    signs = set()
    if said.number is not None and held.number is not None:
        signs.add((said.number > held.number) - (said.number < held.number))
    if said.changed_at is not None and held.changed_at is not None:
        signs.add((said.changed_at > held.changed_at) - (said.changed_at < held.changed_at))
    return next((sign for sign in (-1, 1, 0) if sign in signs), None)


def later_of(one: Edition, other: Edition) -> Edition:
    """The later number and the later time of two.

    >>> later_of(Edition(7), Edition(None, datetime(2026, 11, 21)))
    Edition(number=7, changed_at=datetime.datetime(2026, 11, 21, 0, 0))
    """
    numbers = [each.number for each in (one, other) if each.number is not None]
    times = [each.changed_at for each in (one, other) if each.changed_at is not None]
    return Edition(max(numbers, default=None), max(times, default=None))
