"""The way of a disputed result: the officer disputes, the sergeant decides in bulk, a late batch overturns it."""

from datetime import timedelta
from typing import Any

from sqlmodel import select

from app.audit.models import Action
from app.database.engine import open_engine
from app.database.session import transaction
from app.schedule.models import TaskingWindow
from tests.audit.test_events import Log
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import batch, batch_path, patrol_path
from tests.patrols.test_reviews_story import WINDOW, due, patrol

SPAN = {"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z"}


def compliance(api: Api) -> dict[str, Any]:
    answer: dict[str, Any] = api.get("4111", "/v1/compliance/windows", **SPAN).json()
    return answer


def words(api: Api, collar: str) -> str:
    sentences: list[str] = api.get(collar, patrol_path()).json()["result"]["in_words"]
    return sentences[0]


def dispute_and_decide(api: Api) -> None:
    """A silence disputed by its officer, and accepted with that reason among others by the sergeant."""
    # No signal from 19:40 to 19:58; the rest of 75 minutes inside.
    patrol(api, (0, 40), (58, 17), minutes=75)
    assert words(api, "4101") == "56 of 60 minutes: GPS incomplete."
    disputed = {
        "kind": "DISPUTE",
        "reason_code": "DEVICE_FAILURE",
        "text": "We never left. The phone lost its signal in the arcade.",
        "disputes_assessment": 1,
    }
    log = Log(api)
    said = api.put("4101", f"{patrol_path()}/explanations/{named('said')}", disputed)
    assert said.status_code == 201, said.text
    assert [event.action for event in log.of(said)] == [Action.COLLECT]

    [item] = due(api)
    assert (item["status"], item["open_disputes"][0]["text"]) == ("unverified", disputed["text"])
    [proposed] = item["proposed_reasons"]
    assert (proposed["reason_code"], proposed["collar_number"]) == ("DEVICE_FAILURE", "4101")
    decision = {
        "id": str(named("decided")), "window_id": item["id"], "basis": item["basis"], "decision": "REASON",
        "reason_code": proposed["reason_code"], "note": "The arcade is known for it.",
        "answers": [item["open_disputes"][0]["id"]],
    }  # fmt: skip
    log = Log(api)
    answer = api.post("4111", "/v1/reviews", {"items": [decision]})
    assert answer.json()["created"] == 1, answer.text
    [event] = log.of(answer)
    assert (event.action, event.operation, event.subjects["officer"]) == (
        Action.ALTER, "review:decide", [str(named("4101"))],
    )  # fmt: skip
    assert due(api) == []
    told = compliance(api)
    [window] = told["windows"]
    assert (window["status"], window["evidence_status"], window["reason_label"]) == (
        "reason_accepted", "unverified", "phone or GPS failed",
    )  # fmt: skip
    assert told["totals"]["in_words"] == (
        "Kept 0 of 1 published window; 1 with a reason accepted (phone or GPS failed)."
    )


def test_a_dispute_a_bulk_decision_and_a_late_batch(api: Api) -> None:
    dispute_and_decide(api)
    # The phone finds its signal: a whole batch captured in the arcade arrives, with the number it was given there.
    api.clock.forward(hours=10)
    assert api.put("4101", batch_path("late"), batch(1, 40, 18)).status_code == 201
    assert words(api, "4101") == "74 of 60 minutes: 60 reached."
    told = compliance(api)
    [window] = told["windows"]
    assert (window["status"], window["decision"], window["needs_confirmation"]) == (
        "compliant",
        "REASON",
        True,
    )
    assert (told["totals"]["kept"], told["totals"]["needs_confirmation"]) == (1, 1)
    assert told["totals"]["by_reason"] == []
    [shown] = api.get("4101", patrol_path()).json()["decisions"]
    assert (shown["of"], shown["decision_label"], shown["reason_label"], shown["needs_confirmation"]) == (
        "window", "reason accepted", "phone or GPS failed", True,
    )  # fmt: skip
    [mine] = api.get("4101", f"{patrol_path()}/reviews").json()["reviews"]
    assert (mine["decided_by_collar_number"], mine["needs_confirmation"], mine["status_label"]) == (
        "4111", True, "kept",
    )  # fmt: skip
    judged = api.get("4101", f"{patrol_path()}/assessments").json()["assessments"]
    assert [each["status"] for each in judged] == ["unverified", "compliant"]

    [item] = due(api)
    assert item["needs_confirmation"] is True
    confirmed = {
        "decision": "STAND", "basis": item["basis"], "replaces": item["latest_review"], "note": "Kept after all.",
    }  # fmt: skip
    assert (
        api.put("4111", f"{WINDOW}/reviews/{named('confirmed')}", confirmed).json()["status"] == "compliant"
    )
    assert due(api) == []
    assert [row["standing"] for row in api.get("4111", f"{WINDOW}/reviews").json()["reviews"]] == [
        False,
        True,
    ]


def test_a_disputed_patrol_makes_only_the_window_due_that_it_is_linked_to(api: Api) -> None:
    other = named("WINDOW-2")
    engine = open_engine(api.url)
    with transaction(engine) as session:
        first = session.exec(select(TaskingWindow).where(TaskingWindow.id == named("WINDOW-1"))).one()
        said = first.model_dump(exclude={"id", "starts_at", "ends_at"})
        earlier = timedelta(hours=4)
        session.add(
            TaskingWindow(
                **said, id=other, starts_at=first.starts_at - earlier, ends_at=first.ends_at - earlier
            )
        )
    engine.dispose()
    patrol(api, (0, 70), window=None)
    link = {"window_id": str(named("WINDOW-1")), "reason": "She took it over from the night shift."}
    assert api.put("4111", f"{patrol_path()}/links/{named('link')}", link).status_code == 201
    decided = {"decision": "REASON", "basis": 0, "reason_code": "NO_STAFF", "note": "Two officers at court."}
    answer = api.put("4111", f"/v1/tasking-windows/{other}/reviews/{named('decided')}", decided)
    assert answer.status_code == 201, answer.text
    assert due(api) == []

    disputed = {
        "kind": "DISPUTE",
        "reason_code": "DEVICE_FAILURE",
        "text": "It was longer.",
        "disputes_assessment": 2,
    }
    answer = api.put("4101", f"{patrol_path()}/explanations/{named('disputed')}", disputed)
    assert answer.status_code == 201, answer.text
    assert [item["id"] for item in due(api, kind="window")] == [str(named("WINDOW-1"))]
