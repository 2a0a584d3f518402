"""Decides what a phone sends: every kind of fact, its address, and the bodies of those that make a patrol.

A fact is named by the phone when it is captured, so that sending it twice is harmless.
"""

from dataclasses import dataclass
from uuid import UUID

from app.clock import from_ms, rfc3339
from demo.clients.fixes import Fix, Track

JsonObject = dict[str, object]


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of fact is sent.

    `path` is the address of its PUT, `parent` the field of POST /v1/sync that names what it belongs to, None where its
    own id or its content does. `of_another`: it says something of a fact recorded before. `own_words`: nobody else may
    bring it. `says_who`: its content names who captured it.
    """

    path: str
    parent: str | None = None
    of_another: bool = False
    own_words: bool = False
    says_who: bool = True


KINDS = {
    "check-in": Kind("/v1/patrols/{id}"),
    "fix-batch": Kind("/v1/patrols/{parent}/fix-batches/{id}", "patrol_id"),
    "check-out": Kind("/v1/patrols/{id}/check-out"),
    "void": Kind("/v1/patrols/{id}/void", own_words=True),
    "explanation": Kind("/v1/patrols/{parent}/explanations/{id}", "patrol_id", own_words=True),
    "window-answer": Kind("/v1/tasking-windows/{parent}/answers/{id}", "window_id", own_words=True),
    "activity": Kind("/v1/activities/{id}"),
    "activity-void": Kind("/v1/activities/{id}/void", of_another=True, own_words=True),
    "referral-follow-up": Kind(
        "/v1/activities/{parent}/follow-ups/{id}", "parent_id", of_another=True, own_words=True
    ),
    "engagement": Kind("/v1/engagements/{id}"),
    "engagement-action": Kind(
        "/v1/engagements/{parent}/actions/{id}", "parent_id", of_another=True, own_words=True, says_who=False
    ),
    "engagement-action-void": Kind(
        "/v1/engagements/{parent}/actions/{id}/void",
        "parent_id",
        of_another=True,
        own_words=True,
        says_who=False,
    ),
    "engagement-void": Kind("/v1/engagements/{id}/void", of_another=True, own_words=True, says_who=False),
    "abstraction": Kind("/v1/abstractions/{id}"),
    "abstraction-dispute": Kind(
        "/v1/abstractions/{parent}/disputes/{id}",
        "parent_id",
        of_another=True,
        own_words=True,
        says_who=False,
    ),
    "abstraction-void": Kind("/v1/abstractions/{id}/void", of_another=True, own_words=True, says_who=False),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One fact on its way. `if_match` is the revision an amendment is of, with its quotes."""

    kind: str
    id: UUID
    content: JsonObject
    parent: UUID | None = None
    if_match: str | None = None
    captured_by: UUID | None = None

    @property
    def path(self) -> str:
        """The address of its own PUT."""
        return KINDS[self.kind].path.format(id=self.id, parent=self.parent)

    @property
    def of(self) -> UUID | None:
        """The fact that must have arrived before this one; None where the server takes them in any order."""
        if self.if_match is not None:
            return self.id
        if not KINDS[self.kind].of_another:
            return None
        return self.parent or self.id

    def as_sync(self) -> JsonObject:
        """The item of POST /v1/sync."""
        told: JsonObject = {"kind": self.kind, "id": str(self.id), "content": self.content}
        parent = KINDS[self.kind].parent
        if parent is not None:
            told[parent] = str(self.parent)
        if self.if_match is not None:
            told["if_match"] = self.if_match
        return told


def check_in(patrol_id: UUID, device_id: UUID, at_ms: int, position: Fix | None, facts: JsonObject) -> Item:
    """The start of a patrol at the phone's time `at_ms`; `facts` are programme, uniform, mode, window, crew."""
    content = {"checked_in_at": instant(at_ms), "device_id": str(device_id), **facts}
    return Item("check-in", patrol_id, _with_position(content, position))


def fix_batch(patrol_id: UUID, batch_id: UUID, device_id: UUID, sequence: int, fixes: Track) -> Item:
    """Up to 1,000 fixes with GNSS times; `sequence` is given at capture and counts up over a patrol and a device."""
    rows = [{"recorded_at": instant(fix.at_ms), **position_of(fix)} for fix in fixes]
    content: JsonObject = {"device_id": str(device_id), "sequence": sequence, "fixes": rows}
    return Item("fix-batch", batch_id, content, patrol_id)


def check_out(patrol_id: UUID, at_ms: int, position: Fix | None = None, **why: str) -> Item:
    """The end of a patrol at the phone's time `at_ms`; `why`: reason, log_number, activity_id of one tap to leave."""
    content: JsonObject = {"checked_out_at": instant(at_ms), **why}
    return Item("check-out", patrol_id, _with_position(content, position))


def amended(of: Item, revision: int, reason: str, **other: object) -> Item:
    """The same fact said otherwise: `revision` is the one the officer had before them."""
    content = {**of.content, **other, "amendment_reason": reason}
    return Item(of.kind, of.id, content, of.parent, f'"{revision}"', of.captured_by)


def instant(ms: int) -> str:
    return rfc3339(from_ms(ms))


def position_of(fix: Fix) -> JsonObject:
    return {"lat": fix.lat, "lon": fix.lon, "accuracy_m": fix.accuracy_m}


def _with_position(content: JsonObject, position: Fix | None) -> JsonObject:
    return content if position is None else {**content, "position": position_of(position)}
