"""Time as Beatcheck means it: aware UTC outside, integer milliseconds inside, London for days.

Nothing here reads a clock but `utc_now`, which the application hands in where a request begins.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
MINUTE_MS = 60_000
_MILLISECOND = timedelta(milliseconds=1)


def utc_now() -> datetime:
    """The server's clock, aware, in UTC."""
    return datetime.now(UTC)


def to_ms(at: datetime) -> int:
    """Whole milliseconds since 1970 in UTC, floored: 1970-01-01T00:00:01.0009Z is 1000."""
    return (at - EPOCH) // _MILLISECOND


def from_ms(ms: int) -> datetime:
    """The instant of `to_ms`: 1000 is 1970-01-01T00:00:01Z."""
    return EPOCH + timedelta(milliseconds=ms)


def london_day(at: datetime) -> date:
    """The calendar day in Europe/London: 2026-06-30T23:30Z is 1 July."""
    return at.astimezone(LONDON).date()


def start_of_london_day(day: date) -> datetime:
    """The instant a London day begins, in UTC: 1 July 2026 begins at 2026-06-30T23:00Z."""
    return datetime.combine(day, time(0), LONDON).astimezone(UTC)


def in_force(valid_from: date, valid_to: date | None, day: date) -> bool:
    """Whether a dated row holds on a day; the first day counts, the last does not (half open).

    `in_force(1 May, 3 May, 2 May)` is true, `in_force(1 May, 3 May, 3 May)` is false, no end means for good.
    """
    return valid_from <= day and (valid_to is None or day < valid_to)


SKEW_CORRECTED_OVER_MS = 60_000


def skew_correction_ms(skew_ms: int | None) -> int:
    """What to add to a phone's times: its skew (server minus phone) when that is over a minute, else nothing.

    300,000 for a phone five minutes behind, 0 for 40,000 ms, 0 when the phone did not say.
    """
    return skew_ms if skew_ms is not None and abs(skew_ms) > SKEW_CORRECTED_OVER_MS else 0


def rfc3339(at: datetime) -> str:
    """The one spelling of an instant in answers: UTC, `Z`, milliseconds only when there are any."""
    at = at.astimezone(UTC)
    return at.isoformat(timespec="milliseconds" if at.microsecond else "seconds").replace("+00:00", "Z")
