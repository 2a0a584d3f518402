"""Activities of a hotspot: what its row in the report counts, page by page."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import event

from app.activities.models import Activity, OtherOutcome
from app.clock import london_day, to_ms
from app.patrols.lifecycle import Funding, Mode, Programme, UniformState
from app.patrols.models import CreditedSlice, Grade
from tests.activities.test_record_story import example, on_patrol, path
from tests.compliance.test_window_compliance import keep
from tests.conftest import Api, named
from tests.outcomes.test_activity_report import PATH, assessment
from tests.patrols.test_patrol_story import START

__all__ = ["on_patrol"]
HOTSPOT = named("TGP-1")
PATROL = named("patrol-1")
# The patrol was in the hotspot for the first twenty of its sixty minutes.
LEFT, ENDED = START + timedelta(minutes=20), START + timedelta(minutes=60)


def judged(api: Api) -> None:
    """The patrol gets its result."""
    spans = [[to_ms(START), to_ms(LEFT)]]
    result = {"hotspots": [{"hotspot_id": str(HOTSPOT), "verified": spans, "probable": []}]}
    keep(
        api,
        assessment(PATROL, START, ENDED, result),
        CreditedSlice(
            id=named("slice"), patrol_id=PATROL, officer_id=named("4101"), hotspot_id=HOTSPOT, day=london_day(START),
            grade=Grade.VERIFIED, credited_ms=1_200_000, intervals=spans, force_id=named("FORCE"),
            team_id=named("NORTH-1"), area_id=named("NORTH"), programme=Programme.TGP_SCHEDULED,
            uniform_state=UniformState.UNIFORM, mode=Mode.FOOT, funding=Funding.CORE,
        ),
    )  # fmt: skip


def logged(number: int, seconds: float, hotspots: list[str] | None) -> Activity:
    at = START + timedelta(seconds=seconds)
    return Activity(
        id=named(f"logged {number}"), content_hash=b"x" * 32, captured_by=named("4101"), uploaded_by=named("4101"),
        received_at=at, force_id=named("FORCE"), team_id=named("NORTH-1"), area_id=named("NORTH"), patrol_id=PATROL,
        kind="OUTCOME", level="record", wanted_level="record", recorded_at=at, occurred_said_at=at, occurred_at=at,
        hotspot_ids=hotspots, outcome_code="STOP_ACCOUNT", officer_kind="CONSTABLE", flags=[],
    )  # fmt: skip


def listed(api: Api, **asked: str) -> list[UUID]:
    """Whatever is listed of the hotspot, on all pages."""
    found: list[UUID] = []
    cursor: dict[str, str] = {}
    while True:
        page = api.get("4111", "/v1/activities", hotspot_id=str(HOTSPOT), **asked, **cursor).json()
        found += [UUID(row["id"]) for row in page["activities"]]
        if not page["next_cursor"]:
            return found
        cursor = {"cursor": page["next_cursor"]}


def test_what_was_nowhere_said_to_be_there_is_listed_once_the_patrol_has_its_result(on_patrol: Api) -> None:
    api = on_patrol
    early: dict[str, Any] = {"occurred_at": "2026-03-02T19:10:00Z", "recorded_at": None}
    assert api.put("4101", path(), example("OUTCOME", position=None, **early)).status_code == 201
    assert listed(api) == []
    judged(api)
    assert listed(api) == [named("activity-1")]


def test_pages_hold_what_the_report_counts(on_patrol: Api) -> None:
    api = on_patrol
    api.clock.at = ENDED
    silent = [logged(number, number * 2.5, None) for number in range(1_400)]
    # At sea, and at the same moment as another that said nothing; and there, long after the patrol had left.
    at_sea, there = logged(2_000, 10, []), logged(2_001, 3_000.5, [str(HOTSPOT)])
    rows = [*silent, at_sea, there]
    keep(api, *rows, *(OtherOutcome(activity_id=each.id, outcome_type="STOP_ACCOUNT") for each in rows))
    judged(api)
    parameters: list[int] = []
    event.listen(
        api.client.app.state.engine,  # type: ignore[attr-defined]
        "before_cursor_execute",
        lambda _c, _cur, _statement, given, *_: parameters.append(len(given)),
    )
    expected = [there, *reversed([each for each in silent if each.occurred_at < LEFT])]
    assert listed(api, limit="150") == [each.id for each in expected]
    assert max(parameters) < 300
    assert listed(api, limit="500", flagged="true") == []
    told = {row["key"]["code"]: row for row in api.get("4111", PATH, group_by="hotspot").json()["rows"]}
    assert told["TGP-1"]["activities"] == len(expected)
