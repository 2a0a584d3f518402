"""The sergeant's question over HTTP: were the windows kept, and if not, what became of them."""

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import groupby
from typing import Any
from uuid import uuid5

import pytest
from sqlalchemy import event
from sqlmodel import select

from app.areas.models import Hotspot
from app.audit.models import AuditEvent
from app.database.engine import open_engine
from app.database.model import Table
from app.database.session import reading, transaction
from app.patrols.lifecycle import Funding, Mode, Programme, UniformState
from app.patrols.models import CheckOut, Patrol, PatrolAssessment, WindowResult
from app.schedule.models import TaskingWindow
from app.schedule.windows import WindowState
from tests.conftest import Api, named

SERGEANT, PLANNER, COMMANDER, OFFICER = "4111", "4131", "4121", "4101"
PATH = "/v1/compliance/windows"
MONDAY = datetime(2026, 3, 2, 19, tzinfo=UTC)  # of the seeded window
MINUTE = 60_000


def window(name: str, starts_at: datetime, place: str = "NORTH", **changes: Any) -> TaskingWindow:
    return TaskingWindow(
        **{
            "id": named(name),
            "force_id": named("FORCE"),
            "hotspot_id": named("TGP-1" if place == "NORTH" else "TGP-2"),
            "team_id": named(f"{place}-1"),
            "area_id": named(place),
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=2),
            "required_seconds": 3600,
            "state": WindowState.PUBLISHED,
            "created_at": datetime(2026, 2, 20, tzinfo=UTC),
            "published_at": datetime(2026, 2, 20, tzinfo=UTC),
            **changes,
        }
    )


def result(name: str, status: str, verified: int, review: int, at_most: int, **changes: Any) -> WindowResult:
    return WindowResult(
        **{
            "window_id": named(name),
            "number": 1,
            "status": status,
            "computed_status": status,
            "required_ms": 60 * MINUTE,
            "verified_ms": verified,
            "accepted_ms": verified,
            "credited_ms": verified,
            "computed_check_needed": False,
            "asking": [],
            "needs_confirmation": False,
            "review_ms": review,
            "at_most_ms": at_most,
            "check_needed": False,
            "officer_count": 1,
            "patrol_ids": [str(uuid5(named(name), "patrol"))],
            "team_id": named("NORTH-1"),
            "area_id": named("NORTH"),
            "computed_at": MONDAY,
            **changes,
        }
    )


def patrol(name: str, window_name: str, started_at: datetime) -> Patrol:
    return Patrol(
        id=named(name),
        content_hash=b"x" * 32,
        captured_by=named(OFFICER),
        uploaded_by=named(OFFICER),
        received_at=started_at,
        force_id=named("FORCE"),
        device_id=named("phone"),
        window_id=named(window_name),
        programme=Programme.TGP_SCHEDULED,
        uniform_state=UniformState.UNIFORM,
        mode=Mode.FOOT,
        funding=Funding.CORE,
        checked_in_at=started_at,
        started_at=started_at,
    )


def check_out(name: str, at: datetime) -> CheckOut:
    return CheckOut(
        id=named(name),
        content_hash=b"x" * 32,
        captured_by=named(OFFICER),
        uploaded_by=named(OFFICER),
        received_at=at,
        checked_out_at=at,
        ended_at=at,
    )


def assessment(name: str, window_name: str, version: str) -> PatrolAssessment:
    return PatrolAssessment(
        id=uuid5(named(name), "1"),
        patrol_id=named(name),
        window_id=named(window_name),
        number=1,
        status="partial",
        policy_version=version,
        started_at=MONDAY,
        ended_at=MONDAY,
        verified_ms=0,
        probable_ms=0,
        unverified_ms=0,
        outside_ms=0,
        flags=[],
        result={
            "status": "partial",
            "window": None,
            "hotspots": [],
            "heard": [],
            "outside": [],
            "flags": [],
            "checked_in_ms": 0,
            "horizon_ms": 0,
            "fixes_by_label": {},
        },
        computed_at=MONDAY,
    )


def keep(api: Api, *rows: Table) -> None:
    """In the order given, which is that of their keys; rows of one table that follow each other go in at once."""
    engine = open_engine(api.url)
    with transaction(engine) as session:
        for _table, some in groupby(rows, type):
            session.add_all(some)
            session.flush()
    engine.dispose()


@pytest.fixture
def week(api: Api) -> Api:
    """A week of windows, one of each sort, seen on the Friday at 19:30."""
    tuesday = MONDAY + timedelta(days=1)
    friday = MONDAY + timedelta(days=4)
    kept, reason = {"check_needed": True, "officer_count": 2}, datetime(2026, 2, 20, tzinfo=UTC)
    keep(
        api,
        window("kept", tuesday),
        result("kept", "compliant", 60 * MINUTE, 60 * MINUTE, 60 * MINUTE, **kept),
        window("short", tuesday + timedelta(hours=3)),
        result("short", "partial", 60 * MINUTE - 1, 61 * MINUTE - 1, 61 * MINUTE, check_needed=True),
        patrol("one", "short", tuesday + timedelta(hours=3)),
        check_out("one", tuesday + timedelta(hours=4)),
        assessment("one", "short", "2026-01"),
        window("called off", tuesday + timedelta(days=1), state=WindowState.CANCELLED),
        window(
            "draft called off", tuesday + timedelta(days=1), state=WindowState.CANCELLED, published_at=None
        ),
        window("draft", tuesday, state=WindowState.PLANNED, published_at=None),
        window("new time", friday + timedelta(days=1), published_at=reason),
        window(
            "old time", tuesday + timedelta(days=2), state=WindowState.MOVED, moved_to_id=named("new time")
        ),
        window("under way", friday),
        patrol("two", "under way", friday),
        window("nobody there yet", friday + timedelta(minutes=1)),
        window("southern", tuesday, place="SOUTH"),
    )
    api.clock.at = friday + timedelta(minutes=30)
    return api


def asked(api: Api, collar: str = SERGEANT, /, **filters: object) -> dict[str, Any]:
    filters = {"from": "2026-03-02T00:00:00Z", "to": "2026-03-09T00:00:00Z", **filters}
    answer = api.get(collar, PATH, **filters)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def by_name(found: dict[str, Any], *names: str) -> list[Any]:
    windows = {each["window_id"]: each for each in found["windows"]}
    return [windows[str(named(name))] for name in names]


def test_every_published_window_has_a_status_in_plain_words(week: Api) -> None:
    found = asked(week)
    named_statuses = {
        "WINDOW-1": "no GPS in area",
        "kept": "kept",
        "short": "under 60",
        "called off": "cancelled",
        "old time": "moved to another time",
        "under way": "in progress",
        "nobody there yet": "to come",
        "new time": "to come",
    }
    assert [each["status_label"] for each in by_name(found, *named_statuses)] == list(named_statuses.values())
    assert len(found["windows"]) == len(named_statuses)
    assert [each["starts_at"] for each in found["windows"]] == sorted(
        each["starts_at"] for each in found["windows"]
    )


def test_totals_say_what_they_are_totals_of(week: Api) -> None:
    found = asked(week, limit=1)
    totals = found["totals"]
    assert totals["in_words"] == (
        "Kept 1 of 8 published windows; 1 cancelled, 1 moved, 1 in progress, 2 still to come."
    )
    assert (totals["denominator"], totals["kept"], totals["decided"], totals["provisional"]) == (8, 1, 5, 3)
    assert totals["check_needed"] == 1
    # 60 minutes and one millisecond less: 119 whole minutes, not 60 and 59 added up.
    assert (totals["verified_minutes"], totals["probable_minutes"]) == (119, 1)
    assert totals["required_minutes"] == 8 * 60
    counted = {each["status"]: each["windows"] for each in totals["by_status"]}
    assert sum(counted.values()) == 8
    assert counted["partial"] == counted["not_attended"] == 1
    assert asked(week)["rule_versions"] == ["2026-01"]
    assert found["generated_at"] == "2026-03-06T19:30:00Z"


def test_minutes_are_floored_and_told_apart(week: Api) -> None:
    kept, short, missed = by_name(asked(week), "kept", "short", "WINDOW-1")
    assert (kept["verified_minutes"], kept["check_needed"], kept["officer_count"]) == (60, True, 2)
    assert (short["verified_minutes"], short["probable_minutes"], short["unverified_minutes"]) == (59, 1, 0)
    assert short["check_needed"] is False
    assert (missed["verified_minutes"], missed["patrol_count"], missed["computed_at"]) == (0, 0, None)
    assert short["patrols"] == f"/v1/patrols?window_id={named('short')}"


def test_a_result_is_provisional_for_a_day(week: Api) -> None:
    week.clock.at = datetime(2026, 3, 4, 20, 59, 59, tzinfo=UTC)
    before = asked(week)
    week.clock.forward(seconds=1)
    after = asked(week)
    assert [each["provisional"] for each in by_name(before, "kept", "short")] == [True, True]
    assert [each["provisional"] for each in by_name(after, "kept", "short")] == [False, True]
    assert before["totals"]["provisional"] - after["totals"]["provisional"] == 1


@pytest.mark.parametrize(
    "status",
    ["compliant", "partial", "not_attended", "cancelled", "moved", "in_progress", "published", "review"],
)
def test_each_status_can_be_asked_for(week: Api, status: str) -> None:
    everything = asked(week)
    only = asked(week, status=status)
    assert [each["window_id"] for each in only["windows"]] == [
        each["window_id"] for each in everything["windows"] if each["status"] == status
    ]
    assert only["totals"]["denominator"] == len(only["windows"])


def test_who_sees_which_windows(week: Api) -> None:
    def seen(collar: str, **filters: object) -> int:
        return int(asked(week, collar, **filters)["totals"]["denominator"])

    assert (seen(SERGEANT), seen("4112"), seen(COMMANDER), seen(PLANNER), seen("7101")) == (8, 1, 8, 9, 0)
    assert seen(PLANNER, area_id=named("SOUTH")) == 1
    assert seen(PLANNER, area_id=named("FORCE")) == 9
    assert seen(PLANNER, team_id=named("NORTH-1"), hotspot_id=named("TGP-2")) == 0
    assert week.get(OFFICER, PATH).status_code == 403
    assert week.client.get(PATH).status_code == 401


def test_pages_neither_skip_nor_repeat(week: Api) -> None:
    found: list[str] = []
    cursor: dict[str, object] = {}
    while True:
        page = asked(week, limit=3, **cursor)
        found += [each["window_id"] for each in page["windows"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert found == [each["window_id"] for each in asked(week)["windows"]]


def test_without_a_period_it_is_the_last_seven_days(week: Api) -> None:
    found = week.get(SERGEANT, PATH).json()
    assert (found["from_at"], found["to_at"]) == ("2026-02-27T19:30:00Z", "2026-03-06T19:30:00Z")
    assert len(found["windows"]) == 7
    refused = week.get(SERGEANT, PATH, **{"from": "2026-03-07T00:00:00Z", "to": "2026-03-07T00:00:00Z"})
    assert refused.json()["errors"][0]["code"] == "not-before-to"


def test_the_same_as_csv_for_a_spreadsheet(week: Api) -> None:
    engine = open_engine(week.url)
    with transaction(engine) as session:
        hotspot = session.get_one(Hotspot, named("TGP-1"))
        hotspot.name = "=HYPERLINK(1)"
    engine.dispose()
    period = {"from": "2026-03-02T00:00:00Z", "to": "2026-04-09T00:00:00Z"}
    answer = week.client.get(PATH, params=period, headers=week.as_officer(SERGEANT, Accept="text/csv"))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbfhotspot_code,")
    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert len(rows) == 8
    kept = next(row for row in rows if row["window_id"] == str(named("kept")))
    assert (kept["hotspot_name"], kept["status_label"], kept["check_needed"]) == (
        "'=HYPERLINK(1)",
        "kept",
        "yes",
    )
    assert kept["starts_at"] == "2026-03-03T19:00:00+00:00"
    again = week.get(SERGEANT, PATH, format="csv", **period)
    assert again.content == answer.content


def test_it_names_nobody_and_every_look_is_logged(week: Api) -> None:
    answer = week.get(SERGEANT, PATH)
    for collar in ("4101", str(named("4101"))):
        assert collar not in answer.text
    engine = open_engine(week.url)
    with reading(engine) as session:
        logged = session.exec(select(AuditEvent).where(AuditEvent.operation == "compliance.windows")).all()
    engine.dispose()
    assert [event.subjects["window"] for event in logged] == [
        sorted(each["window_id"] for each in answer.json()["windows"])
    ]


def test_more_windows_cost_no_more_statements(week: Api) -> None:
    statements: list[str] = []
    engine = week.client.app.state.engine  # type: ignore[attr-defined]
    event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    counts = []
    for limit in (1, 8, 100):
        asked(week, limit=limit)
        statements.clear()
        asked(week, limit=limit)
        counts.append(sum("tasking_windows" in statement for statement in statements))
    # The page, the totals, the visits of the page; and, where one was moved on the page, which windows led there.
    assert counts == [3, 4, 4]
