"""Which reasons on record would explain why a window was not kept, whatever record gives them. Pure.

Every source says the same things (`GivenReason`), so that whoever decides sees one list: what those on the patrol said,
what they left it for, an arrest or abstraction on record, what a supervisor accepted of a patrol. A reason explains; it
changes neither what was found nor what the window is counted among.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.clock import LONDON

# A code of the list `reasons` that has a log number.
EMERGENCY = "EMERGENCY_RESPONSE"


class ReasonSource(StrEnum):
    """Which kind of record gives a reason. Labels: the list `reason_sources`."""

    EXPLANATION = "explanation"
    CHECK_OUT = "check_out"
    ARREST = "arrest"
    ABSTRACTION = "abstraction"
    INCIDENT = "incident"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Span:
    """The time a record is about, half open; without an end it goes on, and an instant ends as it begins."""

    from_at: datetime
    to_at: datetime | None

    def meets(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether it and a half-open time have an instant in common.

        19:00 to 21:00 meets 20:59 to 22:00, 18:00 without an end and the instant 19:00; not 21:00 to 22:00, nor the
        instant 21:00.
        """
        if self.to_at is not None and self.to_at <= self.from_at:
            return starts_at <= self.from_at < ends_at
        return self.from_at < ends_at and (self.to_at is None or starts_at < self.to_at)


@dataclass(frozen=True, slots=True)
class GivenReason:
    """A reason as one record gives it: who, when it happened, when we heard, the force's own reference, their words."""

    code: str
    source: ReasonSource
    source_id: UUID
    officer_id: UUID
    at: datetime | None
    received_at: datetime
    reference: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class OnRecord:
    """A reason that a record of its own gives, and what it is about: a patrol, a window, or an officer's time."""

    given: GivenReason
    about_officer: UUID
    span: Span
    patrol_id: UUID | None
    window_id: UUID | None


@dataclass(frozen=True, slots=True)
class Subject:
    """What waits to be explained: a window, or a patrol. `patrol_ids` are its patrols, `window_ids` the window and
    those that were moved to it, `people` whoever was on its patrols or tasked by name."""

    starts_at: datetime
    ends_at: datetime
    patrol_ids: frozenset[UUID]
    window_ids: frozenset[UUID]
    people: frozenset[UUID]


def concerns(record: OnRecord, subject: Subject) -> bool:
    """Whether a record explains something: it is about its patrol, its window, or the time of somebody it was for.

    An abstraction from 18:00 to 20:00 concerns the window at 19:00 of whoever was sent away, and nobody else's.
    """
    if record.patrol_id in subject.patrol_ids or record.window_id in subject.window_ids:
        return True
    theirs = record.about_officer in subject.people
    return theirs and record.span.meets(subject.starts_at, subject.ends_at)


def by_code(given: Iterable[GivenReason]) -> list[Sequence[GivenReason]]:
    """Each reason once with all records that give it, the latest first; what a supervisor accepted comes last."""
    latest = sorted(given, key=lambda each: (each.received_at, str(each.source_id)), reverse=True)
    found: dict[str, list[GivenReason]] = {}
    for each in sorted(latest, key=lambda one: one.source is ReasonSource.REVIEW):
        found.setdefault(each.code, []).append(each)
    return list(found.values())


def in_words(given: GivenReason, source: str, reason: str, collar_number: str, starts_at: datetime) -> str:
    """One record's reason as a supervisor reads it, times on London's clocks; the day only where it is another than
    that of what is explained.

    «left for: arrest, 21:14, log 3712 (4101)», «said on the patrol: no staff (4102)».
    """
    parts = [f"{source}: {reason}"]
    if given.at is not None:
        parts.append(_moment(given.at, starts_at))
    if given.reference is not None:
        parts.append(f"{'log' if given.source is ReasonSource.CHECK_OUT else 'reference'} {given.reference}")
    return f"{', '.join(parts)} ({collar_number})"


def _moment(at: datetime, starts_at: datetime) -> str:
    local = at.astimezone(LONDON)
    same_day = local.date() == starts_at.astimezone(LONDON).date()
    return f"{local:%H:%M}" if same_day else f"{local:%a} {local.day} {local:%b, %H:%M}"


class LeavingFlag(StrEnum):
    """What is noted of a check-out's reason. Labels: the list `check_out_flags`."""

    UNKNOWN_CODE = "unknown_code"
    NO_LOG_NUMBER = "no_log_number"


@dataclass(frozen=True, slots=True)
class Leaving:
    """What a check-out says it was left for, and when."""

    reason_code: str | None
    log_number: str | None
    activity_id: UUID | None
    at: datetime

    @property
    def says_something(self) -> bool:
        return any(each is not None for each in (self.reason_code, self.log_number, self.activity_id))

    def flags(self, known: Container[str]) -> list[LeavingFlag]:
        """What is noted: a code that is not known, an emergency without the number of its log. Neither refuses it."""
        found = []
        if self.reason_code is not None and self.reason_code not in known:
            found.append(LeavingFlag.UNKNOWN_CODE)
        if self.reason_code == EMERGENCY and self.log_number is None:
            found.append(LeavingFlag.NO_LOG_NUMBER)
        return found

    def in_words(self, left_for: str, reason: str | None, starts_at: datetime) -> str:
        """«left for: arrest, 21:14, log 3712»; «left at 21:14, log 3712» where no reason was given."""
        at = _moment(self.at, starts_at)
        log = f", log {self.log_number}" if self.log_number is not None else ""
        return f"left at {at}{log}" if reason is None else f"{left_for}: {reason}, {at}{log}"
