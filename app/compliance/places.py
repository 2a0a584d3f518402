"""Compliance by place: which places can be asked for, which days their hours are of, what an answer must say beside its
numbers, and where each row leads. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode
from uuid import UUID

from app.areas.kinds import AreaKind
from app.clock import london_day, start_of_london_day
from app.identity.permissions import Caller, Permission, Role
from app.schedule.windows import WindowFilter, WindowStatus


class Place(StrEnum):
    """What a row is about. A team is no place, but it is asked for in the same way."""

    HOTSPOT = "hotspot"
    AREA = "area"
    TEAM = "team"


@dataclass(frozen=True, slots=True)
class PlaceFilter:
    """Which windows and officers' time are asked for; None leaves a filter out. `area_kind` and `parent_id` choose
    among areas only: all of a kind, those right below one."""

    windows: WindowFilter
    area_kind: AreaKind | None = None
    parent_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for which windows, and when: all that the queries have in common. `area_kind` and `parent_id` choose
    areas."""

    caller: Caller
    day: date
    now: datetime
    wanted: WindowFilter
    status: WindowStatus | None = None
    area_kind: AreaKind | None = None
    parent_id: UUID | None = None
    # Under which permission, whether the caller's own patrols count wherever they were, and whose time alone.
    permission: Permission = Permission.COMPLIANCE_READ
    own: bool = False
    officer_ids: tuple[UUID, ...] | None = None
    # Whether groups tell of visits, too.
    visits: bool = True

    @property
    def period(self) -> tuple[datetime, datetime]:
        """From and to; nobody asks without."""
        if self.wanted.from_at is None or self.wanted.to_at is None:
            raise ValueError("compliance is asked for a period")
        return self.wanted.from_at, self.wanted.to_at


@dataclass(frozen=True, slots=True)
class OfficerTime:
    """Time of officers in hotspots by grade, in milliseconds: two officers for half an hour are an hour."""

    verified: int = 0
    accepted: int = 0
    probable: int = 0
    declared: int = 0

    @classmethod
    def of(cls, by_grade: Iterable[tuple[str, int]]) -> "OfficerTime":
        """From (grade, milliseconds): `[("verified", 5), ("declared", 2)]` is 5, 0, 0 and 2."""
        found = dict.fromkeys((each.name for each in fields(cls)), 0)
        for grade, ms in by_grade:
            found[grade] += ms
        return cls(**found)


T = TypeVar("T")


def rolled_up(found: Mapping[UUID, Iterable[T]], above: Mapping[UUID, Iterable[UUID]]) -> dict[UUID, list[T]]:
    """What stands under each area, standing under every area above it, too; `above` holds the area itself.

    `rolled_up({ward: [1], lpa: [2]}, {ward: {ward, lpa}, lpa: {lpa}})` is `{ward: [1], lpa: [1, 2]}`.
    """
    rows: defaultdict[UUID, list[T]] = defaultdict(list)
    for area_id, each in found.items():
        for upper in above[area_id]:
            rows[upper] += each
    return dict(rows)


def days_of(from_at: datetime, to_at: datetime) -> tuple[date, date]:
    """The first and the last London day of a half-open period, as far as it reaches: hours are kept by the day.

    From 2 March 00:00 to 9 March 00:00 it is 2 to 8 March; to 00:01 it is 2 to 9 March.
    """
    return london_day(from_at), london_day(to_at - timedelta(microseconds=1))


def with_day_before(asked: Asked) -> Asked:
    """The same, and the London day before its first."""
    first, _last = days_of(*asked.period)
    begins = start_of_london_day(first - timedelta(days=1))
    return replace(asked, wanted=replace(asked.wanted, from_at=begins))


def hours_tellable(place: Place, wanted: WindowFilter) -> bool:
    """Whether officer time can be told row by row: it is kept of each hotspot and of all together, not by category."""
    return place is Place.HOTSPOT or wanted.hotspot_kind is None


def total_tellable(place: Place, wanted: WindowFilter) -> bool:
    """Whether officer time can be added up with overlaps once: over all hotspots or of one, not over some of them."""
    some = wanted.hotspot_kind is not None or (place is Place.HOTSPOT and wanted.area_id is not None)
    return hours_tellable(place, wanted) and (wanted.hotspot_id is not None or not some)


def notes(place: Place, wanted: WindowFilter, roles: Iterable[Role]) -> list[str]:
    """What somebody must know who adds up the rows, in plain words. `roles` are those that let the caller ask."""
    found = []
    if seen := _scope(frozenset(roles)):
        found.append(f"Counts {seen} only.")
    if place is Place.HOTSPOT:
        found.append(
            "Officer minutes of hotspots do not add up where hotspots overlap: "
            "time in two at once counts in both rows, and once in the total."
        )
    else:
        found.append("Officer minutes are those of patrols by the teams of a row, in any hotspot.")
    if place is Place.AREA:
        found.append(
            "An area counts everything below it: rows that lie within one another count the same windows."
        )
    if not hours_tellable(place, wanted):
        found.append(
            "Officer minutes are not kept by category of hotspot: ask for the hotspots of that category."
        )
    elif not total_tellable(place, wanted):
        found.append("The total of officer minutes is left out: it is not kept for some hotspots together.")
    return found


def _scope(roles: frozenset[Role]) -> str | None:
    if roles - {Role.SUPERVISOR, Role.COMMANDER}:
        return None
    told = {
        Role.SUPERVISOR: "the windows and patrols of the teams you belong to today",
        Role.COMMANDER: "what lies in the areas of the teams you belong to today",
    }
    return " and ".join(words for role, words in told.items() if role in roles)


def links(place: Place, place_id: UUID, wanted: WindowFilter) -> dict[str, str]:
    """Where a row leads: the windows it counts and the places within it, with the same period and filters.

    Of a hotspot: `{"windows": "/v1/compliance/windows?from=…&to=…&hotspot_id=…"}`.
    """
    asked: dict[str, object] = dict(asked_as(wanted))
    if place is Place.HOTSPOT:
        return {"windows": _link("windows", asked | {"hotspot_id": place_id, "hotspot_kind": None})}
    if place is Place.TEAM:
        of_team = asked | {"team_id": place_id}
        return {name: _link(name, of_team) for name in ("windows", "hotspots")}
    of_area = asked | {"area_id": place_id}
    below = asked | {"area_id": None, "parent_id": place_id}
    return {name: _link(name, of_area) for name in ("windows", "teams", "hotspots")} | {
        "areas": _link("areas", below)
    }


def asked_as(wanted: WindowFilter) -> dict[str, str]:
    """A filter as the parameters that ask for it."""
    asked = {
        "from": _exact(wanted.from_at),
        "to": _exact(wanted.to_at),
        "area_id": wanted.area_id,
        "team_id": wanted.team_id,
        "hotspot_id": wanted.hotspot_id,
        "hotspot_kind": wanted.hotspot_kind,
    }
    return {name: str(value) for name, value in asked.items() if value is not None}


def _link(name: str, asked: Mapping[str, object]) -> str:
    return f"/v1/compliance/{name}?" + urlencode({key: value for key, value in asked.items() if value})


def _exact(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at is not None else None
