"""When somebody is told, by the clock on their wall: quiet hours and the daily digest, in London time. Pure."""

from datetime import UTC, date, datetime, time, timedelta

from app.clock import LONDON

DAY_MINUTES = 24 * 60


def after_quiet(now: datetime, quiet_from: int | None, quiet_until: int | None) -> datetime:
    """From when somebody may be told: now, or the end of the quiet hours that now lies in.

    Minutes of the day in London. With 22:00 to 06:30: at 21:59 now, at 22:00 and at 03:00 from 06:30 on, whatever the
    clocks do in that night. A quiet time that ends where it begins is none.
    """
    if quiet_from is None or quiet_until is None or quiet_from == quiet_until:
        return now
    local = now.astimezone(LONDON)
    minute = local.hour * 60 + local.minute
    over_midnight = quiet_from > quiet_until
    quiet = (
        minute >= quiet_from or minute < quiet_until if over_midnight else quiet_from <= minute < quiet_until
    )
    if not quiet:
        return now
    day = local.date() + timedelta(days=1) if over_midnight and minute >= quiet_from else local.date()
    ends = datetime.combine(day, time(quiet_until // 60, quiet_until % 60), LONDON)
    return max(ends.astimezone(UTC), now)


def digest_day(now: datetime, digest_at: int) -> date | None:
    """The London day whose digest is due; None before its time. At 06:59 with 07:00 none, from 07:00 until midnight
    today's: after a morning without the service it comes late, and once."""
    local = now.astimezone(LONDON)
    return local.date() if local.hour * 60 + local.minute >= digest_at else None
