"""The states of a drawn schedule, and when its seed may be told. Pure."""

from datetime import date, timedelta
from enum import StrEnum

from app.schedule.draw_inputs import BLOCK_DAYS


class ScheduleState(StrEnum):
    """DRAFT: drawn, nothing counts yet. PUBLISHED: from the first window that was made of it. DISCARDED: never used."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    DISCARDED = "DISCARDED"


def reveal_from(last_day: date) -> date:
    """The first day on which a seed tells nothing of days to come: the last block may go on for two more days.

    >>> reveal_from(date(2026, 12, 31)).isoformat()
    '2027-01-03'
    """
    return last_day + timedelta(days=BLOCK_DAYS)
