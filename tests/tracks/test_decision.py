"""What seconds mean: every status at its threshold, for one patrol and for a window of several."""

from uuid import UUID

import pytest

from app.tracks.decision import Status, WindowCredit, WindowDecision, decide_window, status_of
from app.tracks.intervals import Interval

ANNA, BEN = UUID(int=1), UUID(int=2)
R = 60


@pytest.mark.parametrize(
    ("strict", "review", "at_most", "expected"),
    [
        (60, 60, 60, Status.COMPLIANT),
        (61, 61, 61, Status.COMPLIANT),
        (59, 60, 60, Status.REVIEW),
        (0, 60, 60, Status.REVIEW),
        (59, 59, 60, Status.UNVERIFIED),
        (0, 0, 60, Status.UNVERIFIED),
        (59, 59, 59, Status.PARTIAL),
        (1, 1, 1, Status.PARTIAL),
        (0, 59, 59, Status.NOT_ATTENDED),
        (0, 0, 0, Status.NOT_ATTENDED),
    ],
)
def test_status(strict: int, review: int, at_most: int, expected: Status) -> None:
    assert status_of(R, strict_ms=strict, review_ms=review, at_most_ms=at_most) is expected


def shown(
    verified: list[Interval],
    *,
    officer: UUID = ANNA,
    probable: tuple[Interval, ...] = (),
    unverified: tuple[Interval, ...] = (),
    claimed: tuple[Interval, ...] = (),
    check_needed: bool = False,
    in_progress: bool = False,
) -> WindowCredit:
    return WindowCredit(
        officer, verified, probable, unverified, claimed, check_needed=check_needed, in_progress=in_progress
    )


def decided(*patrols: WindowCredit, alone: bool = False) -> WindowDecision:
    return decide_window(patrols, starts_ms=0, ends_ms=120, required_ms=R, one_officer_alone=alone)


def test_patrols_keep_a_window_together_and_overlaps_count_once() -> None:
    kept = decided(shown([(0, 40)]), shown([(30, 60)], officer=BEN))
    assert (kept.status, kept.verified_ms, kept.verified) == (Status.COMPLIANT, 60, ((0, 60),))
    assert decided(shown([(0, 40)]), shown([(10, 50)], officer=BEN)).status is Status.PARTIAL


def test_time_outside_the_window_does_not_count() -> None:
    assert decided(shown([(-30, 30), (100, 129)])).verified_ms == 50


def test_one_officer_alone_when_the_policy_asks() -> None:
    halves = (shown([(0, 30)]), shown([(30, 70)], officer=BEN))
    assert decided(*halves).status is Status.COMPLIANT
    assert decided(*halves, alone=True).status is Status.PARTIAL
    assert decided(*halves, alone=True).verified_ms == 40
    assert decided(*halves, shown([(70, 90)], officer=BEN), alone=True).status is Status.COMPLIANT


@pytest.mark.parametrize(
    ("patrols", "expected"),
    [
        ((shown([(0, 30)], probable=((30, 60),)),), Status.REVIEW),
        ((shown([(0, 30)], claimed=((20, 60),)),), Status.REVIEW),
        (
            (shown([(0, 30)], claimed=((20, 50),)), shown([], officer=BEN, probable=((50, 60),))),
            Status.REVIEW,
        ),
        ((shown([(0, 30)], unverified=((30, 60),)),), Status.UNVERIFIED),
        ((shown([], unverified=((0, 60),)),), Status.UNVERIFIED),
        ((shown([(0, 30)], probable=((0, 59),)),), Status.PARTIAL),
        ((shown([], probable=((0, 59),)),), Status.NOT_ATTENDED),
        ((), Status.NOT_ATTENDED),
    ],
)
def test_a_window_that_is_not_kept(patrols: tuple[WindowCredit, ...], expected: Status) -> None:
    assert decided(*patrols).status is expected


def test_a_window_kept_cleanly_ignores_the_flags_of_other_patrols() -> None:
    clean = shown([(0, 60)])
    flagged = shown([(0, 60)], officer=BEN, check_needed=True)
    assert not decided(clean, flagged).check_needed
    assert not decided(clean, flagged, alone=True).check_needed
    assert decided(flagged).check_needed
    assert decided(shown([(0, 59)]), shown([(59, 60)], officer=BEN, check_needed=True)).check_needed
    assert decided(flagged).status is Status.COMPLIANT


def test_while_a_patrol_is_open_only_a_kept_window_is_decided() -> None:
    assert decided(shown([(0, 30)]), shown([], officer=BEN, in_progress=True)).status is Status.IN_PROGRESS
    assert decided(shown([(0, 60)]), shown([], officer=BEN, in_progress=True)).status is Status.COMPLIANT


def test_a_window_of_no_length_is_not_attended() -> None:
    nothing = decide_window([shown([(0, 60)])], starts_ms=10, ends_ms=10, required_ms=R)
    assert (nothing.status, nothing.at_most_ms) == (Status.NOT_ATTENDED, 0)
