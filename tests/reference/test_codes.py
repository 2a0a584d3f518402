"""Codes in words: the built-in lists hold every code of ours, and a force's own row stands over them from its day."""

from datetime import date
from enum import StrEnum

import pytest

from app.areas.models import AreaKind, HotspotKind, TeamKind
from app.identity.permissions import OfficerKind, Role
from app.identity.ranks import RANKS
from app.patrols.lifecycle import Funding, Mode, Programme, UniformState
from app.patrols.models import Grade
from app.reference.codes import DatedLabel, Label, in_words, on_day, read_lists
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
        ("flags", Flag),
        ("flag_sentences", Flag),
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
    ],
)
def test_every_code_of_ours_has_words(name: str, codes: type[StrEnum]) -> None:
    assert set(built_in_lists()[name]) == {code.value for code in codes}


def test_every_flag_has_words() -> None:
    assert set(built_in_lists()["flags"]) == {*Flag, *CrossFlag}


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
    for flag in Flag:
        assert in_words(built_in_lists()["flags"], flag.value).startswith("check needed") is flag.asks_review
        sentence = in_words(built_in_lists()["flag_sentences"], flag.value)
        assert sentence.startswith("Check needed: " if flag.asks_review else "Noted: ")


def test_sentences_fit_where_a_force_keeps_its_own() -> None:
    for name in ("flag_sentences", "status_sentences"):
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
