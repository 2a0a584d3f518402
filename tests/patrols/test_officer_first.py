"""The officer first: own result in words, own word about it, a patrol taken back, and a result that is theirs alone at
first. Told through HTTP."""

from datetime import timedelta
from typing import Any

import httpx2 as httpx

from app.audit.models import Action
from app.clock import rfc3339
from app.database.engine import open_engine
from app.database.session import transaction
from app.housekeeping import close_overdue
from app.patrols.service import close_if_overdue
from tests.audit.test_events import Log, one
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import (
    START,
    batch,
    batch_path,
    check_in,
    hour_inside,
    patrol_path,
    slices_of,
    window_result,
)

SPAN = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-08T00:00:00Z"}
REASON = {"reason": "Checked in by mistake."}
SAYS = {"kind": "EXPLANATION", "reason_code": "ARREST_MADE", "text": "We left for an arrest."}
PATROL = str(named("patrol-1"))


def compliance(api: Api, collar: str = "4111", **wanted: Any) -> dict[str, Any]:
    answer = api.get(collar, "/v1/compliance/windows", **SPAN, **wanted)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def statuses(api: Api) -> list[str]:
    return [each["status"] for each in compliance(api)["windows"]]


def void(api: Api, collar: str = "4101", patrol: str = "patrol-1", **other: Any) -> httpx.Response:
    return api.put(collar, f"{patrol_path(patrol)}/void", {**REASON, **other})


def explain(api: Api, collar: str, name: str, **other: Any) -> httpx.Response:
    return api.put(collar, f"{patrol_path()}/explanations/{named(name)}", {**SAYS, **other})


# In words


def test_everybody_who_may_see_a_result_reads_it_in_words(api: Api) -> None:
    """Two minutes outside the square; the officer is «you» to themselves and a collar number to others."""
    api.put("4101", patrol_path(), check_in(crew=[{"collar_number": "4102"}]))
    api.clock.forward(minutes=120)
    out = batch(1, 20, 3, lon=-1.8905)
    for name, fixes in (("b0", batch(0, 0, 20)), ("b1", out), ("b2", batch(2, 23, 10))):
        assert api.put("4101", batch_path(name), fixes).status_code == 201
    ended = {"checked_out_at": rfc3339(START + timedelta(minutes=33))}
    done = api.put("4101", f"{patrol_path()}/check-out", ended).json()["result"]
    assert done["in_words"] == [
        "29 of 60 minutes: under 60.",
        "You were on patrol from 19:00 to 19:33: 33 of the 120 minutes of the window from 19:00 to 21:00.",
        "GPS shows it: 29 minutes in the hotspot.",
        "You were 42 m outside from 19:19 for 2 minutes.",
        "In further stretches: less than a minute GPS incomplete.",
        "Positions that arrive late still count, and an explanation helps.",
    ]
    assert api.get("4101", f"{patrol_path()}/assessment").json()["in_words"] == done["in_words"]
    for other in ("4102", "4111"):
        told = api.get(other, patrol_path()).json()["result"]["in_words"]
        assert told[3] == "4101 was 42 m outside from 19:19 for 2 minutes."
        assert api.get(other, f"{patrol_path()}/assessment").json()["in_words"] == told
    assert api.get("4112", patrol_path()).status_code == 404


def test_an_open_patrol_and_one_without_a_window_are_told_in_words(api: Api) -> None:
    opened = api.put("4101", patrol_path(), check_in(None)).json()
    assert opened["progress"]["in_words"] == "No positions have arrived yet."
    api.clock.forward(minutes=60)
    sent = api.put("4101", batch_path("b"), batch(0, 0, 20)).json()
    assert sent["progress"]["in_words"] == "19 minutes in hotspots so far, by positions up to 19:19."
    assert api.get("4101", patrol_path()).json()["progress"] == sent["progress"]
    ended = {"checked_out_at": rfc3339(START + timedelta(minutes=20))}
    done = api.put("4101", f"{patrol_path()}/check-out", ended).json()["result"]
    assert done["in_words"][:3] == [
        "19 minutes in hotspots: patrol without a window.",
        "You were on patrol from 19:00 to 19:20.",
        "GPS shows it: 19 minutes in Hotspot TGP-1.",
    ]


# Explanations and disputes


def test_officer_and_crew_explain_and_those_who_see_the_patrol_read_it(api: Api) -> None:
    hour_inside(api, "4101", "patrol-1", "phone-1", 0, 30, crew=[{"collar_number": "4102"}])
    log = Log(api)
    said = explain(api, "4101", "e1", from_at="2026-03-02T19:10:00Z", incident_reference="1234-020326")
    assert said.status_code == 201, said.text
    assert (said.json()["reason_label"], said.json()["reason_unknown"]) == ("arrest", False)
    event = one(log.of(said), Action.COLLECT, "patrol:explain", "4101", patrol=[PATROL])
    assert event.subjects["explanation"] == [str(named("e1"))]
    api.clock.forward(minutes=1)
    disputed = explain(api, "4102", "e2", kind="DISPUTE", reason_code="FLOOD", disputes_assessment=1)
    assert disputed.status_code == 201, disputed.text
    assert (disputed.json()["reason_label"], disputed.json()["reason_unknown"]) == (None, True)
    log.of(disputed)
    for collar in ("4101", "4102", "4111", "4121"):
        read = api.get(collar, f"{patrol_path()}/explanations")
        assert [each["collar_number"] for each in read.json()["explanations"]] == ["4101", "4102"]
        one(log.of(read), Action.CONSULT, "patrol:explanations:read", collar, patrol=[PATROL])
    for collar in ("4103", "4112", "7101"):
        assert api.get(collar, f"{patrol_path()}/explanations").status_code == 404


def test_an_explanation_is_a_fact_like_any_other(api: Api) -> None:
    early = explain(api, "4101", "e1")
    assert (early.status_code, early.json()["code"]) == (409, "parent-unknown")
    for name in ("patrol-1", "patrol-2"):
        body = check_in(checked_in_at=rfc3339(START - timedelta(minutes=len(name))))
        assert api.put("4101", patrol_path(name), body).status_code == 201
    first = explain(api, "4101", "e1")
    again = explain(api, "4101", "e1", incident_reference=None)
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    assert explain(api, "4101", "e1", text="Something else.").json()["code"] == "conflict"
    elsewhere = f"{patrol_path('patrol-2')}/explanations/{named('e1')}"
    assert api.put("4101", elsewhere, SAYS).json()["code"] == "conflict"


def test_nobody_speaks_for_somebody_else(api: Api) -> None:
    hour_inside(api, "4101", "patrol-1", "phone-1", 0, 30)
    for collar in ("4102", "4111"):
        refused = explain(api, collar, f"e-{collar}")
        assert (refused.status_code, refused.json()["code"]) == (409, "parent-unknown")
    for collar in ("4102", "4135"):
        refused = explain(api, collar, f"f-{collar}", captured_by=str(named("4101")))
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        assert void(api, collar, captured_by=str(named("4101"))).status_code == 403
    assert api.get("4101", f"{patrol_path()}/explanations").json() == {"explanations": []}
    assert explain(api, "4101", "own", captured_by=str(named("4101"))).status_code == 201


# Taken back


def test_a_voided_patrol_counts_nowhere_and_keeps_every_row(api: Api) -> None:
    hour_inside(api, "4101", "patrol-1", "phone-1", 0, 61, crew=[{"collar_number": "4102"}])
    api.clock.at = START + timedelta(hours=3)
    assert statuses(api) == ["compliant"]
    log = Log(api)
    done = void(api)
    assert done.status_code == 201, done.text
    event = one(log.of(done), Action.ALTER, "patrol:void", "4101", patrol=[PATROL])
    assert event.reason == REASON["reason"]
    told = done.json()
    assert (told["state"], told["result"], told["progress"]) == ("voided", None, None)
    assert told["void"] == {**REASON, "received_at": rfc3339(api.clock.at)}
    again = void(api)
    assert (again.status_code, again.json()) == (200, told)
    one(log.of(again), Action.CONSULT, "patrol:void", "4101", patrol=[PATROL])
    assert void(api, reason="Another reason.").json()["code"] == "conflict"
    assert statuses(api) == ["not_attended"]
    assert window_result(api.url).patrol_ids == []
    assert slices_of(api.url) == {}
    assert api.get("4111", patrol_path()).json()["void"]["reason"] == REASON["reason"]
    assert api.get("4111", f"{patrol_path()}/assessment").json()["status"] == "compliant"
    assert api.get("4111", "/v1/patrols", status="compliant").json()["patrols"] == []
    assert [each["state"] for each in api.get("4111", "/v1/patrols").json()["patrols"]] == ["voided"]


def test_what_arrives_after_a_void_is_kept_and_revives_nothing(api: Api) -> None:
    api.put("4101", patrol_path(), check_in())
    api.clock.forward(minutes=60)
    api.put("4101", batch_path("b0"), batch(0, 0, 20))
    assert void(api).json()["state"] == "voided"
    assert api.get("4101", "/v1/me/tasking").json()["open_patrol"] is None
    assert statuses(api) == ["published"]
    late = api.put("4101", batch_path("b1"), batch(1, 20, 45))
    assert late.status_code == 201, late.text
    progress = late.json()["progress"]
    assert (progress["verified_seconds"], progress["in_words"]) == (0, "This patrol was taken back.")
    ended = {"checked_out_at": rfc3339(START + timedelta(minutes=65))}
    done = api.put("4101", f"{patrol_path()}/check-out", ended)
    assert (done.status_code, done.json()["state"], done.json()["result"]) == (201, "voided", None)
    assert done.json()["checked_out_at"] == ended["checked_out_at"]
    api.put("4101", batch_path("b2"), batch(2, 65, 1))
    api.clock.at = START + timedelta(hours=6)
    engine = open_engine(api.url)
    assert close_overdue(engine, api.clock.at) == 0
    engine.dispose()
    assert api.get("4101", patrol_path()).json()["state"] == "voided"
    assert slices_of(api.url) == {}
    assert statuses(api) == ["not_attended"]
    assert api.get("4111", "/v1/patrols", status="in_progress").json()["patrols"] == []


def test_a_forgotten_patrol_that_is_voided_is_not_closed(api: Api) -> None:
    api.put("4101", patrol_path(), check_in(None))
    void(api)
    api.clock.at = START + timedelta(hours=12)
    engine = open_engine(api.url)
    assert close_overdue(engine, api.clock.at) == 0
    # Nor by a process that had found it open before.
    with transaction(engine) as session:
        assert not close_if_overdue(session, named("patrol-1"), api.clock.at)
    engine.dispose()
    told = api.get("4101", patrol_path()).json()
    assert (told["state"], told["closed_by"], told["ended_at"]) == ("voided", None, None)


def test_a_void_leaves_the_patrols_of_others_as_they_are(api: Api) -> None:
    """Declared by a colleague, an officer is credited only where their own phone is silent; a patrol that was a mistake
    no longer speaks."""
    hour_inside(api, "4102", "other", "phone-2", 0, 61, crew=[{"collar_number": "4101"}])
    hour_inside(api, "4101", "patrol-1", "phone-1", 0, 61)
    assert slices_of(api.url) == {("4101", "verified"): 60, ("4102", "verified"): 60}
    assert void(api).status_code == 201
    assert slices_of(api.url) == {("4101", "declared"): 60, ("4102", "verified"): 60}
    assert (window_result(api.url).status, window_result(api.url).officer_count) == ("compliant", 1)


def test_only_its_own_officer_takes_a_patrol_back(api: Api) -> None:
    assert void(api).json()["code"] == "parent-unknown"
    hour_inside(api, "4101", "patrol-1", "phone-1", 0, 30, crew=[{"collar_number": "4102"}])
    for collar in ("4102", "4111", "4112", "7101"):
        assert void(api, collar).json()["code"] == "parent-unknown"
    assert api.get("4101", patrol_path()).json()["state"] == "closed"
