"""Supervisors decide, told through HTTP: one window, many, patrols without a window; and a late batch overturns it."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid5

import httpx2 as httpx
import pytest
from sqlmodel import col, select

from app.clock import rfc3339
from app.database.engine import open_engine
from app.database.session import reading
from app.identity.models import RankHeld
from app.identity.permissions import Role
from app.patrols.models import CreditedSlice, Grade
from app.schedule.models import WindowAssignment
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START, batch, batch_path, check_in, patrol_path
from tests.people import change, join

WINDOW = f"/v1/tasking-windows/{named('WINDOW-1')}"


def patrol(
    api: Api,
    *spans: tuple[float, float],
    name: str = "patrol-1",
    collar: str = "4101",
    window: str | None = "WINDOW-1",
    minutes: int = 70,
    **other: Any,
) -> None:
    """A patrol that reported for some spans of minutes, ended, in a window that is over."""
    body = check_in(window, **other)
    if collar != "4101":
        body["device_id"] = str(named(f"phone-{collar}"))
    assert api.put(collar, patrol_path(name), body).status_code == 201
    api.clock.at = START + timedelta(hours=3)
    for number, (start, length) in enumerate(spans):
        fixes = batch(2 * number, start, length)
        fixes["device_id"] = body["device_id"]
        answer = api.put(collar, batch_path(f"{name}-{number}", name), fixes)
        assert answer.status_code == 201, answer.text
    ended = {"checked_out_at": rfc3339(START + timedelta(minutes=minutes))}
    assert api.put(collar, f"{patrol_path(name)}/check-out", ended).status_code == 201


def decide(api: Api, collar: str, review: str, decision: str, basis: int, **more: Any) -> httpx.Response:
    body = {"decision": decision, "basis": basis, **more}
    return api.put(collar, f"{WINDOW}/reviews/{named(review)}", body)


def due(api: Api, collar: str = "4111", **asked: Any) -> list[dict[str, Any]]:
    answer = api.get(collar, "/v1/reviews/due", **asked)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def window_now(api: Api) -> tuple[str, int]:
    span = {"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z"}
    row = api.get("4111", "/v1/compliance/windows", **span).json()["windows"][0]
    return row["status"], row["verified_minutes"]


def test_a_window_nobody_came_to_gets_a_reason_and_keeps_its_place_in_the_count(api: Api) -> None:
    api.clock.at = START + timedelta(hours=3)
    [item] = due(api)
    assert (item["id"], item["basis"], item["status"]) == (str(named("WINDOW-1")), 0, "not_attended")
    assert item["may_decide"] is True
    done = decide(api, "4111", "r1", "REASON", 0, reason_code="NO_STAFF", note="Two officers at court.")
    assert done.status_code == 201, done.text
    told = done.json()
    assert (told["status"], told["reason_label"], told["standing"]) == ("reason_accepted", "no staff", True)
    assert (
        decide(
            api, "4111", "r1", "REASON", 0, reason_code="NO_STAFF", note="Two officers at court."
        ).status_code
        == 200
    )
    assert decide(api, "4111", "r1", "STAND", 0).json()["code"] == "conflict"
    assert due(api) == []
    assert window_now(api) == ("reason_accepted", 0)
    listed = api.get("4111", f"{WINDOW}/reviews").json()["reviews"]
    assert [(row["number"], row["decided_by_collar_number"]) for row in listed] == [(1, "4111")]


def test_a_silence_is_accepted_by_somebody_and_never_becomes_evidence(api: Api) -> None:
    patrol(api, (0, 45), (52, 15))
    [item] = due(api)
    assert item["status"] == "review"
    assert (item["verified_minutes"], item["required_minutes"]) == (59, 60)
    assert decide(api, "4111", "r1", "ACCEPT", item["basis"]).json()["status"] == "accepted"
    assert window_now(api)[0] == "accepted"
    assert due(api) == []


def test_a_late_batch_overturns_what_was_decided(api: Api) -> None:
    patrol(api, (0, 45), (52, 15))
    [item] = due(api)
    decide(api, "4111", "r1", "STAND", item["basis"])
    assert window_now(api) == ("partial", 59)
    # A batch between the two, whose signal was lost until now.
    assert api.put("4101", batch_path("late"), batch(1, 45, 7)).status_code == 201
    assert window_now(api)[0] == "compliant"
    of_window, of_patrol = api.get("4101", f"{patrol_path()}/reviews").json()["reviews"]
    assert of_patrol["of_window_review"] == of_window["id"]
    for row in (of_window, of_patrol):
        assert (row["decision"], row["needs_confirmation"], row["status"]) == ("STAND", True, "compliant")
    [item] = due(api)
    assert item["needs_confirmation"] is True
    confirmed = decide(api, "4111", "r2", "STAND", item["basis"], replaces=item["latest_review"])
    assert confirmed.json()["needs_confirmation"] is False
    assert due(api) == []


def test_a_decision_pins_what_was_looked_at(api: Api) -> None:
    patrol(api, (0, 30))
    stale = decide(api, "4111", "r1", "STAND", 7)
    assert (stale.status_code, stale.json()["code"]) == (409, "basis-changed")
    assert decide(api, "4111", "r1", "STAND", 1).status_code == 201


def test_an_adjustment_stands_beside_the_evidence(api: Api) -> None:
    patrol(api, (0, 30))
    assert decide(api, "4111", "r1", "ADJUST", 1, adjusted_seconds=3600).status_code == 422
    too_long = decide(api, "4111", "r1", "ADJUST", 1, adjusted_seconds=7201, note="Body-worn video 12.")
    assert too_long.json()["errors"][0]["pointer"] == "/adjusted_seconds"
    done = decide(api, "4111", "r1", "ADJUST", 1, adjusted_seconds=3600, note="Body-worn video 12.")
    assert (done.status_code, done.json()["status"]) == (201, "adjusted")
    assert window_now(api) == ("adjusted", 29)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"decision": "REASON", "basis": 0}, "/reason_code"),
        ({"decision": "STAND", "basis": 0, "reason_code": "NO_STAFF"}, "/reason_code"),
        ({"decision": "REASON", "basis": 0, "reason_code": "NO_SUCH_CODE"}, "/reason_code"),
        ({"decision": "STAND", "basis": 0, "adjusted_seconds": 5}, "/adjusted_seconds"),
        ({"decision": "PARDON", "basis": 0}, "/decision"),
    ],
)
def test_a_decision_that_makes_no_sense_is_refused_with_its_field(
    api: Api, body: dict[str, object], pointer: str
) -> None:
    api.clock.at = START + timedelta(hours=3)
    answer = api.put("4111", f"{WINDOW}/reviews/{named('r1')}", body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert "NO_SUCH_CODE" not in answer.text


def test_too_early_to_say(api: Api) -> None:
    api.clock.at = START + timedelta(minutes=30)
    assert decide(api, "4111", "r1", "STAND", 0).json()["code"] == "too-early"
    assert decide(api, "4111", "r1", "REASON", 0, reason_code="ARREST_MADE").status_code == 201
    assert due(api) == []


def test_nobody_decides_on_their_own_nor_on_their_equals(api: Api) -> None:
    join(api.url, "6114", (Role.OFFICER, Role.SUPERVISOR), "NORTH-1")
    patrol(api, (0, 30), collar="4111")
    own = decide(api, "4111", "r1", "REASON", 1, reason_code="ARREST_MADE")
    assert (own.status_code, own.json()["code"]) == (403, "forbidden")
    [item] = due(api)
    assert (item["may_decide"], item["why_not"]) == (False, "own")
    # Staff with a supervisor's role, but not above a sergeant.
    assert decide(api, "6114", "r1", "STAND", 1).status_code == 403
    assert due(api, "6114")[0]["why_not"] == "rank"
    # The chief superintendent is.
    assert decide(api, "4121", "r1", "STAND", 1).status_code == 201


def test_an_acting_sergeant_decides_while_acting(api: Api) -> None:
    join(api.url, "6115", (Role.OFFICER, Role.SUPERVISOR), "NORTH-1")
    patrol(api, (0, 30))
    assert decide(api, "6115", "r1", "STAND", 1).status_code == 403

    def act_up(session: Any) -> None:
        rank = session.get_one(RankHeld, uuid5(named("6115"), "rank"))
        rank.rank, rank.acting = "SGT", True
        session.add(rank)

    change(api.url, act_up)
    assert decide(api, "6115", "r1", "STAND", 1).status_code == 201


def test_who_was_tasked_by_name_and_did_not_come_does_not_excuse_themselves(api: Api) -> None:
    change(
        api.url,
        lambda session: session.add(WindowAssignment(window_id=named("WINDOW-1"), officer_id=named("4111"))),
    )
    api.clock.at = START + timedelta(hours=3)
    assert decide(api, "4111", "r1", "REASON", 0, reason_code="NO_STAFF").status_code == 403


def test_what_is_another_teams_is_not_there(api: Api) -> None:
    patrol(api, (0, 30))
    assert decide(api, "4112", "r1", "STAND", 1).status_code == 404
    assert decide(api, "7101", "r1", "STAND", 1).status_code == 404
    assert due(api, "4112") == []
    assert api.get("4103", f"{patrol_path()}/reviews").status_code == 404
    assert (
        api.put(
            "4112", f"{patrol_path()}/reviews/{named('r')}", {"decision": "STAND", "basis": 1}
        ).status_code
        == 404
    )


def test_many_at_once_each_by_itself(api: Api) -> None:
    patrol(api, (0, 30))
    window, patrol_1 = str(named("WINDOW-1")), str(named("patrol-1"))
    items: list[dict[str, object]] = [
        {"window_id": window, "basis": 1, "decision": "REASON", "reason_code": "ARREST_MADE"},
        {"patrol_id": patrol_1, "basis": 1, "decision": "STAND"},
        {"window_id": str(named("nowhere")), "basis": 0, "decision": "STAND"},
        {"patrol_id": patrol_1, "basis": 9, "decision": "STAND"},
        {"basis": 0, "decision": "STAND"},
        {"window_id": window, "basis": 1, "decision": "STAND"},
    ]
    for number, item in enumerate(items):
        item["id"] = str(named(f"b{number % 5}"))
    answer = api.post("4111", "/v1/reviews", {"items": items})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert [row["outcome"] for row in told["results"]] == ["created", "created", *["refused"] * 4]
    codes = [row["problem"]["code"] for row in told["results"][2:]]
    assert codes == ["not-found", "basis-changed", "invalid", "conflict"]
    assert (told["created"], told["replayed"], told["refused"]) == (2, 0, 4)
    assert window_now(api)[0] == "reason_accepted"
    again = api.post("4111", "/v1/reviews", {"items": items[:2]}).json()
    assert [row["outcome"] for row in again["results"]] == ["replayed", "replayed"]
    assert len(api.get("4111", f"{patrol_path()}/reviews").json()["reviews"]) == 2


def graded(api: Api) -> dict[Grade, int]:
    engine = open_engine(api.url, 1)
    with reading(engine) as session:
        rows = session.exec(select(CreditedSlice).where(col(CreditedSlice.hotspot_id).is_(None))).all()
    engine.dispose()
    found: dict[Grade, int] = {}
    for row in rows:
        found[row.grade] = found.get(row.grade, 0) + row.credited_ms // 1000
    return found


def test_accepting_a_patrol_credits_the_time_it_leaves_open(api: Api) -> None:
    patrol(api, (0, 30), (35, 35))
    before = graded(api)
    assert before[Grade.PROBABLE] > 0 and Grade.ACCEPTED not in before
    path = f"{patrol_path()}/reviews/{named('r1')}"
    assert api.put("4111", path, {"decision": "ACCEPT", "basis": 1}).status_code == 201
    after = graded(api)
    assert after == {Grade.VERIFIED: before[Grade.VERIFIED], Grade.ACCEPTED: before[Grade.PROBABLE]}
    # Thought over: only what is verified stands.
    again = {"decision": "STAND", "basis": 1, "replaces": str(named("r1"))}
    assert api.put("4111", f"{patrol_path()}/reviews/{named('r2')}", again).status_code == 201
    assert graded(api) == before
    adjusting = {"decision": "ADJUST", "basis": 1, "adjusted_seconds": 60, "note": "Saw him."}
    assert api.put("4111", f"{patrol_path()}/reviews/{named('r3')}", adjusting).status_code == 422


def test_a_patrol_that_would_keep_a_window_is_suggested_and_linked_by_a_person(api: Api) -> None:
    patrol(api, (0, 70), window=None)
    assert window_now(api) == ("not_attended", 0)
    [item] = due(api, kind="patrol")
    [suggested] = item["suggested_windows"]
    assert (suggested["window_id"], suggested["verified_minutes"]) == (str(named("WINDOW-1")), 69)
    link = {"window_id": str(named("WINDOW-1")), "reason": "She took it over from the night shift."}
    path = f"{patrol_path()}/links/{named('link-1')}"
    assert api.put("4112", path, link).status_code == 404
    done = api.put("4111", path, link)
    assert (done.status_code, done.json()["status"]) == (201, "compliant")
    assert api.put("4111", path, link).status_code == 200
    assert window_now(api) == ("compliant", 69)
    seen = api.get("4101", patrol_path()).json()
    assert (seen["window_id"], seen["linked"]) == (str(named("WINDOW-1")), True)
    listed = api.get("4111", "/v1/patrols", window_id=str(named("WINDOW-1"))).json()["patrols"]
    assert [row["id"] for row in listed] == [str(named("patrol-1"))]
    assert due(api, kind="patrol") == []
    # A late batch is judged with the window it was linked to.
    assert api.put("4101", batch_path("late"), batch(9, 69, 1)).status_code == 201
    assert window_now(api)[0] == "compliant"
    back = {"window_id": None, "reason": "It was another hotspot after all."}
    assert api.put("4111", f"{patrol_path()}/links/{named('link-2')}", back).json()["status"] == "no_window"
    assert window_now(api) == ("not_attended", 0)


def test_what_cannot_be_linked(api: Api) -> None:
    patrol(api, (0, 70))
    link = {"window_id": str(named("WINDOW-1")), "reason": "Why not."}
    assert api.put("4111", f"{patrol_path()}/links/{named('l')}", link).json()["code"] == "not-linkable"
    api.clock.at = START
    patrol(api, (0, 0.5), name="patrol-2", collar="4102", window=None)
    answer = api.put("4111", f"{patrol_path('patrol-2')}/links/{named('l')}", link)
    assert answer.json()["code"] == "not-linkable"


def test_a_sergeant_of_tomorrow_decides_tomorrow(api: Api) -> None:
    patrol(api, (0, 30))
    join(api.url, "6116", (Role.SUPERVISOR,), None)

    def arrive(session: Any) -> None:
        from app.areas.models import Membership

        person = named("6116")
        session.get_one(RankHeld, uuid5(person, "rank")).rank = "SGT"
        session.add(
            Membership(
                id=uuid5(person, "m"),
                officer_id=person,
                team_id=named("NORTH-1"),
                valid_from=date(2026, 3, 3),
            )
        )

    change(api.url, arrive)
    assert decide(api, "6116", "r1", "STAND", 1).status_code == 404
    api.clock.at = START + timedelta(hours=5)
    assert decide(api, "6116", "r1", "STAND", 1).status_code == 201
