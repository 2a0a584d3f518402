"""A force made up at random in which everything that compliance groups by varies."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

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
    TEAMS,
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
        if collar == "5001" and day <= self.first:
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
    _join_at_midnight(force)


def _join_at_midnight(force: WideForce) -> None:
    """Somebody comes before the first midnight and is joined after it: one visit, of the day before."""
    one, begins = force.visits[0], int(force.begins.timestamp() * 1000)
    fields = {name: getattr(one, name) for name in Visit.model_fields}
    for patrol, entered in ((force.patrols[2], begins - 600_000), (force.patrols[3], begins + 300_000)):
        times = {"entered_ms": entered, "left_ms": entered + 1_200_000, "day": london(entered)}
        force.visits.append(Visit(**fields | times | {"patrol_id": patrol.id}))


def _touch(force: WideForce) -> None:
    """Of two visits to one hotspot one begins in the millisecond the other ends: they are one."""
    one = force.visits[0]
    at = one.left_ms
    fields = {name: getattr(one, name) for name in Visit.model_fields}
    force.visits.append(Visit(**fields | {"entered_ms": at, "left_ms": at + 301_000, "day": london(at)}))
