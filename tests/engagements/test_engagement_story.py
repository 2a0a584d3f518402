"""Engagements through HTTP: recorded, corrected, taken back, promised and kept; by phone and by file."""

from typing import Any

import httpx2 as httpx
import pytest

from app.audit.models import Action
from tests.audit.test_events import Log
from tests.conftest import Api, named
from tests.imports.test_routes import codes, send
from tests.patrols.test_patrol_story import check_in, patrol_path

PATH = f"/v1/engagements/{named('surgery')}"
SURGERY: dict[str, Any] = {
    "occurred_at": "2026-03-02T17:00:00Z",
    "engagement_type": "BEAT_SURGERY",
    "method": "FACE",
    "minutes": 60,
    "planned": True,
    "published": True,
    "people_reached": 14,
    "priority_groups": ["RESIDENTS", "OLDER_65"],
    "minority_groups": [{"group": "RACE_ASIAN", "people": 5}],
    "issues": ["ASB", "VEHICLES"],
    "officers": ["4102"],
    "position": {"lat": 52.483, "lon": -1.895, "accuracy_m": 9.0},
    "reference": "ENG-0042",
}
CORRECTED = {**SURGERY, "people_reached": 17, "amendment_reason": "Three came late."}


def correct(api: Api, revision: int, body: object, who: str = "4101") -> httpx.Response:
    return api.put(who, PATH, body, **{"If-Match": f'"{revision}"'})


def test_a_surgery_is_recorded_corrected_and_taken_back(api: Api) -> None:
    log = Log(api)
    first = api.put("4101", PATH, SURGERY)
    assert first.status_code == 201, first.text
    told = first.json()
    assert (told["counted_as"], told["revision"], told["flags"]) == ("engagement", 1, [])
    assert told["engagement_type"] == {"code": "BEAT_SURGERY", "label": "surgery", "unknown": False}
    assert (told["officers"], told["place"]["source"], told["place"]["hotspots"]) == (
        ["4102"],
        "phone",
        ["Hotspot TGP-1"],
    )
    assert told["minority_groups"] == [
        {"code": "RACE_ASIAN", "label": "Asian", "unknown": False, "people": 5}
    ]
    assert [event.action for event in log.of(first)] == [Action.COLLECT]
    again = api.put("4101", PATH, SURGERY)
    assert (again.status_code, again.json()) == (200, told)
    assert api.put("4101", PATH, {**SURGERY, "minutes": 61}).json()["code"] == "conflict"
    assert api.put("4102", PATH, SURGERY).json()["code"] == "id-taken"

    corrected = correct(api, 1, CORRECTED)
    assert (corrected.status_code, corrected.json()["people_reached"]) == (200, 17), corrected.text
    assert corrected.headers["ETag"] == '"2"'
    assert correct(api, 1, CORRECTED).json()["revision"] == 2
    assert correct(api, 1, {**CORRECTED, "minutes": 5}).status_code == 412
    assert correct(api, 2, SURGERY).json()["errors"][0]["pointer"] == "/amendment_reason"
    assert correct(api, 2, CORRECTED, "4102").json()["code"] == "parent-unknown"
    # The phone that never heard its first answer sends the first version once more.
    late = api.put("4101", PATH, SURGERY)
    assert (late.status_code, late.json()["people_reached"]) == (200, 17)

    history = api.get("4111", f"{PATH}/history").json()["revisions"]
    assert [(each["revision"], each["reason"], each["content"]["people_reached"]) for each in history] == [
        (1, None, 14),
        (2, "Three came late.", 17),
    ]
    assert history[0]["content"]["officers"] == ["4102"]
    assert api.put("4102", f"{PATH}/void", {"reason": "Not mine."}).json()["code"] == "parent-unknown"
    gone = api.put("4101", f"{PATH}/void", {"reason": "It was cancelled."})
    assert (gone.status_code, gone.json()["void_reason"]) == (200, "It was cancelled.")
    assert api.put("4101", f"{PATH}/void", {"reason": "Once more."}).json()["void_reason"] == (
        "It was cancelled."
    )
    assert correct(api, 2, {**CORRECTED, "minutes": 5}).json()["code"] == "taken-back"
    assert api.get("4111", "/v1/engagements").json()["items"] == []
    assert len(api.get("4111", "/v1/engagements", voided="true").json()["items"]) == 1


def test_who_sees_it(api: Api) -> None:
    assert api.put("4101", PATH, SURGERY).status_code == 201
    for who in ("4101", "4102", "4111", "4121"):
        assert api.get(who, PATH).status_code == 200, who
        assert len(api.get(who, "/v1/engagements").json()["items"]) == 1, who
    for who in ("4103", "4112", "7101"):
        assert api.get(who, PATH).status_code == 404, who
        assert api.get(who, "/v1/engagements").json()["items"] == [], who
        assert api.get(who, f"{PATH}/history").status_code == 404, who
    for who in ("4131", "4133"):
        assert api.get(who, PATH).status_code == 403, who


def test_what_is_not_known_is_kept_and_flagged(api: Api) -> None:
    strange = {
        **SURGERY,
        "engagement_type": "MOON_PARTY",
        "priority_groups": ["MARTIANS"],
        "officers": ["9999"],
        "minority_groups": [{"group": "RACE_ASIAN", "people": 50}],
        "occurred_at": "2026-03-02T23:30:00Z",
    }
    told = api.put("4101", PATH, strange).json()
    assert [flag["code"] for flag in told["flags"]] == [
        "counts_over_reach",
        "in_the_future",
        "unknown_code",
        "unknown_officer",
    ]
    assert told["engagement_type"] == {"code": "MOON_PARTY", "label": "MOON_PARTY", "unknown": True}
    assert (told["officers"], told["occurred_at"]) == (["9999"], "2026-03-02T18:30:00Z")
    assert all("Check needed" in flag["in_words"] or "Noted" in flag["in_words"] for flag in told["flags"])


def test_a_contact_on_a_hotspot_patrol_is_no_engagement_and_waits_for_its_patrol(api: Api) -> None:
    contact = {
        "occurred_at": "2026-03-02T19:10:00Z",
        "engagement_type": "HOTSPOT_CHAT",
        "reach_band": "1_5",
        "patrol_id": str(named("patrol-1")),
    }
    api.clock.forward(hours=1)
    early = api.put("4101", PATH, contact)
    assert (early.status_code, early.json()["code"], early.json()["retryable"]) == (
        409, "parent-unknown", True,
    )  # fmt: skip
    assert api.put("4101", patrol_path(), check_in()).status_code == 201
    told = api.put("4101", PATH, contact).json()
    assert (told["counted_as"], told["patrol_id"], told["flags"]) == (
        "hotspot_contact", str(named("patrol-1")), [],
    )  # fmt: skip
    assert api.put("4102", f"/v1/engagements/{named('other')}", contact).json()["code"] == "parent-unknown"
    report = api.get("4111", "/v1/engagements/report", group_by="team").json()
    assert (report["totals"]["engagements"], report["totals"]["hotspot_contacts"]) == (0, 1)


def test_on_a_patrol_that_was_taken_back_it_says_so_and_counts(api: Api) -> None:
    contact = {
        "occurred_at": "2026-03-02T19:10:00Z",
        "engagement_type": "HOTSPOT_CHAT",
        "reach_band": "1_5",
        "patrol_id": str(named("patrol-1")),
    }
    api.clock.forward(hours=1)
    assert api.put("4101", patrol_path(), check_in()).status_code == 201
    assert api.put("4101", PATH, contact).json()["flags"] == []
    assert api.put("4101", f"/v1/engagements/{named('other')}", SURGERY).status_code == 201
    assert api.get("4111", "/v1/engagements").json()["on_voided_patrols"] == 0
    gone = api.put("4101", f"{patrol_path()}/void", {"reason": "The wrong window."})
    assert gone.status_code in (200, 201)
    assert [flag["code"] for flag in api.get("4101", PATH).json()["flags"]] == ["patrol_taken_back"]
    listed = api.get("4111", "/v1/engagements").json()
    assert (len(listed["items"]), listed["on_voided_patrols"]) == (2, 1)
    totals = api.get("4111", "/v1/engagements/report", group_by="team").json()["totals"]
    assert [totals[name] for name in ("engagements", "hotspot_contacts", "on_voided_patrols")] == [1, 1, 1]


def test_what_another_uploads_is_kept_aside(api: Api) -> None:
    body = {**SURGERY, "captured_by": str(named("4102"))}
    aside = api.put("4101", PATH, body)
    assert aside.status_code == 202, aside.text
    assert api.get("4111", "/v1/engagements").json()["items"] == []
    assert api.put("4135", PATH, body).status_code == 201
    assert api.get("4102", PATH).json()["collar_number"] == "4102"


def test_a_promise_is_made_and_kept(api: Api) -> None:
    assert api.put("4101", PATH, SURGERY).status_code == 201
    path = f"{PATH}/actions/{named('lamp')}"
    promise = {"you_said": "The lamp by the steps is broken.", "issue": "ENVIRONMENT", "due_on": "2026-03-16"}
    made = api.put("4101", path, promise)
    assert made.status_code == 201, made.text
    assert api.put("4101", path, promise).status_code == 200
    [action] = made.json()["actions"]
    assert (action["status"], action["status_label"], action["revision"]) == ("PROMISED", "promised", 1)
    kept = {
        **promise,
        "done_on": "2026-03-10",
        "we_did": "The council mended it.",
        "amendment_reason": "Done.",
    }
    done = api.put("4111", path, kept, **{"If-Match": '"1"'})
    assert done.status_code == 200, done.text
    [action] = api.get("4101", PATH).json()["actions"]
    assert (action["status"], action["we_did"], action["revision"]) == ("DONE", "The council mended it.", 2)
    assert api.put("4112", path, kept, **{"If-Match": '"2"'}).json()["code"] == "parent-unknown"


HEADER = "reference,collar_number,occurred_at,engagement_type,method,planned,people_reached,minority_groups,cancelled\n"
ROW = "TR-1,4101,2026-03-01 10:00,COMM_MEET,FACE,yes,12,RACE_ASIAN=5;DISABILITY,no\n"


def test_a_file_of_the_forces_own_tracker_counts_each_once(api: Api) -> None:
    assert api.put("4101", PATH, SURGERY).status_code == 201
    known = "ENG-0042,4101,2026-03-02 17:00,BEAT_SURGERY,FACE,yes,14,,no\n"
    raw = (HEADER + ROW + known).encode()
    tried = send(api, "4131", "engagements", raw, dry_run=True)
    assert codes(tried) == [(2, "reported-here", "warning")]
    done = send(api, "4131", "engagements", raw).json()
    assert (done["counts"]["new"], done["counts"]["unchanged"]) == (2, 0), done
    rows = api.get("4111", "/v1/engagements").json()["items"]
    assert [(row["reference"], row["source"]) for row in rows] == [("ENG-0042", "phone"), ("TR-1", "import")]
    assert [(each["code"], each["people"]) for each in rows[1]["minority_groups"]] == [
        ("DISABILITY", None),
        ("RACE_ASIAN", 5),
    ]
    # The same rows in another file change nothing; another number corrects; cancelled takes back.
    again = send(api, "4131", "engagements", (HEADER + known + ROW).encode()).json()
    assert (again["counts"]["new"], again["counts"]["unchanged"]) == (0, 2)
    changed = send(api, "4131", "engagements", (HEADER + ROW.replace(",12,", ",13,")).encode()).json()
    assert [(each["key"], each["fields"]) for each in changed["changes"]] == [("TR-1", ["people_reached"])]
    path = f"/v1/engagements/{rows[1]['id']}"
    told = api.get("4101", path).json()
    assert (told["people_reached"], told["revision"]) == (13, 2)
    ended = send(
        api, "4131", "engagements", (HEADER + ROW.replace(",12,", ",13,").replace(",no", ",yes")).encode()
    ).json()
    assert ended["counts"]["ended"] == 1
    assert api.get("4101", path).json()["voided_at"] is not None


def test_a_row_that_a_phone_may_have_said_without_a_reference_is_told(api: Api) -> None:
    said = {name: value for name, value in SURGERY.items() if name != "reference"}
    assert api.put("4101", PATH, said).status_code == 201
    row = "TR-2,4101,2026-03-02 17:20,BEAT_SURGERY,FACE,yes,14,,no\n"
    done = send(api, "4131", "engagements", (HEADER + row).encode())
    assert codes(done) == [(1, "maybe-twice", "warning")]
    twice = api.get("4111", "/v1/engagements").json()["items"]
    assert [[flag["code"] for flag in each["flags"]] for each in twice] == [["maybe_twice"], []]


def test_rows_that_cannot_be_placed_stop_the_file(api: Api) -> None:
    rows = (
        "TR-3,9999,2026-03-01 10:00,COMM_MEET,FACE,yes,12,,no\n"
        "TR-4,4101,yesterday,COMM_MEET,FACE,yes,12,,no\n"
        "TR-5,4101,2026-10-25 01:30,COMM_MEET,FACE,yes,12,,no\n"
    )
    tried = send(api, "4131", "engagements", (HEADER + rows).encode(), dry_run=True)
    assert codes(tried) == [
        (1, "officer-unknown", "error"), (2, "value", "error"), (3, "clock-twice", "warning"),
    ]  # fmt: skip
    assert send(api, "4131", "engagements", (HEADER + rows).encode()).status_code == 422
    assert send(api, "4111", "engagements", (HEADER + ROW).encode()).status_code == 403
    assert api.get("4111", "/v1/engagements").json()["items"] == []


def test_what_a_file_told_first_is_counted_once_when_the_phone_says_it(api: Api) -> None:
    row = "ENG-0042,4101,2026-03-02 17:00,BEAT_SURGERY,FACE,yes,14,,no\n"
    raw = (HEADER + row).encode()
    assert send(api, "4131", "engagements", raw).json()["counts"]["new"] == 1
    # The reference comes with a correction as well as at once.
    unnumbered = {name: value for name, value in SURGERY.items() if name != "reference"}
    assert api.put("4101", PATH, unnumbered).status_code == 201
    log = Log(api)
    numbered = correct(api, 1, {**SURGERY, "amendment_reason": "Now it has a number."})
    assert numbered.status_code == 200, numbered.text
    assert [event.operation for event in log.of(numbered)] == [
        "engagement:counted-once",
        "engagement:correct",
    ]
    [standing] = api.get("4111", "/v1/engagements").json()["items"]
    assert (standing["source"], standing["flags"]) == ("phone", [])
    [gone] = api.get("4111", "/v1/engagements", voided="true").json()["items"]
    assert (gone["source"], gone["void_reason"], gone["superseded_by"]) == (
        "import", "Recorded by phone under the same reference.", standing["id"],
    )  # fmt: skip
    # The force's next file has the row still.
    again = send(
        api, "4131", "engagements", raw + b"TR-9,4101,2026-03-01 10:00,FAITH,FACE,yes,1,,no\n"
    ).json()
    assert (again["counts"]["new"], again["counts"]["unchanged"]) == (1, 1)
    # Under a colleague's reference somebody has to look.
    told = api.put("4102", f"/v1/engagements/{named('other')}", SURGERY).json()
    assert [flag["code"] for flag in told["flags"]] == ["maybe_twice"]
    assert len(api.get("4111", "/v1/engagements").json()["items"]) == 3


TOLD = b"ENG-0042,4101,2026-03-02 17:00,BEAT_SURGERY,FACE,yes,14,,no\n"


def _by_both(api: Api, order: str) -> None:
    """The phone and a file say the same engagement, one after the other."""
    for who in order.split():
        if who == "file":
            assert send(api, "4131", "engagements", HEADER.encode() + TOLD).json()["counts"]["new"] == 1
        else:
            assert api.put("4101", PATH, SURGERY).status_code == 201
    [standing] = api.get("4111", "/v1/engagements").json()["items"]
    assert (standing["source"], standing["flags"]) == ("phone", [])


@pytest.mark.parametrize("order", ["file phone", "phone file"])
def test_when_the_phones_is_taken_back_what_the_file_told_counts_again(api: Api, order: str) -> None:
    _by_both(api, order)
    log = Log(api)
    gone = api.put("4101", f"{PATH}/void", {"reason": "It was on another day."})
    assert [event.operation for event in log.of(gone)] == ["engagement:counts-again", "engagement:void"]
    [again] = api.get("4111", "/v1/engagements").json()["items"]
    assert (again["source"], again["voided_at"], again["void_reason"], again["superseded_by"]) == (
        "import", None, None, None,
    )  # fmt: skip
    report = api.get("4111", "/v1/engagements/report", group_by="team").json()
    assert (report["totals"]["engagements"], report["totals"]["people_at_least"]) == (1, 14)
    # The next file changes nothing, and recorded anew under another id the phone's stands once more.
    same = send(api, "4131", "engagements", HEADER.encode() + TOLD + b"\n").json()["counts"]
    assert (same["new"], same["changed"], same["unchanged"]) == (0, 0, 1)
    assert api.put("4101", f"/v1/engagements/{named('anew')}", SURGERY).status_code == 201
    assert [each["source"] for each in api.get("4111", "/v1/engagements").json()["items"]] == ["phone"]


@pytest.mark.parametrize("order", ["file phone", "phone file"])
def test_a_correction_to_another_reference_has_the_file_count_beside_it(api: Api, order: str) -> None:
    _by_both(api, order)
    moved = {**SURGERY, "reference": "ENG-0043", "amendment_reason": "A digit was wrong."}
    assert correct(api, 1, moved).status_code == 200
    listed = api.get("4111", "/v1/engagements").json()["items"]
    assert sorted((each["source"], each["reference"]) for each in listed) == [
        ("import", "ENG-0042"), ("phone", "ENG-0043"),
    ]  # fmt: skip
    back = {**SURGERY, "amendment_reason": "It was right."}
    assert correct(api, 2, back).json()["flags"] == []
    assert [each["source"] for each in api.get("4111", "/v1/engagements").json()["items"]] == ["phone"]


@pytest.mark.parametrize("order", ["file phone", "phone file"])
def test_what_the_file_took_back_or_corrected_meanwhile_is_not_forgotten(api: Api, order: str) -> None:
    _by_both(api, order)
    more = TOLD.replace(b",14,", b",15,")
    changed = send(api, "4131", "engagements", HEADER.encode() + more)
    assert codes(changed) == [(1, "reported-here", "warning")]
    assert changed.json()["counts"]["changed"] == 1
    assert [each["source"] for each in api.get("4111", "/v1/engagements").json()["items"]] == ["phone"]
    assert api.put("4101", f"{PATH}/void", {"reason": "Another day."}).status_code == 200
    [again] = api.get("4111", "/v1/engagements").json()["items"]
    assert (again["people_reached"], again["revision"]) == (15, 2)
    assert api.put("4101", f"/v1/engagements/{named('anew')}", SURGERY).status_code == 201
    ended = send(api, "4131", "engagements", HEADER.encode() + more.replace(b",no", b",yes"))
    assert ended.json()["counts"]["ended"] == 1
    assert api.put("4101", f"/v1/engagements/{named('anew')}/void", {"reason": "Off."}).status_code == 200
    assert api.get("4111", "/v1/engagements").json()["items"] == []


def test_of_two_of_the_phone_one_stands_for_the_file_as_long_as_there_is_one(api: Api) -> None:
    _by_both(api, "file phone")
    second = f"/v1/engagements/{named('second')}"
    assert [each["code"] for each in api.put("4101", second, SURGERY).json()["flags"]] == ["maybe_twice"]
    assert api.put("4101", f"{PATH}/void", {"reason": "Twice."}).status_code == 200
    [standing] = api.get("4111", "/v1/engagements").json()["items"]
    assert standing["id"] == str(named("second"))
    assert standing["flags"] == [], "no twin stands beside it any more"
    assert api.put("4101", f"{second}/void", {"reason": "Neither."}).status_code == 200
    assert [each["source"] for each in api.get("4111", "/v1/engagements").json()["items"]] == ["import"]


def test_an_officer_takes_back_what_gave_way_for_good(api: Api) -> None:
    _by_both(api, "phone file")
    [told] = api.get("4111", "/v1/engagements", voided="true").json()["items"]
    path = f"/v1/engagements/{told['id']}"
    gone = api.put("4101", f"{path}/void", {"reason": "It never was."}).json()
    assert (gone["void_reason"], gone["superseded_by"]) == ("It never was.", None)
    assert api.put("4101", f"{PATH}/void", {"reason": "It never was."}).status_code == 200
    assert api.get("4111", "/v1/engagements").json()["items"] == []


def test_a_colleagues_under_the_same_reference_counts_beside_it_in_both_orders(api: Api) -> None:
    theirs = TOLD.replace(b"4101", b"4102")
    assert api.put("4101", PATH, SURGERY).status_code == 201
    told = send(api, "4131", "engagements", HEADER.encode() + theirs)
    assert codes(told) == [(1, "maybe-twice", "warning")]
    listed = api.get("4111", "/v1/engagements").json()["items"]
    assert {(each["source"], len(each["flags"])) for each in listed} == {("phone", 0), ("import", 1)}


def test_a_correction_cannot_make_it_somebody_elses(api: Api) -> None:
    assert api.put("4101", PATH, SURGERY).status_code == 201
    moved = correct(api, 1, {**CORRECTED, "captured_by": str(named("4103"))})
    assert moved.json()["code"] == "parent-unknown"
    told = api.get("4101", PATH).json()
    assert (told["revision"], told["team_id"]) == (1, str(named("NORTH-1")))
    assert correct(api, 1, {**CORRECTED, "captured_by": str(named("4101"))}).status_code == 200


def test_a_correction_does_not_move_what_a_slow_phone_said(api: Api) -> None:
    slow = {"Sent-At": "2026-03-02T18:10:00Z"}
    assert api.put("4101", PATH, SURGERY, **slow).json()["occurred_at"] == "2026-03-02T17:20:00Z"
    told = correct(api, 1, CORRECTED).json()
    assert (told["occurred_at"], told["people_reached"]) == ("2026-03-02T17:20:00Z", 17)
    moved = {
        **CORRECTED,
        "occurred_at": "2026-03-02T16:00:00Z",
        "amendment_reason": "It was an hour earlier.",
    }
    assert correct(api, 2, moved).json()["occurred_at"] == "2026-03-02T16:00:00Z"
