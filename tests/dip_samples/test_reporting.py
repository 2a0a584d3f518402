"""What a sample can say: Wilson's interval against known values and by trying, outcomes counted by stratum."""

import math
import random

import pytest

from app.dip_samples.interval import rate, said, wilson
from app.dip_samples.looking import look_at
from app.dip_samples.reporting import CheckOutcome, Part, found, together

C, D, N, U = CheckOutcome


@pytest.mark.parametrize(
    ("errors", "of", "low", "high"),
    # As in the tables of Newcombe (1998) and of R's prop.test without correction.
    [
        (1, 10, 0.01788, 0.40415),
        (0, 5, 0.0, 0.43448),
        (5, 5, 0.56552, 1.0),
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
    ],
)
def test_known_values(errors: int, of: int, low: float, high: float) -> None:
    assert wilson(errors, of) == pytest.approx((low, high), abs=5e-5)


def test_the_interval_solves_the_equation_it_comes_from() -> None:
    """Both ends are the shares from which the one observed is just 1.96 standard errors away."""
    for errors, of in ((1, 10), (3, 7), (20, 50)):
        for end in wilson(errors, of):
            assert abs(errors / of - end) == pytest.approx(
                1.959964 * math.sqrt(end * (1 - end) / of), rel=1e-6
            )


def test_it_holds_the_truth_about_as_often_as_it_says() -> None:
    chance, true = random.Random(7), 0.1
    held = 0
    for _ in range(4_000):
        low, high = wilson(sum(chance.random() < true for _ in range(30)), 30)
        held += low <= true <= high
    assert 0.93 < held / 4_000 < 0.99


def test_rounding_never_narrows_and_nothing_is_said_of_nothing() -> None:
    one = rate(1, 10)
    assert (one.rate, one.low, one.high) == (0.1, 0.017, 0.405)
    assert said(one) == "1 of 10 checked (10%); the true share is likely between 1.7% and 40.5%."
    assert said(rate(0, 0)) == "Nothing was checked, so nothing can be said."
    for wrong in ((2, 1), (-1, 5), (0, 0)):
        with pytest.raises(ValueError, match="between 0"):
            wilson(*wrong)


def test_doubt_is_no_error_and_what_could_not_be_checked_counts_nowhere() -> None:
    told = found(Part("all", 40, [C, C, C, C, C, C, D, N, U, None]))
    assert (told.error.errors, told.error.of, told.doubt.errors) == (1, 8, 2)
    assert (told.drawn, told.unchecked, told.by_outcome[U]) == (10, 1, 1)


def test_strata_drawn_with_different_chances_are_not_added_up() -> None:
    half, also_half, tenth = Part("a", 10, [C] * 5), Part("b", 6, [N] * 3), Part("c", 30, [C] * 3)
    both = together([half, also_half, Part("empty", 0, [])])
    assert both is not None and (both.error.errors, both.error.of, both.population) == (3, 8, 16)
    assert together([half, tenth]) is None
    assert together([]) is None


def test_what_to_look_at() -> None:
    hotspot = {"probable": [[0, 60_000]], "unverified": [[0, 720_000], [800_000, 860_000]]}
    result = {"pings": {"longest_silence_ms": 725_000}, "hotspots": [hotspot]}
    assert look_at(result, ["check needed: the phone's clock was wrong"], voided=False, erased=False) == [
        "Check needed: the phone's clock was wrong.",
        "No position for 12 minutes at the longest.",
        "12 minutes in one stretch are without GPS.",
    ]
    assert look_at({"hotspots": []}, [], voided=False, erased=False) == []
    assert len(look_at({"hotspots": []}, [], voided=True, erased=True)) == 2
