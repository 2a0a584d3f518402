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
from sqlmodel import Session, col

from app.audit.models import Action
from app.audit.service import changed
from app.database.model import insert_if_absent
from app.database.session import reading, transaction
from app.outbox.signing import read_secret
from app.rest.problem_documents import log_unexpected
from app.settings import WmnowWebhookSettings
from app.wmnow import feed_queries as queries, service
from app.wmnow.items import ItemTime, NotRead, read_item
from app.wmnow.models import TrackerChannel, WmnowInbox
from app.wmnow.placing import Meanings
from app.wmnow.problems import signature_refused
from app.wmnow.rejecting import Rejection, not_taken, record_rejections
from app.wmnow.signatures import refusal

KEPT_FOR = timedelta(days=7)
FAILED_KEPT_FOR = timedelta(days=90)
FAILED = "failed"
MOST_AT_ONCE = 100
MOST_ATTEMPTS = 5
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
        with reading(engine) as session:
            force_id = queries.force_by_code(session, message.force_code)
        if force_id is not None:
            with transaction(engine) as session:
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
    messages wait for the next time."""
    with reading(engine) as session:
        forces = queries.forces_with_messages(session)
    done = 0
    for force_id in forces:
        while (read := _drain_some(engine, force_id, now)) == MOST_AT_ONCE:
            done += read
        done += read
    return done


def _drain_some(engine: Engine, force_id: UUID, now: datetime) -> int:
    try:
        with transaction(engine) as session:
            if not service.may_store(session, force_id):
                return 0
            waiting = queries.waiting(session, force_id, MOST_AT_ONCE)
            meanings = _meanings(session, force_id, now)
            for one in waiting:
                _read(session, one, meanings, now)
            return len(waiting)
    except Exception as error:
        # One message that cannot be stored must not keep the others waiting: each by itself.
        log_unexpected(error)
        return _one_by_one(engine, force_id, now)


def _one_by_one(engine: Engine, force_id: UUID, now: datetime) -> int:
    with reading(engine) as session:
        ids = [one.id for one in queries.waiting(session, force_id, MOST_AT_ONCE)]
    done = 0
    for message_id in ids:
        try:
            with transaction(engine) as session:
                one = queries.message(session, force_id, message_id)
                if one is None or one.done_at is not None or not service.may_store(session, force_id):
                    continue
                _read(session, one, _meanings(session, force_id, now), now)
                done += 1
        except Exception as error:
            log_unexpected(error)
            _failed(engine, force_id, message_id, now)
    return done


def _meanings(session: Session, force_id: UUID, now: datetime) -> Meanings:
    return Meanings(session, force_id, queries.mapping_now(session, force_id, now))


def _failed(engine: Engine, force_id: UUID, message_id: UUID, now: datetime) -> None:
    with transaction(engine) as session:
        one = queries.message(session, force_id, message_id)
        if one is not None and one.done_at is None:
            one.attempts += 1
            if one.attempts >= MOST_ATTEMPTS:
                one.done_at, one.outcome = now, FAILED
            session.add(one)


def _read(session: Session, one: WmnowInbox, meanings: Meanings, now: datetime) -> None:
    """Stores what a message says, or keeps why it could not be read; its words go either way, except of what failed."""
    outcome, rejected = "unchanged", None
    try:
        message = _Message.model_validate_json(one.body or b"")
        known = message.type in _KINDS
    except ValidationError:
        known, outcome, rejected = False, "unreadable", Rejection(1, [_fault("unreadable", "Is no message.")])
    else:
        if not known:
            outcome = "unknown-type"
            rejected = Rejection(1, [_fault("unknown-type", "Is of a type we do not know.")])
    if known:
        # Deleted where either says so: an upsert may bring the tracker's tombstone.
        item = {**message.data, "deleted": True} if message.type == "engagement.deleted" else message.data
        # Nothing was changed after it was told: a clock that is ahead would shut out what comes until then.
        changed_at = min(message.timestamp, one.received_at)
        record = read_item(item, meanings.mapping, 1, changed_at)
        if isinstance(record, NotRead):
            outcome, rejected = "rejected", not_taken(record, meanings)
        else:
            stored = service.store_records(
                session,
                one.force_id,
                [record],
                channel=TrackerChannel.WEBHOOK,
                run_id=one.id,
                mapping=meanings.mapping,
                now=now,
                meanings=meanings,
            )
            outcome = next(iter(stored.steps)).value
    if rejected is not None:
        record_rejections(
            session, one.force_id, [rejected], channel=TrackerChannel.WEBHOOK, run_id=one.id, now=now
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
