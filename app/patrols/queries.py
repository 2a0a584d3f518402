"""Reads of patrols, their ends, crews, assessments and window results."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    exists,
    func,
    not_,
    or_,
    select as select_rows,
    union_all,
)
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from app.areas.models import AreaAncestor
from app.areas.scope import RowOwners, visible
from app.clock import london_day, to_ms
from app.database.model import as_stored
from app.database.paging import latest_first
from app.identity.models import Device
from app.identity.permissions import Caller, Permission
from app.patrols import asking, holding
from app.patrols.models import (
    AutoClosing,
    CheckOut,
    CreditedSlice,
    CrewMember,
    Patrol,
    PatrolAssessment,
    PatrolErasure,
    PatrolExplanation,
    PatrolLine,
    PatrolProgress,
    PatrolVoid,
)
from app.patrols.reasons import Leaving
from app.patrols.review_models import LinkedWindow
from app.patrols.schemas import PatrolFilter
from app.schedule.models import TaskingWindow
from app.schedule.queries import WindowAtCheckIn
from app.tracks.decision import Status
from app.tracks.facts import WindowFacts
from app.tracks.models import FixBatch


def may_see(caller: Caller, day: date) -> ColumnElement[bool]:
    """The gate for patrols: the ordinary scope, the patrols the caller was crew on, and those that count for a window
    in whose scope the caller is: whoever decides on a window must be able to see what it rests on."""
    window = RowOwners(
        force_id=col(TaskingWindow.force_id),
        team_id=col(TaskingWindow.team_id),
        area_id=col(TaskingWindow.area_id),
    )
    in_scope = visible(caller, day, window, Permission.PATROLS_READ)
    made_for = exists().where(col(TaskingWindow.id) == col(Patrol.window_id), in_scope)
    linked = exists().where(
        col(LinkedWindow.patrol_id) == col(Patrol.id),
        col(LinkedWindow.window_id) == col(TaskingWindow.id),
        in_scope,
    )
    crew = exists().where(
        col(CrewMember.patrol_id) == col(Patrol.id), col(CrewMember.officer_id) == caller.officer_id
    )
    owners = RowOwners(
        force_id=col(Patrol.force_id),
        team_id=col(Patrol.team_id),
        area_id=col(Patrol.area_id),
        officer_id=col(Patrol.captured_by),
    )
    return visible(caller, day, owners, Permission.PATROLS_READ, also=[crew, made_for, linked])


def patrol_seen(session: Session, caller: Caller, patrol_id: UUID, day: date) -> Patrol | None:
    """A patrol if the caller may see it."""
    return session.exec(select(Patrol).where(Patrol.id == patrol_id, may_see(caller, day))).first()


def patrol_locked(session: Session, patrol_id: UUID) -> Patrol | None:
    """A patrol for writing; others who would judge it wait until this transaction ends."""
    row = session.connection().execute(_LOCKED, {"patrol_id": patrol_id}).mappings().first()
    return as_stored(Patrol, dict(row)) if row else None


@dataclass(frozen=True, slots=True)
class OpenPatrol:
    """What an upload needs to know of a patrol besides its own row: its window, its end, what its progress pins."""

    window: WindowFacts | None
    window_starts_at: datetime | None
    window_ends_at: datetime | None
    ended: bool
    closed_by_policy: bool
    boundary_id: UUID | None
    policy_version: str | None
    voided: bool = False
    erased: bool = False


# Built once: putting a statement together costs as much as running it.
_LOCKED = (
    select_rows(*Patrol.__table__.c)  # type: ignore[attr-defined]  # SQLModel does not type it
    .where(col(Patrol.id) == bindparam("patrol_id"))
    .with_for_update(key_share=True)
)
_AROUND: Select[*tuple[Any, ...]] = (
    select_rows(
        col(TaskingWindow.hotspot_id),
        col(TaskingWindow.starts_at),
        col(TaskingWindow.ends_at),
        col(TaskingWindow.required_seconds),
        col(CheckOut.ended_at).label("checked_out"),
        col(AutoClosing.ended_at).label("closed"),
        col(PatrolProgress.boundary_id),
        col(PatrolProgress.policy_version),
        col(PatrolVoid.id).label("voided"),
        col(PatrolErasure.erased_at),
    )
    .select_from(Patrol)
    .outerjoin(TaskingWindow, col(TaskingWindow.id) == col(Patrol.window_id))
    .outerjoin(CheckOut, col(CheckOut.id) == col(Patrol.id))
    .outerjoin(AutoClosing, col(AutoClosing.patrol_id) == col(Patrol.id))
    .outerjoin(PatrolProgress, col(PatrolProgress.patrol_id) == col(Patrol.id))
    .outerjoin(PatrolVoid, col(PatrolVoid.id) == col(Patrol.id))
    .outerjoin(PatrolErasure, col(PatrolErasure.patrol_id) == col(Patrol.id))
    .where(col(Patrol.id) == bindparam("patrol_id"))
)


def around(session: Session, patrol_id: UUID) -> OpenPatrol:
    """Reads what surrounds a patrol that exists; after its row was locked, so that no end slips in between."""
    row = session.connection().execute(_AROUND, {"patrol_id": patrol_id}).one()
    window = None
    if row.hotspot_id is not None:
        window = WindowFacts(
            row.hotspot_id, to_ms(row.starts_at), to_ms(row.ends_at), row.required_seconds * 1000
        )
    closed_by_policy = row.checked_out is None and row.closed is not None
    ended = row.checked_out is not None or closed_by_policy
    return OpenPatrol(
        window, row.starts_at, row.ends_at, ended, closed_by_policy, row.boundary_id, row.policy_version,
        voided=row.voided is not None, erased=row.erased_at is not None,
    )  # fmt: skip


_VOIDED = exists().where(col(PatrolVoid.id) == col(Patrol.id))


def voids_of(session: Session, patrol_ids: Sequence[UUID]) -> dict[UUID, PatrolVoid]:
    """Which of some patrols their officer took back."""
    if not patrol_ids:
        return {}
    rows = session.exec(select(PatrolVoid).where(col(PatrolVoid.id).in_(patrol_ids))).all()
    return {row.id: row for row in rows}


def patrol_recorded(session: Session, patrol_id: UUID) -> Patrol:
    """The patrol a phone has just recorded; it is that phone's own."""
    return session.exec(select(Patrol).where(Patrol.id == patrol_id)).one()


def patrols_seen(
    session: Session,
    caller: Caller,
    now: datetime,
    wanted: PatrolFilter,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Patrol]:
    """A page of patrols the caller may see, latest first."""
    told = holding.told_to(caller.officer_id, now)
    query = select(Patrol).where(may_see(caller, london_day(now)), *_conditions(wanted, told))
    page = latest_first(query, col(Patrol.started_at), col(Patrol.id), after, limit)
    return list(session.exec(page).all())


def _conditions(wanted: PatrolFilter, told: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.from_at is not None:
        found.append(col(Patrol.started_at) >= wanted.from_at)
    if wanted.to_at is not None:
        found.append(col(Patrol.started_at) < wanted.to_at)
    if wanted.team_id is not None:
        found.append(col(Patrol.team_id) == wanted.team_id)
    if wanted.officer_id is not None:
        found.append(col(Patrol.captured_by) == wanted.officer_id)
    if wanted.window_id is not None:
        found.append(counts_for([wanted.window_id]))
    if wanted.hotspot_id is not None:
        found.append(_in_hotspot(wanted.hotspot_id, told))
    if wanted.area_id is not None:
        below = select(AreaAncestor.area_id).where(AreaAncestor.ancestor_id == wanted.area_id)
        found.append(col(Patrol.area_id).in_(below))
    if wanted.check_needed is not None:
        asks = and_(told, ~_VOIDED, asking.still_asked())
        found.append(asks if wanted.check_needed else not_(asks))
    if wanted.status == Status.IN_PROGRESS:
        found.append(exists().where(col(PatrolProgress.patrol_id) == col(Patrol.id)))
    elif wanted.status is not None:
        found += [told, ~_VOIDED]
        found.append(
            exists().where(
                col(PatrolAssessment.patrol_id) == col(Patrol.id),
                col(PatrolAssessment.superseded_at).is_(None),
                col(PatrolAssessment.status) == wanted.status,
            )
        )
    return found


def counts_for(window_ids: Sequence[UUID]) -> ColumnElement[bool]:
    """The condition that a patrol was made for one of some windows, or was linked to it by a supervisor."""
    linked = select_rows(col(LinkedWindow.patrol_id)).where(col(LinkedWindow.window_id).in_(window_ids))
    # One list of ids: for either of two conditions PostgreSQL goes through all patrols.
    one = aliased(Patrol)
    made_for = select_rows(col(one.id)).where(col(one.window_id).in_(window_ids))
    return col(Patrol.id).in_(union_all(made_for, linked))


def _in_hotspot(hotspot_id: UUID, told: ColumnElement[bool]) -> ColumnElement[bool]:
    tasked = exists().where(
        col(TaskingWindow.id) == col(Patrol.window_id), col(TaskingWindow.hotspot_id) == hotspot_id
    )
    credited = exists().where(
        col(CreditedSlice.patrol_id) == col(Patrol.id), col(CreditedSlice.hotspot_id) == hotspot_id
    )
    return or_(tasked, and_(told, credited))


@dataclass(frozen=True, slots=True)
class PatrolEnd:
    """How a patrol ended: by its phone, or by policy when the check-out was forgotten."""

    ended_at: datetime
    checked_out_at: datetime | None
    longitude: float | None = None
    latitude: float | None = None
    accuracy_m: float | None = None
    skew_ms: int | None = None
    reason_code: str | None = None
    log_number: str | None = None
    activity_id: UUID | None = None

    @property
    def leaving(self) -> Leaving:
        """What the check-out says the patrol was left for."""
        return Leaving(self.reason_code, self.log_number, self.activity_id, self.ended_at)

    @property
    def auto(self) -> bool:
        return self.checked_out_at is None


def ends_of(session: Session, patrol_ids: Sequence[UUID]) -> dict[UUID, PatrolEnd]:
    """The end of each patrol that has one; a real check-out stands before an automatic closing."""
    if not patrol_ids:
        return {}
    found = {
        row.patrol_id: PatrolEnd(row.ended_at, None)
        for row in session.exec(select(AutoClosing).where(col(AutoClosing.patrol_id).in_(patrol_ids))).all()
    }
    for row in session.exec(select(CheckOut).where(col(CheckOut.id).in_(patrol_ids))).all():
        found[row.id] = PatrolEnd(
            row.ended_at, row.checked_out_at, row.longitude, row.latitude, row.accuracy_m, row.skew_ms,
            row.reason_code, row.log_number, row.activity_id,
        )  # fmt: skip
    return found


def current_assessments(session: Session, patrol_ids: Sequence[UUID]) -> dict[UUID, PatrolAssessment]:
    """The standing judgement of each patrol that has one."""
    if not patrol_ids:
        return {}
    rows = session.exec(
        select(PatrolAssessment).where(
            col(PatrolAssessment.patrol_id).in_(patrol_ids), col(PatrolAssessment.superseded_at).is_(None)
        )
    ).all()
    return {row.patrol_id: row for row in rows}


def assessment_numbered(session: Session, patrol_id: UUID, number: int | None) -> PatrolAssessment | None:
    """One judgement of a patrol by number; the standing one for None."""
    query = select(PatrolAssessment).where(PatrolAssessment.patrol_id == patrol_id)
    if number is None:
        query = query.where(col(PatrolAssessment.superseded_at).is_(None))
    else:
        query = query.where(PatrolAssessment.number == number)
    return session.exec(query).first()


def assessments_of(session: Session, patrol_id: UUID) -> list[PatrolAssessment]:
    """Every judgement of a patrol, the first one first."""
    return list(
        session.exec(
            select(PatrolAssessment)
            .where(PatrolAssessment.patrol_id == patrol_id)
            .order_by(col(PatrolAssessment.number))
        ).all()
    )


def last_number(session: Session, patrol_id: UUID) -> int:
    """How many judgements a patrol has had."""
    highest = select_rows(func.max(col(PatrolAssessment.number))).where(
        col(PatrolAssessment.patrol_id) == patrol_id
    )
    return session.execute(highest).scalar_one() or 0


def patrols_shown(session: Session, caller: Caller, patrol_ids: set[UUID], day: date) -> set[UUID]:
    """Those of some patrols that the caller may see."""
    if not patrol_ids:
        return set()
    return set(
        session.exec(select(Patrol.id).where(col(Patrol.id).in_(patrol_ids), may_see(caller, day))).all()
    )


def crews_of(session: Session, patrol_ids: Sequence[UUID]) -> dict[UUID, list[CrewMember]]:
    """The declared crew of each patrol."""
    found: dict[UUID, list[CrewMember]] = {patrol_id: [] for patrol_id in patrol_ids}
    if patrol_ids:
        for row in session.exec(select(CrewMember).where(col(CrewMember.patrol_id).in_(patrol_ids))).all():
            found[row.patrol_id].append(row)
    return found


def explanations_of(session: Session, patrol_ids: Sequence[UUID]) -> dict[UUID, list[PatrolExplanation]]:
    """What those on each patrol said to it, in the order it came in; an empty list for a patrol without."""
    found: dict[UUID, list[PatrolExplanation]] = {patrol_id: [] for patrol_id in patrol_ids}
    if patrol_ids:
        rows = session.exec(
            select(PatrolExplanation)
            .where(col(PatrolExplanation.patrol_id).in_(patrol_ids))
            .order_by(col(PatrolExplanation.received_at), col(PatrolExplanation.id))
        ).all()
        for row in rows:
            found[row.patrol_id].append(row)
    return found


def progress_of(session: Session, patrol_ids: Sequence[UUID]) -> dict[UUID, PatrolProgress]:
    if not patrol_ids:
        return {}
    rows = session.exec(select(PatrolProgress).where(col(PatrolProgress.patrol_id).in_(patrol_ids))).all()
    return {row.patrol_id: row for row in rows}


def sent_by_revoked_device(session: Session, patrol: Patrol) -> bool:
    """Whether the check-in or any fixes of a patrol came from a phone after it had been revoked.

    A check-out does not say which phone sent it.
    """
    checked_in = and_(col(Device.id) == patrol.device_id, col(Device.revoked_at) < patrol.received_at)
    uploaded = exists().where(
        col(FixBatch.patrol_id) == patrol.id,
        col(FixBatch.device_id) == col(Device.id),
        col(FixBatch.received_at) > col(Device.revoked_at),
    )
    revoked = select_rows(col(Device.id)).where(
        col(Device.revoked_at).is_not(None), or_(checked_in, uploaded)
    )
    return session.execute(revoked.limit(1)).first() is not None


def line_of(session: Session, patrol_id: UUID) -> PatrolLine | None:
    return session.get(PatrolLine, patrol_id)


def windows_by_id(session: Session, window_ids: set[UUID]) -> dict[UUID, WindowAtCheckIn]:
    """The windows that some patrols were made for."""
    if not window_ids:
        return {}
    rows = session.exec(select(TaskingWindow).where(col(TaskingWindow.id).in_(window_ids))).all()
    return {row.id: WindowAtCheckIn(row.force_id, row.hotspot_id, row.required_seconds) for row in rows}


def window_locked(session: Session, window_id: UUID) -> TaskingWindow:
    """A window for writing its result; whoever judges another of its patrols waits until this transaction ends."""
    return session.exec(
        select(TaskingWindow)
        .where(TaskingWindow.id == window_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
