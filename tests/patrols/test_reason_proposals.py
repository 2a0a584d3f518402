"""Records of other slices propose reasons: shown to whoever decides, never deciding anything themselves."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from app.patrols.proposing import About, ProposedBy, propose_reason, withdraw_reason
from app.patrols.reasons import ReasonSource, Span
from app.schedule.models import WindowAssignment
from tests.conftest import Api, named
from tests.patrols.again import move_window
from tests.patrols.test_patrol_story import START
from tests.patrols.test_reviews_story import decide, due, patrol, window_now
from tests.people import change

MINUTE = timedelta(minutes=1)


def propose(
    api: Api,
    name: str = "arrest",
    source: ReasonSource = ReasonSource.ARREST,
    officer: str = "4101",
    by: str | None = None,
    span: tuple[datetime, datetime | None] = (START + 30 * MINUTE, START + 30 * MINUTE),
    code: str = "ARREST_MADE",
    reference: str | None = None,
    **about: UUID,
) -> None:
    def write(session: Session) -> None:
        propose_reason(
            session, named("FORCE"), ProposedBy(source, named(name), named(by or officer), START),
            About(named(officer), Span(*span), **about), code, reference,
        )  # fmt: skip

    change(api.url, write)


def withdraw(api: Api, name: str = "arrest", source: ReasonSource = ReasonSource.ARREST) -> None:
    change(api.url, lambda session: withdraw_reason(session, source, named(name), START))


def proposed(api: Api) -> list[dict[str, Any]]:
    [item] = due(api)
    found: list[dict[str, Any]] = item["proposed_reasons"]
    return found


def task(api: Api, officer: str) -> None:
    row = WindowAssignment(window_id=named("WINDOW-1"), officer_id=named(officer))
    change(api.url, lambda session: session.add(row))


def test_an_arrest_on_a_patrol_proposes_its_reason(api: Api) -> None:
    patrol(api, (0, 30), minutes=30)
    assert proposed(api) == []
    propose(api, patrol_id=named("patrol-1"), reference="CU/2026/17")
    [reason] = proposed(api)
    assert (reason["reason_code"], reason["source"], reason["source_id"]) == (
        "ARREST_MADE",
        "arrest",
        str(named("arrest")),
    )
    assert reason["in_words"] == "arrest on record: arrest, 19:30, reference CU/2026/17 (4101)"
    assert window_now(api) == ("partial", 29)


def test_what_is_amended_is_replaced_and_what_is_withdrawn_is_gone_and_may_come_again(api: Api) -> None:
    patrol(api, (0, 30), minutes=30)
    propose(api, patrol_id=named("patrol-1"))
    propose(api, patrol_id=named("patrol-1"), code="EMERGENCY_RESPONSE")
    assert [each["reason_code"] for each in proposed(api)] == ["EMERGENCY_RESPONSE"]
    withdraw(api, source=ReasonSource.ABSTRACTION)
    withdraw(api, "another")
    assert len(proposed(api)) == 1
    withdraw(api)
    withdraw(api)
    assert proposed(api) == []
    propose(api, patrol_id=named("patrol-1"))
    assert len(proposed(api)) == 1


def test_one_id_for_records_of_two_kinds_is_two_proposals(api: Api) -> None:
    patrol(api, (0, 30), minutes=30)
    propose(api, "same", patrol_id=named("patrol-1"))
    propose(api, "same", ReasonSource.ABSTRACTION, code="ABSTRACTED", patrol_id=named("patrol-1"))
    assert {each["source"] for each in proposed(api)} == {"arrest", "abstraction"}


def test_an_abstraction_concerns_the_window_of_whoever_was_tasked_by_name(api: Api) -> None:
    api.clock.at = START + timedelta(hours=3)
    away = (START - timedelta(hours=1), START + timedelta(hours=9))
    propose(api, "away", ReasonSource.ABSTRACTION, by="4111", span=away, code="ABSTRACTED")
    assert proposed(api) == []
    task(api, "4101")
    [reason] = proposed(api)
    assert reason["in_words"] == "abstraction on record: sent to other duties, 18:00 (4111)"
    assert window_now(api) == ("not_attended", 0)


def test_an_abstraction_of_somebody_else_or_of_another_time_concerns_nobody_here(api: Api) -> None:
    api.clock.at = START + timedelta(hours=3)
    task(api, "4101")
    hours = (START - timedelta(hours=2), START)
    propose(api, "before", ReasonSource.ABSTRACTION, span=hours, code="ABSTRACTED")
    propose(
        api, "after", ReasonSource.ABSTRACTION, span=(START + timedelta(hours=2), None), code="ABSTRACTED"
    )
    propose(api, "other", ReasonSource.ABSTRACTION, officer="4102", span=(START, None), code="ABSTRACTED")
    assert proposed(api) == []
    propose(api, "open", ReasonSource.ABSTRACTION, span=(START - timedelta(days=2), None), code="ABSTRACTED")
    assert [each["source_id"] for each in proposed(api)] == [str(named("open"))]


def test_it_concerns_whoever_was_on_a_patrol_of_the_window_too(api: Api) -> None:
    """A window of the whole team, and a colleague without a phone who is sent away."""
    patrol(api, (0, 30), minutes=30, crew=[{"collar_number": "4102"}])
    away = (START + 30 * MINUTE, START + timedelta(hours=3))
    propose(api, "away", ReasonSource.ABSTRACTION, officer="4102", by="4111", span=away, code="ABSTRACTED")
    assert [each["collar_number"] for each in proposed(api)] == ["4111"]


def test_what_names_a_window_goes_where_the_window_was_moved_to(api: Api) -> None:
    propose(api, "weather", ReasonSource.INCIDENT, code="SEVERE_WEATHER", window_id=named("WINDOW-1"))
    move_window(api.url, named("second"))
    api.clock.at = START + timedelta(days=2)
    assert [each["reason_code"] for each in proposed(api)] == ["SEVERE_WEATHER"]


def test_records_that_agree_are_one_reason_and_one_decision(api: Api) -> None:
    patrol(api, (0, 30), minutes=30)
    propose(api, patrol_id=named("patrol-1"))
    propose(api, "second", officer="4102", by="4102", patrol_id=named("patrol-1"))
    [reason] = proposed(api)
    assert {each["collar_number"] for each in reason["records"]} == {"4101", "4102"}
    [item] = due(api)
    done = decide(api, "4111", "r1", "REASON", item["basis"], reason_code=reason["reason_code"])
    assert done.json()["status"] == "reason_accepted"
    assert due(api) == []
    withdraw(api)
    assert window_now(api)[0] == "reason_accepted"


def test_an_unknown_code_is_kept_and_said_to_be_unknown(api: Api) -> None:
    patrol(api, (0, 30), minutes=30)
    propose(api, code="TAKEN_BY_WOLVES", patrol_id=named("patrol-1"))
    [reason] = proposed(api)
    assert (reason["reason_label"], reason["reason_unknown"]) == ("TAKEN_BY_WOLVES", True)


def test_a_patrol_without_a_window_that_waits_shows_it_too(api: Api) -> None:
    patrol(api, (0, 70), window=None, minutes=71)
    propose(api, patrol_id=named("patrol-1"))
    [item] = due(api, kind="patrol")
    assert [each["reason_code"] for each in item["proposed_reasons"]] == ["ARREST_MADE"]
