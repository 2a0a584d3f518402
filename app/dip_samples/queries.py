"""Reads of reality checks: who may be drawn, samples and their checks, what became of the patrols since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select as select_rows
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from app.areas.models import Area, AreaAncestor, Team
from app.areas.scope import RowOwners, visible
from app.database.paging import latest_first
from app.dip_samples.models import DipSample, DipSampleCheck, DipSamplePatrol
from app.identity.permissions import Caller, Permission
from app.patrols import holding
from app.patrols.models import (
    CrewMember,
    Patrol,
    PatrolAssessment,
    PatrolErasure,
    PatrolProgress,
    PatrolVoid,
)
from app.schedule.windows import LATE_DATA_GRACE

_DRAW = Permission.DIP_SAMPLES_DRAW


def team_to_draw_from(session: Session, caller: Caller, team_id: UUID, day: date) -> Team | None:
    """A team if the caller may draw from it."""
    owners = RowOwners(force_id=col(Team.force_id), team_id=col(Team.id), area_id=col(Team.area_id))
    return session.exec(select(Team).where(Team.id == team_id, visible(caller, day, owners, _DRAW))).first()


def area_to_draw_from(session: Session, caller: Caller, area_id: UUID, day: date) -> Area | None:
    """An area if the caller may draw from it."""
    owners = RowOwners(force_id=col(Area.force_id), area_id=col(Area.id))
    return session.exec(select(Area).where(Area.id == area_id, visible(caller, day, owners, _DRAW))).first()


def population(
    session: Session,
    caller: Caller,
    now: datetime,
    day: date,
    *,
    team_id: UUID | None,
    area_id: UUID,
    period: tuple[datetime, datetime],
    most: int,
) -> list[PatrolAssessment]:
    """The judgements of the settled patrols that may be drawn: those the caller may see and was not on, ended a day
    ago and judged, told to everybody, not taken back."""
    owners = RowOwners(
        force_id=col(Patrol.force_id), team_id=col(Patrol.team_id), area_id=col(Patrol.area_id)
    )
    patrol_id = col(Patrol.id)
    was_crew = exists().where(
        col(CrewMember.patrol_id) == patrol_id, col(CrewMember.officer_id) == caller.officer_id
    )
    query = (
        select(PatrolAssessment)
        .join(Patrol, patrol_id == col(PatrolAssessment.patrol_id))
        .where(
            visible(caller, day, owners, _DRAW),
            col(Patrol.captured_by) != caller.officer_id,
            ~was_crew,
            col(PatrolAssessment.superseded_at).is_(None),
            col(PatrolAssessment.ended_at) <= now - LATE_DATA_GRACE,
            col(Patrol.started_at) >= period[0],
            col(Patrol.started_at) < period[1],
            ~exists().where(col(PatrolProgress.patrol_id) == patrol_id),
            ~exists().where(col(PatrolVoid.id) == patrol_id),
            holding.told_to_everybody(now),
        )
    )
    if team_id is not None:
        query = query.where(col(Patrol.team_id) == team_id)
    else:
        below = select(AreaAncestor.area_id).where(AreaAncestor.ancestor_id == area_id)
        query = query.where(col(Patrol.area_id).in_(below))
    return list(session.exec(query.order_by(patrol_id).limit(most)).all())


def _gate(caller: Caller, day: date, permission: Permission) -> ColumnElement[bool]:
    owners = RowOwners(
        force_id=col(DipSample.force_id), team_id=col(DipSample.team_id), area_id=col(DipSample.area_id)
    )
    return visible(caller, day, owners, permission)


def sample_seen(
    session: Session, caller: Caller, sample_id: UUID, day: date, permission: Permission
) -> DipSample | None:
    """A sample if the caller may see it under a permission."""
    gate = _gate(caller, day, permission)
    return session.exec(select(DipSample).where(DipSample.id == sample_id, gate)).first()


def sample_locked(session: Session, caller: Caller, sample_id: UUID, day: date) -> DipSample | None:
    """A sample for adding to, if the caller may; others who would add to it wait until this transaction ends."""
    return session.exec(
        select(DipSample)
        .where(DipSample.id == sample_id, _gate(caller, day, _DRAW))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def samples_seen(
    session: Session, caller: Caller, day: date, after: tuple[datetime, UUID] | None, limit: int
) -> list[DipSample]:
    """A page of samples, latest first."""
    # The lists they were drawn from are long, and no line tells of them.
    without_lists = defer(DipSample.population)  # type: ignore[arg-type]
    query = select(DipSample).where(_gate(caller, day, Permission.DIP_SAMPLES_READ)).options(without_lists)
    page = latest_first(query, col(DipSample.received_at), col(DipSample.id), after, limit)
    return list(session.exec(page).all())


def overlapping(session: Session, sample: DipSample) -> int:
    """How many other samples of the same team or area are of an overlapping period."""
    same = (
        col(DipSample.team_id) == sample.team_id
        if sample.team_id is not None
        else and_(col(DipSample.team_id).is_(None), col(DipSample.area_id) == sample.area_id)
    )
    counted = select_rows(func.count()).where(
        col(DipSample.force_id) == sample.force_id,
        same,
        col(DipSample.id) != sample.id,
        col(DipSample.from_at) < sample.to_at,
        col(DipSample.to_at) > sample.from_at,
    )
    return session.execute(counted).scalar_one() or 0


def drawn_of(session: Session, sample_ids: Sequence[UUID]) -> dict[UUID, list[DipSamplePatrol]]:
    """The patrols of some samples, in the order they were drawn."""
    found: dict[UUID, list[DipSamplePatrol]] = {sample_id: [] for sample_id in sample_ids}
    if sample_ids:
        order = (col(DipSamplePatrol.position), col(DipSamplePatrol.patrol_id))
        query = select(DipSamplePatrol).where(col(DipSamplePatrol.sample_id).in_(sample_ids))
        for row in session.exec(query.order_by(*order)).all():
            found[row.sample_id].append(row)
    return found


def checks_of(session: Session, sample_ids: Sequence[UUID]) -> dict[UUID, list[DipSampleCheck]]:
    """Every check of some samples, by number."""
    found: dict[UUID, list[DipSampleCheck]] = {sample_id: [] for sample_id in sample_ids}
    if sample_ids:
        query = select(DipSampleCheck).where(col(DipSampleCheck.sample_id).in_(sample_ids))
        for row in session.exec(query.order_by(col(DipSampleCheck.number), col(DipSampleCheck.id))).all():
            found[row.sample_id].append(row)
    return found


def patrols_of(session: Session, patrol_ids: Sequence[UUID]) -> dict[UUID, Patrol]:
    """The patrols of a sample."""
    rows = session.exec(select(Patrol).where(col(Patrol.id).in_(patrol_ids))).all()
    return {row.id: row for row in rows}


def erased(session: Session, patrol_ids: Sequence[UUID]) -> set[UUID]:
    """Those of some patrols whose positions were erased."""
    rows = session.exec(
        select(PatrolErasure.patrol_id).where(col(PatrolErasure.patrol_id).in_(patrol_ids))
    ).all()
    return set(rows)


def place_names(session: Session, samples: Sequence[DipSample]) -> dict[UUID, str]:
    """What the teams and areas of some samples are called today, by sample."""
    teams = {sample.team_id for sample in samples if sample.team_id is not None}
    areas = {sample.area_id for sample in samples if sample.team_id is None}
    names = dict(session.exec(select(Team.id, Team.name).where(col(Team.id).in_(teams))).all())
    names |= dict(session.exec(select(Area.id, Area.name).where(col(Area.id).in_(areas))).all())
    return {sample.id: names[sample.team_id or sample.area_id] for sample in samples}


@dataclass(frozen=True, slots=True)
class OwnRow:
    """A patrol of somebody's own in a sample that is signed off."""

    sample: DipSample
    drawn: DipSamplePatrol
    patrol: Patrol


def own_rows(session: Session, caller: Caller, day: date, limit: int) -> list[OwnRow]:
    """The caller's own patrols in signed samples, those they were crew on included; latest sign-off first."""
    crew = exists().where(
        col(CrewMember.patrol_id) == col(Patrol.id), col(CrewMember.officer_id) == caller.officer_id
    )
    # Without team and area: nobody sees others' here, whatever else they may see.
    own = RowOwners(force_id=col(Patrol.force_id), officer_id=col(Patrol.captured_by))
    rows = session.exec(
        select(DipSample, DipSamplePatrol, Patrol)
        .join(DipSamplePatrol, col(DipSamplePatrol.sample_id) == col(DipSample.id))
        .join(Patrol, col(Patrol.id) == col(DipSamplePatrol.patrol_id))
        .where(
            visible(caller, day, own, Permission.PATROLS_READ, also=[crew]),
            col(DipSample.signed_at).is_not(None),
        )
        .order_by(col(DipSample.signed_at).desc(), col(DipSamplePatrol.position))
        .limit(limit)
    ).all()
    return [OwnRow(*row) for row in rows]
