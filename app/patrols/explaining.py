"""What those on a patrol say to it: explanations and disputes, recorded as facts beside the result and read with it.

They change no result. They are taken at any time, also after a review: what somebody has to say is never too late.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.audit.models import Action
from app.audit.service import changed, consulted
from app.clock import london_day
from app.facts.content import content_hash, packed_hash
from app.facts.problems import parent_unknown
from app.facts.service import Provenance, Recorded, record
from app.identity.permissions import Caller, Permission, requires
from app.identity.queries import collar_numbers
from app.patrols import queries
from app.patrols.models import Patrol, PatrolExplanation
from app.patrols.problems import own_words_only
from app.patrols.schemas import ExplanationList, ExplanationRequest, ExplanationResponse
from app.problems import out_of_sight
from app.reference.codes import Label, in_words
from app.reference.queries import labels
from app.rest.sent import Sent

SCHEMA_VERSION = 1


@requires(Permission.PATROLS_RECORD)
def explain(
    session: Session,
    caller: Caller,
    patrol_id: UUID,
    explanation_id: UUID,
    body: ExplanationRequest,
    sent: Sent,
) -> Recorded:
    """Records what the officer of a patrol, or a colleague declared on it, says to it: in their own words only.

    A patrol that has not arrived, and somebody else's, is unknown as yet (409 `parent-unknown`).
    """
    if body.captured_by not in (None, caller.officer_id):
        raise own_words_only()
    origin = Provenance(caller.officer_id, caller.officer_id, sent.now, sent.sent_at)
    created = record_words(session, patrol_id, explanation_id, body, origin)
    subjects = {"patrol": [patrol_id], "explanation": [explanation_id], "officer": [caller.officer_id]}
    changed(
        session, "patrol:explain", sent.now, subjects,
        actor_id=caller.officer_id, force_id=caller.force_id,
        action=Action.COLLECT if created else Action.CONSULT,
    )  # fmt: skip
    return Recorded(created)


def record_words(
    session: Session, patrol_id: UUID, explanation_id: UUID, body: ExplanationRequest, origin: Provenance
) -> bool:
    """Stores what somebody said to a patrol they were on; false for a replay."""
    patrol = _own_or_shared(session, origin.captured_by, patrol_id)
    content = packed_hash(
        "explanation", SCHEMA_VERSION, patrol_id.bytes, content_hash("words", SCHEMA_VERSION, body)
    )
    row = {
        "force_id": patrol.force_id,
        "patrol_id": patrol_id,
        "kind": body.kind,
        "reason_code": body.reason_code,
        "text": body.text,
        "from_at": body.from_at,
        "to_at": body.to_at,
        "incident_reference": body.incident_reference,
        "disputes_assessment": body.disputes_assessment,
    }
    return record(session, PatrolExplanation, explanation_id, content, origin, row)


def _own_or_shared(session: Session, officer_id: UUID, patrol_id: UUID) -> Patrol:
    patrol = queries.patrol_locked(session, patrol_id)
    if patrol is None:
        raise parent_unknown()
    crew = queries.crews_of(session, [patrol_id])[patrol_id]
    if officer_id not in (patrol.captured_by, *(member.officer_id for member in crew)):
        problem = parent_unknown()
        problem.denial = "patrol-of-another"
        raise problem
    return patrol


def explained(
    session: Session, caller: Caller, patrol_id: UUID, explanation_id: UUID, now: datetime
) -> ExplanationResponse:
    """What the phone is told of what its officer has just said; the record itself was logged."""
    found = _describe(session, caller, patrol_id, now)
    return next(each for each in found if each.id == explanation_id)


@requires(Permission.PATROLS_READ)
def list_explanations(session: Session, caller: Caller, patrol_id: UUID, now: datetime) -> ExplanationList:
    """All that was said to a patrol the caller may see, in the order it came in."""
    patrol = queries.patrol_seen(session, caller, patrol_id, london_day(now))
    if patrol is None:
        raise out_of_sight("patrol:explanations:read")
    found = _describe(session, caller, patrol_id, now)
    subjects = {
        "patrol": [patrol_id],
        "explanation": [each.id for each in found],
        "officer": {patrol.captured_by, *(each.officer_id for each in found)},
    }
    consulted(
        session, "patrol:explanations:read", now, subjects,
        actor_id=caller.officer_id, force_id=caller.force_id,
    )  # fmt: skip
    return ExplanationList(explanations=found)


def _describe(session: Session, caller: Caller, patrol_id: UUID, now: datetime) -> list[ExplanationResponse]:
    rows = queries.explanations_of(session, [patrol_id])[patrol_id]
    collars = collar_numbers(session, {row.captured_by for row in rows})
    reasons = labels(session, caller.force_id, "reasons", london_day(now))
    return [_described(row, collars[row.captured_by], reasons) for row in rows]


def _described(
    row: PatrolExplanation, collar_number: str, reasons: Mapping[str, Label]
) -> ExplanationResponse:
    known = row.reason_code is not None and row.reason_code in reasons
    return ExplanationResponse(
        id=row.id,
        patrol_id=row.patrol_id,
        officer_id=row.captured_by,
        collar_number=collar_number,
        kind=row.kind,
        reason_code=row.reason_code,
        reason_label=in_words(reasons, row.reason_code) if known and row.reason_code else None,
        reason_unknown=row.reason_code is not None and not known,
        text=row.text,
        from_at=row.from_at,
        to_at=row.to_at,
        incident_reference=row.incident_reference,
        disputes_assessment=row.disputes_assessment,
        received_at=row.received_at,
    )
