import dataclasses

import pytest

from app.tracks.policy import Policy


def test_the_version_is_that_of_the_values() -> None:
    assert Policy().version == Policy.from_values(Policy().values()).version
    assert Policy(max_gap_seconds=121).version != Policy().version
    assert len(Policy().version) == 12


def test_the_version_does_not_move_by_itself() -> None:
    """Stored assessments name it: when this fails, a default was changed, and old results must keep their own
    policy."""
    assert Policy().version == "bebea9fcf099"


def test_every_threshold_enters_the_version() -> None:
    versions = {Policy().version}
    for field in dataclasses.fields(Policy):
        value = field.default
        assert isinstance(value, int | float)
        changed = not value if isinstance(value, bool) else value + 1
        versions.add(Policy.from_values({field.name: changed}).version)
    assert len(versions) == len(dataclasses.fields(Policy)) + 1


def test_whole_numbers_are_metres_too() -> None:
    assert Policy.from_values({"accuracy_limit_m": 50}).version == Policy().version


@pytest.mark.parametrize(
    "values",
    [
        {"max_gap": 120},
        {"max_gap_seconds": -1},
        {"max_gap_seconds": 120.5},
        {"accuracy_limit_m": float("nan")},
        {"accuracy_limit_m": float("inf")},
        {"one_officer_alone": 1},
        {"max_gap_seconds": True},
        {"edge_step_seconds": 0},
    ],
)
def test_values_that_make_no_policy_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"threshold|must be"):
        Policy.from_values(values)


def test_speeds_follow_the_mode_and_a_new_mode_is_given_the_benefit() -> None:
    policy = Policy()
    assert policy.speed_limit_m_s("FOOT") == policy.speed_limit_m_s("dog") == 10
    assert policy.speed_limit_m_s("CYCLE") == 18
    assert policy.speed_limit_m_s("VEHICLE_MARKED") == policy.speed_limit_m_s("HOVERCRAFT") == 50
