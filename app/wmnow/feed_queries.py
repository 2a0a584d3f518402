"""Reads of feeds, their runs and the messages that wait."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import and_, func, select as select_rows, tuple_
from sqlmodel import Session, col, select

from app.areas.models import Area, AreaKind
from app.clock import london_day
from app.wmnow.mapping import WMNOW, Mapping
from app.wmnow.models import RunState, WmnowFeed, WmnowInbox, WmnowRecord, WmnowRejected, WmnowRun
from app.wmnow.queries import mapping

_SPACE = UUID("1d9c33d6-5f0a-5c57-9a6e-0d7f6c9d1a02")
_MOST_COUNTED = 20


def feed_id(force_id: UUID, name: str) -> UUID:
    """The id of a feed: the same on every machine."""
    return uuid5(_SPACE, f"{force_id}/{name}")


def force_by_code(session: Session, code: str) -> UUID | None:
    """The force of a code, as settings name it."""
    return session.exec(
        select(Area.id).where(col(Area.kind) == AreaKind.FORCE, col(Area.code) == code)
    ).one_or_none()


def mapping_now(session: Session, force_id: UUID, now: datetime) -> Mapping:
    """How the force's feed is read at this moment: the newest version of the mapping `wmnow`."""
    found = mapping(session, force_id, WMNOW, london_day(now))
    if found is None:
        raise LookupError("the mapping wmnow is always there")
    return found


def feed_for_update(session: Session, of: UUID) -> WmnowFeed:
    """A feed, locked until the transaction ends."""
    return session.exec(
        select(WmnowFeed)
        .where(col(WmnowFeed.id) == of)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def run_for_update(session: Session, run_id: UUID) -> WmnowRun:
    """A run, locked until the transaction ends."""
    return session.exec(select(WmnowRun).where(col(WmnowRun.id) == run_id).with_for_update()).one()


def failed_in_a_row(session: Session, of: UUID) -> int:
    """How many of a feed's latest runs failed, one after the other, the one just ended included."""
    states = session.exec(
        select(WmnowRun.state)
        .where(col(WmnowRun.feed_id) == of)
        .order_by(col(WmnowRun.started_at).desc(), col(WmnowRun.id).desc())
        .limit(_MOST_COUNTED)
    ).all()
    return next((place for place, state in enumerate(states) if state is not RunState.FAILED), len(states))


def feeds(session: Session, force_id: UUID) -> Sequence[WmnowFeed]:
    """A force's feeds by name."""
    return session.exec(
        select(WmnowFeed).where(col(WmnowFeed.force_id) == force_id).order_by(col(WmnowFeed.name))
    ).all()


def feed_of(session: Session, force_id: UUID, of: UUID) -> WmnowFeed | None:
    """One feed of a force, locked until the transaction ends."""
    return session.exec(
        select(WmnowFeed)
        .where(col(WmnowFeed.id) == of, col(WmnowFeed.force_id) == force_id)
        .with_for_update()
    ).one_or_none()


def runs(
    session: Session, force_id: UUID, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[WmnowRun]:
    """A force's runs, latest first."""
    query = select(WmnowRun).where(col(WmnowRun.force_id) == force_id)
    if after is not None:
        query = query.where(tuple_(col(WmnowRun.started_at), col(WmnowRun.id)) < tuple_(*after))
    latest = query.order_by(col(WmnowRun.started_at).desc(), col(WmnowRun.id).desc())
    return session.exec(latest.limit(limit)).all()


def rejected_and_not_heard_of_since(
    session: Session, force_id: UUID, ids: Collection[str]
) -> dict[str, list[dict[str, str | None]]]:
    """What was wrong with some that could not be taken, when they were rejected last, by the id they are known by;
    without those of which something was taken since."""
    row, record = WmnowRejected, WmnowRecord
    latest = func.row_number().over(
        partition_by=col(row.source_record_id), order_by=(col(row.received_at).desc(), col(row.run_id).desc())
    )
    each = (
        select_rows(col(row.source_record_id), col(row.faults), col(row.received_at), latest.label("place"))
        .where(col(row.force_id) == force_id, col(row.source_record_id).in_(ids))
        .subquery()
    )
    same = and_(
        col(record.force_id) == force_id,
        col(record.source_system) == WMNOW,
        col(record.source_record_id) == each.c.source_record_id,
        col(record.last_received_at) >= each.c.received_at,
    )
    rows = session.execute(
        select_rows(each.c.source_record_id, each.c.faults)
        .select_from(each)
        .outerjoin(record, same)
        .where(each.c.place == 1, col(record.id).is_(None))
    )
    return {source_record_id: faults for source_record_id, faults in rows}  # noqa: C416 - a row is no pair to the type checker


def forces_with_messages(session: Session) -> Sequence[UUID]:
    """The forces of which messages wait to be read."""
    waiting = select(WmnowInbox.force_id).where(col(WmnowInbox.done_at).is_(None)).distinct()
    return session.exec(waiting).all()


def waiting(session: Session, force_id: UUID, limit: int) -> Sequence[WmnowInbox]:
    """A force's messages that wait, as they came."""
    return session.exec(
        select(WmnowInbox)
        .where(col(WmnowInbox.force_id) == force_id, col(WmnowInbox.done_at).is_(None))
        .order_by(col(WmnowInbox.attempts), col(WmnowInbox.received_at), col(WmnowInbox.id))
        .limit(limit)
    ).all()


def message(session: Session, force_id: UUID, message_id: UUID) -> WmnowInbox | None:
    """One message of a force."""
    return session.exec(
        select(WmnowInbox).where(col(WmnowInbox.id) == message_id, col(WmnowInbox.force_id) == force_id)
    ).one_or_none()


def messages(
    session: Session, force_id: UUID, outcome: str | None, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[WmnowInbox]:
    """A force's messages of the last week, latest first; `waiting` for those not read yet."""
    query = select(WmnowInbox).where(col(WmnowInbox.force_id) == force_id)
    if outcome == "waiting":
        query = query.where(col(WmnowInbox.done_at).is_(None))
    elif outcome is not None:
        query = query.where(col(WmnowInbox.outcome) == outcome)
    if after is not None:
        query = query.where(tuple_(col(WmnowInbox.received_at), col(WmnowInbox.id)) < tuple_(*after))
    latest = query.order_by(col(WmnowInbox.received_at).desc(), col(WmnowInbox.id).desc())
    return session.exec(latest.limit(limit)).all()


def count_waiting(session: Session, force_id: UUID) -> int:
    """How many of a force's messages wait."""
    return session.exec(
        select(func.count())
        .select_from(WmnowInbox)
        .where(col(WmnowInbox.force_id) == force_id, col(WmnowInbox.done_at).is_(None))
    ).one()
