"""The planner's story over HTTP: a window made, changed, published, moved and called off, and who reads of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session, select

from app.audit.models import AuditEvent
from app.database.engine import open_engine
from app.database.session import reading
from tests.conftest import Api, named

PLANNER, SERGEANT, OFFICER, AUDITOR = "4131", "4111", "4101", "4133"
NEW = named("a new window")
PATH = f"/v1/tasking-windows/{NEW}"


def window(**changes: object) -> dict[str, object]:
    return {
        "hotspot_id": str(named("TGP-1")),
        "team_id": str(named("NORTH-1")),
        "starts_at": "2026-03-03T19:00:00Z",
        "officer_ids": [str(named("4101"))],
        "state": "PLANNED",
        **changes,
    }


def audited(api: Api, operation: str) -> list[AuditEvent]:
    engine = open_engine(api.url)
    with reading(engine) as session:
        found = _events(session, operation)
    engine.dispose()
    return found


def _events(session: Session, operation: str) -> list[AuditEvent]:
    return list(session.exec(select(AuditEvent).where(AuditEvent.operation == operation)).all())


def listed(api: Api, collar: str, **filters: object) -> list[str]:
    answer = api.get(collar, "/v1/tasking-windows", **filters)
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["windows"]]


def test_a_window_is_made_once_however_often_it_is_sent(api: Api) -> None:
    first = api.put(PLANNER, PATH, window())
    assert first.status_code == 201, first.text
    assert first.headers["etag"] == '"1"'
    made = first.json()
    assert (made["ends_at"], made["required_minutes"], made["state"]) == (
        "2026-03-03T21:00:00Z",
        60,
        "PLANNED",
    )
    assert [officer["collar_number"] for officer in made["officers"]] == ["4101"]
    again = api.put(PLANNER, PATH, window(ends_at="2026-03-03T22:00:00+01:00", required_minutes=60))
    assert again.status_code == 200
    assert again.json() == made
    other = api.put(PLANNER, PATH, window(required_minutes=45))
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    assert len(audited(api, "windows.made")) == 1


def test_hotspot_team_and_officers_are_the_forces_own(api: Api) -> None:
    foreign = window(hotspot_id=str(named("TGP-9")))
    assert api.put(PLANNER, PATH, foreign).json()["errors"] == [
        {"pointer": "/hotspot_id", "code": "unknown", "detail": "is no hotspot of the force on that day"}
    ]
    every = api.put(
        PLANNER,
        PATH,
        window(team_id=str(named("OTHER-1")), officer_ids=[str(named("7101"))], required_minutes=121),
    )
    assert every.status_code == 422
    assert {error["pointer"] for error in every.json()["errors"]} == {
        "/required_minutes",
        "/team_id",
        "/officer_ids",
    }


@pytest.mark.parametrize("collar", [OFFICER, SERGEANT, AUDITOR])
def test_only_planners_plan(api: Api, collar: str) -> None:
    refused = api.put(collar, PATH, window())
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert len(audited(api, "force:windows:plan")) == 1


def test_a_change_names_the_revision_and_the_reason_and_is_kept(api: Api) -> None:
    api.put(PLANNER, PATH, window())
    later = window(starts_at="2026-03-03T20:00:00Z", officer_ids=[])
    assert api.put(PLANNER, PATH, later, **{"If-Match": '"1"'}).json()["errors"][0]["pointer"] == "/reason"
    later["reason"] = "Offences are later on Tuesdays."
    changed = api.put(PLANNER, PATH, later, **{"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    replay = api.put(PLANNER, PATH, later, **{"If-Match": '"1"'})
    assert (replay.status_code, replay.json()) == (200, changed.json())
    stale = api.put(PLANNER, PATH, {**later, "required_minutes": 30}, **{"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition-failed")
    assert api.put(PLANNER, PATH, later, **{"If-Match": "2"}).status_code == 422
    history = api.get(PLANNER, PATH).json()["changes"]
    assert [(each["revision"], each["change"], each["changed_by"]) for each in history] == [
        (1, "made", PLANNER),
        (2, "changed", PLANNER),
    ]
    assert history[0]["plan"]["officer_ids"] == [str(named("4101"))]
    assert history[1]["plan"]["officer_ids"] == []
    # The making, sent again after the change, is still what was made.
    assert api.put(PLANNER, PATH, window()).status_code == 200


def test_drafts_are_for_planners_and_published_windows_for_supervisors(api: Api) -> None:
    api.put(PLANNER, PATH, window())
    assert str(NEW) in listed(api, PLANNER)
    assert str(NEW) not in listed(api, SERGEANT)
    assert api.get(SERGEANT, PATH).status_code == 404
    published = api.put(PLANNER, f"{PATH}/publish", {})
    assert published.json()["state"] == "PUBLISHED"
    assert published.json()["published_at"] == "2026-03-02T18:30:00Z"
    assert api.put(PLANNER, f"{PATH}/publish", {}).json() == published.json()
    assert str(NEW) in listed(api, SERGEANT)
    assert api.get(SERGEANT, PATH).status_code == 200
    assert listed(api, "4112") == []
    assert listed(api, "7101") == []
    assert api.get(OFFICER, "/v1/tasking-windows").status_code == 403
    seen = audited(api, "windows.list")
    assert any(event.subjects == {"window": sorted([str(NEW), str(named("WINDOW-1"))])} for event in seen)


def test_a_published_window_is_not_edited_into_another(api: Api) -> None:
    api.put(PLANNER, PATH, window(state="PUBLISHED"))
    elsewhere = window(
        state="PUBLISHED",
        starts_at="2026-03-03T20:00:00Z",
        ends_at="2026-03-03T21:00:00Z",
        reason="Too early.",
    )
    refused = api.put(PLANNER, PATH, elsewhere, **{"If-Match": '"1"'})
    assert [(error["pointer"], error["code"]) for error in refused.json()["errors"]] == [
        ("/starts_at", "move-instead")
    ]
    crew = window(state="PUBLISHED", officer_ids=[str(named("4102"))], reason="4101 is in court.")
    assert api.put(PLANNER, PATH, crew, **{"If-Match": '"1"'}).status_code == 200


def test_cancelling_keeps_the_row_and_its_reason(api: Api) -> None:
    api.put(PLANNER, PATH, window(state="PUBLISHED"))
    assert api.put(PLANNER, f"{PATH}/cancel", {}).status_code == 422
    gone = api.put(PLANNER, f"{PATH}/cancel", {"reason": "March route changed."})
    assert (gone.status_code, gone.json()["state"]) == (200, "CANCELLED")
    assert api.put(PLANNER, f"{PATH}/cancel", {"reason": "March route changed."}).json() == gone.json()
    other = api.put(PLANNER, f"{PATH}/cancel", {"reason": "No staff."})
    assert (other.status_code, other.json()["code"]) == (409, "window-fixed")
    last = api.get(SERGEANT, PATH).json()["changes"][-1]
    assert (last["change"], last["reason"], last["changed_by"]) == (
        "cancelled",
        "March route changed.",
        PLANNER,
    )
    assert audited(api, "windows.cancelled")[0].reason == "March route changed."
    assert api.client.get("/problems/window-fixed").status_code == 200


def test_moving_leaves_both_windows_standing(api: Api) -> None:
    api.put(PLANNER, PATH, window(state="PUBLISHED"))
    new_id = named("moved to")
    move = {"reason": "Match moved to Wednesday.", "new_id": str(new_id), "starts_at": "2026-03-04T17:30:00Z"}
    moved = api.put(PLANNER, f"{PATH}/move", move)
    assert moved.status_code == 200, moved.text
    old, new = moved.json()["window"], moved.json()["moved_to"]
    assert (old["state"], old["moved_to_id"]) == ("MOVED", str(new_id))
    assert (new["state"], new["ends_at"]) == ("PUBLISHED", "2026-03-04T19:30:00Z")
    assert new["officers"] == old["officers"]
    assert api.put(PLANNER, f"{PATH}/move", move).json() == moved.json()
    again = api.put(PLANNER, f"{PATH}/move", {**move, "starts_at": "2026-03-04T18:30:00Z"})
    assert (again.status_code, again.json()["code"]) == (409, "window-fixed")
    assert listed(api, SERGEANT, **{"from": "2026-03-03T00:00:00Z"}) == [str(NEW), str(new_id)]
    past = {**move, "new_id": str(named("other")), "starts_at": "2026-03-01T17:30:00Z"}
    assert (
        api.put(PLANNER, f"/v1/tasking-windows/{new_id}/move", past).json()["errors"][0]["code"]
        == "not-ahead"
    )


def test_a_window_that_has_begun_is_no_longer_called_off_or_moved(api: Api) -> None:
    path = f"/v1/tasking-windows/{named('WINDOW-1')}"
    api.clock.at = datetime.fromisoformat("2026-03-02T19:00:00+00:00")
    for verb, body in (
        ("cancel", {"reason": "Nobody came."}),
        ("move", {"reason": "Late.", "new_id": str(NEW), "starts_at": "2026-03-02T20:00:00Z"}),
    ):
        refused = api.put(PLANNER, f"{path}/{verb}", body)
        assert (refused.status_code, refused.json()["code"]) == (409, "window-fixed")


def test_the_plan_is_read_in_pages(api: Api) -> None:
    ids: list[UUID] = [named(f"window {number}") for number in range(5)]
    for each in ids:
        api.put(PLANNER, f"/v1/tasking-windows/{each}", window(state="PUBLISHED", officer_ids=[]))
    found: list[str] = []
    cursor: Any = None
    while True:
        filters = {"limit": 2, "from": "2026-03-03T00:00:00Z", **({"cursor": cursor} if cursor else {})}
        page = api.get(SERGEANT, "/v1/tasking-windows", **filters).json()
        found += [each["id"] for each in page["windows"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == sorted(str(each) for each in ids)
    assert listed(api, SERGEANT, state="CANCELLED") == []
    assert listed(api, SERGEANT, area_id=named("SOUTH")) == []
    assert len(listed(api, SERGEANT, area_id=named("FORCE"))) == 6
    assert len(listed(api, SERGEANT, to="2026-03-02T19:00:01Z", team_id=named("NORTH-1"))) == 1
    assert api.get(SERGEANT, "/v1/tasking-windows", cursor="nonsense").status_code == 422
    assert api.get(SERGEANT, "/v1/tasking-windows", **{"from": "2026-03-02"}).status_code == 422
