"""What differs between two plans, window by window."""

from datetime import UTC, datetime

from app.schedule.schedule_diff import PlanSpot, Side, differences

EVENING = datetime(2026, 3, 12, 19, 0, tzinfo=UTC)


def test_two_teams_at_one_place_and_time_are_two_windows() -> None:
    both = [PlanSpot("h", None, EVENING, team) for team in ("t", "u")]
    same, found = differences(Side(both, None, {}), Side([], {}, {}), same_seed=False)
    assert same == 0
    assert [(one.change, one.before.team if one.before else None) for one in found] == [
        ("removed", "t"),
        ("removed", "u"),
    ]
