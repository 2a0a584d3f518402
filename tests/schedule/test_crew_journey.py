"""The life of a published window: given out, taken or declined, given to another, printed, begun."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx2 as httpx
import pytest

from tests.conftest import Api, named

PLANNER, COMMANDER, SERGEANT, SOUTHERN_SERGEANT = "4131", "4121", "4111", "4112"
OFFICER, COLLEAGUE, SOUTHERNER, AUDITOR = "4101", "4102", "4103", "4133"
WINDOW = named("given out")
PATH = f"/v1/tasking-windows/{WINDOW}"
NORTH_SHEET = f"/v1/tasking-sheets/{named('NORTH')}/2026-03-03"
STARTS = datetime(2026, 3, 3, 0, 30, tzinfo=UTC)


def publish(
    api: Api, name: str = "given out", starts_at: str = "2026-03-03T00:30:00Z", **changes: object
) -> str:
    body = {
        "hotspot_id": str(named("TGP-1")),
        "team_id": str(named("NORTH-1")),
        "starts_at": starts_at,
        "state": "PUBLISHED",
        **changes,
    }
    made = api.put(PLANNER, f"/v1/tasking-windows/{named(name)}", body)
    assert made.status_code == 201, made.text
    return f"/v1/tasking-windows/{named(name)}"


def assign(
    api: Api, collar: str, *officers: str, revision: int = 1, path: str = PATH, **changes: object
) -> httpx.Response:
    body = {
        "officer_ids": [str(named(officer)) for officer in officers],
        "reason": "Their turn.",
        **changes,
    }
    return api.put(collar, f"{path}/assignment", body, **{"If-Match": f'"{revision}"'})


def answer(
    api: Api, collar: str, said: str = "ACCEPTED", *, name: str = "", path: str = PATH, **changes: object
) -> httpx.Response:
    body = {"answer": said, "answered_at": api.clock.at.isoformat().replace("+00:00", "Z"), **changes}
    return api.put(collar, f"{path}/answers/{named(name or f'{collar} {said}')}", body)


def told(api: Api, collar: str = SERGEANT, path: str = PATH) -> dict[str, Any]:
    found = api.get(collar, path)
    assert found.status_code == 200, found.text
    window: dict[str, Any] = found.json()
    return window


def crew(window: Mapping[str, Any]) -> dict[str, str | None]:
    return {each["collar_number"]: each["answer"] for each in window["crew"]}


def mine(api: Api, collar: str) -> dict[str, Any]:
    windows = api.get(collar, "/v1/me/tasking").json()["windows"]
    return next((each for each in windows if each["id"] == str(WINDOW)), {})


def test_from_publishing_to_the_beginning(api: Api) -> None:
    publish(api)
    given = assign(api, SERGEANT, OFFICER, COLLEAGUE)
    assert (given.status_code, given.headers["etag"]) == (200, '"2"'), given.text
    assert given.json()["warnings"] == []
    assert crew(given.json()["window"]) == {OFFICER: None, COLLEAGUE: None}
    assert given.json()["window"]["unanswered"] == 2

    assert mine(api, OFFICER)["my_answer"] is None
    accepted = answer(api, OFFICER)
    assert (accepted.status_code, accepted.json()["standing"]) == (201, True), accepted.text
    declined = answer(api, COLLEAGUE, "DECLINED", reason_code="COURT", text="Crown Court at ten.")
    assert (declined.status_code, declined.json()["reason_label"]) == (201, "at court")
    assert mine(api, OFFICER)["crew"] == {"tasked": 2, "accepted": 1, "declined": 1}
    assert mine(api, COLLEAGUE)["my_answer"]["answer"] == "DECLINED"

    window = told(api)
    assert (window["state"], window["unanswered"]) == ("PUBLISHED", 0)
    assert crew(window) == {OFFICER: "ACCEPTED", COLLEAGUE: "DECLINED"}
    assert [each["text"] for each in window["answers"]] == [None, "Crown Court at ten."]
    (listed,) = api.get(SERGEANT, "/v1/tasking-windows", **{"from": "2026-03-03T00:00:00Z"}).json()["windows"]
    assert crew(listed) == crew(window)

    again = assign(api, SERGEANT, OFFICER, SERGEANT, revision=2, reason="4102 is in court.")
    assert again.status_code == 200, again.text
    assert crew(again.json()["window"]) == {OFFICER: "ACCEPTED", SERGEANT: None}
    history = told(api)["answers"]
    assert [(each["collar_number"], each["standing"]) for each in history] == [
        (OFFICER, True),
        (COLLEAGUE, False),
    ]
    assert mine(api, COLLEAGUE) == {}
    changes = told(api)["changes"]
    assert [(each["change"], each["changed_by"], each["reason"]) for each in changes] == [
        ("made", PLANNER, None),
        ("assigned", SERGEANT, "Their turn."),
        ("assigned", SERGEANT, "4102 is in court."),
    ]

    sheet = api.get(SERGEANT, NORTH_SHEET)
    assert sheet.status_code == 200, sheet.text
    assert "TGP-1 Hotspot TGP-1" in sheet.text
    assert not [collar for collar in (OFFICER, COLLEAGUE, SERGEANT) if collar in sheet.text]

    api.clock.at = STARTS
    late = assign(api, SERGEANT, COLLEAGUE, revision=3)
    assert (late.status_code, late.json()["code"]) == (409, "window-fixed")
    assert assign(api, PLANNER, COLLEAGUE, revision=3).status_code == 409
    # What an officer says is taken whenever it comes, and marked.
    after = answer(api, SERGEANT)
    assert (after.status_code, after.json()["late"], after.json()["standing"]) == (201, True, True)


def test_whom_a_sergeant_may_name(api: Api) -> None:
    publish(api)
    for stranger in (SOUTHERNER, "7101", "nobody at all"):
        refused = assign(api, SERGEANT, stranger)
        assert [each["code"] for each in refused.json()["errors"]] == ["not-in-team"], stranger
    other_team = assign(api, SERGEANT, OFFICER, team_id=str(named("SOUTH-1")))
    assert (other_team.status_code, other_team.json()["code"]) == (403, "forbidden")
    assert assign(api, SERGEANT, OFFICER, OFFICER).json()["errors"][0]["code"] == "twice"
    assert assign(api, SOUTHERN_SERGEANT, SOUTHERNER).status_code == 404
    assert assign(api, "7101", "7101").status_code == 404
    assert assign(api, OFFICER, OFFICER).status_code == 403
    assert assign(api, AUDITOR, OFFICER).status_code == 403
    assert told(api)["revision"] == 1


def test_a_commander_lends_officers_and_a_sergeant_may_leave_them_there(api: Api) -> None:
    publish(api)
    lent = assign(api, COMMANDER, OFFICER, SOUTHERNER)
    assert lent.status_code == 200, lent.text
    assert [(each["code"], each["collar_number"]) for each in lent.json()["warnings"]] == [
        ("not-in-team", SOUTHERNER)
    ]
    assert answer(api, SOUTHERNER).status_code == 201
    kept = assign(api, SERGEANT, COLLEAGUE, SOUTHERNER, revision=2)
    assert kept.status_code == 200, kept.text
    assert crew(kept.json()["window"]) == {COLLEAGUE: None, SOUTHERNER: "ACCEPTED"}
    assert assign(api, COMMANDER, "7101", revision=3).json()["errors"][0]["code"] == "unknown"


def test_another_team_is_for_planners_and_for_commanders_in_their_area(api: Api) -> None:
    publish(api)
    refused = assign(api, COMMANDER, team_id=str(named("SOUTH-1")))
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/team_id"]
    given = assign(api, PLANNER, team_id=str(named("SOUTH-1")))
    assert (given.status_code, given.json()["window"]["team_code"]) == (200, "SOUTH-1")
    assert api.get(SERGEANT, PATH).status_code == 404
    assert assign(api, SOUTHERN_SERGEANT, SOUTHERNER, revision=2).status_code == 200


def test_it_is_given_out_as_read_and_once(api: Api) -> None:
    publish(api)
    missing = api.put(SERGEANT, f"{PATH}/assignment", {"officer_ids": [], "reason": "Their turn."})
    assert missing.status_code == 428
    first = assign(api, SERGEANT, OFFICER)
    assert first.status_code == 200
    replay = assign(api, SERGEANT, OFFICER)
    assert (replay.status_code, replay.json()) == (200, first.json())
    stale = assign(api, PLANNER, COLLEAGUE)
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition-failed")
    same = assign(api, SERGEANT, OFFICER, revision=2, reason="Once more.")
    assert (same.status_code, same.headers["etag"]) == (200, '"2"')
    assert len(told(api)["changes"]) == 2


def test_somebody_tasked_elsewhere_is_told_and_what_is_not_yours_stays_hidden(api: Api) -> None:
    publish(api)
    other = publish(api, "other", "2026-03-03T02:00:00Z", officer_ids=[str(named(OFFICER))])
    after = publish(api, "after", "2026-03-03T02:30:00Z", officer_ids=[str(named(COLLEAGUE))])
    assert after
    south = publish(
        api,
        "south",
        "2026-03-03T01:00:00Z",
        hotspot_id=str(named("TGP-2")),
        team_id=str(named("SOUTH-1")),
        officer_ids=[str(named(OFFICER))],
    )
    warned = assign(api, SERGEANT, OFFICER, COLLEAGUE).json()["warnings"]
    assert warned == [
        {
            "code": "tasked-elsewhere",
            "officer_id": str(named(OFFICER)),
            "collar_number": OFFICER,
            "window_ids": [other.rsplit("/", 1)[1]],
        }
    ]
    (planners,) = assign(api, PLANNER, OFFICER, revision=2).json()["warnings"]
    assert planners["window_ids"] == [path.rsplit("/", 1)[1] for path in (south, other)]


def test_many_at_once_stand_or_fall_alone(api: Api) -> None:
    publish(api)
    publish(api, "second", "2026-03-04T19:00:00Z")
    publish(api, "south", team_id=str(named("SOUTH-1")), hotspot_id=str(named("TGP-2")))

    def item(name: str, *officers: str, revision: int = 1) -> dict[str, object]:
        return {
            "window_id": str(named(name)),
            "revision": revision,
            "officer_ids": [str(named(each)) for each in officers],
            "reason": "The week's turns.",
        }

    items = [
        item("second", OFFICER), item("given out", SOUTHERNER), item("south", SOUTHERNER), item("given out", OFFICER),
        item("given out", COLLEAGUE), item("second", OFFICER, revision=2), item("nothing", OFFICER),
    ]  # fmt: skip
    found = api.post(SERGEANT, "/v1/tasking-windows/assignments", {"items": items})
    assert found.status_code == 200, found.text
    results = found.json()["results"]
    assert [each["outcome"] for each in results] == [
        "assigned", "refused", "refused", "assigned", "refused", "unchanged", "refused",
    ]  # fmt: skip
    assert [each["problem"]["code"] for each in results if each["problem"]] == [
        "invalid", "not-found", "precondition-failed", "not-found",
    ]  # fmt: skip
    assert [found.json()[name] for name in ("assigned", "unchanged", "refused")] == [2, 1, 4]
    assert crew(told(api)) == {OFFICER: None}
    assert told(api, PLANNER, f"/v1/tasking-windows/{named('south')}")["officers"] == []
    replay = api.post(SERGEANT, "/v1/tasking-windows/assignments", {"items": items[:1]})
    assert replay.json()["results"][0]["outcome"] == "unchanged"


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"said": "DECLINED"}, "/reason_code"),
        ({"said": "ACCEPTED", "reason_code": "COURT"}, "/reason_code"),
        ({"said": "MAYBE"}, "/answer"),
    ],
)
def test_an_answer_says_enough(api: Api, said: dict[str, str], fault: str) -> None:
    publish(api)
    refused = answer(api, OFFICER, **said)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, fault)


def test_an_answer_is_recorded_once_and_the_latest_counts(api: Api) -> None:
    publish(api)
    first = answer(api, OFFICER, name="a")
    assert first.status_code == 201
    replay = answer(api, OFFICER, name="a")
    assert (replay.status_code, replay.json()) == (200, first.json())
    other = answer(api, OFFICER, "DECLINED", name="a", reason_code="LEAVE")
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    taken = answer(api, COLLEAGUE, name="a")
    assert (taken.status_code, taken.json()["code"]) == (409, "id-taken")
    said_at = "2026-03-02T18:30:00Z"
    api.clock.forward(minutes=10)
    assert answer(api, OFFICER, "DECLINED", name="b", reason_code="OUR_OWN").json()["reason_unknown"] is True
    # Said before that, and sent after it.
    late = answer(api, OFFICER, name="c", answered_at="2026-03-02T18:35:00Z")
    assert (late.status_code, late.json()["standing"]) == (201, False)
    assert mine(api, OFFICER)["my_answer"]["answer"] == "DECLINED"
    assert (said_at, False) == (first.json()["answered_at"], first.json()["late"])
    # The whole team's: who answered is told, who did not is counted, and named to those who lead them.
    window = told(api)
    assert crew(window) == {OFFICER: "DECLINED", COLLEAGUE: None, SERGEANT: None, COMMANDER: None}
    assert (crew(told(api, PLANNER)), told(api, PLANNER)["unanswered"]) == ({OFFICER: "DECLINED"}, 3)


def test_a_phone_set_to_next_year_does_not_have_the_last_word(api: Api) -> None:
    publish(api)
    ahead = answer(api, OFFICER, name="ahead", answered_at="2027-03-02T18:00:00Z")
    assert ahead.json()["answered_at"] == "2026-03-02T18:30:00Z"
    api.clock.forward(minutes=1)
    assert answer(api, OFFICER, "DECLINED", reason_code="LEAVE").json()["standing"] is True


def test_whose_window_it_is_and_from_when_on(api: Api) -> None:
    publish(api)
    assert answer(api, SOUTHERNER).status_code == 404
    assert answer(api, "7101").status_code == 404
    assert answer(api, PLANNER).status_code == 403
    for_another = answer(api, SERGEANT, captured_by=str(named(OFFICER)))
    assert for_another.status_code == 403
    far = publish(api, "far", "2026-03-03T06:31:00Z")
    assert answer(api, OFFICER, path=far).status_code == 404
    api.clock.forward(minutes=1)
    assert answer(api, OFFICER, path=far).status_code == 201
    assert answer(api, OFFICER, path=f"/v1/tasking-windows/{named('no window')}").status_code == 404
    draft = publish(api, "draft", "2026-03-03T01:00:00Z", state="PLANNED")
    assert answer(api, OFFICER, path=draft, name="to a draft").status_code == 404


def test_what_was_said_without_signal_is_kept_though_another_has_the_window(api: Api) -> None:
    publish(api)
    assert assign(api, SERGEANT, OFFICER).status_code == 200
    assert assign(api, SERGEANT, COLLEAGUE, revision=2).status_code == 200
    said = answer(api, OFFICER, answered_at="2026-03-02T18:10:00Z")
    assert (said.status_code, said.json()["standing"]) == (201, False)
    # Put back, they are asked anew.
    assert crew(assign(api, SERGEANT, OFFICER, revision=3).json()["window"]) == {OFFICER: None}
    api.put(PLANNER, f"{PATH}/cancel", {"reason": "March route changed."})
    gone = answer(api, OFFICER, name="after it was called off")
    assert (gone.status_code, gone.json()["window_state"]) == (201, "CANCELLED")


def test_who_came_forward_with_the_team_and_is_then_named_need_not_answer_again(api: Api) -> None:
    publish(api)
    assert answer(api, OFFICER).json()["standing"] is True
    named_now = assign(api, SERGEANT, OFFICER, COLLEAGUE)
    assert crew(named_now.json()["window"]) == {OFFICER: "ACCEPTED", COLLEAGUE: None}


def test_who_was_named_in_a_draft_only_was_never_given_the_window(api: Api) -> None:
    publish(api, state="PLANNED", officer_ids=[str(named(OFFICER))])
    assert assign(api, PLANNER, COLLEAGUE).status_code == 200
    assert api.put(PLANNER, f"{PATH}/publish", {}).status_code == 200
    assert answer(api, OFFICER).status_code == 404
    assert answer(api, COLLEAGUE).status_code == 201


def test_what_people_wrote_is_for_those_who_give_windows_out(api: Api) -> None:
    publish(api)
    answer(api, OFFICER, "DECLINED", reason_code="COURT", text="Crown Court at ten.")
    for collar, text in ((SERGEANT, "Crown Court at ten."), (AUDITOR, None)):
        window = told(api, collar)
        (said,) = [each for each in window["crew"] if each["answer"]]
        assert (said["reason_label"], said["text"]) == ("at court", text)
        assert [each["text"] for each in window["answers"]] == [text]
