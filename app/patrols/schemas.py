"""What a phone sends of a patrol and what it is answered."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter, ValidationError

from app.clock import to_ms
from app.database.types import BoundedInt, Code, FiniteFloat, safe_text
from app.patrols.lifecycle import ExplanationKind, Funding, Mode, PatrolState, Programme, UniformState
from app.patrols.reviewing import Decision
from app.rest.body import field_errors
from app.rest.wire import Id, Instant, Latitude, Longitude, Metres, RequestModel, ResponseModel, Time, shown

MAX_FIXES = 1000
MAX_CREW = 20
OperationName: Any = safe_text(100)
Reason: Any = safe_text(500, 3)
Explanation: Any = safe_text(2000, 3)


class Position(RequestModel):
    """Where the phone was; `accuracy_m` is the 68 % radius, left out when the phone did not say."""

    lat: Latitude
    lon: Longitude
    accuracy_m: Metres | None = None


class CrewMemberRequest(RequestModel):
    """A colleague without a phone of their own, for the whole patrol or a part of it."""

    collar_number: Code
    from_at: Instant | None = None
    to_at: Instant | None = None


class CheckInRequest(RequestModel):
    model_config = shown(
        checked_in_at="2026-03-02T19:00:00Z",
        device_id="01920000-0000-7000-8000-0000000000d1",
        programme="TGP_SCHEDULED",
        uniform_state="HI_VIS_UNIFORM",
        mode="FOOT",
        window_id="01920000-0000-7000-8000-0000000000a1",
        crew=[{"collar_number": "4102"}],
    )

    checked_in_at: Instant
    device_id: Id
    window_id: Id | None = None
    programme: Programme
    operation: OperationName | None = None
    uniform_state: UniformState
    mode: Mode
    funding: Funding = Funding.CORE
    cost_code: Code | None = None
    position: Position | None = None
    captured_by: Id | None = None
    crew: list[CrewMemberRequest] = Field(default=[], max_length=MAX_CREW)


class CheckOutRequest(RequestModel):
    """The end of a patrol; with a `reason`, one tap to leave. It is one of the list `reasons` (ARREST_MADE,
    EMERGENCY_RESPONSE, WELFARE, …), another is kept as it is, and it is proposed to whoever decides on the window.
    `log_number` is the force's own number of the incident, `activity_id` the arrest, which may be sent later."""

    model_config = shown(
        checked_out_at="2026-03-02T20:05:00Z",
        reason="ARREST_MADE",
        log_number="WMP-3712",
        activity_id="01920000-0000-7000-8000-0000000000a4",
    )

    checked_out_at: Instant
    position: Position | None = None
    captured_by: Id | None = None
    reason: Code | None = None
    log_number: Code | None = None
    activity_id: Id | None = None


class VoidRequest(RequestModel):
    """Why a patrol was a mistake. It cannot be undone; no names of members of the public."""

    model_config = shown(reason="Checked in by mistake.")

    reason: Reason
    captured_by: Id | None = None


class ExplanationRequest(RequestModel):
    """What happened, in the words of whoever was on the patrol; no names of members of the public.

    `reason_code` is one of the list `reasons`; another is kept as it is. `from_at` to `to_at` is the time it is about,
    `disputes_assessment` the number of the result it objects to.
    """

    model_config = shown(
        kind="EXPLANATION",
        text="Called to a collision.",
        reason_code="EMERGENCY_RESPONSE",
        incident_reference="1893",
    )

    kind: ExplanationKind
    reason_code: Code | None = None
    text: Explanation
    from_at: Instant | None = None
    to_at: Instant | None = None
    incident_reference: Code | None = None
    disputes_assessment: Annotated[BoundedInt, Field(ge=1, le=1_000_000)] | None = None
    captured_by: Id | None = None


class FixRequest(RequestModel):
    """One GPS fix: degrees, metres, metres a second, degrees, percent. Negative iOS values mean «not known»."""

    recorded_at: Instant
    lat: Latitude
    lon: Longitude
    accuracy_m: Annotated[FiniteFloat, Field(ge=-1, le=1_000_000)] | None = None
    speed_mps: Annotated[FiniteFloat, Field(ge=-1, le=1000)] | None = None
    heading_deg: Annotated[FiniteFloat, Field(ge=-1, le=360)] | None = None
    mock: bool = False
    battery_percent: Annotated[FiniteFloat, Field(ge=-1, le=100)] | None = None

    @cached_property
    def recorded_ms(self) -> int:
        return to_ms(self.recorded_at)


class FixBatchHeader(RequestModel):
    device_id: Id
    sequence: Annotated[BoundedInt, Field(ge=0)]
    time_source: Literal["gnss", "device"] = "gnss"
    captured_by: Id | None = None


class FixBatchRequest(FixBatchHeader):
    """Up to 1,000 fixes. `sequence` counts the device's batches of this patrol, given when they were captured."""

    model_config = shown(
        device_id="01920000-0000-7000-8000-0000000000d1",
        sequence=0,
        fixes=[{"recorded_at": "2026-03-02T19:00:30Z", "lat": 52.483, "lon": -1.895, "accuracy_m": 8.0}],
    )

    fixes: list[FixRequest] = Field(min_length=1, max_length=MAX_FIXES)


class _FixBatchEnvelope(FixBatchHeader):
    fixes: list[Any] = Field(min_length=1, max_length=MAX_FIXES)


class RejectedFix(ResponseModel):
    index: int
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class FixUpload:
    """A batch as read: the good fixes, and for each bad one its place and what is wrong with it."""

    header: FixBatchHeader
    received: int
    fixes: list[FixRequest]
    rejected: list[RejectedFix]


_BATCH = TypeAdapter(FixBatchRequest)
_ENVELOPE = TypeAdapter(_FixBatchEnvelope)
_FIX = TypeAdapter(FixRequest)


def read_fix_batch(raw: bytes) -> FixUpload:
    """Reads a batch; a bad fix is set aside alone. Raises ValidationError when the envelope itself is wrong."""
    try:
        batch = _BATCH.validate_json(raw)
    except ValidationError:
        return _read_one_by_one(_ENVELOPE.validate_json(raw))
    return FixUpload(batch, len(batch.fixes), batch.fixes, [])


def _read_one_by_one(envelope: _FixBatchEnvelope) -> FixUpload:
    good: list[FixRequest] = []
    bad: list[RejectedFix] = []
    for index, value in enumerate(envelope.fixes):
        try:
            good.append(_FIX.validate_python(value))
        except ValidationError as error:
            faults = field_errors(error.errors(include_input=False, include_url=False))
            first = faults[0]
            bad.append(
                RejectedFix(
                    index=index, code=first.code, detail=f"{first.pointer or 'the fix'} {first.detail}"
                )
            )
    return FixUpload(envelope, len(envelope.fixes), good, bad)


class Progress(ResponseModel):
    """How far an open patrol has come: floored seconds verified up to the last fix we have, and the same in words."""

    in_words: str
    verified_seconds: int
    required_seconds: int | None
    reached: bool
    horizon_at: Time | None


class Advice(ResponseModel):
    """What the phone should do next: fixes more than `report_every_seconds` apart risk losing credit. `stop`: the
    patrol has ended or was taken back, so ask for no more positions, and send those that are still queued."""

    report_every_seconds: int
    batch_every_seconds: int
    stop: bool = False


class FixBatchResponse(ResponseModel):
    id: UUID
    patrol_id: UUID
    received: int
    accepted: int
    rejected: list[RejectedFix]
    progress: Progress
    advice: Advice


class CrewMemberResponse(ResponseModel):
    officer_id: UUID
    collar_number: str
    from_at: Time | None
    to_at: Time | None
    grade: Literal["declared"] = "declared"


class GradeSeconds(ResponseModel):
    """Whole seconds by grade, each floored."""

    verified: int
    probable: int
    unverified: int
    outside: int


class PatrolResult(ResponseModel):
    """The current assessment in short. `check_needed` means that a flag asks somebody to look; it accuses nobody.

    `in_words` tells it in sentences, the headline first: to its officer in the second person, to others in the third.
    """

    in_words: list[str]
    status: str
    status_label: str
    seconds: GradeSeconds
    window_verified_seconds: int | None
    required_seconds: int | None
    flags: list[str]
    check_needed: bool
    assessment_number: int
    policy_version: str
    computed_at: Time


class PatrolDecision(ResponseModel):
    """What a supervisor decided last on a patrol or its window; the whole of it is at `/v1/patrols/{id}/reviews`."""

    of: Literal["patrol", "window"]
    decision: Decision
    decision_label: str
    reason_label: str | None
    adjusted_seconds: int | None
    decided_by_collar_number: str
    decided_at: Time
    needs_confirmation: bool


class LeftFor(ResponseModel):
    """What the officer left the patrol for, in their word. It explains, and changes nothing that was found: a
    supervisor decides whether it is accepted. `flags` are of the list `check_out_flags`, and plain in
    `flags_in_words`."""

    reason: str | None
    reason_label: str | None
    log_number: str | None
    activity_id: UUID | None
    in_words: str
    flags: list[str]
    flags_in_words: list[str]


class VoidResponse(ResponseModel):
    """Why its officer took a patrol back, and when we heard of it."""

    reason: str
    received_at: Time


class PatrolResponse(ResponseModel):
    """A patrol. `linked`: it was made for no window, and a supervisor decided that it counts for `window_id`.

    `result` is null while the patrol is open, once it is voided, and before `result_from`, until when it is told to
    those on the patrol only. Where the force holds results like this, so is the `progress` of an open patrol.
    """

    id: UUID
    state: PatrolState
    officer_id: UUID
    collar_number: str
    team_id: UUID | None
    area_id: UUID | None
    window_id: UUID | None
    linked: bool
    hotspot_id: UUID | None
    programme: Programme
    operation: str | None
    uniform_state: UniformState
    mode: Mode
    funding: Funding
    cost_code: str | None
    checked_in_at: Time
    started_at: Time
    skew_seconds: int | None
    checked_out_at: Time | None
    ended_at: Time | None
    closed_by: Literal["phone", "auto"] | None
    left_for: LeftFor | None
    received_at: Time
    crew: list[CrewMemberResponse]
    crew_unknown: list[str]
    window_unknown: UUID | None
    progress: Progress | None
    result: PatrolResult | None
    result_from: Time | None
    void: VoidResponse | None
    decisions: list[PatrolDecision]


class EndedPatrolResponse(PatrolResponse):
    """A patrol that has just been ended or taken back, and what its phone should do now."""

    advice: Advice


class ExplanationResponse(ResponseModel):
    """`reason_label` is null without a reason, and for one that the list did not hold when it came."""

    id: UUID
    patrol_id: UUID
    officer_id: UUID
    collar_number: str
    kind: ExplanationKind
    reason_code: str | None
    reason_label: str | None
    reason_unknown: bool
    text: str
    from_at: Time | None
    to_at: Time | None
    incident_reference: str | None
    disputes_assessment: int | None
    received_at: Time


class ExplanationList(ResponseModel):
    explanations: list[ExplanationResponse]


class PatrolPage(ResponseModel):
    patrols: list[PatrolResponse]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class PatrolFilter:
    """What of a list is asked for; None leaves a filter out. `from_at` to `to_at` is half open, by check-in;
    `area_id` is an area and all below it."""

    from_at: datetime | None = None
    to_at: datetime | None = None
    team_id: UUID | None = None
    hotspot_id: UUID | None = None
    officer_id: UUID | None = None
    window_id: UUID | None = None
    status: str | None = None
    area_id: UUID | None = None
    check_needed: bool | None = None
