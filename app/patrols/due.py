"""Finds the patrols that are to be judged again: those a changed basis concerns, and those somebody selects.

What changed is told by whoever changed it, as a cause (`app.facts.service.basis_changed`). Here a cause is expanded to
the patrols it may concern; rather one too many than one too few, because judging a patrol for nothing changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    update,
)
from sqlmodel import Session, col

from app.areas.models import AreaAncestor
from app.areas.queries import boundaries
from app.clock import start_of_london_day
from app.facts.models import Basis, ReassessCause
from app.patrols.models import Patrol, PatrolAssessment, PatrolLine, PatrolProgress
from app.patrols.reassess_models import ReassessDue
from app.patrols.review_models import LinkedWindow
from app.schedule.models import TaskingWindow

# A cause is expanded when it is this old. Whoever was judging a patrol by the old outline while the new one was stored
# has finished by then, so that what they wrote is seen; the longest statement may take a quarter of it.
SETTLED_AFTER = timedelta(seconds=60)

# The instant whose London day says which outlines and rules a patrol is judged by.
_JUDGED_BY = func.coalesce(col(TaskingWindow.starts_at), col(Patrol.started_at))


@dataclass(frozen=True, slots=True)
class Selection:
    """Which ended patrols of a force are to be judged again: all that meet every condition given.

    Days are London's, the last one included, and are the window's day where there is one. `due` are those a cause
    concerns. `policy_version` is that of the standing judgement.
    """

    force_id: UUID
    patrol_ids: tuple[UUID, ...] = ()
    hotspot_ids: tuple[UUID, ...] = ()
    area_ids: tuple[UUID, ...] = ()
    from_day: date | None = None
    to_day: date | None = None
    policy_version: str | None = None
    due: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a patrol stands in the order in which patrols are judged again."""

    started_at: datetime
    patrol_id: UUID


def count(session: Session, selection: Selection) -> int:
    """How many patrols are selected."""
    found: int = session.execute(_selected(session, selection, func.count())).scalar_one()
    return found


def page(session: Session, selection: Selection, after: Place | None, limit: int) -> list[Place]:
    """The next patrols of a selection, by start."""
    at, row_id = col(Patrol.started_at), col(Patrol.id)
    query = _selected(session, selection, at, row_id)
    if after is not None:
        # The first condition says no more, but lets an index find the place.
        query = query.where(at >= after.started_at, or_(at > after.started_at, row_id > after.patrol_id))
    rows = session.execute(query.order_by(at, row_id).limit(limit)).all()
    return [Place(*row) for row in rows]


def selected_among(session: Session, selection: Selection, patrol_ids: Sequence[UUID]) -> list[UUID]:
    """Those of some patrols that are selected, by start."""
    row_id = col(Patrol.id)
    query = _selected(session, selection, row_id).where(row_id.in_(patrol_ids))
    return list(session.execute(query.order_by(col(Patrol.started_at), row_id)).scalars())


def _selected(session: Session, selection: Selection, *columns: Any) -> Select[*tuple[Any, ...]]:
    open_still = exists().where(col(PatrolProgress.patrol_id) == col(Patrol.id))
    query = _patrols(*columns).where(col(Patrol.force_id) == selection.force_id, not_(open_still))
    return query.where(*_conditions(session, selection))


def _patrols(*columns: Any) -> Select[*tuple[Any, ...]]:
    """Patrols with the window each was made for, or was linked to by a supervisor, as judging takes it."""
    judged_with = func.coalesce(col(Patrol.window_id), col(LinkedWindow.window_id))
    return (
        select(*columns)
        .select_from(Patrol)
        .outerjoin(LinkedWindow, col(LinkedWindow.patrol_id) == col(Patrol.id))
        .outerjoin(TaskingWindow, col(TaskingWindow.id) == judged_with)
        .outerjoin(PatrolLine, col(PatrolLine.patrol_id) == col(Patrol.id))
    )


def _conditions(session: Session, wanted: Selection) -> list[ColumnElement[bool]]:
    found = _on_days(wanted.from_day, wanted.to_day + timedelta(days=1) if wanted.to_day else None)
    if wanted.patrol_ids:
        found.append(col(Patrol.id).in_(wanted.patrol_ids))
    if wanted.hotspot_ids:
        found.append(or_(*(_concerns_hotspot(session, each) for each in wanted.hotspot_ids)))
    if wanted.area_ids:
        below = select(col(AreaAncestor.area_id)).where(col(AreaAncestor.ancestor_id).in_(wanted.area_ids))
        found.append(or_(col(Patrol.area_id).in_(below), col(TaskingWindow.area_id).in_(below)))
    if wanted.policy_version is not None:
        found.append(
            exists().where(
                col(PatrolAssessment.patrol_id) == col(Patrol.id),
                col(PatrolAssessment.superseded_at).is_(None),
                col(PatrolAssessment.policy_version) == wanted.policy_version,
            )
        )
    if wanted.due:
        marked = exists().where(col(ReassessDue.patrol_id) == col(Patrol.id))
        waiting = [and_(*_concerned(session, each)) for each in _waiting(session, wanted.force_id)]
        found.append(or_(marked, *waiting))
    return found


def _on_days(from_day: date | None, until_day: date | None) -> list[ColumnElement[bool]]:
    found = []
    if from_day is not None:
        found.append(start_of_london_day(from_day) <= _JUDGED_BY)
    if until_day is not None:
        found.append(start_of_london_day(until_day) > _JUDGED_BY)
    return found


def _concerned(session: Session, cause: ReassessCause) -> list[ColumnElement[bool]]:
    found = [col(Patrol.force_id) == cause.force_id, *_on_days(cause.from_day, cause.until_day)]
    if cause.hotspot_id is not None:
        found.append(_concerns_hotspot(session, cause.hotspot_id))
    return found


def _concerns_hotspot(session: Session, hotspot_id: UUID) -> ColumnElement[bool]:
    """Tasked to a hotspot, or with fixes around which a box meets any outline it ever had: the old or the new.

    A patrol whose box was not kept may have been anywhere.
    """
    line = PatrolLine
    ways = [col(TaskingWindow.hotspot_id) == hotspot_id, col(line.west).is_(None)]
    for row in boundaries(session, hotspot_id):
        west, south, east, north = row.geometry.bounds
        ways.append(
            and_(
                col(line.west) <= east,
                col(line.east) >= west,
                col(line.south) <= north,
                col(line.north) >= south,
            )
        )
    return or_(*ways)


def _waiting(session: Session, force_id: UUID) -> list[ReassessCause]:
    query = select(ReassessCause).where(
        col(ReassessCause.expanded_at).is_(None), col(ReassessCause.force_id) == force_id
    )
    return list(session.execute(query).scalars())


def settled_causes(session: Session, now: datetime) -> list[UUID]:
    """The causes that wait to be expanded and are old enough, oldest first."""
    query = select(col(ReassessCause.id)).where(
        col(ReassessCause.expanded_at).is_(None), col(ReassessCause.marked_at) <= now - SETTLED_AFTER
    )
    return list(session.execute(query.order_by(col(ReassessCause.marked_at))).scalars())


def expand(session: Session, cause_id: UUID, now: datetime) -> int:
    """Marks the patrols a cause concerns, open ones too; how many. Nothing when somebody else was first.

    An open patrol is marked because it may be ending at this moment, judged by what held before.
    """
    cause = session.execute(
        select(ReassessCause)
        .where(col(ReassessCause.id) == cause_id, col(ReassessCause.expanded_at).is_(None))
        .with_for_update()
    ).scalar_one_or_none()
    if cause is None:
        return 0
    columns = ReassessDue.__table__.c  # type: ignore[attr-defined]  # SQLModel does not type it
    concerned = _patrols(
        col(Patrol.id), literal(cause.id, columns.cause_id.type), literal(now, columns.marked_at.type)
    ).where(*_concerned(session, cause))
    marked = session.connection().execute(
        insert(ReassessDue).from_select(["patrol_id", "cause_id", "marked_at"], concerned),
        execution_options={"preserve_rowcount": True},
    )
    session.connection().execute(
        update(ReassessCause).where(col(ReassessCause.id) == cause_id).values(expanded_at=now)
    )
    return marked.rowcount


@dataclass(frozen=True, slots=True)
class Mark:
    """Why a patrol is due, one cause of perhaps several."""

    cause_id: UUID
    basis: Basis


def longest_due(session: Session, limit: int) -> list[UUID]:
    """The patrols that have been due longest; those that could not be judged come after all others."""
    last_tried = func.max(col(ReassessDue.tried_at))
    query = (
        select(col(ReassessDue.patrol_id))
        .group_by(col(ReassessDue.patrol_id))
        .order_by(last_tried.is_not(None), last_tried, func.min(col(ReassessDue.marked_at)))
        .limit(limit)
    )
    return list(session.execute(query).scalars())


def marks_of(session: Session, patrol_id: UUID) -> list[Mark]:
    """Why a patrol is due, the latest cause first; empty when it is not."""
    rows = session.execute(
        select(col(ReassessCause.id), col(ReassessCause.basis))
        .join(ReassessDue, col(ReassessDue.cause_id) == col(ReassessCause.id))
        .where(col(ReassessDue.patrol_id) == patrol_id)
        .order_by(col(ReassessCause.marked_at).desc(), col(ReassessCause.id))
    ).all()
    return [Mark(*row) for row in rows]


def unmark(session: Session, patrol_id: UUID, marks: Sequence[Mark]) -> None:
    """Takes away the marks that were seen before a patrol was judged; one that came since stays."""
    if marks:
        session.connection().execute(
            delete(ReassessDue).where(
                col(ReassessDue.patrol_id) == patrol_id,
                col(ReassessDue.cause_id).in_([mark.cause_id for mark in marks]),
            )
        )


def put_back(session: Session, patrol_id: UUID, now: datetime) -> None:
    """Lets a patrol that could not be judged wait behind the others."""
    session.connection().execute(
        update(ReassessDue).where(col(ReassessDue.patrol_id) == patrol_id).values(tried_at=now)
    )
