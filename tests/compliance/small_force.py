"""A small force made up at random with its windows, results and credited time, and what compliance must say of it,
worked out one row at a time by loops that share nothing with the queries."""

import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from app.areas.kinds import AreaKind, HotspotKind, TeamKind
from app.areas.models import Area, AreaAncestor, Hotspot, Team
from app.clock import LONDON
from app.database.model import Table
from app.patrols.lifecycle import Funding, Mode, Programme, UniformState
from app.patrols.models import CreditedSlice, Grade, Patrol, WindowResult
from app.schedule.models import TaskingWindow
from app.schedule.windows import WindowState
from tests.compliance.test_window_compliance import patrol, result, window
from tests.conftest import LONG_AGO, named

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
# Five days around the night the clocks go forward.
FROM, TO = datetime(2026, 3, 27, 0, 30, tzinfo=UTC), datetime(2026, 4, 1, 22, tzinfo=UTC)
PERIOD = {"from": "2026-03-27T00:30:00Z", "to": "2026-04-01T22:00:00Z"}
TREE = {
    "FORCE": (), "NORTH": ("FORCE",), "SOUTH": ("FORCE",), "N-A": ("NORTH", "FORCE"), "N-B": ("NORTH", "FORCE"),
    "S-A": ("SOUTH", "FORCE"), "N-A-1": ("N-A", "NORTH", "FORCE"),
}  # fmt: skip
KINDS = {
    "FORCE": AreaKind.FORCE, "NORTH": AreaKind.LPA, "SOUTH": AreaKind.LPA, "N-A": AreaKind.SECTOR,
    "N-B": AreaKind.SECTOR, "S-A": AreaKind.SECTOR, "N-A-1": AreaKind.WARD,
}  # fmt: skip
TEAMS = {"NORTH-1": "NORTH", "SOUTH-1": "SOUTH", "TASK": "FORCE", "N-A-T": "N-A"}
# A sergeant of North, one of South, the commander of North, a planner, an auditor: the teams and the areas they see.
SCOPES: dict[str, tuple[set[str], set[str]]] = {
    "4111": ({"NORTH-1"}, set()),
    "4112": ({"SOUTH-1"}, set()),
    "4121": (set(), {"NORTH", "N-A", "N-B", "N-A-1"}),
    "4131": (set(TEAMS), set(TREE)),
    "4133": (set(TEAMS), set(TREE)),
}
LENGTH = timedelta(hours=2)


@dataclass
class SmallForce:
    """The rows that count, besides the places of `force_rows`."""

    hotspots: dict[str, tuple[str, HotspotKind]]
    windows: list[TaskingWindow]
    results: dict[UUID, WindowResult]
    patrols: list[Patrol]
    slices: list[CreditedSlice]

    def rows(self) -> list[Table]:
        found: list[Table] = []
        for name in ("N-A", "N-B", "S-A", "N-A-1"):
            found.append(_area(name))
            found += [
                AreaAncestor(area_id=named(name), ancestor_id=named(each)) for each in (name, *TREE[name])
            ]
        found += [_team(name) for name in ("TASK", "N-A-T")]
        found += [_hotspot(name, *of) for name, of in self.hotspots.items() if name not in ("TGP-1", "TGP-2")]
        return [*found, *self.windows, *self.results.values(), *self.patrols, *self.slices]


def _area(name: str) -> Area:
    return Area(
        id=named(name), force_id=named("FORCE"), parent_id=named(TREE[name][0]), kind=KINDS[name], code=name,
        name=f"Area {name}", valid_from=LONG_AGO,
    )  # fmt: skip


def _team(name: str) -> Team:
    return Team(
        id=named(name), force_id=named("FORCE"), code=name, name=f"Team {name}", kind=TeamKind.TASKFORCE,
        area_id=named(TEAMS[name]), valid_from=LONG_AGO,
    )  # fmt: skip


def _hotspot(name: str, area: str, kind: HotspotKind) -> Hotspot:
    return Hotspot(
        id=named(name), force_id=named("FORCE"), code=name, name=f"Hotspot {name}", kind=kind, area_id=named(area),
        valid_from=LONG_AGO,
    )  # fmt: skip


def made_up(seed: int) -> SmallForce:
    """Sixty windows, forty of them with a result, and a hundred pieces of credited time."""
    chance = random.Random(seed)
    hotspots = {"TGP-1": ("NORTH", HotspotKind.TGP_VIOLENCE), "TGP-2": ("SOUTH", HotspotKind.TGP_VIOLENCE)}
    for number in range(3, 9):
        hotspots[f"TGP-{number}"] = (chance.choice(sorted(TREE)), chance.choice(list(HotspotKind)))
    windows, results = [], {}
    for number in range(60):
        made = _window(chance, number, hotspots)
        windows.append(made)
        if number % 3:
            results[made.id] = _result(chance, number)
    patrols = [
        patrol(f"{team}'s", f"w{number}", FROM + timedelta(hours=number)) for number, team in enumerate(TEAMS)
    ]
    slices = [_slice(chance, number, sorted(hotspots)) for number in range(100)]
    return SmallForce(hotspots, windows, results, patrols, slices)


def _window(
    chance: random.Random, number: int, hotspots: dict[str, tuple[str, HotspotKind]]
) -> TaskingWindow:
    hotspot = chance.choice(sorted(hotspots))
    # Some are of a time before the areas were drawn anew, and some on the edge of the period.
    area = chance.choice(sorted(TREE)) if chance.random() < 0.1 else hotspots[hotspot][0]
    starts_at = FROM + timedelta(minutes=30 * chance.randrange(-2, 282))
    state = chance.choice([WindowState.PUBLISHED] * 8 + [WindowState.CANCELLED, WindowState.PLANNED])
    told = state is not WindowState.PLANNED and chance.random() < 0.8
    return window(
        f"w{number}",
        starts_at,
        hotspot_id=named(hotspot),
        team_id=named(chance.choice(sorted(TEAMS))),
        area_id=named(area),
        required_seconds=chance.choice([1800, 3600, 3599]),
        state=state,
        published_at=datetime(2026, 3, 1, tzinfo=UTC) if told else None,
    )


def _result(chance: random.Random, number: int) -> WindowResult:
    verified = chance.randrange(4_000_000)
    review = verified + chance.randrange(1_000_000)
    statuses = ["compliant", "partial", "review", "unverified", "accepted", "adjusted", "reason_accepted"]
    return result(
        f"w{number}",
        chance.choice([*statuses, "compliant", "partial"]),
        verified,
        review,
        review + chance.randrange(1_000_000),
        check_needed=chance.random() < 0.3,
    )


def _slice(chance: random.Random, number: int, hotspots: list[str]) -> CreditedSlice:
    team = chance.choice(sorted(TEAMS))
    return CreditedSlice(
        id=uuid5(named("slice"), str(number)),
        patrol_id=named(f"{team}'s"),
        force_id=named("FORCE"),
        officer_id=named(chance.choice(["4101", "4102", "4103"])),
        team_id=named(team),
        area_id=named(TEAMS[team]),
        hotspot_id=named(chance.choice(hotspots)) if number % 2 else None,
        day=date(2026, 3, 26) + timedelta(days=chance.randrange(8)),
        grade=chance.choice(list(Grade)),
        programme=Programme.TGP_SCHEDULED,
        uniform_state=UniformState.UNIFORM,
        mode=Mode.FOOT,
        funding=Funding.CORE,
        credited_ms=chance.randrange(3_600_000),
        intervals=[],
    )


@dataclass(frozen=True)
class Wanted:
    """Filters by name, as the loops understand them."""

    area: str | None = None
    team: str | None = None
    hotspot: str | None = None
    kind: HotspotKind | None = None
    parent: str | None = None
    area_kind: AreaKind | None = None

    def params(self) -> dict[str, Any]:
        asked = {
            "area_id": self.area and named(self.area), "team_id": self.team and named(self.team),
            "hotspot_id": self.hotspot and named(self.hotspot), "hotspot_kind": self.kind,
            "parent_id": self.parent and named(self.parent), "kind": self.area_kind,
        }  # fmt: skip
        return {name: str(value) for name, value in asked.items() if value}


def at_or_below(area: str, upper: str) -> bool:
    return area == upper or upper in TREE[area]


AREA_NAMES = {named(name): name for name in TREE}
TEAM_NAMES = {named(name): name for name in TEAMS}


def windows_counted(force: SmallForce, collar: str, wanted: Wanted) -> list[TaskingWindow]:
    teams, areas = SCOPES[collar]
    kinds = {named(name): kind for name, (_, kind) in force.hotspots.items()}
    found = []
    for each in force.windows:
        area, team = AREA_NAMES[each.area_id], TEAM_NAMES[each.team_id]
        told = each.state is WindowState.PUBLISHED or (
            each.state is WindowState.CANCELLED and each.published_at is not None
        )
        asked = (
            FROM <= each.starts_at < TO
            and (wanted.area is None or at_or_below(area, wanted.area))
            and (wanted.parent is None or at_or_below(area, wanted.parent))
            and (wanted.team is None or team == wanted.team)
            and (wanted.hotspot is None or each.hotspot_id == named(wanted.hotspot))
            and (wanted.kind is None or kinds[each.hotspot_id] is wanted.kind)
        )
        if told and asked and (team in teams or area in areas):
            found.append(each)
    return found


def time_counted(force: SmallForce, collar: str, wanted: Wanted, *, by_hotspot: bool) -> list[CreditedSlice]:
    teams, areas = SCOPES[collar]
    places = {named(name): of for name, of in force.hotspots.items()}
    first, last = FROM.astimezone(LONDON).date(), TO.astimezone(LONDON).date()
    found = []
    for each in force.slices:
        assert each.team_id is not None
        team = TEAM_NAMES[each.team_id]
        if (team not in teams and TEAMS[team] not in areas) or not first <= each.day <= last:
            continue
        if wanted.team is not None and team != wanted.team:
            continue
        if wanted.hotspot is not None:
            if each.hotspot_id != named(wanted.hotspot):
                continue
        elif (each.hotspot_id is not None) is not by_hotspot:
            continue
        area = TEAMS[team]
        if by_hotspot:
            assert each.hotspot_id is not None
            area, kind = places[each.hotspot_id]
            if wanted.kind is not None and kind is not wanted.kind:
                continue
        if all(at_or_below(area, upper) for upper in (wanted.area, wanted.parent) if upper is not None):
            found.append(each)
    return found


def status_at(force: SmallForce, each: TaskingWindow) -> str:
    if each.state is WindowState.CANCELLED:
        return "cancelled"
    stored = force.results[each.id].status if each.id in force.results else None
    if stored in ("compliant", "accepted", "adjusted", "reason_accepted"):
        return str(stored)
    if each.starts_at + LENGTH <= NOW:
        return stored or "not_attended"
    return "published" if stored is None else "in_progress"


def added_up(force: SmallForce, windows: Iterable[TaskingWindow]) -> dict[str, Any]:
    """What a row must say of some windows."""
    statuses: Counter[str] = Counter()
    found = Counter[str]()
    for each in windows:
        status, stored = status_at(force, each), force.results.get(each.id)
        statuses[status] += 1
        found["required"] += each.required_seconds * 1000
        if stored is not None:
            found["verified"] += stored.verified_ms
            found["probable"] += stored.review_ms - stored.verified_ms
            found["unverified"] += stored.at_most_ms - stored.review_ms
            found["check_needed"] += int(
                stored.check_needed and status in ("compliant", "accepted", "adjusted")
            )
        young = each.starts_at + LENGTH > NOW - timedelta(hours=24)
        by_people = status in ("cancelled", "accepted", "adjusted", "reason_accepted")
        found["provisional"] += int(not by_people and (young or status == "in_progress"))
    denominator = sum(statuses.values())
    return {
        "denominator": denominator,
        "kept": statuses["compliant"],
        "kept_by_decision": statuses["accepted"],
        "decided": denominator - statuses["published"] - statuses["in_progress"],
        "provisional": found["provisional"],
        "check_needed": found["check_needed"],
        "by_status": {status: windows for status, windows in statuses.items() if windows},
        **{
            f"{name}_minutes": found[name] // 60_000
            for name in ("required", "verified", "probable", "unverified")
        },
    }


def officer_minutes(slices: Iterable[CreditedSlice]) -> dict[str, int]:
    found = Counter[str]()
    for each in slices:
        found[each.grade.value] += each.credited_ms
    return {grade.value: found[grade.value] // 60_000 for grade in Grade}


def told(row: dict[str, Any]) -> dict[str, Any]:
    """What an answer says of some windows, in the shape of `added_up`."""
    names = ("denominator", "kept", "kept_by_decision", "decided", "provisional", "check_needed")
    minutes = [f"{name}_minutes" for name in ("required", "verified", "probable", "unverified")]
    by_status = {each["status"]: each["windows"] for each in row["by_status"] if each["windows"]}
    return {**{name: row[name] for name in (*names, *minutes)}, "by_status": by_status}


# In whose row a window and a piece of time stand, by the name of the answer; an area's in every row above it, too.
WINDOW_PLACES: dict[str, Callable[[TaskingWindow], set[UUID]]] = {
    "hotspots": lambda each: {each.hotspot_id},
    "teams": lambda each: {each.team_id},
    "areas": lambda each: {
        named(name) for name in (AREA_NAMES[each.area_id], *TREE[AREA_NAMES[each.area_id]])
    },
}
TIME_PLACES: dict[str, Callable[[CreditedSlice], set[UUID]]] = {
    "hotspots": lambda each: {each.hotspot_id} if each.hotspot_id else set(),
    "teams": lambda each: {each.team_id} if each.team_id else set(),
    "areas": lambda each: (
        {named(name) for name in (AREA_NAMES[each.area_id], *TREE[AREA_NAMES[each.area_id]])}
        if each.area_id
        else set()
    ),
}
