"""What cannot be recorded as it came: held where it may be, seen, corrected, recorded after all."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2 as httpx

from app.audit.models import Action
from app.clock import rfc3339
from app.database.engine import open_engine
from app.housekeeping import tick_once
from app.sync import aside
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START, patrol_path, result_of
from tests.patrols.test_quarantine import OWNER, SENDER, SERGEANT, WHO, release, waiting
from tests.samples import rows_held
from tests.sync.queue import answers, begins, ends, fixes, item, outcomes, results, says, whole_patrol
from tests.sync.test_sync_story import events

GOOD = begins()["content"]
PATROL = str(named("patrol-1"))


def correct(api: Api, collar: str, identifier: str | UUID, content: dict[str, Any]) -> httpx.Response:
    body = {"content": content, "reason": "The app sent a mode that is no mode."}
    return api.put(collar, f"/v1/quarantine/{identifier}/correction", body)


def see(api: Api, collar: str, identifier: str | UUID) -> dict[str, Any]:
    answer = api.get(collar, f"/v1/quarantine/{identifier}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_poisoned_check_in_costs_nothing_and_is_set_right_by_its_officer(api: Api) -> None:
    api.clock.forward(minutes=66)
    queue = whole_patrol()
    queue[0] = begins(mode="HOVER", position={"lat": 52.483, "lon": -1.895, "accuracy_m": 9.0})
    found = results(api, queue)
    assert [each["outcome"] for each in found] == ["rejected", *["quarantined"] * 7]
    assert {each["reason"] for each in found[1:]} == {"parent-refused"}
    assert (found[0]["status"], found[0]["problem"]["code"]) == (422, "invalid")
    place = found[0]["quarantine_id"]
    # The whole queue again: the same answers, nothing doubled.
    held = rows_held(api.url)
    assert [each["outcome"] for each in results(api, queue)] == ["rejected", *["quarantined"] * 7]
    assert rows_held(api.url) == held
    detail = see(api, "4101", place)
    assert (detail["reason"], detail["fact_id"], detail["patrol_id"]) == ("invalid", PATROL, PATROL)
    assert [fault["pointer"] for fault in detail["faults"]] == ["/content/mode"]
    assert detail["content"]["mode"] == "HOVER" and "position" not in detail["content"]
    assert len(waiting(api, "4101")) == len(waiting(api, SERGEANT)) == 8
    assert waiting(api, "4112") == [] == waiting(api, "4102")
    done = correct(api, "4101", place, {**detail["content"], "mode": "FOOT"})
    assert (done.status_code, done.json()["released_as"]) == (200, "recorded"), done.text
    patrol = api.get("4101", patrol_path()).json()
    # Its children came with it, and it was judged with all of them.
    assert (patrol["mode"], result_of(patrol)["status"]) == ("FOOT", "compliant")
    assert len(api.get("4101", f"{patrol_path()}/explanations").json()["explanations"]) == 1
    assert waiting(api, "4101") == []
    detail = see(api, "4101", place)
    assert (detail["original"]["mode"], detail["content"]["mode"]) == ("HOVER", "FOOT")
    assert [each["corrected_by_collar_number"] for each in detail["corrections"]] == ["4101"]


def test_a_supervisor_corrects_and_releases(api: Api) -> None:
    api.clock.forward(minutes=66)
    (bad,) = results(api, [begins(mode="HOVER")])
    place = bad["quarantine_id"]
    assert release(api, SERGEANT, place).json()["code"] == "needs-correction"
    still_bad = correct(api, SERGEANT, place, {**GOOD, "mode": "GLIDE"})
    assert (still_bad.status_code, still_bad.json()["errors"][0]["pointer"]) == (422, "/content/mode")
    other = correct(api, SERGEANT, place, {**GOOD, "captured_by": str(named("4102"))})
    assert other.json()["errors"][0]["pointer"] == "/content/captured_by"
    assert correct(api, SERGEANT, place, GOOD).json()["released_at"] is None
    held = rows_held(api.url)
    assert correct(api, SERGEANT, place, GOOD).status_code == 200
    assert rows_held(api.url) == held
    assert release(api, "4101", place).status_code == 403
    for stranger in ("4112", "7101", "4102"):
        assert correct(api, stranger, place, GOOD).status_code == 404
    done = release(api, SERGEANT, place)
    assert (done.status_code, done.json()["released_as"]) == (200, "recorded"), done.text
    assert api.get("4101", patrol_path()).json()["officer_id"] == str(named("4101"))
    assert correct(api, SERGEANT, place, {**GOOD, "mode": "CYCLE"}).json()["code"] == "not-correctable"
    (event,) = [
        each for each in events(api) if (each.operation, each.action) == ("quarantine:correct", Action.ALTER)
    ]
    assert (event.actor_id, event.reason) == (named(SERGEANT), "The app sent a mode that is no mode.")


def test_a_new_app_version_sends_it_right_and_nobody_need_look(api: Api) -> None:
    api.clock.forward(minutes=66)
    queue = whole_patrol()
    results(api, [begins(mode="HOVER"), *queue[1:]])
    assert len(waiting(api, "4101")) == 8
    # The phone holds the check-in alone still: what was quarantined is off its queue.
    assert outcomes(api, [begins()]) == ["created"]
    assert waiting(api, "4101") == []
    assert {one["released_as"] for one in waiting(api, "4101", released=True)} == {"sent-again", "recorded"}
    assert result_of(api.get("4101", patrol_path()).json())["status"] == "compliant"


def test_children_are_taken_in_by_the_tick_when_the_check_in_came_alone(api: Api) -> None:
    api.clock.forward(minutes=66)
    queue = whole_patrol()
    results(api, [begins(mode="HOVER"), *queue[1:]])
    assert api.put("4101", patrol_path(), queue[0]["content"]).status_code == 201
    engine = open_engine(api.url)
    done = tick_once(engine, api.clock.at)
    again = tick_once(engine, api.clock.at)
    engine.dispose()
    assert (done["facts recorded whose patrol came"], again["facts recorded whose patrol came"]) == (7, 0)
    assert result_of(api.get("4101", patrol_path()).json())["status"] == "compliant"


def test_a_phone_handed_to_a_colleague(api: Api) -> None:
    """4102's phone broke; 4101 sends 4102's queue with their own. 4102's waits for release, all of it, in order."""
    api.clock.forward(minutes=66)
    queue = whole_patrol()
    for each in queue:
        each["content"].update(WHO)
    own = [begins("mine", None), ends("mine")]
    found = results(api, [*queue, *own], SENDER)
    told = [each["outcome"] for each in found]
    # Words are said by oneself only.
    assert told == [*["quarantined"] * 6, "rejected", "quarantined", "created", "created"]
    assert {each["reason"] for each in found if each["outcome"] == "quarantined"} == {"uploaded-by-another"}
    assert (found[6]["status"], found[6]["quarantine_id"]) == (403, None)
    # What 4102 sends from a new phone belongs to a check-in that waits: it waits with it.
    (said,) = results(api, [says()], OWNER)
    assert (said["outcome"], said["reason"]) == ("quarantined", "parent-aside")
    places = [each["quarantine_id"] for each in found if each["outcome"] == "quarantined"]
    assert release(api, SERGEANT, places[0]).status_code == 200
    assert len(api.get(OWNER, f"{patrol_path()}/explanations").json()["explanations"]) == 1
    for place in places[1:]:
        assert release(api, SERGEANT, place).status_code == 200
    assert result_of(api.get(OWNER, patrol_path()).json())["status"] == "compliant"


def test_what_we_may_not_hold_is_not_kept(api: Api) -> None:
    api.clock.forward(minutes=10)
    (bad,) = results(api, [begins(mode="HOVER", suspect="A NAME")])
    assert see(api, "4101", bad["quarantine_id"])["content"].keys() == GOOD.keys()
    (unknown,) = results(api, [item("sighting", "s", {"who": "A NAME"})])
    (denied,) = results(api, [answers()], "4135")
    assert (unknown["quarantine_id"], denied["status"], denied["quarantine_id"]) == (None, 403, None)
    engine = open_engine(api.url)
    with engine.connect() as connection:
        bodies = connection.exec_driver_sql("SELECT body, faults FROM quarantined_facts").all()
    engine.dispose()
    assert all(b"A NAME" not in bytes(body) and "A NAME" not in str(faults) for body, faults in bodies)


def test_what_is_kept_is_bounded(api: Api, monkeypatch: Any) -> None:
    api.clock.forward(minutes=10)
    monkeypatch.setattr(aside, "MOST_WAITING", 3)
    queue = [begins(f"p{number}", mode="HOVER") for number in range(5)]
    places = [each["quarantine_id"] for each in results(api, queue)]
    assert sum(place is not None for place in places) == 3
    monkeypatch.undo()
    crew = [{"collar_number": "x" * 64} for _ in range(2000)]
    (large,) = results(api, [begins("large", crew=crew)])
    assert (large["outcome"], large["quarantine_id"]) == ("rejected", None)


def test_words_are_corrected_by_who_said_them(api: Api) -> None:
    api.clock.forward(minutes=66)
    found = results(api, [begins(), says(reason_code="not a code!"), answers(answer="MAYBE")])
    assert [each["outcome"] for each in found] == ["created", "rejected", "rejected"]
    words, answer = found[1]["quarantine_id"], found[2]["quarantine_id"]
    said = {"kind": "EXPLANATION", "text": "No signal under the viaduct."}
    assert correct(api, SERGEANT, words, said).status_code == 403
    assert correct(api, "4101", words, said).json()["released_as"] == "recorded"
    taken = {"answer": "ACCEPTED", "answered_at": "2026-03-02T17:00:00Z"}
    assert correct(api, "4101", answer, taken).json()["released_as"] == "recorded"
    assert len(api.get("4101", f"{patrol_path()}/explanations").json()["explanations"]) == 1


def test_fixes_are_not_written_anew(api: Api) -> None:
    api.clock.forward(minutes=66)
    bad = fixes("b", 0, 0, 5)
    bad["content"]["sequence"] = "first"
    found = results(api, [begins(), bad])
    place = found[1]["quarantine_id"]
    detail = see(api, "4101", place)
    assert (detail["content"]["fixes"], detail["correctable"]) == (10, False)
    assert correct(api, "4101", place, bad["content"]).json()["code"] == "not-correctable"


def test_a_correction_keeps_what_was_measured(api: Api) -> None:
    api.clock.forward(minutes=66)
    position = {"lat": 52.483, "lon": -1.895, "accuracy_m": 9.0}
    at = rfc3339(START + timedelta(minutes=65))
    (begun,) = results(api, [begins()])
    assert begun["outcome"] == "created"
    (bad,) = results(api, [item("check-out", "patrol-1", {"checked_out_at": "late", "position": position})])
    moved = {"checked_out_at": at, "position": {"lat": 52.0, "lon": -1.0}}
    assert correct(api, "4101", bad["quarantine_id"], moved).json()["released_as"] == "recorded"
    engine = open_engine(api.url)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT latitude, longitude FROM check_outs").all()
    engine.dispose()
    assert [tuple(row) for row in rows] == [(52.483, -1.895)]
