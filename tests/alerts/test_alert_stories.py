"""Each kind of alert from raised to mended, through HTTP: the officer sees it first, the supervisor what lasts."""

from datetime import timedelta
from typing import Any

from app.clock import rfc3339
from app.identity.permissions import Role
from tests.alerts.ticks import alerts, at, digest, kinds, stored, task, tick
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START, batch, batch_path, check_in, patrol_path
from tests.people import join

OFFICER, COLLEAGUE, SERGEANT, SOUTHERN, COMMANDER, PLANNER = "4101", "4102", "4111", "4112", "4121", "4131"


def out(api: Api, minutes: float, patrol: str = "patrol-1") -> None:
    ended = {"checked_out_at": rfc3339(START + timedelta(minutes=minutes))}
    assert api.put(OFFICER, f"{patrol_path(patrol)}/check-out", ended).status_code == 201


def reports(api: Api, sequence: int, from_minute: float, to_minute: float) -> None:
    body = batch(sequence, from_minute, to_minute - from_minute)
    assert api.put(OFFICER, batch_path(f"b{sequence}"), body).status_code == 201


def by_name(api: Api) -> None:
    """4101 is tasked with WINDOW-1, well ahead."""
    api.clock.at = START - timedelta(hours=30)
    task(api, "WINDOW-1", OFFICER)


def test_nobody_checked_in_is_for_those_tasked_first_and_over_when_somebody_does(api: Api) -> None:
    by_name(api)
    at(api, 19)
    assert kinds(api, OFFICER) == []
    at(api, 20)
    assert kinds(api, OFFICER) == ["NO_CHECK_IN"]
    (mine,) = alerts(api, OFFICER)
    assert mine["yours"] and "Hotspot TGP-1 began at 19:00" in mine["message"]
    for collar in (SERGEANT, COMMANDER, COLLEAGUE, SOUTHERN, PLANNER):
        assert alerts(api, collar) == [], collar
    assert digest(api, SERGEANT) == {}
    at(api, 40)
    assert kinds(api, SERGEANT) == kinds(api, COMMANDER) == ["NO_CHECK_IN"]
    assert alerts(api, COLLEAGUE) == alerts(api, SOUTHERN) == alerts(api, PLANNER) == []
    team = digest(api, SERGEANT)
    assert (team["open"], team["new_since"], team["cleared_since"]) == (1, 1, 0)
    assert [line["message"] for line in team["items"]] == [
        "Hotspot TGP-1, Mon 2 Mar at 19:00: nobody has checked in yet."
    ]
    assert digest(api, COMMANDER)["open"] == 1 and digest(api, COMMANDER)["items"] == []
    late = check_in(checked_in_at=rfc3339(START + timedelta(minutes=45)))
    api.clock.at = START + timedelta(minutes=45)
    assert api.put(OFFICER, patrol_path(), late).status_code == 201
    at(api, 46)
    assert kinds(api, OFFICER) == kinds(api, SERGEANT) == []
    (over,) = alerts(api, SERGEANT, open="false")
    assert (over["cleared_because"], over["cleared_label"]) == ("CHECKED_IN", "Somebody checked in")
    assert digest(api, SERGEANT)["cleared_since"] == 1


def test_what_is_mended_in_time_is_never_told(api: Api) -> None:
    by_name(api)
    at(api, 21)
    api.put(OFFICER, patrol_path(), check_in(checked_in_at=rfc3339(START + timedelta(minutes=22))))
    at(api, 25)
    at(api, 60)
    assert [each["cleared_because"] for each in alerts(api, OFFICER, open="false")] == ["CHECKED_IN"]
    assert alerts(api, SERGEANT, kind="NO_CHECK_IN") == []
    assert digest(api, SERGEANT).get("cleared_since", 0) == 0


def test_a_windows_alert_goes_with_those_tasked_and_is_a_teams_at_once_without_names(api: Api) -> None:
    api.clock.at = START - timedelta(hours=30)
    at(api, 20)
    assert kinds(api, OFFICER) == []
    assert kinds(api, SERGEANT) == ["NO_CHECK_IN"]
    assert kinds(api, SOUTHERN) == []


def test_nobody_named_is_the_supervisors_and_the_planners(api: Api) -> None:
    api.clock.at = START - timedelta(days=3)
    task(api, "EARLIER", OFFICER, starts_at="2026-03-01T19:00:00Z", ends_at="2026-03-01T21:00:00Z")
    at(api, -24 * 60 - 1)
    assert kinds(api, SERGEANT, kind="WINDOW_UNASSIGNED") == []
    at(api, -24 * 60)
    for collar in (SERGEANT, COMMANDER, PLANNER):
        assert "WINDOW_UNASSIGNED" in kinds(api, collar), collar
    assert kinds(api, OFFICER, kind="WINDOW_UNASSIGNED") == kinds(api, SOUTHERN) == []
    assert {each["kind"] for each in alerts(api, PLANNER)} == {"WINDOW_UNASSIGNED"}
    (line,) = digest(api, PLANNER)["items"]
    assert line["message"] == "Hotspot TGP-1, Mon 2 Mar at 19:00: nobody is going yet."
    task(api, "WINDOW-1", COLLEAGUE)
    tick(api)
    (over,) = alerts(api, SERGEANT, kind="WINDOW_UNASSIGNED")
    assert over["cleared_because"] == "ASSIGNED"


def test_a_window_given_to_another_team_is_that_teams_alert(api: Api) -> None:
    api.clock.at = START - timedelta(days=3)
    for number, team in enumerate(("NORTH-1", "SOUTH-1")):
        task(
            api, f"EARLIER-{number}", OFFICER, team=team, starts_at="2026-03-01T19:00:00Z",
            ends_at="2026-03-01T21:00:00Z",
        )  # fmt: skip
    unassigned = {"kind": "WINDOW_UNASSIGNED"}
    at(api, -600)
    assert (len(kinds(api, SERGEANT, **unassigned)), kinds(api, SOUTHERN, **unassigned)) == (1, [])
    task(api, "WINDOW-1", team="SOUTH-1")
    tick(api)
    assert (kinds(api, SERGEANT, **unassigned), len(kinds(api, SOUTHERN, **unassigned))) == ([], 1)
    assert alerts(api, SERGEANT, **unassigned)[0]["cleared_because"] == "NO_LONGER"


def test_a_cancelled_and_a_moved_window_need_nobody(api: Api) -> None:
    api.clock.at = START - timedelta(days=3)
    task(api, "EARLIER", OFFICER, starts_at="2026-03-01T19:00:00Z", ends_at="2026-03-01T21:00:00Z")
    task(api, "WINDOW-M", starts_at="2026-03-02T19:00:00Z", ends_at="2026-03-02T21:00:00Z")
    at(api, -600)
    assert len(kinds(api, SERGEANT, kind="WINDOW_UNASSIGNED")) == 2
    for name, act, body in (
        ("WINDOW-1", "cancel", {"reason": "No staff."}),
        ("WINDOW-M", "move", {"reason": "A fair.", "new_id": str(named("M2")), "starts_at": "2026-03-04T19:00:00Z"}),
    ):  # fmt: skip
        path = f"/v1/tasking-windows/{named(name)}"
        etag = api.get(PLANNER, path).headers["etag"]
        assert api.put(PLANNER, f"{path}/{act}", body, **{"If-Match": etag}).status_code in (200, 201)
    tick(api)
    over = alerts(api, SERGEANT, kind="WINDOW_UNASSIGNED", open="false")
    assert {(each["window_id"], each["cleared_because"]) for each in over} == {
        (str(named("WINDOW-1")), "CANCELLED"),
        (str(named("WINDOW-M")), "MOVED"),
    }
    assert kinds(api, SERGEANT, kind="WINDOW_UNASSIGNED") == []


def test_a_silent_phone_is_its_officers_and_nothing_of_where_goes_further(api: Api) -> None:
    api.clock.at = START
    api.put(OFFICER, patrol_path(), check_in())
    api.clock.at = START + timedelta(minutes=10)
    reports(api, 0, 0, 10)
    at(api, 24)
    assert kinds(api, OFFICER) == []
    at(api, 30)
    (mine,) = alerts(api, OFFICER)
    assert mine["message"].startswith("Your phone has sent no position for 20 minutes.")
    assert alerts(api, SERGEANT) == []
    at(api, 61)
    assert kinds(api, SERGEANT) == ["SILENT_PHONE"]
    text = api.get(SERGEANT, "/v1/alerts").text + api.get(SERGEANT, "/v1/alerts/digest").text
    assert OFFICER not in text and str(named(OFFICER)) not in text
    assert not any(word in text for word in ("lat", "lon", "minutes", "since_at", "TGP-1"))
    reports(api, 1, 10, 60)
    at(api, 62)
    (over,) = alerts(api, OFFICER)
    assert (over["id"], over["cleared_because"]) == (mine["id"], "REPORTING")
    at(api, 76)
    (again, _first) = alerts(api, OFFICER)
    assert again["open"] and again["id"] != mine["id"]
    out(api, 76)
    at(api, 77)
    assert alerts(api, OFFICER)[0]["cleared_because"] == "CHECKED_OUT"


def test_a_forgotten_check_out_is_asked_of_its_officer_for_a_night(api: Api) -> None:
    api.clock.at = START
    api.put(OFFICER, patrol_path(), check_in())
    api.clock.at = START + timedelta(minutes=110)
    reports(api, 0, 0, 110)
    at(api, 135)
    assert kinds(api, OFFICER) == ["FORGOTTEN_CHECK_OUT"]
    at(api, 151)
    assert api.get(OFFICER, patrol_path()).json()["closed_by"] == "auto"
    (mine,) = alerts(api, OFFICER, open="true")
    assert kinds(api, SERGEANT) == []
    at(api, 135 + 12 * 60)
    assert [each["id"] for each in alerts(api, SERGEANT)] == [mine["id"]]
    (line,) = digest(api, SERGEANT)["items"]
    assert line["message"] == "A patrol of Mon 2 Mar: no check-out yet; its officer was asked."
    out(api, 112)
    tick(api)
    assert alerts(api, OFFICER)[0]["cleared_because"] == "CHECKED_OUT"
    assert kinds(api, SERGEANT) == []


def test_a_patrol_taken_back_needs_nobody(api: Api) -> None:
    api.clock.at = START
    api.put(OFFICER, patrol_path(), check_in())
    at(api, 20)
    assert kinds(api, OFFICER) == ["SILENT_PHONE"]
    assert api.put(OFFICER, f"{patrol_path()}/void", {"reason": "Wrong button."}).status_code in (200, 201)
    tick(api)
    assert alerts(api, OFFICER)[0]["cleared_because"] == "VOIDED"
    # Their own window has nobody again, and it is the team's.
    assert kinds(api, SERGEANT) == ["NO_CHECK_IN"]


def test_a_window_that_waits_for_a_decision_asks_its_supervisors_until_there_is_one(api: Api) -> None:
    at(api, 120 + 72 * 60 - 1)
    assert kinds(api, SERGEANT) == []
    at(api, 120 + 72 * 60)
    assert kinds(api, SERGEANT) == kinds(api, COMMANDER) == ["REVIEW_WAITING"]
    assert kinds(api, PLANNER) == kinds(api, OFFICER) == kinds(api, SOUTHERN) == []
    decision = {"decision": "REASON", "basis": 0, "reason_code": "NO_STAFF", "note": "Two were ill."}
    path = f"/v1/tasking-windows/{named('WINDOW-1')}/reviews/{named('review')}"
    assert api.put(SERGEANT, path, decision).status_code == 201
    tick(api)
    assert alerts(api, SERGEANT)[0]["cleared_because"] == "DECIDED"


def test_a_dispute_that_nobody_answers_asks_after_two_days(api: Api) -> None:
    api.clock.at = START
    api.put(OFFICER, patrol_path(), check_in(None))
    api.clock.at = START + timedelta(minutes=30)
    reports(api, 0, 0, 30)
    out(api, 30)
    api.clock.at = START + timedelta(days=5)
    tick(api)
    assert kinds(api, SERGEANT, kind="REVIEW_WAITING") == ["REVIEW_WAITING"], "of WINDOW-1 alone"
    dispute = {"kind": "DISPUTE", "text": "I was there longer.", "disputes_assessment": 1}
    path = f"{patrol_path()}/explanations/{named('e')}"
    assert api.put(OFFICER, path, dispute).status_code == 201
    api.clock.forward(hours=47)
    tick(api)
    assert len(kinds(api, SERGEANT)) == 1
    api.clock.forward(hours=1)
    tick(api)
    found = [each["patrol_id"] for each in alerts(api, SERGEANT, open="true") if each["patrol_id"]]
    assert found == [str(named("patrol-1"))]
    answer = {"decision": "STAND", "basis": 1, "answers": [str(named("e"))], "note": "Looked at it."}
    review = api.put(SERGEANT, f"{patrol_path()}/reviews/{named('r')}", answer)
    assert review.status_code == 201, review.text
    tick(api)
    (over,) = [each for each in alerts(api, SERGEANT) if each["patrol_id"]]
    assert over["cleared_because"] == "DECIDED"


def officers_first(api: Api) -> None:
    """Two hours' hold of every result."""
    text = "valid_from,threshold,value\n2026-03-01,officer_first_minutes,120\n"
    api.clock.at = START - timedelta(days=2)
    headers = api.as_officer("4134", **{"Content-Type": "text/csv"})
    done = api.client.post("/v1/imports/policies", content=text.encode(), headers=headers)
    assert done.status_code in (200, 201), done.text


def test_what_was_held_is_new_when_it_is_told_and_never_told_when_mended_before(api: Api) -> None:
    """Closed by policy at 21:31, held for a day, due to be told after half of one: asked at noon for what is new."""
    officers_first(api)
    api.clock.at = START
    for collar, name in ((OFFICER, "patrol-1"), (COLLEAGUE, "patrol-2")):
        body = check_in(device_id=str(named(f"phone-{collar}")))
        assert api.put(collar, patrol_path(name), body).status_code == 201
    at(api, 135)
    at(api, 151)
    at(api, 151 + 15 * 60)
    since = rfc3339(api.clock.at)
    ended = {"checked_out_at": rfc3339(START + timedelta(minutes=90))}
    assert api.put(COLLEAGUE, f"{patrol_path('patrol-2')}/check-out", ended).status_code == 201
    tick(api)
    at(api, 152 + 24 * 60)
    told = digest(api, SERGEANT, since=since)
    assert (told["open"], told["new_since"], told["cleared_since"]) == (1, 1, 0)
    (one,) = alerts(api, SERGEANT, kind="FORGOTTEN_CHECK_OUT")
    assert one["patrol_id"] == str(named("patrol-1")) and one["open"]


def test_where_results_are_the_officers_first_no_alert_tells_them(api: Api) -> None:
    """With two hours' hold the sergeant hears neither of a silent phone nor of what is held."""
    officers_first(api)
    api.clock.at = START
    api.put(OFFICER, patrol_path(), check_in())
    at(api, 16)
    assert kinds(api, OFFICER) == ["SILENT_PHONE"]
    at(api, 100)
    assert kinds(api, OFFICER) == ["SILENT_PHONE"] and alerts(api, SERGEANT) == []
    at(api, 151)
    assert kinds(api, OFFICER) == ["FORGOTTEN_CHECK_OUT"]
    # Closed by policy and its phone not answered: a day, whatever the night's delay of the alert.
    at(api, 151 + 13 * 60)
    assert alerts(api, SERGEANT) == []
    at(api, 152 + 24 * 60)
    assert kinds(api, SERGEANT) == ["FORGOTTEN_CHECK_OUT"]


def test_who_was_crew_on_another_patrol_is_told_of_what_is_held_no_sooner(api: Api) -> None:
    officers_first(api)
    api.clock.at = START - timedelta(hours=5)
    began = {"checked_in_at": rfc3339(api.clock.at), "device_id": str(named("phone-2"))}
    body = check_in(None, crew=[{"collar_number": SERGEANT}], **began)
    assert api.put(COLLEAGUE, patrol_path("patrol-2"), body).status_code == 201
    ended = {"checked_out_at": rfc3339(api.clock.forward(minutes=10))}
    assert api.put(COLLEAGUE, f"{patrol_path('patrol-2')}/check-out", ended).status_code == 201
    api.clock.at = START
    assert api.put(OFFICER, patrol_path(), check_in()).status_code == 201
    at(api, 151)
    at(api, 151 + 13 * 60)
    assert kinds(api, SERGEANT) == []
    at(api, 152 + 24 * 60)
    assert kinds(api, SERGEANT) == ["FORGOTTEN_CHECK_OUT"]


def test_a_supervisor_says_they_deal_with_it(api: Api) -> None:
    at(api, 20)
    (alert,) = alerts(api, SERGEANT)
    path = f"/v1/alerts/{alert['id']}/acknowledgements/{named('ack')}"
    said = api.put(SERGEANT, path, {"note": "I have called them."})
    assert said.status_code == 201, said.text
    assert api.put(SERGEANT, path, {"note": "I have called them."}).status_code == 200
    other = api.put(SERGEANT, path, {"note": "Something else."})
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    assert api.put(COMMANDER, path, {"note": "I have called them."}).json()["code"] == "id-taken"
    (one,) = said.json()["acknowledgements"]
    assert (one["by"], one["note"]) == (SERGEANT, "I have called them.")
    team = digest(api, SERGEANT)
    assert (team["open"], team["acknowledged"], team["items"][0]["acknowledged"]) == (1, 1, True)
    assert kinds(api, SERGEANT) == ["NO_CHECK_IN"], "an acknowledgement clears nothing"
    unseen = api.put(SOUTHERN, f"/v1/alerts/{alert['id']}/acknowledgements/{named('no')}", {})
    assert unseen.status_code == 404
    assert api.put(OFFICER, f"/v1/alerts/{alert['id']}/acknowledgements/{named('no')}", {}).status_code == 403


def test_nobody_acknowledges_what_they_were_not_told(api: Api) -> None:
    by_name(api)
    at(api, 20)
    (alert,) = alerts(api, OFFICER)
    path = f"/v1/alerts/{alert['id']}/acknowledgements/{named('ack')}"
    assert api.put(SERGEANT, path, {}).status_code == 404
    at(api, 40)
    assert api.put(SERGEANT, path, {}).status_code == 201
    (mine,) = alerts(api, OFFICER)
    assert [one["by"] for one in mine["acknowledgements"]] == [SERGEANT]


def test_a_digest_prints_and_says_what_is_new(api: Api) -> None:
    at(api, 20)
    page = api.get(SERGEANT, "/v1/alerts/digest", format="html")
    assert page.headers["content-type"].startswith("text/html")
    assert "Hotspot TGP-1, Mon 2 Mar at 19:00: nobody has checked in yet." in page.text
    assert "1 open, 0 being dealt with, 1 new, 0 over." in page.text
    told = api.get(SERGEANT, "/v1/alerts/digest").json()
    assert digest(api, SERGEANT, since=told["generated_at"])["new_since"] == 0
    assert "Nothing needs anybody." in api.get(SOUTHERN, "/v1/alerts/digest", format="html").text


def test_filters_and_pages(api: Api) -> None:
    api.clock.at = START - timedelta(hours=2)
    for number in range(3):
        task(api, f"MORE-{number}")
    at(api, 20)
    seen: list[str] = []
    cursor: Any = None
    while True:
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = api.get(SERGEANT, "/v1/alerts", **query).json()
        seen += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 4
    assert len(alerts(api, SERGEANT, kind="NO_CHECK_IN", team_id=str(named("NORTH-1")))) == 4
    assert alerts(api, SERGEANT, kind="SILENT_PHONE") == []
    assert alerts(api, SERGEANT, team_id=str(named("SOUTH-1"))) == []
    assert len(alerts(api, SERGEANT, area_id=str(named("FORCE")))) == 4
    assert alerts(api, SERGEANT, area_id=str(named("SOUTH"))) == []
    now = rfc3339(api.clock.at)
    assert alerts(api, SERGEANT, to=now) == [] and len(alerts(api, SERGEANT, **{"from": now})) == 4


def test_a_sergeant_who_moves_leaves_the_alerts_behind(api: Api) -> None:
    join(api.url, "6113", (Role.SUPERVISOR,), "SOUTH-1")
    at(api, 20)
    assert (kinds(api, "6113"), kinds(api, SERGEANT)) == ([], ["NO_CHECK_IN"])
    assert len(stored(api.url)) == 1
