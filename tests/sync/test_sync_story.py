"""A phone sends its queue in one request: each fact stands or falls by itself, and all that stands is durable."""

import gzip
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlmodel import Session, select

from app.audit.models import Action, AuditEvent
from app.clock import rfc3339
from app.database.engine import open_engine
from app.database.session import reading
from app.patrols.models import PatrolAssessment
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START, batch_path, patrol_path, result_of, window_result
from tests.samples import rows_held
from tests.sync.queue import (
    Item,
    answers,
    begins,
    ends,
    fixes,
    item,
    outcomes,
    results,
    says,
    send,
    takes_back,
    whole_patrol,
)


def read(api: Api, what: Callable[[Session], Any]) -> Any:
    engine = open_engine(api.url)
    with reading(engine) as session:
        found = what(session)
    engine.dispose()
    return found


def assessments(api: Api) -> list[PatrolAssessment]:
    found: list[PatrolAssessment] = read(api, lambda session: session.exec(select(PatrolAssessment)).all())
    return list(found)


def events(api: Api) -> list[AuditEvent]:
    found: list[AuditEvent] = read(api, lambda session: session.exec(select(AuditEvent)).all())
    return list(found)


def test_a_whole_shift_in_one_request_is_the_same_as_one_by_one(api: Api) -> None:
    api.clock.forward(minutes=66)
    assert outcomes(api, [*whole_patrol(), answers()]) == ["created"] * 9
    done = api.get("4101", patrol_path()).json()
    assert (done["state"], done["closed_by"], result_of(done)["status"]) == ("closed", "phone", "compliant")
    assert result_of(done)["seconds"] == {"verified": 3870, "probable": 0, "unverified": 30, "outside": 0}
    assert window_result(api.url).status == "compliant"
    assert len(api.get("4101", f"{patrol_path()}/explanations").json()["explanations"]) == 1
    # Judged once, for all its facts.
    (judged,) = assessments(api)
    assert (judged.number, judged.cause) == (1, "check_out")


def test_any_order_gives_the_same_result(api: Api) -> None:
    api.clock.forward(minutes=66)
    queue = [*whole_patrol(), answers()]
    Random(7).shuffle(queue)
    assert queue[0]["kind"] != "check-in"
    assert set(outcomes(api, queue)) == {"created"}
    assert result_of(api.get("4101", patrol_path()).json())["status"] == "compliant"
    assert len(assessments(api)) == 1


def test_the_whole_request_again_changes_nothing(api: Api) -> None:
    api.clock.forward(minutes=66)
    queue = [*whole_patrol(), answers()]
    send(api, queue)
    held = rows_held(api.url)
    assert set(outcomes(api, queue)) == {"replayed"}
    assert rows_held(api.url) == held
    assert {each["status"] for each in results(api, queue)} == {200}


def test_what_was_sent_alone_is_recognised_and_the_other_way_round(api: Api) -> None:
    api.clock.forward(minutes=66)
    queue = whole_patrol()
    api.put("4101", patrol_path(), queue[0]["content"])
    api.put("4101", batch_path("b0"), queue[1]["content"])
    assert outcomes(api, queue) == ["replayed", "replayed", *["created"] * 6]
    for number in range(5):
        assert api.put("4101", batch_path(f"b{number}"), queue[1 + number]["content"]).status_code == 200
    assert api.put("4101", f"{patrol_path()}/check-out", queue[-1]["content"]).status_code == 200


def test_one_bad_item_never_harms_another(api: Api) -> None:
    api.clock.forward(minutes=66)
    bad: list[Any] = [
        "not an object",
        None,
        {"kind": "check-in"},
        {**begins("p-2"), "surprise": 1},
        {**begins("p-3"), "id": "not-an-id"},
        item("sighting", "s-1", {}),
        begins("p-4", mode="HOVER"),
        begins("p-5", checked_in_at="yesterday"),
        {**fixes("b9", 9, 0, 1), "patrol_id": None},
        item("check-out", "p-6", {"checked_out_at": "2026-03-02T20:00:00Z"}),
        answers("a-2", "WINDOW-2"),
    ]
    queue = [*bad[:6], *whole_patrol(), *bad[6:]]
    found = results(api, queue)
    told = [each["outcome"] for each in found]
    assert told[6:14] == ["created"] * 8
    assert told[:6] + told[14:] == ["rejected"] * 9 + ["deferred", "rejected"]
    assert [each["status"] for each in found[:6] + found[14:]] == [422] * 9 + [409, 404]
    pointers = [
        [fault["pointer"] for fault in (each["problem"] or {"errors": []})["errors"]]
        for each in found[:6] + found[14:]
    ]
    assert pointers == [
        [""], [""], ["/id", "/content"], [""], ["/id"], ["/kind"], ["/content/mode"], ["/content/checked_in_at"],
        ["/patrol_id"], [], [],
    ]  # fmt: skip
    assert (found[0]["kind"], found[0]["id"], found[4]["id"], found[5]["kind"]) == (None, None, None, None)
    told_all = json.dumps(found)
    for typed in ("not-an-id", "HOVER", "yesterday", "surprise", "sighting"):
        assert typed not in told_all
    assert result_of(api.get("4101", patrol_path()).json())["status"] == "compliant"


def test_only_the_envelope_refuses_the_request(api: Api) -> None:
    wrong: list[Any] = [[], [begins()] * 501, "x"]
    bodies: list[dict[str, Any]] = [*({"items": each} for each in wrong), {}, {"items": [1], "more": 2}]
    for body in bodies:
        answer = api.post("4101", "/v1/sync", body)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert send(api, [1]).status_code == 200
    headers = api.as_officer("4101", **{"Content-Type": "application/json", "Content-Encoding": "gzip"})
    packed = gzip.compress(json.dumps({"items": [begins()]}).encode())
    answer = api.client.post("/v1/sync", content=packed, headers=headers)
    assert (answer.status_code, answer.json()["results"][0]["outcome"]) == (200, "created")
    assert api.client.post("/v1/sync", content=packed[:40], headers=headers).status_code == 400
    assert api.client.post("/v1/sync", json={"items": [1]}).status_code == 401


def test_an_item_twice_in_one_request(api: Api) -> None:
    api.clock.forward(minutes=10)
    other = begins(mode="CYCLE")
    assert outcomes(api, [begins(), begins(), other]) == ["created", "replayed", "conflict"]
    (conflict,) = results(api, [other])
    assert (conflict["status"], conflict["problem"]["code"]) == (409, "conflict")


def test_a_bad_fix_is_told_and_costs_nothing_else(api: Api) -> None:
    api.clock.forward(minutes=30)
    queue = [begins(), fixes("b", 0, 0, 5)]
    queue[1]["content"]["fixes"][3]["lat"] = 952.0
    found = results(api, queue)
    assert [each["outcome"] for each in found] == ["created", "created"]
    assert [bad["index"] for bad in found[1]["rejected_fixes"]] == [3]
    raw = json.dumps({"items": [fixes("c", 1, 5, 5)]}).replace("8.0", "NaN", 1)
    headers = api.as_officer("4101", **{"Content-Type": "application/json"})
    told = api.client.post("/v1/sync", content=raw, headers=headers).json()["results"][0]
    assert (told["outcome"], [bad["index"] for bad in told["rejected_fixes"]]) == ("created", [0])


def test_the_phone_is_told_how_far_its_patrol_has_come(api: Api) -> None:
    api.clock.forward(minutes=30)
    answer = send(api, [begins(), fixes("b", 0, 0, 30)]).json()
    (patrol,) = answer["patrols"]
    assert patrol["id"] == str(named("patrol-1"))
    assert patrol["progress"]["verified_seconds"] == 30 * 60 - 30
    assert patrol["advice"]["batch_every_seconds"] == 120
    assert answer["counts"]["created"] == 2


def test_a_patrol_taken_back_in_the_same_request_counts_nowhere(api: Api) -> None:
    api.clock.forward(minutes=66)
    assert outcomes(api, [takes_back(), *whole_patrol()]) == ["created"] * 9
    assert api.get("4101", patrol_path()).json()["state"] == "voided"


def test_a_child_without_its_patrol_waits_on_the_phone(api: Api) -> None:
    api.clock.forward(minutes=66)
    begin, *rest = whole_patrol()
    found = results(api, rest)
    assert {each["outcome"] for each in found} == {"deferred"}
    assert {each["problem"]["code"] for each in found} == {"parent-unknown"}
    assert found[0]["problem"]["retryable"] is True
    assert set(outcomes(api, [*rest, begin])) == {"created"}


def test_each_item_needs_its_own_permission_and_denials_are_logged(api: Api) -> None:
    api.clock.forward(minutes=66)
    # Another system records patrols, and answers no window.
    found = results(api, [begins("p", captured_by=str(named("4101"))), answers()], "4135")
    assert [(each["outcome"], each["status"]) for each in found] == [("created", 201), ("rejected", 403)]
    assert (found[1]["problem"]["code"], found[1]["quarantine_id"]) == ("forbidden", None)
    assert send(api, [begins()], "4132").status_code == 403
    assert rows_held(api.url)["patrols"] == 1
    denied = {event.operation: event for event in events(api) if event.action is Action.DENIED}
    assert denied.keys() == {"own:windows:answer", "own:facts:send"}
    assert denied["own:windows:answer"].subjects == {"window-answer": [str(named("answer-1"))]}
    assert denied["own:windows:answer"].actor_id == named("4135")


def test_somebody_elses_id_is_taken_and_their_patrol_unknown(api: Api) -> None:
    api.clock.forward(minutes=10)
    assert outcomes(api, [begins()]) == ["created"]
    found = results(api, [begins(), fixes("b", 0, 0, 5)], "4102")
    assert [(each["outcome"], each["problem"]["code"]) for each in found] == [
        ("conflict", "id-taken"),
        ("deferred", "parent-unknown"),
    ]
    denied = {event.operation for event in events(api) if event.action is Action.DENIED}
    assert denied == {"id-taken", "patrol-of-another"}


def test_five_hundred_items(api: Api) -> None:
    api.clock.forward(minutes=240)
    patrols = [f"p{number}" for number in range(50)]
    queue: list[Item] = []
    for number, name in enumerate(patrols):
        at = rfc3339(START + timedelta(minutes=4 * number))
        queue.append(begins(name, None, checked_in_at=at))
        queue += [says(f"{name}-w{each}", name) for each in range(8)]
        queue.append(ends(name, 4 * number + 3))
    assert len(queue) == 500
    Random(3).shuffle(queue)
    assert set(outcomes(api, queue)) == {"created"}
    assert rows_held(api.url)["patrol_assessments"] == 50


def test_two_requests_with_the_same_items_at_once_record_them_once(api: Api) -> None:
    api.clock.forward(minutes=66)
    queue = [*whole_patrol(), answers()]
    shuffled = [Random(seed).sample(queue, len(queue)) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda items: outcomes(api, items), shuffled))
    assert sorted(each for told in found for each in told) == ["created"] * 9 + ["replayed"] * 27
    assert rows_held(api.url)["fix_batches"] == 5
    assert len(assessments(api)) == 1


def test_a_patrol_that_cannot_be_judged_keeps_nobody_else_waiting(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.patrols import judging

    api.clock.forward(minutes=66)
    whole = judging.judge

    def failing(session: Session, patrol: Any, *rest: Any) -> bool:
        if patrol.id == named("p-2"):
            raise ValueError("a fault of ours")
        return whole(session, patrol, *rest)

    monkeypatch.setattr(judging, "judge", failing)
    found = results(api, [*whole_patrol(), begins("p-2", None), ends("p-2")])
    assert [each["outcome"] for each in found] == ["created"] * 8 + ["deferred"] * 2
    assert found[-1]["problem"]["code"] == "internal"
    assert result_of(api.get("4101", patrol_path()).json())["status"] == "compliant"
    assert api.get("4101", patrol_path("p-2")).status_code == 404
    monkeypatch.undo()
    assert outcomes(api, [begins("p-2", None), ends("p-2")]) == ["created", "created"]
