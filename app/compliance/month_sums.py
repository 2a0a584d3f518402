"""Where officers' time and visits are read from: months that lie wholly in the period and are added up, and such days
of the running month, from their sums; everything else from slices and visits themselves. What comes out is the same
either way.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, select as select_rows
from sqlmodel import Session, col

from app.compliance.grouping import By, GroupBy, by_hotspot
from app.compliance.places import Asked, days_of
from app.patrols.models import CreditedSlice, OfficerFirst
from app.patrols.month_models import MonthAdded, MonthHoursDue, SumOf
from app.patrols.visit_models import Visit

# Groupings that no sum can tell: sums know no officer.
_OF_OFFICERS = frozenset({GroupBy.OFFICER, GroupBy.RANK, GroupBy.KIND})
# By what patrols are made for.
OF_PATROLS = frozenset({GroupBy.PROGRAMME, GroupBy.OPERATION, GroupBy.FUNDING})

Days = tuple[date, date]


def sum_for(asked: Asked, by: By) -> SumOf | None:
    """Which sums can tell a grouping of what is asked; None where only slices can."""
    if asked.own or asked.officer_ids is not None or _OF_OFFICERS.intersection(by):
        return None
    one_hotspot = asked.wanted.hotspot_id is not None or by_hotspot(by)
    if GroupBy.WEEK in by:
        return None if one_hotspot or OF_PATROLS.intersection(by) else SumOf.WEEK
    if one_hotspot:
        return None if OF_PATROLS.intersection(by) else SumOf.HOTSPOT
    return SumOf.MONTH


def months_added_up(session: Session, asked: Asked) -> list[Days]:
    """The months and days of a period that are read from their sums."""
    return months_settled(session, asked.caller.force_id, *days_of(*asked.period), asked.now)


def months_of_visits(session: Session, asked: Asked, by: By) -> list[Days]:
    """The months and days of a period whose visits are read united; none where they are asked for by who made them."""
    of_officers = asked.own or asked.officer_ids is not None or _OF_OFFICERS.intersection(by)
    return [] if of_officers else months_added_up(session, asked)


def months_settled(session: Session, force_id: UUID, first: date, last: date, now: datetime) -> list[Days]:
    """The months, and days of one that runs or ran until lately, that lie wholly in some days, are added up, have not
    changed since, and hold nothing that is still its officer's to see first; in order."""
    begins, ends = col(MonthAdded.month), col(MonthAdded.last_day)
    due = exists().where(
        col(MonthHoursDue.force_id) == force_id, col(MonthHoursDue.day).between(begins, ends)
    )
    rows = session.execute(
        select_rows(begins, ends)
        .where(col(MonthAdded.force_id) == force_id, begins >= first, ends <= last, ~due)
        .order_by(begins)
    ).all()
    held = _days_held(session, now) if rows else []
    return [(one, other) for one, other in rows if not any(one <= day <= other for day in held)]


def _days_held(session: Session, now: datetime) -> list[date]:
    found: set[date] = set()
    for table in (CreditedSlice, Visit):
        found.update(
            session.execute(
                select_rows(col(table.day))
                .join(OfficerFirst, col(OfficerFirst.patrol_id) == col(table.patrol_id))
                .where(col(OfficerFirst.until_at) > now)
                .distinct()
            ).scalars()
        )
    return sorted(found)


def first_days(months: Iterable[Days]) -> list[date]:
    """By which sums of months and days are kept."""
    return [first for first, _last in months]


def left_over(first: date, last: date, months: Iterable[Days]) -> list[Days]:
    """The stretches of days, both ends included, that lie in none of some others.

    15 January to 3 May without February and April: 15 to 31 January, 1 to 31 March, 1 to 3 May.
    """
    found = []
    at = first
    for begins, ends in sorted(months):
        if at < begins:
            found.append((at, begins - timedelta(days=1)))
        at = ends + timedelta(days=1)
    return [*found, (at, last)] if at <= last else found
