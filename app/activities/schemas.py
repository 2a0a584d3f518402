"""What a phone sends of an activity: one body for each kind, at the level of a reference or of a record.

A reference says that it happened and where the force's own system holds it; a record is ours. Both count alike, and a
reference becomes a record by an amendment. Codes are text: one that no list holds is kept and flagged, never refused.
Nothing here takes a name of a member of the public.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

import jiter
from pydantic import ConfigDict, Discriminator, Field, RootModel, Tag, TypeAdapter

from app.activities.codes import ActivityKind
from app.activities.examples import EXAMPLES
from app.database.types import BoundedInt, Code, safe_text
from app.patrols.schemas import Position, Reason
from app.rest.wire import Id, Instant, RequestModel, ResponseModel, shown

MAX_CODES = 20
MAX_ITEMS = 20
Grounds: Any = safe_text(2000, 3)
Codes = Annotated[list[Code], Field(min_length=1, max_length=MAX_CODES)]


def _code(of: str, description: str) -> Any:
    return Field(default=None, description=f"{description} List `{of}`.")


def _said(description: str) -> Any:
    return Field(default=None, description=description)


class _Activity(RequestModel):
    """What every activity says, whatever its kind and level."""

    kind_of: ClassVar[ActivityKind]

    occurred_at: Instant = Field(description="When it happened, by the phone's clock.")
    recorded_at: Instant | None = _said(
        "When it was written down, by the phone's clock; left out, it was at once."
    )
    late_reason: Code | None = _code(
        "late_record_reasons", "Why it was written down more than an hour later."
    )
    patrol_id: Id | None = _said("The patrol it was on: one's own, or one on which one is crew.")
    position: Position | None = _said(
        "Where the phone was. Left out, the place is read from the patrol's track and marked so."
    )
    reference: Code | None = _said("The force system's own reference; it may be added later.")
    captured_by: Id | None = _said("Who did it, where another uploads it.")
    amendment_reason: Reason | None = _said(
        "Why it is corrected; with If-Match only. No names of the public."
    )


class _Record(_Activity):
    """What every record says besides."""

    level: Literal["record"]
    video_used: bool | None = _said("Whether body-worn video was on.")
    video_reason_code: Code | None = _code("body_worn_video_reasons", "Why it was not.")
    video_reference: Code | None = _said("Where the footage is found.")


class _Search(RequestModel):
    kind_of: ClassVar[ActivityKind] = ActivityKind.STOP_SEARCH
    kind: Literal["STOP_SEARCH"]
    outcome_code: Code | None = _code("search_outcomes", "What came of it.")
    arrest_id: Id | None = _said("The arrest it led to, by the id the phone gave that.")
    custody_reference: Code | None = _said("The custody record it belongs to.")
    receipt_reference: Code | None = _said("What the person was given to ask for a copy with.")


class StopSearchReference(_Search, _Activity):
    """A stop and search whose record the force's own system holds."""

    level: Literal["reference"]


class StopSearchRecord(_Search, _Record):
    """A stop and search (PACE s.3, Code A; the fields of the Home Office's and data.police.uk's returns)."""

    search_type: Code | None = _code("search_types", "Who or what was searched.")
    legislation_code: Code | None = _code("legislation", "The power that was used.")
    object_code: Code | None = _code("search_objects", "What was looked for.")
    grounds_code: Code | None = _code("search_grounds", "What the grounds rest on.")
    grounds: Grounds | None = _said("The grounds in words, without any name. Erased with the record.")
    authorisation_reference: Code | None = _said("The authorisation of a search without suspicion.")
    order_reference: Code | None = _said("The order, for a search under section 342E.")
    outcome_linked_to_object: Code | None = _code("outcome_links", "Whether what was looked for was found.")
    found_codes: Codes | None = _code("search_objects", "What was found.")
    weapon_types: Codes | None = _code("weapon_types", "Which weapons were found.")
    self_defined_ethnicity: Code | None = _code(
        "self_defined_ethnicity", "As the person says; NS: not stated."
    )
    not_stated_reason: Code | None = _code("not_stated_reasons", "Why it was not stated.")
    officer_defined_ethnicity: Code | None = _code(
        "officer_defined_ethnicity", "As the officer saw it: an assessment, wanted when it differs or NS."
    )
    gender: Code | None = _code("genders", "As perceived.")
    age: Annotated[BoundedInt, Field(ge=0, le=120)] | None = _said("In years.")
    age_basis: Code | None = _code("age_bases", "Whether the age was stated or is estimated.")
    gowisely: Annotated[list[Code], Field(max_length=MAX_CODES)] | None = _code(
        "gowisely", "What was told before the search."
    )
    officer_in_uniform: bool | None = None
    warrant_card_shown: bool | None = None
    clothing_removed: Code | None = _code("clothing_levels", "The most that was taken off.")
    in_public_view: bool | None = _said("Whether that was in public view.")
    location_type: Code | None = _code("search_location_types", "What kind of place it was.")
    supervisor_informed: bool | None = _said("Of more than outer clothing.")
    appropriate_adult: bool | None = _said("Whether one was there, for somebody under 18.")
    safeguarding_referral: bool | None = _said("Whether one was made, for somebody under 18.")
    vehicle_unattended: bool | None = _said("Of a searched vehicle: that nobody was with it.")
    notice_left: bool | None = _said("In an unattended vehicle.")
    handcuffs_used: bool | None = None
    force_used: bool | None = None
    present_officers: Codes | None = _said(
        "Collar numbers of colleagues who were there, PCSOs among them; not who searched."
    )


class _Arrest(RequestModel):
    kind_of: ClassVar[ActivityKind] = ActivityKind.ARREST
    kind: Literal["ARREST"]
    basis: Code | None = _code("arrest_bases", "The power; whoever is no constable says which.")
    disposal: Code | None = _code("arrest_disposals", "What came of it; a de-arrest keeps the row.")
    custody_reference: Code | None = _said("The custody record; it may be added later.")
    from_search_id: Id | None = _said("The stop and search it came from.")
    off_patrol_from: Instant | None = _said("From when the arrest took its officers off the patrol.")
    off_patrol_to: Instant | None = _said("Until when.")


class ArrestReference(_Arrest, _Activity):
    """An arrest whose record the force's own system holds."""

    level: Literal["reference"]


class ArrestRecord(_Arrest, _Record):
    """An arrest; the custody system is the record of the person. Section 24A, any person's, is told as what it is."""

    necessity_codes: Codes | None = _code("arrest_necessity", "Why it was necessary (PACE s.24(5)).")
    offence_category: Code | None = _code("offence_categories", "For what, as counted.")
    offence_code: Code | None = _said("For what, as the force codes it.")
    knife_related: bool | None = None
    in_problem_scope: bool | None = _said("Whether it is what the hotspot is patrolled for.")
    grounds_told: bool | None = _said("Whether the person was told of the arrest and why (s.28).")
    cautioned_at: Instant | None = None
    dearrested_at: Instant | None = None
    custody_suite: Code | None = _said("The station, as the force codes it.")
    under_18: bool | None = _said("Whether the person appears under 18.")


class IntelligenceItemRequest(RequestModel):
    """One item of a submission, graded by itself. Not a word of what it says: that is in the force's own system."""

    category: Code = Field(description="What it is about. List `intelligence_categories`.")
    source_grade: Code | None = _code("intelligence_sources", "1 to 3.")
    assessment_grade: Code | None = _code("intelligence_assessments", "A to E.")
    handling_grade: Code | None = _code("intelligence_handling", "P or C.")
    conditions: Codes | None = _code("intelligence_conditions", "Only with handling C.")


class _Intelligence(RequestModel):
    kind_of: ClassVar[ActivityKind] = ActivityKind.INTELLIGENCE
    kind: Literal["INTELLIGENCE"]


class IntelligenceReference(_Intelligence, _Activity):
    """That intelligence was submitted in the force's own system, and about what."""

    level: Literal["reference"]
    category: Code | None = _code("intelligence_categories", "What it is about.")


class IntelligenceRecord(_Intelligence, _Record):
    """A submission with its grading, item by item; no narrative and no source."""

    urgency: Code | None = _code("intelligence_priorities", "How urgent it is.")
    grading_scheme: Code = Field(default="3x5x2", description="List `grading_schemes`.")
    items: Annotated[list[IntelligenceItemRequest], Field(min_length=1, max_length=MAX_ITEMS)] = Field(
        description="Each with its own grading."
    )


class _Referral(RequestModel):
    kind_of: ClassVar[ActivityKind] = ActivityKind.REFERRAL
    kind: Literal["REFERRAL"]
    referral_type: Code | None = _code("referral_types", "What for.")
    status: Code | None = _code("referral_statuses", "How it stood then; follow-ups tell what became of it.")


class ReferralReference(_Referral, _Activity):
    """A referral whose record the force's own system holds."""

    level: Literal["reference"]


class ReferralRecord(_Referral, _Record):
    """A referral to a partner. Who was referred is in the force's own system."""

    recipient: Code | None = _code("referral_recipients", "To whom.")
    subject_category: Code | None = _code("referral_subjects", "A child, an adult, a place …")
    consent: Code | None = _code("referral_consent", "Whether it was given, refused, not sought …")
    urgent: bool | None = _said("Whether the urgent route was taken.")


class _Outcome(RequestModel):
    kind_of: ClassVar[ActivityKind] = ActivityKind.OUTCOME
    kind: Literal["OUTCOME"]
    outcome_type: Code | None = _code("other_outcomes", "What it was: a power, a find, a stop, help given.")


class OutcomeReference(_Outcome, _Activity):
    """Anything else a patrol brought about, whose record the force's own system holds."""

    level: Literal["reference"]


class OutcomeRecord(_Outcome, _Record):
    """Anything else a patrol brought about: an ASB power, a weapon, drugs, alcohol, a stop and account, first aid."""

    item_type: Code | None = _code("weapon_types", "Of a weapon, which.")
    found_place: Code | None = _code("weapon_places", "Where it was found.")
    drug_class: Code | None = _code("drug_classes", "Of drugs.")
    authorisation_reference: Code | None = _said("The authorisation, of a dispersal for one.")
    quantity: Annotated[BoundedInt, Field(ge=0, le=1_000_000)] | None = _said("How many.")
    under_18: bool | None = _said("Whether the person appears under 18.")


def _tag(value: Any) -> str:
    """Kind and level of an activity, as JSON or as a model."""
    if isinstance(value, dict):
        return f"{value.get('kind')} {value.get('level')}"
    return f"{getattr(value, 'kind', None)} {getattr(value, 'level', None)}"


# By two fields at once: nested, they have no valid description in OpenAPI.
ActivityBody = Annotated[
    Annotated[StopSearchReference, Tag("STOP_SEARCH reference")]
    | Annotated[StopSearchRecord, Tag("STOP_SEARCH record")]
    | Annotated[ArrestReference, Tag("ARREST reference")]
    | Annotated[ArrestRecord, Tag("ARREST record")]
    | Annotated[IntelligenceReference, Tag("INTELLIGENCE reference")]
    | Annotated[IntelligenceRecord, Tag("INTELLIGENCE record")]
    | Annotated[ReferralReference, Tag("REFERRAL reference")]
    | Annotated[ReferralRecord, Tag("REFERRAL record")]
    | Annotated[OutcomeReference, Tag("OUTCOME reference")]
    | Annotated[OutcomeRecord, Tag("OUTCOME record")],
    Discriminator(_tag),
]
AnyActivity = (
    StopSearchReference
    | StopSearchRecord
    | ArrestReference
    | ArrestRecord
    | IntelligenceReference
    | IntelligenceRecord
    | ReferralReference
    | ReferralRecord
    | OutcomeReference
    | OutcomeRecord
)


class ActivityRequest(RootModel[ActivityBody]):
    """One activity. `kind` says what, `level` how much of it: a `reference` or a whole `record`."""

    model_config = ConfigDict(json_schema_extra={"examples": list[Any](EXAMPLES)})


BODIES: dict[tuple[str, str], type[AnyActivity]] = {
    ("STOP_SEARCH", "reference"): StopSearchReference,
    ("STOP_SEARCH", "record"): StopSearchRecord,
    ("ARREST", "reference"): ArrestReference,
    ("ARREST", "record"): ArrestRecord,
    ("INTELLIGENCE", "reference"): IntelligenceReference,
    ("INTELLIGENCE", "record"): IntelligenceRecord,
    ("REFERRAL", "reference"): ReferralReference,
    ("REFERRAL", "record"): ReferralRecord,
    ("OUTCOME", "reference"): OutcomeReference,
    ("OUTCOME", "record"): OutcomeRecord,
}
_BY_NAME: dict[str, TypeAdapter[AnyActivity]] = {
    str(name): TypeAdapter(model) for name, model in BODIES.items()
}
_ACTIVITY: TypeAdapter[AnyActivity] = TypeAdapter(ActivityBody)


def read_activity(raw: bytes) -> AnyActivity:
    """Reads an activity of any kind and level; raises pydantic's ValidationError."""
    said = jiter.from_json(raw)
    kind_and_level = (said.get("kind"), said.get("level")) if isinstance(said, dict) else None
    # By its own model, so that a fault is told where it stands in the body.
    found = _BY_NAME.get(str(kind_and_level))
    return found.validate_json(raw) if found is not None else _ACTIVITY.validate_json(raw)


def read_kept(content: Mapping[str, Any]) -> AnyActivity:
    """Reads an activity as a revision keeps it."""
    return _ACTIVITY.validate_python(content)


class VoidActivityRequest(RequestModel):
    """Why an activity was a mistake. It cannot be undone; no names of members of the public."""

    model_config = shown(reason="It was another patrol's.")

    reason: Reason
    captured_by: Id | None = None


class FollowUpRequest(RequestModel):
    """What became of a referral, as somebody heard it; the latest by `heard_at` stands."""

    model_config = shown(status="ACCEPTED", heard_at="2026-03-05T10:00:00Z", reference="EH-77")

    status: Code = Field(description="List `referral_statuses`.")
    heard_at: Instant
    reference: Code | None = _said("The partner's own reference.")
    captured_by: Id | None = None


class QuarantinedActivity(ResponseModel):
    """Kept, but not counted until a supervisor releases it; do not send it again."""

    id: UUID
    state: Literal["quarantined"] = "quarantined"


@dataclass(frozen=True, slots=True)
class ActivityFilter:
    """Which activities are asked for; None leaves a filter out. `from_at` to `to_at` is half open."""

    from_at: datetime | None = None
    to_at: datetime | None = None
    kind: str | None = None
    team_id: UUID | None = None
    officer_id: UUID | None = None
    patrol_id: UUID | None = None
    hotspot_id: UUID | None = None
    outcome_code: str | None = None
    receipt_reference: str | None = None
    flagged: bool | None = None
    voided: bool = False
