"""How many people were reached, and who they were by officers' assessment."""

from typing import Any

import pytest

from app.engagements.reach import (
    EngagementFacts,
    GroupCount,
    Reach,
    engagement_flags,
    is_patrol_contact,
    reach_of,
    strange_codes,
)
from app.reference.queries import built_in_lists

LISTS = built_in_lists()
BANDS = LISTS["reach_bands"]


def flags(**said: Any) -> set[str]:
    return set(engagement_flags(EngagementFacts(**said), LISTS))


@pytest.mark.parametrize(
    ("count", "band"),
    [(0, None), (1, "1_5"), (5, "1_5"), (6, "6_20"), (20, "6_20"), (21, "21_50"), (50, "21_50"), (51, "51_100"),
     (100, "51_100"), (101, "O100"), (9000, "O100")],
)  # fmt: skip
def test_bands_meet_without_gap_or_overlap(count: int, band: str | None) -> None:
    spans = {code: reach_of(EngagementFacts(reach_band=code), BANDS) for code in BANDS}
    found = [
        code
        for code, span in spans.items()
        if span.at_least <= count and (span.at_most is None or count <= span.at_most)
    ]
    assert found == ([band] if band else [])


def test_a_number_goes_before_a_band() -> None:
    assert reach_of(EngagementFacts(reach=7, reach_band="1_5"), BANDS) == Reach(7, 7)
    assert reach_of(EngagementFacts(reach_band="6_20"), BANDS) == Reach(6, 20)
    assert reach_of(EngagementFacts(reach_band="O100"), BANDS) == Reach(101, None)
    assert reach_of(EngagementFacts(), BANDS) == Reach(0, None)


def test_contacts_are_told_by_the_class_of_their_type() -> None:
    assert is_patrol_contact(EngagementFacts("HOTSPOT_CHAT"), LISTS)
    assert not is_patrol_contact(EngagementFacts("BEAT_SURGERY"), LISTS)
    assert not is_patrol_contact(EngagementFacts("OF_TOMORROW"), LISTS)


def test_rule_10_groups_are_counts_by_officers_assessment() -> None:
    assert GroupCount("AGE", 3).basis == "ASSESSMENT"
    asked = EngagementFacts("PACT", reach=20, minority_groups=(GroupCount("RACE_ASIAN", 8, "ASKED"),))
    assert set(engagement_flags(asked, LISTS)) == {"other_basis"}


def test_a_group_larger_than_the_reach_is_noted() -> None:
    assert flags(reach=3, minority_groups=(GroupCount("AGE", 3),)) == set()
    assert flags(reach=3, minority_groups=(GroupCount("AGE", 4),)) == {"counts_over_reach"}
    assert flags(reach_band="1_5", minority_groups=(GroupCount("SEX", 6),)) == {"counts_over_reach"}
    assert flags(minority_groups=(GroupCount("SEX", 600),)) == set()
    # A person is of one ethnicity group, and may be of several others.
    five = (GroupCount("RACE_ASIAN", 3), GroupCount("RACE_BLACK", 3))
    assert flags(reach=5, minority_groups=five) == {"counts_over_reach"}
    assert flags(reach=5, minority_groups=(GroupCount("AGE", 5), GroupCount("SEX", 5))) == set()


def test_minority_groups_are_the_nine_characteristics_and_five_groups_of_race() -> None:
    classes = [label.attribute("class") for label in LISTS["minority_groups"].values()]
    assert (classes.count("CHARACTERISTIC"), classes.count("ETHNICITY"), len(classes)) == (9, 5, 14)
    groups = {label.attribute("group") for label in LISTS["minority_groups"].values()} - {None}
    assert groups == set(LISTS["ethnicity_groups"])


def test_codes_nobody_knows_are_kept_and_flagged() -> None:
    odd = EngagementFacts("SEANCE", "FACE", priority_groups=("STUDENTS", "MARTIANS"), issues=("ASB",))
    assert strange_codes(odd, LISTS) == (
        "engagement_types/SEANCE",
        "priority_groups/MARTIANS",
    )
    assert engagement_flags(odd, LISTS) == ("unknown_code",)
    assert flags(reach=9, minority_groups=(GroupCount("MARTIANS", 2),)) == {"unknown_code"}
