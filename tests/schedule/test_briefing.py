"""What leaves the service for the briefing room: the sheet of a day, and the file for a briefing system."""

import csv
import re
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import uuid5

import pytest

from app.areas.models import Area, AreaAncestor, AreaKind, Briefing, Hotspot, HotspotBoundary, HotspotKind
from app.audit.models import Action
from tests.access.staff import from_day
from tests.conftest import LONG_AGO, Api, named
from tests.people import change
from tests.schedule.test_crew_journey import (
    AUDITOR,
    COMMANDER,
    OFFICER,
    PLANNER,
    SERGEANT,
    SOUTHERN_SERGEANT,
    answer,
    publish,
)
from tests.schedule.test_tasking_windows import audited

TODAY = date(2026, 3, 2)


def place(area: str = "NORTH", day: object = TODAY) -> str:
    return f"/v1/tasking-sheets/{named(area)}/{day}"


def sheet(api: Api, collar: str = SERGEANT, area: str = "NORTH", day: object = TODAY) -> dict[str, Any]:
    found = api.get(collar, place(area, day), format="json")
    assert found.status_code == 200, found.text
    told: dict[str, Any] = found.json()
    return told


def on_it(told: dict[str, Any]) -> list[str]:
    return [window["id"] for window in told["windows"]]


def south(**changes: object) -> dict[str, object]:
    return {"team_id": str(named("SOUTH-1")), "hotspot_id": str(named("TGP-2")), **changes}


def test_what_a_crew_is_told(api: Api) -> None:
    (window,) = sheet(api)["windows"]
    assert (window["local_times"], window["required_minutes"]) == ("19:00–21:00", 60)
    assert (window["hotspot"]["code"], window["hotspot_kind_label"]) == ("TGP-1", "TGP area: violence")
    briefing = window["briefing"]
    assert (briefing["why_here"], briefing["plan_reference"], briefing["review_on"], briefing["review_overdue"]) == (
        "Robberies of young people after school.", "PMP-1", "2026-06-01", False,
    )  # fmt: skip
    assert window["outline"]["type"] == "MultiPolygon"
    page = api.get(SERGEANT, place())
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-store"
    for words in (
        "Monday 2 March 2026", "19:00–21:00", "TGP-1 Hotspot TGP-1", "60 minutes asked", "Team NORTH-1",
        "Robberies of young people", "Owner: Sector inspector", "Plan PMP-1", "Review by 1 Jun 2026",
        "Crew", "In", "Out", "Outcome", "Generated Mon 2 Mar 2026 18:30", "Destroy after use.", "200 m, north up",
    ):  # fmt: skip
        assert words in page.text, words
    assert page.text.count("<svg") == 1
    assert "<script" not in page.text


def test_nobody_is_named_on_it(api: Api) -> None:
    publish(api, starts_at="2026-03-02T22:00:00Z", officer_ids=[str(named(OFFICER))])
    assert answer(api, OFFICER).status_code == 201
    for text in (api.get(SERGEANT, place()).text, api.get(SERGEANT, place(), format="json").text):
        assert not re.search(r"\b4101\b", text)
        assert str(named(OFFICER)) not in text
        assert "22:00" in text


def test_what_may_not_be_told_yet_is_counted_for_who_prints_and_not_on_paper(api: Api) -> None:
    api.clock.at = datetime(2026, 3, 2, 6, 59, 59, tzinfo=UTC)
    publish(api, "morning", "2026-03-02T08:00:00Z")
    told = sheet(api)
    assert (on_it(told), told["left_out"]) == ([str(named("morning"))], 1)
    page = api.get(SERGEANT, place()).text
    assert "19:00" not in page.replace("2026 19:00", "")
    assert (
        "What starts after Mon 2 Mar 2026 18:59 may not be told yet, whether there is anything or not" in page
    )
    api.clock.forward(seconds=1)
    assert len(sheet(api)["windows"]) == 2
    ahead = api.get(SERGEANT, place(day="2026-03-04")).text
    assert "Nothing that may be told yet" in ahead
    publish(api, "later", "2026-03-04T19:00:00Z")
    assert sheet(api, day="2026-03-04")["left_out"] == 1
    assert api.get(SERGEANT, place(day="2026-03-04")).text == ahead
    api.clock.at = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
    assert "No windows for you to brief here on this day." in api.get(SERGEANT, place(day="2026-03-03")).text


def test_days_without_a_window_stay_unknown(api: Api) -> None:
    """Neither drafts nor what was called off nor hotspots of the area without a window are on it."""
    publish(api, "draft", "2026-03-02T20:00:00Z", state="PLANNED")
    publish(api, "gone", "2026-03-02T21:00:00Z")
    api.put(PLANNER, f"/v1/tasking-windows/{named('gone')}/cancel", {"reason": "March route changed."})

    def quiet(session: Any) -> None:
        session.add(
            Hotspot(
                id=named("QUIET-1"), force_id=named("FORCE"), code="QUIET-1", name="Quiet", kind=HotspotKind.TGP_ASB,
                area_id=named("NORTH"), valid_from=LONG_AGO,
            )
        )  # fmt: skip

    change(api.url, quiet)
    for collar in (SERGEANT, PLANNER):
        told = sheet(api, collar)
        assert (on_it(told), told["left_out"]) == ([str(named("WINDOW-1"))], 0)
        assert "QUIET-1" not in api.get(collar, place()).text


def test_it_shows_what_its_reader_may_see(api: Api) -> None:
    publish(api, "south's", "2026-03-02T20:00:00Z", **south())
    first, second = str(named("WINDOW-1")), str(named("south's"))
    assert on_it(sheet(api, PLANNER, "FORCE")) == [first, second]
    assert on_it(sheet(api, AUDITOR, "SOUTH")) == [second]
    assert on_it(sheet(api, SERGEANT, "FORCE")) == [first]
    assert on_it(sheet(api, COMMANDER, "FORCE")) == [first]
    assert on_it(sheet(api, SOUTHERN_SERGEANT, "NORTH")) == []
    assert "TGP-1" not in api.get(SOUTHERN_SERGEANT, place("FORCE")).text
    assert api.get("7101", place()).status_code == 404
    assert api.get(OFFICER, place()).status_code == 403
    assert api.get(SERGEANT, place("no such area")).status_code == 404


def test_a_sergeant_who_moves_loses_it_with_everything_else(api: Api) -> None:
    path = f"/v1/tasking-windows/{named('WINDOW-1')}"
    body = {"officer_ids": [str(named(OFFICER))], "reason": "Their turn."}
    from_day(api, SERGEANT, TODAY, team="SOUTH-1", rank="SGT", roles="OFFICER;SUPERVISOR")
    assert on_it(sheet(api)) == []
    assert api.put(SERGEANT, f"{path}/assignment", body, **{"If-Match": '"1"'}).status_code == 404
    bulk = {"items": [{**body, "window_id": str(named("WINDOW-1")), "revision": 1}]}
    results = api.post(SERGEANT, "/v1/tasking-windows/assignments", bulk).json()["results"]
    assert results[0]["problem"]["code"] == "not-found"
    assert [row["code"] for row in api.get(SERGEANT, "/v1/tasking-load").json()["rows"]] == ["SOUTH-1"]
    assert str(named("WINDOW-1")) not in api.get(SERGEANT, "/v1/tasking-windows", format="csv").text


def test_areas_below_are_on_it_and_named(api: Api) -> None:
    def sector(session: Any) -> None:
        code = "NORTH-A"
        session.add(
            Area(
                id=named(code), force_id=named("FORCE"), parent_id=named("NORTH"), kind=AreaKind.SECTOR, code=code,
                name="Sector A", valid_from=LONG_AGO,
            )
        )  # fmt: skip
        session.flush()
        for above in (code, "NORTH", "FORCE"):
            session.add(AreaAncestor(area_id=named(code), ancestor_id=named(above)))
        session.add(
            Hotspot(
                id=named("A-1"), force_id=named("FORCE"), code="A-1", name="<b>Arcade</b>",
                kind=HotspotKind.TGP_VIOLENCE, area_id=named(code), valid_from=LONG_AGO,
            )
        )  # fmt: skip

    change(api.url, sector)
    publish(api, "below", "2026-03-02T20:00:00Z", hotspot_id=str(named("A-1")))
    page = api.get(SERGEANT, place()).text
    assert "Sector A" in page
    assert "&lt;b&gt;Arcade" in page
    assert "No briefing has been written for this hotspot." in page
    assert page.count("<svg") == 1
    assert on_it(sheet(api, area="NORTH-A")) == [str(named("below"))]


def test_a_briefing_that_should_have_been_looked_at_again(api: Api) -> None:
    def old(session: Any) -> None:
        session.get_one(Briefing, uuid5(named("TGP-1"), "b1")).review_on = TODAY - timedelta(days=1)

    change(api.url, old)
    assert sheet(api)["windows"][0]["briefing"]["review_overdue"] is True
    assert "Review was due 1 Mar 2026" in api.get(SERGEANT, place()).text


def test_a_night_belongs_to_the_day_it_starts_and_the_outline_is_that_days(api: Api) -> None:
    publish(api, "over midnight", "2026-03-02T23:30:00Z")
    publish(api, "after midnight", "2026-03-03T00:00:00Z")

    def redrawn(session: Any) -> None:
        first = session.get_one(HotspotBoundary, uuid5(named("TGP-1"), "1"))
        session.add(
            HotspotBoundary(
                id=uuid5(named("TGP-1"), "2"), hotspot_id=named("TGP-1"), version=2, geometry=first.geometry, area_m2=1,
                source_crs="EPSG:4326", valid_from=date(2026, 3, 3), imported_at=datetime(2026, 3, 1, tzinfo=UTC),
            )
        )  # fmt: skip

    change(api.url, redrawn)
    today, tomorrow = sheet(api), sheet(api, day="2026-03-03")
    assert [window["local_times"] for window in today["windows"]] == ["19:00–21:00", "23:30–01:30 (Tue)"]
    assert on_it(tomorrow) == [str(named("after midnight"))]
    assert [window["outline_version"] for window in (*today["windows"], *tomorrow["windows"])] == [1, 1, 2]


@pytest.mark.parametrize(
    ("day", "before", "first", "last", "told"),
    [
        (
            "2026-03-29",
            "2026-03-28T23:59:59Z",
            "2026-03-29T00:30:00Z",
            "2026-03-29T22:30:00Z",
            "00:30 GMT–03:30 BST",
        ),
        (
            "2026-10-25",
            "2026-10-24T22:59:59Z",
            "2026-10-24T23:30:00Z",
            "2026-10-25T23:30:00Z",
            "00:30 BST–01:30 GMT",
        ),
    ],
)
def test_the_days_the_clocks_change(
    api: Api, day: str, before: str, first: str, last: str, told: str
) -> None:
    for name, starts_at in (("before", before), ("first", first), ("last", last)):
        publish(api, name, starts_at)
    api.clock.at = datetime.fromisoformat(f"{day}T20:00:00+00:00")
    found = sheet(api, day=day)
    assert on_it(found) == [str(named("first")), str(named("last"))]
    assert found["windows"][0]["local_times"] == told
    assert "The clocks change this night." in api.get(SERGEANT, place(day=day)).text


def test_paper_is_a_disclosure_and_a_screen_is_not(api: Api) -> None:
    sheet(api)
    api.get(SERGEANT, place())
    api.get(SERGEANT, "/v1/tasking-windows", format="csv", people="no")
    looked, printed = sorted(audited(api, "windows.sheet"), key=lambda one: one.action)
    assert (looked.action, printed.action) == (Action.CONSULT, Action.DISCLOSE)
    assert printed.subjects == {"area": [str(named("NORTH"))], "window": [str(named("WINDOW-1"))]}
    (filed,) = audited(api, "windows.file")
    assert (filed.action, filed.subjects) == (Action.DISCLOSE, {"window": [str(named("WINDOW-1"))]})


def lines(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(StringIO(text.removeprefix("\ufeff"))))


COLUMNS = [
    "window_id", "state", "revision", "hotspot_id", "hotspot_code", "hotspot_name", "hotspot_kind", "area_id",
    "area_code", "area_name", "team_id", "team_code", "team_name", "starts_at_local", "ends_at_local",
    "starts_at_utc", "ends_at_utc", "required_minutes", "collar_numbers",
]  # fmt: skip


def test_the_file_for_a_briefing_system(api: Api) -> None:
    officers = [str(named("4102")), str(named(OFFICER))]
    publish(api, "in summer", "2026-06-01T18:00:00Z", officer_ids=officers)
    publish(api, "draft", "2026-06-01T20:00:00Z", state="PLANNED")
    change(api.url, lambda session: setattr(session.get_one(Hotspot, named("TGP-1")), "name", "=1+1"))
    answered = api.get(SERGEANT, "/v1/tasking-windows", format="csv")
    assert answered.headers["content-disposition"] == 'attachment; filename="tasking-windows.csv"'
    found = lines(answered.text)
    assert list(found[0]) == COLUMNS
    assert [row["window_id"] for row in found] == [str(named("WINDOW-1")), str(named("in summer"))]
    summer = found[1]
    assert (summer["starts_at_local"], summer["starts_at_utc"]) == (
        "2026-06-01T19:00:00+01:00", "2026-06-01T18:00:00Z",
    )  # fmt: skip
    assert (summer["hotspot_code"], summer["hotspot_name"], summer["team_name"]) == (
        "TGP-1",
        "'=1+1",
        "Team NORTH-1",
    )
    assert (summer["collar_numbers"], found[0]["collar_numbers"]) == ("4101 4102", "")
    without = lines(api.get(SERGEANT, "/v1/tasking-windows", format="csv", people="no").text)
    assert list(without[0]) == COLUMNS[:-1]
    accepted = api.client.get("/v1/tasking-windows", headers=api.as_officer(SERGEANT, Accept="text/csv"))
    assert lines(accepted.text) == found
    drafts = lines(api.get(PLANNER, "/v1/tasking-windows", format="csv", state="PLANNED").text)
    assert [row["state"] for row in drafts] == ["PLANNED"]
    (logged,) = [one for one in audited(api, "windows.file") if "officer" in one.subjects][:1]
    assert logged.subjects["officer"] == sorted(officers)


def test_the_file_holds_what_its_reader_may_see(api: Api) -> None:
    publish(api, "south's", "2026-03-02T20:00:00Z", **south())
    for collar, names in ((SERGEANT, ["WINDOW-1"]), (PLANNER, ["WINDOW-1", "south's"]), ("7101", [])):
        found = lines(api.get(collar, "/v1/tasking-windows", format="csv").text)
        assert [row["window_id"] for row in found] == [str(named(name)) for name in names]
    api.clock.forward(days=1)
    assert lines(api.get(PLANNER, "/v1/tasking-windows", format="csv").text) == []
    past = api.get(PLANNER, "/v1/tasking-windows", format="csv", **{"from": "2026-03-02T00:00:00Z"})
    assert len(lines(past.text)) == 2
