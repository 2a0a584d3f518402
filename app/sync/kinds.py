"""The kinds of fact a phone sends: how each is read, recorded by its own use case, kept aside and released.

A kind is a line of `KINDS`. The use case it names declares the permission; nothing here goes round it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlmodel import Session

from app.abstractions import service as abstractions
from app.abstractions.schemas import (
    AbstractionRequest,
    DisputeAbstractionRequest,
    VoidAbstractionRequest,
)
from app.activities import service as activities
from app.activities.recording import activity_content
from app.activities.schemas import ActivityRequest, FollowUpRequest, VoidActivityRequest, read_activity
from app.engagements import service as engagements
from app.engagements.schemas import ActionRequest, EngagementRequest, VoidEngagementRequest
from app.facts.content import content_hash
from app.facts.models import QuarantinedFact
from app.facts.service import Recorded
from app.identity.permissions import Caller
from app.patrols import explaining, quarantine, recording, service
from app.patrols.catching_up import Touched
from app.patrols.quarantine import Released
from app.patrols.schemas import (
    CheckInRequest,
    CheckOutRequest,
    ExplanationRequest,
    FixBatchRequest,
    VoidRequest,
    read_fix_batch,
)
from app.problems import INVALID, FieldError, Problem
from app.rest.body import adapter
from app.rest.preconditions import expected_revision
from app.rest.sent import Sent
from app.schedule.answering import answer_window
from app.schedule.crew_schemas import AnswerRequest
from app.sync.releasing import release_abstraction, release_activity, release_engagement
from app.sync.schemas import SyncItem


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request's circumstances: who brings the facts, when, and where patrols to judge are noted."""

    session: Session
    caller: Caller
    sent: Sent
    touched: Touched
    disclosure_hours: int


@dataclass(frozen=True, slots=True)
class Item:
    """An item as read; `body` is its content, validated as its kind's."""

    id: UUID
    patrol_id: UUID | None
    window_id: UUID | None
    parent_id: UUID | None
    if_match: str | None
    body: Any

    @property
    def patrol(self) -> UUID:
        return _named(self.patrol_id, "/patrol_id")

    @property
    def window(self) -> UUID:
        return _named(self.window_id, "/window_id")

    @property
    def parent(self) -> UUID:
        return _named(self.parent_id, "/parent_id")

    @property
    def expected_revision(self) -> int | None:
        return expected_revision(self.if_match)


def _named(value: UUID | None, pointer: str) -> UUID:
    if value is None:
        raise Problem(
            INVALID, "Some values are not valid.", [FieldError(pointer, "missing", "is needed for this kind")]
        )
    return value


class Stage(IntEnum):
    """In which order the kinds of one request are recorded: what others belong to first, what takes back last."""

    BEGINS = 0
    HAPPENS = 1
    ENDS = 2
    TAKES_BACK = 3


Record = Callable[[Arrival, Item], Recorded]
Release = Callable[[Session, QuarantinedFact, bytes, Touched], Released]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fact.

    `is_the_patrols`: its id is that of its patrol. `release` records what was kept aside, as if its officer had sent
    it; None where only that officer can say it. `own_words`: nobody corrects it for somebody else. `corrects`: whether
    what was measured may be written anew.
    """

    name: str
    model: type[BaseModel]
    record: Record
    stage: Stage = Stage.HAPPENS
    release: Release | None = None
    is_the_patrols: bool = False
    belongs_to_patrol: bool = True
    own_words: bool = False
    correctable: bool = True
    read: Callable[[bytes], Any] | None = None
    pack: Callable[[Any], bytes] = quarantine.raw
    content: Callable[[UUID, Any], bytes] | None = field(default=None)

    def validated(self, raw: bytes) -> Any:
        """The content of an item as this kind's body; raises pydantic's ValidationError."""
        return self.read(raw) if self.read is not None else adapter(self.model).validate_json(raw)

    def parent_of(self, item: Item) -> UUID | None:
        """The patrol an item belongs to; None for one that stands by itself."""
        if self.stage is Stage.BEGINS or not self.belongs_to_patrol:
            return None
        return item.id if self.is_the_patrols else item.patrol_id or getattr(item.body, "patrol_id", None)

    def content_of(self, parent_id: UUID, body: Any) -> bytes:
        return self.content(parent_id, body) if self.content else content_hash(self.name, 1, body)


def _check_in(to: Arrival, item: Item) -> Recorded:
    return service.check_in(to.session, to.caller, item.id, item.body, to.sent).recorded


def _fix_batch(to: Arrival, item: Item) -> Recorded:
    done = service.upload_fixes(to.session, to.caller, item.patrol, item.id, item.body, to.sent, to.touched)
    return done.recorded


def _check_out(to: Arrival, item: Item) -> Recorded:
    return service.check_out(to.session, to.caller, item.id, item.body, to.sent, to.touched)


def _explanation(to: Arrival, item: Item) -> Recorded:
    return explaining.explain(to.session, to.caller, item.patrol, item.id, item.body, to.sent)


def _void(to: Arrival, item: Item) -> Recorded:
    return service.void(to.session, to.caller, item.id, item.body, to.sent, to.touched)


def _window_answer(to: Arrival, item: Item) -> Recorded:
    done = answer_window(to.session, to.caller, item.window, item.id, item.body, to.sent, to.disclosure_hours)
    return Recorded(done.created)


def _activity(to: Arrival, item: Item) -> Recorded:
    asked, expected = item.body, item.expected_revision
    return activities.record_activity(to.session, to.caller, item.id, asked, expected, to.sent).recorded


def _activity_void(to: Arrival, item: Item) -> Recorded:
    return activities.void_activity(to.session, to.caller, item.id, item.body, to.sent)


def _follow_up(to: Arrival, item: Item) -> Recorded:
    return activities.follow_up(to.session, to.caller, item.parent, item.id, item.body, to.sent)


def _engagement(to: Arrival, item: Item) -> Recorded:
    expected = item.expected_revision
    return engagements.record_engagement(to.session, to.caller, item.id, item.body, to.sent, expected)


def _engagement_void(to: Arrival, item: Item) -> Recorded:
    return engagements.void_engagement(to.session, to.caller, item.id, item.body.reason, to.sent)


def _engagement_action(to: Arrival, item: Item) -> Recorded:
    expected = item.expected_revision
    return engagements.record_action(
        to.session, to.caller, item.parent, item.id, item.body, to.sent, expected
    )


def _engagement_action_void(to: Arrival, item: Item) -> Recorded:
    reason = item.body.reason
    return engagements.void_action(to.session, to.caller, item.parent, item.id, reason, to.sent)


def _abstraction(to: Arrival, item: Item) -> Recorded:
    expected = item.expected_revision
    return abstractions.record_abstraction(to.session, to.caller, item.id, item.body, to.sent, expected)


def _abstraction_void(to: Arrival, item: Item) -> Recorded:
    return abstractions.void_abstraction(to.session, to.caller, item.id, item.body.reason, to.sent)


def _abstraction_dispute(to: Arrival, item: Item) -> Recorded:
    note, expected = item.body.note, item.expected_revision
    return abstractions.dispute_abstraction(
        to.session, to.caller, item.parent, item.id, note, to.sent, expected
    )


WINDOW_ANSWER = "window-answer"
# What is said of a fact already recorded: by whoever said that, whatever patrol it was on.
_OF_ANOTHER_FACT: Any = {"own_words": True, "belongs_to_patrol": False}
_ALL = (
    Kind(
        quarantine.CHECK_IN, CheckInRequest, _check_in, Stage.BEGINS, quarantine.release_check_in,
        is_the_patrols=True,
    ),
    Kind(
        quarantine.FIX_BATCH, FixBatchRequest, _fix_batch, Stage.HAPPENS, quarantine.release_batch,
        correctable=False, read=read_fix_batch,
        pack=lambda body: quarantine.packed(recording.batch_of(body)),
        content=lambda patrol_id, body: recording.batch_of(body).content(patrol_id),
    ),
    Kind(
        quarantine.CHECK_OUT, CheckOutRequest, _check_out, Stage.ENDS, quarantine.release_check_out,
        is_the_patrols=True, content=lambda _, body: recording.check_out_content(body),
    ),
    Kind(
        quarantine.EXPLANATION, ExplanationRequest, _explanation, Stage.HAPPENS, quarantine.release_explanation,
        own_words=True,
    ),
    Kind(
        quarantine.VOID, VoidRequest, _void, Stage.TAKES_BACK, quarantine.release_void,
        is_the_patrols=True, own_words=True,
    ),
    Kind(
        WINDOW_ANSWER, AnswerRequest, _window_answer, Stage.BEGINS, own_words=True, belongs_to_patrol=False,
    ),
    Kind(
        "activity", ActivityRequest, _activity, release=release_activity, read=read_activity,
        content=lambda _, body: activity_content(body),
    ),
    Kind("activity-void", VoidActivityRequest, _activity_void, Stage.TAKES_BACK, **_OF_ANOTHER_FACT),
    Kind("referral-follow-up", FollowUpRequest, _follow_up, Stage.ENDS, **_OF_ANOTHER_FACT),
    Kind("engagement", EngagementRequest, _engagement, release=release_engagement),
    Kind("engagement-action", ActionRequest, _engagement_action, Stage.ENDS, **_OF_ANOTHER_FACT),
    Kind("engagement-void", VoidEngagementRequest, _engagement_void, Stage.TAKES_BACK, **_OF_ANOTHER_FACT),
    Kind(
        "engagement-action-void", VoidEngagementRequest, _engagement_action_void, Stage.TAKES_BACK,
        **_OF_ANOTHER_FACT,
    ),
    Kind("abstraction", AbstractionRequest, _abstraction, release=release_abstraction, belongs_to_patrol=False),
    Kind(
        "abstraction-dispute", DisputeAbstractionRequest, _abstraction_dispute, Stage.ENDS, **_OF_ANOTHER_FACT
    ),
    Kind(
        "abstraction-void", VoidAbstractionRequest, _abstraction_void, Stage.TAKES_BACK, **_OF_ANOTHER_FACT
    ),
)  # fmt: skip
KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}


def order_of(kind: Kind, item: SyncItem, index: int) -> tuple[int, int, str, UUID, int]:
    """Where an item comes among those of its request.

    By stage; what is new before its amendments, those by revision; then by id, so that two requests that bring the same
    facts store them in one order and never wait for each other.
    """
    digits = "".join(each for each in item.if_match or "" if each.isdecimal() and each.isascii())
    return (kind.stage, int(digits[:9] or 0), kind.name, item.id, index)
