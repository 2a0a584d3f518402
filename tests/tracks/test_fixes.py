"""Labels: every reason to set a fix aside, below, at and above its threshold, and what may never change
them."""

import numpy as np
import pytest

from app.tracks.assessment import Fixes, Flag, Label
from app.tracks.fixes import label
from tests.tracks.scene import (
    HOUR,
    MINUTE,
    POLICY,
    START,
    assessed,
    labels,
    patrol,
    result,
    seconds_by_grade,
    together,
    track,
)

STILL = track(np.arange(0, 3601, 60), 0)


@pytest.mark.parametrize(
    ("accuracy", "expected"),
    [
        (49.9, Label.USED),
        (50, Label.USED),
        (50.1, Label.POOR_ACCURACY),
        (float("inf"), Label.POOR_ACCURACY),
        (-1, Label.POOR_ACCURACY),
        (0, Label.USED),
        (float("nan"), Label.USED),
    ],
)
def test_accuracy(accuracy: float, expected: Label) -> None:
    assert labels(track([0, 60], 0, accuracy=[5, accuracy])) == [Label.USED, expected]


def test_a_fix_that_reports_no_accuracy_weighs_as_the_worst_that_is_used() -> None:
    at_the_edge = track([0, 30, 60], [190, 210, 190], accuracy=[5, float("nan"), 5])
    said = track([0, 30, 60], [190, 210, 190], accuracy=[5, 50, 5])
    assert result(at_the_edge).verified == result(said).verified


@pytest.mark.parametrize(
    ("received_after_ms", "expected"),
    [(-59_999, Label.USED), (-60_000, Label.USED), (-60_001, Label.FUTURE)],
)
def test_a_fix_from_the_future(received_after_ms: int, expected: Label) -> None:
    assert labels(track([60], 0, received_ms=START + MINUTE + received_after_ms)) == [expected]


def test_a_fix_from_the_future_makes_nothing_late() -> None:
    bogus = track([1e6], 0, sequence=0, received_ms=START)
    assert labels(together(STILL, bogus)) == [Label.USED] * len(STILL) + [Label.FUTURE]


@pytest.mark.parametrize(
    ("second", "expected"),
    [(-0.001, Label.OUTSIDE_PATROL), (0, Label.USED), (3600, Label.USED), (3600.001, Label.OUTSIDE_PATROL)],
)
def test_a_fix_outside_the_patrol(second: float, expected: Label) -> None:
    assert labels(track([second], 0)) == [expected]


@pytest.mark.parametrize(
    ("metres", "expected"),
    [
        (24.9, [Label.USED, Label.DUPLICATE]),
        (25.1, [Label.CONFLICTING, Label.CONFLICTING]),
    ],
)
def test_two_positions_of_one_instant(metres: float, expected: list[Label]) -> None:
    assert sorted(labels(track([60, 60], [0, metres]))) == sorted(expected)


def test_the_worst_accuracy_stands_for_an_instant() -> None:
    assert labels(track([60, 60], [0, 10], accuracy=[5, 20])) == [Label.DUPLICATE, Label.USED]
    assert labels(track([60, 60], [0, 10], accuracy=[5, 60])) == [Label.DUPLICATE, Label.POOR_ACCURACY]


def test_a_fix_too_poor_to_be_used_contradicts_nothing() -> None:
    assert labels(track([60, 60], [0, 900], accuracy=[5, 1500])) == [Label.USED, Label.POOR_ACCURACY]


def test_two_devices_never_conflict() -> None:
    both = together(track([60], 0, device=0), track([60], 900, device=1))
    assert labels(both) == [Label.USED, Label.USED]


def test_a_whole_sequence_that_arrives_late_is_normal() -> None:
    first = track(np.arange(0, 1800, 60), 0, sequence=1, received_ms=START + 20 * HOUR)
    second = track(np.arange(1800, 3600, 60), 0, sequence=2, received_ms=START + HOUR)
    assert set(labels(together(second, first))) == {Label.USED}


def test_a_fix_older_than_a_lower_sequence_of_its_device_is_a_late_fill() -> None:
    first = track([0, 60, 1800], 0, sequence=4)
    fill = track([600, 1799.999, 1800.5], [0, 0, 0], sequence=5)
    other_device = track([600], 0, sequence=5, device=1)
    expected = [Label.USED] * 3 + [Label.LATE_FILL] * 2 + [Label.USED] * 2
    assert labels(together(first, fill, other_device)) == expected


def test_a_fix_of_the_very_instant_at_which_a_lower_sequence_ends_is_not_late() -> None:
    both = together(track([0, 60], 0, sequence=1), track([60, 90], 8, sequence=2))
    assert sorted(labels(both)) == [Label.DUPLICATE, Label.USED, Label.USED, Label.USED]


def test_conflicting_fixes_are_believed_by_the_claimed_reading() -> None:
    """Every other minute the phone says two places, both inside: strict is left with gaps of two minutes and more."""
    seconds = np.arange(0, 1201, 61)
    seen = result(together(track(seconds, 0), track(seconds[1::2], 60)), patrol(20))
    assert sum(end - start for start, end in seen.verified) == 0
    assert sum(end - start for start, end in seen.claimed_verified) == 19 * 61_000


def test_check_in_and_check_out_positions_are_never_late_and_make_nothing_late() -> None:
    ends = track([0, 3600], 0, sequence=-1)
    later = track(np.arange(60, 3600, 60), 0, sequence=1)
    assert set(labels(together(ends, later))) == {Label.USED}


def test_a_fix_sent_again_is_a_duplicate_not_a_late_fill() -> None:
    first = track(np.arange(0, 1801, 60), 0, sequence=1)
    again = track(np.arange(1200, 3600, 60), 0, sequence=2)
    counts = assessed(together(again, first)).fixes_by_label
    assert counts[Label.DUPLICATE] == 11
    assert counts[Label.LATE_FILL] == 0


FIRST = track(np.arange(0, 1201, 60), 0, sequence=1, received_ms=START + HOUR)
LAST = track(np.arange(3000, 3601, 60), 0, sequence=2, received_ms=START + HOUR + 1)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_gap_filled_afterwards_is_a_late_fill_under_whatever_number(number: int) -> None:
    fill = track(np.arange(1260, 3000, 60), 0, sequence=number, received_ms=START + 2 * HOUR)
    counts = assessed(together(fill, LAST, FIRST)).fixes_by_label
    assert (counts[Label.LATE_FILL], counts[Label.USED]) == (len(fill), len(FIRST) + len(LAST))


@pytest.mark.parametrize(("arrives", "late"), [(0, 0), (1, 0), (2, 10)])
def test_a_number_used_again_is_late_once_a_higher_one_has_arrived(arrives: int, late: int) -> None:
    """A batch that was too large comes in parts under one number; the next number arrives a millisecond after."""
    part = track(np.arange(1260, 1801, 60), 0, sequence=1, received_ms=START + HOUR + arrives)
    assert assessed(together(FIRST, LAST, part)).fixes_by_label[Label.LATE_FILL] == late


def test_a_number_that_arrives_in_parts_one_after_the_other_is_normal() -> None:
    parts = [
        track(np.arange(600 * part, 600 * part + 600, 60), 0, sequence=1, received_ms=START + HOUR + part)
        for part in range(6)
    ]
    assert set(labels(together(*reversed(parts)))) == {Label.USED}


def test_a_number_used_again_leaves_what_other_numbers_said_as_it_was() -> None:
    """Neither the fix of a batch it repeats, nor the batches of a higher number that it overtakes, become late."""
    again = together(track([60, 3100, 3599], [0, 3, 3]), LAST.take(np.arange(3)))
    again.sequence[:], again.received_ms[:] = 1, START + 2 * HOUR
    seen = assessed(together(again, FIRST, LAST))
    assert seen.fixes_by_label[Label.LATE_FILL] == 2
    assert seen.fixes_by_label[Label.DUPLICATE] == 4
    assert seen.hotspots[0].verified == assessed(together(FIRST, LAST)).hotspots[0].verified


def test_late_fills_and_mock_fixes_never_change_the_strict_reading() -> None:
    """An officer fifty metres outside every other minute; the fill says, at the very same instants, that it
    was inside."""
    outside = track(np.arange(0, 3601, 30), np.where(np.arange(121) % 2, 260, 150), sequence=1)
    later = track([4000], 0, sequence=2)
    fill = track(np.arange(0, 3601, 30), 150, accuracy=3, sequence=3)
    mock = track(np.arange(15, 3601, 30), 150, accuracy=3, mock=True, sequence=1)
    alone = assessed(outside)
    attacked = assessed(together(outside, later, fill, mock))
    assert attacked.hotspots[0].verified == alone.hotspots[0].verified
    assert attacked.fixes_by_label[Label.LATE_FILL] > 0
    assert attacked.fixes_by_label[Label.MOCK] > 0
    assert attacked.hotspots[0].claimed_verified != alone.hotspots[0].verified
    assert attacked.check_needed


def test_claimed_is_not_computed_when_nothing_is_claimed() -> None:
    assert label(STILL, patrol(), POLICY).claimed is None
    assert label(together(STILL, track([90], 0, mock=True)), patrol(), POLICY).claimed is not None


@pytest.mark.parametrize(
    ("metres", "expected"), [(620, Label.USED), (650, Label.IMPLAUSIBLE), (2000, Label.IMPLAUSIBLE)]
)
def test_a_jump_at_the_end_faster_than_walking(metres: float, expected: Label) -> None:
    """600 m in a minute is 10 m/s; two fixes to 5 m explain 21 m more."""
    assert labels(track([0, 60, 120, 180], [0, 0, 0, metres]))[-1] == expected


@pytest.mark.parametrize(
    ("mode", "metres", "expected"),
    [
        ("FOOT", 400, Label.IMPLAUSIBLE),
        ("FOOT", 300, Label.USED),
        ("VEHICLE_MARKED", 2000, Label.IMPLAUSIBLE),
        ("VEHICLE_MARKED", 1400, Label.USED),
    ],
)
def test_far_out_and_back_within_two_minutes(mode: str, metres: float, expected: Label) -> None:
    out_and_back = track([0, 60, 120, 180, 240], [0, 0, metres, 0, 0])
    assert labels(out_and_back, patrol(mode=mode))[2] == expected


def test_a_fast_drive_past_is_not_out_and_back() -> None:
    drive = track(np.arange(0, 600, 60), np.arange(10) * 2700.0)
    assert set(labels(drive, patrol(mode="VEHICLE_MARKED"))) == {Label.USED}


def test_two_wild_fixes_with_a_true_one_between() -> None:
    seen = labels(
        track(np.arange(0, 600, 60), [0, 0, 0, 2000, 0, 2000, 0, 0, 0, 0]), patrol(mode="VEHICLE_MARKED")
    )
    assert [i for i, each in enumerate(seen) if each == Label.IMPLAUSIBLE] == [3, 5]


def test_a_phone_that_stays_where_it_jumped_is_believed_and_the_jump_is_not() -> None:
    jumped = track(np.arange(0, 1201, 60), np.where(np.arange(21) < 10, 0, 5000))
    seen = assessed(jumped, patrol(20))
    assert set(seen.labels) == {Label.USED}
    assert [flag.value for flag in seen.flags] == ["teleport"]
    assert seconds_by_grade(jumped, patrol(20)) == (540, 0, 60, 600)


def test_a_short_trip_to_the_other_side_of_the_world_is_not_believed() -> None:
    asia = track(np.arange(0, 1201, 60), 0)
    asia.lon[8:11] = 121.6
    seen = labels(asia, patrol(20))
    assert [i for i, each in enumerate(seen) if each == Label.IMPLAUSIBLE] == [8, 9, 10]


@pytest.mark.parametrize(("wild", "noted"), [(4, False), (5, True)])
def test_a_track_that_keeps_hopping_is_noted(wild: int, noted: bool) -> None:
    """Forty fixes; five of them, an eighth, are impossible."""
    x = np.zeros(40)
    x[5 : 5 + 6 * wild : 6] = 3000
    seen = assessed(track(np.arange(0, 1200, 30), x, np.arange(40)), patrol(20))
    assert seen.fixes_by_label[Label.IMPLAUSIBLE] == wild
    assert (Flag.TELEPORT in seen.flags) is noted


def test_columns_of_different_lengths_and_positions_that_are_none_are_refused() -> None:
    fix = track([0], 0)
    with pytest.raises(ValueError, match="lengths"):
        Fixes(
            fix.time_ms,
            fix.lon,
            fix.lat,
            fix.accuracy_m,
            fix.mock,
            fix.device,
            fix.sequence,
            np.zeros(2, dtype=np.int64),
        )
    with pytest.raises(ValueError, match="finite"):
        track([0], float("nan"))


def test_no_fixes_concatenate_to_none() -> None:
    assert len(Fixes.concatenate([])) == len(Fixes.empty()) == 0
