"""What a phone sends many facts in, and what it is answered about each."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.database.types import safe_text
from app.facts.models import AsideReason
from app.patrols.schemas import Advice, Progress, RejectedFix
from app.rest.wire import Id, RequestModel, ResponseModel, Time

MAX_ITEMS = 500
KindName: Any = safe_text(40, 1)
Outcome = Literal["created", "replayed", "quarantined", "conflict", "rejected", "deferred"]


class SyncItem(RequestModel):
    """One fact, as a PUT of its own would send it.

    `id` is the fact's own, as in the address of its PUT; of a check-out and a void it is that of what ends or is taken
    back. `patrol_id`, `window_id` and `parent_id` (an activity, engagement or abstraction) name what it belongs to,
    where the address of its PUT does. `if_match` is the If-Match of an amendment or of a
    decision.
    """

    kind: KindName
    id: Id
    patrol_id: Id | None = None
    window_id: Id | None = None
    parent_id: Id | None = None
    if_match: Annotated[str, Field(max_length=100)] | None = None
    content: dict[str, Any]


_EXAMPLE: Any = {
    "items": [
        {
            "kind": "check-in",
            "id": "01920000-0000-7000-8000-000000000001",
            "content": {
                "checked_in_at": "2026-03-02T19:00:00Z",
                "device_id": "01920000-0000-7000-8000-0000000000d1",
                "programme": "TGP_SCHEDULED",
                "uniform_state": "HI_VIS_UNIFORM",
                "mode": "FOOT",
            },
        },
        {
            "kind": "fix-batch",
            "id": "01920000-0000-7000-8000-000000000002",
            "patrol_id": "01920000-0000-7000-8000-000000000001",
            "content": {
                "device_id": "01920000-0000-7000-8000-0000000000d1",
                "sequence": 0,
                "fixes": [
                    {
                        "recorded_at": "2026-03-02T19:00:30Z",
                        "lat": 52.483,
                        "lon": -1.895,
                        "accuracy_m": 8.0,
                    }
                ],
            },
        },
        {
            "kind": "check-out",
            "id": "01920000-0000-7000-8000-000000000001",
            "content": {"checked_out_at": "2026-03-02T20:05:00Z"},
        },
        {
            "kind": "explanation",
            "id": "01920000-0000-7000-8000-000000000003",
            "patrol_id": "01920000-0000-7000-8000-000000000001",
            "content": {"kind": "EXPLANATION", "text": "No signal under the viaduct."},
        },
        {
            "kind": "window-answer",
            "id": "01920000-0000-7000-8000-000000000004",
            "window_id": "01920000-0000-7000-8000-0000000000a1",
            "content": {"answer": "ACCEPTED", "answered_at": "2026-03-02T17:00:00Z"},
        },
        {
            "kind": "activity",
            "id": "01920000-0000-7000-8000-000000000005",
            "content": {
                "kind": "STOP_SEARCH",
                "level": "reference",
                "occurred_at": "2026-03-02T19:20:00Z",
                "patrol_id": "01920000-0000-7000-8000-000000000001",
                "outcome_code": "NFA",
                "reference": "SS-2026-0042",
            },
        },
        {
            "kind": "engagement",
            "id": "01920000-0000-7000-8000-000000000006",
            "content": {
                "occurred_at": "2026-03-02T19:40:00Z",
                "engagement_type": "HOTSPOT_CHAT",
                "patrol_id": "01920000-0000-7000-8000-000000000001",
                "reach_band": "1_5",
            },
        },
        {
            "kind": "engagement-action",
            "id": "01920000-0000-7000-8000-000000000007",
            "parent_id": "01920000-0000-7000-8000-000000000006",
            "content": {"you_said": "The lamp by the steps is broken.", "issue": "ENVIRONMENT"},
        },
        {
            "kind": "abstraction",
            "id": "01920000-0000-7000-8000-000000000008",
            "content": {"starts_at": "2026-03-02T20:05:00Z", "reason_code": "CUSTODY"},
        },
        {
            "kind": "engagement-action-void",
            "id": "01920000-0000-7000-8000-000000000007",
            "parent_id": "01920000-0000-7000-8000-000000000006",
            "content": {"reason": "Said twice."},
        },
        {
            "kind": "engagement-void",
            "id": "01920000-0000-7000-8000-000000000006",
            "content": {"reason": "Recorded twice."},
        },
        {
            "kind": "referral-follow-up",
            "id": "01920000-0000-7000-8000-000000000009",
            "parent_id": "01920000-0000-7000-8000-0000000000b1",
            "content": {"status": "ACCEPTED", "heard_at": "2026-03-02T20:30:00Z", "reference": "EH-77"},
        },
        {
            "kind": "activity-void",
            "id": "01920000-0000-7000-8000-000000000005",
            "content": {"reason": "It was another patrol's."},
        },
        {
            "kind": "abstraction-dispute",
            "id": "01920000-0000-7000-8000-00000000000a",
            "parent_id": "01920000-0000-7000-8000-0000000000c1",
            "content": {"note": "I was on patrol until nine."},
        },
        {
            "kind": "abstraction-void",
            "id": "01920000-0000-7000-8000-000000000008",
            "content": {"reason": "It was next week."},
        },
        {
            "kind": "void",
            "id": "01920000-0000-7000-8000-000000000001",
            "content": {"reason": "Checked in by mistake."},
        },
    ]
}


class SyncRequest(RequestModel):
    """Up to 500 facts in any order, each standing or falling by itself."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    items: list[SyncItem] = Field(min_length=1, max_length=MAX_ITEMS)


class Envelope(RequestModel):
    """The request with its items as they came: each is read alone."""

    items: list[Any] = Field(min_length=1, max_length=MAX_ITEMS)


class SyncFault(ResponseModel):
    """One fault: where in the item it stands, a code and plain words. Never what was sent."""

    pointer: str
    code: str
    detail: str


class SyncProblem(ResponseModel):
    """Why an item was not recorded, as a PUT of its own would have said."""

    code: str
    title: str
    detail: str
    retryable: bool
    errors: list[SyncFault]


class SyncResult(ResponseModel):
    """What became of one item. `status` is that of a PUT of its own.

    `created`, `replayed`: recorded, take it off the queue. `quarantined`: kept aside, take it off the queue; `reason`
    says why. `deferred`: keep it and send it again. `conflict`: something else stands under this id. `rejected`: it can
    never be recorded as it is; with `quarantine_id` we hold it, and it can be corrected there.

    `kind` and `id` are null when the item did not say them. `rejected_fixes` are bad fixes of a recorded batch.
    """

    index: int
    kind: str | None
    id: UUID | None
    outcome: Outcome
    status: int
    reason: AsideReason | None = None
    quarantine_id: UUID | None = None
    problem: SyncProblem | None = None
    rejected_fixes: list[RejectedFix] = []


class SyncedPatrol(ResponseModel):
    """How far a patrol has come with all of this, and what the phone should do next."""

    id: UUID
    progress: Progress
    advice: Advice


class SyncResponse(ResponseModel):
    """One result for each item, in the order they were sent; all that is recorded is durable."""

    results: list[SyncResult]
    counts: dict[Outcome, int]
    patrols: list[SyncedPatrol]


class Change(ResponseModel):
    """Something of the caller's that changed: read it at `href`. `id` is null where it may not be named yet."""

    kind: str
    change: str
    id: UUID | None
    patrol_id: UUID | None
    told_at: Time
    href: str


class ChangesResponse(ResponseModel):
    """What changed since the cursor, in the order it was made durable. `more` says that there is more right now.

    Without a cursor nothing is told but where to go on from: keep `next_cursor`, then read what you show.
    """

    changes: list[Change]
    next_cursor: str
    more: bool
