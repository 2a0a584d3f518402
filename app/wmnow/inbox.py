"""Signed messages: kept as they came, answered, and read afterwards.

What is kept is known by the message's own id for a week, so that a second delivery is the same. Reading may be stopped
anywhere: a message is done in the transaction that stores what it says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import Engine, and_, delete, or_
from sqlalchemy.exc import OperationalError, TimeoutError as PoolTimeout
from sqlmodel import Session, col

from app.audit.models import Action
from app.audit.service import changed
from app.database.model import insert_if_absent
from app.database.one_writer import writes_alone
from app.database.session import reading, transaction
from app.outbox.signing import read_secret
from app.rest.problem_documents import log_unexpected
from app.settings import WmnowWebhookSettings
from app.wmnow import feed_queries as queries, service
from app.wmnow.broken_text import read_document
from app.wmnow.items import ItemTime, NotRead, read_item
from app.wmnow.mapping import Mapping as TrackerMapping
from app.wmnow.models import TrackerChannel, WmnowInbox
from app.wmnow.placing import Meanings
from app.wmnow.problems import signature_refused
from app.wmnow.queries import anew_since
from app.wmnow.records import SourceRecord, unread_id
from app.wmnow.rejecting import Rejection, not_taken, record_rejections
from app.wmnow.resolving import Resolved
from app.wmnow.signatures import refusal

KEPT_FOR = timedelta(days=7)
FAILED_KEPT_FOR = timedelta(days=90)
FAILED = "failed"
# So many are read at once, and so many stored in a transaction that keeps all others waiting.
MOST_AT_ONCE = 100
AT_ONCE = 2
MOST_ATTEMPTS = 5
# The database's fault and no message's: all wait, and whoever looks after the service is told.
BUSY = (OperationalError, PoolTimeout)
_KINDS = frozenset({"engagement.upserted", "engagement.deleted"})
_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore")

    type: str
    timestamp: ItemTime
    data: dict[str, object]


@dataclass(frozen=True, slots=True)
class Signed:
    """A message as it came, for the force its address names."""

    force_code: str
    headers: Mapping[str, str]
    body: bytes


def receive(engine: Engine, trackers: Sequence[WmnowWebhookSettings], message: Signed, now: datetime) -> bool:
    """Keeps a message that was signed with a secret of its force; whether it is a new one. Raises `signature-refused`,
    in the same words whatever the reason."""
    secrets = next((one.secrets for one in trackers if one.force_code == message.force_code), ())
    keys = [read_secret(each.get_secret_value()) for each in secrets]
    why = refusal(message.headers, message.body, keys, now)
    if why is None:
        with transaction(engine) as session:
            force_id = queries.force_by_code(session, message.force_code)
            if force_id is not None:
                return _keep(session, force_id, message.headers["webhook-id"], message.body, now)
        why = "force-unknown"
    _log.warning("wmnow_webhook_refused", reason=why)
    raise signature_refused()


def _keep(session: Session, force_id: UUID, webhook_id: str, body: bytes, now: datetime) -> bool:
    message_id = uuid4()
    row = {
        "id": message_id,
        "force_id": force_id,
        "webhook_id": webhook_id,
        "body": body,
        "received_at": now,
        "attempts": 0,
    }
    new = insert_if_absent(session, WmnowInbox, row)
    if new:
        changed(
            session, "wmnow.webhook.kept", now, {"wmnow_message": [message_id]},
            actor_id=None, force_id=force_id, action=Action.ALTER,
        )  # fmt: skip
    return new


def drain(engine: Engine, now: datetime) -> int:
    """Reads every message that waits; how many. Where somebody else stores a force's records at this moment, its
    messages wait for the next time. Raises what a busy database does: they wait then, too."""
    with reading(engine) as session:
        forces = queries.forces_with_messages(session)
    done = 0
    for force_id in forces:
        while (stored := _drain_some(engine, force_id, now)) == MOST_AT_ONCE:
            done += stored
        done += stored
    return done


@dataclass(frozen=True, slots=True)
class _Read:
    """A message as it was read: a record with what its words stand for, or the outcome and what is wrong with it."""

    message_id: UUID
    mapping: TrackerMapping
    record: tuple[SourceRecord, Resolved] | None
    outcome: str = ""
    rejected: Rejection | None = None


def _drain_some(engine: Engine, force_id: UUID, now: datetime) -> int:
    """Reads messages, then stores what they say; those that come meanwhile do not wait for all of them. One that cannot
    be read or stored keeps no other waiting."""
    try:
        with reading(engine) as session:
            meanings = _meanings(session, force_id, now)
            read = [_read(one, meanings) for one in queries.waiting(session, force_id, MOST_AT_ONCE)]
    except BUSY:
        raise
    except Exception as error:
        log_unexpected(error)
        read = _read_alone(engine, force_id, now)
    done = 0
    size = AT_ONCE if writes_alone(engine) else MOST_AT_ONCE
    for start in range(0, len(read), size):
        some = read[start : start + size]
        try:
            done += _store(engine, force_id, some, now)
        except BUSY:
            raise
        except Exception as error:
            log_unexpected(error)
            done += sum(_store_alone(engine, force_id, one, now) for one in some)
    return done


def _meanings(session: Session, force_id: UUID, now: datetime) -> Meanings:
    return Meanings(session, force_id, queries.mapping_now(session, force_id, now))


def _read_alone(engine: Engine, force_id: UUID, now: datetime) -> list[_Read]:
    """Reads messages each by itself."""
    with reading(engine) as session:
        ids = [one.id for one in queries.waiting(session, force_id, MOST_AT_ONCE)]
    found = []
    for message_id in ids:
        try:
            with reading(engine) as session:
                one = queries.message(session, force_id, message_id)
                if one is not None:
                    found.append(_read(one, _meanings(session, force_id, now)))
        except BUSY:
            raise
        except Exception as error:
            log_unexpected(error)
            _failed(engine, force_id, message_id, now)
    return found


def _store(engine: Engine, force_id: UUID, some: Sequence[_Read], now: datetime) -> int:
    """Stores what some messages say, unless somebody else stores the force's records at this moment; how many."""
    with transaction(engine) as session:
        if not service.may_store(session, force_id):
            return 0
        done = 0
        for read in some:
            one = queries.message(session, force_id, read.message_id)
            if one is not None and one.done_at is None:
                _keep_read(session, one, read, now)
                done += 1
        return done


def _store_alone(engine: Engine, force_id: UUID, read: _Read, now: datetime) -> int:
    try:
        return _store(engine, force_id, [read], now)
    except BUSY:
        raise
    except Exception as error:
        log_unexpected(error)
        _failed(engine, force_id, read.message_id, now)
        return 0


def _failed(engine: Engine, force_id: UUID, message_id: UUID, now: datetime) -> None:
    with transaction(engine) as session:
        one = queries.message(session, force_id, message_id)
        if one is not None and one.done_at is None:
            one.attempts += 1
            if one.attempts >= MOST_ATTEMPTS:
                one.done_at, one.outcome = now, FAILED
            session.add(one)


def _read(one: WmnowInbox, meanings: Meanings) -> _Read:
    """What a message says, or why it could not be read."""
    try:
        message = read_document(_Message, one.body or b"")
    except ValidationError:
        return _unread(one, meanings, "unreadable", "Is no message.")
    if message.type not in _KINDS:
        return _unread(one, meanings, "unknown-type", "Is of a type we do not know.")
    # Deleted where either says so: an upsert may bring the tracker's tombstone.
    item = {**message.data, "deleted": True} if message.type == "engagement.deleted" else message.data
    # Nothing was changed after it was told: a clock that is ahead would shut out what comes until then.
    record = read_item(item, meanings.mapping, 1, min(message.timestamp, one.received_at))
    if isinstance(record, NotRead):
        return _Read(one.id, meanings.mapping, None, "rejected", not_taken(record, meanings))
    (resolved,) = meanings.of([record])
    return _Read(one.id, meanings.mapping, (record, resolved))


def _unread(one: WmnowInbox, meanings: Meanings, code: str, detail: str) -> _Read:
    known_by = unread_id((one.body or b"").decode("latin-1"))
    return _Read(one.id, meanings.mapping, None, code, Rejection(1, [_fault(code, detail)], known_by))


def _keep_read(session: Session, one: WmnowInbox, read: _Read, now: datetime) -> None:
    """Stores what a message says, or why it could not be read; its words go either way, except of what failed."""
    outcome = read.outcome
    if read.record is not None:
        since = anew_since(session, one.force_id)
        origin = service.Origin(TrackerChannel.WEBHOOK, one.id, read.mapping, now, since)
        stored = service.store_resolved(session, one.force_id, [read.record], origin)
        outcome = next(iter(stored.steps)).value
    if read.rejected is not None:
        record_rejections(
            session, one.force_id, [read.rejected], channel=TrackerChannel.WEBHOOK, run_id=one.id, now=now
        )
    one.done_at, one.outcome, one.body = now, outcome, None
    session.add(one)


def _fault(code: str, detail: str) -> dict[str, str | None]:
    return {"column": None, "code": code, "detail": detail}


def forget(engine: Engine, now: datetime) -> int:
    """Drops messages that were done a week ago: nobody sends them again by then. One that could not be stored is kept
    as long as whatever else waits for somebody."""
    long_done = and_(col(WmnowInbox.done_at) < now - KEPT_FOR, col(WmnowInbox.outcome) != FAILED)
    with transaction(engine) as session:
        done = session.connection().execute(
            delete(WmnowInbox).where(or_(long_done, col(WmnowInbox.done_at) < now - FAILED_KEPT_FOR))
        )
    return done.rowcount
