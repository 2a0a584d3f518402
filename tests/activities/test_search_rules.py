"""What is flagged of a stop and search, rule by rule; nothing is refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.activities.codes import ActivityFlag, DetailLevel
from app.activities.facts import GOWISELY, Actor, SearchFacts
from app.activities.powers import is_constable
from app.activities.search_rules import search_flags
from app.identity.permissions import OfficerKind
from app.patrols.lifecycle import PatrolSpan
from app.reference.queries import built_in_lists

AT = datetime(2026, 3, 2, 19, 30, tzinfo=UTC)
CONSTABLE = Actor(OfficerKind.CONSTABLE, "PC")
PROPER = SearchFacts(
    level=DetailLevel.RECORD,
    searcher=CONSTABLE,
    searched_at=AT,
    recorded_at=AT + timedelta(minutes=4),
    search_type="PERSON",
    object_code="WEAPON",
    grounds="Seen to put a knife in a bag",
    legislation_code="PACE1",
    outcome_code="NFA",
    outcome_linked_to_object="NO",
    clothing_removed="OUTER",
    in_public_view=True,
    location_type="STREET",
    self_defined_ethnicity="W1",
    age=24,
    age_basis="STATED",
    gender="MALE",
    officer_in_uniform=True,
    gowisely=GOWISELY,
    body_worn_video=True,
)


def flags(now: datetime = AT + timedelta(minutes=5), **said: Any) -> set[str]:
    """What a search is flagged with that is proper but for what is said here."""
    return set(search_flags(replace(PROPER, **said), built_in_lists(), now))


def test_a_proper_search_has_no_flag() -> None:
    assert flags() == set()


@pytest.mark.parametrize(
    ("actor", "flagged"),
    [
        (Actor(OfficerKind.CONSTABLE, "SGT"), False),
        (Actor(OfficerKind.SPECIAL, "SC"), False),
        (Actor(OfficerKind.SPECIAL), False),
        (Actor(OfficerKind.PCSO, "PCSO"), True),
        (Actor(OfficerKind.WARDEN), True),
        (Actor(OfficerKind.STAFF, "STAFF"), True),
        # A constable now who was still a PCSO that day, and the other way round.
        (Actor(OfficerKind.CONSTABLE, "PCSO"), True),
        (Actor(OfficerKind.PCSO, "PC"), False),
    ],
)
def test_rule_01_only_a_constable_by_the_rank_of_the_day_searches(actor: Actor, flagged: bool) -> None:
    assert is_constable(actor) is not flagged
    assert flags(searcher=actor) == ({"searcher_not_constable"} if flagged else set())


def test_rule_01_a_rank_nobody_knows_leaves_the_kind_of_person() -> None:
    assert flags(searcher=Actor(OfficerKind.CONSTABLE, "DETECTIVE")) == set()


def test_rule_02_object_grounds_and_power_are_wanted() -> None:
    assert flags(object_code=None) == {"no_object"}
    assert flags(grounds="") == {"no_grounds"}
    assert flags(grounds=None, grounds_code="SMELL") == set()
    assert flags(legislation_code=None) == {"no_power"}


@pytest.mark.parametrize("power", ["CJPOA60", "POA11", "TA47A", "CJPOA60AA"])
def test_rule_02_an_authorisation_stands_for_grounds(power: str) -> None:
    assert flags(legislation_code=power, grounds=None) == {"no_authorisation"}
    assert flags(legislation_code=power, grounds=None, authorisation_reference="S60/26/14") == set()
    # An order's reference is no authorisation.
    assert flags(legislation_code=power, order_reference="SVRO/8") == {"no_authorisation"}


def test_rule_02_an_svro_search_names_its_order() -> None:
    assert flags(legislation_code="SA342E", grounds=None) == {"no_order"}
    assert flags(legislation_code="SA342E", grounds=None, order_reference="SVRO/8") == set()


def test_authorised_powers_need_uniform() -> None:
    plain: dict[str, Any] = {
        "officer_in_uniform": False,
        "warrant_card_shown": True,
        "authorisation_reference": "S60/26/14",
    }
    assert flags(legislation_code="CJPOA60", **plain) == {"not_in_uniform"}
    assert flags(legislation_code="PACE1", **plain) == set()


def test_plain_clothes_show_a_warrant_card() -> None:
    assert flags(officer_in_uniform=False) == {"no_warrant_card"}
    assert flags(officer_in_uniform=False, warrant_card_shown=False) == {"no_warrant_card"}
    assert flags(officer_in_uniform=False, warrant_card_shown=True) == set()


def test_rule_03_within_the_patrol() -> None:
    span = PatrolSpan(AT - timedelta(minutes=20), AT + timedelta(minutes=1))
    assert flags(patrol=span) == set()
    assert flags(patrol=replace(span, ended_at=AT - timedelta(seconds=1))) == {"outside_patrol"}
    assert flags(patrol=replace(span, ended_at=None)) == set()
    assert flags(patrol=PatrolSpan(AT + timedelta(seconds=1))) == {"outside_patrol"}


def test_rule_03_recorded_over_an_hour_later_needs_a_reason() -> None:
    hour = AT + timedelta(hours=1)
    assert flags(recorded_at=hour) == set()
    late = hour + timedelta(seconds=1)
    assert flags(recorded_at=late) == {"recorded_late"}
    assert flags(recorded_at=late, late_reason="CALLED_AWAY") == set()


def test_rule_04_ethnicity_or_not_stated_with_its_reason_and_what_the_officer_perceived() -> None:
    assert flags(self_defined_ethnicity=None) == {"ethnicity_missing"}
    assert flags(self_defined_ethnicity="NS") == {"not_stated_without_reason", "officer_defined_missing"}
    assert flags(self_defined_ethnicity="NS", not_stated_reason="N4") == {"officer_defined_missing"}
    assert (
        flags(self_defined_ethnicity="NS", not_stated_reason="N4", officer_defined_ethnicity="IC3") == set()
    )


@pytest.mark.parametrize("removed", ["HEADGEAR_FOOTWEAR", "CONCEALMENT"])
def test_rule_05_clothing_beyond_outer_in_public_is_flagged(removed: str) -> None:
    assert flags(clothing_removed=removed, in_public_view=True) == {"clothing_in_public"}
    assert flags(clothing_removed=removed, in_public_view=False) == set()
    assert flags(clothing_removed="OUTER", in_public_view=True) == set()


def test_rule_05_clothing_that_a_power_allows_in_public_is_not_flagged() -> None:
    known: dict[str, Any] = {"in_public_view": True, "authorisation_reference": "S60/26/14"}
    assert flags(clothing_removed="HEADGEAR_FOOTWEAR", legislation_code="TA47A", **known) == set()
    assert flags(clothing_removed="CONCEALMENT", legislation_code="CJPOA60AA", **known) == set()
    assert flags(clothing_removed="CONCEALMENT", legislation_code="CJPOA60", **known) == set()
    # Each power allows its own, and none allows a strip search in the street.
    crossed = flags(clothing_removed="HEADGEAR_FOOTWEAR", legislation_code="CJPOA60AA", **known)
    assert crossed == {"clothing_in_public"}
    stripped = flags(
        clothing_removed="MORE_THAN_OUTER", legislation_code="TA47A", supervisor_informed=True, **known
    )
    assert stripped == {"clothing_in_public"}


def test_rule_05_clothing_removed_says_where_and_that_a_supervisor_knew() -> None:
    told: dict[str, Any] = {
        "clothing_removed": "MORE_THAN_OUTER",
        "in_public_view": False,
        "location_type": "POLICE_STATION",
        "supervisor_informed": True,
    }
    assert flags(**told) == set()
    for missing in ("in_public_view", "location_type", "supervisor_informed"):
        assert flags(**{**told, missing: None}) == {"clothing_unexplained"}
    assert flags(**{**told, "supervisor_informed": False}) == {"clothing_unexplained"}


STRIPPED: dict[str, Any] = {
    "clothing_removed": "INTIMATE_PARTS_EXPOSED",
    "in_public_view": False,
    "location_type": "POLICE_STATION",
    "supervisor_informed": True,
}


def test_rule_05_somebody_under_18_needs_an_adult_and_safeguarding_considered() -> None:
    assert flags(age=17, **STRIPPED) == {"child_safeguards_missing"}
    assert flags(age=18, **STRIPPED) == set()
    assert flags(age=17, appropriate_adult=True, **STRIPPED) == {"child_safeguards_missing"}
    assert flags(age=17, appropriate_adult=True, safeguarding_referral=False, **STRIPPED) == set()
    absent = flags(age=17, appropriate_adult=False, safeguarding_referral=True, **STRIPPED)
    assert absent == {"child_safeguards_missing"}


def test_rule_05_intimate_parts_are_not_exposed_in_a_police_vehicle() -> None:
    assert flags(**{**STRIPPED, "location_type": "POLICE_VEHICLE"}) == {"exposed_in_vehicle"}


def test_rule_06_an_arrest_is_linked_within_24_hours() -> None:
    day_later = AT + timedelta(hours=24)
    assert flags(now=day_later, outcome_code="ARREST") == set()
    late = day_later + timedelta(seconds=1)
    assert flags(now=late, outcome_code="ARREST") == {"arrest_not_linked"}
    assert flags(now=late, outcome_code="ARREST", custody_reference="CU/26/881") == set()
    assert flags(now=late, outcome_code="ARREST", arrest_id=UUID(int=7)) == set()
    assert flags(now=late, outcome_code="CAUTION") == set()


def test_gowisely_wants_a_warrant_card_only_out_of_uniform() -> None:
    but_card = tuple(key for key in GOWISELY if key != "W")
    assert flags(gowisely=but_card) == set()
    plain: dict[str, Any] = {"officer_in_uniform": False, "warrant_card_shown": True}
    assert flags(gowisely=but_card, **plain) == {"gowisely_incomplete"}
    assert flags(gowisely=None) == {"gowisely_incomplete"}


def test_nobody_is_asked_or_told_anything_at_an_unattended_vehicle() -> None:
    alone: dict[str, Any] = {
        "search_type": "VEHICLE",
        "vehicle": "UNATTENDED",
        "self_defined_ethnicity": None,
        "gowisely": None,
    }
    assert flags(**alone) == {"no_notice_left"}
    assert flags(**alone, notice_left=True) == set()
    assert flags(search_type="VEHICLE") == {"vehicle_state_missing"}
    attended = {**alone, "vehicle": "ATTENDED"}
    assert flags(**attended) == {"ethnicity_missing", "gowisely_incomplete"}


def test_video_off_needs_a_reason() -> None:
    assert flags(body_worn_video=False) == {"no_video_reason"}
    assert flags(body_worn_video=False, bwv_reason="FAULT") == set()
    assert flags(body_worn_video=None) == set()


def test_what_a_reference_leaves_out_is_not_missed() -> None:
    bare = SearchFacts(DetailLevel.REFERENCE, CONSTABLE, AT, AT, outcome_code="NFA")
    assert search_flags(bare, built_in_lists(), AT) == ()
    whole = replace(bare, level=DetailLevel.RECORD)
    assert set(search_flags(whole, built_in_lists(), AT)) == {
        "no_object", "no_grounds", "no_power", "ethnicity_missing", "gowisely_incomplete",
    }  # fmt: skip


def test_what_a_reference_does_say_is_judged() -> None:
    said = replace(PROPER, level=DetailLevel.REFERENCE, clothing_removed="CONCEALMENT", body_worn_video=False)
    assert search_flags(said, built_in_lists(), AT) == (ActivityFlag.CLOTHING_IN_PUBLIC,)
    pcso = replace(said, searcher=Actor(OfficerKind.PCSO), clothing_removed=None)
    assert search_flags(pcso, built_in_lists(), AT) == (ActivityFlag.SEARCHER_NOT_CONSTABLE,)


def test_somebody_detained_and_not_searched_is_judged_by_who_and_when() -> None:
    stopped = replace(PROPER, outcome_code="NOT_SEARCHED", object_code=None, gowisely=None)
    assert search_flags(stopped, built_in_lists(), AT) == ()
    by_pcso = replace(stopped, searcher=Actor(OfficerKind.PCSO))
    assert search_flags(by_pcso, built_in_lists(), AT) == (ActivityFlag.SEARCHER_NOT_CONSTABLE,)


def test_a_code_nobody_knows_is_judged_as_little_as_one_can() -> None:
    assert flags(legislation_code="NEW_ACT_2", clothing_removed="SOMETHING", location_type="MOON") == set()
