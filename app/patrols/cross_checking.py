"""Writes what the cross-check finds: flags over several patrols, and the windows that rest on them.

A patrol that was judged is due; a job takes what is due one by one. It compares the patrol with those about the same
time and place, with the same people or the same phone, and with its officer's own of the last weeks. The flags of a
pair depend on the two patrols alone, and whichever is judged last makes the pair due again: order changes nothing. A
flag that is no longer found is withdrawn, never deleted. Once the positions of one of two patrols are erased, what was
found of the two stands: nobody can look again.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID, uuid4, uuid5

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session, col

from app.audit.service import changed
from app.clock import from_ms, london_day
from app.database.turns import take_turns
from app.patrols import cross_reading, queries, window_queries
from app.patrols.models import CrossCheckDue, CrossCheckFlag, Patrol
from app.patrols.window_results import write_window_result
from app.schedule.models import TaskingWindow
from app.tracks.cross_check import CrossFlag, Found, cross_check
from app.tracks.policy import Policy
from app.tracks.queries import policy_in_force

# The patrol that is asked, the other, and what about.
Key = tuple[UUID, UUID, CrossFlag]


def due(session: Session, at_most: int) -> Sequence[tuple[UUID, UUID]]:
    """Patrols to check and their forces, the longest waiting first."""
    rows = session.execute(
        select(col(CrossCheckDue.patrol_id), col(Patrol.force_id))
        .join(Patrol, col(Patrol.id) == col(CrossCheckDue.patrol_id))
        .order_by(col(CrossCheckDue.marked_at), col(CrossCheckDue.patrol_id))
        .limit(at_most)
    ).all()
    return [(patrol_id, force_id) for patrol_id, force_id in rows]


def check(session: Session, patrol_id: UUID, force_id: UUID, now: datetime) -> bool:
    """Checks one patrol against the others, if it is still due; false when somebody else was faster.

    One check at a time in a force, then the patrol's row as for judging, then windows in the order of their ids:
    whoever judges meanwhile waits, and nobody waits in a circle.
    """
    take_turns(session, [uuid5(force_id, "cross-check")])
    patrol = queries.patrol_locked(session, patrol_id)
    is_due = select(col(CrossCheckDue.patrol_id)).where(col(CrossCheckDue.patrol_id) == patrol_id)
    if patrol is None or session.execute(is_due).first() is None:
        return False
    found, policies = _found(session, patrol)
    altered = _write(session, patrol, found, policies, now)
    _write_windows(session, patrol.force_id, altered, now)
    session.connection().execute(delete(CrossCheckDue).where(col(CrossCheckDue.patrol_id) == patrol_id))
    return True


def _found(session: Session, patrol: Patrol) -> tuple[list[Found], dict[UUID, Policy]]:
    """The flags of a patrol and those about it, and by which rules each other patrol was compared with it."""
    (own,) = cross_reading.tracks_of(session, [patrol.id]) or (None,)
    if own is None:
        return [], {}
    line = queries.line_of(session, patrol.id)
    near = cross_reading.candidates(session, patrol, own, line.line if line else None)
    by_day: dict[date, Policy] = {}
    policies: dict[UUID, Policy] = {}
    found: list[Found] = []
    for other in cross_reading.tracks_of(session, sorted(near)):
        # The rules in force when the later of the two began, whichever of them is looked at.
        day = london_day(from_ms(max(own.started_ms, other.started_ms)))
        if day not in by_day:
            by_day[day] = policy_in_force(session, patrol.force_id, day)
        policies[other.patrol_id] = by_day[day]
        found += cross_check([own, other], by_day[day])
    return found, policies


def _write(
    session: Session, patrol: Patrol, found: Sequence[Found], policies: Mapping[UUID, Policy], now: datetime
) -> set[UUID]:
    """Adds what is new and withdraws what is no longer found; the patrols of which a flag came or went."""
    standing = {
        (row.patrol_id, row.other_patrol_id, row.flag): row
        for row in cross_reading.flags_about(session, patrol.id)
    }
    settled = _settled(session, patrol, standing)
    standing = {key: row for key, row in standing.items() if key not in settled}
    fresh = {}
    for each in found:
        key = each.patrol_id, each.other_patrol_id, each.flag
        other = each.other_patrol_id if each.patrol_id == patrol.id else each.patrol_id
        if key not in settled:
            fresh[key] = (each, policies[other].version)
    same = {
        key
        for key, (each, version) in fresh.items()
        if key in standing
        and (standing[key].evidence, standing[key].policy_version) == (each.evidence, version)
    }
    gone = [row.id for key, row in standing.items() if key not in same]
    connection = session.connection()
    if gone:
        connection.execute(
            update(CrossCheckFlag).where(col(CrossCheckFlag.id).in_(gone)).values(withdrawn_at=now)
        )
    rows = [
        {
            "id": uuid4(),
            "patrol_id": each.patrol_id,
            "other_patrol_id": each.other_patrol_id,
            "flag": each.flag,
            "asks_review": each.flag.asks_review,
            "evidence": each.evidence,
            "policy_version": version,
            "found_at": now,
        }
        for key, (each, version) in fresh.items()
        if key not in same
    ]
    if rows:
        connection.execute(insert(CrossCheckFlag), rows)
    if gone or rows:
        touched = {one for key in (standing.keys() | fresh.keys()) - same for one in key[:2]}
        changed(
            session, "patrol:cross-check", now, {"patrol": touched}, actor_id=None, force_id=patrol.force_id
        )
    return {key[0] for key in standing.keys() ^ fresh.keys()}


def _settled(session: Session, patrol: Patrol, standing: Iterable[Key]) -> set[Key]:
    """Those standing flags that rest on erased positions. What its officer took back is withdrawn nevertheless."""
    if queries.voids_of(session, [patrol.id]):
        return set()
    keys = list(standing)
    erased = cross_reading.erased_among(session, {one for key in keys for one in key[:2]})
    return {key for key in keys if not erased.isdisjoint(key[:2])}


def _write_windows(session: Session, force_id: UUID, patrol_ids: set[UUID], now: datetime) -> None:
    """Decides the windows of some patrols, and those they were moved to, again: in one order, as all who hold several
    windows take them."""
    window_ids = {
        each
        for window_id in cross_reading.window_ids_of(session, patrol_ids)
        for each in window_queries.windows_to_decide(session, window_id)
    }
    for window_id in sorted(window_ids):
        window = session.get_one(TaskingWindow, window_id)
        policy = policy_in_force(session, force_id, london_day(window.starts_at))
        write_window_result(session, window_id, policy, now)
