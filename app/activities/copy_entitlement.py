"""Until when somebody may ask for a copy of a search record. Pure.

PACE 1984 s.3(7)-(9): within three months beginning with the date of the search, so that date is the first day.
"""

from calendar import monthrange
from datetime import date, datetime, timedelta

from app.clock import london_day

MONTHS = 3


def last_day_of_entitlement(searched_on: date) -> date:
    """The last day on which a copy may be asked for.

    Searched on 15 January: 14 April. On 1 March: 31 May. On 30 November 2026: 28 February 2027, for there is no 30
    February to stop before.
    """
    years, month0 = divmod(searched_on.month - 1 + MONTHS, 12)
    year, month = searched_on.year + years, month0 + 1
    days = monthrange(year, month)[1]
    if searched_on.day > days:
        return date(year, month, days)
    return date(year, month, searched_on.day) - timedelta(days=1)


def copy_entitlement_expires_on(searched_at: datetime) -> date:
    """The same for an instant: the date of a search is the day in London."""
    return last_day_of_entitlement(london_day(searched_at))
