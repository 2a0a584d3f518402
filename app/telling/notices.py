"""Puts in what is told, for the slices above, in their transactions: for every subscription that hears of it, once for
each destination however many subscriptions lead there and however often it is found out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import delete
from sqlmodel import Session

from app.areas.models import Area
from app.audit.models import Action
from app.audit.service import changed
from app.clock import london_day
from app.database.model import insert_if_absent
from app.identity.queries import collar_numbers
from app.outbox.service import NewMessage, enqueue, not_yet_tried, reword
from app.reference.queries import labels_of
from app.telling import queries
from app.telling.models import Destination, Subscription, ToldOccasion
from app.telling.timing import after_quiet, digest_day
from app.telling.topics import Topic, may_carry
from app.telling.wording import (
    LIST,
    EngagementTold,
    Notice,
    Page,
    Place,
    engagement_event,
    notice_payload,
    together,
    voided_event,
)


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something to be told once: its id, and since when it was so."""

    id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class DigestDue:
    """A digest that is due: whose, of which area, and the occasion it is told for."""

    subscription: Subscription
    occasion_id: UUID


def tell(
    session: Session,
    force_id: UUID,
    area_id: UUID | None,
    topic: Topic,
    occasions: Sequence[Occasion],
    page: Page,
    now: datetime,
) -> int:
    """Tells of occasions in one area (None for the force as a whole): those a destination was not told of yet are one
    message. How many messages that made, or made longer."""
    listening = _listening(session, force_id, topic, now)
    if not listening or not occasions:
        return 0
    place = _place(session, force_id, area_id)
    above = queries.areas_above(session, place.area_id)
    made = 0
    for subscription in listening:
        if subscription.area_id not in above:
            continue
        # Not what was so before anybody wanted to hear of it.
        since = [one for one in occasions if one.at >= subscription.received_at]
        for destination in queries.destinations_of(session, subscription, above):
            if may_carry(destination.channel, topic):
                new = _not_told(session, destination, [one.id for one in since], now)
                notice = Notice(topic, place, {topic: len(new)}, page)
                made += bool(new) and _put_in(session, destination, subscription, notice, new, now)
    return made


def digests_due(session: Session, force_id: UUID, now: datetime) -> list[DigestDue]:
    """The subscriptions of a force whose daily digest is due and was not told yet."""
    found = []
    for each in _listening(session, force_id, Topic.DIGEST, now):
        day = None if each.digest_at is None else digest_day(now, each.digest_at)
        if day is None or not _existed(each, day):
            continue
        occasion_id = uuid5(each.id, f"digest/{day}")
        above = queries.areas_above(session, each.area_id)
        to = queries.destinations_of(session, each, above)
        if any(not queries.told_before(session, one.id, [occasion_id]) for one in to):
            found.append(DigestDue(each, occasion_id))
    return found


def _existed(subscription: Subscription, day: date) -> bool:
    """Whether there was the subscription when its digest of the day was due: one made at noon begins tomorrow."""
    made = subscription.received_at
    return london_day(made) < day or digest_day(made, subscription.digest_at or 0) is None


def tell_digest(
    session: Session, due: DigestDue, counts: Mapping[Topic, int], page: Page, now: datetime
) -> int:
    """Tells a daily digest: what is open in the subscription's area, nothing included. How many messages that made."""
    subscription = due.subscription
    place = _place(session, subscription.force_id, subscription.area_id)
    notice = Notice(Topic.DIGEST, place, counts, page)
    above = queries.areas_above(session, place.area_id)
    made = 0
    for destination in queries.destinations_of(session, subscription, above):
        new = _not_told(session, destination, [due.occasion_id], now)
        made += bool(new) and _put_in(session, destination, subscription, notice, new, now)
    return made


def tell_test(session: Session, destination: Destination, message_id: UUID, now: datetime) -> None:
    """Sends a destination a message that tells nothing."""
    place = _place(session, destination.force_id, destination.area_id)
    notice = Notice(Topic.TEST, place, {}, "/v1/alerts/digest?format=html")
    payload = notice_payload(notice, _words(session, destination.force_id, now), now)
    _enqueue(session, destination, Topic.TEST, message_id, payload, now, now)


def engagements_heard_of(session: Session, force_id: UUID, now: datetime) -> bool:
    """Whether anybody hears of single engagements, so that others need not gather what to tell."""
    return bool(_listening(session, force_id, Topic.ENGAGEMENT_UPSERTED, now))


def tell_engagement(
    session: Session, force_id: UUID, told: EngagementTold, officer_id: UUID, now: datetime
) -> int:
    """Tells other systems of an engagement that was recorded or corrected. The officer who led it is named to those
    marked for it, which is logged as a disclosure. How many messages that made."""

    def payload(destination: Destination) -> dict[str, Any]:
        if not destination.officers_named:
            return engagement_event(told, now, None)
        subjects = {"engagement": [told.id], "officer": [officer_id], "destination": [destination.id]}
        changed(
            session, "engagement:tell", now, subjects,
            actor_id=None, force_id=force_id, action=Action.DISCLOSE,
        )  # fmt: skip
        return engagement_event(told, now, collar_numbers(session, {officer_id})[officer_id])

    return _tell_event(
        session, force_id, told.area_id, Topic.ENGAGEMENT_UPSERTED, f"{told.id}/{told.revision}", payload, now
    )


def tell_voided(
    session: Session, force_id: UUID, area_id: UUID | None, engagement_id: UUID, revision: int, now: datetime
) -> int:
    """Tells other systems that an engagement was taken back. How many messages that made."""
    payload = voided_event(engagement_id, revision, now)
    return _tell_event(
        session, force_id, area_id, Topic.ENGAGEMENT_VOIDED, str(engagement_id), lambda _: payload, now
    )


def forget(session: Session, now: datetime) -> int:
    """Drops what destinations were told of long ago; how many rows."""
    return session.connection().execute(delete(ToldOccasion).where(queries.long_ago(now))).rowcount


def _tell_event(
    session: Session,
    force_id: UUID,
    area_id: UUID | None,
    topic: Topic,
    event: str,
    payload: Callable[[Destination], dict[str, Any]],
    now: datetime,
) -> int:
    listening = _listening(session, force_id, topic, now)
    if not listening:
        return 0
    above = queries.areas_above(session, area_id or force_id)
    to: dict[UUID, tuple[Destination, Subscription]] = {}
    for subscription in listening:
        if subscription.area_id not in above:
            continue
        for destination in queries.destinations_of(session, subscription, above):
            if may_carry(destination.channel, topic):
                to.setdefault(destination.id, (destination, subscription))
    for destination, subscription in to.values():
        due_at = after_quiet(now, subscription.quiet_from, subscription.quiet_until)
        message_id = uuid5(destination.id, f"{topic.value}/{event}")
        _enqueue(session, destination, topic, message_id, payload(destination), due_at, now)
    return len(to)


def _listening(session: Session, force_id: UUID, topic: Topic, now: datetime) -> list[Subscription]:
    """The subscriptions to a topic, those that may be told soonest first: where several lead to one place, it is told
    by that one's hours."""
    held = queries.standing_subscriptions(session, force_id, london_day(now))
    found = [each for each in held if topic.value in each.topics]
    return sorted(found, key=lambda each: after_quiet(now, each.quiet_from, each.quiet_until))


def _place(session: Session, force_id: UUID, area_id: UUID | None) -> Place:
    area: Area | None = queries.area_of_force(session, force_id, area_id or force_id)
    if area is None:
        raise ValueError("what is told lies in an area of its force")
    return Place(area.id, area.code, area.name)


def _words(session: Session, force_id: UUID, now: datetime) -> Mapping[str, Any]:
    return labels_of(session, force_id, [LIST], london_day(now))[LIST]


def _not_told(
    session: Session, destination: Destination, occasion_ids: Sequence[UUID], now: datetime
) -> list[UUID]:
    """Of which of some occasions a destination hears for the first time; it is noted that it did."""
    known = queries.told_before(session, destination.id, occasion_ids)
    row = {"destination_id": destination.id, "force_id": destination.force_id, "told_at": now}
    return [
        each
        for each in occasion_ids
        if each not in known and insert_if_absent(session, ToldOccasion, {**row, "occasion_id": each})
    ]


def _put_in(
    session: Session,
    destination: Destination,
    subscription: Subscription,
    notice: Notice,
    occasion_ids: Sequence[UUID],
    now: datetime,
) -> bool:
    """Puts a notice in; in quiet hours it joins what waits for their end already."""
    due_at = after_quiet(now, subscription.quiet_from, subscription.quiet_until)
    payload = notice_payload(notice, _words(session, destination.force_id, now), now)
    about = f"{notice.topic.value}/{notice.place.area_id}"
    if due_at > now and notice.topic is not Topic.DIGEST:
        held_id = uuid5(destination.id, f"{about}/{due_at.isoformat()}")
        waiting = not_yet_tried(session, held_id)
        if waiting is not None:
            reword(session, waiting, together(waiting.payload, payload))
            return True
        if _enqueue(session, destination, notice.topic, held_id, payload, due_at, now):
            return True
    ids = "/".join(str(each) for each in sorted(occasion_ids))
    return _enqueue(
        session, destination, notice.topic, uuid5(destination.id, f"{about}/{ids}"), payload, due_at, now
    )


def _enqueue(
    session: Session,
    destination: Destination,
    topic: Topic,
    message_id: UUID,
    payload: dict[str, Any],
    due_at: datetime,
    now: datetime,
) -> bool:
    message = NewMessage(
        message_id,
        destination.force_id,
        topic.value,
        destination.channel.value,
        destination.id,
        due_at,
        payload,
    )
    return enqueue(session, message, now)
