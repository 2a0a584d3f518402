"""What could not be recorded as it came: seen by its officers and their supervisors, corrected, and released.

Released, it is recorded as if its officer had sent it, with the sender and the time it came in as they were. Nobody
releases what they captured or sent themselves; only what they sent for themselves and then corrected needs no second
person, because they might as well have sent it right.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import to_json
from sqlmodel import Session

from app.audit.models import Action
from app.audit.service import changed, consulted
from app.clock import london_day
from app.facts.models import AsideReason, QuarantineCorrection, QuarantinedFact
from app.facts.service import correct as keep_correction, mark_released
from app.identity.permissions import Caller, Permission, requires
from app.identity.queries import collar_numbers
from app.patrols.catching_up import Touched, bring_all_up_to_date
from app.patrols.quarantine import CHECK_IN, FIX_BATCH, Released
from app.problems import INVALID, PARENT_UNKNOWN, FieldError, Problem, out_of_sight
from app.rest.body import field_errors
from app.rest.pagination import page_of, place_after
from app.rest.sent import Sent
from app.sync import orphans, queries
from app.sync.kinds import KINDS, WINDOW_ANSWER, Arrival, Item, Kind
from app.sync.problems import (
    kept_aside_erased,
    needs_correction,
    not_correctable,
    own_words_corrected,
    released_by_another,
)
from app.sync.quarantine_schemas import (
    CorrectionRequest,
    CorrectionResponse,
    QuarantinedDetail,
    QuarantinedFactResponse,
    QuarantinePage,
)
from app.sync.schemas import SyncFault

_MEASURED = "position"
_Corrections = dict[UUID, list[QuarantineCorrection]]


@requires(Permission.QUARANTINE_READ)
def list_quarantine(
    session: Session, caller: Caller, now: datetime, *, released: bool, cursor: str | None, limit: int
) -> QuarantinePage:
    """What waits of the caller's own and, for a supervisor, of officers who are in their teams today; or what was
    released. Latest first."""
    after = place_after(cursor)
    rows = queries.quarantined_seen(session, caller, london_day(now), released, after, limit + 1)
    page, following = page_of(rows, limit, lambda row: (row.received_at, row.id))
    subjects = {"quarantined": [row.id for row in page], "officer": _people(page)}
    consulted(session, "quarantine:list", now, subjects, actor_id=caller.officer_id, force_id=caller.force_id)
    return QuarantinePage(items=_describe(session, page), next_cursor=following)


@requires(Permission.QUARANTINE_READ)
def see_quarantined(session: Session, caller: Caller, fact_id: UUID, now: datetime) -> QuarantinedDetail:
    """One fact that is kept aside, with what it says."""
    fact = queries.quarantined_one(session, caller, fact_id, london_day(now))
    if fact is None:
        raise out_of_sight("quarantine:read")
    subjects = {"quarantined": [fact.id], "officer": _people([fact])}
    consulted(session, "quarantine:read", now, subjects, actor_id=caller.officer_id, force_id=caller.force_id)
    return _detail(session, fact)


@requires(Permission.QUARANTINE_CORRECT)
def correct(
    session: Session,
    caller: Caller,
    fact_id: UUID,
    request: CorrectionRequest,
    now: datetime,
    disclosure_hours: int,
) -> QuarantinedDetail:
    """Keeps what a fact should have said, with the reason; what it said stays. The same again is no change.

    422 for content that is still not valid. What its officer sent for themselves and corrects is recorded at once, or
    as soon as its patrol is here.
    """
    fact = queries.quarantined_locked(
        session, caller, fact_id, london_day(now), Permission.QUARANTINE_CORRECT
    )
    if fact is None:
        raise out_of_sight("quarantine:correct")
    kind = KINDS[fact.kind]
    before = queries.corrections_of(session, [fact.id]).get(fact.id, [])
    body = _corrected(fact, kind, request.content)
    latest = before[-1] if before else None
    again = latest is not None and (latest.body, latest.reason) == (body, request.reason)
    if not again:
        _check_correctable(caller, fact, kind)
        keep_correction(session, fact, len(before) + 1, body, caller.officer_id, request.reason, now)
    changed(
        session, "quarantine:correct", now, {"quarantined": [fact.id], "officer": _people([fact])},
        actor_id=caller.officer_id, force_id=caller.force_id,
        action=Action.CONSULT if again else Action.ALTER, reason=None if again else request.reason,
    )  # fmt: skip
    if again:
        return _detail(session, fact)
    if fact.reason == AsideReason.INVALID and {fact.captured_by, fact.uploaded_by} == {caller.officer_id}:
        _record_own(session, caller, fact, body, request, now, disclosure_hours)
    return _detail(session, fact)


@requires(Permission.QUARANTINE_RELEASE)
def release(
    session: Session, caller: Caller, fact_id: UUID, reason: str, now: datetime
) -> QuarantinedFactResponse:
    """Records what was kept aside, and marks it; once more is no change. What waited for it comes with it.

    When the officer's own phone has said the same, it is released as a replay; when that phone said something else, it
    stays (409 `conflict`), and so does what belongs to a patrol nobody has recorded (409 `parent-unknown`) and what is
    not valid (409 `needs-correction`).
    """
    fact = queries.quarantined_locked(
        session, caller, fact_id, london_day(now), Permission.QUARANTINE_RELEASE
    )
    if fact is None:
        raise out_of_sight("quarantine:release")
    if caller.officer_id in (fact.captured_by, fact.uploaded_by):
        raise released_by_another()
    if not fact.body and fact.released_at is None:
        raise kept_aside_erased()
    if fact.released_at is None:
        corrections = queries.corrections_of(session, [fact.id]).get(fact.id)
        if fact.reason == AsideReason.INVALID and not corrections:
            raise needs_correction()
        kind = KINDS[fact.kind]
        if kind.release is None:
            raise own_words_corrected()
        touched = Touched()
        done = kind.release(session, fact, corrections[-1].body if corrections else fact.body, touched)
        _mark(session, caller, fact, done, reason, now)
        _follow(session, fact, touched, now)
    return _describe(session, [fact])[0]


def _mark(
    session: Session, caller: Caller, fact: QuarantinedFact, done: Released, reason: str, now: datetime
) -> None:
    mark_released(session, fact, caller.officer_id, reason, "recorded" if done.created else "replay", now)
    subjects: dict[str, Sequence[UUID]] = {
        "quarantined": [fact.id],
        "officer": sorted({fact.captured_by, fact.uploaded_by, *done.members}),
    }
    if KINDS[fact.kind].belongs_to_patrol:
        subjects["patrol"] = [fact.parent_id or _fact_id(fact)]
    changed(
        session, "quarantine:release", now, subjects,
        actor_id=caller.officer_id, force_id=caller.force_id, reason=reason,
    )  # fmt: skip


def _follow(session: Session, fact: QuarantinedFact, touched: Touched, now: datetime) -> None:
    if fact.kind == CHECK_IN:
        orphans.take_in(session, {_fact_id(fact)}, touched, now)
    bring_all_up_to_date(session, touched, now)


def _record_own(
    session: Session,
    caller: Caller,
    fact: QuarantinedFact,
    body: bytes,
    request: CorrectionRequest,
    now: datetime,
    disclosure_hours: int,
) -> None:
    kind, reason = KINDS[fact.kind], request.reason
    touched = Touched()
    try:
        with session.begin_nested():
            if kind.release is not None:
                done = kind.release(session, fact, body, touched)
            else:
                # Said anew by who says it: there is no other way to record it.
                to = Arrival(session, caller, Sent(now, None), touched, disclosure_hours)
                item = Item(_fact_id(fact), None, fact.parent_id, fact.parent_id, None, kind.validated(body))
                done = Released(kind.record(to, item).created)
    except Problem as problem:
        if problem.kind is not PARENT_UNKNOWN:
            raise
        return
    _mark(session, caller, fact, done, reason, now)
    _follow(session, fact, touched, now)


def _check_correctable(caller: Caller, fact: QuarantinedFact, kind: Kind) -> None:
    if fact.released_at is not None:
        raise not_correctable("It is released.")
    if not fact.body:
        raise kept_aside_erased()
    if kind.own_words and caller.officer_id != fact.captured_by:
        raise own_words_corrected()


def _corrected(fact: QuarantinedFact, kind: Kind, content: dict[str, Any]) -> bytes:
    """The corrected content as bytes, its position as it was measured; 422 when it is not valid."""
    if not kind.correctable:
        raise not_correctable("Fixes are measured: they are released as they came, or not.")
    if _MEASURED in kind.model.model_fields:
        content = {name: value for name, value in content.items() if name != _MEASURED}
        measured = _json(fact.body).get(_MEASURED) if fact.body else None
        if measured is not None and _is_valid(kind, {**content, _MEASURED: measured}):
            content = {**content, _MEASURED: measured}
    raw = to_json(content)
    try:
        body = kind.validated(raw)
    except ValidationError as error:
        faults = field_errors(error.errors(include_input=False, include_url=False), ("content",))
        raise Problem(INVALID, "Some values are not valid.", faults) from None
    if getattr(body, "captured_by", None) not in (None, fact.captured_by):
        fault = FieldError("/content/captured_by", "fixed", "stays whoever captured it")
        raise Problem(INVALID, "Some values are not valid.", [fault])
    return kind.pack(body)


def _is_valid(kind: Kind, content: dict[str, Any]) -> bool:
    try:
        kind.validated(to_json(content))
    except ValidationError as error:
        return not any(each["loc"][:1] == (_MEASURED,) for each in error.errors())
    return True


def _json(body: bytes) -> dict[str, Any]:
    found = json.loads(body)
    return found if isinstance(found, dict) else {}


def _fact_id(fact: QuarantinedFact) -> UUID:
    if fact.recorded_as is not None:
        return fact.recorded_as
    # Before rows said so, the end of a patrol was kept under an id made from its patrol's.
    return fact.parent_id if fact.parent_id is not None and KINDS[fact.kind].is_the_patrols else fact.id


def _people(facts: Sequence[QuarantinedFact]) -> set[UUID]:
    return {person for fact in facts for person in (fact.captured_by, fact.uploaded_by)}


def _describe(session: Session, facts: Sequence[QuarantinedFact]) -> list[QuarantinedFactResponse]:
    corrections = queries.corrections_of(session, [fact.id for fact in facts])
    correctors = {each.corrected_by for rows in corrections.values() for each in rows}
    collars = collar_numbers(session, _people(facts) | correctors)
    return [QuarantinedFactResponse.model_validate(_described(fact, corrections, collars)) for fact in facts]


def _detail(session: Session, fact: QuarantinedFact) -> QuarantinedDetail:
    kind = KINDS[fact.kind]
    corrections = queries.corrections_of(session, [fact.id])
    rows = corrections.get(fact.id, [])
    collars = collar_numbers(session, _people([fact]) | {each.corrected_by for each in rows})
    original = _shown(fact, fact.body)
    return QuarantinedDetail.model_validate(
        {
            **_described(fact, corrections, collars),
            "content": _shown(fact, rows[-1].body) if rows else original,
            "original": original if rows else None,
            "correctable": kind.correctable and fact.released_at is None and bool(fact.body),
        }
    )


def _shown(fact: QuarantinedFact, body: bytes) -> dict[str, Any] | None:
    if not body:
        return None
    if fact.kind != FIX_BATCH:
        return {name: value for name, value in _json(body).items() if name != _MEASURED}
    head = _json(body.partition(b"\n")[0])
    fixes = head.pop("fixes", None)
    return {**head, "fixes": len(fixes)} if isinstance(fixes, list) else head


def _described(fact: QuarantinedFact, corrections: _Corrections, collars: dict[UUID, str]) -> dict[str, Any]:
    of_patrol = KINDS[fact.kind].belongs_to_patrol
    return {
        "id": fact.id,
        "kind": fact.kind,
        "fact_id": _fact_id(fact),
        "patrol_id": (fact.parent_id or (_fact_id(fact) if fact.kind == CHECK_IN else None))
        if of_patrol
        else None,
        "window_id": fact.parent_id if fact.kind == WINDOW_ANSWER else None,
        "parent_id": None if of_patrol or fact.kind == WINDOW_ANSWER else fact.parent_id,
        "captured_by": fact.captured_by,
        "captured_by_collar_number": collars[fact.captured_by],
        "uploaded_by": fact.uploaded_by,
        "uploaded_by_collar_number": collars[fact.uploaded_by],
        "received_at": fact.received_at,
        "reason": AsideReason(fact.reason),
        "faults": [SyncFault(**each) for each in fact.faults or ()],
        "corrections": [
            CorrectionResponse(
                number=each.number,
                corrected_by=each.corrected_by,
                corrected_by_collar_number=collars[each.corrected_by],
                corrected_at=each.corrected_at,
                reason=each.reason,
            )
            for each in corrections.get(fact.id, ())
        ],
        "released_at": fact.released_at,
        "released_by": fact.released_by,
        "release_reason": fact.release_reason,
        "released_as": fact.released_as,
    }
