"""A result that is told to those on the patrol first: until when, what it hides, and when the time begins. Told through
HTTP."""

from datetime import timedelta

import httpx2 as httpx
import pytest

from app.audit.models import Action
from app.clock import rfc3339
from app.database.engine import open_engine
from app.housekeeping import close_overdue
from tests.audit.test_events import Log
from tests.conftest import Api, named
from tests.patrols.test_officer_first import compliance, statuses, void
from tests.patrols.test_patrol_story import START, batch, batch_path, check_in, hour_inside, patrol_path
from tests.tracks.test_policies import bring

NOWHERE = {"recorded_at": "2026-03-02T19:40:00Z", "lat": 91, "lon": 0}


@pytest.fixture
def held(api: Api) -> str:
    """A kept window whose result is the officer's for two hours; answers until when."""
    assert bring(api, "2026-03-02,officer_first_minutes,120").status_code in (200, 201)
    hour_inside(api, "4101", "patrol-1", "phone-1", 0, 61, crew=[{"collar_number": "4102"}])
    return rfc3339(api.clock.at + timedelta(hours=2))


def test_a_held_result_is_told_to_those_on_the_patrol_only(api: Api, held: str) -> None:
    for collar in ("4101", "4102"):
        told = api.get(collar, patrol_path()).json()
        assert (told["result"]["status"], told["result_from"]) == ("compliant", None)
        assert api.get(collar, f"{patrol_path()}/assessment").status_code == 200
        assert api.get(collar, f"{patrol_path()}/track").status_code == 200
        assert len(api.get(collar, "/v1/patrols", status="compliant").json()["patrols"]) == 1
    for collar in ("4111", "4121"):
        told = api.get(collar, patrol_path()).json()
        assert (told["state"], told["result"], told["result_from"]) == ("closed", None, held)
        for part in ("assessment", "track"):
            log = Log(api)
            refused = api.get(collar, f"{patrol_path()}/{part}")
            assert (refused.status_code, refused.json()["code"]) == (409, "officer-first")
            assert held in refused.json()["detail"]
            assert refused.json()["retryable"] is True
            [event] = log.of(refused)
            assert event.action == Action.DENIED
        assert api.get(collar, "/v1/patrols").json()["patrols"][0]["result"] is None
        for status in ("compliant", "review", "partial", "unverified", "not_attended", "in_progress"):
            assert api.get(collar, "/v1/patrols", status=status).json()["patrols"] == []
    assert api.get("4112", f"{patrol_path()}/assessment").status_code == 404


def test_a_window_of_a_held_result_is_in_progress_and_adds_nothing(api: Api, held: str) -> None:
    api.clock.at = START + timedelta(hours=2, minutes=30)
    told = compliance(api)
    [line] = told["windows"]
    assert (line["status"], line["verified_minutes"], line["patrol_count"]) == ("in_progress", 0, 0)
    assert (told["totals"]["kept"], told["totals"]["verified_minutes"]) == (0, 0)
    assert compliance(api, status="compliant")["windows"] == []
    assert len(compliance(api, status="in_progress")["windows"]) == 1
    api.clock.at = START + timedelta(hours=4)
    told = compliance(api)
    assert [line["status"] for line in told["windows"]] == ["compliant"]
    assert (told["totals"]["kept"], told["totals"]["verified_minutes"]) == (1, 60)
    seen = api.get("4111", patrol_path()).json()
    assert (seen["result"]["status"], seen["result_from"]) == ("compliant", None)
    assert api.get("4111", f"{patrol_path()}/assessment").status_code == 200
    assert len(api.get("4111", "/v1/patrols", status="compliant").json()["patrols"]) == 1


def test_a_later_judgement_does_not_extend_the_time(api: Api, held: str) -> None:
    api.clock.forward(minutes=100)
    late = {**batch(1, 60.5, 0.5), "device_id": str(named("phone-1"))}
    assert api.put("4101", batch_path("late"), late).status_code == 201
    assert api.get("4101", patrol_path()).json()["result"]["assessment_number"] == 2
    assert api.get("4111", patrol_path()).json()["result_from"] == held
    api.clock.forward(minutes=20)
    assert api.get("4111", patrol_path()).json()["result"]["assessment_number"] == 2


def test_an_open_patrol_of_a_force_that_holds_results_tells_its_progress_to_those_on_it(api: Api) -> None:
    bring(api, "2026-03-02,officer_first_minutes,600")
    api.put("4101", patrol_path(), check_in(crew=[{"collar_number": "4102"}]))
    api.clock.forward(minutes=70)
    sent = api.put("4101", batch_path("b"), batch(0, 0, 65)).json()["progress"]
    assert sent["in_words"].startswith("64 of 60 minutes so far")
    for collar in ("4101", "4102"):
        assert api.get(collar, patrol_path()).json()["progress"] == sent
    for collar in ("4111", "4121"):
        told = api.get(collar, patrol_path()).json()
        assert (told["state"], told["progress"], told["result"]) == ("open", None, None)
        [listed] = api.get(collar, "/v1/patrols", status="in_progress").json()["patrols"]
        assert listed["progress"] is None


def test_progress_goes_by_the_rules_of_the_windows_day(api: Api) -> None:
    """Today's rules hold nothing; tomorrow's do."""
    bring(api, "2026-03-02,report_every_seconds,30", "2026-03-03,officer_first_minutes,600")
    api.put("4101", patrol_path(), check_in())
    api.clock.forward(minutes=20)
    sent = api.put("4101", batch_path("b"), batch(0, 0, 19)).json()["progress"]
    assert api.get("4111", patrol_path()).json()["progress"] == sent


# Closed by policy before the officer knew


def forgotten(api: Api, hold: int = 120) -> None:
    """An hour in the window, no check-out: closed by policy."""
    bring(api, f"2026-03-02,officer_first_minutes,{hold}")
    api.put("4101", patrol_path(), check_in())
    api.clock.at = START + timedelta(minutes=31)
    api.put("4101", batch_path("b0"), batch(0, 0, 60))
    api.clock.at = START + timedelta(hours=3)
    engine = open_engine(api.url)
    assert close_overdue(engine, api.clock.at) == 1
    engine.dispose()


def back(api: Api, minutes: float = 61) -> httpx.Response:
    """The phone comes back with the check-out."""
    return api.put(
        "4101", f"{patrol_path()}/check-out", {"checked_out_at": rfc3339(START + timedelta(minutes=minutes))}
    )


def test_the_time_of_a_forgotten_patrol_begins_when_its_phone_comes_back(api: Api) -> None:
    forgotten(api)
    api.clock.forward(minutes=125)
    assert api.get("4111", patrol_path()).json()["result"] is None
    assert back(api).json()["result"]["in_words"]
    until = rfc3339(api.clock.at + timedelta(hours=2))
    told = api.get("4111", patrol_path()).json()
    assert (told["result"], told["result_from"]) == (None, until)
    assert statuses(api) == ["in_progress"]
    api.clock.forward(minutes=60)
    late = {**batch(1, 60.5, 0.5), "device_id": str(named("phone-1"))}
    assert api.put("4101", batch_path("late"), late).status_code == 201
    assert api.get("4111", patrol_path()).json()["result_from"] == until
    api.clock.forward(minutes=60)
    assert api.get("4111", patrol_path()).json()["result"]["assessment_number"] >= 2
    assert statuses(api) != ["in_progress"]


def test_an_answer_that_changes_nothing_begins_the_time_as_well(api: Api) -> None:
    """A batch of which no position is one: stored and answered, and the result stands."""
    forgotten(api)
    api.clock.forward(minutes=60)
    assert (
        api.put("4101", batch_path("b1"), {**batch(1, 40, 0.5), "fixes": [NOWHERE]}).json()["accepted"] == 0
    )
    until = rfc3339(api.clock.at + timedelta(hours=2))
    assert api.get("4111", patrol_path()).json()["result_from"] == until
    assert statuses(api) == ["in_progress"]
    api.clock.forward(minutes=120)
    assert api.get("4111", patrol_path()).json()["result"]["assessment_number"] == 1
    assert statuses(api) == ["unverified"]


def test_a_forgotten_patrol_waits_a_day_for_its_phone_and_no_longer(api: Api) -> None:
    forgotten(api)
    limit = rfc3339(api.clock.at + timedelta(hours=24))
    assert api.get("4111", patrol_path()).json()["result_from"] == limit
    api.clock.forward(minutes=23 * 60)
    back(api)
    assert api.get("4111", patrol_path()).json()["result_from"] == limit
    api.clock.forward(minutes=60)
    assert api.get("4111", patrol_path()).json()["result"] is not None
    assert statuses(api) != ["in_progress"]


def test_a_phone_that_comes_back_after_the_day_finds_its_result_told(api: Api) -> None:
    forgotten(api)
    api.clock.forward(minutes=24 * 60)
    assert api.get("4111", patrol_path()).json()["result"] is not None
    back(api)
    assert api.get("4111", patrol_path()).json()["result"]["assessment_number"] == 2


def test_what_a_held_patrol_was_credited_with_is_found_by_nobody_else(api: Api) -> None:
    bring(api, "2026-03-02,officer_first_minutes,120")
    hour_inside(api, "4101", "patrol-1", "phone-1", 0, 20, window=None)
    wanted = {"hotspot_id": str(named("TGP-1"))}
    assert len(api.get("4101", "/v1/patrols", **wanted).json()["patrols"]) == 1
    assert api.get("4111", "/v1/patrols", **wanted).json()["patrols"] == []


def test_a_held_patrol_that_is_voided_holds_nothing_back(api: Api, held: str) -> None:
    assert void(api).status_code == 201
    told = api.get("4111", patrol_path()).json()
    assert (told["state"], told["result"], told["result_from"]) == ("voided", None, None)
    api.clock.at = START + timedelta(hours=2, minutes=30)
    assert statuses(api) == ["not_attended"]


def test_what_was_told_once_is_not_held_by_a_later_policy(api: Api) -> None:
    hour_inside(api, "4101", "patrol-1", "phone-1", 0, 61)
    assert api.get("4111", patrol_path()).json()["result"]["status"] == "compliant"
    assert bring(api, "2026-03-02,officer_first_minutes,120").status_code in (200, 201)
    late = {**batch(1, 60.5, 0.5), "device_id": str(named("phone-1"))}
    assert api.put("4101", batch_path("late"), late).status_code == 201
    assert api.get("4111", patrol_path()).json()["result"]["assessment_number"] == 2
