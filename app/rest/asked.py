"""What a report is asked for: its period, and its question again as the links of its rows put it."""

from datetime import datetime, timedelta

from app.clock import rfc3339
from app.rest.parameters import wrong_period

USUAL_PERIOD = timedelta(days=28)


def period_asked(
    from_at: datetime | None, to_at: datetime | None, now: datetime, usual: timedelta = USUAL_PERIOD
) -> tuple[datetime, datetime]:
    """From when until when: without `to` until now, without `from` the usual time before `to`; 422 for none."""
    to_at = to_at or now
    from_at = from_at or to_at - usual
    if from_at >= to_at:
        raise wrong_period()
    return from_at, to_at


def as_asked(
    from_at: datetime | None = None, to_at: datetime | None = None, **narrowed: object
) -> dict[str, str]:
    """The parameters of a question, those left out that narrow nothing: `{"from": "2026-03-01T00:00:00Z", …}`."""
    said = {
        "from": rfc3339(from_at) if from_at else None,
        "to": rfc3339(to_at) if to_at else None,
        **narrowed,
    }
    return {name: str(value) for name, value in said.items() if value is not None}
