"""Decides nothing of a patrol: tells what judging patrols again has changed, in counts and seconds. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Outcome(StrEnum):
    """What became of a patrol that was looked at again.

    `erased`: some of what it was judged by is no longer kept, so its result stands. `open`: it has not ended.
    """

    CHANGED = "changed"
    SAME = "same"
    OPEN = "open"
    ERASED = "erased"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Standing:
    """A result in short; no status before there was one. `verified_ms` of a patrol that has a window counts there."""

    status: str | None
    verified_ms: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A patrol or window before and after."""

    subject_id: UUID
    before: Standing
    after: Standing

    @property
    def seconds(self) -> int:
        """Whole seconds gained, or lost when negative: of floored seconds, as they are shown."""
        return self.after.verified_ms // 1000 - self.before.verified_ms // 1000


@dataclass(frozen=True, slots=True)
class Turned:
    """How many went from one status to another, or kept theirs."""

    before: str | None
    after: str | None
    count: int


def turned(differences: Iterable[Difference]) -> list[Turned]:
    """Counts by status before and after, most first: two that were compliant and are partial are one row of 2."""
    counts = Counter((each.before.status, each.after.status) for each in differences)
    ordered = sorted(counts.items(), key=lambda each: (-each[1], str(each[0])))
    return [Turned(before, after, count) for (before, after), count in ordered]


@dataclass(frozen=True, slots=True)
class Seconds:
    """What was gained and what was lost, apart: their sum would hide both."""

    gained: int
    lost: int


def seconds(differences: Iterable[Difference]) -> Seconds:
    """The seconds of all differences: +60, -20 and -10 are 60 gained and 30 lost."""
    found = [each.seconds for each in differences]
    return Seconds(sum(each for each in found if each > 0), -sum(each for each in found if each < 0))


@dataclass(frozen=True, slots=True)
class Report:
    """What judging a selection of patrols again has changed, or would.

    `patrols` were judged anew, with another status or not; `windows` are those whose status or seconds differ.
    """

    run_id: UUID | None
    finished: bool
    reason: str
    selected: int
    looked_at: int
    patrols: Sequence[Difference]
    windows: Sequence[Difference]
    erased: Sequence[UUID]
    failed: Sequence[UUID]

    @property
    def unchanged(self) -> int:
        return self.looked_at - len(self.patrols) - len(self.erased) - len(self.failed)


def differing(windows: Iterable[Difference]) -> list[Difference]:
    """Those that are not again what they were: a window decided twice may come back to where it was."""
    return [each for each in windows if each.before != each.after]
