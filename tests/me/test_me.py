"""The phone's first questions over HTTP: who am I, what am I to do, what is the time."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid5

import pytest
from shapely import MultiPolygon, Point, box
from sqlmodel import select

from app.areas.models import Briefing, HotspotBoundary, Membership
from app.audit.models import AuditEvent
from app.database.engine import open_engine
from app.database.model import Table
from app.database.session import reading, transaction
from tests.conftest import SQUARE, Api, named

PLANNER, SERGEANT, OFFICER, COLLEAGUE, SOUTHERNER = "4131", "4111", "4101", "4102", "4103"
WINDOW = str(named("WINDOW-1"))
PATH = "/v1/me/tasking"


def tasking(api: Api, collar: str) -> dict[str, Any]:
    answer = api.get(collar, PATH)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def windows(api: Api, collar: str) -> list[str]:
    return [each["id"] for each in tasking(api, collar)["windows"]]


def again(api: Api, collar: str, etag: str) -> Any:
    return api.client.get(PATH, headers=api.as_officer(collar, **{"If-None-Match": etag}))


def keep(api: Api, *rows: Table) -> None:
    engine = open_engine(api.url)
    with transaction(engine) as session:
        for row in rows:
            session.add(row)
            session.flush()
    engine.dispose()


def logged(api: Api) -> list[AuditEvent]:
    engine = open_engine(api.url)
    with reading(engine) as session:
        found = list(session.exec(select(AuditEvent).where(AuditEvent.operation == "me.tasking")).all())
    engine.dispose()
    return found


def test_who_the_service_takes_me_for(api: Api) -> None:
    me = api.get(SERGEANT, "/v1/me").json()
    assert (me["collar_number"], me["kind"], me["rank"], me["rank_label"]) == (
        SERGEANT,
        "CONSTABLE",
        "SGT",
        "Sergeant",
    )
    assert me["roles"] == ["OFFICER", "SUPERVISOR"]
    assert "own:patrols:record" in me["permissions"]
    assert (me["team"]["code"], me["force"]["code"]) == ("NORTH-1", "FORCE")
    assert api.get(PLANNER, "/v1/me").json()["team"] is None
    assert api.client.get("/v1/me").status_code == 401


def test_the_time_needs_no_login(api: Api) -> None:
    answer = api.client.get("/v1/time")
    assert (answer.status_code, answer.json()) == (200, {"now": "2026-03-02T18:30:00Z"})


def test_one_answer_holds_the_whole_shift(api: Api) -> None:
    found = tasking(api, OFFICER)
    (window,) = found["windows"]
    assert (window["id"], window["starts_at"], window["required_minutes"]) == (
        WINDOW,
        "2026-03-02T19:00:00Z",
        60,
    )
    assert window["by_name"] is False
    place = window["hotspot"]
    assert (place["code"], place["kind_label"]) == ("TGP-1", "TGP area: violence")
    assert place["boundary"]["type"] == "MultiPolygon"
    ((ring,),) = place["boundary"]["coordinates"]
    assert {tuple(point) for point in ring} == {tuple(point) for point in box(*SQUARE).exterior.coords}
    assert (window["briefing"]["owner"], window["briefing"]["plan_reference"]) == (
        "Sector inspector",
        "PMP-1",
    )
    assert found["open_patrol"] is None
    assert found["advice"] == {"report_every_seconds": 30, "batch_every_seconds": 120, "stop": False}
    assert found["minimum_app_version"] == "1.0.0"
    assert {code["code"]: code["plain_label"] for code in found["reference"]["patrol_statuses"]}[
        "unverified"
    ] == "GPS incomplete"
    assert "18:30" not in api.get(OFFICER, PATH).text


def test_who_is_tasked_with_what(api: Api) -> None:
    assert windows(api, SERGEANT) == [WINDOW]
    assert windows(api, SOUTHERNER) == []
    assert windows(api, "7101") == []
    assert api.get(PLANNER, PATH).status_code == 403
    by_name = {
        "hotspot_id": str(named("TGP-2")),
        "team_id": str(named("SOUTH-1")),
        "starts_at": "2026-03-02T22:00:00Z",
        "officer_ids": [str(named(OFFICER))],
        "state": "PUBLISHED",
    }
    lent = str(named("lent to the south"))
    api.put(PLANNER, f"/v1/tasking-windows/{lent}", by_name)
    assert windows(api, OFFICER) == [WINDOW, lent]
    assert windows(api, COLLEAGUE) == [WINDOW]
    assert windows(api, SOUTHERNER) == []
    draft = {**by_name, "state": "PLANNED", "officer_ids": []}
    api.put(PLANNER, f"/v1/tasking-windows/{named('draft')}", draft)
    assert windows(api, SOUTHERNER) == []


@pytest.mark.parametrize(
    ("at", "seen"),
    [
        (datetime(2026, 3, 2, 6, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 3, 2, 7, 0, tzinfo=UTC), True),
        (datetime(2026, 3, 3, 4, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 3, 5, 0, tzinfo=UTC), False),
    ],
)
def test_a_crew_knows_its_window_from_twelve_hours_before(api: Api, at: datetime, seen: bool) -> None:
    api.clock.at = at
    assert (windows(api, OFFICER) == [WINDOW]) is seen


def test_nothing_new_is_a_304_and_is_not_logged_again(api: Api) -> None:
    first = api.get(OFFICER, PATH)
    assert first.headers["cache-control"] == "private, no-cache"
    api.clock.forward(minutes=10)
    for etag in (first.headers["etag"], f"W/{first.headers['etag']}", f'"other", {first.headers["etag"]}'):
        same = again(api, OFFICER, etag)
        assert (same.status_code, same.content) == (304, b"")
        assert same.headers["etag"] == first.headers["etag"]
    assert again(api, OFFICER, '"other"').status_code == 200
    assert [event.subjects for event in logged(api)] == [{"window": [WINDOW]}] * 2


def test_a_window_called_off_or_moved_is_news(api: Api) -> None:
    etag = api.get(OFFICER, PATH).headers["etag"]
    move = {"reason": "Match moved.", "new_id": str(named("later")), "starts_at": "2026-03-02T21:30:00Z"}
    assert api.put(PLANNER, f"/v1/tasking-windows/{WINDOW}/move", move).status_code == 200
    moved = again(api, OFFICER, etag)
    assert (moved.status_code, [each["id"] for each in moved.json()["windows"]]) == (
        200,
        [str(named("later"))],
    )
    api.put(PLANNER, f"/v1/tasking-windows/{named('later')}/cancel", {"reason": "Match called off."})
    gone = again(api, OFFICER, moved.headers["etag"])
    assert (gone.status_code, gone.json()["windows"]) == (200, [])


def test_a_new_briefing_is_news(api: Api) -> None:
    etag = api.get(OFFICER, PATH).headers["etag"]
    keep(
        api,
        Briefing(
            id=uuid5(named("TGP-1"), "b2"),
            hotspot_id=named("TGP-1"),
            version=2,
            why_here="Robberies moved to the bus station.",
            owner="Sector inspector",
            written_at=datetime(2026, 3, 2, 18, tzinfo=UTC),
        ),
    )
    news = again(api, OFFICER, etag)
    assert news.status_code == 200
    assert news.json()["windows"][0]["briefing"]["why_here"] == "Robberies moved to the bus station."


def test_the_outline_is_the_one_in_force_when_the_window_begins(api: Api) -> None:
    def outline(version: int, valid_from: date) -> HotspotBoundary:
        return HotspotBoundary(
            id=uuid5(named("TGP-1"), str(version)),
            hotspot_id=named("TGP-1"),
            version=version,
            geometry=MultiPolygon([Point(-1.9, 52.48).buffer(0.01 * version)]),
            area_m2=1,
            source_crs="EPSG:4326",
            valid_from=valid_from,
            imported_at=datetime(2026, 3, 1, tzinfo=UTC),
        )

    keep(api, outline(2, date(2026, 3, 2)), outline(3, date(2026, 3, 3)))
    place = tasking(api, OFFICER)["windows"][0]["hotspot"]
    assert place["boundary_version"] == 2
    assert max(len(str(lon).partition(".")[2]) for lon, _ in place["boundary"]["coordinates"][0][0]) <= 7


def test_who_leaves_the_team_sees_it_at_once(api: Api) -> None:
    etag = api.get(OFFICER, PATH).headers["etag"]
    engine = open_engine(api.url)
    with transaction(engine) as session:
        session.get_one(Membership, uuid5(named(OFFICER), "team")).valid_to = date(2026, 3, 2)
    engine.dispose()
    left = again(api, OFFICER, etag)
    assert (left.status_code, left.json()["windows"]) == (200, [])
    assert api.get(OFFICER, "/v1/me").json()["team"] is None


def test_my_open_patrol_is_found_again_on_another_phone(api: Api) -> None:
    etag = api.get(OFFICER, PATH).headers["etag"]
    patrol = named("my patrol")
    check_in = {
        "checked_in_at": "2026-03-02T18:30:00Z",
        "device_id": str(named("phone")),
        "programme": "TGP_SCHEDULED",
        "window_id": WINDOW,
        "uniform_state": "UNIFORM",
        "mode": "FOOT",
    }
    assert api.put(OFFICER, f"/v1/patrols/{patrol}", check_in).status_code == 201
    news = again(api, OFFICER, etag)
    assert news.json()["open_patrol"] == {
        "id": str(patrol),
        "checked_in_at": "2026-03-02T18:30:00Z",
        "window_id": WINDOW,
    }
    assert tasking(api, COLLEAGUE)["open_patrol"] is None
    ended = api.clock.forward(minutes=5) - timedelta(minutes=1)
    check_out = {"checked_out_at": ended.isoformat().replace("+00:00", "Z")}
    api.put(OFFICER, f"/v1/patrols/{patrol}/check-out", check_out)
    assert tasking(api, OFFICER)["open_patrol"] is None


def test_what_forms_offer_is_an_answer_of_its_own_that_seldom_changes(api: Api) -> None:
    held = api.get(OFFICER, "/v1/me/forms")
    assert held.headers["etag"] == tasking(api, OFFICER)["forms_etag"]
    forms = held.json()
    search = forms["activities"][0]
    assert (search["kind"], search["kind_label"], search["level"]) == (
        "STOP_SEARCH",
        "stop and search",
        "reference",
    )
    assert search["fields"]["outcome_code"] == "search_outcomes"
    offered = forms["reference"]
    assert {name for each in forms["activities"] for name in each["fields"].values()} <= set(offered)
    assert {"reach_bands", "minority_groups", "agencies", "abstraction_reasons", "post_roles"} <= set(offered)
    assert all(offered.values()), [name for name, codes in offered.items() if not codes]
    # Why one leaves a patrol is with the patrol's own words.
    assert "ARREST_MADE" in {code["code"] for code in tasking(api, OFFICER)["reference"]["reasons"]}
    # A shift that changes is not slowed down by 70 kB that do not.
    assert len(api.get(OFFICER, PATH).content) < 20_000 < len(held.content) < 90_000
    headers = api.as_officer(OFFICER, **{"If-None-Match": held.headers["etag"]})
    same = api.client.get("/v1/me/forms", headers=headers)
    assert (same.status_code, same.content) == (304, b"")


def test_a_forces_own_words_and_wishes_are_other_forms(api: Api) -> None:
    before = tasking(api, OFFICER)["forms_etag"]
    for kind, text in (
        ("reference", "list,code,label,valid_from\nsearch_outcomes,COMMUNITY,Community remedy,2026-03-02\n"),
        ("activity-rules", "kind,level,valid_from\nARREST,record,2026-03-02\n"),
    ):
        headers = api.as_officer("4134", **{"Content-Type": "text/csv"})
        answer = api.client.post(f"/v1/imports/{kind}", content=text.encode(), headers=headers)
        assert answer.json()["applied"], answer.text
        assert tasking(api, OFFICER)["forms_etag"] != before
        before = tasking(api, OFFICER)["forms_etag"]
    forms = api.get(OFFICER, "/v1/me/forms").json()
    assert "COMMUNITY" in {code["code"] for code in forms["reference"]["search_outcomes"]}
    assert [each["level"] for each in forms["activities"] if each["kind"] == "ARREST"] == ["record"]
    # The other force's are as they were built in.
    assert "Community remedy" not in api.get("7101", "/v1/me/forms").text
