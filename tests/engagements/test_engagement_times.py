"""When an engagement was, by a clock that was wrong and by a correction; and a promise that is taken back."""

from app.audit.models import Action
from tests.audit.test_events import Log
from tests.conftest import Api, named
from tests.engagements.test_engagement_story import PATH, SURGERY
from tests.sync.queue import outcomes


def test_a_correction_is_judged_by_the_time_it_keeps(api: Api) -> None:
    # Seven hours fast, and it says so; corrected in the office by a clock that is right.
    fast = {"Sent-At": "2026-03-03T01:30:00Z"}
    said = {**SURGERY, "occurred_at": "2026-03-03T00:00:00Z", "recorded_at": "2026-03-03T01:00:00Z"}
    first = api.put("4101", PATH, said, **fast).json()
    assert (first["occurred_at"], first["recorded_at"], first["flags"]) == (
        "2026-03-02T17:00:00Z", "2026-03-02T18:00:00Z", [],
    )  # fmt: skip
    for number, other in ((1, {}), (2, {"recorded_at": first["recorded_at"]})):
        body = {**said, **other, "minutes": 40 + number, "amendment_reason": "Shorter."}
        told = api.put("4101", PATH, body, **{"If-Match": f'"{number}"'})
        assert told.status_code == 200, told.text
        assert (told.json()["occurred_at"], told.json()["flags"]) == (first["occurred_at"], [])
        assert told.json()["recorded_at"] == first["recorded_at"], number


def test_a_promise_made_by_mistake_is_taken_back_and_told_to_nobody(api: Api) -> None:
    assert api.put("4101", PATH, SURGERY).status_code == 201
    promise = f"{PATH}/actions/{named('lamp')}"
    body = {"you_said": "Mr Example's lamp is out.", "done_on": "2026-02-20", "we_did": "It was mended."}
    assert api.put("4101", promise, body).status_code == 201
    assert (
        api.put("4112", f"{promise}/void", {"reason": "Not mine to see."}).json()["code"] == "parent-unknown"
    )
    log = Log(api)
    gone = api.put("4111", f"{promise}/void", {"reason": "It named somebody."})
    assert (gone.status_code, gone.json()["actions"]) == (200, []), gone.text
    assert [(event.operation, event.action) for event in log.of(gone)] == [
        ("engagement:action-void", Action.ALTER)
    ]
    assert api.put("4101", f"{promise}/void", {"reason": "Once more."}).status_code == 200
    again = {**body, "amendment_reason": "After all."}
    assert api.put("4101", promise, again, **{"If-Match": '"1"'}).json()["code"] == "taken-back"
    # By a phone's queue, in one request with the promise itself.
    engagement, name = str(named("surgery")), str(named("bin"))
    queue = [
        {
            "kind": "engagement-action-void",
            "id": name,
            "parent_id": engagement,
            "content": {"reason": "Twice."},
        },
        {
            "kind": "engagement-action",
            "id": name,
            "parent_id": engagement,
            "content": {"you_said": "The bin."},
        },
    ]
    assert outcomes(api, queue) == ["created", "created"]
    assert api.get("4101", PATH).json()["actions"] == []
