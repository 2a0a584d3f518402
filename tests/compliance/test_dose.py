"""What evaluators are given over HTTP: every day of every hotspot that has passed, held against slow loops."""

import csv
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from itertools import pairwise
from typing import Any
from uuid import uuid5

import pytest
from sqlmodel import select

from app.areas.models import Hotspot, HotspotKind
from app.audit.models import Action, AuditEvent
from app.clock import LONDON
from app.compliance import dose_answers
from app.database.engine import open_engine
from app.database.model import Table
from app.database.session import reading, transaction
from app.patrols.models import CreditedSlice, Grade, PatrolAssessment
from app.schedule.kinds import ScheduleState
from app.schedule.models import Schedule, ScheduleAllocation
from tests.compliance import by_hand
from tests.compliance.test_window_compliance import assessment, keep
from tests.compliance.wide_force import WideForce, london, wide_force
from tests.conftest import Api, named

SERGEANT, PLANNER, AUDITOR = "4111", "4131", "4133"
PATH = "/v1/compliance/dose"
WHY = {"purpose": "Trial of 2026, university of the town"}
DAY_MS = 86_400_000


def drawn(
    force: WideForce, state: ScheduleState = ScheduleState.PUBLISHED, name: str = "drawn"
) -> list[Table]:
    """A schedule of the period: of each three days one is treated, and the first day of all could not have been; made
    public until two days before its end, and given up for the last hotspot's sake on no day."""
    schedule = Schedule(
        id=named(name), force_id=named("FORCE"), content_hash=b"x" * 32, name=name, first_day=force.first,
        last_day=force.first + timedelta(days=force.days), state=state, algorithm_version="1", inputs={},
        inputs_hash=b"x" * 32, commitment=b"x" * 32, report={}, drawn_at=force.begins,
        published_until=force.first + timedelta(days=force.days - 5),
    )  # fmt: skip
    rows: list[Table] = [schedule]
    for place, hotspot in enumerate(sorted(force.places.hotspots)[:-1]):
        for number in range(force.days):
            rows.append(
                ScheduleAllocation(
                    schedule_id=named(name), hotspot_id=named(hotspot), day=force.first + timedelta(days=number),
                    block_first_day=force.first + timedelta(days=number - number % 3), in_period=number != 1,
                    eligible=number > 0, treated=(number + place) % 3 == 0 and number > 0,
                )
            )  # fmt: skip
    return rows


def allocation(force: WideForce, hotspot: str, day: date) -> str:
    place, number = sorted(force.places.hotspots).index(hotspot), (day - force.first).days
    if place == len(force.places.hotspots) - 1 or number in (1,) or number > force.days - 5:
        return "none"
    if force.first + timedelta(days=number - number % 3 + 3) > force.now.astimezone(LONDON).date():
        return "pending"
    if number == 0:
        return "excluded"
    return "treated" if (number + place) % 3 == 0 else "control"


@pytest.fixture
def force(api: Api) -> WideForce:
    """Around the night the clocks go forward; some patrols count for a window of the hotspot they were in."""
    made = wide_force(4, date(2026, 3, 23), 14)
    first = int(made.begins.timestamp() * 1000)
    for number, each in enumerate(made.slices):
        at = first + (each.day - made.first).days * DAY_MS + number * 613_000 % 70_000_000
        each.intervals = [
            [at, at + each.credited_ms // 2],
            [at + each.credited_ms, at + 2 * each.credited_ms],
        ]
        each.credited_ms = sum(end - start for start, end in each.intervals)
    judged = []
    for number, walked in enumerate(made.patrols[:60]):
        window_id = made.windows[number % len(made.windows)].id
        one = assessment("any", "any", "2026-01")
        judged.append(
            PatrolAssessment(
                **{name: getattr(one, name) for name in PatrolAssessment.model_fields}
                | {"id": uuid5(walked.id, "1"), "patrol_id": walked.id, "window_id": window_id}
            )
        )
    keep(api, *made.rows(), *judged, *drawn(made), *drawn(made, ScheduleState.DRAFT, "draft"))
    api.clock.at = made.now
    return made


def by_loops(force: WideForce, collar: str) -> dict[tuple[str, str], dict[str, Any]]:
    last = (force.now.astimezone(LONDON) - timedelta(days=1)).date()
    days = [force.first + timedelta(days=number) for number in range((last - force.first).days + 1)]
    slices = by_hand.told_to_all(force, collar, force.slices)
    visits = by_hand.told_to_all(force, collar, force.visits, days_before=1)
    windows = {each.id: each for each in force.windows}
    for_window = {
        each.id: windows[force.windows[number % len(force.windows)].id].hotspot_id
        for number, each in enumerate(force.patrols[:60])
    }
    stays: defaultdict[tuple[str, date], list[int]] = defaultdict(list)
    for hotspot in force.places.hotspots:
        spans = sorted(
            (each.entered_ms, each.left_ms) for each in visits if each.hotspot_id == named(hotspot)
        )
        presences: list[list[int]] = []
        for start, end in spans:
            if presences and start <= presences[-1][1]:
                presences[-1][1] = max(presences[-1][1], end)
            else:
                presences.append([start, end])
        for start, end in presences:
            stays[hotspot, london(start)].append(end - start)
    found = {}
    for hotspot in force.places.hotspots:
        for day in days:
            here = [each for each in slices if each.hotspot_id == named(hotspot) and each.day == day]
            verified = [each for each in here if each.grade is Grade.VERIFIED]
            due = sorted(
                (
                    each
                    for each in by_hand.windows_seen(force, collar, any_time=True)
                    if each.hotspot_id == named(hotspot) and london(each.starts_at) == day
                ),
                key=lambda each: each.starts_at,
            )
            found[hotspot, day.isoformat()] = {
                "allocation": allocation(force, hotspot, day),
                "windows": len(due),
                "window_status": by_hand.status_of(force, due[0]) if due else None,
                "officer_seconds": sum(each.credited_ms for each in verified) // 1000,
                "patrol_seconds": anybody_inside(verified) // 1000,
                "visits": len(stays[hotspot, day]),
                "longest_visit_seconds": max(stays[hotspot, day], default=0) // 1000,
                "officers": len(
                    {each.officer_id for each in here if each.grade in (Grade.VERIFIED, Grade.DECLARED)}
                ),
                "unscheduled_patrols": len(
                    {each.patrol_id for each in verified if for_window.get(each.patrol_id) != named(hotspot)}
                ),
                "provisional": day >= (force.now - timedelta(days=1)).astimezone(LONDON).date()
                or allocation(force, hotspot, day) == "pending",
            }
    return found


def anybody_inside(slices: list[CreditedSlice]) -> int:
    """Between any two marks of any interval somebody is inside or nobody is."""
    spans = [(start, end) for each in slices for start, end in each.intervals]
    marks = sorted({mark for span in spans for mark in span})
    return sum(
        after - before
        for before, after in pairwise(marks)
        if any(start <= before and after <= end for start, end in spans)
    )


def asked(api: Api, collar: str, force: WideForce, /, **params: Any) -> dict[str, Any]:
    answer = api.get(collar, PATH, **{**force.period, **WHY, "limit": 500, **params})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_every_day_is_what_slow_loops_find(api: Api, force: WideForce) -> None:
    found = asked(api, PLANNER, force)
    rows = {(row["hotspot_code"], row["day"]): row for row in found["items"]}
    expected = by_loops(force, PLANNER)
    assert list(rows) == sorted(expected)
    assert found["rows"] == len(rows)
    for key, row in rows.items():
        assert {name: row[name] for name in expected[key]} == expected[key], key
    told = {row["allocation"] for row in rows.values()}
    assert told == {"treated", "control", "excluded", "none"}


def test_a_sergeant_is_told_their_part_and_that_it_is_one(api: Api, force: WideForce) -> None:
    found = asked(api, SERGEANT, force)
    expected = by_loops(force, SERGEANT)
    assert {row["hotspot_code"] for row in found["items"]} >= {"TGP-1"}
    for row in found["items"]:
        key = row["hotspot_code"], row["day"]
        assert {name: row[name] for name in expected[key]} == expected[key], key
    assert found["notes"][0] == "Counts the windows and patrols of the teams you belong to today only."


def test_nothing_is_told_of_today_or_later(api: Api, force: WideForce) -> None:
    found = asked(api, PLANNER, force)
    yesterday = (force.now - timedelta(days=1)).date().isoformat()
    assert found["days_to"] == yesterday == max(row["day"] for row in found["items"])
    ahead = api.get(
        PLANNER, PATH, **WHY, **{"from": "2026-04-20T00:00:00Z", "to": "2026-04-27T00:00:00Z"}
    ).json()
    assert (ahead["items"], ahead["rows"], ahead["next_cursor"]) == ([], 0, None)


def test_no_day_of_a_block_tells_of_the_days_left_of_it(api: Api, force: WideForce) -> None:
    """On 31 March the block of 29 to 31 March is not over: two control days would say that today is the day."""
    for number, told in ((8, {"pending"}), (9, {"treated", "control"})):
        api.clock.at = force.begins + timedelta(days=number, hours=12)
        items = asked(api, PLANNER, force, hotspot_id=str(named("TGP-1")))["items"]
        assert {row["allocation"] for row in items if row["day"] in ("2026-03-29", "2026-03-30")} == told


def test_pages_neither_skip_nor_repeat(api: Api, force: WideForce) -> None:
    whole = asked(api, PLANNER, force)["items"]
    found: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}
    while True:
        page = asked(api, PLANNER, force, limit=7, **cursor)
        found += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert found == whole


def test_the_file_holds_every_row_however_it_is_cut(
    api: Api, force: WideForce, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = api.get(PLANNER, PATH, **force.period, **WHY, format="csv")
    assert whole.headers["content-type"] == "text/csv; charset=utf-8"
    assert whole.headers["cache-control"] == "no-store"
    monkeypatch.setattr(dose_answers, "ROWS_AT_ONCE", 5)
    cut = api.get(PLANNER, PATH, **force.period, **WHY, format="csv")
    assert cut.content == whole.content
    rows = list(csv.DictReader(StringIO(whole.content.decode("utf-8-sig"), newline="")))
    items = asked(api, PLANNER, force)["items"]
    assert len(rows) == len(items) > 50
    for row, item in zip(rows, items, strict=True):
        for name in ("hotspot_code", "day", "allocation", "hotspot_id"):
            assert row[name] == item[name]
        for name in (
            "officer_seconds",
            "patrol_seconds",
            "visits",
            "officers",
            "unscheduled_patrols",
            "windows",
        ):
            assert int(row[name]) == item[name]
        assert row["provisional"] == ("yes" if item["provisional"] else "no")


def test_days_before_a_hotspot_and_after_it_have_no_row(api: Api, force: WideForce) -> None:
    engine = open_engine(api.url)
    with transaction(engine) as session:
        row = session.get_one(Hotspot, named("TGP-1"))
        row.valid_from, row.valid_to = date(2026, 3, 25), date(2026, 3, 28)
        session.add(row)
    engine.dispose()
    items = asked(api, PLANNER, force, hotspot_id=str(named("TGP-1")))["items"]
    assert [row["day"] for row in items] == ["2026-03-25", "2026-03-26", "2026-03-27"]


def test_who_takes_it_and_what_for_is_in_the_log_before_a_byte(api: Api, force: WideForce) -> None:
    assert api.get(PLANNER, PATH, **force.period).status_code == 422
    asked(api, AUDITOR, force)
    api.get(AUDITOR, PATH, **force.period, **WHY, format="csv")
    engine = open_engine(api.url)
    with reading(engine) as session:
        logged = session.exec(select(AuditEvent).where(AuditEvent.operation == "compliance.dose")).all()
    engine.dispose()
    assert len(logged) == 2
    for event in logged:
        assert (event.action, event.reason) == (Action.DISCLOSE, WHY["purpose"])
        assert str(named("TGP-1")) in event.subjects["hotspot"]


def test_too_much_and_nonsense_are_refused(api: Api) -> None:
    api.clock.at = datetime(2099, 1, 1, tzinfo=UTC)
    ages = {"from": "2025-01-01T00:00:00Z", "to": "2098-12-31T00:00:00Z"}
    assert api.get(PLANNER, PATH, **ages, **WHY).status_code == 200
    long_ago = [
        Hotspot(
            id=named(f"more {number}"), force_id=named("FORCE"), code=f"more {number}", name="More",
            kind=HotspotKind.TGP_ASB, area_id=named("NORTH"), valid_from=date(2025, 1, 1),
        )
        for number in range(4)
    ]  # fmt: skip
    keep(api, *long_ago)
    assert api.get(PLANNER, PATH, **ages, **WHY).json()["errors"][0]["code"] == "too-many"
    assert api.get(PLANNER, PATH, **WHY, cursor="WyJhIiwiYiJd").status_code == 422
    assert api.get("4101", PATH, **WHY).status_code == 403
