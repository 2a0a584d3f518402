"""Arrests and other powers: who may use them, and what is flagged."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.activities.codes import DetailLevel
from app.activities.facts import Actor, ArrestFacts, OutcomeFacts
from app.activities.powers import arrest_flags, outcome_flags
from app.identity.permissions import OfficerKind
from app.reference.queries import built_in_lists

AT = datetime(2026, 3, 2, 19, 30, tzinfo=UTC)
PCSO = Actor(OfficerKind.PCSO, "PCSO")
WARDEN = Actor(OfficerKind.WARDEN, "PARTNER")
PROPER = ArrestFacts(
    level=DetailLevel.RECORD,
    arrester=Actor(OfficerKind.CONSTABLE, "PC"),
    arrested_at=AT,
    recorded_at=AT + timedelta(minutes=10),
    basis="S24",
    necessity=("INVESTIGATE", "DISAPPEAR"),
    told_of_arrest_and_grounds=True,
    disposal="CUSTODY",
)


def flags(now: datetime = AT + timedelta(minutes=10), **said: Any) -> set[str]:
    return set(arrest_flags(replace(PROPER, **said), built_in_lists(), now))


def test_a_proper_arrest_has_no_flag() -> None:
    assert flags() == set()


def test_rule_01_section_24_is_a_constables_and_24a_is_told_as_what_it_is() -> None:
    assert flags(arrester=PCSO) == {"arrester_not_constable"}
    assert flags(arrester=PCSO, basis="S24A", necessity=()) == {"any_person_arrest"}
    assert flags(arrester=WARDEN, basis="WARRANT") == {"arrester_not_constable"}
    assert flags(arrester=WARDEN, basis="BOP") == set()
    # A basis that is not said, or that nobody knows, is none that a PCSO has; of a constable nothing follows.
    for basis in (None, "OF_TOMORROW"):
        assert flags(arrester=PCSO, basis=basis, necessity=()) == {"arrester_not_constable"}
        assert flags(basis=basis, necessity=()) == set()
    assert flags(arrester=PCSO, basis=None, level=DetailLevel.REFERENCE) == {"arrester_not_constable"}
    # A constable by now who arrested as a PCSO.
    assert flags(arrester=Actor(OfficerKind.CONSTABLE, "PCSO")) == {"arrester_not_constable"}


def test_rule_07_section_24_names_a_necessity() -> None:
    assert flags(necessity=()) == {"no_necessity"}
    assert flags(necessity=("NAME",)) == set()
    assert flags(necessity=(), basis="WARRANT") == set()
    assert flags(necessity=(), level=DetailLevel.REFERENCE) == set()


def test_rule_03_holds_for_arrests_too() -> None:
    late = AT + timedelta(hours=2)
    assert flags(recorded_at=late) == {"recorded_late"}


def test_rule_08_a_de_arrest_is_a_disposal_of_an_arrest_that_stays() -> None:
    assert flags(disposal="DEARREST", now=AT + timedelta(days=2)) == set()


def test_custody_is_known_a_day_later() -> None:
    assert flags(now=AT + timedelta(hours=24)) == set()
    assert flags(now=AT + timedelta(hours=25)) == {"custody_reference_missing"}
    assert flags(now=AT + timedelta(hours=25), custody_reference="CU/26/881") == set()
    assert flags(now=AT + timedelta(hours=25), disposal="STREET_BAIL") == set()


def test_whoever_is_arrested_is_told_so() -> None:
    assert flags(told_of_arrest_and_grounds=False) == {"not_told_grounds"}


def test_a_detention_under_the_mental_health_act_is_no_arrest() -> None:
    assert flags(basis="S136_MHA", necessity=()) == {"not_an_arrest"}


@pytest.mark.parametrize(
    ("code", "pcso", "warden"),
    [
        ("WARN_VERBAL", set(), set()),
        ("ALC_SEIZED", {"power_by_designation"}, {"power_not_held"}),
        ("NAME_ADDRESS", {"power_by_designation"}, {"power_by_designation"}),
        ("CBO_BREACH", {"power_not_held"}, {"power_not_held"}),
        ("WEAPON_SWEEP", set(), set()),
        ("NEW_POWER", set(), set()),
    ],
)
def test_rule_01_other_powers_are_for_those_who_hold_them(
    code: str, pcso: set[str], warden: set[str]
) -> None:
    lists = built_in_lists()
    assert outcome_flags(OutcomeFacts(Actor(OfficerKind.SPECIAL, "SC"), code), lists) == ()
    assert set(outcome_flags(OutcomeFacts(PCSO, code), lists)) == pcso
    # Whoever is a constable since had a PCSO's powers then.
    assert set(outcome_flags(OutcomeFacts(Actor(OfficerKind.CONSTABLE, "PCSO"), code), lists)) == pcso
    assert set(outcome_flags(OutcomeFacts(WARDEN, code), lists)) == warden


def test_police_staff_hold_no_power_by_designation_for_wardens() -> None:
    staff = Actor(OfficerKind.STAFF, "STAFF")
    assert outcome_flags(OutcomeFacts(staff, "NAME_ADDRESS"), built_in_lists()) == ("power_not_held",)
