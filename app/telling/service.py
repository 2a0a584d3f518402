"""Use cases of telling: where messages may go, who hears of what, and having messages delivered again. What is told is
put in by `notices`."""

from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import delete, update
from sqlmodel import Session, col

from app.audit.service import changed
from app.facts.content import content_hash
from app.facts.problems import id_taken
from app.facts.service import Provenance, record
from app.identity.permissions import Caller, Permission, requires
from app.outbox import queries as outbox_queries, service as outbox
from app.outbox.addresses import Allowed, mailbox_refusal, place_refusal, read_place
from app.outbox.attempts import MessageFilter
from app.problems import not_found
from app.telling import answers, notices, queries
from app.telling.models import Destination, DestinationSecret, Subscription
from app.telling.problems import (
    domain_not_allowed,
    host_not_allowed,
    not_for_people,
    unknown,
    voided,
    wrong_secret,
)
from app.telling.schemas import (
    DestinationRequest,
    DestinationResponse,
    MessageResponse,
    ReplayRequest,
    ReplayResponse,
    SecretRequest,
    SubscriptionRequest,
    SubscriptionResponse,
    minutes_of,
)
from app.telling.topics import Channel, Topic, may_carry

SCHEMA_VERSION = 1
MOST_REPLAYED = 1000


def _reachable(url: str | None, mailbox: str | None, allowed: Allowed) -> str | None:
    """The host of a web address; refused when that, or the mailbox, may not be written to."""
    if mailbox is not None and mailbox_refusal(mailbox, allowed) is not None:
        raise domain_not_allowed()
    if url is None:
        return None
    place = read_place(url)
    if place_refusal(place, allowed) is not None:
        raise host_not_allowed()
    return place.host


@requires(Permission.TELLING_MANAGE)
def save_destination(
    session: Session,
    caller: Caller,
    destination_id: UUID,
    body: DestinationRequest,
    allowed: Allowed,
    now: datetime,
) -> tuple[bool, DestinationResponse]:
    """Makes a destination; false when the same was made before."""
    host = _reachable(body.url, body.mailbox, allowed)
    if body.area_id is not None and queries.area_of_force(session, caller.force_id, body.area_id) is None:
        raise unknown("area_id")
    row = {
        "force_id": caller.force_id,
        "channel": body.channel,
        "name": body.name,
        "area_id": body.area_id,
        "role": body.role,
        "mailbox": body.mailbox,
        "host": host,
        "officers_named": body.officers_named,
    }
    origin = Provenance(caller.officer_id, caller.officer_id, now, None)
    hashed = content_hash("destination", SCHEMA_VERSION, body)
    created = record(session, Destination, destination_id, hashed, origin, row)
    if created:
        secrets = {queries.URL: body.url, queries.KEY: body.key}
        for use, value in secrets.items():
            if value is not None:
                _keep(session, caller, destination_id, uuid5(destination_id, use), hashed, use, value, now)
        _logged(session, caller, "destination:make", {"destination": [destination_id]}, now)
    return created, answers.destination(session, caller, destination_id, now)


def _keep(
    session: Session,
    caller: Caller,
    destination_id: UUID,
    secret_id: UUID,
    hashed: bytes,
    use: str,
    value: str,
    now: datetime,
) -> bool:
    row = {
        "force_id": caller.force_id,
        "destination_id": destination_id,
        "number": queries.secrets_given(session, destination_id) + 1,
        "use": use,
        "value": value,
    }
    origin = Provenance(caller.officer_id, caller.officer_id, now, None)
    return record(session, DestinationSecret, secret_id, hashed, origin, row)


@requires(Permission.TELLING_MANAGE)
def replace_secret(
    session: Session,
    caller: Caller,
    destination_id: UUID,
    secret_id: UUID,
    body: SecretRequest,
    allowed: Allowed,
    now: datetime,
) -> tuple[bool, DestinationResponse]:
    """Gives a destination a new address or another key; false when it was given before."""
    found = _standing(session, caller, destination_id, now)
    use, value = (queries.URL, body.url) if body.url is not None else (queries.KEY, body.key)
    wrong = found.channel is Channel.EMAIL or (use == queries.KEY and found.channel is not Channel.WEBHOOK)
    if value is None or wrong:
        raise wrong_secret()
    host = _reachable(body.url, None, allowed)
    hashed = content_hash(f"destination-secret/{destination_id}", SCHEMA_VERSION, body)
    created = _keep(session, caller, destination_id, secret_id, hashed, use, value, now)
    if created:
        if host is not None:
            found.host = host
            session.add(found)
            session.flush()
        elif body.older_until is not None:
            _end_older(session, destination_id, secret_id, body.older_until)
        _logged(session, caller, "destination:secret", {"destination": [destination_id]}, now)
    return created, answers.destination(session, caller, destination_id, now)


def _end_older(session: Session, destination_id: UUID, secret_id: UUID, until: datetime) -> None:
    """Older keys sign until then; one that was to end before does."""
    ends = col(DestinationSecret.until_at)
    older = (
        col(DestinationSecret.destination_id) == destination_id,
        col(DestinationSecret.use) == queries.KEY,
        col(DestinationSecret.id) != secret_id,
        ends.is_(None) | (ends > until),
    )
    session.connection().execute(update(DestinationSecret).where(*older).values(until_at=until))


@requires(Permission.TELLING_MANAGE)
def void_destination(
    session: Session, caller: Caller, destination_id: UUID, reason: str, now: datetime
) -> DestinationResponse:
    """Takes a destination back, for good: its secrets are erased, and what waits for it is given up when it is due."""
    found = queries.destination_locked(session, caller, destination_id, now)
    if found is None:
        raise not_found()
    if found.voided_at is None:
        _void(session, caller, found, reason, now)
        session.connection().execute(
            delete(DestinationSecret).where(col(DestinationSecret.destination_id) == destination_id)
        )
        _logged(session, caller, "destination:void", {"destination": [destination_id]}, now, reason)
    return answers.destination(session, caller, destination_id, now)


@requires(Permission.TELLING_MANAGE)
def try_destination(
    session: Session, caller: Caller, destination_id: UUID, message_id: UUID, now: datetime
) -> MessageResponse:
    """Sends a destination a message that tells nothing, so that whoever set it up sees it arrive. The same id again
    sends nothing; 409 for an id that another message bears."""
    found = _standing(session, caller, destination_id, now)
    held = outbox_queries.message(session, caller.force_id, message_id)
    if held is None:
        notices.tell_test(session, found, message_id, now)
        subjects = {"destination": [destination_id], "message": [message_id]}
        _logged(session, caller, "destination:try", subjects, now)
        held = outbox_queries.message(session, caller.force_id, message_id)
    if held is None or (held.destination_id, held.topic) != (destination_id, Topic.TEST):
        raise id_taken()
    return answers.message(session, caller, message_id)


@requires(Permission.TELLING_MANAGE)
def save_subscription(
    session: Session, caller: Caller, subscription_id: UUID, body: SubscriptionRequest, now: datetime
) -> tuple[bool, SubscriptionResponse]:
    """Makes a subscription; false when the same was made before."""
    if queries.area_of_force(session, caller.force_id, body.area_id) is None:
        raise unknown("area_id")
    if body.destination_id is not None:
        found = queries.destination_locked(session, caller, body.destination_id, now)
        if found is None:
            raise unknown("destination_id")
        if found.voided_at is not None:
            raise voided()
        if not all(may_carry(found.channel, topic) for topic in body.topics):
            raise not_for_people()
    row = {
        "force_id": caller.force_id,
        "area_id": body.area_id,
        "topics": sorted(topic.value for topic in body.topics),
        "destination_id": body.destination_id,
        "role": body.role,
        "quiet_from": None if body.quiet_from is None else minutes_of(body.quiet_from),
        "quiet_until": None if body.quiet_until is None else minutes_of(body.quiet_until),
        "digest_at": None if body.digest_at is None else minutes_of(body.digest_at),
        "valid_from": body.valid_from,
        "valid_to": body.valid_to,
    }
    origin = Provenance(caller.officer_id, caller.officer_id, now, None)
    hashed = content_hash("subscription", SCHEMA_VERSION, body)
    created = record(session, Subscription, subscription_id, hashed, origin, row)
    if created:
        _logged(session, caller, "subscription:make", {"subscription": [subscription_id]}, now)
    return created, answers.subscription(session, caller, subscription_id, now)


@requires(Permission.TELLING_MANAGE)
def void_subscription(
    session: Session, caller: Caller, subscription_id: UUID, reason: str, now: datetime
) -> SubscriptionResponse:
    """Takes a subscription back, for good; what waits already is delivered."""
    found = queries.subscription_locked(session, caller, subscription_id, now)
    if found is None:
        raise not_found()
    if found.voided_at is None:
        _void(session, caller, found, reason, now)
        _logged(session, caller, "subscription:void", {"subscription": [subscription_id]}, now, reason)
    return answers.subscription(session, caller, subscription_id, now)


@requires(Permission.OUTBOX_REPLAY)
def replay_message(session: Session, caller: Caller, message_id: UUID, now: datetime) -> MessageResponse:
    """Has a message delivered again that was delivered or given up; one that waits is left as it is."""
    if outbox_queries.message(session, caller.force_id, message_id) is None:
        raise not_found()
    if outbox.replay_one(session, caller.force_id, message_id, now):
        _logged(session, caller, "message:replay", {"message": [message_id]}, now)
    return answers.message(session, caller, message_id)


@requires(Permission.OUTBOX_REPLAY)
def replay_messages(session: Session, caller: Caller, body: ReplayRequest, now: datetime) -> ReplayResponse:
    """Has many messages delivered again, a thousand at most in one call."""
    wanted = MessageFilter(
        body.state, body.topic.value if body.topic else None, body.destination_id, body.from_at, body.to_at
    )
    ids = outbox.replay(session, caller.force_id, wanted, MOST_REPLAYED, now)
    if ids:
        _logged(session, caller, "message:replay", {"message": ids}, now)
    return ReplayResponse(replayed=len(ids), most=MOST_REPLAYED)


def _standing(session: Session, caller: Caller, destination_id: UUID, now: datetime) -> Destination:
    found = queries.destination_locked(session, caller, destination_id, now)
    if found is None:
        raise not_found()
    if found.voided_at is not None:
        raise voided()
    return found


def _void(
    session: Session, caller: Caller, row: Destination | Subscription, reason: str, now: datetime
) -> None:
    row.voided_at, row.voided_by, row.void_reason = now, caller.officer_id, reason
    session.add(row)
    session.flush()


def _logged(
    session: Session,
    caller: Caller,
    operation: str,
    subjects: dict[str, list[UUID]],
    now: datetime,
    reason: str | None = None,
) -> None:
    changed(
        session, operation, now, subjects,
        actor_id=caller.officer_id, force_id=caller.force_id, reason=reason,
    )  # fmt: skip
