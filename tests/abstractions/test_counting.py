"""Whether time away counts as an abstraction, and what is flagged about its authority."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from app.abstractions.counting import (
    AbstractionFacts,
    AbstractionPolicy,
    abstraction_flags,
    counting,
    length_ms,
    policy_in_force,
    strange_codes,
)
from app.clock import MINUTE_MS
from app.reference.codes import Label
from app.reference.queries import built_in_lists

LISTS = built_in_lists()
POLICY = policy_in_force(LISTS["abstraction_policies"])
AT = datetime(2026, 3, 2, 14, tzinfo=UTC)
PROPER = AbstractionFacts(
    abstracted_officer_id=UUID(int=1),
    starts_at=AT,
    ends_at=AT + timedelta(hours=3),
    authorising_officer_id=UUID(int=2),
    authoriser_rank="INSP",
    authority_level="INSP",
    reason_code="RESP_COVER",
    role="LAT",
    home_team_kind="NEIGHBOURHOOD",
)


def counted(policy: AbstractionPolicy = POLICY, **said: Any) -> str:
    found = counting(replace(PROPER, **said), LISTS, policy)
    assert found.counts is (found.because == "counted")
    return found.because


def flags(**said: Any) -> set[str]:
    return set(abstraction_flags(replace(PROPER, **said), LISTS))


def test_a_neighbourhood_officer_sent_to_response_is_abstracted() -> None:
    found = counting(PROPER, LISTS, POLICY)
    assert (found.counts, found.reason_class, found.policy_version) == (True, "LOCAL", "DEFAULT-1")
    assert flags() == set()


@pytest.mark.parametrize("reason", ["LEAVE", "SICKNESS", "REST_DAY"])
def test_rule_11_leave_sickness_and_rest_days_are_no_abstraction(reason: str) -> None:
    everything = AbstractionPolicy("ALL", frozenset({"NOT_AVAILABLE", "LOCAL"}), 0)
    assert counted(everything, reason_code=reason) == "not_available"
    without = flags(reason_code=reason, authorising_officer_id=None, authority_level=None, role="DNO")
    assert without == {"not_an_abstraction"}


def test_rule_11_both_officers_level_and_reason_are_wanted() -> None:
    assert flags(authorising_officer_id=None, authoriser_rank=None) == {"authority_missing"}
    assert flags(authority_level=None) == {"authority_missing"}
    assert flags(reason_code=None) == {"reason_missing"}


def test_rule_11_nobody_authorises_their_own_unless_in_an_emergency() -> None:
    own = {"authorising_officer_id": PROPER.abstracted_officer_id}
    assert flags(**own) == {"self_authorised"}
    assert flags(**own, authority_level="SELF") == {"authority_afterwards"}
    assert flags(authorising_officer_id=None, authoriser_rank=None, authority_level="SELF") == {
        "authority_afterwards"
    }
    assert flags(**own, authority_level="SELF", status="CONFIRMED") == set()


@pytest.mark.parametrize(
    ("rank", "level", "below"),
    [
        ("SGT", "INSP", True),
        ("INSP", "INSP", False),
        ("CI", "INSP", False),
        ("SINSP", "SGT", True),
        ("SUPT", "CHIEF_OFFICER", True),
        ("ACC", "CHIEF_OFFICER", False),
        ("SGT", "FORCE_INCIDENT_MGR", True),
        ("STAFF", "FORCE_OPS", False),
        (None, "INSP", False),
        ("DETECTIVE", "INSP", False),
    ],
)
def test_rule_11_the_authoriser_holds_the_rank_of_the_level(
    rank: str | None, level: str, below: bool
) -> None:
    assert flags(authoriser_rank=rank, authority_level=level) == ({"below_level"} if below else set())


def test_a_protected_post_is_noted_and_counts_alike() -> None:
    assert flags(role="DNO") == {"protected_post"}
    assert counted(role="DNO") == counted(role="PCSO_N") == counted(role="LAT") == "counted"


def test_who_was_not_in_a_neighbourhood_post_is_not_abstracted_from_it() -> None:
    assert counted(role="RESP") == "not_neighbourhood"
    # The post at the time goes before the home team, which speaks where no post is on record.
    assert counted(role=None) == "counted"
    assert counted(role=None, home_team_kind="RESPONSE") == "not_neighbourhood"
    assert counted(role=None, home_team_kind=None) == "post_unknown"
    assert flags(role=None, home_team_kind=None) == {"post_missing"}


def test_what_is_taken_back_counts_nowhere_and_a_dispute_counts_until_then() -> None:
    assert counted(status="VOID") == "void"
    assert counted(status="DISPUTED") == "counted"


def test_the_policy_says_which_classes_count_and_how_short() -> None:
    strict = AbstractionPolicy("2025-10-17", frozenset({"LOCAL", "CENTRAL"}), 60)
    assert counted(strict, reason_code="TRAINING") == "class_not_counted"
    assert counted(POLICY, reason_code="TRAINING") == "counted"
    assert counted(strict, ends_at=AT + timedelta(minutes=60)) == "counted"
    assert counted(strict, ends_at=AT + timedelta(minutes=60, seconds=-1)) == "too_short"
    assert counted(strict, ends_at=None) == "counted"
    assert counting(PROPER, LISTS, strict).policy_version == "2025-10-17"


def test_a_forces_own_policy_goes_before_ours_by_its_position() -> None:
    facts = (("classes", "LOCAL"), ("least_minutes", "30"))
    own = Label("WMP-2025-10-17", "Policy of 17 October 2025", "policy of October 2025", None, 1000, facts)
    found = policy_in_force({**LISTS["abstraction_policies"], own.code: own})
    assert found == AbstractionPolicy("WMP-2025-10-17", frozenset({"LOCAL"}), 30)
    with pytest.raises(ValueError, match="no policy"):
        policy_in_force({})


def test_lengths_are_of_real_time() -> None:
    summer, winter = timezone(timedelta(hours=1)), UTC
    clocks_back = datetime(2026, 10, 25, 1, 30, tzinfo=summer), datetime(2026, 10, 25, 1, 30, tzinfo=winter)
    assert length_ms(*clocks_back) == 60 * MINUTE_MS
    assert length_ms(AT, AT + timedelta(seconds=90, microseconds=999)) == 90_000
    assert length_ms(AT, AT - timedelta(minutes=1)) == 0
    assert length_ms(AT, None) is None


def test_every_reason_has_a_class_that_has_words() -> None:
    classes = {label.attribute("class") for label in LISTS["abstraction_reasons"].values()}
    assert classes == set(LISTS["abstraction_classes"])
    assert set(POLICY.classes) == classes - {"NOT_AVAILABLE"}


def test_codes_nobody_knows_are_kept_and_flagged() -> None:
    assert flags(reason_code="SNOW") == {"unknown_code"}
    assert strange_codes(replace(PROPER, reason_code="SNOW", destination="MOON"), LISTS) == (
        "abstraction_destinations/MOON",
        "abstraction_reasons/SNOW",
    )
    found = counting(replace(PROPER, reason_code="SNOW"), LISTS, POLICY)
    assert (found.counts, found.reason_class) == (True, "OTHER")
