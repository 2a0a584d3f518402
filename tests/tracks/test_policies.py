"""A force changes the rules its patrols are judged by: by a file, from a day on, for everybody to read."""

from datetime import timedelta
from typing import Any

import httpx2 as httpx
import pytest
from sqlmodel import select

from app.audit.models import AuditEvent
from app.clock import rfc3339
from app.database.engine import open_engine
from app.database.session import reading
from app.tracks.policy import Policy
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START, batch, batch_path, check_in, patrol_path, result_of

ADMIN, PLANNER, OFFICER = "4134", "4131", "4101"
# The tests' day is 2 March 2026.
TOMORROW = "2026-03-03"


def bring(api: Api, *rows: str, collar: str = ADMIN, dry_run: bool = False) -> httpx.Response:
    return api.client.post(
        "/v1/imports/policies",
        params={"dry_run": dry_run},
        content="\n".join(["valid_from,threshold,value", *rows, ""]).encode(),
        headers=api.as_officer(collar, **{"Content-Type": "text/csv"}),
    )


def policies(api: Api, collar: str = OFFICER) -> list[dict[str, Any]]:
    answer = api.get(collar, "/v1/policies")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def walked(api: Api, name: str, days: int) -> dict[str, Any]:
    """An hour in the hotspot with a report every 100 seconds, some days after the first."""
    begin = START + timedelta(days=days)
    body = check_in(None, checked_in_at=rfc3339(begin), device_id=str(named(name)))
    api.clock.at = begin
    assert api.put(OFFICER, patrol_path(name), body).status_code == 201
    api.clock.forward(minutes=65)
    fixes = {**batch(0, days * 24 * 60, 60, step_seconds=100), "device_id": str(named(name))}
    assert api.put(OFFICER, batch_path(f"{name}-b", name), fixes).status_code == 201
    ended = {"checked_out_at": rfc3339(begin + timedelta(hours=1))}
    answer = api.put(OFFICER, f"{patrol_path(name)}/check-out", ended)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_dry_run_says_what_becomes_of_which_threshold(api: Api) -> None:
    tried = bring(api, f"{TOMORROW},max_gap_seconds,90", f"{TOMORROW},silence_seconds,600", dry_run=True)
    assert tried.status_code == 200, tried.text
    told = tried.json()
    assert (told["counts"]["changed"], told["counts"]["unchanged"], told["applied"]) == (1, 1, False)
    assert told["changes"] == [
        {
            "action": "changed", "key": f"{TOMORROW}/max_gap_seconds", "row": 1, "fields": ["value"],
            "before": "120", "after": "90",
        }
    ]  # fmt: skip
    assert [one["built_in"] for one in policies(api)] == [True]


def test_rule_12_each_patrol_is_judged_by_the_rules_of_its_day_and_says_which(api: Api) -> None:
    assert bring(api, f"{TOMORROW},max_gap_seconds,90", "2026-03-04,max_gap_seconds,110").status_code == 200
    before, after, later = (walked(api, name, days) for days, name in enumerate(("before", "after", "later")))
    old, new = Policy(), Policy(max_gap_seconds=90)
    assert result_of(before)["policy_version"] == old.version
    assert result_of(after)["policy_version"] == new.version
    assert result_of(later)["policy_version"] == Policy(max_gap_seconds=110).version
    # Reports 100 seconds apart vouch for the time between them up to 120 seconds, not up to 90.
    assert result_of(before)["seconds"]["verified"] == 3500
    assert result_of(after)["seconds"]["verified"] == 0
    assert result_of(later)["seconds"]["verified"] == 3500
    # A late batch is judged by the rules of the patrol's day, not of the day it came.
    late = {**batch(1, 59, 1, step_seconds=30), "device_id": str(named("before"))}
    assert api.put(OFFICER, batch_path("late", "before"), late).status_code == 201
    again = api.get(OFFICER, patrol_path("before")).json()
    assert result_of(again)["assessment_number"] == 2
    assert result_of(again)["policy_version"] == old.version


def test_everybody_may_read_the_rules_they_are_judged_by(api: Api) -> None:
    bring(api, f"{TOMORROW},max_gap_seconds,90", "2026-03-05,edge_band_m,30.5")
    api.clock.forward(days=1)
    built_in, first, second = policies(api)
    assert (built_in["version"], built_in["valid_from"]) == (Policy().version, None)
    assert built_in["values"] == Policy().values()
    assert (first["valid_from"], first["version"]) == (TOMORROW, Policy(max_gap_seconds=90).version)
    assert second["values"] == Policy(max_gap_seconds=90, edge_band_m=30.5).values()
    assert [one["in_force"] for one in (built_in, first, second)] == [False, True, False]
    # Another force has its own.
    assert [one["built_in"] for one in policies(api, "7101")] == [True]


def test_the_same_rows_again_change_nothing_whatever_the_day(api: Api) -> None:
    rows = (f"{TOMORROW},max_gap_seconds,90", f"{TOMORROW},one_officer_alone,true")
    assert bring(api, *rows).json()["counts"]["changed"] == 2
    held = policies(api)
    api.clock.forward(days=30)
    assert bring(api, *rows).json()["repeated"] is True
    again = bring(api, *reversed(rows))
    assert (again.json()["counts"]["changed"], again.json()["counts"]["unchanged"]) == (0, 2)
    assert [{**one, "in_force": None} for one in policies(api)] == [{**one, "in_force": None} for one in held]


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ("2026-03-01,max_gap_seconds,90", "valid_from", "in-the-past"),
        (f"{TOMORROW},max_gap,90", "threshold", "threshold-unknown"),
        (f"{TOMORROW},max_gap_seconds,often", "value", "value-kind"),
        (f"{TOMORROW},max_gap_seconds,-90", "value", "negative"),
        (f"{TOMORROW},silence_seconds,30", "threshold", "repeated"),
    ],
)
def test_one_faulty_row_stops_the_file(api: Api, row: str, column: str, code: str) -> None:
    answer = bring(api, f"{TOMORROW},silence_seconds,300", row)
    assert (answer.status_code, answer.json()["code"]) == (422, "import-refused")
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
        (f"#/rows/2/{column}", code)
    ]
    assert len(policies(api)) == 1


def test_the_past_is_refused_with_its_reason(api: Api) -> None:
    # A quarter past midnight in London is still yesterday in UTC in summer.
    api.clock.at = START.replace(month=7, day=1, hour=23, minute=15)
    assert bring(api, "2026-07-01,max_gap_seconds,90", dry_run=True).json()["counts"]["errors"] == 1
    assert bring(api, "2026-07-02,max_gap_seconds,90", dry_run=True).json()["counts"]["errors"] == 0
    answer = bring(api, "2026-07-01,max_gap_seconds,90")
    assert "who goes out must be able to know" in answer.json()["errors"][0]["detail"]


def test_who_may_change_the_rules_and_that_it_is_logged(api: Api) -> None:
    row = f"{TOMORROW},max_gap_seconds,90"
    for collar in (PLANNER, OFFICER, "4111"):
        assert bring(api, row, collar=collar).status_code == 403
    assert bring(api, row).status_code == 200
    engine = open_engine(api.url)
    with reading(engine) as session:
        events = session.exec(
            select(AuditEvent).where(AuditEvent.operation == "imports.policies.commit")
        ).all()
    engine.dispose()
    assert [(event.actor_id, len(event.subjects["assessment_policy"])) for event in events] == [
        (named(ADMIN), 1)
    ]
