"""Reads what the cross-check compares, and the flags it wrote: by patrols, for whoever judges or answers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlmodel import Session, col

from app.clock import from_ms, to_ms
from app.database.spatial import intersects, measured_points
from app.patrols import queries, review_queries
from app.patrols.models import (
    CrewMember,
    CrossCheckFlag,
    Patrol,
    PatrolAssessment,
    PatrolErasure,
    PatrolLine,
    PatrolVoid,
)
from app.tracks.cross_check import Declared, PatrolTrack, PhoneSpan
from app.tracks.models import FixBatch
from app.tracks.queries import DEFAULT_POLICY, policies_held

# No patrol is looked for that began longer than this before another: a forgotten one is closed long before.
_LONGEST = timedelta(hours=24)
# Twenty metres or so around a track: more than two that are one ever differ.
_MARGIN_DEGREES = 0.0002
# What its officer took back says nothing about anybody.
_VOIDED = exists().where(col(PatrolVoid.id) == col(Patrol.id))


def flags_of(session: Session, patrol_ids: Sequence[UUID]) -> dict[UUID, list[CrossCheckFlag]]:
    """What each patrol is asked because of another, withdrawn or not, oldest first."""
    found: dict[UUID, list[CrossCheckFlag]] = {patrol_id: [] for patrol_id in patrol_ids}
    if patrol_ids:
        order = (col(CrossCheckFlag.found_at), col(CrossCheckFlag.flag), col(CrossCheckFlag.other_patrol_id))
        of_these = select(CrossCheckFlag).where(col(CrossCheckFlag.patrol_id).in_(patrol_ids))
        for row in session.execute(of_these.order_by(*order)).scalars():
            found[row.patrol_id].append(row)
    return found


def asked_to_look(session: Session, patrol_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """Those of some patrols that a standing flag because of another asks somebody to look at, and since when."""
    if not patrol_ids:
        return {}
    asking = (
        select(col(CrossCheckFlag.patrol_id), func.max(col(CrossCheckFlag.found_at)))
        .where(
            col(CrossCheckFlag.patrol_id).in_(patrol_ids),
            col(CrossCheckFlag.asks_review),
            col(CrossCheckFlag.withdrawn_at).is_(None),
        )
        .group_by(col(CrossCheckFlag.patrol_id))
    )
    return {row[0]: row[1] for row in session.execute(asking).all()}


def flags_about(session: Session, patrol_id: UUID) -> list[CrossCheckFlag]:
    """The standing flags of a patrol, and those of others because of it."""
    about = or_(col(CrossCheckFlag.patrol_id) == patrol_id, col(CrossCheckFlag.other_patrol_id) == patrol_id)
    standing = col(CrossCheckFlag.withdrawn_at).is_(None)
    return list(session.execute(select(CrossCheckFlag).where(about, standing)).scalars())


def erased_among(session: Session, patrol_ids: set[UUID]) -> set[UUID]:
    """Those of some patrols whose positions were erased."""
    if not patrol_ids:
        return set()
    erased = select(col(PatrolErasure.patrol_id)).where(col(PatrolErasure.patrol_id).in_(patrol_ids))
    return set(session.execute(erased).scalars())


def window_ids_of(session: Session, patrol_ids: set[UUID]) -> set[UUID]:
    """The windows that some patrols were made for, or are linked to."""
    if not patrol_ids:
        return set()
    made_for = select(col(Patrol.window_id)).where(col(Patrol.id).in_(patrol_ids))
    linked = review_queries.linked_windows(session, list(patrol_ids))
    found = {window_id for window_id in session.execute(made_for).scalars() if window_id is not None}
    return found | set(linked.values())


def candidates(session: Session, patrol: Patrol, own: PatrolTrack, line: BaseGeometry | None) -> set[UUID]:
    """Every judged patrol of the force that may say something about this one."""
    from_at, to_at = from_ms(own.started_ms), from_ms(own.ended_ms)
    people = {own.officer_id, *(member.officer_id for member in own.crew)}
    crew = exists().where(col(CrewMember.patrol_id) == col(Patrol.id), col(CrewMember.officer_id).in_(people))
    phones = exists().where(
        col(FixBatch.patrol_id) == col(Patrol.id),
        col(FixBatch.device_id).in_([phone.device_id for phone in own.phones]),
    )
    wanted = [_about(from_at, to_at, timedelta(0)) & or_(col(Patrol.captured_by).in_(people), crew, phones)]
    if line is not None:
        policies = [DEFAULT_POLICY, *(held.policy for held in policies_held(session, patrol.force_id))]
        hours = max(policy.shared_track_hours for policy in policies)
        days = max(policy.replay_days for policy in policies)
        near = exists().where(
            col(PatrolLine.patrol_id) == col(Patrol.id),
            intersects(col(PatrolLine.line), line.envelope.buffer(_MARGIN_DEGREES)),
        )
        wanted.append(_about(from_at, to_at, timedelta(hours=hours)) & near)
        mine = col(Patrol.captured_by) == own.officer_id
        wanted.append(_about(from_at, to_at, timedelta(days=days)) & mine & near)
    found: set[UUID] = set()
    for each in wanted:
        rows = session.execute(
            select(col(Patrol.id))
            .join(PatrolAssessment, col(PatrolAssessment.patrol_id) == col(Patrol.id))
            .where(
                col(Patrol.force_id) == patrol.force_id,
                col(Patrol.id) != patrol.id,
                col(PatrolAssessment.superseded_at).is_(None),
                ~_VOIDED,
                each,
            )
        )
        found.update(rows.scalars())
    return found


def _about(from_at: datetime, to_at: datetime, reach: timedelta) -> ColumnElement[bool]:
    """Patrols that overlap a time, or lie at most `reach` from it."""
    return and_(
        col(Patrol.started_at) > from_at - reach - _LONGEST,
        col(Patrol.started_at) <= to_at + reach,
        col(PatrolAssessment.ended_at) >= from_at - reach,
    )


def tracks_of(session: Session, patrol_ids: Sequence[UUID]) -> list[PatrolTrack]:
    """What the cross-check is told of some judged patrols, in a fixed number of queries."""
    if not patrol_ids:
        return []
    rows = session.execute(
        select(
            col(Patrol.id), col(Patrol.captured_by), col(Patrol.started_at), col(Patrol.checked_in_at),
            col(PatrolAssessment.ended_at), col(PatrolLine.line),
        )
        .join(PatrolAssessment, col(PatrolAssessment.patrol_id) == col(Patrol.id))
        .outerjoin(PatrolLine, col(PatrolLine.patrol_id) == col(Patrol.id))
        .where(col(Patrol.id).in_(patrol_ids), col(PatrolAssessment.superseded_at).is_(None), ~_VOIDED)
        .order_by(col(Patrol.id))
    ).all()  # fmt: skip
    phones = _phones(session, patrol_ids)
    crews = queries.crews_of(session, patrol_ids)
    found = []
    for row in rows:
        span = to_ms(row.started_at), to_ms(row.ended_at)
        points = np.array(measured_points(row.line) if row.line is not None else []).reshape(-1, 3)
        found.append(
            PatrolTrack(
                row.id,
                row.captured_by,
                span[0],
                span[1],
                np.rint(points[:, 2] * 1000).astype(np.int64),
                points[:, 0],
                points[:, 1],
                tuple(
                    PhoneSpan(phone.device_id, max(phone.first_ms, span[0]), min(phone.last_ms, span[1]))
                    for phone in phones[row.id]
                ),
                _declared(crews[row.id], row.started_at - row.checked_in_at, span),
            )
        )
    return found


def _phones(session: Session, patrol_ids: Sequence[UUID]) -> Mapping[UUID, list[PhoneSpan]]:
    """From when to when each phone reported, by patrol."""
    found: dict[UUID, list[PhoneSpan]] = defaultdict(list)
    rows = session.execute(
        select(
            col(FixBatch.patrol_id),
            col(FixBatch.device_id),
            func.min(col(FixBatch.first_ms)),
            func.max(col(FixBatch.last_ms)),
        )
        .where(col(FixBatch.patrol_id).in_(patrol_ids), col(FixBatch.fix_count) > 0)
        .group_by(col(FixBatch.patrol_id), col(FixBatch.device_id))
        .order_by(col(FixBatch.device_id))
    )
    for patrol_id, device_id, first_ms, last_ms in rows:
        found[patrol_id].append(PhoneSpan(device_id, first_ms, last_ms))
    return found


def _declared(crew: Iterable[CrewMember], moved: timedelta, span: tuple[int, int]) -> tuple[Declared, ...]:
    """Colleagues and their times. What corrects the check-in corrects these: they are the same phone's."""
    return tuple(
        Declared(
            member.officer_id,
            max(to_ms(member.from_at + moved), span[0]) if member.from_at else span[0],
            min(to_ms(member.to_at + moved), span[1]) if member.to_at else span[1],
        )
        for member in crew
    )
