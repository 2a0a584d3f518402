"""One tap to leave: an officer ends a patrol with a reason, and the sergeant finds it proposed."""

from datetime import timedelta
from typing import Any

import httpx2 as httpx
import pytest

from app.clock import rfc3339
from app.patrols.recording import check_out_content
from app.patrols.schemas import CheckOutRequest
from tests.conftest import Api, named
from tests.patrols.test_closing import close
from tests.patrols.test_patrol_story import START, batch, batch_path, check_in, patrol_path
from tests.patrols.test_reviews_story import due, window_now

LEFT_AT = START + timedelta(minutes=44)
WEEK = f"/v1/weeks/{named('NORTH-1')}/2026-W10"
REVIEWS = f"/v1/tasking-windows/{named('WINDOW-1')}/reviews"


def go_out(api: Api, minutes: float = 40, name: str = "patrol-1", window: str | None = "WINDOW-1") -> None:
    assert api.put("4101", patrol_path(name), check_in(window)).status_code == 201
    api.clock.at = LEFT_AT
    assert api.put("4101", batch_path(f"b-{name}", name), batch(0, 0, minutes)).status_code == 201


def leave(api: Api, collar: str = "4101", name: str = "patrol-1", **said: Any) -> httpx.Response:
    body = {"checked_out_at": rfc3339(LEFT_AT), **said}
    return api.put(collar, f"{patrol_path(name)}/check-out", body)


def proposed(api: Api) -> list[dict[str, Any]]:
    [item] = due(api)
    found: list[dict[str, Any]] = item["proposed_reasons"]
    return found


def test_left_for_an_arrest_and_accepted_in_one_tap(api: Api) -> None:
    go_out(api)
    left = leave(api, reason="ARREST_MADE", log_number="WMP-3712", activity_id=str(named("arrest")))
    assert left.status_code == 201, left.text
    told = left.json()
    assert (told["state"], told["closed_by"], told["advice"]["stop"]) == ("closed", "phone", True)
    assert told["left_for"] == {
        "reason": "ARREST_MADE",
        "reason_label": "arrest",
        "log_number": "WMP-3712",
        "activity_id": str(named("arrest")),
        "in_words": "left for: arrest, 19:44, log WMP-3712",
        "flags": [],
        "flags_in_words": [],
    }
    assert told["result"]["status"] == "partial"

    api.clock.at = START + timedelta(days=7)
    [reason] = proposed(api)
    line = "left for: arrest, 19:44, log WMP-3712 (4101)"
    assert (reason["reason_code"], reason["source"], reason["in_words"]) == (
        "ARREST_MADE",
        "check_out",
        line,
    )
    assert api.get("4111", REVIEWS).json()["proposed_reasons"] == [reason]
    assert api.get("4101", f"{patrol_path()}/reviews").json()["proposed_reasons"] == [reason]

    week = api.get("4111", WEEK).json()
    [shown] = week["windows"]
    assert shown["why"][-1] == "L" + line[1:] + "."
    [proposal] = week["proposals"]
    assert (proposal["in_words"], proposal["given_by"]) == (line, "4101")
    assert f"Proposed: <strong>arrest</strong>, {line}" in api.get("4111", WEEK, format="html").text
    items = [{"id": str(named("tap")), **week["proposed_items"][0]}]
    assert api.post("4111", "/v1/reviews", {"items": items}).json()["created"] == 1
    # Its own bar; never kept, and still counted.
    assert window_now(api) == ("reason_accepted", 39)
    totals = api.get("4111", WEEK).json()["totals"]
    assert (totals["denominator"], totals["kept"]) == (1, 0)
    assert due(api) == []


def test_tracking_ends_at_once_and_what_is_queued_is_still_taken(api: Api) -> None:
    go_out(api, minutes=20)
    going_on = api.put("4101", batch_path("b-2"), batch(1, 20, 10)).json()
    assert going_on["advice"] == {"report_every_seconds": 30, "batch_every_seconds": 120, "stop": False}
    assert api.put("4101", batch_path("b-2"), batch(1, 20, 10)).json()["advice"]["stop"] is False
    assert leave(api, reason="EMERGENCY_RESPONSE", log_number="3712").json()["advice"]["stop"] is True
    assert api.get("4101", "/v1/me/tasking").json()["open_patrol"] is None
    late = api.put("4101", batch_path("b-3"), batch(2, 30, 10))
    assert (late.status_code, late.json()["advice"]["stop"]) == (201, True)
    assert api.put("4101", batch_path("b-3"), batch(2, 30, 10)).json()["advice"]["stop"] is True


def test_taking_a_patrol_back_stops_it_too_and_its_reason_with_it(api: Api) -> None:
    go_out(api)
    assert leave(api, reason="WELFARE").status_code == 201
    void = api.put("4101", f"{patrol_path()}/void", {"reason": "Wrong window."}).json()
    assert (void["advice"]["stop"], void["left_for"]["reason"]) == (True, "WELFARE")
    api.clock.at = START + timedelta(hours=3)
    assert proposed(api) == []


def test_a_replay_says_the_same_and_another_reason_is_a_conflict(api: Api) -> None:
    go_out(api)
    first = leave(api, reason="ARREST_MADE")
    again = leave(api, reason="ARREST_MADE")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["left_for"] == again.json()["left_for"]
    assert again.json()["advice"]["stop"] is True
    for other in ({"reason": "WELFARE"}, {}, {"reason": "ARREST_MADE", "log_number": "1"}):
        refused = leave(api, **other)
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")


def test_an_old_phone_says_nothing_and_its_content_has_the_hash_it_always_had(api: Api) -> None:
    plain = CheckOutRequest.model_validate_json('{"checked_out_at":"2026-03-02T20:00:00Z"}')
    assert check_out_content(plain).hex() == (
        "9b745f67319c56ad4c661639d79c8b5f462f727be789b444276685dd4041585e"
    )
    placed = CheckOutRequest.model_validate_json(
        '{"checked_out_at":"2026-03-02T20:00:00Z","position":{"lat":52.48,"lon":-1.89,"accuracy_m":8}}'
    )
    assert check_out_content(placed).hex() == (
        "093590daa27783d5f107d150e396bb29c93079976e10179a72c5324ea2004348"
    )
    go_out(api)
    assert leave(api).json()["left_for"] is None
    # A new app that sends the fields empty repeats what the old one sent.
    assert leave(api, reason=None, log_number=None, activity_id=None).status_code == 200
    api.clock.at = START + timedelta(hours=3)
    assert proposed(api) == []


@pytest.mark.parametrize(
    ("said", "flags", "in_words"),
    [
        ({"reason": "EMERGENCY_RESPONSE"}, ["no_log_number"], "left for: emergency call, 19:44"),
        ({"reason": "EMERGENCY_RESPONSE", "log_number": "9"}, [], "left for: emergency call, 19:44, log 9"),
        ({"reason": "WELFARE"}, [], "left for: welfare, 19:44"),
        ({"reason": "NEW_IN_2031"}, ["unknown_code"], "left for: NEW_IN_2031, 19:44"),
        ({"log_number": "9"}, [], "left at 19:44, log 9"),
    ],
)  # fmt: skip
def test_nothing_said_is_refused_and_what_is_odd_is_flagged(
    api: Api, said: dict[str, str], flags: list[str], in_words: str
) -> None:
    go_out(api)
    left = leave(api, **said)
    assert left.status_code == 201, left.text
    shown = left.json()["left_for"]
    assert (shown["flags"], shown["in_words"]) == (flags, in_words)
    assert len(shown["flags_in_words"]) == len(flags)


def test_a_code_nobody_knows_is_shown_and_not_offered_for_one_tap(api: Api) -> None:
    go_out(api)
    leave(api, reason="NEW_IN_2031")
    api.clock.at = START + timedelta(days=7)
    [reason] = proposed(api)
    assert (reason["reason_label"], reason["reason_unknown"]) == ("NEW_IN_2031", True)
    assert api.get("4111", WEEK).json()["proposed_items"] == []


@pytest.mark.parametrize(
    "said", [{"reason": ""}, {"reason": "two words"}, {"activity_id": "x"}, {"why": "x"}]
)
def test_only_what_is_malformed_is_refused(api: Api, said: dict[str, str]) -> None:
    go_out(api)
    assert leave(api, **said).status_code == 422
    assert api.get("4101", patrol_path()).json()["state"] == "open"


def test_an_hour_in_the_hotspot_is_kept_whatever_it_was_left_for(api: Api) -> None:
    assert api.put("4101", patrol_path(), check_in()).status_code == 201
    api.clock.at = START + timedelta(minutes=70)
    assert api.put("4101", batch_path("all"), batch(0, 0, 65)).status_code == 201
    ended = {"checked_out_at": rfc3339(api.clock.at), "reason": "ARREST_MADE"}
    assert api.put("4101", f"{patrol_path()}/check-out", ended).status_code == 201
    api.clock.at = START + timedelta(days=7)
    assert window_now(api)[0] == "compliant"
    assert due(api) == []
    assert api.get("4111", WEEK).json()["proposed_items"] == []


def test_a_reason_said_and_left_for_is_one_and_two_that_differ_are_left_to_the_sergeant(api: Api) -> None:
    go_out(api)
    leave(api, reason="ARREST_MADE", log_number="3712")
    say = f"{patrol_path()}/explanations/"
    words = {"kind": "EXPLANATION", "reason_code": "ARREST_MADE", "text": "Shoplifter, now in custody."}
    assert api.put("4101", f"{say}{named('e1')}", words).status_code == 201
    api.clock.at = START + timedelta(days=7)
    [reason] = proposed(api)
    assert {each["source"] for each in reason["records"]} == {"explanation", "check_out"}
    week = api.get("4111", WEEK).json()
    assert len(week["proposed_items"]) == 1
    assert "Also " in api.get("4111", WEEK, format="html").text
    assert api.put("4101", f"{say}{named('e2')}", {**words, "reason_code": "NO_STAFF"}).status_code == 201
    assert len(proposed(api)) == 2
    assert api.get("4111", WEEK).json()["proposed_items"] == []


def test_a_dispute_with_the_reason_it_was_left_for_is_answered_with_it(api: Api) -> None:
    go_out(api)
    words = {"kind": "DISPUTE", "reason_code": "ARREST_MADE", "text": "We had a prisoner."}
    assert api.put("4101", f"{patrol_path()}/explanations/{named('d')}", words).status_code == 201
    leave(api, reason="ARREST_MADE")
    api.clock.at = START + timedelta(days=7)
    [item] = api.get("4111", WEEK).json()["proposed_items"]
    assert item["answers"] == [str(named("d"))]


def test_a_late_check_out_with_a_reason_supersedes_the_automatic_closing(api: Api) -> None:
    go_out(api)
    api.clock.at = START + timedelta(hours=4)
    assert close(api) == 1
    closed = api.get("4101", patrol_path()).json()
    assert (closed["closed_by"], closed["left_for"]) == ("auto", None)
    # The phone that was forgotten may be out still.
    assert api.put("4101", batch_path("b-9"), batch(1, 40, 1)).json()["advice"]["stop"] is False
    late = leave(api, reason="EMERGENCY_RESPONSE", log_number="3712").json()
    assert (late["closed_by"], late["ended_at"], late["advice"]["stop"]) == ("phone", rfc3339(LEFT_AT), True)
    assert [each["source"] for each in proposed(api)] == ["check_out"]


def test_kept_aside_and_released_it_is_as_if_its_officer_had_sent_it(api: Api) -> None:
    go_out(api)
    aside = leave(api, "4102", reason="ARREST_MADE", log_number="3712", captured_by=str(named("4101")))
    assert aside.status_code == 202
    assert api.get("4101", patrol_path()).json()["state"] == "open"
    [waiting] = api.get("4111", "/v1/quarantine").json()["items"]
    released = api.put("4111", f"/v1/quarantine/{waiting['id']}/release", {"reason": "Phone was handed on."})
    assert released.status_code == 200, released.text
    told = api.get("4101", patrol_path()).json()
    assert told["left_for"]["in_words"] == "left for: arrest, 19:44, log 3712"
    assert leave(api, reason="ARREST_MADE", log_number="3712").status_code == 200


def test_who_may_not_see_the_patrol_reads_nothing_of_why_it_was_left(api: Api) -> None:
    go_out(api)
    leave(api, reason="ARREST_MADE", log_number="SECRET-3712")
    api.clock.at = START + timedelta(days=7)
    for collar in ("4131", "4133"):
        assert "SECRET-3712" not in api.get(collar, WEEK).text
    assert api.get("4112", f"{patrol_path()}/reviews").status_code == 404
    assert api.get("4112", REVIEWS).status_code == 404
    assert due(api, "4112") == []
