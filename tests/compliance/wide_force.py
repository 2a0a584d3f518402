"""A force made up at random in which everything that compliance groups by varies, and what it must say by each
grouping, worked out one row at a time by loops that share nothing with the queries."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID, uuid5

from app.areas.kinds import AreaKind
from app.clock import LONDON
from app.database.model import Table
from app.identity.models import Officer, RankHeld
from app.identity.permissions import OfficerKind
from app.patrols.lifecycle import Funding, Mode, Programme, UniformState
from app.patrols.models import CreditedSlice, Grade, OfficerFirst, Patrol, WindowResult
from app.patrols.visit_models import Visit
from app.schedule.models import TaskingWindow
from app.schedule.windows import WindowState
from tests.compliance.small_force import (
    AREA_NAMES,
    KINDS,
    SCOPES,
    TEAM_NAMES,
    TEAMS,
    TREE,
    SmallForce,
    made_up,
)
from tests.compliance.test_window_compliance import result, window
from tests.conftest import LONG_AGO, named

OFFICERS = {"5001": OfficerKind.CONSTABLE, "5002": OfficerKind.PCSO, "5003": OfficerKind.CONSTABLE}
RANKS = {"5001": "PC", "5002": "PCSO", "5003": "PC"}
LENGTH = timedelta(hours=2)


def london(at: datetime | int) -> date:
    at = datetime.fromtimestamp(at / 1000, UTC) if isinstance(at, int) else at
    return at.astimezone(LONDON).date()


@dataclass
class WideForce:
    """Rows from the first day on for some days. 5003 is made sergeant in the middle; 5001 has no rank on the first."""

    first: date
    days: int
    places: SmallForce
    windows: list[TaskingWindow] = field(default_factory=list)
    results: dict[UUID, WindowResult] = field(default_factory=dict)
    patrols: list[Patrol] = field(default_factory=list)
    slices: list[CreditedSlice] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    held: list[OfficerFirst] = field(default_factory=list)

    @property
    def begins(self) -> datetime:
        return datetime(self.first.year, self.first.month, self.first.day, tzinfo=LONDON).astimezone(UTC)

    @property
    def ends(self) -> datetime:
        after = self.first + timedelta(days=self.days)
        return datetime(after.year, after.month, after.day, tzinfo=LONDON).astimezone(UTC)

    @property
    def now(self) -> datetime:
        """Two days before the period ends, at half past ten: some windows are to come."""
        return self.ends - timedelta(days=2) + timedelta(hours=10, minutes=30)

    @property
    def promoted(self) -> date:
        return self.first + timedelta(days=self.days // 2)

    @property
    def period(self) -> dict[str, str]:
        return {
            "from": self.begins.isoformat().replace("+00:00", "Z"),
            "to": self.ends.isoformat().replace("+00:00", "Z"),
        }

    def rank_on(self, collar: str, day: date) -> str | None:
        if collar == "5001" and day == self.first:
            return None
        return "SGT" if collar == "5003" and day >= self.promoted else RANKS[collar]

    def rows(self) -> list[Table]:
        people: list[Table] = []
        for collar, kind in OFFICERS.items():
            people.append(
                Officer(
                    id=named(collar),
                    force_id=named("FORCE"),
                    collar_number=collar,
                    kind=kind,
                    valid_from=LONG_AGO,
                )
            )
            since = self.first + timedelta(days=1) if collar == "5001" else LONG_AGO
            until = self.promoted if collar == "5003" else None
            people.append(
                RankHeld(
                    id=uuid5(named(collar), "rank"), officer_id=named(collar), rank=RANKS[collar], valid_from=since,
                    valid_to=until,
                )
            )  # fmt: skip
        people.append(
            RankHeld(
                id=uuid5(named("5003"), "second"),
                officer_id=named("5003"),
                rank="SGT",
                valid_from=self.promoted,
            )
        )
        later = [each for each in self.windows if each.moved_to_id is None]
        earlier = [each for each in self.windows if each.moved_to_id is not None]
        return [
            *self.places.rows(), *people, *later, *earlier, *self.results.values(), *self.patrols, *self.slices,
            *self.visits, *self.held,
        ]  # fmt: skip


def wide_force(seed: int, first: date, days: int) -> WideForce:
    chance = random.Random(seed)
    places = made_up(seed)
    places.windows, places.results, places.patrols, places.slices = [], {}, [], []
    force = WideForce(first, days, places)
    _windows(force, chance)
    _patrols(force, chance)
    return force


def _windows(force: WideForce, chance: random.Random) -> None:
    number = 0
    for hotspot in sorted(force.places.hotspots):
        for block in range(-1, force.days // 3 + 1):
            first = force.first + timedelta(days=3 * block + chance.randrange(3))
            drawn = chance.random() < 0.7
            made = _window(force, chance, f"v{number}", hotspot, first, block if drawn else None)
            number += 1
            if chance.random() < 0.2:
                made.state = chance.choice([WindowState.CANCELLED, WindowState.MOVED])
            if made.state is WindowState.MOVED:
                to = first + timedelta(days=chance.randrange(4))
                stead = _window(force, chance, f"v{number}", hotspot, to, block if drawn else None)
                number += 1
                made.moved_to_id = stead.id
            if made.state is WindowState.CANCELLED and chance.random() < 0.2:
                made.published_at = None


def _window(
    force: WideForce, chance: random.Random, name: str, hotspot: str, day: date, block: int | None
) -> TaskingWindow:
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=30 * chance.randrange(48))
    made = window(
        name,
        at,
        hotspot_id=named(hotspot),
        team_id=named(chance.choice(sorted(TEAMS))),
        area_id=named(force.places.hotspots[hotspot][0]),
        schedule_id=named("drawn") if block is not None else None,
        block_first_day=force.first + timedelta(days=3 * block) if block is not None else None,
    )
    force.windows.append(made)
    if at < force.now and chance.random() < 0.8:
        verified = chance.randrange(4_000_000)
        review = verified + chance.randrange(900_000)
        status = chance.choice(
            [
                "compliant",
                "compliant",
                "partial",
                "review",
                "unverified",
                "accepted",
                "adjusted",
                "reason_accepted",
            ]
        )
        reason = "ARREST_MADE" if status == "reason_accepted" else None
        force.results[made.id] = result(
            name, status, verified, review, review + 60_000, reason_code=reason,
            credited_ms=chance.choice([3_600_000, 1_000_000]),
            decision={"accepted": "ACCEPT", "adjusted": "ADJUST", "reason_accepted": "REASON"}.get(status),
        )  # fmt: skip
    return made


def _patrols(force: WideForce, chance: random.Random) -> None:
    hotspots = sorted(force.places.hotspots)
    for number in range(120):
        collar, team = chance.choice(sorted(OFFICERS)), chance.choice(sorted(TEAMS))
        begins = force.begins + timedelta(minutes=chance.randrange(-1440, 1440 * (force.days + 1)))
        programme = chance.choice(list(Programme))
        said: dict[str, Any] = {
            "force_id": named("FORCE"),
            "team_id": named(team),
            "area_id": named(TEAMS[team]),
            "programme": programme,
            "operation": chance.choice(["Advance", "Servator"]) if programme is Programme.OP_OTHER else None,
            "funding": chance.choice(list(Funding)),
        }
        also: dict[str, Any] = {"uniform_state": UniformState.UNIFORM, "mode": Mode.FOOT}
        made = Patrol(
            **said, **also, id=named(f"p{number}"), content_hash=b"x" * 32, captured_by=named(collar),
            uploaded_by=named(collar), received_at=begins, device_id=named("phone"), checked_in_at=begins,
            started_at=begins,
        )  # fmt: skip
        force.patrols.append(made)
        if chance.random() < 0.1:
            until = force.now + timedelta(hours=chance.choice([-1, 1]))
            force.held.append(OfficerFirst(patrol_id=made.id, until_at=until))
        day = london(begins)
        hotspot = chance.choice(hotspots)
        for place in (None, hotspot):
            for grade in chance.sample(list(Grade), 2):
                force.slices.append(
                    CreditedSlice(
                        **said, **also, id=uuid5(made.id, f"{place}{grade}"), patrol_id=made.id,
                        officer_id=named(collar), hotspot_id=named(place) if place else None, day=day, grade=grade,
                        credited_ms=chance.randrange(3_600_000), intervals=[],
                    )
                )  # fmt: skip
        at = int(begins.timestamp() * 1000)
        for _ in range(chance.randrange(3)):
            at += chance.randrange(1, 3_000_000)
            lasts = chance.randrange(300_000, 2_400_000)
            force.visits.append(
                Visit(
                    **said, patrol_id=made.id, hotspot_id=named(hotspot), entered_ms=at, left_ms=at + lasts,
                    day=london(at), officer_id=named(collar),
                )
            )  # fmt: skip
            at += lasts
    _touch(force)


def _touch(force: WideForce) -> None:
    """Of two visits to one hotspot one begins in the millisecond the other ends: they are one."""
    one = force.visits[0]
    at = one.left_ms
    fields = {name: getattr(one, name) for name in Visit.model_fields}
    force.visits.append(Visit(**fields | {"entered_ms": at, "left_ms": at + 301_000, "day": london(at)}))


# What a row of each grouping is known by, of a window and of what a patrol came to.
def area_of(force: WideForce, area: str, kind: AreaKind) -> str | None:
    return next((each for each in (area, *TREE[area]) if KINDS[each] is kind), None)


def period_code(by: str, day: date) -> str:
    if by == "month":
        return f"{day.year}-{day.month:02}"
    if by == "quarter":
        return f"{day.year}-Q{(day.month + 2) // 3}"
    monday = day - timedelta(days=day.weekday())
    # The first ISO week is that of the fourth of January.
    year = (monday + timedelta(days=3)).year
    fourth = date(year, 1, 4)
    week = (monday - (fourth - timedelta(days=fourth.weekday()))).days // 7 + 1
    return f"{year}-W{week:02}"


def window_key(force: WideForce, by: str, each: TaskingWindow) -> str | None:
    hotspots = {named(name): (name, kind) for name, (_, kind) in force.places.hotspots.items()}
    if by in ("force", "lpa", "sector", "neighbourhood", "ward"):
        return area_of(force, AREA_NAMES[each.area_id], AreaKind(by.upper()))
    if by in ("week", "month", "quarter"):
        return period_code(by, london(each.starts_at))
    told: dict[str, str] = {
        "area": AREA_NAMES[each.area_id],
        "team": TEAM_NAMES[each.team_id],
        "hotspot": hotspots[each.hotspot_id][0],
        "category": hotspots[each.hotspot_id][1].value,
    }
    return told[by]


def time_key(force: WideForce, by: str, each: CreditedSlice | Visit) -> str | None:
    assert each.team_id is not None
    team = TEAM_NAMES[each.team_id]
    collar = next(name for name in OFFICERS if named(name) == each.officer_id)
    hotspots = {named(name): (name, kind) for name, (_, kind) in force.places.hotspots.items()}
    if by in ("force", "lpa", "sector", "neighbourhood", "ward"):
        return area_of(force, TEAMS[team], AreaKind(by.upper()))
    if by in ("week", "month", "quarter"):
        return period_code(by, each.day)
    if by in ("hotspot", "category"):
        assert each.hotspot_id is not None
        name, kind = hotspots[each.hotspot_id]
        return name if by == "hotspot" else kind.value
    told: dict[str, str | None] = {
        "area": TEAMS[team],
        "team": team,
        "programme": each.programme.value,
        "operation": each.operation,
        "funding": each.funding.value,
        "rank": force.rank_on(collar, each.day),
        "kind": OFFICERS[collar].value,
        "officer": collar,
    }
    return told[by]


# What the caller sees of it.
def windows_seen(force: WideForce, collar: str, *, any_time: bool = False) -> list[TaskingWindow]:
    teams, areas = SCOPES[collar]
    return [
        each
        for each in force.windows
        if (any_time or force.begins <= each.starts_at < force.ends)
        and (each.state is not WindowState.CANCELLED or each.published_at is not None)
        and (TEAM_NAMES[each.team_id] in teams or AREA_NAMES[each.area_id] in areas)
    ]


def told_to_all(force: WideForce, collar: str, rows: Iterable[Any]) -> list[Any]:
    teams, areas = SCOPES[collar]
    held = {each.patrol_id for each in force.held if each.until_at > force.now}
    last = force.first + timedelta(days=force.days - 1)
    return [
        each
        for each in rows
        if force.first <= each.day <= last
        and each.patrol_id not in held
        and (TEAM_NAMES[each.team_id] in teams or TEAMS[TEAM_NAMES[each.team_id]] in areas)
    ]


def status_of(force: WideForce, each: TaskingWindow) -> str:
    if each.state is not WindowState.PUBLISHED:
        return str(each.state.value.lower())
    stored = force.results[each.id].status if each.id in force.results else None
    if stored in ("compliant", "accepted", "adjusted", "reason_accepted"):
        return str(stored)
    if each.starts_at + LENGTH <= force.now:
        return stored or "not_attended"
    return "published" if stored is None else "in_progress"


def adjusted_enough(force: WideForce, each: TaskingWindow) -> bool:
    stored = force.results.get(each.id)
    return (
        status_of(force, each) == "adjusted"
        and stored is not None
        and stored.credited_ms >= stored.required_ms
    )


def windows_say(force: WideForce, windows: Iterable[TaskingWindow]) -> dict[str, Any]:
    """What a row must say of some windows."""
    found = list(windows)
    statuses = Counter(status_of(force, each) for each in found)
    stored = [force.results[each.id] for each in found if each.id in force.results]
    young = [
        each
        for each in found
        if status_of(force, each) not in ("cancelled", "moved", "accepted", "adjusted", "reason_accepted")
        and (
            each.starts_at + LENGTH > force.now - timedelta(hours=24)
            or status_of(force, each) == "in_progress"
        )
    ]
    return {
        "denominator": len(found),
        "kept": statuses["compliant"],
        "kept_by_decision": statuses["accepted"] + sum(adjusted_enough(force, each) for each in found),
        "provisional": len(young),
        "by_status": {status: count for status, count in statuses.items() if count},
        "reasons": dict(
            Counter(
                str(force.results[each.id].reason_code)
                for each in found
                if status_of(force, each) == "reason_accepted"
            )
        ),
        "decisions": dict(Counter(str(each.decision) for each in stored if each.decision is not None)),
        "verified_minutes": sum(each.verified_ms for each in stored) // 60_000,
        "required_minutes": sum(each.required_seconds for each in found) // 60,
    }


def blocks_say(
    force: WideForce, collar: str, by: tuple[str, ...]
) -> dict[tuple[str | None, ...], dict[str, int]]:
    """One in three by row: blocks of which the first window, of those the caller sees, starts in the period."""
    blocks: defaultdict[Any, list[TaskingWindow]] = defaultdict(list)
    for each in windows_seen(force, collar, any_time=True):
        if each.schedule_id is not None:
            blocks[each.hotspot_id, each.block_first_day].append(each)
        elif each.state is not WindowState.MOVED:
            blocks[each.id].append(each)
    found: defaultdict[tuple[str | None, ...], Counter[str]] = defaultdict(Counter)
    for windows in blocks.values():
        first = min(windows, key=lambda each: (each.starts_at, each.id))
        if not force.begins <= first.starts_at < force.ends:
            continue
        row = found[tuple(window_key(force, each, first) for each in by)]
        statuses = {status_of(force, each) for each in windows}
        row["due"] += 1
        if "compliant" in statuses:
            row["kept"] += 1
        elif "accepted" in statuses or any(adjusted_enough(force, each) for each in windows):
            row["kept_by_decision"] += 1
        elif statuses & {"published", "in_progress"}:
            row["undecided"] += 1
    names = ("due", "kept", "kept_by_decision", "undecided")
    return {key: {name: row[name] for name in names} for key, row in found.items()}


def visits_say(
    force: WideForce, visits: Iterable[Visit], by: tuple[str, ...]
) -> dict[tuple[str | None, ...], dict[str, int | None]]:
    """Visits by row: second by second would be slower still, so they are put together two at a time until none meet."""
    stories: defaultdict[Any, list[Visit]] = defaultdict(list)
    for each in visits:
        without_periods = tuple(
            time_key(force, one, each) for one in by if one not in ("week", "month", "quarter")
        )
        stories[without_periods, each.hotspot_id].append(each)
    stays: defaultdict[tuple[str | None, ...], list[int]] = defaultdict(list)
    gaps: defaultdict[tuple[str | None, ...], list[int]] = defaultdict(list)
    for story in stories.values():
        spans = [(each.entered_ms, each.left_ms, each) for each in story]
        while True:
            meeting = next(
                (
                    (one, other)
                    for one in spans
                    for other in spans
                    if one is not other and one[0] <= other[0] <= one[1]
                ),
                None,
            )
            if meeting is None:
                break
            one, other = meeting
            spans = [each for each in spans if each is not one and each is not other]
            spans.append((one[0], max(one[1], other[1]), one[2]))
        spans.sort(key=lambda each: each[0])
        for number, (entered, left, each) in enumerate(spans):
            key = tuple(time_key(force, one, each) for one in by)
            stays[key].append(left - entered)
            if number:
                gaps[key].append(entered - spans[number - 1][1])
    return {
        key: {
            "visits": len(each),
            "mean_minutes": sum(each) // len(each) // 60_000,
            "longest_minutes": max(each) // 60_000,
            "median_gap_minutes": int(median(gaps[key])) // 60_000 if gaps[key] else None,
            "longest_gap_minutes": max(gaps[key]) // 60_000 if gaps[key] else None,
        }
        for key, each in stays.items()
    }


NO_VISITS = {
    "visits": 0, "mean_minutes": None, "longest_minutes": None, "median_gap_minutes": None, "longest_gap_minutes": None,
}  # fmt: skip
NO_BLOCKS = {"due": 0, "kept": 0, "kept_by_decision": 0, "undecided": 0}


def minutes_say(slices: Iterable[CreditedSlice]) -> dict[str, int]:
    found = Counter[str]()
    for each in slices:
        found[each.grade.value] += each.credited_ms
    return {grade.value: found[grade.value] // 60_000 for grade in Grade}
