"""When an abstraction was: of a phone whose clock is wrong, of a correction, and beside another of the same officer."""

from tests.abstractions.test_abstraction_story import AWAY, PATH, flags
from tests.conftest import Api, named


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
