"""The intervals that the method note states are the exact ones."""

import pytest

from docs.cross_check_measures import interval


@pytest.mark.parametrize(
    ("found", "of", "low", "high"),
    [
        # The closed form for none of n: 1 - 0.025 ** (1 / n).
        (0, 1000, 0.0, 0.003682),
        (0, 10_000, 0.0, 0.000369),
        (500, 500, 0.992649, 1.0),
        # Clopper and Pearson (1934), n = 10: 1 of 10 is 0.25 % to 44.5 %.
        (1, 10, 0.002529, 0.445016),
        (483, 500, 0.9461, 0.9801),
    ],
)
def test_the_interval_of_a_share(found: int, of: int, low: float, high: float) -> None:
    assert interval(found, of) == pytest.approx((low, high), abs=1e-4)
