"""How many people were reached, and who they were by officers' assessment."""

from typing import Any

import pytest

from app.engagements.reach import (
    EngagementFacts,
    GroupCount,
    Reach,
    band_of,
    engagement_flags,
    group_totals,
    reach_of,
    strange_codes,
    totals,
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
    assert band_of(count, BANDS) == band


def test_a_number_goes_before_a_band() -> None:
    assert reach_of(EngagementFacts(reach=7, reach_band="1_5"), BANDS) == Reach(7, 7)
    assert reach_of(EngagementFacts(reach_band="6_20"), BANDS) == Reach(6, 20)
    assert reach_of(EngagementFacts(reach_band="O100"), BANDS) == Reach(101, None)
    assert reach_of(EngagementFacts(), BANDS) == Reach(0, None)


def test_contacts_on_a_hotspot_patrol_are_a_total_of_their_own() -> None:
    found = totals(
        [
            EngagementFacts("PACT", reach_band="6_20"),
            EngagementFacts("BEAT_SURGERY", reach=4),
            EngagementFacts("HOTSPOT_CHAT", reach=3),
            EngagementFacts("HOTSPOT_CHAT", reach_band="O100"),
        ],
        LISTS,
    )
    assert (found.engagements, found.engagements_reach) == (2, Reach(10, 24))
    assert (found.patrol_contacts, found.patrol_contacts_reach) == (2, Reach(104, None))


def test_nothing_reached_nobody() -> None:
    assert totals([], LISTS).engagements_reach == Reach(0, 0)


def test_rule_10_groups_are_counts_by_officers_assessment() -> None:
    assert GroupCount("AGE", 3).basis == "ASSESSMENT"
    meeting = EngagementFacts(
        "PACT", reach=20, minority_groups=(GroupCount("RACE_ASIAN", 8), GroupCount("DISABILITY", 2))
    )
    street = EngagementFacts("STREET_BRIEF", reach=9, minority_groups=(GroupCount("RACE_ASIAN", 4),))
    assert group_totals([meeting, street]) == {"DISABILITY": 2, "RACE_ASIAN": 12}
    asked = EngagementFacts("PACT", reach=20, minority_groups=(GroupCount("RACE_ASIAN", 8, "ASKED"),))
    assert set(engagement_flags(asked, LISTS)) == {"other_basis"}
    assert group_totals([asked]) == {}


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
