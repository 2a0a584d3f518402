"""Places and releases holds, writes a force's retention rules as an import decided, and tells them to everybody."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlmodel import Session

from app.audit.service import changed, consulted
from app.clock import london_day
from app.facts.content import content_hash
from app.facts.service import Provenance, record
from app.identity.permissions import Caller, Permission, requires
from app.identity.queries import collar_numbers
from app.problems import not_found
from app.rest.pagination import page_of, place_after
from app.retention import queries
from app.retention.holding import HoldSubject
from app.retention.models import Hold, RetentionRule
from app.retention.problems import period_backwards, period_wanted, released_by_placer, subject_unknown
from app.retention.purging import turn_at_holds
from app.retention.rules import BUILT_IN, Rule, rule_in_force
from app.retention.schemas import (
    HoldPage,
    HoldRequest,
    HoldResponse,
    RetentionRuleList,
    RetentionRuleResponse,
)

SCHEMA_VERSION = 1


@requires(Permission.HOLDS_PLACE)
def place_hold(
    session: Session, caller: Caller, hold_id: UUID, body: HoldRequest, now: datetime
) -> tuple[bool, HoldResponse]:
    """Places a hold; false when the same was placed before. What it is on must be there, and what was erased before
    stays erased."""
    if body.subject_kind is HoldSubject.HOTSPOT and (body.from_at is None or body.to_at is None):
        raise period_wanted()
    if body.from_at is not None and body.to_at is not None and body.to_at <= body.from_at:
        raise period_backwards()
    turn_at_holds(session, caller.force_id)
    if not queries.subject_exists(session, caller.force_id, body.subject_kind, body.subject_id):
        raise subject_unknown()
    row = {
        "force_id": caller.force_id,
        "subject_kind": body.subject_kind,
        "subject_id": body.subject_id,
        "from_at": body.from_at,
        "to_at": body.to_at,
        "reason": body.reason,
    }
    origin = Provenance(caller.officer_id, caller.officer_id, now, None)
    created = record(session, Hold, hold_id, content_hash("hold", SCHEMA_VERSION, body), origin, row)
    if created:
        changed(
            session, "hold:place", now, {"hold": [hold_id], body.subject_kind.value: [body.subject_id]},
            actor_id=caller.officer_id, force_id=caller.force_id, reason=body.reason,
        )  # fmt: skip
    return created, _describe(session, [queries.hold_placed(session, hold_id)])[0]


@requires(Permission.HOLDS_PLACE)
def release_hold(session: Session, caller: Caller, hold_id: UUID, reason: str, now: datetime) -> HoldResponse:
    """Releases a hold that somebody else placed; once more is no change. What the rules let go goes with the next
    purge."""
    hold = queries.hold_locked(session, caller, hold_id, now)
    if hold is None:
        raise not_found()
    if hold.captured_by == caller.officer_id:
        raise released_by_placer()
    if hold.released_at is None:
        hold.released_at = now
        hold.released_by = caller.officer_id
        hold.release_reason = reason
        session.add(hold)
        session.flush()
        changed(
            session, "hold:release", now, {"hold": [hold_id], hold.subject_kind.value: [hold.subject_id]},
            actor_id=caller.officer_id, force_id=caller.force_id, reason=reason,
        )  # fmt: skip
    return _describe(session, [hold])[0]


@requires(Permission.HOLDS_READ)
def list_holds(
    session: Session, caller: Caller, now: datetime, *, released: bool, cursor: str | None, limit: int
) -> HoldPage:
    """The holds of the caller's force that stand, or those released; latest first. Those that follow from a patrol's
    record are not listed: they are looked for when something is due."""
    after = place_after(cursor)
    rows = queries.holds_seen(session, caller, now, released, after, limit + 1)
    page, following = page_of(rows, limit, lambda row: (row.received_at, row.id))
    officers = [row.subject_id for row in page if row.subject_kind is HoldSubject.OFFICER]
    patrols = [row.subject_id for row in page if row.subject_kind is HoldSubject.PATROL]
    subjects = {"hold": [row.id for row in page], "officer": officers, "patrol": patrols}
    consulted(session, "hold:list", now, subjects, actor_id=caller.officer_id, force_id=caller.force_id)
    return HoldPage(items=_describe(session, page), next_cursor=following)


def _describe(session: Session, holds: list[Hold]) -> list[HoldResponse]:
    people = {person for hold in holds for person in (hold.captured_by, hold.released_by) if person}
    collars = collar_numbers(session, people)
    return [
        HoldResponse(
            id=hold.id,
            subject_kind=hold.subject_kind,
            subject_id=hold.subject_id,
            from_at=hold.from_at,
            to_at=hold.to_at,
            reason=hold.reason,
            placed_by=hold.captured_by,
            placed_by_collar_number=collars[hold.captured_by],
            placed_at=hold.received_at,
            released_at=hold.released_at,
            released_by=hold.released_by,
            released_by_collar_number=collars[hold.released_by] if hold.released_by else None,
            release_reason=hold.release_reason,
        )
        for hold in holds
    ]


def write_rule(session: Session, force_id: UUID, rule: Rule, now: datetime) -> UUID:
    """Adds a rule that holds from a day on; the id of the row. The import logs it."""
    if rule.valid_from is None:
        raise ValueError("the built-in rule is not written")
    row = RetentionRule(
        id=uuid4(),
        force_id=force_id,
        record_class=rule.record_class,
        days=rule.days,
        valid_from=rule.valid_from,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row.id


@requires(Permission.AREAS_READ)
def list_rules(session: Session, caller: Caller, now: datetime) -> RetentionRuleList:
    """How long the caller's force keeps what: the built-in rules and every one it has set. They say nothing of
    anybody."""
    held = queries.rules_held(session, caller.force_id)
    today = london_day(now)
    return RetentionRuleList(
        items=[
            RetentionRuleResponse(
                record_class=rule.record_class,
                days=rule.days,
                valid_from=rule.valid_from,
                in_force=rule == rule_in_force(held, record_class, today),
            )
            for record_class, built_in in BUILT_IN.items()
            for rule in [built_in, *(one for one in held if one.record_class is record_class)]
        ]
    )
