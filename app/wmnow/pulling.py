"""Decides how the tracker is asked, when a pull must stop, and how long to wait. Pure.

A run begins at the watermark of the run before, less an overlap, and follows the tracker's cursor page by page. What
came is made durable with the place it came from, so that a run killed anywhere goes on from its last page; the overlap
and equal content make what is read twice change nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

OVERLAP = timedelta(minutes=10)
ITEMS_A_PAGE = 500
MOST_ATTEMPTS = 4
# Longer waits are not sat out: the run ends and the next begins after them.
LONGEST_PAUSE_SECONDS = 10.0
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_RETRY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a feed stands. `updated_since` is what this run asks from, `cursor` where in it; `begun` is the watermark
    of this run's first page, from which the next will ask; `watermark` and `total` are the last that were told."""

    updated_since: datetime | None = None
    cursor: str | None = None
    begun: datetime | None = None
    watermark: datetime | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What a page says besides its items."""

    next_cursor: str | None
    watermark: datetime
    has_more: bool
    total: int | None


def question(standing: Standing) -> Mapping[str, str]:
    """The parameters of the next request.

    >>> from datetime import UTC
    >>> question(Standing(updated_since=datetime(2026, 11, 21, 10, tzinfo=UTC), cursor="c2"))
    {'limit': '500', 'updated_since': '2026-11-21T09:50:00+00:00', 'cursor': 'c2'}
    """
    asked = {"limit": str(ITEMS_A_PAGE)}
    if standing.updated_since is not None:
        asked["updated_since"] = (standing.updated_since - OVERLAP).isoformat()
    if standing.cursor is not None:
        asked["cursor"] = standing.cursor
    return asked


def stop(standing: Standing, told: Told) -> str | None:
    """Why a person must look before the pull goes on, as a code; None while all is well.

    >>> from datetime import UTC
    >>> ten, nine = (datetime(2026, 11, 21, hour, tzinfo=UTC) for hour in (10, 9))
    >>> stop(Standing(watermark=ten), Told(None, nine, False, None))
    'watermark-backwards'
    >>> stop(Standing(watermark=nine, total=8), Told(None, ten, False, 7))
    'total-shrank'
    >>> stop(Standing(cursor="a"), Told("a", ten, True, None))
    'cursor-repeats'
    """
    if standing.watermark is not None and told.watermark < standing.watermark:
        return "watermark-backwards"
    if standing.total is not None and told.total is not None and told.total < standing.total:
        return "total-shrank"
    if told.has_more and (told.next_cursor is None or told.next_cursor == standing.cursor):
        return "cursor-repeats"
    return None


def after(standing: Standing, told: Told) -> Standing:
    """Where the feed stands once a page's items are durable; at the run's end the next begins at `begun`.

    >>> from datetime import UTC
    >>> ten, eleven = (datetime(2026, 11, 21, hour, tzinfo=UTC) for hour in (10, 11))
    >>> half = after(Standing(), Told("c1", ten, True, 900))
    >>> half.cursor, half.begun == ten, half.updated_since
    ('c1', True, None)
    >>> after(half, Told(None, eleven, False, 901)).updated_since == ten
    True
    """
    begun = standing.begun or told.watermark
    seen = replace(
        standing, watermark=told.watermark, total=told.total if told.total is not None else standing.total
    )
    if told.has_more:
        return replace(seen, cursor=told.next_cursor, begun=begun)
    return replace(seen, updated_since=begun, cursor=None, begun=None)


def pause(attempt: int, retry_after: float | None, chance: float) -> float:
    """Seconds to wait after a failed attempt (counted from 1): doubling from half a second, half of it by chance in
    [0, 1); never less than the tracker asked for.

    >>> pause(1, None, 0.0), pause(3, None, 0.5), pause(1, 30.0, 0.0)
    (0.25, 1.5, 30.0)
    """
    longest = _FIRST_PAUSE_SECONDS * 2.0 ** (attempt - 1)
    return max(longest / 2 + chance * longest / 2, retry_after or 0.0)


def next_try(now: datetime, failed_runs: int, retry_after: float | None, chance: float) -> datetime:
    """When a failed run is tried again: after a minute, doubling with each that failed in a row up to a day, spread
    by chance in [0, 1); never before the tracker asked for.

    >>> from datetime import UTC
    >>> next_try(datetime(2026, 11, 21, tzinfo=UTC), 2, None, 0.0).time().isoformat()
    '00:02:00'
    """
    waited = min(timedelta(minutes=2 ** min(failed_runs - 1, 11)), _LONGEST_RETRY)
    asked = timedelta(seconds=min(retry_after or 0.0, _LONGEST_RETRY.total_seconds()))
    return now + max(waited + waited * chance / 4, asked)
