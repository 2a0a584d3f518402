"""Intelligence is graded item by item; consent is had where a referral needs it."""

import pytest

from app.activities.facts import Graded, ReferralFacts
from app.activities.grading import complete, grading_flags, item_flags, referral_flags
from app.reference.queries import built_in_lists

LISTS = built_in_lists()


def test_rule_09_a_grading_has_source_assessment_and_handling() -> None:
    assert complete(Graded("1", "A", "P"))
    assert item_flags(Graded("1", "A", "P"), LISTS) == ()
    for gap in (Graded(None, "A", "P"), Graded("1", None, "P"), Graded("1", "A", None)):
        assert item_flags(gap, LISTS) == ("grading_incomplete",)


def test_rule_09_conditions_stand_with_c_only() -> None:
    assert item_flags(Graded("2", "C", "C", ("A1", "S2")), LISTS) == ()
    assert item_flags(Graded("2", "C", "P", ("A1",)), LISTS) == ("conditions_without_c",)
    assert item_flags(Graded("2", "C", "C"), LISTS) == ("conditions_missing",)
    assert set(item_flags(Graded("2", "C", None, ("A1",)), LISTS)) == {
        "conditions_without_c",
        "grading_incomplete",
    }


def test_rule_09_each_item_is_graded_apart() -> None:
    items = [Graded("1", "A", "P"), Graded("3", None, "P"), Graded("2", "B", "P", ("S1",))]
    assert grading_flags(items, LISTS) == ("conditions_without_c", "grading_incomplete")
    assert grading_flags([], LISTS) == ()


def test_another_scheme_is_kept_and_not_judged() -> None:
    assert item_flags(Graded("B", "2", None, ("1",), grading_scheme="5x5x5"), LISTS) == ()


def test_the_grading_lists_are_those_of_the_report() -> None:
    assert list(LISTS["intelligence_sources"]) == ["1", "2", "3"]
    assert list(LISTS["intelligence_assessments"]) == ["A", "B", "C", "D", "E"]
    assert list(LISTS["intelligence_handling"]) == ["P", "C"]


@pytest.mark.parametrize(
    ("kind", "subject", "consent", "flagged"),
    [
        ("EARLY_HELP", "FAMILY", None, True),
        ("EARLY_HELP", "FAMILY", "REFUSED", True),
        ("EARLY_HELP", "FAMILY", "GIVEN", False),
        ("ADULT_SG", "ADULT", "NOT_SOUGHT_RISK", False),
        ("ADULT_SG", "ADULT", None, True),
        ("CHILD_SG", "CHILD", None, False),
        ("CHILD_SG", "CHILD", "REFUSED", False),
        ("NRM", "ADULT", None, True),
        ("NRM", "CHILD", None, False),
        ("ENVIRO", "PLACE", None, False),
        ("NEW_SCHEME", "ADULT", None, False),
    ],
)
def test_consent_is_had_where_it_is_needed(
    kind: str, subject: str, consent: str | None, flagged: bool
) -> None:
    found = referral_flags(ReferralFacts(kind, subject, consent), LISTS)
    assert found == (("consent_missing",) if flagged else ())
