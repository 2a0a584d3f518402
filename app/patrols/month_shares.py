"""Adds up, month by month, how long time of several kinds was credited at once: what returns of years are read from.

Written with the sums of the same month and as current as they are: `month_hours` says when.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import String, cast, func, select
from sqlmodel import Session, col

from app.clock import to_ms
from app.patrols.hours import GRADES
from app.patrols.models import CreditedSlice
from app.patrols.month_models import SharedBy
from app.patrols.sharing import Kind, Stored, at_once
from app.schedule.models import TaskingWindow

# What tells two kinds of time apart, but for their grade, and with it.
SAID = ("team_id", "area_id", "hotspot_id", "programme", "operation", "uniform_state", "funding", "cost_code")
KIND = (*SAID, "grade")
_HOTSPOT = SAID.index("hotspot_id")
# The day a share is of, and the kinds at once.
_Share = tuple[date, frozenset[Kind]]


def grades_said(grades: Iterable[str]) -> str:
    """Some grades in their order, as a share names them: `verified+declared`."""
    return "+".join(grade for grade in GRADES if grade in grades)


def shares(
    session: Session, force_id: UUID, month: date, weeks: Mapping[date, date]
) -> Iterator[dict[str, Any]]:
    """The rows of `month_shares` of a month, or of a day. `weeks` says of each of its days which part of a week it lies
    in."""
    for shared_by, found in _added(session, force_id, month, weeks).items():
        number = 0
        for together, ((day, kinds), ms) in enumerate(found.items()):
            rows = _by_said(kinds)
            for said, grades in rows:
                number += 1
                yield {
                    "force_id": force_id,
                    "shared_by": shared_by,
                    "month": month,
                    "number": number,
                    "day": day,
                    **dict(zip(SAID, said, strict=True)),
                    "grades": grades,
                    "together": together if len(rows) > 1 else None,
                    "mixed": len({(said[:_HOTSPOT], said[_HOTSPOT + 1 :], grades) for said, grades in rows})
                    > 1,
                    "shared_ms": ms,
                }


def _by_said(kinds: Iterable[Kind]) -> list[tuple[Kind, str]]:
    """Kinds at once that differ in their grade alone are one, with all their grades."""
    grades: defaultdict[Kind, set[str]] = defaultdict(set)
    for *said, grade in kinds:
        grades[tuple(said)].add(grade)
    return [(said, grades_said(found)) for said, found in grades.items()]


def _added(
    session: Session, force_id: UUID, month: date, weeks: Mapping[date, date]
) -> dict[SharedBy, Counter[_Share]]:
    found: dict[SharedBy, Counter[_Share]] = {each: Counter() for each in SharedBy}
    # Day by day: no instant lies in two, and a month's slices held at once cost more than reading them.
    for day, week in weeks.items():
        groups = _grouped(session, force_id, day)
        for (shared_by, *_group), several in groups.items():
            in_hotspots = shared_by in (SharedBy.OFFICER_IN_HOTSPOTS, SharedBy.CLOCK_IN_HOTSPOTS)
            for kinds, ms in at_once(several).items():
                found[shared_by][month if in_hotspots else week, kinds] += ms
    return found


def _grouped(session: Session, force_id: UUID, day: date) -> dict[tuple[SharedBy, Hashable], list[Stored]]:
    groups: defaultdict[tuple[SharedBy, Hashable], list[Stored]] = defaultdict(list)
    rows = session.connection().execute(
        select(
            *(col(getattr(CreditedSlice, name)) for name in KIND),
            col(CreditedSlice.officer_id),
            func.coalesce(col(CreditedSlice.window_id), col(CreditedSlice.patrol_id)),
            col(CreditedSlice.credited_ms),
            col(CreditedSlice.window_ms),
            cast(col(CreditedSlice.intervals), String),
            col(TaskingWindow.starts_at),
            col(TaskingWindow.ends_at),
        )
        .select_from(CreditedSlice)
        .outerjoin(TaskingWindow, col(TaskingWindow.id) == col(CreditedSlice.window_id))
        .where(col(CreditedSlice.force_id) == force_id, col(CreditedSlice.day) == day)
    )
    for row in rows:
        kind = tuple(row[: len(KIND)])
        officer_id, patrols, credited_ms, window_ms, text, starts_at, ends_at = row[len(KIND) :]
        stored = Stored(kind, credited_ms, text)
        if row.hotspot_id is None:
            groups[SharedBy.OFFICER, officer_id].append(stored)
            groups[SharedBy.CLOCK, patrols].append(stored)
            continue
        groups[SharedBy.OFFICER_IN_HOTSPOTS, officer_id].append(stored)
        groups[SharedBy.CLOCK_IN_HOTSPOTS, patrols].append(stored)
        if window_ms:
            within = Stored(kind, window_ms, text, (to_ms(starts_at), to_ms(ends_at)))
            groups[SharedBy.OFFICER_IN_WINDOWS, officer_id].append(within)
            groups[SharedBy.CLOCK_IN_WINDOWS, patrols].append(within)
    return groups
