"""Codes in words: the built-in lists hold every code of ours, and a force's own row stands over them from its day."""

from datetime import date
from enum import StrEnum

import pytest

from app.abstractions.counting import AbstractionFlag, Because
from app.activities.codes import (
    ActivityFlag,
    ActivityKind,
    DetailLevel,
    OutcomeLink,
    SearchType,
    VehicleState,
)
from app.activities.facts import GOWISELY
from app.areas.models import AreaKind, HotspotKind, TeamKind
from app.engagements.reach import EngagementFlag
from app.identity.permissions import OfficerKind, Role
from app.identity.ranks import RANKS
from app.patrols.lifecycle import Funding, Mode, Programme, UniformState
from app.patrols.models import Grade
from app.reference.codes import (
    DatedLabel,
    Label,
    attributes_text,
    in_words,
    on_day,
    read_attributes,
    read_lists,
)
from app.reference.queries import built_in_lists
from app.schedule.windows import WindowStatus
from app.tracks.assessment import Flag
from app.tracks.cross_check import CrossFlag
from app.tracks.decision import Status
from app.tracks.fixes import Label as FixLabel

HEADER = "list,code,label,plain_label,position\n"


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("window_statuses", WindowStatus),
        ("fix_labels", FixLabel),
        ("programmes", Programme),
        ("uniform_states", UniformState),
        ("modes", Mode),
        ("funding", Funding),
        ("officer_kinds", OfficerKind),
        ("hotspot_kinds", HotspotKind),
        ("team_kinds", TeamKind),
        ("area_kinds", AreaKind),
        ("roles", Role),
        ("activity_kinds", ActivityKind),
        ("detail_levels", DetailLevel),
        ("search_types", SearchType),
        ("vehicle_states", VehicleState),
        ("outcome_links", OutcomeLink),
        ("abstraction_countings", Because),
    ],
)
def test_every_code_of_ours_has_words(name: str, codes: type[StrEnum]) -> None:
    assert set(built_in_lists()[name]) == {code.value for code in codes}


def test_every_flag_has_words() -> None:
    assert set(built_in_lists()["flags"]) == {*Flag, *CrossFlag}
    assert set(built_in_lists()["flag_sentences"]) == {*Flag, *CrossFlag}


LOGGED = (*ActivityFlag, *AbstractionFlag, *EngagementFlag)


def test_every_flag_of_what_officers_log_has_words_and_a_sentence() -> None:
    lists = built_in_lists()
    assert list(lists["activity_flags"]) == list(lists["activity_flag_sentences"])
    assert set(lists["activity_flags"]) == set(LOGGED)
    for flag in LOGGED:
        words = in_words(lists["activity_flags"], flag)
        assert words.startswith("check needed") is flag.asks_review
        sentence = in_words(lists["activity_flag_sentences"], flag)
        assert sentence.startswith("Check needed: " if flag.asks_review else "Noted: ")


def test_gowisely_is_eight_keys() -> None:
    assert tuple(built_in_lists()["gowisely"]) == GOWISELY


# The facts that rules and reports read, and the values each may have; a slip of the pen here would go unseen.
YES_NO = {"yes", "no"}
FACTS = {
    ("legislation", "suspicion"): YES_NO,
    ("legislation", "needs"): {"authorisation", "order"},
    ("legislation", "uniform"): {"yes"},
    ("legislation", "in_public"): {"CONCEALMENT", "HEADGEAR_FOOTWEAR"},
    ("search_outcomes", "positive"): {*YES_NO, "unknown"},
    ("clothing_levels", "beyond_outer"): YES_NO,
    ("clothing_levels", "thorough"): {"yes"},
    ("clothing_levels", "exposed"): {"yes"},
    ("arrest_bases", "necessity"): YES_NO,
    ("arrest_bases", "by"): {"constable", "anyone"},
    ("arrest_bases", "arrest"): YES_NO,
    ("arrest_disposals", "custody"): YES_NO,
    ("intelligence_handling", "conditions"): YES_NO,
    ("referral_types", "consent"): {"yes", "no", "normally", "adults"},
    ("referral_types", "urgent"): YES_NO,
    ("other_outcomes", "by"): {"anyone", "constable", "pcso", "designated"},
    ("post_roles", "neighbourhood"): {"yes"},
    ("post_roles", "protected"): {"yes"},
    ("abstraction_statuses", "counts"): YES_NO,
}


@pytest.mark.parametrize(("name", "fact"), FACTS)
def test_facts_of_codes_have_values_that_rules_know(name: str, fact: str) -> None:
    found = {label.attribute(fact) for label in built_in_lists()[name].values()} - {None}
    assert found == FACTS[name, fact]


@pytest.mark.parametrize(
    ("name", "fact", "other"),
    [
        ("referral_types", "recipient", "referral_recipients"),
        ("other_outcomes", "class", "outcome_classes"),
        ("abstraction_reasons", "class", "abstraction_classes"),
        ("authority_levels", "rank", "ranks"),
        ("self_defined_ethnicity", "group", "ethnicity_groups"),
        ("officer_defined_ethnicity", "group", "ethnicity_groups"),
        ("self_defined_ethnicity", "now", "self_defined_ethnicity"),
        ("search_outcomes", "published_as", "search_outcomes"),
        ("legislation", "in_public", "clothing_levels"),
    ],
)
def test_facts_that_name_a_code_name_one_there_is(name: str, fact: str, other: str) -> None:
    named = {label.attribute(fact) for label in built_in_lists()[name].values()} - {None}
    assert named and named <= set(built_in_lists()[other])


def test_no_suspicion_is_needed_only_where_something_stands_for_it() -> None:
    for label in built_in_lists()["legislation"].values():
        excepted = label.code == "PACE6"  # constables of statutory undertakers, at their own goods yards
        unsuspicious = label.attribute("suspicion") == "no"
        assert (label.attribute("needs") is not None) is (unsuspicious and not excepted)


def test_every_necessity_has_its_letter_and_statute() -> None:
    labels = built_in_lists()["arrest_necessity"].values()
    assert sorted(str(label.attribute("letter")) for label in labels) == sorted("IDCOPPLAN")
    assert all(str(label.attribute("statute")).startswith("PACE s.24(5)(") for label in labels)


def test_facts_are_read_from_one_cell() -> None:
    facts = read_attributes("suspicion=no; needs=order")
    assert facts == (("suspicion", "no"), ("needs", "order"))
    assert read_attributes(attributes_text(facts)) == facts
    assert read_attributes("") == ()
    for wrong in ("suspicion", "=no", "Class=LOCAL", "class=A;class=B", "class=", "class=A=B"):
        with pytest.raises(ValueError, match="facts"):
            read_attributes(wrong)


def test_who_renames_a_code_keeps_its_spelling_and_its_facts() -> None:
    built_in = built_in_lists()["legislation"]
    renamed = DatedLabel(Label("CJPOA60", "s60", "s60", None, 10), date(2026, 1, 1), None)
    found = on_day(built_in, [renamed], date(2026, 1, 1))["CJPOA60"]
    assert found.plain_label == "s60"
    assert found.published_value == built_in["CJPOA60"].published_value
    assert found.attributes == built_in["CJPOA60"].attributes
    changed = DatedLabel(
        Label("CJPOA60", "s60", "s60", "Section 60", 10, (("uniform", "no"),)), date(2026, 1, 1), None
    )
    found = on_day(built_in, [changed], date(2026, 1, 1))["CJPOA60"]
    assert (found.published_value, found.attribute("uniform"), found.attribute("needs")) == (
        "Section 60",
        "no",
        "authorisation",
    )


def test_codes_that_are_part_of_a_list_have_words_too() -> None:
    assert set(built_in_lists()["patrol_statuses"]) > {status.value for status in Status}
    assert set(built_in_lists()["grades"]) > {grade.value for grade in Grade}
    assert list(built_in_lists()["ranks"]) == list(RANKS)


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("patrol_statuses", "unverified", "GPS incomplete"),
        ("window_statuses", "not_attended", "no GPS in area"),
        ("window_statuses", "partial", "under 60"),
        ("window_statuses", "review", "sergeant to decide"),
        ("window_statuses", "reason_accepted", "reason accepted"),
        ("grades", "declared", "declared"),
        ("terms", "hours", "officer hours"),
    ],
)
def test_words_are_plain(name: str, code: str, words: str) -> None:
    assert in_words(built_in_lists()[name], code) == words


def test_flags_that_ask_somebody_to_look_say_so() -> None:
    for flag in (*Flag, *CrossFlag):
        assert in_words(built_in_lists()["flags"], flag.value).startswith("check needed") is flag.asks_review
        sentence = in_words(built_in_lists()["flag_sentences"], flag.value)
        assert sentence.startswith("Check needed: " if flag.asks_review else "Noted: ")


def test_sentences_fit_where_a_force_keeps_its_own() -> None:
    for name in ("flag_sentences", "status_sentences", "activity_flag_sentences"):
        for label in built_in_lists()[name].values():
            assert len(label.plain_label) <= 200
            assert label.plain_label.endswith(".")


def test_a_code_stands_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        read_lists(HEADER + "modes,FOOT,Foot,,10\nmodes,FOOT,On foot,,20\n")
    assert read_lists(HEADER + "modes,FOOT,Foot,,10\n")["modes"]["FOOT"].plain_label == "Foot"


def test_a_forces_own_word_holds_from_its_day_until_its_last() -> None:
    built_in = {"window": Label("window", "Tasking window", "window", None, 10)}
    slot = Label("window", "Slot", "slot", None, 10)
    shift = Label("window", "Shift", "shift", None, 10)
    own = [DatedLabel(slot, date(2026, 5, 1), date(2026, 6, 1)), DatedLabel(shift, date(2026, 5, 20), None)]

    def word(day: date) -> str:
        return on_day(built_in, reversed(own), day)["window"].plain_label

    assert word(date(2026, 4, 30)) == "window"
    assert word(date(2026, 5, 1)) == word(date(2026, 5, 19)) == "slot"
    assert word(date(2026, 5, 20)) == word(date(2026, 6, 1)) == "shift"
    assert on_day(built_in, own[:1], date(2026, 6, 1))["window"].plain_label == "window"


def test_lists_are_in_the_order_of_screens() -> None:
    first = DatedLabel(Label("TRAM", "Tram", "tram", None, 5), date(2026, 1, 1), None)
    assert list(on_day(built_in_lists()["modes"], [first], date(2026, 1, 1)))[:2] == ["TRAM", "FOOT"]


def test_a_code_without_words_is_itself() -> None:
    assert in_words({}, "NEW_CODE") == "NEW_CODE"
