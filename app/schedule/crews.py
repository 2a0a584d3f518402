"""Who a window is given to, what they say to it, and which windows clash. Pure.

Whoever is tasked says whether they come. What they said stands for as long as they go on being tasked with the window:
being joined by a colleague, or named after having come forward with the team, changes nothing; whoever was taken off is
asked anew when they are put back. An answer that does not stand is kept all the same.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID


class Answer(StrEnum):
    """What somebody tasked says to a window. A declined window stays published: its supervisor gives it to another."""

    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"


@dataclass(frozen=True, slots=True)
class Tasking:
    """To whom a window was given from one of its revisions on; without names it was the whole team's."""

    revision: int
    team_id: UUID
    officer_ids: frozenset[UUID]


# The members of teams on a window's day, by team.
Members = Mapping[UUID, Collection[UUID]]


@dataclass(frozen=True, slots=True)
class Said:
    """One answer; `revision` is the window's when it came in, `late` that the window had begun when it was given."""

    id: UUID
    officer_id: UUID
    collar_number: str
    answer: Answer
    reason_code: str | None
    text: str | None
    answered_at: datetime
    received_at: datetime
    late: bool
    revision: int


@dataclass(frozen=True, slots=True)
class Crew:
    """Who a window is given to and what they said: officers with their collar numbers, by collar number.

    `named` is empty when it is the whole team's; `members` are the team's on the window's day. `said` is every answer
    in the order given, `standing` the one of each officer that stands.
    """

    named: Sequence[tuple[UUID, str]]
    members: Sequence[tuple[UUID, str]]
    said: Sequence[Said]
    standing: Mapping[UUID, Said]

    @property
    def tasked(self) -> Sequence[tuple[UUID, str]]:
        return self.named or self.members

    @property
    def unanswered(self) -> int:
        return sum(officer_id not in self.standing for officer_id, _ in self.tasked)

    def count(self, answer: Answer) -> int:
        """How many gave this answer."""
        return sum(each.answer is answer for each in self.standing.values())


def is_tasked(officer_id: UUID, tasking: Tasking, members: Members) -> bool:
    """By name; or as one of the team, where nobody is named."""
    if tasking.officer_ids:
        return officer_id in tasking.officer_ids
    return officer_id in members.get(tasking.team_id, ())


def stands(said: Said, taskings: Iterable[Tasking], members: Members) -> bool:
    """Whether its author has been tasked ever since, without a break.

    Given at revision 3 it stands at revision 5 when its author was tasked in 3, 4 and 5.
    """
    since = [each for each in taskings if each.revision >= said.revision]
    return bool(since) and all(is_tasked(said.officer_id, each, members) for each in since)


def standing(said: Sequence[Said], taskings: Sequence[Tasking], members: Members) -> dict[UUID, Said]:
    """The latest answer of each officer where it stands; `said` is in the order given."""
    latest = {each.officer_id: each for each in said}
    return {officer: each for officer, each in latest.items() if stands(each, taskings, members)}


def given_at(answered_at: datetime, skew_ms: int, received_at: datetime) -> datetime:
    """When an answer was given: by the phone, corrected for its clock, and never later than it was received.

    Otherwise an answer of a phone set to next year would be the latest until then.
    """
    return min(answered_at + timedelta(milliseconds=skew_ms), received_at)


@dataclass(frozen=True, slots=True)
class Span:
    """A window's time."""

    id: UUID
    starts_at: datetime
    ends_at: datetime


def clashes(windows: Iterable[Span]) -> list[tuple[UUID, UUID]]:
    """Each two windows that somebody cannot keep both because they overlap, by start; half open.

    19:00 to 21:00 and 20:30 to 22:30 clash; 19:00 to 21:00 and 21:00 to 23:00 do not.
    """
    found: list[tuple[UUID, UUID]] = []
    running: list[Span] = []
    for window in sorted(windows, key=lambda each: (each.starts_at, each.id)):
        running = [each for each in running if each.ends_at > window.starts_at]
        found += [(each.id, window.id) for each in running]
        running.append(window)
    return found
