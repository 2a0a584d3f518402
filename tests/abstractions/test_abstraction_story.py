"""Abstractions through HTTP: reported, corrected, confirmed, disputed; by file; and what they explain."""

from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from app.abstractions.import_kinds import ABSTRACTIONS
from app.areas.import_kinds import import_from_console
from app.audit.models import Action
from app.database.engine import open_engine
from app.imports.mechanism import ReadAs
from tests.audit.test_events import Log
from tests.conftest import Api, named
from tests.imports.test_routes import codes, send
from tests.patrols.test_reviews_story import due

PATH = f"/v1/abstractions/{named('away')}"
AWAY: dict[str, Any] = {
    "starts_at": "2026-03-02T18:00:00Z",
    "ends_at": "2026-03-02T22:00:00Z",
    "reason_code": "CUSTODY",
    "authorising_collar_number": "4111",
    "authority_level": "SGT",
    "destination": "CUSTODY",
    "destination_unit": "PERRY-BARR",
    "post_role": "DNO",
    "notice_minutes": 15,
    "backfilled": False,
    "reference": "ABS-7",
}
CORRECTED = {**AWAY, "ends_at": "2026-03-02T21:00:00Z", "amendment_reason": "Released an hour earlier."}


def flags(told: dict[str, Any]) -> list[str]:
    return [flag["code"] for flag in told["flags"]]


def correct(api: Api, revision: int, body: object, who: str = "4101") -> httpx.Response:
    return api.put(who, PATH, body, **{"If-Match": f'"{revision}"'})


def decide(
    api: Api, who: str, what: str, name: str, revision: int | None = 1, path: str = PATH, **body: object
) -> httpx.Response:
    read = {"If-Match": f'"{revision}"'} if revision is not None else {}
    return api.put(who, f"{path}/{what}/{named(name)}", body, **read)


def test_it_is_reported_corrected_and_taken_back(api: Api) -> None:
    log = Log(api)
    first = api.put("4101", PATH, AWAY)
    assert first.status_code == 201, first.text
    told = first.json()
    assert (told["minutes"], told["counts_as_abstraction"], told["because"], told["policy_version"]) == (
        240, True, "counts", "DEFAULT-1",
    )  # fmt: skip
    assert (told["collar_number"], told["authoriser_collar_number"], told["authoriser_rank"]) == (
        "4101", "4111", "SGT",
    )  # fmt: skip
    assert (told["reason"]["label"], told["reason_class"]["code"], flags(told)) == (
        "custody cover", "LOCAL", ["protected_post"],
    )  # fmt: skip
    assert [event.action for event in log.of(first)] == [Action.COLLECT]
    assert (api.put("4101", PATH, AWAY).status_code, api.put("4102", PATH, AWAY).json()["code"]) == (
        200,
        "id-taken",
    )
    corrected = correct(api, 1, CORRECTED)
    assert (corrected.status_code, corrected.json()["minutes"]) == (200, 180), corrected.text
    assert correct(api, 1, CORRECTED).json()["revision"] == 2
    assert correct(api, 2, AWAY).json()["errors"][0]["pointer"] == "/amendment_reason"
    assert correct(api, 2, CORRECTED, "4111").json()["code"] == "parent-unknown"
    late = api.put("4101", PATH, AWAY)
    assert (late.status_code, late.json()["minutes"]) == (200, 180)
    history = api.get("4111", f"{PATH}/history").json()["revisions"]
    assert [(each["reason"], each["content"]["ends_at"]) for each in history] == [
        (None, "2026-03-02T22:00:00Z"),
        ("Released an hour earlier.", "2026-03-02T21:00:00Z"),
    ]
    gone = api.put("4101", f"{PATH}/void", {"reason": "The wrong day."}).json()
    assert (gone["status"], gone["counts_as_abstraction"], gone["because"]) == ("VOID", False, "taken back")
    assert decide(api, "4111", "disputes", "late", note="No.").json()["code"] == "taken-back"
    assert api.get("4111", "/v1/abstractions").json()["items"] == []


def test_what_is_wrong_with_its_authority_is_flagged_and_kept(api: Api) -> None:
    cases: dict[str, tuple[dict[str, Any], list[str]]] = {
        "nobody": ({"authorising_collar_number": None, "authority_level": None}, ["authority_missing"]),
        "oneself": ({"authorising_collar_number": "4101"}, ["below_level", "self_authorised"]),
        "emergency": (
            {"authorising_collar_number": None, "authority_level": "SELF"},
            ["authority_afterwards"],
        ),
        "below": ({"authority_level": "SUPT"}, ["below_level"]),
        "no reason": ({"reason_code": None}, ["reason_missing"]),
        "unknown": ({"reason_code": "MOON", "post_role": "ASTRONAUT"}, ["unknown_code"]),
        "leave": ({"reason_code": "LEAVE"}, ["not_an_abstraction"]),
        "planned": (
            {"starts_at": "2026-03-05T18:00:00Z", "ends_at": "2026-03-05T20:00:00Z"},
            ["in_the_future"],
        ),
    }
    for day, (name, (other, expected)) in enumerate(cases.items(), 1):
        # Each on a day of its own, or they would be one abstraction recorded many times.
        when = {"starts_at": f"2026-02-{day:02}T18:00:00Z", "ends_at": f"2026-02-{day:02}T22:00:00Z"}
        body = {
            key: value
            for key, value in {**AWAY, **when, "post_role": "LAT", "reference": None, **other}.items()
            if value is not None
        }
        told = api.put("4101", f"/v1/abstractions/{named(name)}", body)
        assert told.status_code == 201, (name, told.text)
        assert flags(told.json()) == expected, name
    leave = api.get("4111", f"/v1/abstractions/{named('leave')}").json()
    assert (leave["counts_as_abstraction"], leave["because"]) == (False, "no abstraction")
    stranger = api.put("4101", f"/v1/abstractions/{named('x')}", {**AWAY, "abstracted_collar_number": "9999"})
    assert (stranger.status_code, stranger.json()["errors"][0]["pointer"]) == (
        422, "/abstracted_collar_number",
    )  # fmt: skip
    assert "9999" not in stranger.text


def test_a_sergeant_reports_and_confirms_and_the_officer_disputes(api: Api) -> None:
    reported = api.put("4111", PATH, {**AWAY, "abstracted_collar_number": "4101"})
    assert (reported.status_code, reported.json()["reported_by_collar_number"]) == (201, "4111")
    # The sergeant has authorised it: somebody else confirms; whoever it is about never does.
    assert decide(api, "4111", "confirmations", "own").status_code == 403
    assert decide(api, "4101", "confirmations", "mine").status_code == 403
    assert decide(api, "4112", "confirmations", "other team").status_code == 404
    confirmed = decide(api, "4121", "confirmations", "yes", note="As told.")
    assert (confirmed.status_code, confirmed.json()["status"]) == (201, "CONFIRMED"), confirmed.text
    assert decide(api, "4121", "confirmations", "yes", note="As told.").status_code == 200
    assert decide(api, "4102", "disputes", "not mine", note="No.").json()["code"] == "parent-unknown"
    disputed = decide(api, "4101", "disputes", "no", note="I was on patrol until nine.").json()
    assert (disputed["status"], disputed["status_label"]) == ("DISPUTED", "disputed")
    assert [(each["status"], each["collar_number"]) for each in disputed["decisions"]] == [
        ("CONFIRMED", "4121"),
        ("DISPUTED", "4101"),
    ]


def test_a_supervisor_decides_on_the_version_they_read(api: Api) -> None:
    elsewhere = {"authorising_collar_number": "4121"}
    assert api.put("4101", PATH, {**AWAY, **elsewhere}).headers["ETag"] == '"1"'
    for what in ("confirmations", "disputes"):
        unread = decide(api, "4111", what, "unread", None, note="As told.")
        assert (unread.status_code, unread.json()["code"]) == (428, "precondition-required"), what
    confirmed = decide(api, "4111", "confirmations", "first", note="As told.")
    assert (confirmed.status_code, confirmed.json()["decisions"][0]["of_revision"]) == (201, 1)
    assert correct(api, 1, {**CORRECTED, **elsewhere}).json()["status"] == "SUBMITTED"
    for what in ("confirmations", "disputes"):
        stale = decide(api, "4111", what, "stale", note="As told.")
        assert (stale.status_code, stale.json()["code"]) == (412, "precondition-failed"), what
    told = api.get("4111", PATH).json()
    assert (told["status"], len(told["decisions"])) == ("SUBMITTED", 1)
    # A lost answer is told again, whatever was corrected since; the same words of another version are another decision.
    assert decide(api, "4111", "confirmations", "first", note="As told.").status_code == 200
    assert decide(api, "4111", "confirmations", "first", 2, note="As told.").json()["code"] == "conflict"
    assert decide(api, "4111", "confirmations", "stale", 2, note="As told.").json()["status"] == "CONFIRMED"
    assert api.put("4101", f"{PATH}/void", {"reason": "The wrong day."}).status_code == 200
    assert decide(api, "4111", "confirmations", "stale", 2, note="As told.").status_code == 200


def test_whom_it_concerns_disputes_it_whatever_was_corrected_meanwhile(api: Api) -> None:
    assert api.put("4111", PATH, {**AWAY, "abstracted_collar_number": "4101"}).status_code == 201
    longer = {**CORRECTED, "abstracted_collar_number": "4101"}
    assert correct(api, 1, longer, "4111").status_code == 200
    asked = decide(api, "4101", "disputes", "no", 1, note="I was on patrol.")
    assert (asked.status_code, asked.json()["code"]) == (412, "precondition-failed")
    # Whoever is said to have authorised it may, too.
    for who in ("4101", "4111"):
        queued = decide(api, who, "disputes", f"no {who}", None, note="Not so.")
        assert (queued.status_code, queued.json()["status"]) == (201, "DISPUTED"), who
    assert [each["of_revision"] for each in queued.json()["decisions"]] == [2, 2]


def test_an_emergency_of_ones_own_needs_no_more_once_it_is_confirmed(api: Api) -> None:
    own = {name: value for name, value in AWAY.items() if name != "authorising_collar_number"}
    told = api.put("4101", PATH, {**own, "authority_level": "SELF"}).json()
    assert "authority_afterwards" in flags(told)
    assert "authority_afterwards" not in flags(decide(api, "4111", "confirmations", "ok").json())


def test_who_sees_it(api: Api) -> None:
    assert api.put("4101", PATH, AWAY).status_code == 201
    for who in ("4101", "4111", "4121"):
        assert api.get(who, PATH).status_code == 200, who
        assert len(api.get(who, "/v1/abstractions").json()["items"]) == 1, who
    for who in ("4102", "4103", "4112", "7101"):
        assert api.get(who, PATH).status_code == 404, who
        assert api.get(who, "/v1/abstractions").json()["items"] == [], who
    assert api.get("4131", PATH).status_code == 403


def test_it_explains_the_window_it_took_somebody_from(api: Api) -> None:
    window = f"/v1/tasking-windows/{named('WINDOW-1')}"
    tasked = {"team_id": str(named("NORTH-1")), "officer_ids": [str(named("4101"))], "reason": "Rostered."}
    assigned = api.put("4111", f"{window}/assignment", tasked, **{"If-Match": '"1"'})
    assert assigned.status_code == 200, assigned.text
    assert api.put("4101", PATH, AWAY).status_code == 201
    api.clock.forward(hours=4)
    [item] = due(api)
    [reason] = item["proposed_reasons"]
    assert (reason["reason_code"], reason["collar_number"]) == ("ABSTRACTED", "4101")
    assert decide(api, "4101", "disputes", "no", note="I was there.").status_code == 201
    assert due(api)[0]["proposed_reasons"] == []
    assert decide(api, "4121", "confirmations", "yes").status_code == 201
    assert [each["reason_code"] for each in due(api)[0]["proposed_reasons"]] == ["ABSTRACTED"]
    assert api.put("4101", f"{PATH}/void", {"reason": "A mistake."}).status_code == 200
    [item] = due(api)
    assert (item["proposed_reasons"], item["status"]) == ([], "not_attended")


HEADER = "reference,collar_number,starts_at,ends_at,reason_code,authorising_collar_number,authority_level,cancelled\n"
ROW = "AP-1,4101,2026-03-01 10:00,2026-03-01 14:00,SCENE,4111,SGT,no\n"


def test_a_file_of_the_forces_own_app_counts_each_once(api: Api) -> None:
    assert api.put("4101", PATH, AWAY).status_code == 201
    known = "ABS-7,4101,2026-03-02 18:00,2026-03-02 22:00,CUSTODY,4111,SGT,no\n"
    raw = (HEADER + ROW + known).encode()
    assert codes(send(api, "4131", "abstractions", raw, dry_run=True)) == [(2, "reported-here", "warning")]
    done = send(api, "4131", "abstractions", raw).json()
    assert (done["counts"]["new"], done["counts"]["unchanged"]) == (2, 0), done
    again = send(api, "4131", "abstractions", (HEADER + known + ROW).encode()).json()
    assert (again["counts"]["new"], again["counts"]["unchanged"]) == (0, 2)
    longer = ROW.replace("14:00", "15:00")
    changed = send(api, "4131", "abstractions", (HEADER + longer).encode()).json()
    assert [(each["key"], each["fields"]) for each in changed["changes"]] == [("AP-1", ["ends_at"])]
    listed = api.get("4111", "/v1/abstractions").json()["items"]
    assert [(each["reference"], each["minutes"], each["source"]) for each in listed] == [
        ("ABS-7", 240, "phone"),
        ("AP-1", 300, "import"),
    ]
    ended = send(api, "4131", "abstractions", (HEADER + longer.replace(",no", ",yes")).encode()).json()
    assert ended["counts"]["ended"] == 1
    faulty = (
        "AP-2,9999,2026-03-01 10:00,,SCENE,,,no\n"
        "AP-3,4101,2026-03-01 10:00,2026-03-01 09:00,SCENE,,,no\n"
        "AP-4,4101,2026-10-25 01:30,2026-10-25 03:30,SCENE,,,no\n"
    )
    assert codes(send(api, "4131", "abstractions", (HEADER + faulty).encode(), dry_run=True)) == [
        (1, "officer-unknown", "error"), (2, "ends-before-start", "error"), (3, "clock-twice", "warning"),
    ]  # fmt: skip


def test_what_a_file_told_first_is_counted_once_when_it_is_reported_here(api: Api) -> None:
    raw = b"reference,collar_number,starts_at,ends_at,reason_code\n"
    row = b"ABS-7,4101,2026-03-02 18:00,2026-03-02 22:00,CUSTODY\n"
    assert send(api, "4131", "abstractions", raw + row).json()["counts"]["new"] == 1
    assert flags(api.put("4101", PATH, AWAY).json()) == ["protected_post"]
    totals = api.get("4131", "/v1/abstractions/report").json()["totals"]
    assert (totals["recorded"], totals["hours"]) == (1, 4)
    [gone] = api.get("4111", "/v1/abstractions", voided="true").json()["items"]
    assert (gone["source"], gone["void_reason"], gone["superseded_by"]) == (
        "import", "Reported here under the same reference.", str(named("away")),
    )  # fmt: skip
    # What somebody has decided on stays, and so does what is of somebody else.
    other = f"/v1/abstractions/{named('other')}"
    assert flags(api.put("4102", other, AWAY).json()) == ["maybe_twice", "protected_post"]
    assert len(api.get("4111", "/v1/abstractions").json()["items"]) == 2


@pytest.mark.parametrize("order", ["file phone", "phone file"])
def test_when_the_report_is_taken_back_what_the_file_told_counts_and_explains_again(
    api: Api, order: str
) -> None:
    tasked = {"team_id": str(named("NORTH-1")), "officer_ids": [str(named("4101"))], "reason": "Rostered."}
    window = f"/v1/tasking-windows/{named('WINDOW-1')}"
    assert api.put("4111", f"{window}/assignment", tasked, **{"If-Match": '"1"'}).status_code == 200
    raw = b"reference,collar_number,starts_at,ends_at,reason_code\n"
    raw += b"ABS-7,4101,2026-03-02 18:00,2026-03-02 22:00,CUSTODY\n"
    for who in order.split():
        if who == "file":
            assert send(api, "4131", "abstractions", raw).json()["counts"]["new"] == 1
        else:
            assert api.put("4101", PATH, AWAY).status_code == 201
    [standing] = api.get("4111", "/v1/abstractions").json()["items"]
    assert (standing["source"], flags(standing)) == ("phone", ["protected_post"])
    api.clock.forward(hours=4)
    assert len(due(api)[0]["proposed_reasons"]) == 1
    log = Log(api)
    gone = api.put("4101", f"{PATH}/void", {"reason": "Not on that day."})
    assert [event.operation for event in log.of(gone)] == ["abstraction:counts-again", "abstraction:void"]
    [again] = api.get("4111", "/v1/abstractions").json()["items"]
    assert (again["source"], again["status"], again["superseded_by"]) == ("import", "SUBMITTED", None)
    totals = api.get("4131", "/v1/abstractions/report").json()["totals"]
    assert (totals["recorded"], totals["hours"]) == (1, 4)
    [reason] = due(api)[0]["proposed_reasons"]
    assert reason["reason_code"] == "ABSTRACTED"
    # What somebody decides on now stands by itself, whatever is reported later.
    told = f"/v1/abstractions/{again['id']}"
    assert decide(api, "4111", "confirmations", "yes", path=told).status_code == 201
    assert "maybe_twice" in flags(api.put("4101", f"/v1/abstractions/{named('anew')}", AWAY).json())
    assert len(api.get("4111", "/v1/abstractions").json()["items"]) == 2


@pytest.mark.parametrize("order", ["file phone", "phone file"])
def test_a_report_that_turns_out_to_be_a_colleagues_stands_beside_the_file(api: Api, order: str) -> None:
    raw = b"reference,collar_number,starts_at,reason_code\nABS-7,4101,2026-03-02 18:00,CUSTODY\n"
    away = {**AWAY, "abstracted_collar_number": "4101"}
    for who in order.split():
        if who == "file":
            assert send(api, "4131", "abstractions", raw).json()["counts"]["new"] == 1
        else:
            assert api.put("4111", PATH, away).status_code == 201
    assert len(api.get("4111", "/v1/abstractions").json()["items"]) == 1
    other = {**AWAY, "abstracted_collar_number": "4102", "amendment_reason": "It was 4102."}
    assert "maybe_twice" in flags(correct(api, 1, other, "4111").json())
    listed = api.get("4111", "/v1/abstractions").json()["items"]
    assert {(each["source"], each["collar_number"]) for each in listed} == {
        ("phone", "4102"), ("import", "4101"),
    }  # fmt: skip


def test_a_confirmed_row_of_a_file_is_not_taken_back_by_another_report(api: Api) -> None:
    raw = b"reference,collar_number,starts_at,reason_code\nABS-7,4101,2026-03-02 18:00,CUSTODY\n"
    assert send(api, "4131", "abstractions", raw).status_code == 200
    [held] = api.get("4111", "/v1/abstractions").json()["items"]
    confirmed = decide(api, "4111", "confirmations", "yes", path=f"/v1/abstractions/{held['id']}")
    assert confirmed.status_code == 201, confirmed.text
    assert "maybe_twice" in flags(api.put("4101", PATH, AWAY).json())
    assert len(api.get("4111", "/v1/abstractions").json()["items"]) == 2
    assert codes(send(api, "4131", "abstractions", raw + b"\n")) == [(1, "maybe-twice", "warning")]


def test_a_correction_cannot_make_it_somebody_elses(api: Api) -> None:
    assert api.put("4101", PATH, AWAY).status_code == 201
    moved = correct(api, 1, {**CORRECTED, "captured_by": str(named("4103"))})
    assert moved.json()["code"] == "parent-unknown"
    assert api.get("4101", PATH).json()["collar_number"] == "4101"


def test_what_an_officer_corrects_of_a_file_stays_so_and_stays_the_files(api: Api) -> None:
    raw = (HEADER + ROW).encode()
    _from_console(api, raw)
    [told] = api.get("4111", "/v1/abstractions").json()["items"]
    path = f"/v1/abstractions/{told['id']}"
    said = {
        "starts_at": "2026-03-01T10:00:00Z", "ends_at": "2026-03-01T12:00:00Z", "reason_code": "SCENE",
        "authorising_collar_number": "4111", "authority_level": "SGT", "amendment_reason": "Back at noon.",
    }  # fmt: skip
    corrected = api.put("4101", path, said, **{"If-Match": '"1"'})
    assert corrected.status_code == 200, corrected.text
    assert (corrected.json()["source"], corrected.json()["reference"]) == ("import", "AP-1")
    same = send(api, "4131", "abstractions", raw + b"\n")
    assert codes(same) == [(1, "corrected-here", "warning")]
    assert (same.json()["counts"]["new"], same.json()["counts"]["unchanged"]) == (0, 1)
    # When it was is said by whoever corrected its end; one that ends before it begins would be none.
    later = raw.replace(b"10:00", b"13:00").replace(b"SCENE", b"CUSTODY")
    changed = send(api, "4131", "abstractions", later)
    assert [each["fields"] for each in changed.json()["changes"]] == [["reason_code"]]
    assert codes(changed) == [(1, "corrected-here", "warning")]
    [stands] = api.get("4111", "/v1/abstractions").json()["items"]
    assert (stands["minutes"], stands["reason"]["code"]) == (120, "CUSTODY")
    moved = {**said, "reference": "AP-2"}
    assert api.put("4101", path, moved, **{"If-Match": '"3"'}).status_code == 422


def _from_console(api: Api, raw: bytes) -> None:
    """As the command line brings it in: whom it is of stands as who reported it."""
    engine = open_engine(api.url)
    source = ABSTRACTIONS.read(raw, Path())
    brought = import_from_console(engine, ABSTRACTIONS, source, ReadAs(), "FORCE", api.clock(), dry_run=False)
    engine.dispose()
    assert brought.report.applied
