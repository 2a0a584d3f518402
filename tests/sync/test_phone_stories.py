"""What happens to phones in the field, told with the queue they hold: nothing is lost, nothing is doubled."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.clock import rfc3339
from app.problems import ID_TAKEN
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START, patrol_path, result_of
from tests.samples import rows_held
from tests.sync.queue import Item, begins, ends, fixes, item, outcomes, results, says, send, whole_patrol


def stamped(queue: list[Item], by: timedelta) -> list[Item]:
    """The same queue of a phone whose clock is wrong: everything it says of time is off."""

    def off(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: _moved(inner, by) if name.endswith("_at") else off(inner)
                for name, inner in value.items()
            }
        return [off(each) for each in value] if isinstance(value, list) else value

    moved: list[Item] = off(queue)
    return moved


def _moved(value: str, by: timedelta) -> str:
    return rfc3339(datetime.fromisoformat(value) + by)


def test_two_phones_of_one_officer(api: Api) -> None:
    """The old phone holds the first half, the new one the rest, and both hold some of the same."""
    api.clock.forward(minutes=66)
    queue = whole_patrol()
    assert outcomes(api, [*queue[3:], queue[2]]) == ["deferred"] * 6
    assert outcomes(api, queue[:4]) == ["created"] * 4
    assert outcomes(api, queue[3:]) == ["replayed", *["created"] * 4]
    other = "2b7f0f5a-8a4a-7b8e-9d6c-000000000002"
    again = fixes("second-phone", 0, 0, 65)
    again["content"]["device_id"] = other
    assert outcomes(api, [again]) == ["created"]
    assert result_of(api.get("4101", patrol_path()).json())["status"] == "compliant"


def test_a_reinstalled_app_with_a_full_queue(api: Api) -> None:
    """The queue was restored from a backup: all of it went out before, and some is new."""
    api.clock.forward(minutes=66)
    queue = whole_patrol()
    send(api, queue[:5])
    held = rows_held(api.url)
    assert outcomes(api, queue[:5]) == ["replayed"] * 5
    assert rows_held(api.url) == held
    assert outcomes(api, queue) == [*["replayed"] * 5, *["created"] * 3]
    # It made a new id for its device, and a patrol under the id of a patrol that is there: told, and not overwritten.
    fresh = begins(device_id="2b7f0f5a-8a4a-7b8e-9d6c-000000000003")
    (told,) = results(api, [fresh])
    assert (told["outcome"], told["problem"]["code"]) == ("conflict", "conflict")
    assert result_of(api.get("4101", patrol_path()).json())["status"] == "compliant"


@pytest.mark.parametrize("hours", [-5, 7])
def test_a_clock_hours_off(api: Api, hours: int) -> None:
    """Check-in and check-out are put right by what the phone says of its clock; fixes bear GNSS time as it is."""
    api.clock.forward(minutes=66)
    wrong = timedelta(hours=hours)
    queue = whole_patrol()
    ends_off = stamped([queue[0], queue[-1]], wrong)
    sent_at = {"Sent-At": rfc3339(api.clock.at + wrong)}
    assert set(outcomes(api, [ends_off[0], *queue[1:-1], ends_off[1]], **sent_at)) == {"created"}
    patrol = api.get("4101", patrol_path()).json()
    assert (patrol["started_at"], patrol["ended_at"]) == (
        rfc3339(START),
        rfc3339(START + timedelta(minutes=65)),
    )
    assert patrol["checked_in_at"] == rfc3339(START + wrong)
    assert result_of(patrol)["seconds"]["verified"] == 3870
    assert result_of(patrol)["check_needed"] is True


def test_an_expired_token_with_a_full_queue(api: Api) -> None:
    """401 for the whole request: nothing is stored, nothing is lost, and the same request goes through afterwards."""
    expired = api.as_officer("4101")
    api.clock.forward(hours=30)
    queue = whole_patrol()
    answer = api.client.post("/v1/sync", json={"items": queue}, headers=expired)
    assert (answer.status_code, answer.json()["code"]) == (401, "not-authenticated")
    assert rows_held(api.url)["patrols"] == 0
    assert set(outcomes(api, queue)) == {"created"}
    assert result_of(api.get("4101", patrol_path()).json())["status"] == "compliant"


def test_three_days_in_a_drawer(api: Api) -> None:
    """The patrol was closed by policy long ago; its real end and all its fixes come at once, and it is judged anew."""
    api.put("4101", patrol_path(), begins()["content"])
    api.clock.forward(days=3)
    queue = whole_patrol()
    assert outcomes(api, queue) == ["replayed", *["created"] * 7]
    patrol = api.get("4101", patrol_path()).json()
    assert (patrol["closed_by"], result_of(patrol)["status"]) == ("phone", "compliant")
    # A patrol nobody had heard of is as welcome.
    late = [begins("late", None), fixes("late-b", 0, 0, 65, "late"), ends("late")]
    assert outcomes(api, late) == ["created"] * 3


def test_a_poisoned_item_holds_nothing_up_and_is_told_every_time(api: Api) -> None:
    api.clock.forward(minutes=66)
    poisoned = says("poisoned", text="x" * 5000)
    queue = [poisoned, *whole_patrol()]
    assert outcomes(api, queue) == ["rejected", *["created"] * 8]
    first, again = results(api, queue)[0], results(api, queue)[0]
    assert first == again
    assert first["quarantine_id"] is not None
    assert [fault["pointer"] for fault in first["problem"]["errors"]] == ["/content/text"]


def test_a_request_cut_anywhere_and_sent_again(api: Api) -> None:
    """Half a body stores nothing; an answer that is lost has stored everything; both are sent again."""
    api.clock.forward(minutes=66)
    queue = whole_patrol()
    headers = api.as_officer("4101", **{"Content-Type": "application/json"})
    assert (
        api.client.post("/v1/sync", content=b'{"items": [{"kind": "check-in"', headers=headers).status_code
        == 400
    )
    assert rows_held(api.url)["patrols"] == 0
    for upto in range(1, len(queue) + 1):
        told = outcomes(api, queue[:upto])
        assert told == [*["replayed"] * (upto - 1), "created"]
    assert result_of(api.get("4101", patrol_path()).json())["status"] == "compliant"


def test_an_id_that_is_taken_is_made_anew_with_all_that_belongs_to_it(api: Api) -> None:
    api.clock.forward(minutes=66)
    assert api.put("4102", patrol_path(), begins(mode="CYCLE")["content"]).status_code == 201
    told = results(api, whole_patrol())
    assert told[0]["problem"]["code"] == ID_TAKEN.code
    assert {each["outcome"] for each in told[1:]} == {"deferred"}
    renamed = [
        {**each, "id": str(named("fresh"))} if each["id"] == str(named("patrol-1")) else each
        for each in whole_patrol()
    ]
    for each in renamed:
        if "patrol_id" in each:
            each["patrol_id"] = str(named("fresh"))
    assert set(outcomes(api, renamed)) == {"created"}


def test_a_check_out_comes_before_its_check_in_by_hours(api: Api) -> None:
    api.clock.forward(minutes=66)
    out = item("check-out", "patrol-1", {"checked_out_at": rfc3339(START + timedelta(minutes=65))})
    assert outcomes(api, [out]) == ["deferred"]
    api.clock.forward(hours=5)
    assert outcomes(api, [out, begins()]) == ["created", "created"]
    assert api.get("4101", patrol_path()).json()["closed_by"] == "phone"
