"""The answers against a slow recomputation, minute by minute, over small forces made up by chance."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import uuid5

import pytest

from app.areas.kinds import HotspotKind
from app.clock import LONDON, rfc3339, to_ms
from app.database.engine import open_engine
from app.housekeeping import add_months_up
from app.patrols.lifecycle import Funding, Mode, Programme, UniformState
from app.patrols.models import CreditedSlice, Grade
from tests.compliance.test_window_compliance import keep
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START
from tests.returns.helpers import PLANNER, free_patrol, hours, read, record, scheme

OFFICERS = ("4101", "4102", "4103")
AREAS = {"NORTH-1": "NORTH", "SOUTH-1": "SOUTH"}
SPOTS = {"TGP-1": "NORTH", "TGP-2": "SOUTH"}
PROGRAMMES = (Programme.TASKFORCE, Programme.TGP_SCHEDULED)
VISIBLE = (UniformState.UNIFORM, UniformState.HI_VIS_UNIFORM)
SURE, POSSIBLE = (Grade.VERIFIED, Grade.ACCEPTED), (Grade.PROBABLE, Grade.DECLARED)
RECORDED_SURE = ("gps", "radio")
DAYS = 6


@dataclass(frozen=True)
class Piece:
    """One officer for some minutes (from START) on one patrol; `spots` are the hotspots they were in."""

    officer: str
    patrol: str
    minutes: range
    grade: Grade
    programme: Programme
    uniform: UniformState
    funding: Funding
    team: str
    spots: tuple[str, ...]

    @property
    def visible(self) -> bool:
        return self.uniform in VISIBLE


@dataclass(frozen=True)
class Record:
    reference: str
    channel: str
    evidence: str
    programme: Programme
    uniform: UniformState
    spot: str
    minutes: range
    persons: int
    officer: str | None

    @property
    def visible(self) -> bool:
        return self.uniform in VISIBLE


@dataclass
class Made:
    pieces: list[Piece] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)


def made_up(seed: int) -> Made:
    """Each officer's own time lies one piece after the other, as patrols credit it; records lie anywhere."""
    chance, made = random.Random(seed), Made()
    for day in range(DAYS):
        for officer in OFFICERS:
            at = day * 1440 + chance.randrange(90)
            for number in range(chance.randrange(4)):
                length = chance.randrange(5, 60)
                team = chance.choice(sorted(AREAS))
                made.pieces.append(
                    Piece(
                        officer, f"patrol {day} {chance.randrange(3)}", range(at, at + length),
                        chance.choice(list(Grade)), chance.choice(PROGRAMMES), chance.choice(list(UniformState)),
                        chance.choice(list(Funding)), team,
                        chance.choice([("TGP-1",), ("TGP-2",), ("TGP-1", "TGP-2")]),
                    )
                )  # fmt: skip
                at += length + (chance.randrange(40) if number % 2 else 0)
        for _ in range(3):
            begins = day * 1440 + chance.randrange(200)
            named_one = chance.random() < 0.6
            made.records.append(
                Record(
                    f"R-{len(made.records):03d}", chance.choice(["TASKFORCE", "RADIO", "PARTNER"]),
                    chance.choice(["gps", "radio", "declared"]), chance.choice(PROGRAMMES),
                    chance.choice(list(UniformState)), chance.choice(sorted(SPOTS)),
                    range(begins, begins + chance.randrange(10, 150)),
                    1 if named_one else chance.randrange(1, 4), chance.choice(OFFICERS) if named_one else None,
                )
            )  # fmt: skip
    return made


def london_day(minute: int) -> date:
    return (START + timedelta(minutes=minute)).astimezone(LONDON).date()


def store(api: Api, made: Made) -> None:
    patrols = sorted({each.patrol for each in made.pieces})
    keep(api, *(free_patrol(each) for each in patrols))
    rows = []
    for number, piece in enumerate(made.pieces):
        for spot in (None, *piece.spots):
            for day in sorted({london_day(minute) for minute in piece.minutes}):
                minutes = [minute for minute in piece.minutes if london_day(minute) == day]
                span = [to_ms(START) + minutes[0] * 60_000, to_ms(START) + (minutes[-1] + 1) * 60_000]
                rows.append(
                    CreditedSlice(
                        id=uuid5(named("made"), f"{number} {spot} {day}"), patrol_id=named(piece.patrol),
                        force_id=named("FORCE"), officer_id=named(piece.officer), team_id=named(piece.team),
                        area_id=named(AREAS[piece.team]), hotspot_id=named(spot) if spot else None, day=day,
                        grade=piece.grade, programme=piece.programme, uniform_state=piece.uniform, mode=Mode.FOOT,
                        funding=piece.funding, credited_ms=span[1] - span[0], intervals=[span],
                    )
                )  # fmt: skip
    keep(api, *rows)
    hours(api, *(_row(each) for each in made.records))


def _row(each: Record) -> str:
    starts = START + timedelta(minutes=each.minutes.start)
    ends = START + timedelta(minutes=each.minutes.stop)
    return record(
        each.reference, channel=each.channel, evidence=each.evidence, programme=each.programme.value,
        uniform_state=each.uniform.value, hotspot_code=each.spot, day="", hours="", starts_at=rfc3339(starts),
        ends_at=rfc3339(ends), persons=each.persons, collar_number=each.officer or "",
    )  # fmt: skip


def recorded_minutes(made: Made, until: date) -> list[tuple[Record, int, int]]:
    """Each record's minutes by day: what is left of it, and how much of that may be somebody of ours."""
    own = {(piece.officer, minute) for piece in made.pieces for minute in piece.minutes}
    taken: set[tuple[str, int]] = set()
    found = []
    order = {"gps": 0, "radio": 1, "declared": 2}
    for each in sorted(
        made.records, key=lambda r: (order[r.evidence], r.minutes.start, r.channel, r.reference)
    ):
        left = possible = 0
        for minute in each.minutes:
            told = london_day(minute) <= until
            if each.officer is not None:
                if (each.officer, minute) not in taken:
                    left += told and (each.officer, minute) not in own
                taken.add((each.officer, minute))
                continue
            left += told * each.persons
            there = {
                piece.officer
                for piece in made.pieces
                if each.programme is piece.programme and each.spot in piece.spots and minute in piece.minutes
            }
            possible += told * min(each.persons, len(there))
        found.append((each, left, possible))
    return found


def later(api: Api, *, added_up: bool) -> None:
    """Long after the patrols, before or after their month was added up."""
    api.clock.at = START + timedelta(days=40)
    if added_up:
        engine = open_engine(api.url)
        assert add_months_up(engine, api.clock.at) >= 1
        engine.dispose()


@pytest.mark.parametrize("added_up", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_hours_of_persons(api: Api, seed: int, added_up: bool) -> None:
    made = made_up(seed)
    store(api, made)
    scheme_id = scheme(api)
    later(api, added_up=added_up)
    for until in (date(2026, 3, 31), date(2026, 3, 4)):
        least, most = Counter[str](), Counter[str]()
        for piece in made.pieces:
            minutes = sum(london_day(minute) <= until for minute in piece.minutes) * piece.visible
            for key in (
                "all",
                "channel OWN",
                f"lpa {AREAS[piece.team]}",
                f"programme {piece.programme.value}",
            ):
                least[key] += minutes * (piece.grade in SURE)
                most[key] += minutes
        for each, left, possible in recorded_minutes(made, until):
            if not each.visible:
                continue
            keys = (
                "all",
                f"channel {each.channel}",
                f"lpa {SPOTS[each.spot]}",
                f"programme {each.programme.value}",
            )
            for key in keys:
                least[key] += (left - possible) * (each.evidence in RECORDED_SURE)
                most[key] += left
        path = f"/v1/schemes/{scheme_id}/hours"
        answer = read(api, path, until=until.isoformat())
        assert minutes_of(answer["hours"]) == (least["all"], most["all"])
        for by in ("channel", "lpa", "programme"):
            rows = read(api, path, until=until.isoformat(), by=by)["rows"]
            told = {f"{by} {row['key']}": minutes_of(row["hours"]) for row in rows}
            wanted = {key: (least[key], most[key]) for key in most if key.startswith(by)}
            assert {key: each for key, each in told.items() if any(each)} == {
                key: each for key, each in wanted.items() if any(each)
            }


def minutes_of(told: dict[str, int]) -> tuple[float, float]:
    return told["at_least_ms"] / 60_000, told["at_most_ms"] / 60_000


@pytest.mark.parametrize("added_up", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_hours_by_the_clock_and_of_some_hotspots(api: Api, seed: int, added_up: bool) -> None:
    made = made_up(seed)
    store(api, made)
    by_clock = scheme(api, code="CLOCK", unit="PATROL", channels="OWN")
    spots = scheme(api, code="SPOTS", hotspot_kinds=HotspotKind.TGP_VIOLENCE.value, channels="OWN")
    later(api, added_up=added_up)
    sets: dict[str, set[tuple[str, int]]] = {
        "clock": set(),
        "clock sure": set(),
        "spots": set(),
        "spots sure": set(),
    }
    for piece in made.pieces:
        for minute in piece.minutes:
            if piece.visible:
                sets["clock"].add((piece.patrol, minute))
                sets["spots"].add((piece.officer, minute))
                if piece.grade in SURE:
                    sets["clock sure"].add((piece.patrol, minute))
                    sets["spots sure"].add((piece.officer, minute))
    found = {name: len(minutes) for name, minutes in sets.items()}
    for scheme_id, name in ((by_clock, "clock"), (spots, "spots")):
        answer = read(api, f"/v1/schemes/{scheme_id}/hours", until="2026-03-31")
        assert minutes_of(answer["hours"]) == (found[f"{name} sure"], found[name])


@pytest.mark.parametrize("seed", range(3))
def test_the_ledger_adds_up_to_the_scheme_and_no_instant_counts_twice(api: Api, seed: int) -> None:
    made = made_up(seed)
    store(api, made)
    everything = scheme(api, uniform_states="UNIFORM;HI_VIS_UNIFORM;PLAIN_CLOTHES;UNMARKED_VEHICLE")
    api.clock.at = START + timedelta(days=20)
    answer = read(api, f"/v1/schemes/{everything}/hours", until="2026-03-31")
    rows = read(api, "/v1/hours", PLANNER, **{"from": "2026-03-01", "to": "2026-03-31", "limit": 500})["rows"]
    for bound in ("at_least_ms", "at_most_ms"):
        assert sum(row["hours"][bound] for row in rows) == answer["hours"][bound]
    # Of people who are known, no more than each of their minutes once.
    known = {(piece.officer, minute) for piece in made.pieces for minute in piece.minutes}
    known |= {(each.officer, minute) for each in made.records if each.officer for minute in each.minutes}
    nobody = sum(len(each.minutes) * each.persons for each in made.records if each.officer is None)
    assert minutes_of(answer["hours"])[1] == len(known) + nobody
    # The same files once more change nothing.
    hours(api, *(_row(each) for each in reversed(made.records)))
    assert read(api, f"/v1/schemes/{everything}/hours", until="2026-03-31")["hours"] == answer["hours"]
