"""When an abstraction was: of a phone whose clock is wrong, of a correction, and beside another of the same officer."""

from collections.abc import Mapping
from datetime import timedelta

from tests.abstractions.test_abstraction_story import AWAY, PATH, flags
from tests.conftest import Api, named
from tests.imports.test_routes import send


def test_the_same_reported_by_officer_and_sergeant_is_flagged_until_one_is_taken_back(api: Api) -> None:
    own = {name: value for name, value in AWAY.items() if name != "reference"}
    assert "maybe_twice" not in flags(api.put("4101", PATH, own).json())
    theirs = {**own, "abstracted_collar_number": "4101"}
    cases = {
        "over it": ("19:00", "23:00", True), "before it": ("16:00", "18:00", False), "after it": ("23:00", None, False),
        "still going on": ("17:00", None, True),
    }  # fmt: skip
    for name, (starts, ends, twice) in cases.items():
        times = {"starts_at": f"2026-03-02T{starts}:00Z", "ends_at": ends and f"2026-03-02T{ends}:00Z"}
        path = f"/v1/abstractions/{named(name)}"
        told = api.put("4111", path, {**theirs, **times})
        assert (told.status_code, "maybe_twice" in flags(told.json())) == (201, twice), name
        if not twice:
            assert api.put("4111", f"{path}/void", {"reason": "The wrong day."}).status_code == 200
    colleague = f"/v1/abstractions/{named('a colleague')}"
    assert "maybe_twice" not in flags(api.put("4102", colleague, own).json())
    over = f"/v1/abstractions/{named('over it')}"
    assert (
        api.put("4111", f"/v1/abstractions/{named('still going on')}/void", {"reason": "No."}).status_code
        == 200
    )
    assert "maybe_twice" in flags(api.get("4111", over).json())
    assert api.put("4101", f"{PATH}/void", {"reason": "The sergeant has it."}).status_code == 200
    assert "maybe_twice" not in flags(api.get("4111", over).json())


def test_a_fast_clock_is_put_right_and_a_correction_keeps_the_time(api: Api) -> None:
    api.clock.forward(hours=-2, minutes=-30)
    fast = {"Sent-At": "2026-03-02T23:00:00Z"}
    begun = {
        **AWAY,
        "starts_at": "2026-03-02T22:50:00Z",
        "ends_at": None,
        "recorded_at": "2026-03-02T22:55:00Z",
    }
    told = api.put("4101", PATH, begun, **fast).json()
    assert (told["starts_at"], told["recorded_at"]) == ("2026-03-02T15:50:00Z", "2026-03-02T15:55:00Z")
    assert "in_the_future" not in flags(told)
    # The clock was set meanwhile: the start as the phone said it, the end as it is now.
    api.clock.forward(hours=2, minutes=30)
    ended = {**begun, "ends_at": "2026-03-02T18:00:00Z", "amendment_reason": "Back."}
    right = {"Sent-At": "2026-03-02T18:30:00Z", "If-Match": '"1"'}
    told = api.put("4101", PATH, ended, **right).json()
    assert (told["starts_at"], told["ends_at"]) == ("2026-03-02T15:50:00Z", "2026-03-02T18:00:00Z")
    # Read from the answer and sent back by a phone that is fast again: nothing of it moves but what is new.
    read = {"starts_at": told["starts_at"], "ends_at": told["ends_at"], "recorded_at": told["recorded_at"]}
    again = {**ended, **read, "notice_minutes": 20, "amendment_reason": "Twenty minutes' notice."}
    told = api.put("4101", PATH, again, **{"Sent-At": "2026-03-03T01:30:00Z", "If-Match": '"2"'}).json()
    assert {name: told[name] for name in read} == read
    planned = {
        **AWAY,
        "starts_at": "2026-03-04T09:00:00Z",
        "ends_at": "2026-03-04T17:00:00Z",
        "reference": None,
    }
    ahead = api.put(
        "4101", f"/v1/abstractions/{named('rota')}", planned, **{"Sent-At": "2026-03-03T01:30:00Z"}
    ).json()
    assert (ahead["starts_at"], ahead["ends_at"]) == (planned["starts_at"], planned["ends_at"])


FAST = {
    "starts_at": "2026-03-02T12:00:00Z",
    "ends_at": "2026-03-02T16:00:00Z",
    "recorded_at": "2026-03-02T16:05:00Z",
}


def by_a_fast_phone(api: Api, said: Mapping[str, object], revision: int | None = None) -> dict[str, str]:
    """Sends an abstraction from a phone that is ten minutes fast, and says so."""
    sent = (api.clock.at + timedelta(minutes=10)).isoformat()
    more = {} if revision is None else {"If-Match": f'"{revision}"'}
    told = api.put("4101", PATH, {**AWAY, **said}, **{"Sent-At": sent}, **more)
    assert told.status_code in (200, 201), told.text
    found: dict[str, str] = told.json()
    return found


def test_an_end_that_is_left_stays_where_only_the_start_is_corrected(api: Api) -> None:
    assert api.put("4101", PATH, {**AWAY, **FAST}).status_code == 201
    later = {**FAST, "starts_at": "2026-03-02T12:15:00Z", "amendment_reason": "A quarter past."}
    told = by_a_fast_phone(api, later, 1)
    assert (told["starts_at"], told["ends_at"]) == ("2026-03-02T12:05:00Z", "2026-03-02T16:00:00Z")
    # As the phone said it first, too, of a record whose end was put right.
    put_right = {**later, "ends_at": "2026-03-02T16:20:00Z", "amendment_reason": "Twenty past."}
    assert by_a_fast_phone(api, put_right, 2)["ends_at"] == "2026-03-02T16:10:00Z"
    again = {**put_right, "starts_at": "2026-03-02T12:30:00Z", "amendment_reason": "Half past."}
    told = by_a_fast_phone(api, again, 3)
    assert (told["starts_at"], told["ends_at"]) == ("2026-03-02T12:20:00Z", "2026-03-02T16:10:00Z")


def test_an_end_that_is_planned_ahead_is_not_moved_with_the_start(api: Api) -> None:
    planned = {"starts_at": "2026-03-02T17:10:00Z", "ends_at": "2026-03-02T22:00:00Z"}
    told = by_a_fast_phone(api, planned)
    assert (told["starts_at"], told["ends_at"]) == ("2026-03-02T17:00:00Z", "2026-03-02T22:00:00Z")


def test_putting_a_clock_right_has_nothing_end_before_it_begins(api: Api) -> None:
    open_ = {**FAST, "ends_at": None}
    assert api.put("4101", PATH, {**AWAY, **open_}).status_code == 201
    ended = {**open_, "ends_at": "2026-03-02T12:05:00Z", "amendment_reason": "Five minutes."}
    told = by_a_fast_phone(api, ended, 1)
    assert (told["starts_at"], told["ends_at"]) == ("2026-03-02T12:00:00Z", "2026-03-02T12:00:00Z")
    # Three hours slow: begun just now, for an hour, by its own clock.
    now = api.clock.at
    slow = {"Sent-At": (now - timedelta(hours=3)).isoformat()}
    said = {
        "starts_at": (now - timedelta(hours=3, minutes=5)).isoformat(),
        "ends_at": (now - timedelta(hours=2, minutes=5)).isoformat(),
    }
    told = api.put("4102", f"/v1/abstractions/{named('slow')}", {**AWAY, **said}, **slow).json()
    assert told["minutes"] == 60, told


def test_when_it_was_written_down_stays_when_it_is_said_again_as_the_phone_said_it(api: Api) -> None:
    first = by_a_fast_phone(api, FAST)
    assert first["recorded_at"] == "2026-03-02T15:55:00Z"
    said = {**AWAY, **FAST, "notice_minutes": 5, "amendment_reason": "Five minutes' notice."}
    told = api.put("4101", PATH, said, **{"If-Match": '"1"'}).json()
    assert {name: told[name] for name in FAST} == {name: first[name] for name in FAST}


def reported(api: Api, who: str, name: str, **said: object) -> str:
    """Reports 4101's time away under an id of that name; the path."""
    path = f"/v1/abstractions/{named(name)}"
    plain = {each: value for each, value in AWAY.items() if each != "reference"}
    told = api.put(who, path, {**plain, "abstracted_collar_number": "4101", **said})
    assert told.status_code == 201, told.text
    return path


def twice(api: Api, path: str) -> bool:
    return "maybe_twice" in flags(api.get("4111", path).json())


RAW = b"reference,collar_number,starts_at,ends_at,reason_code\nABS-7,%s,2026-03-02 18:00,2026-03-02 22:00,CUSTODY\n"


def test_the_flag_of_what_stands_beside_it_in_time_outlives_what_stood_under_its_reference(api: Api) -> None:
    reported(api, "4111", "sergeant")
    own = reported(api, "4101", "own", reference="ABS-7")
    assert twice(api, own)
    # A file's row under the reference gives way, and is corrected; a colleague's stands under it and is taken back.
    assert send(api, "4131", "abstractions", RAW % b"4101").status_code == 200
    assert twice(api, own)
    colleague = reported(api, "4102", "a colleague's", reference="ABS-7", abstracted_collar_number="4102")
    assert api.put("4102", f"{colleague}/void", {"reason": "Not ours."}).status_code == 200
    assert twice(api, own)
    gone = api.put("4111", f"/v1/abstractions/{named('sergeant')}/void", {"reason": "He has it."})
    assert gone.status_code == 200 and not twice(api, own)


def test_the_flag_goes_when_the_other_is_corrected_to_another_time_officer_or_reference(api: Api) -> None:
    others: list[dict[str, object]] = [
        {"starts_at": "2026-03-02T09:00:00Z", "ends_at": "2026-03-02T10:00:00Z"},
        {"abstracted_collar_number": "4102"},
        {"starts_at": "2026-03-02T09:00:00Z", "ends_at": "2026-03-02T10:00:00Z", "reference": "ABS-8"},
    ]
    for number, other in enumerate(others):
        said: dict[str, object] = {"reference": "ABS-7"} if "reference" in other else {}
        first = reported(api, "4111", f"first {number}", **said)
        second = reported(api, "4101", f"second {number}", **said)
        assert (twice(api, first), twice(api, second)) == (False, True), other
        body = {**AWAY, "reference": None, "abstracted_collar_number": "4101", **said, **other}
        moved = api.put("4111", first, {**body, "amendment_reason": "Not so."}, **{"If-Match": '"1"'})
        assert moved.status_code == 200, moved.text
        assert (twice(api, first), twice(api, second)) == (False, False), other
        for who, path in (("4111", first), ("4101", second)):
            assert api.put(who, f"{path}/void", {"reason": "Over."}).status_code == 200


def test_the_flag_goes_when_a_file_takes_back_what_it_stood_beside_and_comes_when_a_row_counts_again(
    api: Api,
) -> None:
    assert send(api, "4131", "abstractions", RAW % b"4101").status_code == 200
    beside = reported(api, "4111", "beside the file's")
    assert twice(api, beside)
    cancelled = (
        (RAW % b"4101").replace(b"reason_code", b"reason_code,cancelled").replace(b"CUSTODY", b"CUSTODY,yes")
    )
    told = send(api, "4131", "abstractions", cancelled)
    assert told.status_code == 200, told.text
    assert not twice(api, beside)
    # Beside the file's alone, while another of the officer's stood for it: flagged once it counts again.
    other = {"reference": "ABS-9", "starts_at": "2026-03-02T20:00:00Z", "ends_at": "2026-03-02T21:00:00Z"}
    stands_for = reported(api, "4101", "stands for it", **other)
    assert api.put("4111", f"{beside}/void", {"reason": "Not so."}).status_code == 200
    assert send(api, "4131", "abstractions", (RAW % b"4101").replace(b"ABS-7", b"ABS-9")).status_code == 200
    late = {"starts_at": "2026-03-02T18:00:00Z", "ends_at": "2026-03-02T19:00:00Z"}
    second = reported(api, "4111", "at six", **late)
    assert not twice(api, second)
    assert api.put("4101", f"{stands_for}/void", {"reason": "Not so."}).status_code == 200
    [again] = [
        one for one in api.get("4111", "/v1/abstractions").json()["items"] if one["source"] == "import"
    ]
    assert (again["reference"], "maybe_twice" in flags(again), twice(api, second)) == ("ABS-9", True, False)
