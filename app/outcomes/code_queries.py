"""Reads of the codes that apps sent and no list held, of all that officers log, through the gate."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, Text, cast, select as select_rows
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col

from app.abstractions import counting, queries as abstractions
from app.abstractions.models import Abstraction
from app.abstractions.recording import LISTS as ABSTRACTION_LISTS
from app.activities.queries import unknown_codes_seen
from app.clock import london_day
from app.engagements import queries as engagements, reach
from app.engagements.models import Engagement, EngagementTick, TickOf
from app.engagements.recording import LISTS as ENGAGEMENT_LISTS
from app.identity.permissions import Caller, Permission
from app.reference.queries import lists_over_time

UNKNOWN = "unknown_code"
# As many rows are held at once, and named in one statement.
_ROWS_AT_ONCE = 1_000


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
    query = select_rows(
        col(row.id),
        col(row.occurred_at),
        col(row.engagement_type),
        col(row.method),
        col(row.reach_band),
        col(row.partners),
    ).where(
        engagements.answers_for(caller, day),
        col(row.voided_at).is_(None),
        _flagged(col(row.flags)),
        col(row.occurred_at) >= from_at,
        col(row.occurred_at) < to_at,
    )
    held = lists_over_time(session, caller.force_id, ENGAGEMENT_LISTS)
    for some in _in_pieces(session, query):
        ticked = _ticked(session, [each.id for each in some])
        for each in some:
            said = ticked[each.id]
            facts = reach.EngagementFacts(
                each.engagement_type,
                each.method,
                reach_band=each.reach_band,
                priority_groups=said[TickOf.PRIORITY_GROUP],
                minority_groups=[reach.GroupCount(code, 0) for code in said[TickOf.MINORITY_GROUP]],
                issues=said[TickOf.ISSUE],
                partners=each.partners,
            )
            strange = reach.strange_codes(facts, held.on(london_day(each.occurred_at)))
            yield Sent("engagements", strange, each.occurred_at)


def _ticked(session: Session, engagement_ids: Sequence[UUID]) -> dict[UUID, dict[TickOf, list[str]]]:
    found: dict[UUID, dict[TickOf, list[str]]] = {each: {of: [] for of in TickOf} for each in engagement_ids}
    tick = EngagementTick
    rows = select_rows(col(tick.engagement_id), col(tick.of), col(tick.code))
    for engagement_id, of, code in session.execute(rows.where(col(tick.engagement_id).in_(engagement_ids))):
        found[engagement_id][of].append(code)
    return found


def _of_abstractions(
    session: Session, caller: Caller, day: date, from_at: datetime, to_at: datetime
) -> Iterator[Sent]:
    row = Abstraction
    query = select_rows(
        col(row.officer_id),
        col(row.starts_at),
        col(row.authority_level),
        col(row.reason_code),
        col(row.post_role),
        col(row.destination),
    ).where(
        abstractions.answers_for(caller, day, Permission.ABSTRACTIONS_REPORT),
        col(row.voided_at).is_(None),
        col(row.erased_at).is_(None),
        _flagged(col(row.flags)),
        col(row.starts_at) >= from_at,
        col(row.starts_at) < to_at,
    )
    held = lists_over_time(session, caller.force_id, ABSTRACTION_LISTS)
    for some in _in_pieces(session, query):
        for each in some:
            facts = counting.AbstractionFacts(
                each.officer_id,
                each.starts_at,
                authority_level=each.authority_level,
                reason_code=each.reason_code,
                role=each.post_role,
                destination=each.destination,
            )
            strange = counting.strange_codes(facts, held.on(london_day(each.starts_at)))
            yield Sent("abstractions", strange, each.starts_at)


def _in_pieces(session: Session, query: Executable) -> Iterator[Sequence[Any]]:
    # Rows of several columns, whose types SQLAlchemy does not carry through a stream.
    with session.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)) as rows:
        yield from rows.partitions()
