"""Reads of the codes that apps sent and no list held, of all that officers log, through the gate."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Text, cast
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from app.abstractions import counting, queries as abstractions
from app.abstractions.models import Abstraction
from app.abstractions.recording import LISTS as ABSTRACTION_LISTS
from app.activities.queries import unknown_codes_seen
from app.clock import london_day
from app.engagements import queries as engagements, reach
from app.engagements.models import Engagement, TickOf
from app.engagements.recording import LISTS as ENGAGEMENT_LISTS
from app.identity.permissions import Caller, Permission
from app.reference.codes import Lists
from app.reference.queries import labels_of

UNKNOWN = "unknown_code"


@dataclass(frozen=True, slots=True)
class Sent:
    """Codes of one record that no list held on its day, each as `list/code`; `what` is `activities`, `engagements` or
    `abstractions`."""

    what: str
    codes: tuple[str, ...]
    at: datetime


def sent_unknown(
    session: Session, caller: Caller, day: date, from_at: datetime, to_at: datetime
) -> Iterator[Sent]:
    """Every record of a period in the caller's scope that bears such a code; none that was taken back."""
    for codes, at in unknown_codes_seen(session, caller, day, from_at, to_at):
        yield Sent("activities", tuple(codes), at)
    yield from _of_engagements(session, caller, day, from_at, to_at)
    yield from _of_abstractions(session, caller, day, from_at, to_at)


def _flagged(flags: Mapped[list[str]]) -> ColumnElement[bool]:
    return cast(flags, Text).like(f'%"{UNKNOWN}"%')


def _of_engagements(
    session: Session, caller: Caller, day: date, from_at: datetime, to_at: datetime
) -> Iterator[Sent]:
    row = Engagement
    gate = engagements.answers_for(caller, day)
    when = (col(row.occurred_at) >= from_at, col(row.occurred_at) < to_at)
    flagged = _flagged(col(row.flags))
    rows = session.exec(select(row).where(gate, col(row.voided_at).is_(None), flagged, *when)).all()
    ticks = engagements.ticks_of(session, [each.id for each in rows])
    held = _Lists(session, caller, ENGAGEMENT_LISTS)
    for each in rows:
        said = {of: [tick.code for tick in ticks[each.id] if tick.of is of] for of in TickOf}
        facts = reach.EngagementFacts(
            each.engagement_type,
            each.method,
            reach_band=each.reach_band,
            priority_groups=said[TickOf.PRIORITY_GROUP],
            minority_groups=[reach.GroupCount(code, 0) for code in said[TickOf.MINORITY_GROUP]],
            issues=said[TickOf.ISSUE],
            partners=each.partners,
        )
        yield Sent("engagements", reach.strange_codes(facts, held.on(each.occurred_at)), each.occurred_at)


def _of_abstractions(
    session: Session, caller: Caller, day: date, from_at: datetime, to_at: datetime
) -> Iterator[Sent]:
    row = Abstraction
    gate = abstractions.answers_for(caller, day, Permission.ABSTRACTIONS_REPORT)
    when = (col(row.starts_at) >= from_at, col(row.starts_at) < to_at)
    stands = (col(row.voided_at).is_(None), col(row.erased_at).is_(None))
    rows = session.exec(select(row).where(gate, *stands, _flagged(col(row.flags)), *when)).all()
    held = _Lists(session, caller, ABSTRACTION_LISTS)
    for each in rows:
        facts = counting.AbstractionFacts(
            each.of,
            each.starts_at,
            authority_level=each.authority_level,
            reason_code=each.reason_code,
            role=each.post_role,
            destination=each.destination,
        )
        yield Sent("abstractions", counting.strange_codes(facts, held.on(each.starts_at)), each.starts_at)


class _Lists:
    """Some lists on the days that are asked for, each day read once."""

    def __init__(self, session: Session, caller: Caller, names: list[str]) -> None:
        self._session, self._force_id, self._names = session, caller.force_id, names
        self._days: dict[date, Lists] = {}

    def on(self, at: datetime) -> Lists:
        day = london_day(at)
        if day not in self._days:
            self._days[day] = labels_of(self._session, self._force_id, self._names, day)
        return self._days[day]
