"""By what abstractions can be added up, and what the rows must say for themselves. Pure."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode
from uuid import UUID

from app.areas.narrowing import narrowed
from app.clock import LONDON

HOUR_MS = 3_600_000
WEEK_DAYS = 7


class AbstractionBy(StrEnum):
    """What a row stands for."""

    FORCE = "force"
    LPA = "lpa"
    SECTOR = "sector"
    NEIGHBOURHOOD = "neighbourhood"
    WARD = "ward"
    TEAM = "team"
    OFFICER = "officer"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    TYPE = "type"
    CLASS = "class"
    LEVEL = "level"


class Person(StrEnum):
    """Of whom rows by officer are: whoever was taken away, or whoever authorised it."""

    ABSTRACTED = "abstracted"
    AUTHORISING = "authorising"


LISTS = {
    AbstractionBy.TYPE: "abstraction_reasons",
    AbstractionBy.CLASS: "abstraction_classes",
    AbstractionBy.LEVEL: "authority_levels",
}
_BELOW = {
    AbstractionBy.FORCE: AbstractionBy.LPA,
    AbstractionBy.LPA: AbstractionBy.TEAM,
    AbstractionBy.SECTOR: AbstractionBy.TEAM,
    AbstractionBy.NEIGHBOURHOOD: AbstractionBy.TEAM,
    AbstractionBy.WARD: AbstractionBy.TEAM,
    AbstractionBy.TEAM: AbstractionBy.OFFICER,
}
_PARAMETER = {
    AbstractionBy.TEAM: "team_id",
    AbstractionBy.TYPE: "reason_code",
    AbstractionBy.CLASS: "reason_class",
    AbstractionBy.LEVEL: "authority_level",
    **dict.fromkeys(
        (
            AbstractionBy.FORCE, AbstractionBy.LPA, AbstractionBy.SECTOR, AbstractionBy.NEIGHBOURHOOD,
            AbstractionBy.WARD,
        ),
        "area_id",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sums:
    """What stands under a key. `counted` and `counted_ms` are those that count as an abstraction; `recorded` are all
    that were recorded and not taken back. Milliseconds until now of those that go on."""

    recorded: int = 0
    counted: int = 0
    counted_ms: int = 0
    confirmed: int = 0
    disputed: int = 0
    backfilled: int = 0
    going_on: int = 0
    local_ms: int = 0
    central_ms: int = 0
    mandatory_ms: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


def hours(ms: int) -> float:
    """Hours with two decimals, rounded once from the milliseconds: 5,400,000 is 1.5."""
    return round(ms / HOUR_MS, 2)


def days_between(from_at: datetime, to_at: datetime) -> float:
    """How many days of London lie between two instants, never less than one: from midnight to the midnight four weeks
    later 28, whatever the clocks did in between; from 18:30 to 06:30, 1."""
    first, last = (at.astimezone(LONDON).replace(tzinfo=None) for at in (from_at, to_at))
    return max(1.0, (last - first) / timedelta(days=1))


def hours_a_week(ms: int, days: float) -> float:
    """Hours a week over so many days: 42 hours in 28 days are 10.5."""
    return round(ms / HOUR_MS * WEEK_DAYS / days, 2) if days else 0.0


def change_percent(before: float, now: float) -> float | None:
    """From a benchmark to now: 20 to 15 is -25.0. None where the benchmark is nothing."""
    return round(100 * (now - before) / before, 1) if before else None


def notes(by: AbstractionBy, person: Person) -> list[str]:
    """What somebody must know who adds up the rows, in plain words."""
    found = [
        "An abstraction stands in the period it begins in, with all its hours; one that goes on counts until now.",
        "Counted is what the policy named on each record counts; leave, sickness and rest days are none.",
        "Two records of one officer at one time both count: the later one is flagged until one is taken back.",
        "A missed window is no abstraction: the window says why it was not kept, and this explains it.",
    ]
    if by is AbstractionBy.OFFICER and person is Person.AUTHORISING:
        found.append(
            "Rows are of whoever authorised; those that nobody is on record for stand in a row of their own."
        )
    return found


def links(
    by: AbstractionBy, person: Person, key: UUID | str | None, asked: dict[str, str], force_id: UUID
) -> dict[str, str]:
    """Where a row leads: its abstractions, and the rows one step below. Of a period `asked` is of that period. Nowhere
    where the filter that would ask for the row is set to something else; an LPA of the force asked for is its own."""
    if key is None:
        return {}
    parameter = _PARAMETER.get(by)
    if by is AbstractionBy.OFFICER:
        parameter = "authorised_by" if person is Person.AUTHORISING else "officer_id"
    within = str(force_id) if by is AbstractionBy.LPA else None
    question = narrowed(asked, parameter, str(key), within=within)
    if question is None:
        return {}
    found = {"abstractions": f"/v1/abstractions?{urlencode(question)}"}
    if by in _BELOW:
        found["below"] = f"/v1/abstractions/report?{urlencode({'group_by': _BELOW[by].value, **question})}"
    return found
