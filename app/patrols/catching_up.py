"""Brings patrols up to date with their facts: one at once, or many once each when all that came together is stored.

A use case that is given `Touched` notes there what it changed and leaves the judging to whoever gave it. Facts that
come alone and facts that come five hundred at a time go through the same steps.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import OperationalError, TimeoutError as PoolTimeout
from sqlmodel import Session

from app.database.turns import take_turns
from app.patrols import judging, recording, review_queries, voiding
from app.patrols.lifecycle import Cause
from app.patrols.models import Patrol
from app.patrols.queries import OpenPatrol


@dataclass(slots=True)
class Touched:
    """The patrols that some facts concern and why each is to be judged; those that were taken back apart."""

    causes: dict[UUID, Cause] = field(default_factory=dict)
    voided: set[UUID] = field(default_factory=set)

    def note(self, patrol_id: UUID, cause: Cause) -> None:
        # The end of a patrol is why it is judged, whatever else came with it.
        if cause is Cause.CHECK_OUT or patrol_id not in self.causes:
            self.causes[patrol_id] = cause


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """A patrol after all its facts were taken in; `reached` is how far an open one has come."""

    patrol: Patrol
    around: OpenPatrol | None
    reached: judging.Reached | None


class NotJudged(Exception):
    """A patrol could not be judged, by a fault of ours."""

    def __init__(self, patrol_id: UUID, why: BaseException) -> None:
        super().__init__(f"{type(why).__name__} while judging")
        self.patrol_id = patrol_id
        self.why = why


def follow(
    session: Session, patrol: Patrol, now: datetime, cause: Cause, touched: Touched | None
) -> tuple[OpenPatrol | None, judging.Reached | None]:
    """What follows from a new fact of a patrol: at once, or later by whoever gave `touched`."""
    if touched is None:
        return recording.bring_up_to_date(session, patrol, now, cause)
    touched.note(patrol.id, cause)
    return None, None


def follow_void(session: Session, patrol: Patrol, now: datetime, touched: Touched | None) -> None:
    """What follows from a patrol's being taken back: at once, or later by whoever gave `touched`."""
    if touched is None:
        voiding.take_out(session, patrol, now)
    else:
        touched.voided.add(patrol.id)


def hold(session: Session, patrol_ids: set[UUID]) -> None:
    """Holds the patrols that facts are about to come for, in one order: two who bring facts for several patrols, or
    decide on them, could otherwise wait for each other."""
    review_queries.hold_patrols(session, patrol_ids)


def bring_all_up_to_date(session: Session, touched: Touched, now: datetime) -> Mapping[UUID, CaughtUp]:
    """Does for each touched patrol, once, what was left. Raises NotJudged, naming the patrol it could not judge.

    Held in the order of an upload, each kind of thing in one call: patrols, their officers' turns, windows.
    """
    ids = sorted(touched.causes.keys() | touched.voided)
    if not ids:
        return {}
    review_queries.hold_patrols(session, set(ids))
    patrols = review_queries.patrols_by_id(session, set(ids))
    take_turns(session, review_queries.people_of_patrols(session, list(patrols.values())))
    linked = review_queries.linked_windows(session, ids)
    counted = {patrol.window_id or linked.get(patrol.id) for patrol in patrols.values()}
    review_queries.hold_windows(session, {each for each in counted if each is not None})
    found = {}
    for patrol_id in ids:
        patrol = patrols[patrol_id]
        try:
            found[patrol_id] = _bring(session, patrol, touched, now)
        except (OperationalError, PoolTimeout):
            # The database is busy or gone: nobody's facts can be taken in just now.
            raise
        except Exception as why:
            raise NotJudged(patrol_id, why) from why
    return found


def _bring(session: Session, patrol: Patrol, touched: Touched, now: datetime) -> CaughtUp:
    if patrol.id in touched.voided:
        voiding.take_out(session, patrol, now)
        return CaughtUp(patrol, None, None)
    around, reached = recording.bring_up_to_date(session, patrol, now, touched.causes[patrol.id])
    return CaughtUp(patrol, around, reached)
