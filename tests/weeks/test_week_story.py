"""A sergeant's Monday over HTTP: a week with every kind of outcome, decided in one tap, and read again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2 as httpx

from app.audit.models import Action
from app.clock import rfc3339
from app.identity.permissions import Role
from app.schedule.models import WindowChange
from app.schedule.windows import WindowState
from tests.audit.test_events import Log
from tests.compliance.test_window_compliance import result, window
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START, batch, batch_path, check_in, patrol_path
from tests.patrols.test_reviews_story import patrol as patrol_now
from tests.people import change, join

WEEK = f"/v1/weeks/{named('NORTH-1')}/2026-W10"
TUESDAY = datetime(2026, 3, 3, 19, tzinfo=UTC)
MONDAY_AFTER = datetime(2026, 3, 9, 9, tzinfo=UTC)
MINUTE = 60_000


def week(api: Api, collar: str = "4111", path: str = WEEK) -> dict[str, Any]:
    answer = api.get(collar, path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _of(told: dict[str, Any], name: str) -> dict[str, Any]:
    [found] = [each for each in told["windows"] if each["window_id"] == str(named(name))]
    return dict(found)


def patrol(api: Api, *spans: tuple[float, float], **other: Any) -> None:
    """A patrol whose phone's clock is right, so that nothing on it asks for a look."""
    api.clock.at = START
    patrol_now(api, *spans, **other)


def explain(api: Api, kind: str, reason: str, text: str, name: str = "patrol-1") -> None:
    said = {"kind": kind, "reason_code": reason, "text": text}
    answer = api.put("4101", f"{patrol_path(name)}/explanations/{named(f'{name} {kind}')}", said)
    assert answer.status_code == 201, answer.text


def full_week(api: Api) -> None:
    """Seven windows: one short for an arrest, kept, kept by decision, empty, cancelled, moved, and next Sunday's."""
    cancelled = {"state": WindowState.CANCELLED}
    rows = [
        window("kept", TUESDAY),
        window("accepted", TUESDAY + timedelta(days=1)),
        window("empty", TUESDAY + timedelta(days=2)),
        window("cancelled", TUESDAY + timedelta(days=2, hours=3), **cancelled),
        window("later", TUESDAY + timedelta(days=4)),
        window(
            "moved", TUESDAY + timedelta(days=3), state=WindowState.MOVED, moved_to_id=named("later"),
        ),
        # Of another team, and of the Mondays about it.
        window("south", TUESDAY, "SOUTH"),
        window("before", datetime(2026, 3, 1, 23, 59, tzinfo=UTC)),
        window("after", datetime(2026, 3, 9, 0, 0, tzinfo=UTC)),
    ]  # fmt: skip
    results = [
        result("kept", "compliant", 65 * MINUTE, 65 * MINUTE, 70 * MINUTE, patrol_ids=[]),
        result(
            "accepted", "accepted", 50 * MINUTE, 62 * MINUTE, 62 * MINUTE, patrol_ids=[],
            credited_ms=62 * MINUTE, computed_status="review", decision="ACCEPT",
        ),
        result("later", "compliant", 61 * MINUTE, 61 * MINUTE, 61 * MINUTE, patrol_ids=[]),
        result("before", "compliant", 61 * MINUTE, 61 * MINUTE, 61 * MINUTE, patrol_ids=[]),
    ]  # fmt: skip
    changes = [
        WindowChange(
            window_id=named(name), revision=2, change=name, reason=reason, plan={}, changed_at=TUESDAY,
        )
        for name, reason in (("cancelled", "Fair on the square"), ("moved", "Court day."))
    ]  # fmt: skip

    def add(session: Any) -> None:
        for row in [*rows, *results, *changes]:
            session.add(row)
            session.flush()

    change(api.url, add)
    patrol(api, (0, 30), minutes=30)
    explain(api, "EXPLANATION", "ARREST_MADE", "Left with a prisoner at half past.")
    api.clock.at = MONDAY_AFTER


def test_every_kind_of_outcome_and_why(api: Api) -> None:
    full_week(api)
    told = week(api)
    assert [(each["window_id"], each["outcome"]) for each in told["windows"]] == [
        (str(named(name)), outcome)
        for name, outcome in (
            ("WINDOW-1", "not_met"), ("kept", "met"), ("accepted", "met_by_decision"), ("empty", "not_met"),
            ("cancelled", "cancelled"), ("moved", "moved"), ("later", "met"),
        )
    ]  # fmt: skip
    assert told["headline"] == (
        "Kept 2 of 7 windows; 1 under 60, 1 no GPS in area, 1 accepted by a supervisor, 1 cancelled, "
        "1 moved to another time. 2 to decide."
    )
    short = _of(told, "WINDOW-1")
    assert (short["credited_minutes"], short["required_minutes"], short["collar_numbers"]) == (
        29,
        60,
        ["4101"],
    )
    assert short["why"][-1] == "4101 says (arrest): «Left with a prisoner at half past.»"
    assert short["why"][0].startswith("29 of 60 minutes.")
    assert _of(told, "kept")["why"] == []
    assert _of(told, "empty")["why"] == ["Nobody checked in for it."]
    assert _of(told, "cancelled")["why"] == ["Cancelled: Fair on the square."]
    assert _of(told, "moved")["why"] == ["Moved to Sat 7 Mar, 19:00: Court day."]
    assert told["comparison"]["in_words"] == (
        "This week 2 of 7; one week before 1 of 1. Few windows: a difference of one or two is chance."
    )
    [tgp] = told["hours"]["programmes"]
    assert (tgp["programme"], tgp["verified"]) == ("TGP_SCHEDULED", 29)
    assert told["hours"]["total"]["verified"] == 29
    assert (told["over"], told["provisional"], told["provisional_until"]) == (True, 0, None)


def test_what_waits_is_told_as_the_list_of_reviews_tells_it(api: Api) -> None:
    full_week(api)
    told = week(api)
    span = {"from": told["from_at"], "to": told["to_at"]}
    assert told["to_decide"] == api.get("4111", "/v1/reviews/due", **span).json()["items"]
    waiting = {each["window_id"] for each in told["windows"] if each["to_decide"]}
    assert waiting == {each["id"] for each in told["to_decide"]}


def test_one_tap_accepts_what_is_proposed_and_the_week_says_so(api: Api) -> None:
    full_week(api)
    told = week(api)
    [proposal] = told["proposals"]
    assert (proposal["reason_label"], proposal["given_by"], proposal["text"]) == (
        "arrest", "4101", "Left with a prisoner at half past.",
    )  # fmt: skip
    assert decide(api, told).json()["created"] == 1
    again = week(api)
    short = _of(again, "WINDOW-1")
    assert (short["status"], short["to_decide"], short["reason_label"]) == (
        "reason_accepted",
        False,
        "arrest",
    )
    assert short["why"][0] == "Reason accepted by 4111, arrest."
    assert again["headline"].startswith("Kept 2 of 7 windows; 1 no GPS in area, 1 accepted by a supervisor, ")
    assert "1 reason accepted (arrest)" in again["headline"]
    assert again["proposed_items"] == []
    assert [each["id"] for each in again["to_decide"]] == [str(named("empty"))]


def decide(api: Api, told: dict[str, Any]) -> httpx.Response:
    items = [{"id": str(named(f"tap {n}")), **item} for n, item in enumerate(told["proposed_items"])]
    answer = api.post("4111", "/v1/reviews", {"items": items})
    assert answer.status_code == 200, answer.text
    return answer


def test_a_dispute_is_answered_by_accepting_its_own_reason(api: Api) -> None:
    patrol(api, (0, 40), (58, 17), minutes=75)
    explain(api, "DISPUTE", "DEVICE_FAILURE", "We never left. The phone lost its signal.")
    api.clock.at = MONDAY_AFTER
    told = week(api)
    [item] = told["to_decide"]
    [proposed] = told["proposed_items"]
    assert proposed["answers"] == [each["id"] for each in item["open_disputes"]]
    assert _of(told, "WINDOW-1")["why"][-1] == (
        "4101 disputes it (phone or GPS failed): «We never left. The phone lost its signal.»"
    )
    decide(api, told)
    assert week(api)["to_decide"] == []


def test_a_late_batch_after_the_decision_asks_again_and_is_not_proposed(api: Api) -> None:
    patrol(api, (0, 40), (58, 17), minutes=75)
    explain(api, "EXPLANATION", "DEVICE_FAILURE", "The phone lost its signal.")
    api.clock.at = MONDAY_AFTER
    decide(api, week(api))
    assert api.put("4101", batch_path("late"), batch(1, 40, 18)).status_code == 201
    told = week(api)
    shown = _of(told, "WINDOW-1")
    assert (shown["outcome"], shown["needs_confirmation"], shown["to_decide"]) == ("met", True, True)
    assert shown["why"][-1] == "The evidence has changed since it was decided: look again."
    assert told["proposed_items"] == []


def test_two_reasons_or_none_are_left_to_the_sergeant(api: Api) -> None:
    patrol(api, (0, 30))
    explain(api, "EXPLANATION", "ARREST_MADE", "Arrest.")
    explain(api, "DISPUTE", "NO_STAFF", "Two were missing.")
    api.clock.at = MONDAY_AFTER
    told = week(api)
    assert len(told["to_decide"][0]["proposed_reasons"]) == 2
    assert told["proposed_items"] == []


def test_what_asks_for_a_look_is_not_accepted_in_one_tap(api: Api) -> None:
    # The phone's clock is half an hour ahead.
    patrol_now(api, (0, 30), minutes=30)
    explain(api, "EXPLANATION", "ARREST_MADE", "Arrest.")
    api.clock.at = MONDAY_AFTER
    told = week(api)
    assert (told["to_decide"][0]["check_needed"], told["proposed_items"]) == (True, [])
    assert _of(told, "WINDOW-1")["why"][-1] == "Check needed: the phone's clock was wrong."
    assert "Look first: the phone&#39;s clock was wrong" in api.get("4111", WEEK, format="html").text


def test_what_the_sergeant_could_accept_is_not_explained_away(api: Api) -> None:
    patrol(api, (0, 45), (52, 15))
    explain(api, "EXPLANATION", "DEVICE_FAILURE", "No signal.")
    api.clock.at = MONDAY_AFTER
    told = week(api)
    assert (told["to_decide"][0]["status"], told["proposed_items"]) == ("review", [])


def test_a_patrol_without_a_window_that_would_keep_one(api: Api) -> None:
    patrol(api, (0, 70), window=None, minutes=71)
    api.clock.at = MONDAY_AFTER
    told = week(api)
    [linkable] = told["linkable"]
    assert (linkable["patrol_id"], linkable["collar_numbers"]) == (str(named("patrol-1")), ["4101"])
    [suggested] = linkable["suggested_windows"]
    assert suggested["window_id"] == str(named("WINDOW-1"))
    assert {each["kind"] for each in told["to_decide"]} == {"window", "patrol"}
    linked = {"window_id": suggested["window_id"], "reason": "Made for it."}
    assert api.put("4111", f"{linkable['link']}/{named('link')}", linked).status_code == 201
    assert week(api)["linkable"] == []
    assert week(api)["headline"] == "Kept 1 of 1 window."


def test_nobody_is_named_to_who_may_not_see_them(api: Api) -> None:
    full_week(api)
    for collar in ("4131", "4133"):
        told = week(api, collar)
        assert told["to_decide"] is None and told["proposed_items"] == [] and told["proposals"] == []
        short = _of(told, "WINDOW-1")
        assert (short["collar_numbers"], short["officer_count"]) == ([], 1)
        assert "prisoner" not in api.get(collar, WEEK).text
        assert "4101" not in api.get(collar, WEEK, format="html").text
    assert api.get("4112", WEEK).status_code == 404
    assert api.get("7101", WEEK).status_code == 404
    assert api.get("4101", WEEK).status_code == 403


def test_a_result_that_is_its_officers_first_is_not_told(api: Api) -> None:
    policies = "valid_from,threshold,value\n2026-03-02,officer_first_minutes,600\n"
    headers = {**api.as_officer("4134"), "Content-Type": "text/csv"}
    brought = api.client.post("/v1/imports/policies", content=policies.encode(), headers=headers)
    assert brought.status_code in (200, 201), brought.text
    patrol(api, (0, 30))
    explain(api, "EXPLANATION", "ARREST_MADE", "Left with a prisoner.")
    api.clock.forward(minutes=60)
    told = week(api)
    held = _of(told, "WINDOW-1")
    assert (held["outcome"], held["collar_numbers"], held["credited_minutes"]) == ("open", [], 0)
    assert held["why"] == ["Not told yet: a patrol is open, or its officers see the result first."]
    assert (told["to_decide"], told["hours"]["programmes"]) == ([], [])
    assert "prisoner" not in api.get("4111", WEEK).text
    api.clock.at = MONDAY_AFTER
    assert _of(week(api), "WINDOW-1")["outcome"] == "not_met"


def test_the_page_parts_what_is_yours_to_decide_from_what_is_not(api: Api) -> None:
    """The sergeant's own patrol is in the window: it waits, and for somebody else."""
    full_week(api)
    patrol(api, (0, 20), name="sergeant's", collar="4111", minutes=20)
    api.clock.at = MONDAY_AFTER
    page = api.get("4111", WEEK, format="html").text
    assert "You must decide (1)" in page and "Somebody else must decide (1)" in page
    assert "Not you: you were on it or tasked to it." in page
    assert page.index("You must decide") < page.index("Somebody else must decide")


def test_who_is_out_for_a_window_that_was_called_off_is_not_named(api: Api) -> None:
    """Checked in ten minutes early for a window that is moved, another that is cancelled, while they are out."""
    begins = START - timedelta(minutes=10)
    change(api.url, lambda session: session.add(window("second", START)))
    api.clock.at = begins
    for collar, name in (("4101", "WINDOW-1"), ("4102", "second")):
        body = check_in(name, checked_in_at=rfc3339(begins))
        body["device_id"] = str(named(f"phone-{collar}"))
        assert api.put(collar, patrol_path(f"of {name}"), body).status_code == 201
    later = {"new_id": str(named("later")), "starts_at": rfc3339(START + timedelta(minutes=30))}
    for name, act, more in (("WINDOW-1", "move", later), ("second", "cancel", {})):
        path = f"/v1/tasking-windows/{named(name)}"
        etag = api.get("4131", path).headers["etag"]
        done = api.put("4131", f"{path}/{act}", {"reason": "A fair.", **more}, **{"If-Match": etag})
        assert done.status_code in (200, 201), done.text
    told = week(api)
    assert sorted((each["outcome"], *each["collar_numbers"]) for each in told["windows"]) == [
        ("cancelled",), ("moved",), ("open",),
    ]  # fmt: skip


def test_unfinished_empty_and_no_weeks(api: Api) -> None:
    api.clock.at = START + timedelta(minutes=10)
    told = week(api)
    assert (told["over"], told["headline"]) == (False, "1 window, none decided yet.")
    assert told["notes"][0].startswith("This week is not over")
    assert told["to_decide"] == []
    empty = week(api, path=WEEK.replace("W10", "W20"))
    assert empty["headline"] == "No windows were published for this week."
    assert "No windows were published" in api.get("4111", WEEK.replace("W10", "W20"), format="html").text
    for wrong in ("2026-W54", "2025-W53", "2026-10", "monday"):
        assert api.get("4111", WEEK.replace("2026-W10", wrong)).status_code == 422


def test_the_week_the_clocks_change_has_its_own_hours(api: Api) -> None:
    """Half past midnight in London on the Monday after is 23:30 on Sunday in UTC, and no part of the week."""
    rows = [
        window("inside", datetime(2026, 3, 29, 22, 30, tzinfo=UTC)),
        window("outside", datetime(2026, 3, 29, 23, 30, tzinfo=UTC)),
    ]
    change(api.url, lambda session: session.add_all(rows))
    told = week(api, path=WEEK.replace("W10", "W13"))
    assert [each["window_id"] for each in told["windows"]] == [str(named("inside"))]
    assert (told["from_at"], told["to_at"]) == ("2026-03-23T00:00:00Z", "2026-03-29T23:00:00Z")
    following = week(api, path=WEEK.replace("W10", "W14"))
    assert [each["window_id"] for each in following["windows"]] == [str(named("outside"))]


def test_the_page_says_what_the_answer_says_and_escapes(api: Api) -> None:
    full_week(api)
    explain(api, "DISPUTE", "ARREST_MADE", "<script>alert(1)</script> & more")
    page = api.get("4111", WEEK, format="html")
    assert page.headers["content-type"].startswith("text/html")
    assert "OFFICIAL-SENSITIVE" in page.text and "<script" not in page.text
    assert "&lt;script&gt;" in page.text
    told = week(api)
    for said in (told["headline"], "You must decide (2)", "Hotspot TGP-1", told["comparison"]["in_words"]):
        assert said in page.text
    browser = api.client.get(WEEK, headers=api.as_officer("4111", Accept="text/html,*/*;q=0.8"))
    assert browser.headers["content-type"].startswith("text/html")
    table = api.get("4111", WEEK, format="csv")
    assert len(table.text.strip().split("\r\n")) == 1 + len(told["windows"])


def test_a_line_for_each_team(api: Api) -> None:
    full_week(api)
    told = week(api, "4131", "/v1/weeks?week=2026-W10")
    assert [each["team_code"] for each in told["teams"]] == ["NORTH-1", "SOUTH-1"]
    north = told["teams"][0]
    counts = {
        name: north[name] for name in ("met", "met_by_decision", "not_met", "open", "cancelled", "moved")
    }
    assert counts == {"met": 2, "met_by_decision": 1, "not_met": 2, "open": 0, "cancelled": 1, "moved": 1}
    assert sum(counts.values()) == north["denominator"]
    assert north["to_decide"] is None
    [line] = week(api, "4121", "/v1/weeks?week=2026-W10")["teams"]
    assert (line["to_decide"], line["headline"]) == (2, week(api)["headline"])
    assert "To decide counts windows here" in week(api, "4121", "/v1/weeks?week=2026-W10")["notes"][0]
    of_south = week(api, "4131", f"/v1/weeks?week=2026-W10&area_id={named('SOUTH')}")
    assert [each["team_code"] for each in of_south["teams"]] == ["SOUTH-1"]
    assert "Team NORTH-1" in api.get("4131", "/v1/weeks", week="2026-W10", format="html").text
    assert api.get("4131", "/v1/weeks", week="2026-W99").status_code == 422
    assert week(api, "4131", "/v1/weeks")["week"] == "2026-W11"


def test_looking_is_logged_with_whom_it_named(api: Api) -> None:
    full_week(api)
    log = Log(api)
    [event] = log.of(api.get("4111", WEEK))
    assert (event.action, event.operation) == (Action.CONSULT, "weeks:read")
    assert event.subjects["officer"] == [str(named("4101"))]
    assert str(named("WINDOW-1")) in event.subjects["window"]
    log = Log(api)
    [event] = log.of(api.get("4111", "/v1/weeks", week="2026-W10"))
    assert event.operation == "weeks:list"


def test_a_planner_who_is_also_a_sergeant_elsewhere_reads_no_names(api: Api) -> None:
    join(api.url, "6150", (Role.PLANNER, Role.SUPERVISOR), "SOUTH-1")
    full_week(api)
    told = week(api, "6150")
    assert told["to_decide"] == []
    assert _of(told, "WINDOW-1")["collar_numbers"] == []
    assert rfc3339(TUESDAY) in str(told)
